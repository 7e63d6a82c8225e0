"""Who may do what only a supervisor may: a password, and delays that grow with every wrong one."""

import time

from ...core import password
from ...core.errors import ConfigError
from .. import words
from ..widgets import icons, secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face
    from ..widgets.canvas import Canvas, Text


_TIMEOUT_S = 60
_FREE_TRIES = 2
_STEP_S = 5
_LONGEST_S = 300


class Supervisor:
    """Knows how often the password was wrong; `setting` is the configured one (core.password)."""

    def __init__(self, setting: str):
        self._setting = setting
        self._wrong = 0
        self._locked_until = None

    async def admitted(self, ui: "Face") -> bool:
        """Ask for the supervisor's password; False when it was not given."""
        try:
            password.parts(self._setting)
        except ConfigError:  # none, or none that could ever be met
            await ui.message(words.SUPERVISOR, words.NONE_SET, words.S_PROVISION)
            return False
        note = 0
        while True:
            if not await self._sit_out(ui):
                return False
            digits = await secret.ask(ui, _drawing(ui.canvas, note), 1, _TIMEOUT_S)
            if digits is None:
                return False
            typed = digits.decode()
            for at in range(len(digits)):
                digits[at] = 0
            if password.fits(typed, self._setting):
                self._wrong = 0
                return True
            self._wrong += 1
            note = words.WRONG
            if self._wrong > _FREE_TRIES:
                wait_s = min(_STEP_S << (self._wrong - _FREE_TRIES - 1), _LONGEST_S)
                self._locked_until = time.ticks_add(time.ticks_ms(), wait_s * 1000)

    async def _sit_out(self, ui: "Face") -> bool:
        """Show the lock while it lasts; False when the person walks away from it.  The lock stays."""
        while self._locked_until is not None:
            left_ms = time.ticks_diff(self._locked_until, time.ticks_ms())
            if left_ms <= 0:
                self._locked_until = None
                break
            draw(ui.canvas, 0, (words.LOCKED, (left_ms + 999) // 1000))
            pressed = await ui.key(min(left_ms, 500))
            if pressed and pressed[0] in "*D":
                return False
        return True


def draw(c: "Canvas", digits: int, note: "Text" = 0) -> None:
    """`digits` typed so far; `note` such as "wrong password"."""
    if not c.begin("password", digits, note):
        return
    if c.low:
        from . import low

        low.password(c, digits, note)
        return
    c.bar(words.PASSWORD, icons.LOCK)
    if note:
        c.centre(note, 17)
    secret.spots(c, digits, 32 if note else 25)
    c.legend(words.KEYS_PASSWORD)
    c.show()


def _drawing(c: "Canvas", note: "Text"):
    return lambda count, seconds: draw(c, count, note)
