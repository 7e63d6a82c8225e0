"""冲正失败, a reversal that is still open, or what is only asked about: what the operator sees and can do until it is settled.

Financial work is blocked.  While nobody presses a key, the terminal tries again by itself, with pauses that double.
"""

from ...core import transactions
from ...core.errors import PendingDamaged, StoreError
from ...core.journal import pending as pendings
from ...flows import result as ends
from ...flows import reversal
from .. import words
from ..manual_reasons import REASONS
from ..room import Room
from ..widgets import icons, pager
from . import agree, menu
from .result import transaction_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.owner import Owner
    from ..guidance import Guide
    from ..roles import Place
    from ..widgets.canvas import Canvas, Text


_FIRST_PAUSE_S = 30
_LONGEST_PAUSE_S = 600
_RECORDS = 2  # of the journal beside the open one
_STATUS = {
    "A": words.STATUS_TAKEN,
    "R": words.STATUS_REVERSED,
    "N": words.STATUS_UNKNOWN_THERE,
    "D": words.STATUS_DECLINED_THERE,
    "B": words.STATUS_BARRED,
    "": words.STATUS_NO_ANSWER,
}


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
        told = ui.guidance.open_one(pending.kind, ends.NOT_KEPT if pending.ending else ends.OK)
        if not shop.terminal.owns(pending):
            if await _elsewhere(shop, pending, told):
                return
            continue
        offline = not shop.online()
        back = shop.online if offline else None  # a link that is back is tried at once
        line, note = transaction_line(ui.canvas, pending.amount, pending.stan), _note(pending)
        shop.log.keep()  # what led up to it: whoever pulls the plug now has it all the same
        key = await ui.read(lambda page: draw(ui.canvas, told, note, line, page), pause_s, until=back)
        if not key:
            shop.start_anew_if_stuck()
            pause_s = _FIRST_PAUSE_S if offline else min(pause_s * 2, _LONGEST_PAUSE_S)
            await _again(shop)
        elif key in "#A" and await menu.visit(shop, told.title, ROWS):
            return


def _note(pending: pendings.Pending) -> int:
    """What has to be known about an open intent that is not like others; 0: nothing."""
    if pending.ending:
        return words.U_NOT_KEPT
    return {pendings.DOUBTED: words.U_DOUBTED, pendings.LOST: words.U_LOST}.get(pending.trust, 0)


def draw(c: "Canvas", told: "Guide", note: int, line: str, page: int = 0) -> int:
    """`told`: what is open, and where its money is."""
    texts: "list[Text]" = [told.money, note or words.PENDING_KEPT, line]
    return pager.sentences(c, told.title, texts, icons.WARNING, page)


def draw_elsewhere(c: "Canvas", told: "Guide", place: tuple, changed: list, line: str, page: int = 0) -> int:
    """It belongs to the host at `place` (name, port), and the settings `changed` lead elsewhere; () where that is not known."""
    texts: "list[Text]" = [told.money, words.U_OTHER_HOST]
    if place:
        texts = [told.money, (words.BELONGS_TO, place[0]), (words.PORT, place[1]), (words.CHANGED, ", ".join(changed))]
    return pager.sentences(c, told.title, texts + [words.S_OLD_SETTINGS, line], icons.WARNING, page)


async def _elsewhere(shop: "Place", pending: pendings.Pending, told: "Guide") -> bool:
    """It belongs to another host than the settings lead to, so nobody can be asked; True when it is not open any more."""
    ui, owner, mine = shop.ui, _owner(shop, pending), shop.terminal.owner
    line = transaction_line(ui.canvas, pending.amount, pending.stan)
    changed = owner.differences(mine) if owner else []
    place = (owner.values["host"], owner.values["port"]) if owner else ()
    key = await ui.read(lambda page: draw_elsewhere(ui.canvas, told, place, changed, line, page), _LONGEST_PAUSE_S, leave="#A")
    return bool(key) and bool(await menu.visit(shop, told.title, ROWS))


def _owner(shop: "Place", pending: pendings.Pending) -> "Owner | None":
    """Whose the open intent is, as far as that is known in words."""
    if shop.terminal.owns(pending):
        return shop.terminal.owner
    known = shop.known_owner.read()
    return known if known and known.mark == pending.owner else None


