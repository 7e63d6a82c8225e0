"""A list to choose from, and what its rows do."""

from ...core import transactions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from ..roles import Face, Place
    from ..widgets.canvas import Canvas, Text


_ROWS = 3  # on the screen at a time


class Row:
    """`text` of the row, `act(shop)` (a coroutine function) that it calls, `who` may (core.transactions).

    `when(shop)` says whether it is there at all.
    """

    def __init__(
        self,
        text: int,
        act: "Callable[[Place], Coroutine[Any, Any, Any]]",
        who: int = transactions.ANYONE,
        when: "Callable[[Place], bool] | None" = None,
    ):
        self.text = text
        self.act = act
        self.who = who
        self.when = when


async def visit(shop: "Place", title: int, rows: tuple):
    """Choose one of the rows that are there now and do it; returns what its act returns, None when nothing was chosen."""
    there = [row for row in rows if row.when is None or row.when(shop)]
    at = await choose(shop.ui, title, [row.text for row in there])
    if at < 0:
        return None
    row = there[at]
    if row.who == transactions.SUPERVISOR and not await shop.supervisor.admitted(shop.ui):
        return None
    return await row.act(shop)


async def choose(ui: "Face", title: "Text", items: list, at: int = 0, timeout_s: int = 60) -> int:
    """Index of the chosen item, or -1 (back, cancel, time-out).  B up, C down, # enters; digits choose at once."""
    while True:
        draw(ui.canvas, title, items, at)
        pressed = await ui.key(timeout_s * 1000)
        if pressed is None or pressed[0] in "*D":
            return -1
        key = pressed[0]
        if key == "B":
            at = (at - 1) % len(items)
        elif key == "C":
            at = (at + 1) % len(items)
        elif key == "#":
            return at
        elif key in "123456789" and int(key) <= len(items):
            return int(key) - 1


def draw(c: "Canvas", title: "Text", items: list, at: int) -> None:
    """A list with a cursor at item `at`; the bar shows where one is."""
    c.clear()
    place = "%d/%d" % (at + 1, len(items))
    if c.width(title) + c.width(place) < c.columns - 10:
        c.bar(title, -1, place)
    else:
        c.bar(title, -1, "", True)
    if c.pitch == 16:
        c.oled.hline(0, 15, c.columns, 0)  # keeps the bar apart from a cursor in the first row
    first = min(max(0, at - 1), max(0, len(items) - _ROWS))
    y = 16
    for row in range(first, min(first + _ROWS, len(items))):
        here = row == at
        if here:
            c.oled.fill_rect(0, y, c.columns, 16, 1)
        c.text(items[row], 4, y if c.pitch == 16 else y - 1, here)
        y += 16
    c.show()
