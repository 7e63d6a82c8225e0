"""Field 64: the MAC of the bank-POS profile ("ECB" MAC)."""

import hmac

from . import desops


def profile_mac(mak: bytes, data: bytes) -> bytes:
    """F64 (8 ASCII characters) over `data` = MTI … last field before 64.

    Zero-pad to 8 bytes, XOR all blocks into R; H = upper-case hex of R; X = E(H[0:8]); Y = E(X xor H[8:16]);
    the first 8 characters of upper-case hex of Y.  E is DES for a MAK of 8 bytes, two-key 3DES for 16.
    """
    padded = data + bytes(-len(data) % 8)
    folded = 0
    for start in range(0, len(padded), 8):
        folded ^= int.from_bytes(padded[start : start + 8], "big")
    text = f"{folded:016X}".encode("ascii")
    first = desops.encrypt(mak, text[:8])
    second = desops.encrypt(mak, bytes(a ^ b for a, b in zip(first, text[8:])))
    return second.hex().upper()[:8].encode("ascii")


def mac_matches(mak: bytes, data: bytes, f64: "bytes | None") -> bool:
    """True when `f64` is the MAC of `data`; an absent field never matches."""
    return f64 is not None and hmac.compare_digest(profile_mac(mak, data), bytes(f64))
