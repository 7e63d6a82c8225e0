"""What went wrong on the way to the host: where on it, and in words.

An OSError of a connection has a number of one of four layers: names (lwIP's netdb.h, negative), sockets (errno, also as a
negative number when TLS passes it on), TLS (mbedTLS's ssl.h and x509.h, large and negative), or no number at all.
"""

import errno

from ..core.errors import LinkDown

# A line a number: its layer, the number or its name in `errno`, the kind of LinkDown, the words.  One text, looked through when
# something fails, because a text stays in flash.
#
# names    netdb.h of lwIP
# sockets  Numbers that `errno` has no name for are newlib's, which the ESP32 port uses; its names, on whatever port, come first.
#          16 is mbedTLS's -0x10, large numbers, as MicroPython passes it on.
# tls      The upper part of mbedTLS's codes, without their sign; the lower seven bits say more than a person needs.
_TABLE = """
names -2 NAME name cannot be resolved
names -200 NAME name cannot be resolved
names -201 NAME port is not known
names -202 NAME name cannot be resolved
names -203 MEMORY no memory for the name
names -204 NAME name has no such address
sockets EBADF LINK connection closed
sockets EAGAIN SILENT no answer
sockets ENOMEM MEMORY no memory
sockets EINVAL NAME address not valid
sockets ECONNABORTED LINK connection broken off
sockets ECONNRESET LINK connection reset
sockets ENOBUFS MEMORY no memory
sockets ENOTCONN LINK not connected
sockets ETIMEDOUT SILENT no answer
sockets ECONNREFUSED REFUSED connection refused
sockets EHOSTUNREACH ROUTE no route
sockets 16 MEMORY no memory for TLS
sockets 23 MEMORY too many connections
sockets 32 LINK connection broken
sockets 110 LINK connection closed
sockets 114 ROUTE no route
sockets 115 ROUTE no network
sockets 117 ROUTE no route
sockets 125 ROUTE no address
sockets 127 LINK connected already
tls 0x2700 CERTIFICATE certificate refused
tls 0x2880 MEMORY no memory for TLS
tls 0x3F80 MEMORY no memory for TLS
tls 0x4D80 MEMORY no memory for TLS
tls 0x5180 MEMORY no memory for TLS
tls 0x6180 MEMORY no memory for TLS
tls 0x6800 SILENT no answer in TLS
tls 0x6E00 TLS no common TLS
tls 0x6E80 TLS no common TLS
tls 0x7180 TLS TLS record damaged
tls 0x7200 TLS not a TLS host
tls 0x7280 TLS connection closed
tls 0x7700 TLS not a TLS host
tls 0x7780 TLS TLS refused by the host
tls 0x7880 TLS connection closed
tls 0x7A00 CERTIFICATE certificate cannot be read
tls 0x7F00 MEMORY no memory for TLS
"""
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
        return LinkDown.MEMORY, "no memory"
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], int):
        return _of_number(error.args[0])
    text = " ".join(str(error).split())
    for part, verdict, said in _VERDICTS:
        if part in text:
            return verdict, said
    return LinkDown.CERTIFICATE if isinstance(error, ValueError) else LinkDown.LINK, text or "closed"


def _of_number(code: int) -> "tuple[int, str]":
    found = _row("names", code)
    if found:
        return found
    if -300 < code <= -200:
        return LinkDown.NAME, "name look-up error %d" % code
    if code > -256:
        return _row("sockets", abs(code)) or (LinkDown.LINK, "network error %d" % abs(code))
    upper = -code & 0xFF80
    found = _row("tls", upper)
    if not found and upper in _X509:
        return LinkDown.CERTIFICATE, "certificate cannot be read"
    return found or (LinkDown.TLS, "TLS error -0x%04X" % -code)


def _row(layer: str, number: int) -> "tuple[int, str] | None":
    """Kind and words of the first line for it."""
    at = _TABLE.find("\n" + layer + " ") + 1
    while _TABLE.startswith(layer, at):
        end = _TABLE.find("\n", at)
        _, name, kind_of, said = _TABLE[at:end].split(" ", 3)
        if (getattr(errno, name) if name[0] == "E" else int(name, 0)) == number:
            return getattr(LinkDown, kind_of), said
        at = end + 1
    return None
