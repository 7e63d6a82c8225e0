"""The terminal's TCP connections on the bench: real sockets, watched at the level of the bytes that leave.

Every step is counted and told as {"ev": "net"}, and can be the moment of a power cut:
`open` `opened` · `send` `send-half` `sent` for each write · `got` for each read that brought bytes · `close`.
Without Wi-Fi nothing opens, and what is open stands still.
"""

import asyncio
import io
import select

from chips import cut as cuts

_EHOSTUNREACH = 118  # lwIP's number
_EBADF = 9
_POLL = 3
_CLOSE = 4


class Wire(io.IOBase):
    """A connected, non-blocking socket of the terminal."""

    def __init__(self, world, socket):
        self._world = world
        self._socket = socket
        socket.setsockopt(6, 1, 1)  # TCP_NODELAY: the halves of a write are this model's doing and must not cost time
        self._poll = select.poll()
        self._poll.register(socket, select.POLLIN | select.POLLOUT)

    def setblocking(self, flag) -> None:
        self._socket.setblocking(flag)

    def close(self) -> None:
        self.ioctl(_CLOSE, 0)

    def readinto(self, buffer):
        if not self._socket:
            raise OSError(_EBADF)
        if not self._world.station.connected():
            return None
        count = self._socket.readinto(buffer)
        if count is not None:
            step(self._world, "got", count)
        return count

    def read(self, count=-1):
        """As a stream of MicroPython: None while nothing is there."""
        buffer = bytearray(256 if count < 0 else count)
        got = self.readinto(buffer)
        return None if got is None else bytes(buffer[:got])

    def write(self, data, *span):
        world = self._world
        if not self._socket:
            raise OSError(_EBADF)
        if not world.station.connected():
            return None
        if span:
            data = data[: span[0]]
        step(world, "send", len(data))
        half = len(data) // 2
        done = 0
        if half:
            done = self._socket.write(memoryview(data)[:half])
            if done is None:
                return None
            step(world, "send-half", done)
        if done == half:
            more = self._socket.write(memoryview(data)[half:])
            if more is None and not done:
                return None
            done += more or 0
        step(world, "sent", done)
        return done

    def ioctl(self, request, argument):
        if request == _POLL:
            if self._socket and self._world.station.connected():
                self._poll.modify(self._socket, argument)
                for _, event in self._poll.ipoll(0):
                    return event
            return 0
        if request == _CLOSE:
            self.close()
            return 0
        return -1

    def close(self) -> None:
        socket, self._socket = self._socket, None
        if socket:
            step(self._world, "close", 0)
            self._poll.unregister(socket)
            socket.close()


def step(world, name: str, size: int) -> None:
    """Count one network step; the power may fail at it."""
    how = world.step(cuts.NET)
    if world.traced("net"):
        world.send({"ev": "net", "step": name, "n": world.cut.counts[cuts.NET], "bytes": size})
    if how:
        world.power_cut("cut at network step " + name)


def watch(world) -> None:
    """Replace asyncio.open_connection: every connection of the terminal goes through a Wire."""
    original = asyncio.open_connection

    async def open_connection(host, port, ssl=None, server_hostname=None):
        if not world.station.connected():
            raise OSError(_EHOSTUNREACH)
        step(world, "open", 0)
        plain, _ = await original(host, port)
        wire = Wire(world, plain.s)
        step(world, "opened", 0)
        if ssl:
            wire = ssl.wrap_socket(wire, server_hostname=server_hostname or host, do_handshake_on_connect=False)
            wire.setblocking(False)
        stream = asyncio.StreamReader(wire)
        return stream, stream

    asyncio.open_connection = open_connection
