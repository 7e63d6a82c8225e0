"""The terminal's TCP connections on the bench: real sockets, watched at the level of the bytes that leave.

Every step is counted and told as {"ev": "net"}, and can be the moment of a power cut:
`open` `opened` · `send` `send-half` `sent` for each write · `got` for each read that brought bytes · `close`.
Without Wi-Fi nothing opens, and what is open stands still.

To the firmware they are sockets of the ESP32 port (ports/esp32/modsocket.c over lwIP): poll() tells only what was asked
for, a connection that fails is writable like one that stands and differs by POLLHUP alone, and errors have newlib's
numbers.  Not modelled: how long lwIP goes on trying to connect.
"""

import asyncio
import io
import select
from errno import ECONNABORTED, ECONNRESET, EHOSTUNREACH, ENOTCONN

import usocket

from chips import cut as cuts

_EAI_FAIL = -202  # lwIP's netdb.h
_EBADF = 9
_ELSEWHERE = "203.0.113.1"  # TEST-NET-3, RFC 5737: what a name leads to is never a neighbour
_AGAIN_MS = 100
_POLL = 3
_CLOSE = 4
_NVAL = 32
# What Linux says -> what lwIP says on the port.  A peer that refuses or resets is "reset", one that was tried for too long
# "aborted" (lwIP: ERR_RST and ERR_ABRT, api/err.c).
_LINUX_EINPROGRESS = 115
_LINUX_ECONNREFUSED = 111
_NUMBERS = {
    32: ECONNRESET,
    101: EHOSTUNREACH,
    103: ECONNABORTED,
    104: ECONNRESET,
    107: ENOTCONN,
    110: ECONNABORTED,
    111: ECONNRESET,
    113: EHOSTUNREACH,
}


class Wire(io.IOBase):
    """A non-blocking socket of the terminal, connected or refused: `failed` is then the error of its first use."""

    def __init__(self, world, socket, failed: int = 0):
        self._world = world
        self._socket = socket
        self._failed = failed
        self.secured = False  # by TLS, which has memory of its own
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
        count = self._done(self._socket.readinto, buffer)
        if count is not None:
            step(self._world, "got", count)
        return count

    def _done(self, action, data):
        """What `action(data)` of the socket gives; its error in the port's numbers."""
        if self._failed:
            raise OSError(self._failed)
        try:
            return action(data)
        except OSError as error:
            raise OSError(port_number(error))

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
            done = self._done(self._socket.write, memoryview(data)[:half])
            if done is None:
                return None
            step(world, "send-half", done)
        if done == half:
            more = self._done(self._socket.write, memoryview(data)[half:])
            if more is None and not done:
                return None
            done += more or 0
        step(world, "sent", done)
        return done

    def ioctl(self, request, argument):
        if request == _POLL:
            if not self._socket:
                return _NVAL
            if self._world.station.connected():
                self._poll.modify(self._socket, argument & (select.POLLIN | select.POLLOUT))
                for _, event in self._poll.ipoll(0):
                    if event & (select.POLLERR | select.POLLHUP):
                        # A broken connection can be read and written (to learn the error), and is "exceptional".
                        event = select.POLLIN | select.POLLOUT | select.POLLHUP
                    return event & argument
            return 0
        if request == _CLOSE:
            self.close()
            return 0
        return -1

    def close(self) -> None:
        socket, self._socket = self._socket, None
        if socket:
            if self.secured:
                self._world.memory.give_back("tls")
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


def port_number(error: OSError) -> int:
    """The number that the ESP32 port has for an error of this computer's sockets."""
    return _NUMBERS.get(error.errno, error.errno)


def watch(world) -> None:
    """Replace asyncio.open_connection: every connection of the terminal goes through a Wire."""

    async def open_connection(host, port, ssl=None, server_hostname=None):
        if not world.station.connected():
            raise OSError(EHOSTUNREACH if _is_address(host) else _EAI_FAIL)
        step(world, "open", 0)
        if not _is_address(host) and not world.lan.resolves():
            raise OSError(_EAI_FAIL)
        while not world.lan.connects(host if _is_address(host) else _ELSEWHERE):
            await asyncio.sleep_ms(_AGAIN_MS)  # lwIP sends its request again and again
        wire = Wire(world, *(await (_connected("127.0.0.1", world.route) if world.route else _connected(host, port))))
        step(world, "opened", 0)
        if ssl:
            world.memory.take("tls")
            wire.secured = True
            wire = ssl.wrap_socket(wire, server_hostname=server_hostname or host, do_handshake_on_connect=False)
            wire.setblocking(False)
        stream = asyncio.StreamReader(wire)
        return stream, stream

    asyncio.open_connection = open_connection


async def _connected(host, port: int):
    """(socket, error): as asyncio does it, one that was refused comes back like one that stands, with its error."""
    try:
        family, kind, protocol, _, address = usocket.getaddrinfo(host, port, 0, usocket.SOCK_STREAM)[0]
    except OSError:
        raise OSError(_EAI_FAIL)
    socket = usocket.socket(family, kind, protocol)
    socket.setblocking(False)
    try:
        socket.connect(address)
    except OSError as error:
        if error.errno == _LINUX_ECONNREFUSED:  # from this computer at once, from lwIP after a while
            return socket, port_number(error)
        if error.errno != _LINUX_EINPROGRESS:
            raise OSError(port_number(error))
        yield asyncio.core._io_queue.queue_write(socket)
    return socket, 0


def _is_address(host: str) -> bool:
    return all(digit in "0123456789." for digit in host)
