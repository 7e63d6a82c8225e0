"""A recorded card session, played to whatever terminal comes.

A session is a dict: "exchanges" is a list of [C-APDU hex, R-APDU hex]; an empty C-APDU answers whatever is sent at
its place.  Other keys ("source", "expected" …) are not looked at.
"""

import binascii

from chips.iso14443 import Type4Target

# Commands whose data the terminal makes up itself: GPO, GENERATE AC, COMPUTE CRYPTOGRAPHIC CHECKSUM.
_BUILT = (b"\x80\xa8", b"\x80\xae", b"\x80\x2a")


class RecordedCard:
    """Answers from the recording, in its order where the order matters; else 6D00, noted in `misses` (hex)."""

    def __init__(self, session, after=None, delay_ms=None, uid: bytes = b"\x04\x25\x11\x22\x33\x44\x80"):
        exchanges = session.get("exchanges") if isinstance(session, dict) else None
        if not isinstance(exchanges, list):
            raise ValueError('a session needs a list "exchanges"')
        self.exchanges = []
        for number, pair in enumerate(exchanges):
            self.exchanges.append((_hex(pair, 0, number), _hex(pair, 1, number)))
            if len(self.exchanges[-1][1]) < 2:
                raise ValueError("exchange " + str(number + 1) + ": the answer has no status word")
        self.name = "recorded"
        self.apdus = 0
        self.misses = []
        self._at = 0
        self._after = after
        self._delay_us = 1000 * (10 if delay_ms is None else delay_ms)
        self._target = Type4Target(self, uid, 0x20, b"\x03\x44", b"\x06\x78\x80\x82\x02\x90")

    def target(self):
        """The ISO 14443 target."""
        return self._target

    def activated(self) -> None:
        """A new tap plays the session from its beginning."""
        self._at = 0

    def delay_us(self, capdu: bytes) -> int:
        """Computing time."""
        return self._delay_us

    def transmit(self, capdu: bytes):
        """The recorded answer, 6D00 when there is none, None when it is pulled away."""
        if self._after is not None and self.apdus >= self._after:
            return None
        self.apdus += 1
        capdu = bytes(capdu)
        found = self._find(capdu)
        if found is None:
            self.misses.append(binascii.hexlify(capdu).decode().upper())
            return b"\x6d\x00"
        self._at = found + 1
        return self.exchanges[found][1]

    def _find(self, capdu: bytes):
        exchanges = self.exchanges
        # From here on first, then from the beginning: a terminal may read records again.
        order = list(range(self._at, len(exchanges))) + list(range(self._at))
        for index in order:
            if exchanges[index][0] == capdu:
                return index
        if capdu[:2] in _BUILT:
            for index in order:
                if exchanges[index][0][:2] == capdu[:2]:
                    return index
            for index in range(self._at, len(exchanges)):
                if not exchanges[index][0]:
                    return index
        if self._at < len(exchanges) and not exchanges[self._at][0]:
            return self._at
        return None


def _hex(pair, side: int, number: int) -> bytes:
    try:
        return binascii.unhexlify(pair[side])
    except (ValueError, TypeError, IndexError, KeyError):
        raise ValueError("exchange " + str(number + 1) + ": not a pair of hex texts") from None
