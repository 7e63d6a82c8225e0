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
    ui.forget_keys()
    draw(ui.canvas, question, asked.amount, mask_pan(asked.pan), stan)
    pressed = await ui.key(_PATIENCE_MS)
    return pressed is not None and pressed[0] == "#"


def draw(c: "Canvas", question: int, amount: int, pan: str, stan: int) -> None:
    """The amount, the card and the trace of what is meant."""
    c.clear()
    c.bar(question, icons.QUESTION)
    c.bold_middle(amount, 16)
    pager.pair(c, "*" + pan[-4:], "#%06d" % stan, 32)
    c.legend(words.KEYS_AGREE)
    c.show()
