"""One connection of a terminal to the host, as it is seen from the terminal."""

import asyncio
import ssl
from typing import NamedTuple

from acquirer.profiles.cn_pos import wire
from acquirer.wire import CountingReader, WireError, connected
from rig.failures import reason


class Lost(Exception):
    """No answer: the line is gone, could not be had, or said nothing in time."""


class Address(NamedTuple):
    """Where the host listens; `context` is that of TLS, None for plain TCP."""

    host: str
    port: int
    context: "ssl.SSLContext | None" = None

    async def connect(self, patience: float) -> "Line":
        """A new connection.  Raises Lost."""
        try:
            return Line(*await asyncio.wait_for(connected(self.host, self.port, self.context), patience))
        except asyncio.TimeoutError:
            raise Lost("cannot connect in time") from None
        except OSError as error:
            raise Lost(f"cannot connect: {reason(error)}") from None


class Line:
    """An open connection."""

    def __init__(self, reader: CountingReader, writer: asyncio.StreamWriter):
        self._reader, self._writer = reader, writer

    def send(self, *bodies: bytes) -> None:
        """Send messages (TPDU … F64) without waiting for anything."""
        self._writer.write(b"".join(map(wire.frame, bodies)))

    async def receive(self, patience: float) -> bytes:
        """The next answer, TPDU … F64.  Raises Lost."""
        try:
            body = await wire.read_frame(self._reader, patience, patience)
        except asyncio.TimeoutError:
            raise Lost("no answer in time") from None
        except (OSError, WireError) as error:
            raise Lost(reason(error) if isinstance(error, OSError) else str(error)) from None
        if body is None:
            raise Lost("the host has hung up")
        return body

    async def hang_up(self, flush: bool = False) -> None:
        """Close it; `flush`: what was sent leaves before that."""
        try:
            if flush:
                await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()
        except OSError:
            pass  # the host was faster: it is closed all the same
