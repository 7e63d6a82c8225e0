"""What went wrong on the way to the host: where on it, and in words.

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

_NO_NAME = (LinkDown.NAME, "name cannot be resolved")
_NAMES = {
    -2: _NO_NAME,
    -200: _NO_NAME,
    -201: (LinkDown.NAME, "port is not known"),
    -202: _NO_NAME,
    -203: (LinkDown.MEMORY, "no memory for the name"),
    -204: (LinkDown.NAME, "name has no such address"),
}

_NO_ROUTE = (LinkDown.ROUTE, "no route")
_NO_ANSWER = (LinkDown.SILENT, "no answer")
_NO_MEMORY = (LinkDown.MEMORY, "no memory")
_TLS_MEMORY = (LinkDown.MEMORY, "no memory for TLS")

# Numbers that `errno` has no name for are newlib's, which the ESP32 port uses; its names, on whatever port, come after.
_SOCKETS = {
    16: _TLS_MEMORY,  # mbedTLS's -0x10, large numbers, as MicroPython passes it on
    23: (LinkDown.MEMORY, "too many connections"),
    32: (LinkDown.LINK, "connection broken"),
    110: (LinkDown.LINK, "connection closed"),
    114: _NO_ROUTE,
    115: (LinkDown.ROUTE, "no network"),
    117: _NO_ROUTE,
    125: (LinkDown.ROUTE, "no address"),
    127: (LinkDown.LINK, "connected already"),
}
_SOCKETS.update(
    {
        EBADF: (LinkDown.LINK, "connection closed"),
        EAGAIN: _NO_ANSWER,
        ENOMEM: _NO_MEMORY,
        EINVAL: (LinkDown.NAME, "address not valid"),
        ECONNABORTED: (LinkDown.LINK, "connection broken off"),
        ECONNRESET: (LinkDown.LINK, "connection reset"),
        ENOBUFS: _NO_MEMORY,
        ENOTCONN: (LinkDown.LINK, "not connected"),
        ETIMEDOUT: _NO_ANSWER,
        ECONNREFUSED: (LinkDown.REFUSED, "connection refused"),
        EHOSTUNREACH: _NO_ROUTE,
    }
)

_HUNG_UP = (LinkDown.TLS, "connection closed")
_NO_COMMON = (LinkDown.TLS, "no common TLS")
_NO_TLS = (LinkDown.TLS, "not a TLS host")
_UNREADABLE = (LinkDown.CERTIFICATE, "certificate cannot be read")
# The upper part of mbedTLS's codes, without their sign; the lower seven bits say more than a person needs.
_TLS = {
    0x2700: (LinkDown.CERTIFICATE, "certificate refused"),
    0x2880: _TLS_MEMORY,
    0x3F80: _TLS_MEMORY,
    0x4D80: _TLS_MEMORY,
    0x5180: _TLS_MEMORY,
    0x6180: _TLS_MEMORY,
    0x6800: (LinkDown.SILENT, "no answer in TLS"),
    0x6E00: _NO_COMMON,
    0x6E80: _NO_COMMON,
    0x7180: (LinkDown.TLS, "TLS record damaged"),
    0x7200: _NO_TLS,
    0x7280: _HUNG_UP,
    0x7700: _NO_TLS,
    0x7780: (LinkDown.TLS, "TLS refused by the host"),
    0x7880: _HUNG_UP,
    0x7A00: _UNREADABLE,
    0x7F00: _TLS_MEMORY,
}
_X509 = range(0x2080, 0x2880)  # before "no memory"; a file that cannot be opened is none of a link

# In mbedTLS's sentences about a certificate, the gravest first: it says one after the other.
_VERDICTS = (
    ("not correctly signed", LinkDown.OTHER_CA, "certificate of another CA"),
    ("Common Name", LinkDown.OTHER_NAME, "certificate for another name"),
    ("has expired", LinkDown.EXPIRED, "certificate has expired"),
    ("starts in the future", LinkDown.EARLY, "certificate not valid yet"),
)


def words(error: Exception) -> str:
    """What `error` means, for a log: a few words, never a bare number."""
    return _found(error)[1]


def kind(error: Exception) -> int:
    """LinkDown's kind of what broke while a link was being opened."""
    return _found(error)[0]


def _found(error: Exception) -> "tuple[int, str]":
    if isinstance(error, EOFError):
        return LinkDown.LINK, "connection closed"
    if isinstance(error, MemoryError):
        return _NO_MEMORY
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], int):
        return _of_number(error.args[0])
    text = " ".join(str(error).split())
    for part, verdict, said in _VERDICTS:
        if part in text:
            return verdict, said
    return LinkDown.CERTIFICATE if isinstance(error, ValueError) else LinkDown.LINK, text or "closed"


def _of_number(code: int) -> "tuple[int, str]":
    if code in _NAMES:
        return _NAMES[code]
    if -300 < code <= -200:
        return LinkDown.NAME, "name look-up error %d" % code
    if code > -256:
        return _SOCKETS.get(abs(code)) or (LinkDown.LINK, "network error %d" % abs(code))
    upper = -code & 0xFF80
    if upper in _TLS:
        return _TLS[upper]
    return _UNREADABLE if upper in _X509 else (LinkDown.TLS, "TLS error -0x%04X" % -code)
