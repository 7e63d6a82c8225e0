"""The first screen: name, version, and what is being done."""

from .. import words
from ..widgets import icons
from ..widgets.canvas import LINE
from ..widgets.glyphs import BOLD, LARGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


_NAME = "TapTill"


def draw(c: "Canvas", version: str, step: int = words.STARTING, warning: int = 0) -> None:
    """`warning` (a sentence) stands where the version would, in a bar that cannot be overlooked."""
    if c.low:
        from . import low

        low.boot(c, _NAME, version, step, warning)
        return
    if not c.begin("boot", version, step, warning):
        return
    up = 2 if warning else 0
    x = (c.columns - 18 - c.width(_NAME, LARGE)) // 2
    c.icon(icons.WAVES, x - 2, 6 - up)
    c.text(_NAME, x + 18, 6 - up, False, LARGE)
    c.oled.hline(x, 26 - up, c.columns - 2 * x, 1)
    c.centre(step, 31 - 2 * up)
    if warning:
        c.oled.fill_rect(0, 3 * LINE, c.columns, LINE, 1)
        c.text(warning, (c.columns - c.width(warning, BOLD)) // 2, 3 * LINE, True, BOLD)
    else:
        c.centre(version, 47)
    c.show()
