"""How a host is watched and ended by who runs it: figures for Prometheus, a log for machines, SIGTERM."""

import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from acquirer_bench import IMK, MAK, PIK, TMK, VECTOR_CARD, VISA, HandTerminal, new_acquirer
from prometheus_client.parser import text_string_to_metric_families

from acquirer import testcards
from acquirer.profiles.cn_pos import wire
from acquirer.said import Said, as_json
from campaigns.load.line import Address
from campaigns.load.provision import Control, identities
from campaigns.load.run import load
from campaigns.load.scenarios import SCENARIOS
from campaigns.secret_search import Secrets

SOON = 20.0


async def page(port: int) -> str:
    """GET /metrics."""
    url = f"http://127.0.0.1:{port}/metrics"
    return await asyncio.to_thread(lambda: urllib.request.urlopen(url, timeout=SOON).read().decode())


async def scraped(port: int) -> "dict[tuple, float]":
    """(name, labels) -> value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(await page(port))
        for sample in family.samples
    }


def test_metrics_count_connections_requests_and_what_stays_unanswered():
    async def work():
        async with new_acquirer(metrics_port=0) as acquirer, HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"
            assert await terminal.code("0200", terminal.sale(3, 10**10)) == "51"
            stranger = {11: "000001", 41: "99999999", 42: terminal.merchant, 60: "00000001003"}
            assert await terminal.code("0800", stranger, False) == "97"
            await terminal.ask("0100", terminal.sale(4))  # what a stranger names makes no series of its own
            found = await scraped(acquirer.ports["metrics"])
            assert found["taptill_connections_open", ()] == found["taptill_connections_total", ()] == 1
            assert found["taptill_requests_total", (("code", "00"), ("kind", "sale"))] == 1
            assert found["taptill_requests_total", (("code", "51"), ("kind", "sale"))] == 1
            assert found["taptill_requests_total", (("code", "97"), ("kind", "signon"))] == 1
            assert found["taptill_requests_total", (("code", "40"), ("kind", "other"))] == 1
            assert found["taptill_request_seconds_count", (("kind", "sale"),)] == 2
            assert 0 < found["taptill_request_seconds_sum", (("kind", "sale"),)] < 60
            assert found["process_open_fds", ()] > 2

    asyncio.run(asyncio.wait_for(work(), 60))


def test_metrics_are_off_unless_asked_for_and_end_with_the_host():
    async def work():
        async with new_acquirer() as acquirer:
            assert "metrics" not in acquirer.ports
        async with new_acquirer(metrics_port=0) as acquirer:
            port = acquirer.ports["metrics"]
            await scraped(port)
        with pytest.raises(urllib.error.URLError):
            await scraped(port)

    asyncio.run(asyncio.wait_for(work(), 60))


def test_nothing_that_the_host_logs_or_counts_has_a_secret_in_it():
    """A load with every kind of request, and messages that are wrong in every way: PAN, track 2 and keys are searched for."""
    secrets = Secrets()
    for pan in (VISA, VECTOR_CARD):
        secrets.card(pan, pan + "D3112201")
    for name, key in (("TMK", TMK), ("PIK", PIK), ("MAK", MAK), ("IMK", IMK)):
        secrets.key(name, key)
    lines: list[str] = []

    def log(said: str) -> None:
        lines.extend([said, as_json(said)])

    async def spoilt(acquirer) -> None:
        """A right message with each byte of it turned in turn, on lines of their own."""
        async with HandTerminal(acquirer) as terminal:
            body = terminal.body("0200", terminal.visa_sale(2, **terminal.pin_fields("1234", VISA)))
            secrets.pin("1234", VISA, wire.decode(body).fields[52])
        for place in range(11, len(body), 3):
            async with HandTerminal(acquirer) as terminal:
                terminal.send(body[:place] + bytes([body[place] ^ 0xFF]) + body[place + 1 :])
                try:
                    await terminal.receive()
                except asyncio.IncompleteReadError:
                    pass  # hung up on

    async def work():
        async with new_acquirer(control_port=0, log=log, metrics_port=0) as acquirer:
            terminals, control = identities(2), Control("127.0.0.1", acquirer.ports["control"])
            testcards.load(acquirer.ledger)
            deck = await control.provision(terminals)
            for card in deck:
                secrets.card(card.pan, card.track2)
            for each in terminals:
                secrets.key("TMK", each.tmk)
            address = Address("127.0.0.1", acquirer.ports["tcp"])
            await load(SCENARIOS["trouble"], address, terminals, deck, 7, 60, ledger=acquirer.ledger)
            for each in terminals:
                for name, key in zip(("PIK", "MAK"), acquirer.ledger.working_keys(each.terminal)):
                    secrets.key(name, key)
            await spoilt(acquirer)
            lines.append(await page(acquirer.ports["metrics"]))

    asyncio.run(asyncio.wait_for(work(), 60))
    events = {line.event for line in lines if isinstance(line, Said)}
    assert {"answered", "closed"} <= events and len(lines) > 200
    for line in lines:
        assert secrets.found_in(line.encode()) == [], line


def test_a_line_of_the_log_is_json_with_its_fields():
    told = json.loads(as_json(Said("answered", "sale answered 00", kind="sale", code="00")))
    assert told.pop("time").endswith("+00:00")
    assert told == {"event": "answered", "text": "sale answered 00", "kind": "sale", "code": "00"}
    assert json.loads(as_json("a sentence alone"))["event"] == "note"


def test_sigterm_answers_what_is_in_flight_and_ends_with_0(tmp_path):
    """As a command: what it says on its way is one JSON line each."""
    words = ["--plain", "--port", "0", "--control", "0", "--metrics", "0", "--state", str(tmp_path), "--json", "--log", "json"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from till.host_command import host; host()", *words, "--fault", "delay 1 next sale"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent.parent / "tools")},
    )
    try:
        ports = json.loads(process.stdout.readline())["ports"]

        async def work() -> None:
            terminals, control = identities(1), Control("127.0.0.1", ports["control"])
            deck = await control.provision(terminals)
            address = Address("127.0.0.1", ports["tcp"])
            asked = asyncio.ensure_future(load(SCENARIOS["sales"], address, terminals, deck, 7, 1, ledger=None))
            await control.ask("wait-request sale 20 after 0")
            process.send_signal(signal.SIGTERM)
            result = await asked
            assert result.tally.codes["sale", "00"] == 1 and result.tally.codes["reversal", "00"] == 0

        asyncio.run(asyncio.wait_for(work(), 60))
        out, err = process.communicate(timeout=SOON)
        assert process.returncode == 0 and "Traceback" not in err
        events = [json.loads(line)["event"] for line in out.splitlines()]
        assert events.count("answered") >= 2 and "stopped" not in events  # sign-on and sale
    finally:
        process.kill()
        process.wait()
