"""A recorded card session, played to whatever terminal comes.

A session is a dict: "exchanges" is a list of [C-APDU hex, R-APDU hex]; an empty C-APDU answers whatever is sent at
its place.  Other keys ("source", "expected" …) are not looked at.

SELECT goes by the name of the application, not by its bytes: a recording made with the first five bytes of an AID, with
"next occurrence" or without Le plays to a terminal that selects by the whole AID, and the other way round.
"""

import binascii

from chips.iso14443 import Type4Target

# Commands whose data the terminal makes up itself: GPO, GENERATE AC, COMPUTE CRYPTOGRAPHIC CHECKSUM.
_BUILT = (b"\x80\xa8", b"\x80\xae", b"\x80\x2a")
_SELECT = b"\x00\xa4\x04"
_GET_RESPONSE = b"\x00\xc0"


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
        if capdu[:3] == _SELECT:
            index = self._selection(_name(capdu), order)
            if index is not None:
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

    def _selection(self, name: bytes, order):
        """The recorded SELECT that this name would have reached; None when there is none.

        A name selects the application whose DF name begins with it (EMV Book 1, 11.3.5).  An answer that names none, or a
        bare registered identifier of five bytes, counts for all names that begin with what was asked for: 6A82 to
        A000000003 says that no Visa is there.
        """
        known = []
        for index in order:
            if self.exchanges[index][0][:3] == _SELECT:
                known.append((index, _name(self.exchanges[index][0]), self._df_name(index)))
        for index, _, answered in known:
            if answered == name:
                return index
        for index, _, answered in known:
            if answered.startswith(name):
                return index
        for index, asked, answered in known:
            if asked and name.startswith(asked) and len(answered) <= 5:
                return index
        return None

    def _df_name(self, index: int) -> bytes:
        """The DF name 84 of the answer to a SELECT, fetched with GET RESPONSE or not; empty without one."""
        answer = self.exchanges[index][1]
        if answer[-2] == 0x61:
            for command, more in self.exchanges[index + 1 :]:
                if command[:2] != _GET_RESPONSE:
                    break
                answer = answer[:-2] + more
        if answer[:1] != b"\x6f":
            return b""
        at = 2 + (answer[1] - 0x80 if answer[1] in (0x81, 0x82) else 0)
        for start in (at, 2):  # 81 and 82 are plain lengths with some cards
            while answer[start : start + 1] in (b"\x00", b"\xff"):
                start += 1
            if answer[start : start + 1] == b"\x84" and start + 2 < len(answer):
                return answer[start + 2 : start + 2 + answer[start + 1]]
        return b""


def _name(capdu: bytes) -> bytes:
    """The data of a SELECT."""
    return capdu[5 : 5 + capdu[4]] if len(capdu) > 5 else b""


def _hex(pair, side: int, number: int) -> bytes:
    try:
        return binascii.unhexlify(pair[side])
    except (ValueError, TypeError, IndexError, KeyError):
        raise ValueError("exchange " + str(number + 1) + ": not a pair of hex texts") from None
