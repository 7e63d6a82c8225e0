"""Texts and tables that may be longer than the screen: one page of them, and how many there are."""

from .canvas import LINE, MARGIN
from .glyphs import LARGE, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..roles import Face
    from .canvas import Canvas, Text


_TWO = (22, 42)  # two lines alone stand apart, in the middle
_GAP = 6  # columns at least between a label and its value
_TURN_MS = 3000
_HEADS = ":："  # a text that ends so is a heading


def sentences(c: "Canvas", title: "Text", texts: list, icon: int = -1, page: int = 0) -> int:
    """A bar and texts (each begins a line).  Draws `page` (counted round) and returns how many there are."""
    pages = _pages(c, texts)
    page %= len(pages)
    if not c.begin("sentences", title, tuple(texts), icon, page):
        return len(pages)
    c.bar(title, icon, "", len(pages) > 1)
    shown = pages[page]
    if len(pages) == len(shown) == 1:
        text, line = shown[0]
        c.mark(text)
        if c.low:
            c.centre(line, c.body[0])
        else:
            c.centre(line, 2 * LINE, LARGE if c.width(line, LARGE) <= c.columns - 2 * MARGIN else TEXT)
    else:
        tops = _TWO if len(pages) == 1 and len(shown) == 2 else c.body
        for (text, line), y in zip(shown, tops):
            c.mark(text)
            c.text(line, MARGIN, y)
    c.show()
    return len(pages)


def _pages(c: "Canvas", texts: list) -> list:
    """Pages of [(text, its line)]; a text that has room on one page is not divided, and a heading stays with what it heads."""
    pages: list = [[]]
    most = len(c.body)
    for text in texts:
        if text:
            lines = c.wrap(text)
            wanted = len(lines) + (lines[-1][-1:] in _HEADS)
            if len(pages[-1]) + wanted > most >= wanted and pages[-1]:
                pages.append([])
            for line in lines:
                if len(pages[-1]) == most:
                    pages.append([])
                pages[-1].append((text, line))
    return pages


def pairs(c: "Canvas", title: "Text", rows: list, page: int = 0, more: bool = False) -> int:
    """Labels and values [(label, value)]; a value too long for its line takes the next ones.  `more`: these are not all."""
    lines = []
    for label, value in rows:
        if c.width(label) + _GAP + c.width(value) <= c.columns - 2 * MARGIN:
            lines.append((label, value))
        else:
            lines.append((label, ""))
            for part in c.wrap(value):
                lines.append(("", part))
    most = len(c.body)
    pages = max(1, (len(lines) + most - 1) // most)
    page %= pages
    if not c.begin("pairs", title, tuple(rows), page, more):
        return pages
    c.bar(title, -1, "", more or pages > 1)
    for (label, value), y in zip(lines[page * most : (page + 1) * most], c.body):
        pair(c, label, value, y)
    c.show()
    return pages


def pair(c: "Canvas", label: "Text", value: "Text", y: int) -> None:
    """A label on the left, its value on the right."""
    end = c.text(label, MARGIN, y) + _GAP if label else MARGIN
    if value and c.right(value, c.columns - MARGIN, y) < end - 1:
        c.overflow += 1


async def question(ui: "Face", draw: "Callable[[int], int]", patience_ms: int):
    """A screen that waits for a key: `draw(page) -> pages`, which turn; the key as (key, long), None when nobody was there."""
    ui.forget_keys()
    page = 0
    while True:
        pages = draw(page)
        if pages == 1:
            return await ui.key(patience_ms)
        pressed = await ui.key(_TURN_MS)
        patience_ms -= _TURN_MS
        if pressed or patience_ms <= 0:
            return pressed
        page = (page + 1) % pages
