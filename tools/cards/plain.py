"""Cards that are no payment cards: an ISO-DEP card without PPSE, MIFARE Classic, a Type 2 tag."""

from chips.iso14443 import MifareClassicTarget, Type2Target, Type4Target


class StrangeCard:
    """Answers 6A82 to whatever is sent."""

    def __init__(self, name: str, after=None, delay_ms=None):
        self.name = name
        self.apdus = 0
        self._after = after
        self._delay_us = 1000 * (5 if delay_ms is None else delay_ms)
        ats = b"\x06\x75\x77\x81\x02\x80"
        self._target = Type4Target(self, b"\x04\x51\x62\x73\x84\x95\x80", 0x20, b"\x03\x44", ats)

    def target(self):
        """The ISO 14443 target."""
        return self._target

    def activated(self) -> None:
        """Nothing is remembered anyway."""

    def delay_us(self, capdu: bytes) -> int:
        """Computing time."""
        return self._delay_us

    def transmit(self, capdu: bytes):
        """6A82, or None when it is pulled away."""
        if self._after is not None and self.apdus >= self._after:
            return None
        self.apdus += 1
        return b"\x6a\x82"


class PlainTag:
    """A target without APDUs."""

    def __init__(self, name: str, target):
        self.name = name
        self.apdus = 0
        self._target = target

    def target(self):
        """The ISO 14443 target."""
        return self._target


def make(shape: str, after=None, delay_ms=None):
    """The card of a shape; tags without APDUs have no use for the options."""
    if shape == "not-emv":
        return StrangeCard(shape, after, delay_ms)
    return PlainTag(shape, MifareClassicTarget() if shape == "mifare" else Type2Target())
