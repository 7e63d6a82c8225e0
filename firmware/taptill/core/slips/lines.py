"""A slip as a list of lines, whatever it is shown on: paper, the display, a picture.

A line is (kind, left, right), both texts in the language of the slip:

| kind | left | right |
|---|---|---|
| NAME | the shop's name | |
| TITLE | what the slip is about | |
| CENTRE, MARK | a line in the middle; a mark stands out | |
| TEXT, STRONG | a sentence, which may be long | |
| PAIR | a label | its value |
| AMOUNT | a label | money with its currency and sign |
| TOTAL | a label, TAB, a count | money |
| SIGN | what is to be signed; the line for it is the renderer's | |
| RULE, GAP | | |
| QR | what a telephone reads | |

`rows` sets it in columns of equal width, as printers and consoles have them: 32 on paper of 58 mm, of which a Chinese character
takes two.
"""

from ..wrap import WIDE, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator

    Line = tuple[int, str, str]


NAME = 1
TITLE = 2
CENTRE = 3
MARK = 4
TEXT = 5
STRONG = 6
PAIR = 7
AMOUNT = 8
TOTAL = 9
SIGN = 10
RULE = 11
GAP = 12
QR = 13

COLUMNS = 32  # 384 dots of 12, on paper of 58 mm
TAB = "\t"
_COUNT = 4  # columns of a TOTAL's count

# How a row looks; may be added.
PLAIN = 0
BOLD = 1
BROAD = 2  # twice as broad
TALL = 4  # twice as tall
LARGE = BROAD | TALL
INVERSE = 8  # white on black

# What a row is.
WORDS = 0  # left and right of a row stand at its two sides
MIDDLE = 1  # left alone, in the middle
DASHES = 2  # a rule
HALF = 3  # half a row of air
SIGNED = 4  # room for a signature, and the line that it is written on
CODE = 5  # a QR code of `left`


class Row:
    """One row of paper: `what` it is, its texts, and how they look: `style` the left one, `right_style` the right one."""

    def __init__(self, what: int, left: str = "", right: str = "", style: int = PLAIN, right_style: int = PLAIN):
        self.what = what
        self.left = left
        self.right = right
        self.style = style
        self.right_style = right_style

    def blanks(self, across: int = COLUMNS) -> int:
        """How many blanks of the left style stand between left and right, or before what is in the middle."""
        free = across - size(self.left, self.style) - size(self.right, self.right_style)
        if self.what == MIDDLE:
            free //= 2
        return max(1 if self.right and self.left else 0, free // _broad(self.style))

    def words(self, across: int = COLUMNS) -> str:
        """What stands on the left, or in the middle; of a rule its dashes."""
        return self.left if self.what in (WORDS, MIDDLE) else ("_" if self.what == SIGNED else "-") * across


def size(text: str, style: int = PLAIN) -> int:
    """Columns that a text takes."""
    return sum([_width(ord(char)) for char in text]) * _broad(style)


def _broad(style: int) -> int:
    return 2 if style & BROAD else 1


def _width(code: int) -> int:
    return 2 if code > WIDE else 1


def rows(lines: "Iterable[Line]", across: int = COLUMNS) -> "Iterator[Row]":
    """The rows of paper of a slip's lines."""
    for kind, left, right in lines:
        if kind == NAME:
            yield from _middle(left, LARGE if size(left) <= across // 2 else BOLD | TALL, across)
        elif kind == TITLE:
            yield from _middle(left, BOLD | (LARGE if size(left) <= across // 2 else TALL), across)
        elif kind == MARK:
            yield from _middle(left, BOLD | INVERSE, across)
        elif kind == CENTRE:
            yield from _middle(left, PLAIN, across)
        elif kind in (TEXT, STRONG):
            for part in wrap(left, across, _width):
                yield Row(WORDS, part, "", BOLD if kind == STRONG else PLAIN)
        elif kind == PAIR:
            yield from _pair(left, right, PLAIN, across)
        elif kind == AMOUNT:
            yield from _amount(left, right, across)
        elif kind == TOTAL:
            yield from _total(left, right, across)
        elif kind == SIGN:
            yield Row(WORDS, left)
            yield Row(SIGNED)
        elif kind == QR:
            yield Row(CODE, left)
        else:
            yield Row(DASHES if kind == RULE else HALF)


def _middle(text: str, style: int, across: int) -> "Iterator[Row]":
    edge = 1 if style & INVERSE else 0  # black beside white letters
    for part in wrap(text, across // _broad(style) - 2 * edge, _width):
        yield Row(MIDDLE, " " * edge + part + " " * edge, "", style)


def _pair(label: str, value: str, style: int, across: int) -> "Iterator[Row]":
    """Label left, value (in `style`) right; one that has no room beside its label takes the next rows, to the right too."""
    if size(label) + 1 + size(value, style) <= across:
        yield Row(WORDS, label, value, PLAIN, style)
        return
    if label:
        yield Row(WORDS, label)
    for part in wrap(value, across // _broad(style), _width):
        yield Row(WORDS, "", part, PLAIN, style)


def _amount(label: str, value: str, across: int) -> "Iterator[Row]":
    """Money in large figures; in tall ones where they are too many."""
    yield from _pair(label, value, BOLD | (LARGE if size(value, LARGE) <= across else TALL), across)


def _total(left: str, money: str, across: int) -> "Iterator[Row]":
    """Label, count and money below each other from row to row."""
    label, _, count = left.partition(TAB)
    count = " " * (_COUNT - size(count)) + count
    behind = across // 2 + 2 - size(count) - size(label)  # counts end in one column
    if behind < 0:
        yield Row(WORDS, label)
        behind += size(label)
        label = ""
    yield Row(WORDS, label + " " * max(0, behind) + count, money)
