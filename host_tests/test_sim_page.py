"""A failing history in the page: its payments, journal and ledger, looked at as those of any terminal."""

import asyncio
import json
import os
import pathlib
import pickle
import re
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from desk import books, recorded, server
from desk.errors import DeskError
from desk.recorded import RecordedRoom, Recording
from sim import opened, plan, plan_file
from sim.person import Act

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Three sales; the answer to the second is lost, and the terminal calls it reversed when it is not."""
    done = subprocess.run([sys.executable, str(HERE / "sim_histories.py"), "page"], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return opened.as_recording(pickle.loads(done.stdout))


def _looked_at(folder: pathlib.Path, recording: Recording, story: Any) -> Any:
    async def run() -> Any:
        room = RecordedRoom(folder, recording)
        await room.start()
        async with TestClient(TestServer(server.Desk(room).application())) as client:
            return await story(room, client)

    return asyncio.run(run())


def test_the_payment_that_fails_is_the_one_that_is_shown(recording: Recording, tmp_path: pathlib.Path) -> None:
    async def story(room: RecordedRoom, client: TestClient) -> None:
        socket = await client.ws_connect("/ws/1")
        hello = json.loads((await socket.receive(10)).data)
        payment = hello["payment"]
        assert (payment["amount"], payment["result"], payment["number"]) == (4321, "reversed", 2) and not hello["state"]["power"]
        kinds = {entry["kind"] for entry in payment["entries"]}
        assert kinds >= {"key", "screen", "card", "apdu", "message", "flash", "net", "fault"}
        screens = [entry["detail"]["text"][0] for entry in payment["entries"] if entry["kind"] == "screen"]
        assert screens[0] == "Amount" and "UNKNOWN" in screens and screens[-2] == "REVERSED"
        faults = [entry for entry in payment["entries"] if entry["kind"] == "fault"]
        assert faults[0]["title"] == {
            "en": "the 1st request is decided, and the answer is lost",
            "zh": "第 1 个请求已处理，应答丢失",
        }
        assert faults[-1]["title"]["en"] == "An invariant falls" and faults[-1]["summary"].startswith("never-false-failure: ")
        times = [entry["t"] for entry in payment["entries"]]
        assert times == sorted(times) and times[-1] > 60_000, "its time-out has passed in the history's own time"
        listed = (await (await client.get("/api/terminals/1/payments")).json())["payments"]
        assert [one["kind"] for one in listed] == ["start", "sale", "sale"] and listed[-1]["id"] == payment["id"]

    _looked_at(tmp_path, recording, story)


def test_its_messages_are_decoded_with_the_keys_of_their_moment(recording: Recording) -> None:
    entries = recording.payments[-1]["entries"]
    messages = [entry["detail"] for entry in entries if entry["kind"] == "message"]
    assert [detail["mti"] for detail in messages] == ["0200", "0400", "0410"]
    assert all(detail["mac_ok"] for detail in messages)
    assert {field["n"]: field["value"] for field in messages[-1]["fields"]}["39"] == "12"
    assert not re.search(r"5413330000000044|5413330089010044", json.dumps(recording.payments)), "card numbers are starred"
    flash = [entry["title"]["en"] for entry in entries if entry["kind"] == "flash"]
    assert "Writes down how to take it back" in flash and "Writes the outcome into the journal" in flash


def test_ledger_and_journal_show_where_they_part(recording: Recording, tmp_path: pathlib.Path) -> None:
    async def story(room: RecordedRoom, client: TestClient) -> None:
        found = await (await client.get("/api/ledger?terminal=1")).json()
        assert [record["state_name"] for record in found["journal"]] == ["approved", "reversed", "approved"]
        assert [row["state"] for row in found["transactions"]] == ["approved"] * 3
        assert found["difference"] == 4321 and "reversed" in json.dumps(found["problems"])
        assert found["sums"]["journal"] == 990 + 12345

    _looked_at(tmp_path, recording, story)


def test_nothing_can_be_done_to_a_recording(recording: Recording, tmp_path: pathlib.Path) -> None:
    async def story(room: RecordedRoom, client: TestClient) -> None:
        for command in (
            {"do": "key", "key": "1"},
            {"do": "power", "on": True},
            {"do": "card", "card": "phone"},
            {"do": "nonsense"},
        ):
            refused = await client.post("/api/terminals/1/command", json=command)
            assert refused.status in (400, 409), await refused.text()
        with pytest.raises(DeskError, match="this is a recording") as told:
            await room.terminals[0].command({"do": "host", "line": "day-cut"})
        assert told.value.texts()["zh"] == "这是回放，不能操作"
        assert await room.terminals[0].command({"do": "language", "lang": "zh"}) == {"ev": "ok"}
        for refusing in (
            room.host_line("day-cut"),
            room.host_stop(True),
            room.lesson(room.terminals[0], "x"),
            room.open_for_boards(""),
        ):
            with pytest.raises(DeskError):
                await refusing
        assert books.view(room.ledger)["transactions"] and not any(tmp_path.iterdir())
        await room.stop()

    _looked_at(tmp_path, recording, story)


def test_a_payment_that_was_saved_from_the_page_is_shown_too(recording: Recording, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "payment.json"
    last = recording.payments[-1]
    head = {name: value for name, value in last.items() if name != "entries"}
    path.write_text(json.dumps({"taptill": 1, "kind": "payment", "payment": head, "entries": last["entries"]}), encoding="utf-8")

    async def story(room: RecordedRoom, client: TestClient) -> None:
        (payment,) = (await (await client.get("/api/terminals/1/payments")).json())["payments"]
        assert payment["amount"] == 4321
        assert (await (await client.get("/api/ledger?terminal=1")).json())["transactions"] == []

    _looked_at(tmp_path, recorded.of_file(path), story)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ("[]", "neither a payment that was saved from the page nor a plan of till simulate"),
        ('{"taptill": 1, "kind": "payment"}', "the payment in it has no entries"),
        ('{"taptill": 1, "kind": "payment", "payment": {}, "entries": [1]}', "the payment in it has no entries"),
        ('{"taptill": 1, "kind": "history"}', "plan: seed is missing"),
    ],
)
def test_a_file_that_is_neither_is_one_line(content: str, said: str, tmp_path: pathlib.Path) -> None:
    from till.demo_command import _recorded

    path = tmp_path / "file.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Exception, match=re.escape(said)) as error:
        _recorded(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)


def test_till_simulate_opens_the_page(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "plan.json"
    one = plan.Plan(1, {"ntp_host": ""}, plan.drawn(1).begins, (Act("sell", 1250, "visa-credit"),))
    path.write_text(plan_file.text_of(one), encoding="utf-8")
    words = [sys.executable, "-m", "till.cli", "simulate", "--plan", str(path), "--page"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, "CI": "1"}) as command:
        assert command.stdout
        address = next(found[0] for line in command.stdout if (found := re.search(r"http://\S+", line)))
        with urllib.request.urlopen(f"{address}api/terminals/1/payments") as answer:
            payments = json.loads(answer.read())["payments"]
        assert payments[-1]["amount"] == 1250 and payments[-1]["result"] == "approved"
        command.send_signal(signal.SIGINT)
        assert command.wait(20) == 0
