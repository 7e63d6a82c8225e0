"""Sealing of small secrets under the device key: AES-128-CBC, then HMAC-SHA-256 cut to 8 bytes.

Layout: magic u8 | sequence u32 | revision u8 | ciphertext | tag (8).  The first 6 bytes are authenticated too and
give the IV (their AES encryption), so a sealed pending record of 108 bytes stays within LittleFS's inline limit.
"""

import hashlib
import struct

import cryptolib

from ..core.errors import SealBroken
from ..core.hmac import hmac_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.kinds import Buffer
    from ..core.p256 import Signing


_HEAD = 6
_TAG = 8
_CBC = 2
_ECB = 1


class Seal:
    """Seals and opens with keys derived from one 16-byte device key."""

    def __init__(self, device_key: "Buffer"):
        self._cipher_key = hashlib.sha256(b"taptill cipher" + device_key).digest()[:16]
        self._mac_key = hashlib.sha256(b"taptill mac" + device_key).digest()

    def seal(self, magic: int, seq: int, revision: int, clear: "Buffer") -> bytes:
        """Sealed bytes of `clear`, padded with zeros to whole AES blocks."""
        head = struct.pack("<BIB", magic, seq, revision & 255)
        padded = bytes(clear) + bytes(-len(clear) % 16)
        body = head + cryptolib.aes(self._cipher_key, _CBC, self._iv(head)).encrypt(padded)
        return body + self._tag(body)

    def open(self, magic: int, sealed: "Buffer"):
        """(sequence, revision, clear bytes with their padding); raises SealBroken."""
        size = len(sealed) - _HEAD - _TAG
        if size <= 0 or size % 16 or sealed[0] != magic:
            raise SealBroken("sealed file: not of the expected form")
        body = bytes(sealed[:-_TAG])
        if self._tag(body) != bytes(sealed[-_TAG:]):
            raise SealBroken("sealed file: damaged, or sealed by another device")
        return self._opened(body)

    def salvage(self, sealed: "Buffer"):
        """What `open` gives, of whole blocks that nobody vouches for: evidence, never something to act on.

        Raises SealBroken when there is not even one block.
        """
        blocks = (len(sealed) - _HEAD) // 16
        if blocks < 1:
            raise SealBroken("sealed file: too short")
        return self._opened(bytes(sealed[: _HEAD + 16 * blocks]))

    def _opened(self, body: bytes):
        _, seq, revision = struct.unpack("<BIB", body[:_HEAD])
        clear = cryptolib.aes(self._cipher_key, _CBC, self._iv(body[:_HEAD])).decrypt(body[_HEAD:])
        return seq, revision, clear

    def _iv(self, head: bytes) -> bytes:
        return cryptolib.aes(self._cipher_key, _ECB).encrypt(head + bytes(16 - _HEAD))

    def signing(self, text: "Buffer") -> "Signing":
        """The device's signature of a text, in the making: its key is derived from the device key, and kept nowhere."""
        from ..core.p256 import Signing

        return Signing(self._private_key(), text)

    def public_key(self) -> bytes:
        """What the device's signatures are checked with, 33 bytes; a slow chip takes seconds for it."""
        from ..core.p256 import public_key

        return public_key(self._private_key())

    def _private_key(self) -> int:
        from ..core.p256 import private_key

        return private_key(hmac_sha256(self._mac_key, b"taptill evidence"))

    def _tag(self, body: bytes) -> bytes:
        return hmac_sha256(self._mac_key, body)[:_TAG]
