"""MicroPython's `socket` on the bench: real sockets, but names resolve only while the terminal has Wi-Fi."""

import machine
from usocket import *
from usocket import getaddrinfo as _getaddrinfo

_EAI_FAIL = -202  # lwIP's code


def getaddrinfo(host, port, *rest):
    if not machine.world().station.connected():
        raise OSError(_EAI_FAIL)
    return _getaddrinfo(host, port, *rest)
