"""What the terminal has counted, page by page."""

import sys

from ...core.build import VERSION
from .. import words
from ..counted import rows
from ..widgets import pager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place
    from ..widgets.canvas import Canvas, Text


_SHOWN_S = 60


async def show(shop: "Place") -> None:
    python = "%d.%d.%d" % sys.implementation.version[:3]
    found = rows(shop.log.tally.values, shop.terminal.config.utc_offset_min, VERSION, python)
    await shop.ui.read(lambda page: draw(shop.ui.canvas, found, page), _SHOWN_S)


def draw(c: "Canvas", found: "list[tuple[Text, Text]]", page: int = 0) -> int:
    """[(label, value)], as many as a page has lines: so a page that is shown again needs no look at all the others."""
    most = len(c.body)
    pages = (len(found) + most - 1) // most
    first = page % pages * most
    pager.pairs(c, words.TALLY, found[first : first + most], 0, True)
    return pages
