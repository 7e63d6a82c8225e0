"""Who may do what only a supervisor may: a password, and delays that grow with every wrong one."""

import time

from micropython import const

from ..core import password
from ..core.errors import ConfigError
from . import inputs, screens_admin

_T_WRONG = const(80)
_T_LOCKED = const(81)
_T_SUPERVISOR = const(54)
_T_NONE_SET = const(239)
_T_S_PROVISION = const(183)
_FREE_TRIES = const(2)
_STEP_S = const(5)
_LONGEST_S = const(300)


async def admitted(app) -> bool:
    """Ask for the supervisor's password; False when it was not given."""
    ui = app.ui
    setting = app.terminal.config.supervisor
    try:
        password.parts(setting)
    except ConfigError:  # none, or none that could ever be met
        await ui.message(_T_SUPERVISOR, _T_NONE_SET, _T_S_PROVISION)
        return False
    note = ""
    while True:
        if not await _sit_out(app):
            return False
        digits = await inputs.password(ui, note)
        if digits is None:
            return False
        typed = digits.decode()
        for at in range(len(digits)):
            digits[at] = 0
        if password.fits(typed, setting):
            app.wrong_passwords = 0
            return True
        app.wrong_passwords += 1
        note = ui.t(_T_WRONG)
        if app.wrong_passwords > _FREE_TRIES:
            wait_s = min(_STEP_S << (app.wrong_passwords - _FREE_TRIES - 1), _LONGEST_S)
            app.locked_until = time.ticks_add(time.ticks_ms(), wait_s * 1000)


async def _sit_out(app) -> bool:
    """Show the lock while it lasts; False when the person walks away from it.  The lock stays."""
    while app.locked_until is not None:
        left_ms = time.ticks_diff(app.locked_until, time.ticks_ms())
        if left_ms <= 0:
            app.locked_until = None
            break
        screens_admin.password(app.ui.canvas, 0, app.ui.t(_T_LOCKED) % ((left_ms + 999) // 1000))
        pressed = await app.ui.key(min(left_ms, 500))
        if pressed and pressed[0] in "*D":
            return False
    return True
