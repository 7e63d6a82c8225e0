"""The tap: present the card, it is being read, take it away."""

from .. import words
from ..widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def present(c: "Canvas", value: int) -> None:
    """Amount for the customer, waves, "present card"."""
    c.clear()
    c.big(value, 3)
    c.oled.fill_rect(0, 40, c.columns, 24, 1)
    x = (c.columns - 20 - c.width(words.PRESENT_CARD)) // 2
    c.text(words.PRESENT_CARD, x + 20, 44, True)
    c.icon(icons.WAVES, x, 44, True)
    c.show()


def reading(c: "Canvas", step: int = 0) -> None:
    """The card is being read: keep it there."""
    c.clear()
    c.bar(words.READING, icons.WAVES)
    c.centre(words.HOLD_STILL, 22)
    c.dots(step, 48)
    c.show()


def remove_card(c: "Canvas", value: int) -> None:
    c.clear()
    c.big(value, 3)
    c.icon(icons.CHECK, 8, 44)
    c.text(words.REMOVE_CARD, 30, 44)
    c.show()
