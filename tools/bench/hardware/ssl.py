"""MicroPython's `ssl` on the bench: the real one, with a clock like the ESP32's.

Below the ESP32 port, mbedTLS asks the port's clock whether each certificate of the chain is valid today, the trusted
one too (ports/esp32/main.c; mbedTLS, x509_crt.c).  Here it would ask this computer's clock, which is right; so the dates
are held against the terminal's own RTC as well, in mbedTLS's words.

Not modelled: a refused certificate ends the handshake without an alert to the host, and its dates are told alone,
although mbedTLS would add what else it dislikes.  A certificate that is refused for this computer's date is refused too.
"""

import time

import tls
from tls import *

_BEGUN = "The certificate validity starts in the future\n"
_OVER = "The certificate validity has expired\n"
_CONTEXT_0 = 0xA0  # [0], constructed
_UTC_TIME = 0x17


class SSLContext:
    def __init__(self, *arguments):
        self._context = tls.SSLContext(*arguments)
        self._context.verify_callback = _in_its_time

    @property
    def verify_mode(self):
        return self._context.verify_mode

    @verify_mode.setter
    def verify_mode(self, value):
        self._context.verify_mode = value

    def load_verify_locations(self, cafile=None, cadata=None):
        self._context.load_verify_locations(cadata)

    def wrap_socket(self, sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None):
        return self._context.wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            server_hostname=server_hostname,
        )


def _in_its_time(certificate, depth: int) -> int:
    begins, ends = validity(certificate)
    now = "%04d%02d%02d%02d%02d%02d" % time.gmtime()[:6]
    if now > ends:
        raise ValueError(_OVER)
    if now < begins:
        raise ValueError(_BEGUN)
    return 0


def validity(der):
    """(begins, ends) of a certificate, both YYYYMMDDhhmmss in UTC (RFC 5280, 4.1)."""
    at, _ = _value(der, 0)  # Certificate
    at, _ = _value(der, at)  # TBSCertificate
    if der[at] == _CONTEXT_0:  # version
        at = _after(der, at)
    for _ in range(3):  # serialNumber, signature, issuer
        at = _after(der, at)
    at, _ = _value(der, at)
    return _moment(der, at), _moment(der, _after(der, at))


def _value(der, at: int):
    """(offset, length) of the value of the element at `at`."""
    length = der[at + 1]
    if length < 0x80:
        return at + 2, length
    count = length & 0x7F
    return at + 2 + count, int.from_bytes(bytes(der[at + 2 : at + 2 + count]), "big")


def _after(der, at: int) -> int:
    start, length = _value(der, at)
    return start + length


def _moment(der, at: int) -> str:
    start, length = _value(der, at)
    text = bytes(der[start : start + length]).decode().rstrip("Z")
    if der[at] == _UTC_TIME:
        text = ("19" if text >= "50" else "20") + text
    return text
