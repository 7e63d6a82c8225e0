"""OLED frames in a console: two dots a character with half blocks."""

from .pictures import WIDTH, dot, rows

_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def can_show(text: str, encoding: str | None) -> bool:
    """Has a console of this encoding all the characters?"""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def boxed(words: list) -> str:
    """A screen's lines of text in a frame of ASCII, for a console that has no other signs."""
    wide = max([16, *[len(line) for line in words]])
    edge = "+" + "-" * (wide + 2) + "+"
    return "\n".join([edge, *[f"| {line:<{wide}} |" for line in words], edge])


def render(frame: bytes, border: bool = True) -> str:
    """The frame as half as many lines of 128 characters, in a thin frame unless `border` is false."""
    lines = []
    for y in range(0, rows(frame), 2):
        lines.append("".join([_BLOCKS[dot(frame, x, y), dot(frame, x, y + 1)] for x in range(WIDTH)]))
    if border:
        lines = ["┌" + "─" * WIDTH + "┐"] + ["│" + line + "│" for line in lines] + ["└" + "─" * WIDTH + "┘"]
    return "\n".join(lines)


def render_small(frame: bytes, border: bool = True) -> str:
    """The same with eight dots a character (braille), 64 a line: for narrow consoles."""
    places = ((0, 0, 1), (0, 1, 2), (0, 2, 4), (1, 0, 8), (1, 1, 16), (1, 2, 32), (0, 3, 64), (1, 3, 128))
    lines = []
    for y in range(0, rows(frame), 4):
        cells = [sum([bit for dx, dy, bit in places if dot(frame, x + dx, y + dy)]) for x in range(0, WIDTH, 2)]
        lines.append("".join([chr(0x2800 + cell) for cell in cells]))
    if border:
        wide = WIDTH // 2
        lines = ["┌" + "─" * wide + "┐"] + ["│" + line + "│" for line in lines] + ["└" + "─" * wide + "┘"]
    return "\n".join(lines)
