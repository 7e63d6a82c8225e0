"""TLS whose handshake is finished before the first byte of a request may leave.

MicroPython's stream completes the handshake inside the first write, where a refused certificate can no longer be
told from a broken send.  Here the records of the socket are watched while the handshake runs (RFC 5246: it is over
for the client when the server's ChangeCipherSpec has been followed by its encrypted Finished), so that the request is
sent over a link that is known to stand, and the event loop stays free meanwhile.
"""

import asyncio
import io
import select
import ssl

from .tcp import open_tcp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..core.kinds import Buffer


_STEP_MS = 2
_CLOSED = -0x7280  # mbedTLS: the other side has hung up
_CHANGE_CIPHER_SPEC = 20
_HANDSHAKE = 22
_APPLICATION_DATA = 23
_IOCTL_POLL = 3
_IOCTL_CLOSE = 4


def context_of(ca: "bytes | None"):
    """Client context that trusts `ca` (DER) alone.  Raises ValueError when that is no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=ca)
    return context


def is_certificate(ca: "bytes | None") -> bool:
    """Can `ca` (DER) be read as one?"""
    try:
        context_of(ca or b"")
    except (ValueError, OSError):
        return False
    return True


async def open_tls(host: str, port: int, ca: "bytes | None", name: str):
    """(reader, writer) of a connection whose peer has shown a certificate of `ca` (DER) for `name`.

    Raises OSError or ValueError (mbedTLS's words for a wrong name or chain).
    """
    context = context_of(ca)
    plain, _ = await open_tcp(host, port)
    watch = _RecordWatch(plain.s)
    try:
        secure = context.wrap_socket(watch, server_hostname=name, do_handshake_on_connect=False)
        secure.setblocking(False)
        nothing = bytearray(1)
        while not watch.finished:
            # Reading drives the handshake; there is no application data to read before it is over.
            if secure.readinto(nothing) == 0:
                raise OSError(_CLOSED)
            if not watch.finished:
                await asyncio.sleep_ms(_STEP_MS)
    except BaseException:
        plain.s.close()
        raise
    stream = asyncio.StreamReader(secure)
    return stream, stream


class _RecordWatch(io.IOBase):
    """A socket that passes everything through and follows the TLS record headers that come in."""

    def __init__(self, socket: "Any"):
        self._socket = socket
        self._poll = select.poll()
        self._poll.register(socket, select.POLLIN)
        self._header = bytearray(5)
        self._have = 0
        self._left = 0
        self._ciphered = False
        self.finished = False

    def setblocking(self, flag: bool) -> None:
        self._socket.setblocking(flag)

    def readinto(self, buffer: "Buffer"):
        count = self._socket.readinto(buffer)
        if count and not self.finished:
            self._follow(buffer, count)
        return count

    def write(self, data: "Buffer"):
        return self._socket.write(data)

    def ioctl(self, request: "Buffer", argument: "Any"):
        if request == _IOCTL_POLL:
            self._poll.modify(self._socket, argument)
            for _, event in self._poll.ipoll(0):
                return event
            return 0
        if request == _IOCTL_CLOSE:
            self._socket.close()
            return 0
        return -1

    def _follow(self, buffer: "Buffer", count: int) -> None:
        at = 0
        while at < count:
            if self._left:
                step = min(self._left, count - at)
                self._left -= step
                at += step
                if not self._left and self._ciphered and self._header[0] in (_HANDSHAKE, _APPLICATION_DATA):
                    self.finished = True
                continue
            self._header[self._have] = buffer[at]
            self._have += 1
            at += 1
            if self._have == 5:
                self._have = 0
                self._left = self._header[3] << 8 | self._header[4]
                # TLS 1.3 hides its handshake in application records: then the first one is taken as the sign.
                if self._header[0] in (_CHANGE_CIPHER_SPEC, _APPLICATION_DATA):
                    self._ciphered = True
