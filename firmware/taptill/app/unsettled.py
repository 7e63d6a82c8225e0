"""冲正失败, a reversal that is still open: what the operator sees and can do until it is settled.

Financial work is blocked.  The choices are: try again, check the status with the host, diagnose the network, export the
evidence, or hand it to a supervisor, who moves it to the manual list.  While nobody presses a key, the terminal tries
again by itself, with pauses that double.
"""

from micropython import const

from ..core import evidence
from ..core import pending as pendings
from ..core.errors import PendingDamaged, StoreError
from ..flows import result as ends
from ..flows import reversal
from . import inputs, menus, screens_admin, screens_result, supervisor

_T_REVERSAL_FAILED = const(47)
_T_PENDING_TEXT = const(68)
_T_PENDING_KEPT = const(69)
_T_TRY_AGAIN = const(70)
_T_CHECK_STATUS = const(71)
_T_DIAGNOSE = const(72)
_T_EXPORT = const(73)
_T_TO_MANUAL = const(74)
_T_REASON = const(58)
_T_EXPORTED = const(91)
_T_FAILED = const(50)
_T_DONE = const(49)
_T_B_STORE = const(237)
_T_B_DAMAGED = const(234)
_T_S_SUPERVISOR = const(184)
_T_R_DUPLICATE = const(142)
_T_U_DIFFERS = const(251)
_T_STATUS = {"A": 87, "R": 88, "N": 89, "D": 90, "B": 252, "": 92}
_REASONS = (82, 83, 84, 85, 86)

_FIRST_PAUSE_S = const(30)
_LONGEST_PAUSE_S = const(600)


async def desk(app) -> None:
    """Stay until nothing is pending any more."""
    ui, t = app.ui, app.terminal
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            pending = t.store.pending()
        except PendingDamaged:
            await _damaged(app)
            return
        if pending is None:
            return
        items = [ui.t(number) for number in (_T_TRY_AGAIN, _T_CHECK_STATUS, _T_DIAGNOSE, _T_EXPORT, _T_TO_MANUAL)]
        offline = not app.online()
        back = (lambda: app.online()) if offline else None  # a link that is back is tried at once
        key = await ui.read(lambda page: _picture(ui, pending, page), pause_s, until=back)
        if not key:
            pause_s = _FIRST_PAUSE_S if offline else min(pause_s * 2, _LONGEST_PAUSE_S)
            await _again(app)
            continue
        if key not in "#A":
            continue
        chosen = await inputs.choose(ui, ui.t(_T_REVERSAL_FAILED), items)
        if chosen == 0:
            await _again(app)
        elif chosen == 1:
            if await _status(app, pending):
                return
        elif chosen == 2:
            await menus.network(app)
        elif chosen == 3:
            await _export(app, pending)
        elif chosen == 4:
            await _manual(app)


def _picture(ui, pending, page: int) -> int:
    words = [ui.t(_T_PENDING_TEXT), ui.t(_T_PENDING_KEPT), screens_result.sale_line(ui.canvas, pending.amount, pending.stan)]
    return screens_result.message(ui.canvas, ui.t(_T_REVERSAL_FAILED), words, screens_admin.cv.WARNING, page)


async def _again(app) -> None:
    done = await reversal.settle_pending(app.terminal)
    app.host_seen = done.end == ends.REVERSED
    await app.ui.result(done)


async def _status(app, pending) -> bool:
    """Ask the host and tell what it says; True when its word settled the sale."""
    found, settled = await reversal.ask(app.terminal, pending)
    text = _T_STATUS[found.state]
    if pending.state == pendings.ASKING and found.state == "A":
        text = _T_R_DUPLICATE  # what is booked there is the earlier sale
    elif found.state not in ("", "N") and found.amount != pending.amount:
        text = _T_U_DIFFERS
    await app.ui.message(_T_CHECK_STATUS, text)
    if settled:
        await app.ui.result(settled)
    return settled is not None and settled.end == ends.REVERSED


async def _export(app, pending) -> None:
    ui = app.ui
    try:
        amount = ui.canvas.currency + " " + ui.canvas.money(pending.amount)
        lines = evidence.lines(pending, amount, app.terminal.clock.now(), app.wifi.state, app.wifi.rssi())
        app.folder.write("evidence.txt", "\n".join(lines) + "\n")
    except StoreError:
        await ui.message(_T_FAILED, _T_B_STORE)
        return
    await ui.read(lambda page: screens_admin.pairs(ui.canvas, ui.t(_T_EXPORT), [line.split(": ", 1) for line in lines], page), 60)
    await ui.message(_T_DONE, _T_EXPORTED)


async def _manual(app) -> None:
    """The supervisor's act: the host is asked first, then password and reason, then the journal."""
    ui, t = app.ui, app.terminal
    pending = t.store.pending()
    if await _status(app, pending) or not await _supervisor(app):
        return
    chosen = await inputs.choose(ui, ui.t(_T_REASON), [ui.t(number) for number in _REASONS])
    if chosen < 0:
        return
    try:
        moved = reversal.move_to_manual(t, chosen + 1)
    except StoreError:
        await ui.message(_T_FAILED, _T_B_STORE)
        return
    await ui.result(moved)


async def _damaged(app) -> None:
    """The record cannot be read: only a supervisor can set it aside, and it is kept as evidence."""
    ui, t = app.ui, app.terminal
    await ui.blocked(_T_B_DAMAGED, _T_S_SUPERVISOR)
    if not await _supervisor(app):
        return
    try:
        await ui.result(reversal.set_damaged_aside(t))
    except StoreError:
        await ui.message(_T_FAILED, _T_B_STORE)


async def _supervisor(app) -> bool:
    return await supervisor.admitted(app)
