"""Drawing on the display: words in two languages, figures, pictures, bars.

A text is a sentence by its number (app.words), a sentence with values (number, value, …; they take
the places of %s, or follow it), or a plain string.  One canvas
writes into the display's buffer and, beside it, keeps what it wrote: `lines`, the very words that a person sees, and `said`,
the numbers of the sentences among them.  `overflow` counts what did not fit: a test keeps it at 0.

The grid: four rows of 16 (LINE) and a margin of MARGIN columns on both sides.  In a row, and in a bar that fills it, words keep
two rows of air above and below.  A word's y is the top of its row.  A glass of 32 rows (`low`) has two of them: the title, and
below it one line of what stands on three otherwise; pages turn instead.
"""

import framebuf

from ...core.money import show
from ...core.wrap import WIDE, wrap
from . import icons
from .glyphs import BOLD, LARGE, PICTURE, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ...drivers.oled import Oled
    from .glyphs import Glyphs
    from .texts import Text as Text
    from .texts import Texts


LINE = 16
MARGIN = 4
_BODY = {"en": (17, 33, 48), "zh": (16, 31, 46)}  # tops of the lines below a bar: under Chinese a g may hang
_LOW = {"en": (16,), "zh": (14,)}
_DEEP = "gjpqy,;()[]{}_|@Q$/"  # what reaches below the base line
_FIGURES = PICTURE + icons.COUNT  # "0123456789." of 14 rows, of 18 and of 28: the taller ones are halves


