"""HMAC of RFC 2104 with SHA-256."""

import hashlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


_BLOCK = 64  # bytes of a block of SHA-256


def hmac_sha256(key: "Buffer", data: "Buffer") -> bytes:
    """32 bytes; `key` has at most 64."""
    padded = bytes(key) + bytes(_BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in padded]))
    inner.update(data)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in padded]))
    outer.update(inner.digest())
    return outer.digest()
