"""Which slip is wanted: its trace is typed, or # for the last one."""

from ...core.errors import StoreError
from .. import words
from . import earlier

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place


async def show(shop: "Place") -> None:
    """Ask for a trace, and show its slip."""
    trace = await earlier.ask(shop.ui, words.SLIP, words.TRACE, 2 * earlier.TRACE, words.OR_LAST)
    if trace is None:
        return
    try:
        record = shop.slips.by_trace(trace)
    except StoreError:
        await shop.ui.message(words.SLIP, words.B_STORE)
        return
    if record is None:
        await shop.ui.message(words.SLIP, words.NO_SLIP if trace else words.EMPTY)
        return
    await shop.slips.show(record)
