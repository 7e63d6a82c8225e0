"""A hand on the wire: a relay between one terminal and the host, by somebody who has no key and changes one answer.

The terminal's access point leads its connections here.  Over plain TCP he sees messages, and forges one (forge.py).  Over TLS he
sees records and tries the same blindly: he changes bits of the first answer to a message.
"""

import asyncio
from collections.abc import Callable

from .forge import Forged, approve

_APPLICATION_DATA = 0x17  # RFC 8446, 5.1; RFC 5246, 6.2.1
_HEADER = 5
_LONG = 120  # bytes of a record: a financial message and not the end of a handshake
_FLIPS = ((16, 0x05), (24, 0x01))  # the masks of a decline that becomes an approval, at a guessed place


class Hand:
    """`target()` is (port of the host that the terminal means, is it TLS); `struck(Forged or None)` hears of the one answer
    that was changed: None of a record that could not be read.
    """

    def __init__(self, target: Callable[[], tuple[int, bool]], struck: Callable[[Forged | None], None]):
        self._target, self._struck = target, struck
        self._server: asyncio.Server | None = None
        self._tasks: set = set()
        self.armed = False

    async def lay(self) -> int:
        """Wait for an answer to change; the port to which connections have to be led."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.armed = True
        return self._server.sockets[0].getsockname()[1]

    async def away(self) -> None:
        """Off the wire."""
        self.armed = False
        server, self._server = self._server, None
        if server:
            server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port, secure = self._target()
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()  # nobody is at home there: as if he had not opened
            self._tasks.discard(task)
            return
        line = _Line(self, secure)
        try:
            await asyncio.gather(_pass(reader, back, line.asked), _pass(there, writer, line.answered))
        finally:
            writer.close()
            back.close()
            self._tasks.discard(task)

    def strike(self, forged: Forged | None) -> None:
        """The one answer has been changed."""
        self.armed = False
        self._struck(forged)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[bytes], bytes]) -> None:
    """Everything from one side to the other, as `seen(data)` gives it back, until that side hangs up."""
    try:
        while data := await reader.read(4096):
            writer.write(seen(data))
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()  # the other side learns of it so


class _Line:
    """One connection: cuts the answers into messages or records, and lets the hand at them."""

    def __init__(self, hand: Hand, secure: bool):
        self._hand, self._secure = hand, secure
        self._asked = b""
        self._held = b""
        self._message_sent = False

    def asked(self, data: bytes) -> bytes:
        """What the terminal sends goes on as it is."""
        if self._secure and not self._message_sent:
            self._asked += data
            records, self._asked = _cut(self._asked, _record_size)
            self._message_sent = any(record[0] == _APPLICATION_DATA and len(record) > _LONG for record in records)
        return data

    def answered(self, data: bytes) -> bytes:
        """What the host sends, whole messages or records at a time."""
        self._held += data
        parts, self._held = _cut(self._held, _record_size if self._secure else _message_size)
        return b"".join(self._changed(part) for part in parts)

    def _changed(self, part: bytes) -> bytes:
        hand = self._hand
        if not hand.armed:
            return part
        if not self._secure:
            forged = approve(part[2:])
            if forged is None:
                return part
            hand.strike(forged)
            return part[:2] + forged.frame
        if part[0] != _APPLICATION_DATA or not self._message_sent:
            return part
        changed = bytearray(part)
        for at, mask in _FLIPS:
            changed[_HEADER + at % (len(part) - _HEADER)] ^= mask
        hand.strike(None)
        return bytes(changed)


def _message_size(data: bytes) -> int:
    return 2 + int.from_bytes(data[:2], "big")


def _record_size(data: bytes) -> int:
    return _HEADER + int.from_bytes(data[3:5], "big")


def _cut(data: bytes, size_of: Callable[[bytes], int]) -> tuple[list[bytes], bytes]:
    """(the whole parts, what is left behind them)."""
    parts = []
    while len(data) >= _HEADER and len(data) >= size_of(data):
        parts.append(data[: size_of(data)])
        data = data[size_of(data) :]
    return parts, data
