"""The room's host for boards: what listens on 127.0.0.1 for the bench listens on another address too, where a board can reach it.

Only TLS and the time are let through; the host itself does not notice where a connection comes from.
"""

import asyncio
import contextlib

from acquirer.ledger import system_clock
from acquirer.sntp import SntpServer

from .errors import DeskError

_HERE = "127.0.0.1"
_CHUNK = 4096


class BoardLine:
    """On one IPv4 address of this computer; `ports` are those of the host on 127.0.0.1 and, if they are free, of this too."""

    def __init__(self, address: str, ports: dict[str, int], clock=system_clock):
        self.address = address
        self._inner = ports["tls"]
        self._wanted = dict(ports)
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._time: asyncio.DatagramTransport | None = None
        self._talks: set[asyncio.Task] = set()
        self.ports: dict[str, int] = {}

    async def start(self) -> "BoardLine":
        """Listen.  Raises DeskError when the address is none of this computer's, or its ports are taken."""
        try:
            self._server = await self._listening(self._wanted["tls"])
            self.ports["tls"] = self._server.sockets[0].getsockname()[1]
            self._time = await self._telling(self._wanted["sntp"])
            self.ports["sntp"] = self._time.get_extra_info("sockname")[1]
        except OSError as error:
            await self.stop()
            why = error.strerror or str(error)
            raise DeskError(
                f"address {self.address}: cannot listen there: {why}", 409, f"无法在 {self.address} 上监听：{why}"
            ) from None
        return self

    async def _listening(self, port: int) -> asyncio.Server:
        """There, or on any port that is free."""
        with contextlib.suppress(OSError):
            return await asyncio.start_server(self._serve, self.address, port)
        return await asyncio.start_server(self._serve, self.address, 0)

    async def _telling(self, port: int) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            return (await loop.create_datagram_endpoint(lambda: SntpServer(self._clock), (self.address, port)))[0]
        return (await loop.create_datagram_endpoint(lambda: SntpServer(self._clock), (self.address, 0)))[0]

    async def stop(self) -> None:
        """Hang up and close."""
        if self._server:
            self._server.close()
        if self._time:
            self._time.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._talks.add(task)
        try:
            with contextlib.suppress(OSError):
                inner_reader, inner_writer = await asyncio.open_connection(_HERE, self._inner)
                try:
                    await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
                finally:
                    inner_writer.close()
        finally:
            writer.close()
            self._talks.discard(task)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side hangs up; then the other is hung up too."""
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
