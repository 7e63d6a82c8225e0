"""Supervisor passwords: kept as salted, many times repeated SHA-256, never as text.

Form of the setting: `rounds:salt in hex:hash in hex`.
"""

import binascii
import hashlib

from .errors import ConfigError

ROUNDS = 2000


def derive(password: str, salt: bytes, rounds: int = ROUNDS) -> str:
    """The setting's value for a password of digits."""
    digest = salt + password.encode()
    for _ in range(rounds):
        digest = hashlib.sha256(salt + digest).digest()
    return "%d:%s:%s" % (rounds, binascii.hexlify(salt).decode(), binascii.hexlify(digest).decode())


def parts(setting: str) -> "tuple[int, bytes, str]":
    """(rounds, salt, hash in hex) of the setting.  Raises ConfigError when it is malformed."""
    found = setting.split(":")
    try:
        rounds, salt = int(found[0]), binascii.unhexlify(found[1])
    except (ValueError, IndexError):
        raise ConfigError("config: supervisor is not rounds:salt:hash")
    if len(found) != 3 or not 1 <= rounds <= 100000 or len(found[2]) != 64:
        raise ConfigError("config: supervisor is not rounds:salt:hash")
    return rounds, salt, found[2]


def fits(password: str, setting: str) -> bool:
    """True when the password is the one of the setting.  Raises ConfigError when the setting is malformed."""
    rounds, salt, wanted = parts(setting)
    got = derive(password, salt, rounds).split(":")[2]
    different = 0
    for one, other in zip(wanted, got):
        different |= ord(one) ^ ord(other)
    return not different
