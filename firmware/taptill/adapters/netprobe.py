"""ports.Net: what a station can find out about the network around it.

Source: RFC 792 (echo), RFC 1071 (checksum), RFC 1035, 4.1 (a question to a name server).
"""

import asyncio
import os
import select
import socket
import struct
from time import ticks_diff, ticks_ms

from ..core.errors import LinkDown
from .linkwords import kind, words
from .tcp import open_tcp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from ..drivers.wifi import Wifi


_ICMP = 1
_ECHO_REQUEST = 8
_ECHO_REPLY = 0
_PING_MS = 500
_PAUSE_MS = 50
_DNS_PORT = 53
_DNS_MS = 2000
_RCODE = 15  # in the fourth byte of an answer; bytes 6 and 7 count its records
_LOOK_MS = 10
_CLOSE_MS = 1000


class NetProbe:
    """`wifi` is a drivers.wifi.Wifi; `connect_ms` the patience for a connection."""

    def __init__(self, wifi: "Wifi", connect_ms: int):
        self._wifi = wifi
        self._connect_ms = connect_ms

    def level(self) -> int:
        return self._wifi.rssi()

    def addresses(self) -> "tuple[str, str, str, str]":
        return self._wifi.addresses()

    def address_before(self) -> str:
        return self._wifi.address_before

    def since(self, then: "int | None" = None) -> int:
        return ticks_ms() if then is None else ticks_diff(ticks_ms(), then)

    async def ping(self, address: str, count: int) -> "tuple[int, int]":
        mark = os.urandom(2)
        answers = quickest = 0
        sock = None
        try:
            place = socket.getaddrinfo(address, 1)[0][-1]
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, _ICMP)
            sock.setblocking(False)
            for number in range(count):
                began = ticks_ms()
                sock.sendto(_echo(mark, number), place)
                wanted = struct.pack(">BB", _ECHO_REPLY, 0), mark + struct.pack(">H", number)
                # Before the ICMP message stands the IP header, whose length is in its first byte.
                if await _heard(sock, _PING_MS, lambda got: _fits(got, wanted)):
                    gone = ticks_diff(ticks_ms(), began)
                    quickest = gone if not answers else min(gone, quickest)
                    answers += 1
                await asyncio.sleep_ms(_PAUSE_MS)
        except OSError as error:
            print("ping:", words(error))  # what could not be sent had no answer
        finally:
            if sock:
                sock.close()
        return answers, quickest

    async def resolve(self, name: str, server: str) -> str:
        try:
            place = socket.getaddrinfo(name, 1)[0][-1]
        except OSError as error:
            if kind(error) == LinkDown.NAME and not await self._unknown(server, name):
                raise LinkDown("name server " + server + " is silent", False, LinkDown.NAME_SERVER)
            raise LinkDown("host: " + words(error), False, kind(error))
        return place[0]

    async def reach(self, address: str, port: int) -> int:
        began = ticks_ms()
        writer: "Any" = None
        try:
            _, writer = await asyncio.wait_for_ms(open_tcp(address, port), self._connect_ms)
            return ticks_diff(ticks_ms(), began)
        except asyncio.TimeoutError:
            raise LinkDown("host: no connection within %d s" % (self._connect_ms // 1000), False, LinkDown.SILENT)
        except (OSError, MemoryError) as error:
            raise LinkDown("host: " + words(error), False, kind(error))
        finally:
            if writer is not None:
                writer.close()
                try:
                    await asyncio.wait_for_ms(writer.wait_closed(), _CLOSE_MS)
                except (OSError, asyncio.TimeoutError):
                    pass  # the other side is gone already: closed is closed

    async def _unknown(self, server: str, name: str) -> bool:
        """Does the name server say that there is no such name?  getaddrinfo has one number for this and for its silence."""
        mark = os.urandom(2)
        sock = None
        try:
            place = socket.getaddrinfo(server, _DNS_PORT)[0][-1]
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            sock.sendto(_question(mark, name), place)
            return await _heard(sock, _DNS_MS, lambda got: got[:2] == mark and _has_none(got))
        except OSError:
            return False  # the question could not even be sent
        finally:
            if sock:
                sock.close()


async def _heard(sock: "Any", timeout_ms: int, fits: "Callable[[bytes], bool]") -> bool:
    """Has a datagram come that fits?  All others are passed over."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    began = ticks_ms()
    while ticks_diff(ticks_ms(), began) < timeout_ms:
        for _ in poll.ipoll(0):
            if fits(sock.recv(128)):
                return True
        await asyncio.sleep_ms(_LOOK_MS)
    return False


def _echo(mark: bytes, number: int) -> bytes:
    body = mark + struct.pack(">H", number) + b"TapTill "
    return struct.pack(">BBH", _ECHO_REQUEST, 0, _checksum(struct.pack(">BBH", _ECHO_REQUEST, 0, 0) + body)) + body


def _fits(got: bytes, wanted: "tuple[bytes, bytes]") -> bool:
    at = 4 * (got[0] & 15)
    return (got[at : at + 2], got[at + 4 : at + 8]) == wanted


def _checksum(data: bytes) -> int:
    total = 0
    for at in range(0, len(data), 2):
        total += data[at] << 8 | data[at + 1]
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def _has_none(answer: bytes) -> bool:
    """Does an answer of a name server bring an error, or no record?"""
    return answer[3] & _RCODE != 0 or answer[6:8] == b"\x00\x00"


def _question(mark: bytes, name: str) -> bytes:
    """One question, type A, class IN, recursion desired."""
    labels = b"".join([bytes((len(label),)) + label.encode() for label in name.split(".") if label])
    return mark + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00\x00\x01\x00\x01"
