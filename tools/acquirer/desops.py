"""DES and two-key triple DES on the cryptography package, in one place.

The package warns at every use that DES is old.  It is: the profile prescribes it all the same, so the warning is silenced, here
and for the two packages that use it on the acquirer's behalf, only.
"""

import functools
import threading
import warnings

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, modes
from cryptography.utils import CryptographyDeprecationWarning

warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning, module=r"(psec|pyemv|acquirer)\.")


def _widen(key: bytes) -> bytes:
    """A key of 8, 16 or 24 bytes as 24: single DES is triple DES with three equal keys."""
    if len(key) == 8:
        return key * 3
    if len(key) == 16:
        return key + key[:8]
    if len(key) == 24:
        return key
    raise ValueError(f"a DES key has 8, 16 or 24 bytes, not {len(key)}")


class _Contexts(threading.local):
    """The key schedules of a thread.  In ECB mode one block is nothing to the next, so a context serves for ever."""

    def __init__(self) -> None:
        self.encryptor = functools.lru_cache(4096)(lambda key: _cipher(key).encryptor())
        self.decryptor = functools.lru_cache(4096)(lambda key: _cipher(key).decryptor())


def _cipher(key: bytes) -> Cipher:
    return Cipher(TripleDES(_widen(key)), modes.ECB())


_CONTEXTS = _Contexts()


def _whole(context: CipherContext, data: bytes) -> bytes:
    if len(data) & 7:
        raise ValueError(f"DES works on blocks of 8 bytes, not on {len(data)}")
    return context.update(data)


def encrypt(key: bytes, data: bytes) -> bytes:
    """E(key, data) in ECB mode; `data` is a multiple of 8 bytes."""
    return _whole(_CONTEXTS.encryptor(bytes(key)), data)


def decrypt(key: bytes, data: bytes) -> bytes:
    """D(key, data) in ECB mode; `data` is a multiple of 8 bytes."""
    return _whole(_CONTEXTS.decryptor(bytes(key)), data)


def retail_mac(key: bytes, data: bytes, padding: int) -> bytes:
    """8 bytes by ISO/IEC 9797-1 algorithm 3 with a key of 16 bytes (ANSI X9.19): DES-CBC with its left half, and the last block
    once more with both.  `padding`: method 1 (zeros, none behind whole blocks) or 2 (80 and zeros).
    """
    if len(key) != 16:
        raise ValueError(f"this MAC takes a key of 16 bytes, not {len(key)}")
    if padding == 2:
        data += b"\x80"
    data += bytes(-len(data) % 8) if data else bytes(8)
    step, state = _CONTEXTS.encryptor(key[:8]).update, 0
    for at in range(0, len(data) - 8, 8):
        state = int.from_bytes(step((state ^ int.from_bytes(data[at : at + 8], "big")).to_bytes(8, "big")), "big")
    last = (state ^ int.from_bytes(data[-8:], "big")).to_bytes(8, "big")
    return _CONTEXTS.encryptor(bytes(key)).update(last)


def check_value(key: bytes) -> bytes:
    """First 4 bytes of E(key, 0)."""
    return encrypt(key, bytes(8))[:4]
