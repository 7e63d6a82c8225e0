"""A port on which connections come in.  Limits are heeded before anything is spent on one: also before its TLS handshake."""

import asyncio
import asyncio.sslproto
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable

from .limits import Gate, Limits
from .said import Said
from .wire import CountingReader

_BACKLOG = 1024
# A TLS connection of asyncio has a buffer of 256 KiB from its beginning (Python 3.11 on), which ten thousand of them
# cannot have; a record of TLS has 16 KiB.
asyncio.sslproto.SSLProtocol.max_size = 16 * 1024  # type: ignore[attr-defined]
_PAUSE = 0.5  # seconds without accepting when the system has no more files or memory


class _Protocol(asyncio.StreamReaderProtocol):
    """A stream's protocol that says when its socket is closed, `closed()`."""

    def __init__(self, reader: CountingReader, closed: "Callable[[], None]"):
        super().__init__(reader, loop=asyncio.get_running_loop())
        self._when_closed = closed

    def connection_lost(self, error: "Exception | None") -> None:
        super().connection_lost(error)
        self._when_closed()


class Listener:
    """`serve(reader, writer, address)` has each connection, TLS taken off, until it returns."""

    def __init__(
        self,
        serve: "Callable[[CountingReader, asyncio.StreamWriter, str], Awaitable[None]]",
        limits: Limits,
        gate: Gate,
        log: "Callable[[Said], None]",
        context: "ssl.SSLContext | None" = None,
    ):
        self._serve, self._limits, self._gate, self._log, self._context = serve, limits, gate, log, context
        self._accepting: list[asyncio.Task] = []
        self._opening: set[asyncio.Task] = set()
        self._running: set[asyncio.Task] = set()

    def start(self, bind: str, port: int, shared: bool = False) -> int:
        """Listen on every address of `bind`; returns the port.  `shared`: with other processes, the system deals connections out.
        Raises OSError.
        """
        opened: list[socket.socket] = []
        try:
            for family, _, _, _, place in socket.getaddrinfo(bind, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
                at = (place[0], port)
                try:
                    opened.append(socket.create_server(at, family=family, backlog=_BACKLOG, reuse_port=shared))
                except OSError as error:
                    raise OSError(error.errno, error.strerror, f"{at[0]}:{at[1]}") from None
                port = opened[0].getsockname()[1]
        except OSError:
            for each in opened:
                each.close()
            raise
        for each in opened:
            each.setblocking(False)
            self._accepting.append(asyncio.get_running_loop().create_task(self._accept(each)))
        return port

    async def close(self) -> None:
        """Nothing more comes in; what is connected goes on, a handshake does not."""
        ended = [*self._accepting, *self._opening]
        for task in ended:
            task.cancel()
        await asyncio.gather(*ended, return_exceptions=True)
        self._accepting.clear()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with listening:
            while True:
                try:
                    connection, peer = await loop.sock_accept(listening)
                except ConnectionAbortedError:
                    continue  # gone before it was looked at
                except OSError as error:
                    self._log(Said("accept", f"cannot accept connections: {error.strerror}", limit="files"))
                    await asyncio.sleep(_PAUSE)
                    continue
                if not self._gate.enter(peer[0]):
                    connection.close()
                    continue
                task = loop.create_task(self._connected(connection, peer[0]))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _connected(self, connection: socket.socket, address: str) -> None:
        """A connection counts until its socket is closed: also while a peer that does not take its last answer has it open."""
        gone = asyncio.Event()

        def closed() -> None:
            gone.set()
            self._gate.leave(address)

        opened = await self._opened(connection, address, closed)
        if opened is None:
            closed()
            return
        reader, writer = opened
        try:
            await self._serve(reader, writer, address)
        finally:
            writer.close()
            if not gone.is_set():
                self._abort_later(writer, gone)

    def _abort_later(self, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        """Close it the hard way when the peer does not let it be closed."""

        async def wait() -> None:
            try:
                await asyncio.wait_for(gone.wait(), self._limits.message_seconds)
            except asyncio.TimeoutError:
                writer.transport.abort()

        task = asyncio.get_running_loop().create_task(wait())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _opened(
        self, connection: socket.socket, address: str, closed: "Callable[[], None]"
    ) -> "tuple[CountingReader, asyncio.StreamWriter] | None":
        """Reader and writer; None when it came to nothing."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for side in (socket.SO_RCVBUF, socket.SO_SNDBUF):  # else the system keeps megabytes for a peer that takes nothing
            connection.setsockopt(socket.SOL_SOCKET, side, self._limits.system_buffer_bytes)
        reader = CountingReader(self._limits.buffer_bytes)
        protocol = _Protocol(reader, closed)
        secure = {"ssl": self._context, "ssl_handshake_timeout": self._limits.handshake_seconds} if self._context else {}
        self._opening.add(task)
        try:
            with contextlib.ExitStack() as unfinished:
                unfinished.callback(connection.close)
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, connection, **secure)
                unfinished.pop_all()
        except OSError as error:
            words = error.strerror or str(error) or type(error).__name__
            self._log(Said("handshake", f"connection closed before it began: {words}", address=address))
            return None
        except asyncio.CancelledError:
            return None  # only `close` does that
        finally:
            self._opening.discard(task)
        transport.set_write_buffer_limits(self._limits.buffer_bytes)
        limit_reading = getattr(transport, "set_read_buffer_limits", None)  # of TLS: what is not deciphered yet (Python 3.11 on)
        if limit_reading is not None:
            limit_reading(self._limits.buffer_bytes)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
