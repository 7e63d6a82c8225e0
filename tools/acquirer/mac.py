"""The MAC of the bank-POS profile ("ECB" MAC), or the retail MAC, as agreed with each terminal; a profile may have one alone.

Working keys are for the MAC of the profile in which they were asked for.  On the line of another MAC they are none: the terminal
is told that its MAC is wrong, and signs on.  A MAK under which both MACs are made would be no better than the weaker, which who
can write to the line forges; and as a sign-on names no MAC, nothing on the wire talks the host into another one.
"""

import functools
import hmac
import operator
import struct

from . import desops

ECB, RETAIL = "ecb", "retail"
KINDS = (ECB, RETAIL)


def profile_mac(mak: bytes, data: bytes) -> bytes:
    """F64 (8 ASCII characters) over `data` = MTI … last field before 64.

    Zero-pad to 8 bytes, XOR all blocks into R; H = upper-case hex of R; X = E(H[0:8]); Y = E(X xor H[8:16]);
    the first 8 characters of upper-case hex of Y.  E is DES for a MAK of 8 bytes, two-key 3DES for 16.
    Weak by construction: no key is used before everything is XORed into one block, so whoever can write to the line can
    change two places by the same bits, and needs no key.  TLS has to guard it.
    """
    padded = data + bytes(-len(data) % 8)
    folded = functools.reduce(operator.xor, struct.unpack(f">{len(padded) // 8}Q", padded), 0)
    text = b"%016X" % folded
    first = int.from_bytes(desops.encrypt(mak, text[:8]), "big") ^ int.from_bytes(text[8:], "big")
    return desops.encrypt(mak, first.to_bytes(8, "big"))[:4].hex().upper().encode("ascii")


def retail_mac(mak: bytes, data: bytes) -> bytes:
    """F64 (8 bytes) by ISO/IEC 9797-1 algorithm 3 with padding method 1, which is ANSI X9.19.

    Raises ValueError for a MAK that is not 16 bytes.
    """
    if len(mak) != 16:
        raise ValueError("the retail MAC takes a MAK of 16 bytes")
    return desops.retail_mac(mak, data, 1)


_OF = {ECB: profile_mac, RETAIL: retail_mac}


def fits(kind: str, mak: bytes) -> bool:
    """Can that MAC be made with this MAK?"""
    return kind != RETAIL or len(mak) == 16


def code(kind: str, mak: bytes, data: bytes) -> bytes:
    """F64 of a MAC by its name."""
    return _OF[kind](mak, data)


def matches(kind: str, mak: bytes, data: bytes, f64: "bytes | None") -> bool:
    """True when `f64` is the MAC of `data`; an absent field never matches."""
    return f64 is not None and hmac.compare_digest(code(kind, mak, data), bytes(f64))
