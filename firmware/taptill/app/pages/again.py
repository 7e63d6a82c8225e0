"""A payment that may be tried once more, now that the terminal has signed on: how it ended, and over how much."""

from ...flows import result as ends
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..guidance import Guide
    from ..roles import Face
    from ..widgets.canvas import Canvas


_PATIENCE_MS = 60000


async def ask(ui: "Face", ended: ends.Result) -> bool:
    """True for #; any other key, and nobody there, is a no."""
    told = ui.guidance.explain(ended)
    pressed = await pager.question(ui, lambda page: draw(ui.canvas, told, ended, page), _PATIENCE_MS)
    return pressed is not None and pressed[0] == "#"


def draw(c: "Canvas", told: "Guide", ended: ends.Result, page: int = 0) -> int:
    """Title and code, where the money is, the amount, and what the keys do; returns how many pages there are."""
    if c.low:
        from . import low

        return low.again(c, told, ended, page)
    if not c.begin("again", told.title, told.money, ended.f39, ended.asked):
        return 1
    c.bar((told.title, ended.f39) if ended.f39 else told.title, icons.BACK)
    c.centre(told.money or words.MONEY_NOT_TAKEN, LINE)
    if ended.asked:
        c.bold_middle(ended.asked, 32)
    c.legend(words.KEYS_AGAIN)
    c.show()
    return 1
