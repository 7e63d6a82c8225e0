"""Every fault of the network on the bench, from the air to the host's answer: the diagnosis ends in the right words, in both
languages; by itself after a failure; and a person's key goes before it.
"""

import asyncio
import contextlib
import datetime

import pytest
from test_bench_sale import SETTINGS, SOON, Till, choose, leave_one_open, on_flash, options

from acquirer import tls
from rig.lab import Lab
from words import tables
from words.screen_names import Shown

UTC = datetime.timezone.utc
_YEAR = datetime.timedelta(days=365)
_TEXTS = {row.name: row for row in tables.sentences()}
_LEASE = ["192.168.4.20", "255.255.255.0", "192.168.4.1", "192.168.4.1"]
_QUICK = {"connect_timeout_s": 3}
_MENU_PLACE = "6"  # of the diagnosis
both = pytest.mark.parametrize("language", tables.LANGUAGES)


@contextlib.asynccontextmanager
async def _lab(folder, language: str, **settings):
    async with Lab(folder, settings={**SETTINGS, **_QUICK, "language": language, **settings}, options=options()) as lab:
        yield Till(lab)


async def _diagnosed(till: Till) -> Shown:
    """Ask for the diagnosis from the menu: the first page of what came of it."""
    await till.press("A")
    await till.shows("MENU")
    await till.press(_MENU_PLACE)
    return await till.bench.wait_text(lambda shown: "NETWORK" in shown.names and "MENU" not in shown.names, SOON)


def _says(lines: Shown, language: str, *names: str) -> None:
    """These sentences stand there, in the words of the language."""
    said = "".join(lines).replace(" ", "")
    for name in names:
        assert name in lines.names, lines
        assert _TEXTS[name].text(language).replace(" ", "") in said


async def _tells(till: Till, language: str, why: str, step: str) -> None:
    """Ask for the diagnosis: it names this cause and this remedy."""
    _says(await _diagnosed(till), language, why)
    _says(await till.shows("NETWORK", step), language, step)


async def _back(till: Till, idle: str = "HINT_IDLE") -> None:
    await till.press("#")
    await till.shows(idle)


def _lines(till: Till, start: int) -> list[str]:
    """The reports of the network since then."""
    said = [event["text"] for number, event in till.bench.events if number > start and event["ev"] == "log"]
    return [text for text in said if text.startswith("network: ")]


@both
def test_all_is_well_step_by_step(tmp_path, language):
    async def run():
        async with _lab(tmp_path, language) as till:
            await till.shows("HINT_IDLE")
            start = till.bench.count
            _says(await _diagnosed(till), language, "NET_GOOD")
            await till.shows("NETWORK", "NET_TLS")
            await till.shows("NETWORK", "NET_ECHO")
            await _back(till)
            steps = [line.split()[1:3] for line in _lines(till, start)]
            assert steps == [[name, "ok"] for name in ("radio", "join", "address", "router", "name", "port", "tls", "echo")]
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


@both
def test_the_air_and_the_address(tmp_path, language):
    """No access point; joined without an address, for the first time and again; a weak signal."""

    async def run():
        async with _lab(tmp_path, language) as till:
            await till.shows("HINT_IDLE")
            await till.bench.do("wifi", up=True, level=-82)
            await _tells(till, language, "NET_GOOD", "N_SIGNAL")
            _says(await till.shows("S_CLOSER"), language, "S_CLOSER")
            await _back(till)
            for change, why, step in (
                ({"up": False}, "N_WIFI", "S_ROUTER"),
                ({"up": True, "leases": False}, "N_LEASE", "S_RESTART_ROUTER"),
                ({"up": True, "taken": True}, "N_LEASE", "S_RESTART_ROUTER"),
            ):
                await till.bench.do("wifi", up=False)
                await till.shows("NO_NETWORK")
                await till.bench.do("wifi", **change)
                await _until(till, language, why, step)
            await till.bench.power_off()
            await till.bench.power_on()
            await till.bench.do("wifi", up=True, leases=False)
            await till.shows("NO_NETWORK")
            await _until(till, language, "N_ADDRESS", "S_ROUTER")

    asyncio.run(run())


