"""The terminal's clock on the bench: it starts in the year 2000, and TLS looks at the dates of certificates (F-E3, F-E11)."""

import asyncio
import datetime
import os
import signal
import socket
import time

import pytest
from test_bench_sale import IDLE, SETTINGS, Till, options

from acquirer import tls
from acquirer.ledger import system_clock
from acquirer.sntp import SntpServer
from play.scripts import contains
from rig.lab import Lab

UTC = datetime.timezone.utc
AFTER_THE_FLOOR = datetime.datetime(2026, 2, 3, 14, 30, tzinfo=UTC)
OFF = {"ntp_host": ""}
_ELSEWHERE_S = 3


class SlowTime(SntpServer):
    """A time server that takes its time."""

    def datagram_received(self, data: bytes, addr) -> None:
        asyncio.get_running_loop().call_later(0.4, super().datagram_received, data, addr)


def play(folder, story, settings=None, prepare=None, slow_time=False, over_tls=True):
    """Run `story(till)` from power-on; `prepare(folder)` fills the host's folder before."""

    async def run():
        more = dict(settings or {})
        if slow_time:
            time_server, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: SlowTime(system_clock), ("127.0.0.1", 0)
            )
            more["ntp_port"] = time_server.get_extra_info("sockname")[1]
        if prepare:
            prepare(folder / "host")
        async with Lab(folder, over_tls, {**SETTINGS, **more}, options(trace="net")) as lab:
            await story(Till(lab))

    asyncio.run(run())


def renew_host(till, **when) -> None:
    """From the next connection on the host shows another certificate of the same CA."""
    folder = till.lab.folder / "host"
    tls.make_host(folder, **when)
    till.lab.acquirer._context.load_cert_chain(folder / "server.pem")


def shown(till, words: str) -> bool:
    """Was this ever on the screen?"""
    return any(event["ev"] == "screen" and contains(event.get("text") or [], words) for _, event in till.bench.events)


def test_f_e3_tls_without_a_time_server_is_joined_at_the_floor(tmp_path):
    async def story(till):
        await till.shows(IDLE)  # signed on over TLS, and the host's answer has set the clock
        assert not contains(till.bench.text(), "--:--")
        await till.sale("1250", "visa-credit", "APPROVED")

    play(tmp_path, story, OFF)


def test_f_e3_the_time_server_goes_before_the_first_tls_connection(tmp_path):
    """A slow time server, and a certificate that begins after the floor: a race would be lost."""

    def prepare(folder):
        tls.make(folder, host_from=AFTER_THE_FLOOR)

    async def story(till):
        await till.shows("CLOCK_SETTING")
        assert not [event for _, event in till.bench.events if event["ev"] == "net"]
        await till.shows(IDLE)
        assert not shown(till, "not set")

    play(tmp_path, story, prepare=prepare, slow_time=True)


def test_f_e3_a_time_server_that_is_silent_does_not_stop_the_start(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))

        async def story(till):
            await till.shows("CLOCK_SETTING")
            await till.shows(IDLE)

        play(tmp_path, story, {"ntp_port": silent.getsockname()[1]})


def test_f_e3_a_young_ca_lifts_the_floor(tmp_path):
    """Provisioning reads the CA's first moment, so that TLS has a chance without a time server."""

    def prepare(folder):
        tls.make(folder, AFTER_THE_FLOOR, AFTER_THE_FLOOR)

    play(tmp_path, lambda till: till.shows(IDLE), OFF, prepare)


def test_f_e11_an_unknown_time_is_named_as_the_cause(tmp_path):
    """The host's certificate is younger than anything the terminal knows, and no time server answers."""

    async def story(till):
        await till.shows(IDLE)
        await till.bench.power_off()
        renew_host(till, valid_from=AFTER_THE_FLOOR)
        await till.bench.power_on()
        await till.shows("FAILED", "CLOCK_UNSET")
        await till.press("#")
        await till.shows("--:--", "CLOCK_UNSET")
        await till.present("1250", "visa-credit")
        await till.shows("NOT_CHARGED", "CLOCK_UNSET", "S_TIME_SERVER")
        await till.bench.do("card-off")
        assert (await till.bench.journal())["pending"] is None

    play(tmp_path, story, OFF)


def test_f_e11_a_sign_on_that_fails_for_the_clock_says_so(tmp_path):
    def prepare(folder):
        tls.make(folder, host_from=AFTER_THE_FLOOR)

    async def story(till):
        await till.shows("FAILED", "CLOCK_UNSET", "S_TIME_SERVER")
        await till.press("#")
        await till.shows("--:--", "CLOCK_UNSET")

    play(tmp_path, story, OFF, prepare)


@pytest.mark.parametrize("settings", [{}, OFF])
def test_f_e11_a_certificate_that_has_ended_is_no_matter_of_wifi(tmp_path, settings):
    """With a known time or without: what had ended before the floor has ended."""

    def prepare(folder):
        past = datetime.datetime(2025, 12, 1, tzinfo=UTC) - datetime.datetime.now(UTC)
        tls.make(folder, host_valid=past)

    async def story(till):
        lines = await till.shows("FAILED", "certificate")
        assert not contains(lines, "Wi-Fi")

    play(tmp_path, story, settings, prepare)


def test_f_e5_a_host_that_refuses_the_connection_was_sent_nothing(tmp_path):
    async def story(till):
        await till.shows(IDLE)
        await till.lab.acquirer.stop()
        await till.present("1250", "visa-credit")
        await till.shows("NOT_CHARGED", "N_PORT")
        await till.bench.do("card-off")
        journal = await till.bench.journal()
        assert journal["pending"] is None and journal["records"] == [] and till.rows() == []

    play(tmp_path, story, over_tls=False)


def test_f_e6_a_refused_connection_is_told_in_words(tmp_path):
    async def story(till):
        await till.shows(IDLE)
        await till.lab.acquirer.stop()
        await till.press("ACCCCC#")  # the menu, down to the network's diagnosis
        await till.shows("NETWORK")
        await till.press("C")
        await till.shows("port", "closed")

    play(tmp_path, story)


def test_what_a_busy_computer_does_meanwhile_is_not_hurried(tmp_path):
    """Three seconds in which the computer does other things are three of the terminal's, not sixty: no patience ends by them."""

    async def run():
        async with Lab(tmp_path, settings=SETTINGS, options=options(speed=20)) as lab:
            till = Till(lab)
            await till.shows(IDLE)
            began = time.monotonic()
            before = (await till.bench.do("state")).get("ahead", 0)
            os.kill(till.bench.pid, signal.SIGSTOP)
            await asyncio.sleep(_ELSEWHERE_S)
            os.kill(till.bench.pid, signal.SIGCONT)
            after = (await till.bench.do("state"))["ahead"]
            at_work = time.monotonic() - began - _ELSEWHERE_S
            assert after - before < 1000 * (19 * at_work + _ELSEWHERE_S)

    asyncio.run(run())
