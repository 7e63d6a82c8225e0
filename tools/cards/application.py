"""What all virtual EMV cards share: APDU syntax, selection, records, counters (EMV Books 1 and 3, C-2, C-3)."""

import binascii

from chips.iso14443 import Type4Target, random_uid

PPSE = b"2PAY.SYS.DDF01"

SW_OK = b"\x90\x00"
SW_LENGTH = b"\x67\x00"
SW_NOT_NOW = b"\x69\x85"
SW_LOCKED = b"\x69\x86"
SW_NO_FILE = b"\x6a\x82"
SW_NO_RECORD = b"\x6a\x83"
SW_P1P2 = b"\x6a\x86"
SW_INS = b"\x6d\x00"
SW_CLA = b"\x6e\x00"
SW_BLOCKED = b"\x62\x83"

# A plastic card: FSCI 8, FWI 8 (77 ms), CID; a phone says the same with other historical bytes.
_ATS = b"\x06\x78\x80\x82\x02\x90"
_ATS_PHONE = b"\x05\x78\x80\x70\x02"
# After this many selections that found nothing a phone gives up on the reader.
_PHONE_PATIENCE = 4


def unhex(text: str) -> bytes:
    """Bytes of hex digits."""
    return binascii.unhexlify(text)


def tlv(tag: str, value) -> bytes:
    """One BER-TLV object."""
    size = len(value)
    if size < 0x80:
        head = bytes((size,))
    elif size < 0x100:
        head = bytes((0x81, size))
    else:
        head = bytes((0x82, size >> 8, size & 0xFF))
    return unhex(tag) + head + bytes(value)


def digits(text: str, pad: str = "F") -> bytes:
    """Digits as compressed numeric: left-aligned, padded with F."""
    return unhex(text + pad * (len(text) % 2))


def dol_parts(dol):
    """A DOL as a list of (tag hex, length); tags of one or two bytes."""
    parts, at = [], 0
    while at < len(dol):
        size = 2 if dol[at] & 0x1F == 0x1F else 1
        parts.append((binascii.hexlify(dol[at : at + size]).decode().upper(), dol[at + size]))
        at += size + 1
    return parts


def dol_values(dol, data):
    """Tag -> value of `data` filled after `dol`, or None when the length differs."""
    values, at = {}, 0
    for tag, size in dol_parts(dol):
        values[tag] = bytes(data[at : at + size])
        at += size
    return values if at == len(data) else None


