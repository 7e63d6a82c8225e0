"""Working keys: made at every sign-on, sent wrapped under the terminal's master key (TMK)."""

import secrets
from collections.abc import Callable

from . import desops


def odd_parity(raw: bytes) -> bytes:
    """DES keys carry odd parity in the low bit of each byte (FIPS 46-3)."""
    return bytes((b & 0xFE) | (bin(b >> 1).count("1") + 1 & 1) for b in raw)


def random_key(length: int = 16, randomness: Callable[[int], bytes] = secrets.token_bytes) -> bytes:
    """A fresh DES key of 8 or 16 bytes with odd parity and, when double, two different halves, of `randomness(n) -> n bytes`."""
    while True:
        key = odd_parity(randomness(length))
        if length == 8 or key[:8] != key[8:16]:
            return key


def parse_key(text: str, what: str, lengths: "tuple[int, ...]" = (16,)) -> bytes:
    """A key written in hex; raises ValueError that names `what` and never shows the key."""
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"{what}: not hexadecimal") from None
    if len(key) not in lengths:
        raise ValueError(f"{what}: {' or '.join(map(str, lengths))} bytes wanted, {len(key)} given")
    return key


def wrap(tmk: bytes, key: bytes) -> bytes:
    """A key encrypted under the TMK, followed by its check value (4 bytes)."""
    return desops.encrypt(tmk, key) + desops.check_value(key)


def working_keys_field(
    tmk: bytes, network_code: str, pik: bytes, mak: bytes, randomness: Callable[[int], bytes] = secrets.token_bytes
) -> bytes:
    """F62 of a sign-on answer.

    001: PIK 8 + check 4 + MAK 8 + check 4 (24 bytes).  003: PIK 16 + check + MAK 16 + check (40 bytes);
    a MAK of 8 bytes is followed by eight zero bytes, its check value is single DES.  004: as 003 with a
    track data key behind it (60 bytes).
    """
    if network_code == "001":
        return wrap(tmk, pik) + wrap(tmk, mak)
    if len(mak) == 8:
        wrapped_mak = desops.encrypt(tmk, mak) + bytes(8) + desops.check_value(mak)
    else:
        wrapped_mak = wrap(tmk, mak)
    field = wrap(tmk, pik) + wrapped_mak
    if network_code == "004":
        field += wrap(tmk, random_key(16, randomness))
    return field


def new_working_keys(network_code: str, randomness: Callable[[int], bytes] = secrets.token_bytes) -> "tuple[bytes, bytes]":
    """(PIK, MAK) of the lengths that the network management code asks for."""
    length = 8 if network_code == "001" else 16
    return random_key(length, randomness), random_key(length, randomness)
