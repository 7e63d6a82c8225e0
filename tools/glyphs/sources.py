"""Reads the sources: pictures, figures, and GNU Unifont in its hex form."""

import lzma
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
ICON_BASE = 0xE000  # private use: pictures, in the order of icons.txt
BIG_BASE = 0xE100  # private use: figures of 16x32, upper half then lower half
FIGURES = "0123456789."
UNIFONT = HERE / "unifont.hex.xz"  # what is in it: README.md


def _art(path: pathlib.Path, height: int) -> list[tuple[str, list[str]]]:
    """[(name, rows)] of a file of drawings."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("# ")]
    lines = [line for line in lines if line]
    if len(lines) % (height + 1):
        raise ValueError(f"{path.name}: a drawing has not {height} rows")
    return [(lines[at], lines[at + 1 : at + 1 + height]) for at in range(0, len(lines), height + 1)]


def icons() -> list[tuple[str, list[str]]]:
    """[(name, rows of 16 characters)]."""
    return _art(HERE / "icons.txt", 16)


def figures() -> dict[str, list[str]]:
    """Figure -> 14 rows of 7 characters."""
    return dict(_art(HERE / "digits.txt", 14))


def unifont() -> dict[int, str]:
    """Code point -> bitmap rows as hex text (32 or 64 digits)."""
    lines = lzma.decompress(UNIFONT.read_bytes()).decode("ascii").splitlines()
    return {int(code, 16): bits for code, bits in (line.split(":") for line in lines)}


def extra() -> set[str]:
    """Characters that no sentence has and shop names may need."""
    return set((HERE / "extra.txt").read_text("utf-8").split("\n", 1)[1])
