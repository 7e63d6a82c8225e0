"""The newest journal record, line by line."""

from ...core.journal import timestamp
from .. import words
from ..widgets import pager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place


_SHOWN_S = 30


async def show(shop: "Place") -> None:
    ui = shop.ui
    record = shop.terminal.store.last()
    if record is None:
        await ui.message(words.LAST_SALE, words.EMPTY)
        return
    rows = [
        (words.STATE, ui.guidance.state(record)),
        (words.AMOUNT, ui.canvas.money(record.approved or record.amount)),
        (words.CARD, record.pan[-8:]),
        (words.TRACE, "%06d" % record.stan),
        (words.AUTH, record.auth or "-"),
        (words.TIME, timestamp.text(record.ended_at)[5:16]),
    ]
    await ui.read(lambda page: pager.pairs(ui.canvas, words.LAST_SALE, rows, page), _SHOWN_S)
