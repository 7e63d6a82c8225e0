"""What is known of an incident: on the screen, in a file for the bank, and as QR codes for a telephone."""

from ...core import evidence
from ...core.errors import StoreError
from .. import words
from ..widgets import pager
from . import wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.journal.pending import Pending
    from ..roles import Evidence, Face, Place


_SHOWN_S = 60
_LAST = 3  # records of the journal
_LOG_BY_QR = 8  # lines of the log in QR codes: each code takes 45 signs


async def export(
    ui: "Face",
    witness: "Evidence",
    pending: "Pending",
    host: str,
    now: "tuple[int, int, int, int, int, int] | None" = None,
    wifi_state: int = -1,
    rssi: int = 0,
    records: "list | None" = None,
) -> None:
    """Show the lines of core.evidence about what is open, and keep them; `records` are the newest of the journal."""
    amount = ui.canvas.currency + " " + ui.canvas.money(pending.amount)
    lines = evidence.lines(pending, amount, host, now, wifi_state, rssi)
    await _tell(ui, witness, lines, [evidence.opened(pending)] + [evidence.recorded(record) for record in records or []])


async def show(shop: "Place") -> None:
    """The same about the last payments, while nothing is open."""
    t, config = shop.terminal, shop.terminal.config
    records = t.store.recent(_LAST)
    if not records:
        await shop.ui.message(words.EXPORT, words.EMPTY)
        return
    lines = evidence.place(config.terminal_id, config.merchant_id, t.owner.place, t.clock.now())
    await _tell(shop.ui, shop.witness, lines, [evidence.recorded(record) for record in records])


async def _tell(ui: "Face", witness: "Evidence", lines: list, more: list) -> None:
    """Keep it; what flash does not take can still be read from the screen."""
    more.append("currency: %s %s" % (ui.canvas.currency, ui.canvas.money(0)))
    wait.draw(ui.canvas, words.SIGNING)
    text = await witness.text(lines + more)
    told = words.DONE, words.EXPORTED
    try:
        witness.keep(text)
    except StoreError:
        told = words.FAILED, words.B_STORE
    rows = [line.split(": ", 1) for line in lines]
    await ui.read(lambda page: pager.pairs(ui.canvas, words.EXPORT, rows, page), _SHOWN_S)
    c = ui.canvas
    codes = not (c.low or c.few_keys)  # 32 rows have no room for a code, and a keypad of twelve keys has no A
    if await ui.message(*told, *([words.QR_HINT] if codes else [])) == "A" and codes:
        from . import qr

        wait.draw(c, words.SIGNING)
        await qr.show(ui, await witness.text(lines + more, _LOG_BY_QR))
