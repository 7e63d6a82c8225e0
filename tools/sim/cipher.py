"""Ciphers of a simulated terminal, from libraries: AES as MicroPython's cryptolib has it, DES with the face of core.des.

The firmware's own DES is Python alone and would take half of the time of a sale here; it is tried in the portable tests.
To make a context of the library takes longer than a block does: those of ECB, where one block is nothing to the next, are kept.
"""

import functools
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from acquirer import desops

_MODES = (1, 2)  # ECB, CBC
_BLOCK = 16


@functools.lru_cache(1024)
def _encryptor(key: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()


@functools.lru_cache(1024)
def _decryptor(key: bytes) -> CipherContext:
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor()


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(len(one), "big")


class Aes:
    """cryptolib.aes: ECB 1, CBC 2."""

    def __init__(self, key: bytes, mode: int, iv: "bytes | None" = None):
        self._key = bytes(key)
        self._iv = bytes(iv or b"") if mode == _MODES[1] else None
        if mode not in _MODES or (self._iv is not None and len(self._iv) != _BLOCK):
            raise ValueError("cryptolib: no such mode, or an IV that is none of it")
        _encryptor(self._key)  # a key that is none is refused here

    def encrypt(self, data: bytes) -> bytes:
        data = self._whole(data)
        work = _encryptor(self._key).update
        if self._iv is None:
            return work(data)
        chain, out = self._iv, []
        for at in range(0, len(data), _BLOCK):
            chain = work(_mixed(data[at : at + _BLOCK], chain))
            out.append(chain)
        return b"".join(out)

    def decrypt(self, data: bytes) -> bytes:
        data = self._whole(data)
        clear = _decryptor(self._key).update(data)
        return clear if self._iv is None else _mixed(clear, (self._iv + data)[: len(data)])

    @staticmethod
    def _whole(data: bytes) -> bytes:
        """A block in part would stay in a context that others use."""
        if len(data) % _BLOCK:
            raise ValueError(f"AES works on blocks of {_BLOCK} bytes, not on {len(data)}")
        return bytes(data)


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

    def retail_mac(self, data: bytes) -> bytes:
        """What core.mac makes of `encrypt_once` and `encrypt`."""
        return desops.retail_mac(self._key, data, 1)

    def wipe(self) -> None:
        self._key = bytes(len(self._key))

    @staticmethod
    def _one(work: Callable[[bytes, bytes], bytes], key: bytes, block: bytes) -> bytes:
        if len(block) != 8:
            raise ValueError("a DES block has 8 bytes")
        return work(key, bytes(block))
