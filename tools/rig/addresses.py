"""Addresses that servers listen on."""

import contextlib
import ipaddress
import socket

_ELSEWHERE = ("192.0.2.1", 9)  # of nobody (RFC 5737); a datagram socket only asks which way leads there, and sends nothing


def is_loopback(bind: str) -> bool:
    """Can only this computer reach an address?"""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


def in_the_network() -> list[str]:
    """IPv4 addresses by which others can reach this computer, the one on the way to the internet first."""
    found: list[str] = []
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(_ELSEWHERE)
        found.append(asking.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [each[4][0] for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [each for each in dict.fromkeys(found) if not is_loopback(each) and each != "0.0.0.0"]
