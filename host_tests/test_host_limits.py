"""What a peer may take of the host: floods and slow peers are bounded, told in the log, counted, and hold up nobody else."""

import asyncio
import contextlib
import socket
import ssl
import time
import tracemalloc

import pytest
from acquirer_bench import HandTerminal, new_acquirer

from acquirer.limits import Limits
from acquirer.said import Said, Sparing

SOON = 10.0  # seconds within which something that is waited for happens on a busy computer


class Heard(list):
    """The log of a host; `of(limit)` are its lines about a limit."""

    def of(self, limit: str) -> "list[Said]":
        return [line for line in self if isinstance(line, Said) and line.fields.get("limit") == limit]


def played(work, **options) -> None:
    """`work(acquirer, heard)` with a host of `options`; a sale of somebody else goes through at the end."""

    async def whole() -> None:
        heard = Heard()
        async with new_acquirer(log=heard.append, **options) as acquirer:
            await work(acquirer, heard)

    asyncio.run(asyncio.wait_for(whole(), 60))


def counted(acquirer, limit: str) -> float:
    return acquirer.metrics.registry.get_sample_value("taptill_limits_total", {"limit": limit}) or 0.0


async def until(condition) -> None:
    async def met() -> None:
        while not condition():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(met(), SOON)


async def open_line(acquirer, port: str = "tcp"):
    return await asyncio.open_connection("127.0.0.1", acquirer.ports[port])


async def closed(reader) -> bool:
    """Has the host hung up?  A reset is one way to do it."""
    try:
        return await asyncio.wait_for(reader.read(), SOON) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("limit, limits", [("connections", Limits(connections=2)), ("per_address", Limits(per_address=2))])
def test_more_connections_than_allowed_are_refused_until_one_ends(limit, limits):
    async def work(acquirer, heard):
        kept = [await open_line(acquirer) for _ in range(2)]
        await until(lambda: acquirer.metrics.registry.get_sample_value("taptill_connections_open") == 2)
        reader, _ = await open_line(acquirer)
        assert await closed(reader)
        assert counted(acquirer, limit) == 1
        assert heard.of(limit)[0].startswith("connection refused: 2") and heard.of(limit)[0].fields["address"] == "127.0.0.1"
        kept[0][1].close()
        await until(lambda: acquirer.metrics.registry.get_sample_value("taptill_connections_open") == 1)
        async with HandTerminal(acquirer) as terminal:
            assert await terminal.code("0200", terminal.sale(2)) == "00"

    played(work, limits=limits)


def test_a_message_that_comes_byte_by_byte_is_not_waited_for():
    async def work(acquirer, heard):
        async with HandTerminal(acquirer) as slow, HandTerminal(acquirer) as other:
            body = slow.body("0200", slow.sale(2))
            slow.writer.write(len(body).to_bytes(2, "big") + body[:40])
            assert await closed(slow.reader)
            assert counted(acquirer, "message_seconds") == 1 and counted(acquirer, "idle_seconds") == 0
            assert heard.of("message_seconds") == ["connection closed: nothing came in time"]
            assert await other.code("0200", other.sale(3)) == "00"

    played(work, limits=Limits(message_seconds=0.2))


def test_a_line_on_which_nothing_is_said_ends_after_the_idle_time():
    async def work(acquirer, heard):
        reader, _ = await open_line(acquirer)
        assert await closed(reader)
        assert counted(acquirer, "idle_seconds") == 1 and len(heard.of("idle_seconds")) == 1

    played(work, limits=Limits(idle_seconds=0.2))


def test_a_tls_handshake_that_does_not_come_is_bounded_and_counts_as_a_connection(tmp_path):
    async def work(acquirer, heard):
        silent = [await open_line(acquirer, "tls") for _ in range(2)]
        refused, _ = await open_line(acquirer, "tls")
        assert await closed(refused) and counted(acquirer, "per_address") == 1
        for reader, _ in silent:
            assert await closed(reader)
        await until(lambda: [line.event for line in heard].count("handshake") == 2)
        async with HandTerminal(acquirer) as terminal:  # their places are free again
            assert await terminal.code("0200", terminal.sale(2)) == "00"

    played(work, limits=Limits(per_address=2, handshake_seconds=0.5), state=tmp_path, tls_port=0)


