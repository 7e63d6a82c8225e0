"""The profiles that the host speaks: a folder each, and the one list of them.

A profile offers what `Profile` says; its messages are a class of its own (acquirer.wire.Message).  Which one is spoken goes by
the port that a terminal connects to.
"""

import importlib
from typing import Protocol

from ..wire import CountingReader, Message, WireError

NAMES = ("cn_pos", "iso87a")
DEFAULT = NAMES[0]


def line_name(profile: str, tls: bool) -> str:
    """What the port is called on which a profile is spoken: "tls" of the default one, "iso87a-tls" of another."""
    kind = "tls" if tls else "tcp"
    return kind if profile == DEFAULT else f"{profile}-{kind}"


LINES = {line_name(profile, tls): (profile, tls) for profile in NAMES for tls in (False, True)}


class Profile(Protocol):
    """What the folder of a profile offers; a body is a message without its length in front."""

    MACS: "tuple[str, ...]"  # of acquirer.mac

    def claims(self, body: bytes) -> bool:
        """Does the body begin as this profile's messages do?"""
        raise NotImplementedError

    def decode(self, body: bytes) -> Message:
        """Raises WireError."""
        raise NotImplementedError

    def frame(self, body: bytes) -> bytes:
        """The body with its length in front."""
        raise NotImplementedError

    async def read_frame(self, reader: CountingReader, idle: float, rest: float) -> "bytes | None":
        """The next body, as acquirer.wire.read_frame."""
        raise NotImplementedError


def of(name: str) -> Profile:
    """The profile of that name, one of NAMES."""
    return importlib.import_module(f"{__name__}.{name}")


def decode(body: bytes) -> Message:
    """A body of any profile, for who only listens.  Raises WireError."""
    for name in NAMES:
        profile = of(name)
        if profile.claims(body):
            return profile.decode(body)
    raise WireError("frame", "frame: begins as no message of any profile")
