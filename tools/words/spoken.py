"""In which profile is a message written?  By its first bytes; and what it takes to read it and to tell of it."""

import importlib
from typing import Any, NamedTuple

from acquirer import profiles as host_profiles
from facts import book
from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core import profiles
from taptill.core.errors import CodecError


class Spoken(NamedTuple):
    """A profile: `terminal` is the firmware's folder, `told` the tables of the host's (told.py)."""

    name: str
    terminal: Any
    told: Any

    def fact(self, number: int) -> str:
        """What the books call a field of this profile."""
        own = f"{number} {self.name}"
        return own if own in book.book()["field"] else str(number)

    def default_mac(self) -> str:
        """The MAC that its setting has where nothing is said."""
        return profiles.settings(self.name)["mac"][1]

    def parts(self, mti: str, number: int, value: str) -> list[tuple[str, str]]:
        """[(label of the part, its value)] of a field with an inner form, in the order they stand; [] for others.

        `value` is text, or hex of a binary field; it may be masked.
        """
        parts, at = [], 0
        for label, size in self.told.cuts(mti, number, value):
            part = value[at : at + size]
            if len(part) == size or part and size == 999:
                parts.append((label, part))
            at += size
        return parts


def of(name: str) -> Spoken:
    """The profile of that name."""
    return Spoken(name, profiles.load(name), importlib.import_module(f"{host_profiles.__name__}.{name}.told"))


def read(data: bytes) -> tuple[Spoken, bytes, int]:
    """(its profile, the message without its length, where it begins in `data`); what no other claims is the default one's.

    Raises CodecError when there is a length, but not that of what follows.
    """
    for name in (*profiles.NAMES[1:], profiles.DEFAULT):
        spoken = of(name)
        try:
            found = spoken.told.strip(data)
        except ValueError as error:
            raise CodecError("length", str(error), 0) from None
        if found:
            return spoken, *found
    raise CodecError("message", "of no profile", 0)


def guess(data: bytes) -> Spoken:
    """The profile of what may be no message at all."""
    try:
        return read(data)[0]
    except CodecError:
        return of(profiles.DEFAULT)
