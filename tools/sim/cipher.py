"""Ciphers of a simulated terminal, from libraries: AES as MicroPython's cryptolib has it, DES with the face of core.des.

The firmware's own DES is Python alone and would take half of the time of a sale here; it is tried in the portable tests.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from acquirer import desops


class Aes:
    """cryptolib.aes: ECB 1, CBC 2."""

    def __init__(self, key: bytes, mode: int, iv: "bytes | None" = None):
        self._cipher = Cipher(algorithms.AES(bytes(key)), modes.ECB() if mode == 1 else modes.CBC(bytes(iv or b"")))

    def encrypt(self, data: bytes) -> bytes:
        return self._cipher.encryptor().update(bytes(data))

    def decrypt(self, data: bytes) -> bytes:
        return self._cipher.decryptor().update(bytes(data))


class Des:
    """core.des.Des."""

    def __init__(self, key: bytes):
        if len(key) not in (8, 16):
            from taptill.core.errors import KeyError_  # the one of now: port.load() imports the firmware anew

            raise KeyError_(f"a DES key has 8 or 16 bytes, not {len(key)}")
        self._key = bytes(key)

    @property
    def double(self) -> bool:
        first, second = ([byte & 0xFE for byte in half] for half in (self._key[:8], self._key[-8:]))
        return first != second

    def encrypt(self, block: bytes) -> bytes:
        return self._one(desops.encrypt, self._key, block)

    def encrypt_once(self, block: bytes) -> bytes:
        return self._one(desops.encrypt, self._key[:8], block)

    def decrypt(self, block: bytes) -> bytes:
        return self._one(desops.decrypt, self._key, block)

    def wipe(self) -> None:
        self._key = bytes(len(self._key))

    @staticmethod
    def _one(work: Callable[[bytes, bytes], bytes], key: bytes, block: bytes) -> bytes:
        if len(block) != 8:
            raise ValueError("a DES block has 8 bytes")
        return work(key, bytes(block))
