"""A terminal that lacks something: a screen that says what, and what to do.

The self-test is there: whoever has just soldered a board runs it before it has settings.  A reversal that is open meanwhile is
told too, and its evidence is there; so is that one may be open, where what would say it is gone.  More needs the settings: the
host's address is in them, and the supervisor's password for the manual list.  Whoever loads the same ones again goes on with it.
"""

from ..core import logbook
from . import fault, words
from .pages.result import transaction_line
from .room import Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..core.journal.pending import Pending
    from ..flows.health import Health
    from .roles import Face, Log
    from .widgets.canvas import Text
    from .witness import Witness


_SELF_TEST = "A0123456789"  # the screen says 1; a board on which that key is dead has the others
# What may be missing on a board: name -> sentence and next step.
_WHY = {
    "config-missing": (words.B_CONFIG_MISSING, words.S_PROVISION),
    "config-broken": (words.B_CONFIG_BROKEN, words.S_PROVISION),
    "keys-missing": (words.B_KEYS_MISSING, words.S_PROVISION),
    "key-file": (words.B_KEY_FILE, words.S_PROVISION),
    "device-key": (words.B_DEVICE_KEY, words.S_SERVICE),
    "store": (words.B_STORE, words.S_RESTART),
}


class LeftOpen:
    """`pending` is open and was sent to `host` ("name:port", "" where that is not known); `witness` makes its evidence."""

    def __init__(self, pending: "Pending", host: str, witness: "Witness"):
        self.pending = pending
        self.host = host
        self.witness = witness


class OutOfService:
    """`name` says what is missing (a name of _WHY); `value` fills its sentence; `left` is what is open meanwhile; `unsure`:
    nobody knows whether anything is.

    `log` is an adapters.logbook.LogFiles; `health()` makes what is asked which parts work.
    """

    def __init__(
        self,
        ui: "Face",
        log: "Log",
        health: "Callable[[], Health]",
        name: str,
        value: str = "",
        left: "LeftOpen | None" = None,
        unsure: bool = False,
    ):
        self._ui = ui
        self._log = log
        self._health = health
        self._name = name
        why, self._step = _WHY[name]
        self._why: "Text" = (why, value) if value else why
        self._left = left
        self._unsure = unsure
        self.standing = "reversal open" if left else "out of service"  # for who asks at the cable
        if left:
            ui.canvas.sell_in(left.pending.currency)  # the settings do not say it

    def tasks(self) -> list:
        """Nothing has to run beside it."""
        return []

    async def run(self) -> None:
        """Never returns."""
        ui, left = self._ui, self._left
        self._log.note(logbook.INFO, "out of service: " + self._name)
        self._log.keep()
        await fault.tell_again(ui, self._log)
        more: "list[Text]" = [words.S_SELF_TEST]
        if left:
            line = transaction_line(ui.canvas, left.pending.amount, left.pending.stan)
            money = ui.guidance.open_one(left.pending.kind).money
            more = [words.REVERSAL_FAILED, money, line, words.S_MENU, words.S_SELF_TEST]
        elif self._unsure:
            more += [words.B_MAY_BE_OPEN, words.MANUAL_TEXT]
        while True:
            key = await ui.blocked(self._why, self._step, more)
            if left and key == "#":
                from .pages import evidence

                await evidence.export(ui, left.witness, left.pending, left.host)
            elif key and key in _SELF_TEST:
                with Room():
                    from .pages import selftest

                    await selftest.show(ui, self._health(), [])
