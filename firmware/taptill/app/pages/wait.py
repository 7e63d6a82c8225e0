"""What is awaited, so that no wait is silent; and the one that must not be taken for a failure."""

from .. import words
from ..widgets import icons
from ..widgets.canvas import LINE, MARGIN
from ..widgets.glyphs import BOLD, LARGE, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def draw(c: "Canvas", what: int, seconds: int = 0, step: int = 0) -> None:
    """What is awaited; `seconds` left (0: not counted); `step` moves the dots."""
    if c.low:
        from . import low

        low.wait(c, what, seconds, step)
        return
    if not c.begin("wait", what, seconds, step % 3):
        return
    c.bar(words.WAITING, -1, (words.SECONDS, seconds) if seconds else "")
    c.mark(what)
    lines, face = c.balance(what, LARGE), LARGE
    if len(lines) > 1 and c.texts.language == "zh":  # rather small than a word in two parts
        lines, face = c.balance(what), TEXT
    y = 25 if len(lines) == 1 else 18
    for line in lines[:2]:
        c.centre(line, y, face)
        y += LINE
    c.dots(step, 55)
    c.show()


def testing(c: "Canvas", title: int, what: int, number: int, count: int) -> None:
    """`what` is being tested, as number `number` of `count`."""
    if not c.begin("testing", title, what, number):
        return
    c.bar(title, icons.QUESTION)
    if c.low:
        c.centre(what, c.body[0])
    else:
        c.centre(what, 25)
        c.oled.rect(14, 50, c.columns - 28, 8, 1)
        c.oled.fill_rect(16, 52, (c.columns - 32) * number // count, 4, 1)
    c.show()


def reversing(c: "Canvas", amount: int, number: int, tries: int, step: int = 0) -> None:
    """Never "failed": the fate of the money is not known while this is shown.  Try `number` of `tries`; 0: no network.

    A low glass has it in turn, as `step` counts up.
    """
    if c.low:
        from . import low

        low.reversing(c, amount, number, tries, step)
        return
    if not c.begin("reversing", amount, number, tries):
        return
    c.oled.fill_rect(0, 0, c.columns, 30, 1)
    c.icon(icons.QUESTION, 10, 7, True)
    y = 13 - c.base  # 0 for Chinese, 2 rows lower for capitals
    c.text(words.UNKNOWN, 36, y, True, BOLD)
    c.text(words.NOW_REVERSING, 36, 14 + y, True, BOLD)
    c.text((words.TRY_OF, number, tries) if number else words.NO_NETWORK, MARGIN, 46 - c.base)
    c.bold(amount, c.columns - MARGIN, 31)
    c.text(words.DO_NOT_REPEAT, MARGIN, 48)
    c.show()
