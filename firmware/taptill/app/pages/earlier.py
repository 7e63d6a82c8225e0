"""Which transaction is meant, and how much of it: its trace is typed, or the card tells; its code where the journal lacks it."""

from ...core import transactions
from ...flows import earlier, original
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import LINE
from . import amount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face, Place
    from ..widgets.canvas import Canvas


_PATIENCE_MS = 60000
# What is typed: the label of what stands, how many digits at most, and what is asked for while nothing stands.
TRACE = 6  # and with its batch before it twice that
_CODE, _DATE = 6, 4


async def run(shop: "Place", row: transactions.Transaction, title: int) -> None:
    """One transaction about an earlier one, from the trace to its end."""
    ui = shop.ui
    by_card = 0 if row.several else words.OR_BY_CARD
    trace = await ask(ui, title, words.TRACE, 2 * TRACE if row.any_batch else TRACE, by_card)
    if trace is None or (not trace and row.several):
        return  # by card alone it would be the newest, and that may be another one
    typed = None
    if trace and row.of == (transactions.PREAUTH,) and not original.known(shop.terminal, row, trace):
        typed = await _by_code(ui, title)
        if typed is None:
            return
    value = 0
    if typed or not row.undoes:
        value = await amount.ask(ui) or 0
        if not value:
            return
    await shop.pay(row, value, lambda: earlier.about(shop.terminal, row, trace, value, typed))


async def _by_code(ui: "Face", title: int):
    """("MMDD", authorisation code) as its slip has them, or None."""
    code = await ask(ui, title, words.AUTH, _CODE)
    if not code:
        return None
    date = await ask(ui, title, words.DATE, _DATE)
    return None if date is None else ("%04d" % date, "%06d" % code)


async def ask(ui: "Face", title: int, label: int, most: int, otherwise: int = 0) -> "int | None":
    """A number of so many digits at most, 0 when none was typed (`otherwise` says what that does), or None: cancelled, or nobody
    there.
    """
    value = 0
    while True:
        draw(ui.canvas, title, label, value, otherwise)
        pressed = await ui.key(_PATIENCE_MS)
        if pressed is None or pressed[0] == "D":
            return None
        key = pressed[0]
        if key in "0123456789":
            if value * 10 + int(key) < 10**most:
                value = value * 10 + int(key)
        elif key == "*":
            if not value:
                return None
            value //= 10
        elif key == "#":
            return value


def draw(c: "Canvas", title: int, label: int, value: int, otherwise: int = 0) -> None:
    """`value` as far as it is typed; a trace may have its batch before it."""
    if not c.begin("trace", title, label, value, otherwise):
        return
    if c.low:
        from . import low

        low.earlier(c, title, label, value, shown(label, value), otherwise)
        return
    c.bar(title, icons.BACK)
    if not value and label == words.TRACE:
        c.centre(words.TYPE_TRACE, LINE)
        if otherwise:
            c.centre(otherwise, 2 * LINE)
    elif value >= original.BATCH:
        c.centre(label, LINE)
        c.centre(shown(label, value), 2 * LINE)
    else:
        pager.pair(c, label, shown(label, value), 24)
    c.legend(words.KEYS_AMOUNT)
    c.show()


def shown(label: int, value: int) -> str:
    """As it stands on the screen: six digits, twelve with a batch, a date as far as it is typed."""
    if label == words.DATE:
        return "%d" % value if value else "MMDD"
    text = "%06d" % (value % original.BATCH)
    return "%06d %s" % (value // original.BATCH, text) if value >= original.BATCH else text
