"""Which slip is wanted: its trace is typed, or # for the last one."""

from ...core.errors import StoreError
from ...flows import original
from .. import words
from . import earlier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.journal.record import Record
    from ...ports import Store
    from ..roles import Place


async def show(shop: "Place") -> None:
    """Ask for a trace, and show its slip."""
    trace = await earlier.ask(shop.ui, words.SLIP, words.TRACE, 2 * earlier.TRACE, words.OR_LAST)
    if trace is None:
        return
    try:
        record = _by_trace(shop.terminal.store, trace)
    except StoreError:
        await shop.ui.message(words.SLIP, words.B_STORE)
        return
    if record is None:
        await shop.ui.message(words.SLIP, words.NO_SLIP if trace else words.EMPTY)
        return
    await shop.telling.press().show(record)


def _by_trace(store: "Store", trace: int) -> "Record | None":
    """The newest record of that trace (flows.original), with 0 the newest of all.  Raises StoreError."""
    if not trace:
        return store.last()
    found = None
    fits = original.by_trace(trace)
    for record in store.records():
        if record.seq and fits(record):
            found = record
    return found
