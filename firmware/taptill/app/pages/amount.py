"""Entry of an amount: digits are minor units, # enters, * takes one back, D cancels."""

from .. import words
from ..widgets.canvas import MARGIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face
    from ..widgets.canvas import Canvas


_MAX_DIGITS = 8  # 999,999.99 with two decimals
_TOO_LONG = 2  # the sound


def draw(c: "Canvas", value: int) -> None:
    """Figures at the right, two pages of the display high, so that a digit costs little on the bus."""
    if not c.begin("amount", value):
        return
    if c.low:
        from . import low

        low.amount(c, value)
        return
    c.bar(words.ENTER_AMOUNT)
    c.oled.rect(MARGIN, 20, c.columns - 2 * MARGIN, 24, 1)
    start = c.bold(value, 119, 24)
    if start > 10 + c.width(c.currency) + 4:
        c.text(c.currency, 10, 39 - c.base)
    c.legend(words.KEYS_AMOUNT)
    c.show()


async def ask(ui: "Face", first: str = "", timeout_s: int = 60):
    """An amount in minor units (at least 1), or None (cancelled, or nothing pressed for `timeout_s`).

    `first` is a digit that was already pressed on the idle screen.
    """
    value = int(first) if first else 0
    while True:
        draw(ui.canvas, value)
        pressed = await ui.key(timeout_s * 1000)
        if pressed is None or pressed[0] == "D":
            return None
        key = pressed[0]
        if key in "0123456789":
            grown = value * 10 + int(key)
            if grown < 10**_MAX_DIGITS:
                value = grown
            else:
                ui.sound(_TOO_LONG)
        elif key == "*":
            if not value:
                return None
            value //= 10
        elif key == "#" and value:
            return value
