"""Whose an open payment is: the host that it was sent to, and who this terminal is there.

A reversal is settled by nobody else.  An intent keeps a short mark of its owner (core.journal.pending); who that is in words is
kept beside it (adapters.owner), so that settings that lead elsewhere can be named.
"""

import binascii
import hashlib

from . import profiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .config import Config
    from .kinds import Buffer


MARK_SIZE = 3
CA = "ca.der"
# The settings that say where a request goes, who vouches for its answer, and who asks.
_SETTINGS = ("host", "port", "tls", "tls_name", "tpdu", "header", "mac", "terminal_id", "merchant_id", "serial")
_PROFILE = "profile"
_OVER_TLS = ("tls_name", CA)


class Owner:
    """`values`: name of a setting -> its value as text, "ca.der" the SHA-256 of the certificate (hex, 16 digits)."""

    def __init__(self, values: "dict[str, str]"):
        self.values = values

    @property
    def mark(self) -> bytes:
        """What an intent keeps of it: MARK_SIZE bytes that change with any of the values."""
        text = "\n".join([name + "=" + self.values.get(name, "") for name in _SETTINGS + (CA,)])
        if self.values.get(_PROFILE):
            text += "\n" + _PROFILE + "=" + self.values[_PROFILE]
        return hashlib.sha256(text.encode()).digest()[:MARK_SIZE]

    @property
    def place(self) -> str:
        """Where the host is: "bank.example:8584"."""
        return self.values.get("host", "") + ":" + self.values.get("port", "")

    def differences(self, other: "Owner") -> "list[str]":
        """Names of the settings in which another one differs."""
        return [name for name in (_PROFILE,) + _SETTINGS + (CA,) if self.values.get(name, "") != other.values.get(name, "")]


def of(config: "Config", ca: "Buffer | None") -> Owner:
    """The owner of what is sent with these settings and this CA certificate (DER; not looked at without TLS)."""
    values = {}
    for name in _SETTINGS:
        value = getattr(config, name, "")
        values[name] = binascii.hexlify(value).decode() if isinstance(value, bytes) else str(value)
    if config.profile != profiles.DEFAULT:
        values[_PROFILE] = config.profile  # marks and files of earlier firmware say nothing of the one that there was
    values[CA] = binascii.hexlify(hashlib.sha256(ca or b"").digest()[:8]).decode()
    if not config.tls:
        for name in _OVER_TLS:
            values[name] = ""
    return Owner(values)
