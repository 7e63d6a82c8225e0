"""Signatures of the device: ECDSA over the curve P-256 with SHA-256, and with a number of its own for each text (RFC 6979).

Domain parameters: SEC 2 version 2.0, section 2.4.2 (secp256r1); signing: FIPS 186-5, section 6.4.1.  MicroPython's ESP32 port has
SHA-256, AES and integers of any length, no asymmetric cryptography and no SHA-512, which rules Ed25519 out.  It takes seconds
there, so the long part is an iterator: whoever drives it lets other tasks run in between.

What it does not do: hide its timing from somebody who measures the device.
"""

import hashlib

from .hmac import hmac_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from .kinds import Buffer


_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_GX = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_GY = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
_BITS = 256
_SIZE = 32


class Multiplying:
    """`factor` times the base point.  Iterating over it does the work; then `x` and `y` are the point."""

    def __init__(self, factor: int):
        self._factor = factor
        self.x = self.y = 0

    def __iter__(self) -> "Iterator[None]":
        """One turn a bit, highest first; Jacobian coordinates, a = -3 (SEC 1, section 2.2; the usual formulas)."""
        x = y = z = 0  # z 0: the point at infinity
        for bit in range(_BITS - 1, -1, -1):
            if z:
                x, y, z = _double(x, y, z)
            if self._factor >> bit & 1:
                x, y, z = _add_base(x, y, z) if z else (_GX, _GY, 1)
            yield
        inverse = pow(z, _P - 2, _P)
        square = inverse * inverse % _P
        self.x, self.y = x * square % _P, y * square * inverse % _P


def _double(x: int, y: int, z: int) -> "tuple[int, int, int]":
    zz = z * z % _P
    yy = y * y % _P
    s = 4 * x * yy % _P
    m = 3 * (x - zz) * (x + zz) % _P
    doubled = (m * m - 2 * s) % _P
    return doubled, (m * (s - doubled) - 8 * yy * yy) % _P, 2 * y * z % _P


def _add_base(x: int, y: int, z: int) -> "tuple[int, int, int]":
    """Add the base point, which is neither this point nor its opposite: the factor is smaller than the order."""
    zz = z * z % _P
    h = (_GX * zz - x) % _P
    r = (_GY * zz * z - y) % _P
    hh = h * h % _P
    hhh = h * hh % _P
    v = x * hh % _P
    added = (r * r - hhh - 2 * v) % _P
    return added, (r * (v - added) - y * hhh) % _P, z * h % _P


def private_key(secret: "Buffer") -> int:
    """A private key of 32 bytes that nobody can tell from chance."""
    return int.from_bytes(bytes(secret), "big") % (_N - 1) + 1


def public_key(key: int) -> bytes:
    """What signatures under `key` (private_key) are checked with: the compressed point (SEC 1, section 2.3.3), 33 bytes."""
    mine = Multiplying(key)
    for _ in mine:
        continue
    return _compressed(mine)


def _compressed(point: Multiplying) -> bytes:
    return bytes((2 + (point.y & 1),)) + point.x.to_bytes(_SIZE, "big")


class Signing:
    """The signature of `text` under `key` (private_key).  Iterating over it does the work; then `signature` is there: r and s,
    32 bytes each, and `public` what it is checked with (public_key).
    """

    def __init__(self, key: int, text: "Buffer"):
        self._key = key
        self._digest = hashlib.sha256(text).digest()
        self.signature = b""
        self.public = b""

    def __iter__(self) -> "Iterator[None]":
        key = self._key
        mine = Multiplying(key)
        for _ in mine:
            yield
        self.public = _compressed(mine)
        once = _number(key, self._digest)
        point = Multiplying(once)
        for _ in point:
            yield
        r = point.x % _N
        s = pow(once, _N - 2, _N) * (int.from_bytes(self._digest, "big") + r * key) % _N
        if not r or not s:  # of a chance of 1 to 2^256: there is no other way to sign this text
            raise ArithmeticError("signature: cannot be made")
        self.signature = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")


def _number(key: int, digest: bytes) -> int:
    """RFC 6979, section 3.2: the number k of this key and text."""
    reduced = (int.from_bytes(digest, "big") % _N).to_bytes(_SIZE, "big")
    seed = key.to_bytes(_SIZE, "big") + reduced
    v, k = b"\x01" * _SIZE, bytes(_SIZE)
    for separator in (b"\x00", b"\x01"):
        k = hmac_sha256(k, v + separator + seed)
        v = hmac_sha256(k, v)
    while True:
        v = hmac_sha256(k, v)
        found = int.from_bytes(v, "big")
        if 1 <= found < _N:
            return found
        k = hmac_sha256(k, v + b"\x00")
        v = hmac_sha256(k, v)
