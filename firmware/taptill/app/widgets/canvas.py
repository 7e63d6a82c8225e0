"""Drawing on the display: words in two languages, figures, pictures, bars.

A text is a sentence by its number (app.words), a sentence with values (number, value, …; they take
the places of %s, or follow it), or a plain string.  One canvas
writes into the display's buffer and, beside it, keeps what it wrote: `lines`, the very words that a person sees, and `said`,
the numbers of the sentences among them.  `overflow` counts what did not fit: a test keeps it at 0.
"""

import framebuf

from ...core.money import show
from . import icons
from .glyphs import BOLD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...drivers.oled import Oled

    Text = str | int | tuple[Any, ...]  # a plain string, a sentence, a sentence with values
    from .glyphs import Glyphs
    from .texts import Texts


_ICON = 0xE000
_BIG = 0xE100
_NO_START = "，。！？、：；）,.!?:;)"  # never at the start of a line


class Canvas:
    """Words and pictures on `oled` (drivers.oled.Oled) with `glyphs` (opened) and `texts` (a language chosen).

    `told(lines, said)`, when given, hears of every screen that is shown.
    """

    def __init__(self, oled: "Oled", glyphs: "Glyphs", texts: "Texts", told: "Callable[..., None] | None" = None):
        self.oled = oled
        self.columns = oled.width
        self.glyphs = glyphs
        self.texts = texts
        self.lines: "list[str]" = []
        self.said: "list[int]" = []
        self.overflow = 0
        self._told = told
        self.currency, self._decimals = "CNY", 2
        self._row = -99
        self._narrow = framebuf.FrameBuffer(glyphs.bitmap, 8, 16, framebuf.MONO_VLSB)
        self._wide = framebuf.FrameBuffer(glyphs.bitmap, 16, 16, framebuf.MONO_VLSB)

    def sell_in(self, code: str) -> bool:
        """From now on amounts are of this currency (ISO 4217 numeric); False when there is no such code."""
        found = self.texts.currency(code)
        if found:
            self.currency, self._decimals = found
        return found is not None

    def money(self, amount: int) -> str:
        """An amount as it is written in the currency of this terminal."""
        return show(amount, self._decimals)

    # -- a screen begins and ends

    def clear(self) -> None:
        self.oled.fill(0)
        self.lines = []
        self.said = []
        self.overflow = 0
        self._row = -99

    def show(self) -> None:
        self.oled.show()
        if self._told:
            self._told(self.lines, self.said)

    @property
    def pitch(self) -> int:
        """Rows from one line of body text to the next."""
        return 16 if self.texts.language == "zh" else 12

    @property
    def body_lines(self) -> int:
        """Lines of body text below a bar."""
        return 3 if self.texts.language == "zh" else 4

    def line_y(self, line: int) -> int:
        """Top of body line 0…; the first is the one in a bar."""
        return 16 * line if self.texts.language == "zh" else 12 * line - (0 if line else 2)

    # -- words

    def words(self, text: "Text") -> str:
        """A text in the language that is spoken."""
        if isinstance(text, str):
            return text
        if isinstance(text, int):
            return self.texts.get(text)
        sentence = self.texts.get(text[0])
        if "%s" in sentence:
            return sentence % tuple(text[1:])
        return " ".join((sentence,) + tuple(text[1:]))

    def mark(self, text: "Text") -> None:
        """Note which sentence stands on this screen."""
        number = text if isinstance(text, int) else 0 if isinstance(text, str) else text[0]
        if number and number not in self.said:
            self.said.append(number)

    def say(self, text: str, y: int) -> None:
        """Keep `text` for readers of `lines`; words of one row form one line."""
        if y == self._row and self.lines:
            self.lines[-1] += " " + text
        else:
            self.lines.append(text)
        self._row = y

    def width(self, text: "Text") -> int:
        size = 0
        for char in self.words(text):
            size += self.glyphs.width(ord(char))
        return size

    def text(self, text: "Text", x: int, y: int, inverse: bool = False) -> int:
        """Draw at (x, y) = top left of the first glyph; returns the x behind the last."""
        self.mark(text)
        text = self.words(text)
        self.say(text, y)
        for char in text:
            x += self._glyph(ord(char), x, y, inverse)
        if x > self.columns:
            self.overflow += 1
        return x

    def right(self, text: "Text", x: int, y: int, inverse: bool = False) -> None:
        """Draw so that the text ends before column `x`."""
        start = x - self.width(text)
        if start < 0:
            self.overflow += 1
        self.text(text, start, y, inverse)

    def centre(self, text: "Text", y: int) -> None:
        room = self.columns - self.width(text)
        if room < 0:
            self.overflow += 1
        self.text(text, room // 2, y)

    def _glyph(self, code: int, x: int, y: int, inverse: bool) -> int:
        size = self.glyphs.load(code)
        if inverse:
            bitmap = self.glyphs.bitmap
            for count in range(32):
                bitmap[count] ^= 0xFF
        self.oled.blit(self._narrow if size == 8 else self._wide, x, y, 1 if inverse else 0)
        return size

    def wrap(self, text: "Text", room: int = 0) -> list:
        """Lines of at most `room` columns (0: as wide as the display).

        English breaks at blanks, Chinese between any two glyphs except before a stop.
        """
        text = self.words(text)
        room = room or self.columns
        out = []
        start = end = size = 0  # the open line; `cut` is where it may end
        cut = -1
        while end < len(text):
            size += self.glyphs.width(ord(text[end]))
            if size > room:
                if cut <= start:
                    cut = end
                out.append(text[start:cut].rstrip())
                start = cut
                while start < len(text) and text[start] == " ":
                    start += 1
                end, size, cut = start, 0, -1
                continue
            end += 1
            if end < len(text) and _may_cut(text, end):
                cut = end
        if start < len(text):
            out.append(text[start:])
        return out

    # -- parts of screens

    def bar(self, title: "Text", icon: int = -1, right: "Text" = "", more: bool = False) -> None:
        """Inverse title bar: a picture where there is room, the title, a short word, the arrows of a long text."""
        high = 16 if self.pitch == 16 else 14
        self.oled.fill_rect(0, 0, self.columns, high, 1)
        y = self.line_y(0)
        top = 0 if high == 16 else -1
        end = self.columns - 2
        if more:
            end -= 15
            self._glyph(_ICON + icons.MORE, end, top, True)
        x = 3
        size = self.width(title)
        if right:
            end -= self.width(right)
        if icon >= 0 and 26 + size <= end:
            self._glyph(_ICON + icon, 1, top, True)
            x = 20
        if x + size > end:
            self.overflow += 1
        self.text(title, x, y, True)
        if right:
            self.text(right, end, y, True)

    def legend(self, text: int) -> None:
        """Bottom line: what the keys do."""
        y = 48 if self.pitch == 16 else 49
        self.oled.hline(0, 47 if self.pitch == 16 else 49, self.columns, 1)
        self.centre(text, y)

    def icon(self, icon: int, x: int, y: int, inverse: bool = False) -> None:
        self._glyph(_ICON + icon, x, y, inverse)

    def bold(self, amount: int, x: int, y: int) -> int:
        """Bold figures, 16 rows, ending before column `x`; returns where they begin."""
        text = self.money(amount)
        x -= _bold_width(text)
        start = x
        if x < 0:
            self.overflow += 1
        self.say(text, y)
        for char in text:
            self._glyph(BOLD + 10 if char == "." else BOLD + ord(char) - 48, x, y, False)
            x += 4 if char == "." else 8
        return start

    def bold_middle(self, amount: int, y: int) -> None:
        """The same in the middle."""
        self.bold(amount, (self.columns + _bold_width(self.money(amount))) // 2, y)

    def big(self, amount: int, y: int) -> None:
        """Figures of 32 rows in the middle; the bold ones where they are too many."""
        text = self.money(amount)
        size = 2 * _bold_width(text) - 2
        room = self.columns - size
        if room < 0:
            self.bold(amount, (self.columns + _bold_width(text)) // 2, y + 8)
            return
        self.say(text, y)
        x = room // 2
        for char in text:
            code = _BIG + (20 if char == "." else 2 * (ord(char) - 48))
            self._glyph(code, x, y, False)
            self._glyph(code + 1, x, y + 16, False)
            x += 8 if char == "." else 16

    def dots(self, lit: int, y: int) -> None:
        """Three dots of a running wait; `lit` counts up."""
        for count in range(3):
            x = 50 + 12 * count
            if count == lit % 3:
                self.oled.fill_rect(x, y, 4, 4, 1)
            else:
                self.oled.fill_rect(x + 1, y + 1, 2, 2, 1)


def _bold_width(text: str) -> int:
    """Columns of bold figures: a point is half as wide."""
    return 8 * len(text) - 4 * text.count(".")


def _may_cut(text: str, at: int) -> bool:
    """May a line end before character `at`?"""
    here, before = text[at], text[at - 1]
    if here in _NO_START or before == "（":
        return False
    if before == " ":
        return True
    return ord(here) > 0x2E00 or ord(before) > 0x2E00
