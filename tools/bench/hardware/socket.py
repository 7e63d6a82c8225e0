"""MicroPython's `socket` on the bench, as the ESP32 port has it: addresses are (dotted, port), and names resolve only while the
terminal has Wi-Fi and a name server.

Connections are bench/wire.py's.  Here are the sockets without one: UDP goes to this computer's network, but for questions to the
name server of the model (chips.lan), and echo requests (SOCK_RAW) go to the model alone.  lwIP hands a raw socket the whole
packet, IP header first.
"""

import io
import struct

import machine
import usocket
from usocket import AF_INET, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM

_EAI_FAIL = -202  # lwIP's code
_EAGAIN = 11
_POLL = 3
_POLLIN = 1
_POLLOUT = 4
_CLOSE = 4
_DNS_PORT = 53
_ECHO_REPLY = 0
_ICMP = 1
_IP_HEADER = struct.pack(">BBHHHBBHII", 0x45, 0, 0, 0, 0, 64, _ICMP, 0, 0, 0)
# The name server's answers behind their first two bytes (RFC 1035, 4.1.1): flags with the RCODE, and the four counts.
_NO_SUCH_NAME = b"\x81\x83\x00\x01\x00\x00\x00\x00\x00\x00"
_FOUND = b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"


def getaddrinfo(host, port, *rest):
    world = machine.world()
    if not world.station.connected() or not (_is_address(host) or world.lan.resolves()):
        raise OSError(_EAI_FAIL)
    try:
        place = usocket.getaddrinfo(host, port, AF_INET, SOCK_STREAM)[0][-1]
    except OSError:
        raise OSError(_EAI_FAIL)  # below lwIP every failure of a name has this number
    _, address, port = usocket.sockaddr(place)[:3]
    return [(AF_INET, SOCK_STREAM, 0, host, ("%d.%d.%d.%d" % tuple(address), port))]


def _is_address(host) -> bool:
    return all(digit in "0123456789." for digit in host)


def _known(question) -> bool:
    """Does this computer know the name that is asked for?"""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode())
        at += 1 + question[at]
    try:
        return bool(usocket.getaddrinfo(".".join(labels), 1))
    except OSError:
        return False


class socket(io.IOBase):
    def __init__(self, family=AF_INET, kind=SOCK_STREAM, protocol=0):
        if kind == SOCK_STREAM or (kind == SOCK_RAW and protocol != _ICMP):
            raise ValueError("not modelled")
        self._socket = None if kind == SOCK_RAW else usocket.socket(family, kind)
        self._heard = []  # what the model has answered

    def setblocking(self, flag) -> None:
        if self._socket:
            self._socket.setblocking(flag)

    def sendto(self, data, place) -> int:
        address, port = place
        world = machine.world()
        lan = world.lan
        if not world.station.connected():
            return len(data)  # lwIP takes it and drops it
        if not self._socket:
            if lan.echo(address):
                self._heard.append(_IP_HEADER + bytes((_ECHO_REPLY,)) + data[1:])
        elif port == _DNS_PORT and address == lan.lease[3]:
            if lan.resolves():
                self._heard.append(data[:2] + (_FOUND if _known(data) else _NO_SUCH_NAME) + data[12:])
        else:
            self._socket.sendto(data, usocket.getaddrinfo(address, port)[0][-1])
        return len(data)

    def recv(self, size):
        if self._heard:
            return self._heard.pop(0)[:size]
        if not self._socket:
            raise OSError(_EAGAIN)
        return self._socket.recv(size)

    def ioctl(self, request, argument):
        if request == _POLL:
            return argument & (_POLLOUT | (_POLLIN if self._heard else 0))
        if request == _CLOSE:
            socket, self._socket = self._socket, None
            if socket:
                socket.close()
            return 0
        return -1

    def close(self) -> None:
        self.ioctl(_CLOSE, 0)