async def _until(till: Till, language: str, why: str, step: str) -> None:
    """Diagnose again and again until the state of the air has got around."""
    for _ in range(10):
        lines = await _diagnosed(till)
        if why in lines.names:
            _says(lines, language, why)
            _says(await till.shows("NETWORK", step), language, step)
            await _back(till, "NO_NETWORK")
            return
        await _back(till, "NO_NETWORK")
    raise AssertionError(f"{why}: never told, at the end {lines.names}")


@both
def test_authentication(tmp_path, language):
    async def run():
        async with _lab(tmp_path, language, wifi_password="not this one") as till:
            await till.shows("FAILED", "N_WIFI_PASSWORD")
            await _back(till, "NO_NETWORK")
            start = till.bench.count
            await _until(till, language, "N_WIFI_PASSWORD", "S_PROVISION")
            assert _lines(till, start)[0] == "network: radio ok"  # what was fine is said

    asyncio.run(run())


@both
def test_router_mask_and_an_address_in_use_twice(tmp_path, language):
    async def run():
        async with _lab(tmp_path, language) as till:
            await till.shows("HINT_IDLE")
            for change, why, step, failed in (
                ({"router": False}, "N_ROUTER", "S_RESTART_ROUTER", "router"),
                ({"lease": [*_LEASE[:2], "0.0.0.0", _LEASE[3]]}, "N_ROUTER", "S_RESTART_ROUTER", "router"),
                ({"lease": _LEASE, "taken": True}, "N_TWICE", "S_TWICE", "router"),
                ({"lease": [_LEASE[0], "0.0.0.0", *_LEASE[2:]]}, "N_MASK", "S_MASK", "address"),
            ):
                await till.bench.do("wifi", up=True, **change)
                start = till.bench.count
                await _tells(till, language, why, step)
                await _back(till)
                assert _lines(till, start)[-1].startswith(f"network: {failed} FAILED")
            await till.bench.do("wifi", up=True, lease=_LEASE, echoes=False)
            _says(await _diagnosed(till), language, "NET_GOOD")  # a router may keep silent

    asyncio.run(run())


@both
def test_names(tmp_path, language):
    """The host's name is unknown; the name server is silent; none was given."""

    async def run():
        async with _lab(tmp_path, language, host="bank.invalid") as till:
            await till.shows("FAILED", "N_NAME")
            await _back(till, "B_SIGN_ON")
            for change, why, step in (
                ({}, "N_NAME", "S_NAME"),
                ({"names": False}, "N_DNS", "S_DNS"),
                ({"lease": [*_LEASE[:3], "0.0.0.0"]}, "N_DNS", "S_DNS"),
            ):
                await till.bench.do("wifi", up=True, **change)
                await _tells(till, language, why, step)
                await _back(till, "B_SIGN_ON")

    asyncio.run(run())


