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


def fits(password: str, setting: str) -> bool:
    """True when the password is the one of the setting.  Raises ConfigError when the setting is malformed."""
    parts = setting.split(":")
    try:
        rounds, salt = int(parts[0]), binascii.unhexlify(parts[1])
    except (ValueError, IndexError):
        raise ConfigError("config: supervisor is not rounds:salt:hash")
    if len(parts) != 3 or not 1 <= rounds <= 100000:
        raise ConfigError("config: supervisor is not rounds:salt:hash")
    wanted, got = parts[2], derive(password, salt, rounds).split(":")[2]
    different = len(wanted) ^ len(got)
    for one, other in zip(wanted, got):
        different |= ord(one) ^ ord(other)
    return not different
