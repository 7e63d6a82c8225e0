"""The simulated network: what reaches whom when a line is closed, reset, or gone with the Wi-Fi."""

import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from rig.firmware import taptill_on_path
from sim import aio
from sim.air import Air
from sim.faults import Fault, Strikes
from sim.hosts import Station

taptill_on_path()

from taptill.core import profiles

_FRAME = b"\x00\x03ask"
_ANSWER = b"answer"
_FOR_EVER_MS = 120_000  # longer than a terminal waits


class Came(NamedTuple):
    """What the terminal has of an exchange: an answer, or the error with which it `sent` or waited; None: nothing at all."""

    sent: "BaseException | None"
    answer: "bytes | BaseException | None"
    ms: int


class Room:
    """An air with a host that answers, and what it has been asked."""

    def __init__(self, *faults: Fault, seed: int = 1):
        self.loop = aio.begin()
        self.asked: list[bytes] = []
        self.at_host: Callable[[], None] = lambda: None
        station = Station(self._host, profiles.load(profiles.DEFAULT))
        self.air = Air(random.Random(seed), lambda name, number: station if number == 1 else None, self._host)
        self.air.strikes = Strikes(faults)

    def _host(self, body: bytes, deliver: "Callable[[bytes], None]") -> None:
        self.asked.append(body)
        self.at_host()
        deliver(_ANSWER)

    def exchange(self, *later: "tuple[int, Callable[[], None]]", pause: int = 0) -> Came:
        """One request on a line of its own; `later`: (ms after the line stands, what happens then)."""
        seen: list[Came] = []

        async def one() -> None:
            reader, writer = await self.air.open("host", 1)
            began = self.loop.now
            for ms, what in later:
                self.loop.after(ms, what)
            sent: BaseException | None = None
            answer: bytes | BaseException | None = None
            try:
                await aio.sleep_ms(pause)
                writer.write(_FRAME)
                await writer.drain()
            except OSError as error:
                sent = error
            try:
                size = await aio.wait_for_ms(reader.readexactly(2), _FOR_EVER_MS)
                answer = await reader.readexactly(size[1])
            except (OSError, EOFError) as error:
                answer = error
            except aio.TimeoutError:
                answer = None
            writer.close()
            seen.append(Came(sent, answer, self.loop.now - began))

        task = aio.create_task(one())
        assert self.loop.run(lambda: bool(seen), self.loop.now + 3 * _FOR_EVER_MS) and task.error is None
        return seen[0]

    def switch(self, there: bool) -> "Callable[[], None]":
        return lambda: setattr(self.air, "link", there)


def test_without_a_fault_the_answer_comes() -> None:
    room = Room()
    assert room.exchange().answer == _ANSWER and room.asked == [b"ask"]


@pytest.mark.parametrize(("how", "decided"), [("closed-before", False), ("closed-after", True)])
def test_a_host_that_closes_in_good_order_is_an_end_and_no_error(how: str, decided: bool) -> None:
    room = Room(Fault("request", 1, how))
    found = room.exchange()
    assert found.sent is None and isinstance(found.answer, EOFError)
    assert room.asked == [b"ask"] * decided
    assert room.exchange().answer == _ANSWER, "the next line is a good one"


@pytest.mark.parametrize(("how", "decided"), [("send-broken", False), ("send-broken-late", True)])
def test_sending_breaks_after_bytes_have_left(how: str, decided: bool) -> None:
    room = Room(Fault("request", 1, how))
    left: list[bytes] = []
    room.air.sent = left.append
    found = room.exchange()
    assert isinstance(found.sent, OSError) and isinstance(found.answer, OSError) and left == [b"ask"]
    room.loop.run(lambda: False, room.loop.now + 1000)
    assert room.asked == [b"ask"] * decided


def test_a_host_that_starts_anew_closes_or_resets_by_turns() -> None:
    room = Room()
    room.at_host = room.air.break_all
    kinds = [type(room.exchange().answer) for _ in range(4)]
    assert kinds == [EOFError, ConnectionResetError, EOFError, ConnectionResetError]


def test_what_is_sent_after_the_host_s_end_is_answered_with_a_reset_and_not_decided() -> None:
    room = Room()
    found = room.exchange((10, room.air.break_all), pause=50)
    assert found.sent is None and isinstance(found.answer, EOFError) and not room.asked


@pytest.mark.parametrize("seed", [1, 3], ids=["told", "silent"])
def test_a_line_goes_with_the_wifi_and_does_not_come_back_with_it(seed: int) -> None:
    """On either side: an answer on its way, and a request, although the Wi-Fi is there again when they would arrive."""
    gone = [(60, True), (20, False)]  # the request has been decided, or not yet
    for ms, decided in gone:
        room = Room(seed=seed)
        found = room.exchange((ms, room.switch(False)), (ms + 5, room.switch(True)))
        assert room.asked == [b"ask"] * decided and found.sent is None
        if random.Random(seed).random() < 0.5:
            assert isinstance(found.answer, ConnectionAbortedError)
        else:
            assert found.answer is None and found.ms >= _FOR_EVER_MS
        assert room.exchange().answer == _ANSWER, "a new line is a good one"


def test_what_is_sent_on_a_line_that_is_gone_never_arrives() -> None:
    for seed in (1, 3):
        room = Room(seed=seed)
        room.exchange((10, room.switch(False)), (15, room.switch(True)), pause=50)
        assert not room.asked


def test_what_had_left_the_radio_arrives_all_the_same() -> None:
    room = Room(Fault("request", 1, "late", 5000))
    found = room.exchange((100, room.switch(False)))
    assert not isinstance(found.answer, bytes)
    room.loop.run(lambda: False, room.loop.now + 10_000)
    assert room.asked == [b"ask"]
