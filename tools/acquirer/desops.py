"""DES and two-key triple DES on psec's primitives, in one place.

psec hands the key to the cryptography package, which warns at every use that DES is old.  It is: the
profile prescribes it all the same, so the warning is silenced for these two packages only.
"""

import warnings

import psec
from cryptography.utils import CryptographyDeprecationWarning

warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning, module=r"(psec|pyemv)\.")


def _widen(key: bytes) -> bytes:
    """A key of 8, 16 or 24 bytes as 24: single DES is triple DES with three equal keys."""
    if len(key) == 8:
        return key * 3
    if len(key) == 16:
        return key + key[:8]
    if len(key) == 24:
        return key
    raise ValueError(f"a DES key has 8, 16 or 24 bytes, not {len(key)}")


def encrypt(key: bytes, data: bytes) -> bytes:
    """E(key, data) in ECB mode; `data` is a multiple of 8 bytes."""
    return psec.des.encrypt_tdes_ecb(_widen(key), data)


def decrypt(key: bytes, data: bytes) -> bytes:
    """D(key, data) in ECB mode; `data` is a multiple of 8 bytes."""
    return psec.des.decrypt_tdes_ecb(_widen(key), data)


def check_value(key: bytes) -> bytes:
    """First 4 bytes of E(key, 0)."""
    return encrypt(key, bytes(8))[:4]
