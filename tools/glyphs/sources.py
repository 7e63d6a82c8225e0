"""Reads the sources: sentences, pictures, figures and the hex form of GNU Unifont."""

import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
FIRMWARE = HERE.parent.parent / "firmware" / "taptill"
LANGUAGES = ("en", "zh")
ICON_BASE = 0xE000  # private use: pictures, in the order of icons.txt
BIG_BASE = 0xE100  # private use: figures of 16x32, upper half then lower half
FIGURES = "0123456789."
UNIFONT = pathlib.Path("/usr/share/unifont/unifont.hex")  # Debian package `unifont`


def sentences() -> list:
    """[(number, name, english, chinese)] of texts.txt.  Raises ValueError naming the line."""
    rows, seen = [], set()
    for count, line in enumerate((HERE / "texts.txt").read_text("utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        head = parts[0].split()
        if len(parts) != 3 or len(head) != 2 or not all(parts):
            raise ValueError(f"texts.txt line {count}: not `number NAME | English | Chinese`")
        number, name = int(head[0]), head[1]
        if not 1 <= number <= 255 or number in seen or name in seen:
            raise ValueError(f"texts.txt line {count}: {number} {name} is used twice or outside 1..255")
        seen.update((number, name))
        rows.append((number, name, parts[1], parts[2]))
    return rows


def currencies() -> list:
    """[(numeric code, letters, decimals)] of currencies.txt, by code.  Raises ValueError naming the line."""
    rows = []
    for count, line in enumerate((HERE / "currencies.txt").read_text("utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"(\d{3}) ([A-Z]{3}) ([0-4]) \| .+", line.strip())
        if not found or any(found[1] == row[0] or found[2] == row[1] for row in rows):
            raise ValueError(f"currencies.txt line {count}: not `156 CNY 2 | name`, or there already")
        rows.append((found[1], found[2], int(found[3])))
    return sorted(rows)


def _art(path: pathlib.Path, height: int) -> list:
    """[(name, rows)] of a file of drawings."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    lines = [line for line in lines if line]
    if len(lines) % (height + 1):
        raise ValueError(f"{path.name}: a drawing has not {height} rows")
    return [(lines[at], lines[at + 1 : at + 1 + height]) for at in range(0, len(lines), height + 1)]


def icons() -> list:
    """[(name, rows of 16 characters)]."""
    return _art(HERE / "icons.txt", 16)


def figures() -> dict:
    """Figure -> 14 rows of 7 characters."""
    return dict(_art(HERE / "digits.txt", 14))


def unifont(path: pathlib.Path = UNIFONT) -> dict:
    """Code point -> bitmap rows as hex text (32 or 64 digits)."""
    font = {}
    with open(path, encoding="ascii") as lines:
        for line in lines:
            code, bits = line.strip().split(":")
            font[int(code, 16)] = bits
    return font


def needed() -> list:
    """Sorted code points beyond ASCII that the texts use."""
    used = set((HERE / "extra.txt").read_text("utf-8").split("\n", 1)[1])
    for _, _, english, chinese in sentences():
        used.update(english, chinese)
    return sorted(ord(char) for char in used if ord(char) > 0x7E)
