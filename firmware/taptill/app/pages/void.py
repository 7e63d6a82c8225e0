"""Which sale is to be undone: its trace is typed, or the card tells."""

from ...core import transactions
from ...flows.void import void
from .. import words
from ..widgets import icons

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
        await shop.pay(transactions.VOID, 0, void(shop.terminal, stan))


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
    c.clear()
    c.bar(words.VOID, icons.BACK)
    if stan:
        c.text(words.TRACE, 2, 24)
        c.right("%06d" % stan, c.columns - 2, 24)
    else:
        y = 16 if c.pitch == 16 else 19
        c.centre(words.TYPE_TRACE, y)
        c.centre(words.OR_BY_CARD, y + c.pitch)
    c.legend(words.KEYS_AMOUNT)
    c.show()
