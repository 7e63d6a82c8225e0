"""The operator's menu: last sale, sign-on, host test, network, language, about this terminal."""

from micropython import const

from ..core import stamp
from ..core.build import VERSION
from ..core.errors import LinkDown
from ..flows import result as ends
from ..flows import signon, terminal
from . import explain, inputs, screens_admin

_T_MENU = const(57)
_T_LAST_SALE = const(55)
_T_SIGN_ON = const(75)
_T_ECHO = const(76)
_T_NETWORK = const(56)
_T_LANGUAGE = const(77)
_T_ABOUT = const(78)
_T_SIGNED_ON = const(93)
_T_ECHO_OK = const(94)
_T_EMPTY = const(27)
_T_AMOUNT = const(240)
_T_CARD = const(23)
_T_TRACE = const(241)
_T_STATE = const(242)
_T_TIME = const(243)
_T_AUTH = const(244)
_T_NET_WIFI = const(95)
_T_NET_ADDRESS = const(96)
_T_NET_HOST = const(97)
_T_NET_TLS = const(98)
_T_NET_LAST = const(99)
_T_OK = const(100)
_T_NOT_OK = const(101)
_T_UNTESTED = const(102)
_T_ASKING = const(18)


async def main(app) -> None:
    """One visit to the menu."""
    ui = app.ui
    items = [ui.t(number) for number in (_T_LAST_SALE, _T_SIGN_ON, _T_ECHO, _T_NETWORK, _T_LANGUAGE, _T_ABOUT)]
    chosen = await inputs.choose(ui, ui.t(_T_MENU), items)
    if chosen == 0:
        await last_sale(app)
    elif chosen == 1:
        await _tell(app, await app.sign_on(), _T_SIGN_ON, _T_SIGNED_ON)
    elif chosen == 2:
        done = await signon.echo(app.terminal)
        app.host_seen = done.end == ends.DONE
        await _tell(app, done, _T_ECHO, _T_ECHO_OK)
    elif chosen == 3:
        await network(app)
    elif chosen == 4:
        app.other_language()
    elif chosen == 5:
        await _about(app)


async def last_sale(app) -> None:
    """The newest journal record, line by line."""
    ui = app.ui
    record = app.terminal.store.last()
    if record is None:
        await ui.message(_T_LAST_SALE, _T_EMPTY)
        return
    rows = [
        (ui.t(_T_STATE), ui.t(explain.state(record.state))),
        (ui.t(_T_AMOUNT), ui.canvas.money(record.approved or record.amount)),
        (ui.t(_T_CARD), record.pan[-8:]),
        (ui.t(_T_TRACE), "%06d" % record.stan),
        (ui.t(_T_AUTH), record.auth or "-"),
        (ui.t(_T_TIME), stamp.text(record.ended_at)[5:16]),
    ]
    await ui.read(lambda page: screens_admin.last_sale(ui.canvas, rows, page), 30)


async def network(app) -> None:
    """From the air to the host: Wi-Fi, address, connection and TLS, with the last error in words."""
    ui, t = app.ui, app.terminal
    up = app.online()
    rows = [(ui.t(_T_NET_WIFI), "%d dBm" % app.wifi.rssi() if up else ui.t(_T_NOT_OK))]
    rows.append((ui.t(_T_NET_ADDRESS), app.wifi.address() if up else "-"))
    last = ""
    if up:
        ui.progress(terminal.CONNECTING)
        try:
            await t.host.connect()
            rows.append((ui.t(_T_NET_HOST), ui.t(_T_OK)))
        except LinkDown as error:
            rows.append((ui.t(_T_NET_HOST), ui.t(_T_NOT_OK)))
            last = str(error)
        finally:
            await t.host.close()
    else:
        rows.append((ui.t(_T_NET_HOST), ui.t(_T_UNTESTED)))
    tls = ui.t(_T_OK) if up and not last else ui.t(_T_UNTESTED)
    rows.append((ui.t(_T_NET_TLS), tls if t.config.tls else "-"))
    if last:
        rows.append((ui.t(_T_NET_LAST), last))
    await ui.read(lambda page: screens_admin.network(ui.canvas, rows, page), 30)


async def _about(app) -> None:
    ui, config = app.ui, app.terminal.config
    rows = [
        ("TapTill", VERSION),
        ("TID", config.terminal_id),
        ("MID", config.merchant_id),
        (ui.t(_T_NET_HOST), "%s:%d" % (config.host, config.port)),
    ]
    await ui.read(lambda page: screens_admin.pairs(ui.canvas, ui.t(_T_ABOUT), rows, page), 30)


async def _tell(app, done, title: int, good: int) -> None:
    if done.end == ends.DONE:
        await app.ui.message(title, good)
    else:
        await app.ui.result(done)
