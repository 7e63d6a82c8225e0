"""Entry of a PIN."""

from .. import words
from ..widgets import icons, secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face
    from ..widgets.canvas import Canvas


_LEAST = 4  # ISO 9564-1, 9.1


def draw(c: "Canvas", value: int, digits: int, seconds: int) -> None:
    """`digits` typed so far, `seconds` left."""
    if not c.begin("pin", value, digits, seconds):
        return
    if c.low:
        from . import low

        low.pin(c, value, digits)
        return
    c.bar(words.ENTER_PIN, icons.LOCK, (words.SECONDS, seconds))
    if value:
        c.bold_middle(value, 17)
    secret.spots(c, digits, 33)
    c.legend(words.KEYS_PIN)
    c.show()


async def ask(ui: "Face", value: int, timeout_s: int):
    """bytearray of 4 to 12 ASCII digits that the caller wipes, or None (cancelled, or `timeout_s` over)."""
    return await secret.ask(ui, lambda count, seconds: draw(ui.canvas, value, count, seconds), _LEAST, timeout_s)
