"""The first screen: name, version, and what is being done."""

from .. import words
from ..widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def draw(c: "Canvas", version: str, step: int = words.STARTING) -> None:
    c.clear()
    c.icon(icons.WAVES, 14, 8)
    c.text("TapTill", 36, 8)
    c.oled.hline(14, 27, c.columns - 28, 1)
    c.centre(step, 30)
    c.centre(version, 47)
    c.show()
