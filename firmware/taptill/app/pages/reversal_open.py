"""冲正失败, a reversal that is still open: what the operator sees and can do until it is settled.

Financial work is blocked.  While nobody presses a key, the terminal tries again by itself, with pauses that double.
"""

from ...core import evidence
from ...core.errors import PendingDamaged, StoreError
from ...core.journal import pending as pendings
from ...flows import result as ends
from ...flows import reversal
from .. import words
from ..widgets import icons, pager
from . import menu, network
from .result import transaction_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place
    from ..widgets.canvas import Canvas


_FIRST_PAUSE_S = 30
_LONGEST_PAUSE_S = 600
_EVIDENCE_S = 60
_STATUS = {
    "A": words.STATUS_TAKEN,
    "R": words.STATUS_REVERSED,
    "N": words.STATUS_UNKNOWN_THERE,
    "D": words.STATUS_DECLINED_THERE,
    "B": words.STATUS_BARRED,
    "": words.STATUS_NO_ANSWER,
}
# Why a supervisor takes it over; the journal keeps the place in this list, from 1.
_REASONS = (
    words.REASON_HOST_DEBIT, words.REASON_HOST_NONE, words.REASON_NO_HOST, words.REASON_CASH, words.REASON_OTHER,
)  # fmt: skip


async def stay(shop: "Place") -> None:
    """Stay until nothing is pending any more."""
    ui = shop.ui
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            pending = shop.terminal.store.pending()
        except PendingDamaged:
            await _damaged(shop)
            return
        if pending is None:
            return
        offline = not shop.online()
        back = shop.online if offline else None  # a link that is back is tried at once
        money = ui.guidance.money(ends.UNKNOWN, pending.kind)
        key = await ui.read(lambda page: draw(ui.canvas, money, pending.amount, pending.stan, page), pause_s, until=back)
        if not key:
            pause_s = _FIRST_PAUSE_S if offline else min(pause_s * 2, _LONGEST_PAUSE_S)
            await _again(shop)
        elif key in "#A" and await menu.visit(shop, words.REVERSAL_FAILED, ROWS):
            return


def draw(c: "Canvas", money: int, amount: int, stan: int, page: int = 0) -> int:
    texts = [money, words.PENDING_KEPT, transaction_line(c, amount, stan)]
    return pager.sentences(c, words.REVERSAL_FAILED, texts, icons.WARNING, page)


async def _again(shop: "Place") -> None:
    done = await reversal.settle_pending(shop.terminal)
    shop.host_seen = done.end == ends.REVERSED
    await shop.ui.result(done)


async def _status(shop: "Place") -> bool:
    """Ask the host and tell what it says; True when its word settled the transaction."""
    pending = shop.terminal.store.pending()
    if pending is None:
        return True
    found, settled = await reversal.ask(shop.terminal, pending)
    text = _STATUS[found.state]
    if pending.state == pendings.ASKING and found.state == "A":
        text = words.R_DUPLICATE  # what is booked there is the earlier transaction
    elif found.state not in ("", "N") and found.amount != pending.amount:
        text = words.U_DIFFERS
    await shop.ui.message(words.CHECK_STATUS, text)
    if settled:
        await shop.ui.result(settled)
    return settled is not None and settled.end == ends.REVERSED


async def _export(shop: "Place") -> None:
    ui = shop.ui
    pending = shop.terminal.store.pending()
    if pending is None:
        return
    try:
        amount = ui.canvas.currency + " " + ui.canvas.money(pending.amount)
        lines = evidence.lines(pending, amount, shop.terminal.clock.now(), shop.wifi.state, shop.wifi.rssi())
        shop.folder.write("evidence.txt", "\n".join(lines) + "\n")
    except StoreError:
        await ui.message(words.FAILED, words.B_STORE)
        return
    rows = [line.split(": ", 1) for line in lines]
    await ui.read(lambda page: pager.pairs(ui.canvas, words.EXPORT, rows, page), _EVIDENCE_S)
    await ui.message(words.DONE, words.EXPORTED)


async def _manual(shop: "Place") -> None:
    """The supervisor's act: the host is asked first, then password and reason, then the journal."""
    if await _status(shop) or not await shop.supervisor.admitted(shop.ui):
        return
    chosen = await menu.choose(shop.ui, words.REASON, list(_REASONS))
    if chosen < 0:
        return
    try:
        moved = reversal.move_to_manual(shop.terminal, chosen + 1)
    except StoreError:
        await shop.ui.message(words.FAILED, words.B_STORE)
        return
    await shop.ui.result(moved)


async def _damaged(shop: "Place") -> None:
    """The record cannot be read: only a supervisor can set it aside, and it is kept as evidence."""
    ui = shop.ui
    await ui.blocked(words.B_DAMAGED, words.S_SUPERVISOR)
    if not await shop.supervisor.admitted(ui):
        return
    try:
        await ui.result(reversal.set_damaged_aside(shop.terminal))
    except StoreError:
        await ui.message(words.FAILED, words.B_STORE)


ROWS = (
    menu.Row(words.TRY_AGAIN, _again),
    menu.Row(words.CHECK_STATUS, _status),
    menu.Row(words.DIAGNOSE, network.show),
    menu.Row(words.EXPORT, _export),
    menu.Row(words.TO_MANUAL, _manual),
)
