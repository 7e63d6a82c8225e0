"""The host link on real sockets: what counts as sent, and that every wait has an end."""

import asyncio
import sys
import time

sys.path.append("../../firmware")
# Real sockets, not those of the bench, whose radio has to be up.
sys.path[:] = [place for place in sys.path if "/bench" not in place]

from taptill.adapters.hostlink import HostLink
from taptill.core.errors import HostTimeout, LinkDown
from taptill.core.profiles import cn_pos

_PORT = 38671


def _play(serve, accept, timeout_ms: int = 1500):
    """The value or the error of one exchange with a host that does `serve(reader, writer)`."""

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", _PORT)
        link = HostLink(cn_pos, "127.0.0.1", _PORT)
        try:
            await link.connect()
            try:
                return await link.exchange(b"\x60request", accept, timeout_ms)
            except (LinkDown, HostTimeout) as error:
                return error
        finally:
            await link.close()
            server.close()
            await server.wait_closed()

    return asyncio.run(main())


def _answers(data: bytes):
    async def serve(reader, writer):
        await reader.readexactly(10)
        writer.write(data)
        await writer.drain()

    return serve


def test_glued_answers_and_those_of_others():
    seen = []

    def accept(answer):
        seen.append(bytes(answer))
        return "mine" if answer == b"two" else None

    assert _play(_answers(b"\x00\x03one\x00\x03two\x00\x05three"), accept) == "mine"
    assert seen == [b"one", b"two"]


def test_a_link_that_ends_after_the_request_may_have_carried_it():
    async def serve(reader, writer):
        await reader.readexactly(10)
        writer.close()
        await writer.wait_closed()

    error = _play(serve, bytes)
    assert isinstance(error, LinkDown) and error.sent


def test_an_answer_too_large_is_not_read():
    error = _play(_answers(b"\xff\xff" + bytes(100)), bytes)
    assert isinstance(error, LinkDown) and error.sent and "65535" in str(error)


def test_an_answer_that_never_ends_has_an_end():
    async def serve(reader, writer):
        await reader.readexactly(10)
        writer.write(b"\x01\x00")
        try:
            for _ in range(200):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep_ms(5)
        except OSError:
            return  # the terminal has closed: that is what is wanted

    started = time.ticks_ms()
    assert isinstance(_play(serve, bytes, 200), HostTimeout)
    assert time.ticks_diff(time.ticks_ms(), started) < 3000


def test_what_breaks_while_an_answer_is_judged_counts_as_sent():
    for kind in (ValueError, MemoryError, OSError):

        def accept(answer, kind=kind):
            raise kind("no room")

        error = _play(_answers(b"\x00\x03one"), accept)
        assert isinstance(error, LinkDown) and error.sent, kind


def test_nobody_there_and_not_connected():
    async def nobody():
        link = HostLink(cn_pos, "127.0.0.1", _PORT + 1)
        try:
            await link.connect()
            assert False, "connected to nobody"
        except LinkDown as error:
            assert not error.sent and "refused" in str(error)
        try:
            await link.exchange(b"request", bytes, 100)
        except LinkDown as error:
            return error

    assert not asyncio.run(nobody()).sent
