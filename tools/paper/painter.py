"""What came out of a receipt printer, as a picture: the items of chips/escpos_language.py on paper of 58 mm.

A dot of the printer is SCALE pixels.  Letters are GNU Unifont's (tools/glyphs), stretched to the cells of the printer's fonts.
"""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from PIL import Image, ImageChops, ImageDraw

from chips.escpos_language import BOLD, CHINESE, DOTS, REVERSED, UNDERLINED, UPSIDE_DOWN
from glyphs import sources

SCALE = 2
DPI = 203 * SCALE
_EDGE = 40  # dots of paper beside what is printed: 58 mm are 464
_PAPER = (252, 251, 247)
_INK = (34, 32, 36)
_TORN = (205, 203, 196)
_AIR = 24  # dots above and below
# Code pages by the number of ESC t.
_PAGES = {0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858"}


def picture(items: "Iterable[dict[str, Any]]") -> Image.Image:
    """The paper with all that was printed on it, mode "RGB"; cuts are lines across it."""
    parts = [(item, _ink(item)) for item in items]
    high = sum(_high(item) for item, _ in parts) + 2 * _AIR
    paper = Image.new("RGB", ((DOTS + 2 * _EDGE) * SCALE, high * SCALE), _PAPER)
    y = _AIR
    for item, ink in parts:
        if item["kind"] == "cut":
            _tear(paper, y)
        elif ink:
            paper.paste(_INK, (_EDGE * SCALE, y * SCALE), ink)
        y += _high(item)
    return paper


def words(items: "Iterable[dict[str, Any]]") -> list[str]:
    """The lines of text that were printed, as a person would type them; of pictures nothing."""
    out = []
    for item in items:
        if item["kind"] == "line":
            line, end = "", 0
            for x, wide, _, _, code, raw in item["spans"]:
                text = _decoded(code, raw)
                line += " " * ((x - end + 6) // 12) + text
                end = x + sum(_cell(char, wide, code) for char in text)
            out.append(line.rstrip())
    return out


def _cell(char: str, wide: int, code: Any) -> int:
    return wide


def _high(item: "dict[str, Any]") -> int:
    """How far the paper went, in dots."""
    kind = item["kind"]
    if kind == "line":
        high = item["high"]
    elif kind == "feed":
        high = item["dots"]
    elif kind == "dots":
        high = len(item["data"]) // 2 // max(item["across"], 1) * item["high"]
    else:
        high = 160 if kind == "bars" else 0
    return int(high * item.get("part", 1))


def _ink(item: "dict[str, Any]") -> Image.Image | None:
    """What is black of an item, as a mask in pixels; None of one that leaves the paper white."""
    kind = item["kind"]
    if kind not in ("line", "dots", "bars") or not _high(item):
        return None
    whole = {**item, "part": 1}
    mask = Image.new("L", (DOTS * SCALE, _high(whole) * SCALE), 0)
    if kind == "line":
        for x, wide, high, flags, code, raw in item["spans"]:
            for char in _decoded(code, raw):
                _letter(mask, x, item["high"] - high, (wide, high), flags, char)
                x += wide
    elif kind == "dots":
        across = item["across"] * 8
        bits = Image.frombytes("1", (across, len(item["data"]) // 2 // item["across"]), bytes.fromhex(item["data"]))
        size = across * item["wide"] * SCALE, bits.height * item["high"] * SCALE
        mask.paste(bits.convert("L").resize(size, Image.Resampling.NEAREST), (item["x"] * SCALE, 0))
    else:
        draw = ImageDraw.Draw(mask)
        draw.rectangle((4, 4, 160 * SCALE, 156 * SCALE), outline=255, width=SCALE)
        draw.text((16, 60 * SCALE), f"{item['what']}: {bytes.fromhex(item['data'])[:24]!r}", fill=255)
    return mask.crop((0, 0, mask.width, _high(item) * SCALE))


def _decoded(code: Any, raw: str) -> str:
    return bytes.fromhex(raw).decode(CHINESE if code == CHINESE else _PAGES.get(code, "latin-1"), "replace")


def _letter(mask: Image.Image, x: int, y: int, cell: tuple[int, int], flags: int, char: str) -> None:
    wide, high = cell[0] * SCALE, cell[1] * SCALE
    glyph = _stretched(char, wide, high)
    if flags & BOLD:
        glyph = ImageChops.lighter(glyph, ImageChops.offset(glyph, SCALE, 0))
    if flags & UNDERLINED:
        glyph = glyph.copy()
        ImageDraw.Draw(glyph).rectangle((0, high - SCALE, wide, high), fill=255)
    if flags & UPSIDE_DOWN:
        glyph = glyph.rotate(180)
    if flags & REVERSED:
        glyph = ImageChops.invert(glyph)
    mask.paste(glyph, (x * SCALE, y * SCALE), glyph)


@functools.cache
def _letters() -> "dict[int, sources.Glyph]":
    return sources.unifont()


@functools.lru_cache(maxsize=2000)
def _stretched(char: str, wide: int, high: int) -> Image.Image:
    """A glyph in a cell of so many pixels, mode "L"."""
    found = _letters().get(ord(char))
    rows = found.rows if found else _box(8 if ord(char) < 0x2E00 else 16)
    image = Image.new("L", (len(rows[0]), len(rows)))
    image.putdata([255 if dot == "#" else 0 for row in rows for dot in row])
    even = wide % image.width == 0 and high % image.height == 0
    smooth = image.resize((wide, high), Image.Resampling.NEAREST if even else Image.Resampling.BICUBIC)
    return smooth if even else smooth.point(lambda value: 255 if value > 127 else 0)


def _box(wide: int) -> list[str]:
    line = "." + "#" * (wide - 2) + "."
    return ["." * wide] * 2 + [line] + ["." + "#" + "." * (wide - 4) + "#" + "."] * 10 + [line] + ["." * wide] * 2


def _tear(paper: Image.Image, y: int) -> None:
    draw = ImageDraw.Draw(paper)
    for x in range(0, paper.width, 16):
        draw.line((x, y * SCALE, x + 8, y * SCALE), fill=_TORN, width=SCALE)


def pieces(items: "Iterable[dict[str, Any]]") -> "Iterator[list[dict[str, Any]]]":
    """The slips one by one: what lies between two cuts."""
    piece: list[dict[str, Any]] = []
    for item in items:
        if item["kind"] == "cut":
            yield piece
            piece = []
        else:
            piece.append(item)
    if piece:
        yield piece
