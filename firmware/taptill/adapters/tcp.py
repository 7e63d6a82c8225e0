"""A TCP connection that is known to stand.

On the ESP32 a connection that was refused is writable like one that stands, and poll() tells the difference only when
it is asked for POLLHUP (ports/esp32/modsocket.c).  It must be told before anything is sent: what was never sent is owed
no reversal.
"""

import asyncio
import select
from errno import ECONNABORTED, ECONNREFUSED, ECONNRESET, ETIMEDOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_STEP_MS = 5


async def open_tcp(host: str, port: int):
    """(reader, writer) over a socket that is connected.  Raises OSError, of the names ECONNREFUSED and ETIMEDOUT too."""
    reader, writer = await asyncio.open_connection(host, port)
    socket: "Any" = writer.s  # type: ignore[attr-defined]
    try:
        await _connected(socket)
    except BaseException:
        socket.close()
        raise
    return reader, writer


async def _connected(socket: "Any") -> None:
    poll = select.poll()
    poll.register(socket, select.POLLOUT | select.POLLHUP | select.POLLERR)
    while True:
        for _, event in poll.ipoll(0):
            if event != select.POLLOUT:
                raise OSError(_why(socket))
            return
        await asyncio.sleep_ms(_STEP_MS)


def _why(socket: "Any") -> int:
    """The error that waits in a socket whose connection failed: reading brings it out."""
    try:
        socket.readinto(bytearray(1))
    except OSError as error:
        # lwIP says "reset" of a host that refuses, and "aborted" when it has tried for long enough.
        if error.errno == ECONNABORTED:
            return ETIMEDOUT
        if error.errno != ECONNRESET:
            return error.errno or ECONNREFUSED
    return ECONNREFUSED
