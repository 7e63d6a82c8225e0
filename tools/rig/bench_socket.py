"""The bench's public socket: JSON lines on 127.0.0.1, any number of clients at a time.

A line that is no JSON object ends the connection, whatever stands behind it: a web page can make a browser send
"POST / HTTP/1.1" to any port of its own computer, with a body of the page's choice, and its lines must not be obeyed.
"""

import asyncio
import json

from .bench_commands import ID
from .bench_options import BenchError
from .failures import reason
from .forms import FormError, check

_LINE_LIMIT = 1 << 20
_MOST_UNREAD = 8 << 20  # bytes of events that a client leaves lying; then it is hung up on
_NO_COMMAND = {"ev": "error", "text": "a command is one JSON object in a line; hung up"}


def _command(line: bytes) -> dict | None:
    """The command of a line; None for anything that is no JSON object."""
    try:
        command = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return command if isinstance(command, dict) else None


class PublicSocket:
    """Takes commands for `bench` and passes its events on to everybody who is connected."""

    def __init__(self, bench):
        self._bench = bench
        self._clients: set = set()
        self._server = None

    async def open(self, port: int) -> int:
        """Listen; the port that it is.  Raises BenchError."""
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=_LINE_LIMIT)
        except OSError as error:
            raise BenchError(f"bench: port {port} cannot be opened: {reason(error)}") from error
        return self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Stop listening and hang up."""
        if self._server:
            self._server.close()
        for writer in list(self._clients):
            writer.close()

    def tell(self, event: dict) -> None:
        """Pass an event on, card data covered as the bench's options say."""
        event = self._bench.options.cover(event)  # seen by the cover, whether somebody listens or not
        if self._clients:
            line = (json.dumps(event) + "\n").encode()
            for writer in list(self._clients):
                # asyncio complains in the log of every write to a client that has left, until its reader has heard of it.
                if writer.is_closing():
                    self._clients.discard(writer)
                elif writer.transport.get_write_buffer_size() > _MOST_UNREAD:
                    self._clients.discard(writer)
                    writer.transport.abort()
                else:
                    writer.write(line)

    async def _serve(self, reader, writer) -> None:
        bench = self._bench
        self._clients.add(writer)
        first = [{"ev": "power", "on": bench.on, "why": "now"}]
        if bench.on and bench.screen_event:
            first.append(bench.screen_event)
        for event in first:
            writer.write((json.dumps(event) + "\n").encode())
        try:
            while line := await reader.readline():
                command = _command(line)
                reply = await self._answer(command) if command is not None else _NO_COMMAND
                writer.write((json.dumps(reply) + "\n").encode())
                await writer.drain()
                if command is None:
                    return  # what is buffered behind it goes unread
        except (ConnectionError, ValueError, asyncio.CancelledError):
            return  # the client is gone, or sent a line without end
        finally:
            self._clients.discard(writer)
            writer.close()

    async def _answer(self, command: dict) -> dict:
        mark = command.pop("id", None)
        try:
            if mark is not None:
                check(mark, ID, "id")
        except FormError as error:
            return {"ev": "error", "text": str(error)}
        try:
            reply = await self._bench.command(command)
        except (BenchError, ValueError) as error:
            reply = {"ev": "error", "text": str(error)}
        reply = self._bench.options.cover(reply)
        return reply if mark is None else {**reply, "id": mark}