class EmvCard:
    """One payment application behind a PPSE.  Subclasses say what GPO and GENERATE AC do."""

    gpo_ms = 60
    command_ms = 8

    def __init__(
        self,
        name: str,
        row,
        issuer,
        after=None,
        delay_ms=None,
        atc=0,
        on_atc=None,
        random=None,
        phone=False,
        locked=False,
        blocked=False,
        declines=False,
        always_pin=False,
    ):
        self.name = name
        self.row = row
        self.issuer = issuer
        self.aid = unhex(row["aid"])
        self.atc = atc
        self.apdus = 0
        self._on_atc = on_atc
        self._after = after
        self._delay_ms = delay_ms
        self._random = random
        self._phone = phone
        self._locked = locked
        self._blocked = blocked
        self._declines = declines
        self._always_pin = always_pin
        self._target = None
        self.records = {}
        self.activated()

    def target(self):
        """The ISO 14443 target of this card (chips.iso14443)."""
        if self._target is None:
            if self._phone:
                random = self._random
                if random is None:
                    import os

                    random = os.urandom
                self._target = Type4Target(self, random_uid(random), 0x20, b"\x03\x04", _ATS_PHONE)
            else:
                uid = b"\x04" + unhex(self.row["pan"][-12:])
                self._target = Type4Target(self, uid, 0x20, b"\x03\x44", _ATS)
        return self._target

    # What Type4Target asks of an application.

    def activated(self) -> None:
        """The field came up: only the counters are remembered."""
        self.selected = False
        self.started = False
        self.finished = False
        self._misses = 0

    def delay_us(self, capdu: bytes) -> int:
        """Computing time of a command."""
        if self._delay_ms is not None:
            return self._delay_ms * 1000
        return 1000 * (self.gpo_ms if capdu[1:2] in (b"\xa8", b"\xae") else self.command_ms)

    def transmit(self, capdu: bytes):
        """The answer to one APDU; None when the card is pulled away now."""
        if self._after is not None and self.apdus >= self._after:
            return None
        self.apdus += 1
        capdu = bytes(capdu)
        data, expected = b"", 0
        if len(capdu) < 4:
            return SW_LENGTH
        if len(capdu) == 5:
            expected = capdu[4]
        elif len(capdu) > 5:
            count = capdu[4]
            data = capdu[5 : 5 + count]
            if count == 0 or len(data) != count or len(capdu) > 6 + count:
                return SW_LENGTH
            expected = capdu[5 + count] if len(capdu) == 6 + count else 0
        answer = self._dispatch(capdu[0], capdu[1], capdu[2], capdu[3], data)
        if expected and len(answer) - 2 > expected:
            return bytes((0x6C, len(answer) - 2))
        return answer

    def _dispatch(self, cla: int, ins: int, p1: int, p2: int, data: bytes) -> bytes:
        if cla == 0x00 and ins == 0xA4:
            return self._select(p1, p2, data)
        if cla == 0x00 and ins == 0xB2:
            return self._read_record(p1, p2, data)
        if cla == 0x80 and ins == 0xA8:
            return self._options(p1, p2, data)
        if cla == 0x80 and ins == 0xAE:
            return self.generate_ac(p1, p2, data)
        if cla == 0x80 and ins == 0xCA:
            return self._get_data(p1, p2, data)
        return SW_INS if cla in (0x00, 0x80) else SW_CLA

    # Selection.

    def _select(self, p1: int, p2: int, data: bytes) -> bytes:
        if p1 != 0x04 or p2 not in (0x00, 0x02):
            return SW_P1P2
        if not data:
            return SW_LENGTH
        self.selected = False
        self.started = False
        if self._phone and self._misses >= _PHONE_PATIENCE:
            return SW_NOT_NOW
        if data == PPSE and p2 == 0:
            return self._ppse() + SW_OK
        # Book 1 11.3.2: a partial name selects too, and "next" finds no second application.
        if len(data) < 5 or not self.aid.startswith(data) or p2 == 0x02:
            self._misses += 1
            return SW_NO_FILE
        self.selected = not self._blocked
        return self._fci() + (SW_BLOCKED if self._blocked else SW_OK)

    def _ppse(self) -> bytes:
        entry = tlv("4F", self.aid) + tlv("50", self.row["label"].encode()) + tlv("87", b"\x01")
        return tlv("6F", tlv("84", PPSE) + tlv("A5", tlv("BF0C", tlv("61", entry))))

    def _fci(self) -> bytes:
        own = tlv("50", self.row["label"].encode()) + tlv("87", b"\x01")
        if self.pdol:
            own += tlv("9F38", self.pdol)
        own += tlv("5F2D", b"zhen")
        return tlv("6F", tlv("84", self.aid) + tlv("A5", own))

    # Records.

    def _read_record(self, p1: int, p2: int, data: bytes) -> bytes:
        if data:
            return SW_LENGTH
        if p2 & 7 != 4 or p1 == 0:
            return SW_P1P2
        if not self.started:
            return SW_NOT_NOW
        record = self.records.get((p2 >> 3, p1))
        return SW_NO_RECORD if record is None else record + SW_OK

    def _get_data(self, p1: int, p2: int, data: bytes) -> bytes:
        if not self.selected:
            return SW_NOT_NOW
        if (p1, p2) == (0x9F, 0x36):
            return tlv("9F36", self.atc_bytes()) + SW_OK
        return b"\x6a\x88"

    # Processing options.

    def _options(self, p1: int, p2: int, data: bytes) -> bytes:
        if p1 or p2:
            return SW_P1P2
        if not self.selected or self.started:
            return SW_NOT_NOW
        if len(data) < 2 or data[0] != 0x83:
            return SW_LENGTH
        at = 3 if data[1] == 0x81 else 2
        size = data[2] if at == 3 and len(data) > 2 else data[1]
        if len(data) != at + size:
            return SW_LENGTH
        values = dol_values(self.pdol, data[at:])
        if values is None:
            return SW_LENGTH
        if self._locked:
            return SW_LOCKED
        return self.options(values)

    def begin(self) -> None:
        """Count the transaction: the counter never goes back, and it is kept before it is shown."""
        self.atc += 1
        if self.atc > 0xFFFF:
            raise ValueError("the card's transaction counter is used up")
        if self._on_atc:
            self._on_atc(self.row["pan"], self.atc)
        self.started = True
        self.finished = False

    def atc_bytes(self) -> bytes:
        """9F36."""
        return bytes((self.atc >> 8, self.atc & 0xFF))

    def track2(self) -> bytes:
        """Tag 57."""
        row = self.row
        return digits(row["pan"] + "D" + row["expiry"] + row["service"] + "0000000000"[: 37 - len(row["pan"]) - 8])

    def expiry_date(self) -> bytes:
        """Tag 5F24: the last day of the month of expiry."""
        month = self.row["expiry"][2:]
        day = "28" if month == "02" else "30" if month in ("04", "06", "09", "11") else "31"
        return unhex(self.row["expiry"] + day)

    def options(self, values) -> bytes:
        """GET PROCESSING OPTIONS with the PDOL's values."""
        raise NotImplementedError

    def generate_ac(self, p1: int, p2: int, data: bytes) -> bytes:
        """GENERATE AC; cards of the qVSDC shape have none."""
        return SW_INS
