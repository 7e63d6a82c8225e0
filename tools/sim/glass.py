"""What a person sees and touches of a simulated terminal: the words on the display without their pixels, the keypad, no sound.

The canvas is the firmware's own in all that decides which words stand on a screen; what a glyph looks like and where a line
breaks is left out, so a text is one line and one page.
"""

import sys
from typing import Any, NamedTuple

from . import aio, port

LAYOUT = "123A456B789C*0#D"
_SCAN_MS = 2000


class Screen(NamedTuple):
    """`page`: which of the firmware's pages it is; `names` of the sentences on it, the title first; `lines` their words;
    `cursor` the number of the sentence that is highlighted in a list, 0 where none is.
    """

    page: str = ""
    names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    cursor: int = 0


class Oled:
    """drivers.oled.Oled without a bus; `lit` False: nothing answers."""

    width, height, addr, other_chip, known = 128, 64, 0x3C, False, True

    def __init__(self) -> None:
        self.lit = True
        self.i2c = _Bus()

    def answers(self) -> bool:
        return self.lit

    def _nothing(self, *given: object) -> None:
        """No pixel is kept."""

    fill = fill_rect = rect = hline = vline = blit = text = pixel = show = start = _nothing


class _Bus:
    def scan(self) -> list:
        return []


class Keypad:
    """drivers.keypad.Keypad: keys that a person presses."""

    layout, columns = LAYOUT, 4

    def __init__(self) -> None:
        self._pressed: list[tuple[str, bool]] = []
        self._news = aio.Event()
        self.held = ""  # a key that is down all the time
        self.bounces = False  # each key comes twice

    def press(self, key: str, long: bool = False) -> None:
        self._pressed += [(key, long)] * (2 if self.bounces else 1)
        self._news.set()

    async def get(self) -> "tuple[str, bool]":
        while not self._pressed:
            self._news.clear()
            await self._news.wait()
        return self._pressed.pop(0)

    def step(self) -> int:
        """No line is scanned; milliseconds until the next look."""
        return _SCAN_MS

    def stuck(self) -> str:
        return self.held


class Buzzer:
    def play(self, pattern: object) -> None:
        """Nobody listens."""


class _Glyphs:
    """Every glyph is there and takes no room."""

    bitmap = bytearray(32)

    def next_screen(self) -> None:
        """Nothing is kept from one to the next."""

    def width(self, code: int, face: int = 0) -> int:
        return 0

    def load(self, code: int, face: int = 0) -> int:
        return 0


def canvas(oled: Oled, texts: Any, shown: Any, name_of: Any) -> Any:
    """The firmware's canvas; `shown(Screen)` hears of every screen, `name_of(number)` names a sentence."""
    Canvas: Any = port.of("app.widgets.canvas").Canvas
    traced = sys.gettrace

    class Words(Canvas):
        cursor = 0

        def begin(self, *what: Any) -> bool:
            self.cursor = 0
            return super().begin(*what)

        def text(self, text: Any, x: int, y: int, inverse: bool = False, face: int = 0) -> int:
            if inverse and isinstance(text, int) and y:
                self.cursor = text
            self.mark(text)
            self.say(self.words(text), y)
            return x

        def centre(self, text: Any, y: int, face: int = 0) -> None:
            self.mark(text)
            self.say(self.words(text), y)

        def width(self, text: Any, face: int = 0) -> int:
            return 0 if traced() is None else super().width(text, face)

        def wrap(self, text: Any, room: int = 0, face: int = 0) -> list:
            return [self.words(text)]

        def _draw(self, code: int, x: int, y: int, inverse: bool = False, face: int = 0) -> int:
            return 0

        def show(self) -> None:
            super().show()
            page = self._shown[2] if len(self._shown) > 2 else ""
            shown(Screen(str(page), tuple(name_of(number) for number in self.said), tuple(self.lines), self.cursor))

    return Words(oled, _Glyphs(), texts)
