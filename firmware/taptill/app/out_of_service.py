"""A terminal that lacks something: a screen that says what, and what to do.  Nothing else can be done here."""

from . import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .roles import Face
    from .widgets.canvas import Text


# What may be missing on a board: name -> sentence and next step.
_WHY = {
    "config-missing": (words.B_CONFIG_MISSING, words.S_PROVISION),
    "config-broken": (words.B_CONFIG_BROKEN, words.S_PROVISION),
    "keys-missing": (words.B_KEYS_MISSING, words.S_PROVISION),
    "device-key": (words.B_DEVICE_KEY, words.S_SERVICE),
    "store": (words.B_STORE, words.S_RESTART),
}


class OutOfService:
    """`name` says what is missing (a name of _WHY); `value` fills its sentence."""

    def __init__(self, ui: "Face", name: str, value: str = ""):
        self._ui = ui
        why, self._step = _WHY[name]
        self._why: "Text" = (why, value) if value else why

    def tasks(self) -> list:
        """Nothing has to run beside it."""
        return []

    async def run(self) -> None:
        """Never returns."""
        while True:
            await self._ui.blocked(self._why, self._step)
