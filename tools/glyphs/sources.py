"""Reads the sources: pictures, figures, and the faces that README.md names, each as rows of '#' and '.'."""

import lzma
import pathlib
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
FIGURES = "0123456789."
ASCII = range(0x20, 0x7F)
CELL = 16  # rows of every glyph


class Glyph(NamedTuple):
    """`rows` of one length, and the `advance`: the columns up to the next glyph, never less than a row."""

    rows: list[str]
    advance: int


def _art(path: pathlib.Path, height: int) -> list[tuple[str, list[str]]]:
    """[(name, rows)] of a file of drawings."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    lines = [line for line in lines if line]
    if len(lines) % (height + 1):
        raise ValueError(f"{path.name}: a drawing has not {height} rows")
    return [(lines[at], lines[at + 1 : at + 1 + height]) for at in range(0, len(lines), height + 1)]


def icons() -> list[tuple[str, list[str]]]:
    """[(name, rows of 16 characters)]."""
    return _art(HERE / "icons.txt", CELL)


def figures() -> dict[str, list[str]]:
    """Figure -> 14 rows of 7 characters."""
    return dict(_art(HERE / "digits.txt", 14))


def face(name: str, baseline: int, height: int = CELL) -> dict[int, Glyph]:
    """Code point -> glyph of the file NAME.bdf.xz (Glyph Bitmap Distribution Format 2.1), in `height` rows.

    The first `baseline` rows are those above the base line.  Raises ValueError for a glyph that does not fit.
    """
    found: dict[int, Glyph] = {}
    lines = iter(_unpacked(f"{name}.bdf.xz").splitlines())
    code = advance = 0
    box = (0, 0, 0, 0)
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "ENCODING":
            code = int(rest)
        elif word == "DWIDTH":
            advance = int(rest.split()[0])
        elif word == "BBX":
            across, down, left, low = (int(number) for number in rest.split())
            box = (across, down, left, low)
        elif word == "BITMAP":
            across, down, left, low = box
            top = baseline - low - down
            if top < 0 or top + down > height:
                raise ValueError(f"{name}: U+{code:04X} has no room in {height} rows")
            left = max(0, left)
            size = max(advance, left + across)
            rows = ["." * size] * height
            for at in range(top, top + down):
                bits = format(int(next(lines) or "0", 16), f"0{(across + 7) // 8 * 8}b")[:across]
                rows[at] = ("." * left + bits.replace("1", "#").replace("0", ".")).ljust(size, ".")
            found[code] = Glyph(rows, size)
    return found


def unifont() -> dict[int, Glyph]:
    """Code point -> glyph of 16 rows, out of GNU Unifont's own form."""
    found = {}
    for line in _unpacked("unifont.hex.xz").splitlines():
        code, bits = line.split(":")
        digits = len(bits) // CELL
        rows = [format(int(bits[at : at + digits], 16), f"0{digits * 4}b") for at in range(0, len(bits), digits)]
        found[int(code, 16)] = Glyph([row.replace("1", "#").replace("0", ".") for row in rows], 4 * digits)
    return found


def extra() -> set[str]:
    """Characters that no sentence has and shop names may need."""
    return set((HERE / "extra.txt").read_text("utf-8").split("\n", 1)[1])


def _unpacked(name: str) -> str:
    return lzma.decompress((HERE / name).read_bytes()).decode("ascii")