class Canvas:
    """Words and pictures on `oled` (drivers.oled.Oled) with `glyphs` (opened) and `texts` (a language chosen).

    `told(lines, said)`, when given, hears of every screen that is shown.  `few_keys` says that the keypad has no A, B, C and D:
    * does what D does, and 0 goes on in a list.
    """

    def __init__(self, oled: "Oled", glyphs: "Glyphs", texts: "Texts", told: "Callable[..., None] | None" = None):
        self.oled = oled
        self.columns = oled.width
        self.low = oled.height < 4 * LINE
        self.bottom = oled.height - LINE  # top of the lowest row
        self.few_keys = False
        self.glyphs = glyphs
        self.texts = texts
        self.lines: "list[str]" = []
        self.said: "list[int]" = []
        self.overflow = 0
        self._told = told
        self.currency, self._decimals = "CNY", 2
        self._row = -99
        self._begun: "tuple[Any, ...]" = ()  # the screen that is being drawn
        self._shown: "tuple[Any, ...]" = ()  # the one on the glass
        self._glyph = framebuf.FrameBuffer(glyphs.bitmap, 16, 16, framebuf.MONO_VLSB)
        self._dark = framebuf.FrameBuffer(bytearray((1, 0)), 2, 1, framebuf.MONO_VLSB)

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

    def begin(self, *what: "Any") -> bool:
        """Begin the screen that `what` (its name and all that it shows) tells apart from any other.

        False when just this is on the glass: then there is nothing to read, to draw or to send.
        """
        what = (self.texts.language, self.currency) + what
        if what == self._shown and self.oled.known:
            return False
        self.clear()
        self._begun = what
        return True

    def clear(self) -> None:
        self.oled.fill(0)
        self.glyphs.next_screen()
        self.lines = []
        self.said = []
        self.overflow = 0
        self._row = -99
        self._begun = self._shown = ()

    def show(self) -> None:
        self.oled.show()
        self._shown = self._begun
        if self._told:
            self._told(self.lines, self.said)

    # -- words

    def words(self, text: "Text") -> str:
        """A text in the language that is spoken."""
        return self.texts.say(text)

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

    def width(self, text: "Text", face: int = TEXT) -> int:
        size = 0
        for char in self.words(text):
            size += self.glyphs.width(ord(char), face)
        return size

    def text(self, text: "Text", x: int, y: int, inverse: bool = False, face: int = TEXT) -> int:
        """Draw from column `x` in the row whose top is `y`; returns the x behind the last glyph."""
        self.mark(text)
        text = self.words(text)
        self.say(text, y)
        if face != LARGE:
            y -= self._lift(text)
        for char in text:
            x += self._draw(ord(char), x, y, inverse, face)
        if x > self.columns - 2:
            self.overflow += 1
        return x

    def _lift(self, text: str) -> int:
        """Rows by which English, with nothing above its capitals, stands higher in a row than Chinese and what is beside it."""
        return 2 if self.texts.language == "en" and not any(ord(char) > WIDE for char in text) else 0

    @property
    def base(self) -> int:
        """Rows from the top of a row to the base line of the language's small words."""
        return 13 - self._lift("")

    @property
    def head(self) -> int:
        """Top of the first row for words that stand there without a bar."""
        return self._lift("") if self.low else 0

    @property
    def body(self) -> tuple:
        """Tops of the lines below a bar."""
        return (_LOW if self.low else _BODY)[self.texts.language]

    def right(self, text: "Text", x: int, y: int, inverse: bool = False, face: int = TEXT) -> int:
        """Draw so that the text ends before column `x`; returns where it begins."""
        start = x - self.width(text, face)
        if start < 2:
            self.overflow += 1
        self.text(text, start, y, inverse, face)
        return start

    def centre(self, text: "Text", y: int, face: int = TEXT) -> None:
        room = self.columns - self.width(text, face)
        if room < 4:
            self.overflow += 1
        self.text(text, room // 2, y, False, face)

    def _draw(self, code: int, x: int, y: int, inverse: bool = False, face: int = TEXT) -> int:
        size = self.glyphs.load(code, face)
        if inverse:
            self.oled.blit(self._glyph, x, y, 1, self._dark)
        else:
            self.oled.blit(self._glyph, x, y, 0)
        return size

    def wrap(self, text: "Text", room: int = 0, face: int = TEXT) -> list:
        """Lines of at most `room` columns (0: all between the margins)."""
        room = room or self.columns - 2 * MARGIN + 1  # the last glyph brings air of its own
        return wrap(self.words(text), room, lambda code: self.glyphs.width(code, face))

    def balance(self, text: "Text", face: int = TEXT) -> list:
        """The same, but two lines are of about one length, as suits words in the middle of a screen."""
        lines = narrower = self.wrap(text, 0, face)
        room = self.columns - 2 * MARGIN
        while len(narrower) == 2:
            lines = narrower
            room -= 6
            narrower = self.wrap(text, room, face)
        return lines

    # -- parts of screens

    def bar(self, title: "Text", icon: int = -1, right: "Text" = "", more: bool = False) -> None:
        """Inverse title bar: a picture where there is room, the title, a short word, the arrows of a long text."""
        up = 1 if self.low else 0  # its bar has a row less above and below
        self.oled.fill_rect(0, 0, self.columns, LINE - 2 * up, 1)
        end = self.columns - MARGIN
        if more:
            end -= 14
            self._draw(PICTURE + icons.MORE, end + 1, -up, True)
        x = MARGIN
        said = self.words(title)
        size = self.width(title, BOLD)
        # English capitals alone sit in the middle of the bar; with something below the base line they move up.
        y = 1 if self._lift(said) and not any(char in _DEEP for char in said) else 0
        y -= up
        if right:
            end = end - self.width(right, BOLD)
        if icon >= 0 and x + 19 + size <= end:
            self._draw(PICTURE + icon, x - 1, -up, True)
            x += 19
        if x + size + (4 if right else 0) > end:
            self.overflow += 1
        self.text(title, x, y, True, BOLD)
        if right:
            self.text(right, end, y, True, BOLD)

    def legend(self, text: int) -> None:
        """Bottom row: what the keys do, each key in a cap of its own: "#=OK  *=Back", "#确认 *退格"."""
        self.mark(text)
        said = self.words(text)
        if self.few_keys:
            said = said.replace("D", "*")
        y = self.bottom
        self.say(said, y)
        parts = said.split()
        for at, part in enumerate(parts):
            key, word = part[0], part[1:].lstrip("=")
            x = MARGIN if not at else self.columns - MARGIN - 15 - self.width(word)
            self.cap(key, x, y)
            x += 15
            for char in word:
                x += self._draw(ord(char), x, y - self._lift(word))
            if x > self.columns - 2:
                self.overflow += 1

    def cap(self, key: str, x: int, y: int) -> None:
        """A key's cap, 12 columns and 13 rows, in the row whose top is `y`."""
        self.oled.fill_rect(x + 1, y + 1, 10, 13, 1)
        self.oled.fill_rect(x, y + 2, 12, 11, 1)
        size = self.glyphs.width(ord(key), BOLD)
        self._draw(ord(key), x + (13 - size) // 2, y - 1, True, BOLD)

    def icon(self, icon: int, x: int, y: int, inverse: bool = False) -> None:
        self._draw(PICTURE + icon, x, y, inverse)

    # -- figures

    def bold(self, amount: int, x: int, y: int) -> int:
        """Figures of 14 rows (from y + 1), ending before column `x`; returns where they begin."""
        text = self.money(amount)
        start = x - _figures_width(text, 8, 4)
        if start < 2:
            self.overflow += 1
        self._figures(text, start, y, _FIGURES, 8, 4)
        return start

    def bold_middle(self, amount: int, y: int) -> None:
        """The same in the middle."""
        self.bold(amount, (self.columns + _figures_width(self.money(amount), 8, 4)) // 2, y)

    def big(self, amount: int, y: int) -> None:
        """Figures of 28 rows (from y + 2) in the middle; of 18 (from y + 7) where they are too many."""
        text = self.money(amount)
        first, figure, point = _FIGURES + 33, 16, 8
        if _figures_width(text, figure, point) > self.columns - 2 * MARGIN:
            first, figure, point, y = _FIGURES + 11, 13, 7, y + 3
        room = self.columns - _figures_width(text, figure, point)
        if room < 4:
            self.overflow += 1
        self._figures(text, room // 2 + 1, y, first, figure, point)

    def _figures(self, text: str, x: int, y: int, first: int, figure: int, point: int) -> None:
        self.say(text, y)
        for char in text:
            at = 10 if char == "." else ord(char) - 48
            if figure == 8:
                self._draw(first + at, x, y)
            else:
                self._draw(first + 2 * at, x, y)
                self._draw(first + 2 * at + 1, x, y + 16)
            x += point if char == "." else figure

    def dots(self, lit: int, y: int) -> None:
        """Three dots of a running wait; `lit` counts up."""
        for count in range(3):
            x = 50 + 12 * count
            if count == lit % 3:
                self.oled.fill_rect(x, y, 4, 4, 1)
            else:
                self.oled.fill_rect(x + 1, y + 1, 2, 2, 1)


def _figures_width(text: str, figure: int, point: int) -> int:
    return figure * len(text) - (figure - point) * text.count(".")
