"""What went wrong on the way to the host, in words; and whether a certificate was to blame.

An OSError of a connection has a number of one of four layers: names (lwIP's netdb.h, negative), sockets (errno, also as a
negative number when TLS passes it on), TLS (mbedTLS's ssl.h and x509.h, large and negative), or no number at all.
"""

from errno import (
    EAGAIN,
    EBADF,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EHOSTUNREACH,
    EINVAL,
    ENOBUFS,
    ENOMEM,
    ENOTCONN,
    ETIMEDOUT,
)

from ..core.errors import LinkDown

_NAMES = {
    -2: "name cannot be resolved",
    -200: "name cannot be resolved",
    -201: "port is not known",
    -202: "name cannot be resolved",
    -203: "no memory for the name",
    -204: "name has no such address",
}

# Numbers that `errno` has no name for are newlib's, which the ESP32 port uses; its names, on whatever port, come after.
_SOCKETS = {
    16: "no memory for TLS",  # mbedTLS's -0x10, large numbers, as MicroPython passes it on
    23: "too many connections",
    32: "connection broken",
    110: "connection closed",
    114: "no route",
    115: "no network",
    117: "no route",
    125: "no address",
    127: "connected already",
}
_SOCKETS.update(
    {
        EBADF: "connection closed",
        EAGAIN: "no answer",
        ENOMEM: "no memory",
        EINVAL: "address not valid",
        ECONNABORTED: "connection broken off",
        ECONNRESET: "connection reset",
        ENOBUFS: "no memory",
        ENOTCONN: "not connected",
        ETIMEDOUT: "no answer",
        ECONNREFUSED: "connection refused",
        EHOSTUNREACH: "no route",
    }
)

# The upper part of mbedTLS's codes, without their sign; the lower seven bits say more than a person needs.
_TLS = {
    0x2700: "certificate refused",
    0x2880: "no memory for TLS",
    0x3F80: "no memory for TLS",
    0x4D80: "no memory for TLS",
    0x5180: "no memory for TLS",
    0x6180: "no memory for TLS",
    0x6800: "no answer in TLS",
    0x6E00: "no common TLS",
    0x6E80: "no common TLS",
    0x7180: "TLS record damaged",
    0x7200: "not a TLS host",
    0x7280: "connection closed",
    0x7700: "not a TLS host",
    0x7780: "TLS refused by the host",
    0x7880: "connection closed",
    0x7A00: "certificate cannot be read",
    0x7F00: "no memory for TLS",
}
_X509 = range(0x2080, 0x2880)  # before "no memory"; a file that cannot be opened is none of a link

# In mbedTLS's sentences about a certificate.
_EARLY = "starts in the future"
_VERDICTS = (
    ("not correctly signed", "certificate of another CA"),
    ("Common Name", "certificate for another name"),
    ("has expired", "certificate has expired"),
    (_EARLY, "certificate not valid yet"),
)


def words(error: Exception) -> str:
    """What `error` means, for a person: a few words, never a bare number."""
    if isinstance(error, EOFError):
        return "connection closed"
    if isinstance(error, MemoryError):
        return "no memory"
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], int):
        return _of_number(error.args[0])
    for part, verdict in _VERDICTS:
        if part in text:
            return verdict
    return text or "closed"


def kind(error: Exception) -> int:
    """LinkDown's kind of what broke while a link was being opened."""
    if isinstance(error, ValueError):
        lines = str(error).strip().split("\n")
        return LinkDown.EARLY if len(lines) == 1 and _EARLY in lines[0] else LinkDown.CERTIFICATE
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], int):
        if _upper(error.args[0]) in _X509:
            return LinkDown.CERTIFICATE
    return LinkDown.LINK


def _of_number(code: int) -> str:
    if code in _NAMES:
        return _NAMES[code]
    if -300 < code <= -200:
        return "name look-up error %d" % code
    if code > -256:
        return _SOCKETS.get(abs(code)) or "network error %d" % abs(code)
    upper = _upper(code)
    if upper in _TLS:
        return _TLS[upper]
    return "certificate cannot be read" if upper in _X509 else "TLS error -0x%04X" % -code


def _upper(code: int) -> int:
    return -code & 0xFF80 if code < 0 else 0
