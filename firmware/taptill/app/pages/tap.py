"""The tap: present the card, it is being read, take it away."""

from .. import words
from ..widgets import icons
from ..widgets.glyphs import LARGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def present(c: "Canvas", value: int) -> None:
    """Amount for the customer (0: none is known, or there is none), waves, "present card"."""
    if not c.begin("present", value):
        return
    if c.low:
        from . import low

        low.tap(c, value, icons.WAVES, words.PRESENT_CARD, True)
        return
    if value:
        c.big(value, 3)
    c.oled.fill_rect(0, 40, c.columns, 24, 1)
    _prompt(c, icons.WAVES, words.PRESENT_CARD, True)
    c.show()


def _prompt(c: "Canvas", icon: int, what: int, inverse: bool) -> None:
    """A picture and large words, in the middle of the lowest 24 rows."""
    x = (c.columns - 22 - c.width(what, LARGE)) // 2
    c.icon(icon, x, 44, inverse)
    c.text(what, x + 22, 44, inverse, LARGE)


def reading(c: "Canvas", step: int = 0) -> None:
    """The card is being read: keep it there."""
    if not c.begin("reading", step):
        return
    c.bar(words.READING, icons.WAVES)
    if c.low:
        c.centre(words.HOLD_STILL, c.body[0])
    else:
        c.centre(words.HOLD_STILL, 24, LARGE)
        c.dots(step, 52)
    c.show()


def remove_card(c: "Canvas", value: int) -> None:
    if not c.begin("remove", value):
        return
    if c.low:
        from . import low

        low.tap(c, value, icons.CHECK, words.REMOVE_CARD, False)
        return
    if value:
        c.big(value, 3)
    _prompt(c, icons.CHECK, words.REMOVE_CARD, False)
    c.show()