def _ours(shop: "Place") -> bool:
    """Can its host be asked?"""
    pending = shop.terminal.store.pending()
    return pending is None or shop.terminal.owns(pending)


def _undoable(shop: "Place") -> bool:
    """Can it be reversed?"""
    pending = shop.terminal.store.pending()
    return _ours(shop) and (pending is None or transactions.reversed_(pending.kind))


async def _try(shop: "Place") -> None:
    """A person wants it reversed; what may have been approved and settled is undone only when that is really meant."""
    pending = shop.terminal.store.pending()
    if pending and pending.trust == pendings.DOUBTED and pending.state != pendings.ASKING:
        if not await agree.ask(shop.ui, words.REVERSE_ANYWAY, pending, pending.stan):
            return
        try:
            reversal.insist(shop.terminal, pending)
        except StoreError:
            await shop.ui.message(words.FAILED, words.B_STORE)
            return
    await _again(shop)


async def _again(shop: "Place") -> None:
    done = await reversal.settle_pending(shop.terminal)
    shop.host_seen = done.end != ends.UNKNOWN
    await shop.tell(done)
    if done.end == ends.UNKNOWN and done.why in ends.NO_CONNECTION and shop.online():
        shop.unreached(done.why)
        await shop.find_cause()


async def _status(shop: "Place") -> bool:
    """Ask the host and tell what it says; True when its word settled the transaction."""
    pending = shop.terminal.store.pending()
    if pending is None:
        return True
    found, settled = await reversal.ask(shop.terminal, pending)
    text = words.B_STORE if found.why == ends.STORE else _STATUS[found.state]
    if pending.state == pendings.ASKING and found.state == "A":
        text = words.R_DUPLICATE  # what is booked there is the earlier transaction
    elif found.state not in ("", "N") and found.amount != pending.amount:
        text = words.U_DIFFERS
    await shop.ui.message(words.CHECK_STATUS, text)
    if settled:
        await shop.tell(settled)
    return settled is not None and settled.end != ends.UNKNOWN


async def _export(shop: "Place") -> None:
    pending = shop.terminal.store.pending()
    if pending is None:
        return
    owner = _owner(shop, pending)
    host = owner.place if owner else ""
    records = shop.terminal.store.recent(_RECORDS)
    now, wifi = shop.terminal.clock.now(), shop.wifi
    with Room():
        from . import evidence

        await evidence.export(shop.ui, shop.witness, pending, host, now, wifi.state, wifi.rssi(), records)


async def _diagnose(shop: "Place") -> None:
    with Room():
        from . import network

        await network.show(shop)


async def _slip(shop: "Place") -> None:
    await shop.telling.press().show_open()


async def _manual(shop: "Place") -> None:
    """The supervisor's act: the host is asked first if it can be, then password and reason, then the journal."""
    if _ours(shop) and await _status(shop):
        return
    if not await shop.supervisor.admitted(shop.ui):
        return
    chosen = await menu.choose(shop.ui, words.REASON, list(REASONS))
    if chosen < 0:
        return
    try:
        moved = reversal.move_to_manual(shop.terminal, chosen + 1)
    except StoreError:
        await shop.ui.message(words.FAILED, words.B_STORE)
        return
    await shop.tell(moved)


async def _damaged(shop: "Place") -> None:
    """The record cannot be read: only a supervisor can set it aside, and it is kept as evidence."""
    ui = shop.ui
    await ui.blocked(words.B_DAMAGED, words.S_SUPERVISOR)
    if not await shop.supervisor.admitted(ui):
        return
    try:
        await shop.tell(reversal.set_damaged_aside(shop.terminal))
    except StoreError:
        await ui.message(words.FAILED, words.B_STORE)


ROWS = (
    menu.Row(words.TRY_AGAIN, _try, when=_undoable),
    menu.Row(words.CHECK_STATUS, _status, when=_ours),
    menu.Row(words.DIAGNOSE, _diagnose),
    menu.Row(words.EXPORT, _export),
    menu.Row(words.TO_MANUAL, _manual),
    menu.Row(words.SLIP, _slip),
)
