"""A small SNTP server (RFC 4330), so that a terminal on an isolated bench has a time source."""

import asyncio

_EPOCH_1900 = 2208988800


def answer(request: bytes, seconds: float) -> "bytes | None":
    """The 48-byte answer of mode 4, None when `request` is not a client's; `seconds` since 1970."""
    if len(request) < 48 or request[0] & 7 != 3:
        return None
    ticks = (int(seconds) + _EPOCH_1900 & 0xFFFFFFFF) << 32 | int(seconds % 1 * (1 << 32))
    now = ticks.to_bytes(8, "big")
    version = request[0] >> 3 & 7
    head = bytes([version << 3 | 4, 1, request[2], 0xEC]) + bytes(8) + b"LOCL"
    return head + now + request[40:48] + now + now


class SntpServer(asyncio.DatagramProtocol):
    """Answers every client datagram from `clock() -> aware datetime`."""

    def __init__(self, clock):
        self._clock = clock
        self._transport = None

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        reply = answer(data, self._clock().timestamp())
        if reply is not None:
            self._transport.sendto(reply, addr)