@both
def test_port_tls_and_echo(tmp_path, language):
    """A closed port, one that accepts and keeps silent, a host without TLS, one that does not answer, and one with a code."""

    async def silent(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readexactly(1 << 20)

    async def speaks_http(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def run():
        async with _lab(tmp_path, language) as till:
            await till.shows("HINT_IDLE")
            for fault, why, step in (
                ("refuse always", "N_PORT", "S_HOST"),
                ("drop-answer always echo", "U_NO_ANSWER", "S_LATER"),
                ("decline 91 always echo", "R_ISSUER_DOWN", "S_LATER"),
            ):
                await till.lab.host(fault)
                await _tells(till, language, why, step)
                await _back(till)
                await till.lab.host("clear")
            for serve, why, step in ((silent, "N_SILENT", "S_HOST"), (speaks_http, "N_TLS", "S_TLS")):
                server = await asyncio.start_server(serve, "127.0.0.1", 0)
                await till.bench.do("route", to=server.sockets[0].getsockname()[1])
                await _tells(till, language, why, step)
                await _back(till)
                await till.bench.do("route", to=0)
                server.close()

    asyncio.run(run())


@both
def test_certificates_and_the_clock(tmp_path, language):
    """Expired, for another name, of another CA, not valid yet; and where nobody knows the time, the clock is named."""

    async def run():
        async with _lab(tmp_path, language) as till:
            await till.shows("HINT_IDLE")
            acquirer, folder = till.lab.acquirer, till.lab.folder / "host"
            tls.make_host(folder, valid=-_YEAR / 12)
            acquirer._context.load_cert_chain(folder / "server.pem")
            await _tells(till, language, "N_CERT_EXPIRED", "S_CALL_BANK")
            await _back(till)
            tls.make_host(folder, valid_from=datetime.datetime.now(UTC) + _YEAR, valid=2 * _YEAR)
            acquirer._context.load_cert_chain(folder / "server.pem")
            await _tells(till, language, "N_CERT_EARLY", "S_CLOCK")
            await _back(till)
            tls.make(tmp_path / "elsewhere")
            acquirer._context.load_cert_chain(tmp_path / "elsewhere" / "server.pem")
            await _tells(till, language, "N_CERT_CA", "S_CA")
            await till.bench.power_off()
            tls.make_host(folder)
            acquirer._context.load_cert_chain(folder / "server.pem")
            _set(till, tls_name="other.example")
            await till.bench.power_on()
            await till.shows("FAILED", "N_CERT_NAME")
            await till.press("#")
            await _tells(till, language, "N_CERT_NAME", "S_TLS_NAME")
            await till.bench.power_off()
            tls.make_host(folder, valid_from=datetime.datetime.now(UTC) + _YEAR, valid=2 * _YEAR)
            acquirer._context.load_cert_chain(folder / "server.pem")
            _set(till, tls_name="localhost", ntp_host="")
            await till.bench.power_on()
            await till.shows("FAILED", "CLOCK_UNSET")
            await till.press("#")
            await _tells(till, language, "CLOCK_UNSET", "S_TIME_SERVER")

    asyncio.run(run())


def test_an_address_in_doubt_is_told_under_a_weak_signal_and_where_the_rest_answers(tmp_path):
    """In use twice where the air is bad: both may be the cause, and the bank is not.  What cannot be right is told anyhow."""

    async def run():
        async with _lab(tmp_path, "en") as till:
            await till.shows("HINT_IDLE")
            await till.bench.do("wifi", up=True, lease=_LEASE, taken=True, level=-82)
            start = till.bench.count
            assert not {"N_SILENT", "S_HOST"} & set((await _diagnosed(till)).names)
            _says(await till.shows("NETWORK", "N_SIGNAL"), "en", "N_SIGNAL", "S_CLOSER")
            _says(await till.shows("NETWORK", "S_TWICE"), "en", "S_TWICE")
            await _back(till)
            assert _lines(till, start)[-2].startswith("network: router FAILED, why 63: 2 of 6 answers")
            for lease, why, step, doubt in (
                ([_LEASE[2], *_LEASE[1:]], "N_TWICE", "S_TWICE", "our address 192.168.4.1 is the router's"),
                (["192.168.4.255", *_LEASE[1:]], "N_MASK", "S_MASK", "192.168.4.255 is no station's address"),
                ([_LEASE[0], "255.255.255.240", *_LEASE[2:]], "N_MASK", "S_MASK", "router 192.168.4.1 is outside"),
            ):
                await till.bench.do("wifi", up=True, lease=lease, taken=False, level=-55)
                start = till.bench.count
                await _tells(till, "en", "NET_GOOD", why)
                _says(await till.shows("NETWORK", step), "en", step)
                await _back(till)
                assert _lines(till, start)[-1].startswith("network: doubt, " + doubt)

    asyncio.run(run())


def _set(till: Till, **values) -> None:
    load = "import json\nconfig = json.load(open('/data/config.json'))\n"
    on_flash(till.bench.state, f"{load}config.update({values!r})\nsettings(json.dumps(config))")


async def _not_reached(till: Till, why: str) -> None:
    """A sale that does not reach the host, and says why."""
    await till.present("1250", "visa-credit")
    await till.shows("NOT_CHARGED", why)
    await till.bench.do("card-off")


def test_after_a_failure_it_looks_by_itself_and_tells_what_is_behind_it(tmp_path):
    """The sale says that the bank is silent; left alone, the terminal finds the router silent and says so, once."""

    async def run():
        async with _lab(tmp_path, "en") as till:
            await till.shows("HINT_IDLE")
            await till.bench.do("wifi", up=True, router=False)
            await _not_reached(till, "N_SILENT")
            await _back(till)
            start = till.bench.count
            _says(await till.shows("NETWORK", "N_ROUTER"), "en", "N_ROUTER", "S_RESTART_ROUTER")
            assert _lines(till, start)[-1].startswith("network: router FAILED, why 62")
            await till.bench.do("wifi", up=True)
            await till.sale("75", "visa-credit", "APPROVED")  # its first digit ends what is told, and begins the sale
            await till.agrees("approved")

    asyncio.run(run())


def test_a_key_goes_before_the_diagnosis(tmp_path):
    async def run():
        async with _lab(tmp_path, "en") as till:
            await till.shows("HINT_IDLE")
            await till.lab.host("refuse always")
            await _not_reached(till, "N_PORT")
            await till.lab.host("clear")
            await till.bench.do("wifi", up=True, router=False)
            start = till.bench.count
            await _back(till)
            await till.bench.do("wifi", up=True, router=True)
            await till.present("75", "visa-credit")
            await till.shows("APPROVED")
            await till.bench.do("card-off")
            assert not [line for line in _lines(till, start) if "FAILED" in line]
            await till.agrees("approved")

    asyncio.run(run())


def test_what_was_told_is_not_told_again(tmp_path):
    """A closed port is named by the sale; the diagnosis finds the same, and reports it on the console alone."""

    async def run():
        async with _lab(tmp_path, "en") as till:
            await till.shows("HINT_IDLE")
            await till.lab.host("refuse always")
            await _not_reached(till, "N_PORT")
            await _back(till)
            start = till.bench.count
            failed = lambda event: event["ev"] == "log" and event["text"].startswith("network: port FAILED")
            await till.bench.wait_event(failed, SOON, start)
            await till.shows("HINT_IDLE")
            assert not [e for n, e in till.bench.events if n > start and e["ev"] == "screen" and "NETWORK" in e.get("names", ())]

    asyncio.run(run())


def test_while_a_reversal_is_open_it_looks_by_itself_and_from_the_menu_and_the_reversal_stays(tmp_path):
    """A try that does not reach the host is looked into as after a sale; a person asks in the menu of the open reversal."""

    async def run():
        async with _lab(tmp_path, "en") as till:
            await till.shows("HINT_IDLE")
            await leave_one_open(till)
            before = await till.bench.journal()
            await till.bench.do("wifi", up=True, router=False)
            start = till.bench.count
            await choose(till, "1")
            _says(await till.shows("NETWORK", "N_ROUTER"), "en", "N_ROUTER", "S_RESTART_ROUTER")
            assert _lines(till, start)[-1].startswith("network: router FAILED")
            await till.press("#")
            await till.shows("REVERSAL_FAILED", "PENDING_KEPT")
            await till.bench.do("wifi", up=True, router=True)
            await till.lab.host("refuse always")
            start = till.bench.count
            await choose(till, "3")
            _says(await till.shows("NETWORK", "N_PORT"), "en", "N_PORT", "S_HOST")
            assert _lines(till, start)[-1].startswith("network: port FAILED")
            await till.press("#")
            await till.shows("REVERSAL_FAILED", "PENDING_KEPT")
            after = await till.bench.journal()
            assert after["records"] == before["records"] and after["pending"]["stan"] == before["pending"]["stan"]
            await till.lab.host("clear")
            await choose(till, "3")
            _says(await till.shows("NETWORK", "NET_GOOD"), "en", "NET_GOOD")  # with an echo between the tries
            await till.press("#")
            await till.shows("REVERSAL_FAILED", "PENDING_KEPT")
            await choose(till, "1")
            await till.shows("REVERSED", "12.50")
            await till.press("#")
            await till.shows("HINT_IDLE")
            await till.agrees("reversed")

    asyncio.run(run())
