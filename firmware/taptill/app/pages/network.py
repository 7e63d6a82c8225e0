"""The diagnosis, from the air to the host: Wi-Fi, address, connection and TLS, with the last error in words."""

from ...core.errors import LinkDown
from ...flows import terminal
from .. import words
from ..widgets import pager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..roles import Place
    from ..widgets.canvas import Canvas


_SHOWN_S = 30


async def show(shop: "Place") -> None:
    ui, t, wifi = shop.ui, shop.terminal, shop.wifi
    up = shop.online()
    rows = [(words.NET_WIFI, "%d dBm" % wifi.rssi() if up else words.NOT_OK)]
    rows.append((words.NET_ADDRESS, wifi.address() if up else "-"))
    last = ""
    if up:
        ui.progress(terminal.CONNECTING)
        try:
            await t.host.connect()
            rows.append((words.NET_HOST, words.OK))
        except LinkDown as error:
            rows.append((words.NET_HOST, words.NOT_OK))
            last = str(error)
        finally:
            await t.host.close()
    else:
        rows.append((words.NET_HOST, words.UNTESTED))
    rows.append((words.NET_TLS, "-" if not t.config.tls else words.OK if up and not last else words.UNTESTED))
    if last:
        rows.append((words.NET_LAST, last))
    await ui.read(lambda page: draw(ui.canvas, rows, page), _SHOWN_S)


def draw(c: "Canvas", rows: list, page: int = 0) -> int:
    """[(label, value)] from Wi-Fi up to the host."""
    return pager.pairs(c, words.NETWORK, rows, page)
