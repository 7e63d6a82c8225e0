"""The last question before something is undone: which transaction is meant."""

from ...core.journal.pending import Pending
from ...core.masking import mask_pan
from .. import words
from ..widgets import icons, pager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face
    from ..widgets.canvas import Canvas


_PATIENCE_MS = 60000


async def ask(ui: "Face", question: int, asked: Pending, stan: int) -> bool:
    """True for #; any other key, and nobody there, is a no."""
    pan = mask_pan(asked.pan)
    pressed = await pager.question(ui, lambda page: draw(ui.canvas, question, asked.amount, pan, stan, page), _PATIENCE_MS)
    return pressed is not None and pressed[0] == "#"


def draw(c: "Canvas", question: int, amount: int, pan: str, stan: int, page: int = 0) -> int:
    """The amount, the card and the trace of what is meant; returns how many pages there are, 1 on a tall glass."""
    if c.low:
        from . import low

        return low.agree(c, question, amount, pan, stan, page)
    if not c.begin("agree", question, amount, pan, stan):
        return 1
    c.bar(question, icons.QUESTION)
    c.bold_middle(amount, 17)
    pager.pair(c, "*" + pan[-4:], "#%06d" % stan, 32)
    c.legend(words.KEYS_AGREE)
    c.show()
    return 1
