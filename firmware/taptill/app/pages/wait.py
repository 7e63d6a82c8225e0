"""What is awaited, so that no wait is silent; and the one that must not be taken for a failure."""

from .. import words
from ..widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def draw(c: "Canvas", what: int, seconds: int = 0, step: int = 0) -> None:
    """What is awaited; `seconds` left (0: not counted); `step` moves the dots."""
    c.clear()
    c.bar(words.WAITING, -1, (words.SECONDS, seconds) if seconds else "")
    c.mark(what)
    lines = c.wrap(what)[:2]
    y = 24 if len(lines) == 1 else 17
    for line in lines:
        c.centre(line, y)
        y += c.pitch
    c.dots(step, 53)
    c.show()


def reversing(c: "Canvas", amount: int, number: int, tries: int) -> None:
    """Never "failed": the fate of the money is not known while this is shown.  Try `number` of `tries`; 0: no network."""
    c.clear()
    wide = c.pitch == 16
    block = 32 if wide else 28
    c.oled.fill_rect(0, 0, c.columns, block, 1)
    c.icon(icons.QUESTION, 10, block // 2 - 8, True)
    c.text(words.UNKNOWN, 36, 0 if wide else -1, True)
    c.text(words.NOW_REVERSING, 36, 16 if wide else 12, True)
    y = block + (1 if wide else 0)
    c.text((words.TRY_OF, number, tries) if number else words.NO_NETWORK, 2, y)
    c.bold(amount, 126, y + (0 if wide else 1))
    c.text(words.DO_NOT_REPEAT, 2, 48 if wide else 46)
    c.show()
