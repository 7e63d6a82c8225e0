"""F-M13 on the whole terminal: what keeps a sale from its host is named, from the air to the certificate, in its own words."""

import asyncio
import contextlib
import datetime
import json

from test_bench_sale import SETTINGS, Till, on_flash, options

from acquirer import tls
from rig.lab import Lab

UTC = datetime.timezone.utc
_YEAR = datetime.timedelta(days=365)


@contextlib.asynccontextmanager
async def _lab(folder):
    quick = {"connect_timeout_s": 3, "language": "en"}
    async with Lab(folder, settings={**SETTINGS, **quick}, options=options(speed=5)) as lab:
        till = Till(lab)
        await till.shows("HINT_IDLE")
        yield till


async def _sells(till, why: str, step: str, told: bool = True) -> None:
    """The power comes back, the start says why (`told`), and so does the end of a sale; nothing was sent."""
    await till.bench.power_on()
    if told:
        await till.shows("FAILED", why)
        await till.press("#")
    await till.shows("TapTill Demo")
    await till.present("1250", "visa-credit")
    await till.shows("NOT_CHARGED", why)
    await till.shows("NOT_CHARGED", step)
    await till.bench.do("card-off")
    await till.bench.power_off()


def _set(till, **values) -> None:
    load = "import json\nconfig = json.load(open('/data/config.json'))\n"
    on_flash(till.bench.state, f"{load}config.update({values!r})\nsettings(json.dumps(config))")


def _shows_certificate(till, **when) -> None:
    """From the next connection on the host shows another certificate of its CA."""
    folder = till.lab.folder / "host"
    tls.make_host(folder, **when)
    till.lab.acquirer._context.load_cert_chain(folder / "server.pem")


def test_f_m13_from_the_name_to_the_certificate(tmp_path):
    """F-M13: DNS, a silent host, one without TLS, a certificate for another name, expired, not valid yet, of another CA."""

    async def silent(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readexactly(1 << 20)

    async def speaks_http(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def run():
        async with _lab(tmp_path) as till:
            await till.bench.power_off()
            config = json.loads(on_flash(till.bench.state, "print(open('/data/config.json').read())"))
            right = {name: config[name] for name in ("host", "port", "tls_name")}
            _set(till, host="bank.invalid")
            await _sells(till, "N_NAME", "S_NAME")
            for serve, why, step in ((silent, "N_SILENT", "S_HOST"), (speaks_http, "N_TLS", "S_TLS")):
                server = await asyncio.start_server(serve, "127.0.0.1", 0)
                _set(till, **{**right, "port": server.sockets[0].getsockname()[1]})
                await _sells(till, why, step)
                server.close()
            _set(till, **{**right, "tls_name": "other.example"})
            await _sells(till, "N_CERT_NAME", "S_TLS_NAME")
            _set(till, **right)
            _shows_certificate(till, valid=-_YEAR / 12)
            await _sells(till, "N_CERT_EXPIRED", "S_CALL_BANK")
            _shows_certificate(till, valid_from=datetime.datetime.now(UTC) + _YEAR, valid=2 * _YEAR)
            await _sells(till, "N_CERT_EARLY", "S_CLOCK")
            tls.make(tmp_path / "elsewhere")
            till.lab.acquirer._context.load_cert_chain(tmp_path / "elsewhere" / "server.pem")
            await _sells(till, "N_CERT_CA", "S_CA")
            assert (await till.bench.journal())["records"] == []

    asyncio.run(run())


def test_f_m13_from_the_air_to_the_port(tmp_path):
    """F-M13: no access point, no address, a closed port, each at a sale; and the diagnosis says the same."""

    async def run():
        async with _lab(tmp_path) as till:
            for wifi, why in (({"up": False}, "N_WIFI"), ({"up": True, "leases": False}, "N_ADDRESS")):
                await till.bench.do("wifi", up=False)
                await till.shows("NO_NETWORK")
                await till.bench.do("wifi", **wifi)
                told = None
                while told is None or why not in told.names:  # it waits for an address before it says that there is none
                    await till.present("1250", "visa-credit")
                    told = await till.shows("NOT_CHARGED", "S_ROUTER")
                    await till.bench.do("card-off")
                    await till.press("#")
                    await till.shows("NO_NETWORK")
            await till.bench.do("wifi", up=True)
            await till.shows("HINT_IDLE")
            await till.lab.host("refuse always")
            await till.present("1250", "visa-credit")
            await till.shows("NOT_CHARGED", "N_PORT")
            await till.shows("NOT_CHARGED", "S_HOST")
            await till.bench.do("card-off")
            await till.press("#")
            await till.lab.host("clear")
            await till.sale("75", "visa-credit", "APPROVED")
            await till.agrees("approved")

    asyncio.run(run())


def test_f_m13_a_wrong_wi_fi_password_is_said_at_the_start(tmp_path):
    """F-M13: idle says only that there is no network."""

    async def run():
        settings = {**SETTINGS, "wifi_password": "not this one"}
        async with Lab(tmp_path, settings=settings, options=options()) as lab:
            till = Till(lab)
            await till.shows("FAILED", "N_WIFI_PASSWORD", "S_PROVISION")
            await till.press("#")
            await till.shows("NO_NETWORK")

    asyncio.run(run())