def test_a_tls_connection_has_no_large_buffer_before_anything_is_said(tmp_path):
    """asyncio's own begins with 256 KiB for each, from Python 3.11 on."""

    async def work(acquirer, heard):
        context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
        async with contextlib.AsyncExitStack() as stack:
            tracemalloc.start()
            stack.callback(tracemalloc.stop)
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(10):
                _, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["tls"], ssl=context)
                stack.callback(writer.close)
            await until(lambda: acquirer.metrics.registry.get_sample_value("taptill_connections_open") == 10)
            assert (tracemalloc.get_traced_memory()[0] - before) / 10 < 100_000  # both ends of it

    played(work, state=tmp_path, tls_port=0)


def test_keep_alives_without_end_are_a_flood():
    async def work(acquirer, heard):
        async with HandTerminal(acquirer) as terminal:
            for _ in range(50):
                terminal.writer.write(bytes(2))
            assert await terminal.code("0200", terminal.sale(2)) == "00"
            with contextlib.suppress(ConnectionError):
                for _ in range(200):
                    terminal.writer.write(bytes(20))
                    await terminal.writer.drain()
            assert await closed(terminal.reader)
            assert counted(acquirer, "keep_alives") == 1 and len(heard.of("keep_alives")) == 1

    played(work)


def test_who_sends_requests_and_takes_no_answer_is_made_to_wait_and_then_left():
    """The host reads no further than it can answer: what lies unread is in the peer's own buffers."""

    async def work(acquirer, heard):
        greedy = socket.socket()
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(greedy, ("127.0.0.1", acquirer.ports["tcp"]))
        async with HandTerminal(acquirer) as other:
            body = other.body("0820", {41: other.terminal, 42: other.merchant, 60: "00000001301", 11: "000001"}, with_mac=False)
            flood = (len(body).to_bytes(2, "big") + body) * 1000

            async def pour() -> None:
                with contextlib.suppress(ConnectionError):
                    while True:
                        await loop.sock_sendall(greedy, flood)

            pouring = asyncio.ensure_future(pour())
            assert await other.code("0200", other.sale(2)) == "00"
            await until(lambda: counted(acquirer, "message_seconds") == 1)
            assert heard.of("message_seconds") == ["connection closed: its answers are not taken"]
            await asyncio.wait_for(pouring, SOON)
            greedy.close()
            assert await other.code("0200", other.sale(3)) == "00"

    played(work, limits=Limits(message_seconds=0.3))


def test_a_flood_of_events_is_a_few_lines_and_a_number():
    told: list[str] = []
    now = [100.0]
    sparing = Sparing(told.append, lambda: now[0])
    for _ in range(500):
        sparing(Said("limit", "connection refused: full", limit="connections"))
    sparing(Said("lost", "connection lost: reset"))
    assert len(told) == 11 and told[-1] == "connection lost: reset"
    now[0] += 1
    sparing(Said("limit", "connection refused: full", limit="connections"))
    assert told[-1] == "connection refused: full; 490 more before it" and told[-1].fields["before"] == 490


# Ending


def test_a_host_that_is_ended_answers_what_it_has_and_hangs_up_on_who_says_nothing():
    async def work(acquirer, heard):
        at_work = asyncio.Event()
        go_on = asyncio.Event()

        async def pass_time(seconds, terminal):
            at_work.set()
            await go_on.wait()

        acquirer.sleep = pass_time
        await acquirer.command("delay 5 next sale")
        idle_reader, _ = await open_line(acquirer)
        port = acquirer.ports["tcp"]
        async with HandTerminal(acquirer) as terminal:
            terminal.send(terminal.body("0200", terminal.sale(2)))
            await asyncio.wait_for(at_work.wait(), SOON)
            ending = asyncio.ensure_future(acquirer.finish())
            assert await closed(idle_reader)
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", port)
            assert not ending.done()
            go_on.set()
            assert (await terminal.receive()).fields[39] == "00"
            assert await closed(terminal.reader)
            await asyncio.wait_for(ending, SOON)
        assert not [line for line in heard if isinstance(line, Said) and line.event == "stopped"]

    played(work)


def test_the_end_does_not_wait_for_ever():
    async def work(acquirer, heard):
        at_work = asyncio.Event()

        async def pass_time(seconds, terminal):
            at_work.set()
            await asyncio.Event().wait()

        acquirer.sleep = pass_time
        await acquirer.command("delay 5 next sale")
        async with HandTerminal(acquirer) as terminal:
            terminal.send(terminal.body("0200", terminal.sale(2)))
            await asyncio.wait_for(at_work.wait(), SOON)
            begun = time.monotonic()
            await asyncio.wait_for(acquirer.finish(), SOON)
            assert time.monotonic() - begun >= 0.2
        assert heard[-1] == "stopped: 1 connections were hung up on before they had their answer"

    played(work, limits=Limits(stop_seconds=0.2))
