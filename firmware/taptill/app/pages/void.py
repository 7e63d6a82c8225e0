"""Which sale is to be undone: its trace is typed, or the card tells."""

from ...core import transactions
from ...flows.void import void
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face, Place
    from ..widgets.canvas import Canvas


_MAX_DIGITS = 6
_PATIENCE_MS = 60000


async def run(shop: "Place") -> None:
    """One void, from the trace to its end."""
    stan = await ask(shop.ui)
    if stan is not None:
        await shop.pay(transactions.VOID, 0, lambda: void(shop.terminal, stan))


async def ask(ui: "Face"):
    """A trace, 0 for the newest sale of the card that will be tapped, or None (cancelled, or nobody there)."""
    stan = 0
    while True:
        draw(ui.canvas, stan)
        pressed = await ui.key(_PATIENCE_MS)
        if pressed is None or pressed[0] == "D":
            return None
        key = pressed[0]
        if key in "0123456789":
            if stan * 10 + int(key) < 10**_MAX_DIGITS:
                stan = stan * 10 + int(key)
        elif key == "*":
            if not stan:
                return None
            stan //= 10
        elif key == "#":
            return stan


def draw(c: "Canvas", stan: int) -> None:
    """`stan` as far as it is typed."""
    if not c.begin("void", stan):
        return
    if c.low:
        from . import low

        low.void(c, stan)
        return
    c.bar(words.VOID, icons.BACK)
    if stan:
        pager.pair(c, words.TRACE, "%06d" % stan, 24)
    else:
        c.centre(words.TYPE_TRACE, LINE)
        c.centre(words.OR_BY_CARD, 2 * LINE)
    c.legend(words.KEYS_AMOUNT)
    c.show()
