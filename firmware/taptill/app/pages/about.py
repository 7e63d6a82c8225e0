"""About this terminal: version, identity, host."""

from ...core.build import VERSION
from .. import words
from ..widgets import pager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place


_SHOWN_S = 30


async def show(shop: "Place") -> None:
    ui, config = shop.ui, shop.terminal.config
    rows = [
        ("TapTill", VERSION),
        ("TID", config.terminal_id),
        ("MID", config.merchant_id),
        (words.NET_HOST, "%s:%d" % (config.host, config.port)),
    ]
    await ui.read(lambda page: pager.pairs(ui.canvas, words.ABOUT, rows, page), _SHOWN_S)
