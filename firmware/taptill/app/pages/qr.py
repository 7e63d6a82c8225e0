"""A file as numbered QR codes: loaded only while it is shown, and turned by itself or with B and C."""

from ...core import evidence
from ...core.qr import Code
from ..widgets import icons
from ..widgets.canvas import LINE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Face
    from ..widgets.canvas import Canvas


_SHOWN_S = 600
_DOTS = 2  # a module
_EDGE = 8  # lit dots on both sides: four modules


async def show(ui: "Face", text: str) -> None:
    """Until a key that is not for turning."""
    await ui.read(lambda page: draw(ui.canvas, text, page), _SHOWN_S, "#*D")


def draw(c: "Canvas", text: str, page: int) -> int:
    """The code `page` of the file `text` and its number; how many there are."""
    count = evidence.pieces(text)
    if not c.begin("qr", text, page):
        return count
    code = Code(evidence.piece(text, page))
    side = _DOTS * code.size
    top = (c.oled.height - side) // 2
    c.oled.fill_rect(0, 0, side + 2 * _EDGE, c.oled.height, 1)
    for row in range(code.size):
        for column in range(code.size):
            if code.dark(row, column):
                c.oled.fill_rect(_EDGE + _DOTS * column, top + _DOTS * row, _DOTS, _DOTS, 0)
    c.right("%d/%d" % (page + 1, count), c.columns - 4, 0)
    for place, key in enumerate("BC"):
        c.cap(key, c.columns - 48 + 15 * place, 3 * LINE)
    c.icon(icons.MORE, c.columns - 17, 3 * LINE)
    c.show()
    return count
