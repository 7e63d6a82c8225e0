"""Cards that put their cryptogram into the GPO answer: Visa qVSDC (EMV C-3) and UnionPay quick (JR/T 0025.12)."""

from .application import SW_NOT_NOW, SW_OK, EmvCard, digits, tlv, unhex
from .cryptogram import cryptogram, icc_master_key

_PDOL = "9F66049F02069F03069F1A0295055F2A029A039C019F3704"

# Terminal transaction qualifiers, 9F66.
_TTQ1_EMV = 0x20
_TTQ1_ONLINE_PIN = 0x04
_TTQ1_SIGNATURE = 0x02
_TTQ2_CVM_REQUIRED = 0x40

# Card transaction qualifiers, 9F6C.
_CTQ1_ONLINE_PIN = 0x80
_CTQ1_SIGNATURE = 0x40
_CTQ2_DEVICE_CVM = 0x80

_ARQC, _AAC = 0x80, 0x00


class QvsdcCard(EmvCard):
    """Visa; 9F10 is 06, key index, version, CVR (VIS 1.5, table D-1)."""

    aip = b"\x20\x00"
    pdol = unhex(_PDOL)

    def __init__(self, name, row, issuer, **options):
        super().__init__(name, row, issuer, **options)
        record = tlv("5A", digits(row["pan"])) + tlv("5F24", self.expiry_date()) + tlv("5F28", b"\x01\x56")
        record += tlv("9F07", b"\xff\x00")
        self.afl = b"\x10\x01\x01\x00"
        self.records = {(2, 1): tlv("70", record)}

    def verification(self, kind: int) -> bytes:
        """CVR with its length byte: second GENERATE AC not asked for, first one as `kind`."""
        return bytes((0x03, 0xA0 if kind == _ARQC else 0x80, 0x00, 0x00))

    def application_data(self, kind: int) -> bytes:
        """9F10."""
        number = 0x12 if self.issuer["version"] == "visa-18" else 0x0A
        return bytes((0x06, 0x01, number)) + self.verification(kind)

    def more(self) -> bytes:
        """Further objects of the GPO answer."""
        return tlv("9F6E", b"\x20\x70\x00\x00")

    def _decide(self, qualifiers):
        """(kind of cryptogram, 9F6C) from the terminal's qualifiers."""
        if self._declines:
            return _AAC, b"\x00\x00"
        wanted = qualifiers[1] & _TTQ2_CVM_REQUIRED
        if self._phone:
            return _ARQC, bytes((0, _CTQ2_DEVICE_CVM))
        if self._always_pin or wanted:
            if qualifiers[0] & _TTQ1_ONLINE_PIN:
                return _ARQC, bytes((_CTQ1_ONLINE_PIN, 0))
            if qualifiers[0] & _TTQ1_SIGNATURE and not self._always_pin:
                return _ARQC, bytes((_CTQ1_SIGNATURE, 0))
            # A verification is due that this terminal cannot do.
            return _AAC, b"\x00\x00"
        return _ARQC, b"\x00\x00"

    def options(self, values) -> bytes:
        """The whole transaction in one answer (format 2)."""
        qualifiers = values["9F66"]
        if not qualifiers[0] & _TTQ1_EMV:
            return SW_NOT_NOW
        self.begin()
        kind, ctq = self._decide(qualifiers)
        values["82"] = self.aip
        values["9F36"] = self.atc_bytes()
        row = self.row
        master = icc_master_key(unhex(self.issuer["imk"]), row["pan"], row["psn"])
        issued = self.application_data(kind)
        result = cryptogram(self.issuer["version"], master, values, issued, self.verification(kind))
        answer = tlv("82", self.aip)
        if self.afl:
            answer += tlv("94", self.afl)
        answer += tlv("57", self.track2()) + tlv("5F34", unhex(row["psn"])) + tlv("9F10", issued)
        answer += tlv("9F26", result) + tlv("9F27", bytes((kind,))) + tlv("9F36", values["9F36"])
        answer += tlv("9F6C", ctq) + self.more()
        return tlv("77", answer) + SW_OK


class QuickCard(QvsdcCard):
    """UnionPay quick: PBOC 9F10 of 20 bytes, product tag 9F63, no records at all."""

    aip = b"\x7c\x00"

    def __init__(self, name, row, issuer, **options):
        super().__init__(name, row, issuer, **options)
        self.afl = b""
        self.records = {}

    def application_data(self, kind: int) -> bytes:
        """9F10: 07, key index, version 01, CVR, algorithm 01, issuer's own balance block of zeros."""
        return b"\x07\x01\x01" + self.verification(kind) + b"\x01\x0a\x01" + bytes(10)

    def more(self) -> bytes:
        return tlv("9F63", b"01030000" + bytes(8)) + tlv("5F20", self.row["holder"].encode())
