"""A list to choose from, and what its rows do."""

from ...core import transactions
from ..widgets import icons
from ..widgets.canvas import LINE, MARGIN
from ..widgets.glyphs import BOLD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from ..roles import Face, Place
    from ..widgets.canvas import Canvas, Text


_BLIND = 4  # the sound


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
    act = await pick(shop, title, rows)
    return await act(shop) if act else None


async def pick(shop: "Place", title: int, rows: tuple) -> "Callable[[Place], Coroutine[Any, Any, Any]] | None":
    """Choose one of the rows that are there now; what it does, None when nothing was chosen."""
    if not shop.ui.visible():
        shop.ui.sound(_BLIND)
        return None
    there = [row for row in rows if row.when is None or row.when(shop)]
    at = await choose(shop.ui, title, [row.text for row in there])
    if at < 0:
        return None
    row = there[at]
    if row.who == transactions.SUPERVISOR and not await shop.supervisor.admitted(shop.ui):
        return None
    return row.act


async def choose(ui: "Face", title: "Text", items: list, at: int = 0, timeout_s: int = 60) -> int:
    """Index of the chosen item, or -1 (back, cancel, time-out).  B up, C and 0 down, # enters; other digits choose at once."""
    while True:
        draw(ui.canvas, title, items, at)
        pressed = await ui.key(timeout_s * 1000)
        if pressed is None or pressed[0] in "*D":
            return -1
        key = pressed[0]
        if key == "B":
            at = (at - 1) % len(items)
        elif key in "C0":
            at = (at + 1) % len(items)
        elif key == "#":
            return at
        elif key in "123456789" and int(key) <= len(items):
            return int(key) - 1


def draw(c: "Canvas", title: "Text", items: list, at: int) -> None:
    """A list with a cursor at item `at`; the first row says where one is."""
    if not c.begin("menu", title, tuple(items), at):
        return
    place = "%d/%d" % (at + 1, len(items))
    end = c.text(title, MARGIN, c.head, False, BOLD)  # no bar: what is bright is the cursor
    if c.few_keys and end + 2 * MARGIN + 27 <= c.columns:
        c.cap("0", c.columns - MARGIN - 28, 0)
        c.icon(icons.MORE, c.columns - MARGIN - 13, 0)
    elif end + 2 * MARGIN + c.width(place) <= c.columns:
        c.right(place, c.columns - MARGIN, c.head)
    else:
        c.icon(icons.MORE, c.columns - MARGIN - 13, 0)
    most = len(c.body)
    first = min(max(0, at - 1), max(0, len(items) - most)) if most > 1 else at
    y = LINE
    for row in range(first, min(first + most, len(items))):
        here = row == at
        if here:
            c.oled.fill_rect(0, y, c.columns, LINE, 1)
        c.text(items[row], MARGIN, y, here)
        y += LINE
    c.show()
