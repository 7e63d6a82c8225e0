"""Mastercard contactless, M/Chip mode (EMV C-2): records first, then GENERATE AC over CDOL1."""

from .application import SW_LENGTH, SW_NOT_NOW, SW_OK, SW_P1P2, EmvCard, digits, dol_values, tlv, unhex
from .cryptogram import cryptogram, icc_master_key

_CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403"
_CDOL1_LONG = _CDOL1 + "9F21039F7C14"
# Amounts X and Y unused; online PIN if the terminal supports it, signature likewise, else none.
_CVM_LIST = "000000000000000042031E031F03"

_KINDS = 0xC0
_ARQC, _TC, _AAC = 0x80, 0x40, 0x00


class MchipCard(EmvCard):
    """A card that always goes online."""

    aip = b"\x18\x80"
    pdol = b""

    def __init__(self, name, row, issuer, **options):
        super().__init__(name, row, issuer, **options)
        self.cdol1 = unhex(_CDOL1_LONG if issuer["version"] == "mc-20" else _CDOL1)
        self.afl = b"\x10\x01\x02\x00"
        first = tlv("5A", digits(row["pan"])) + tlv("5F24", self.expiry_date()) + tlv("5F34", unhex(row["psn"]))
        first += tlv("57", self.track2()) + tlv("5F28", b"\x08\x40") + tlv("9F07", b"\xff\x00")
        second = tlv("8C", self.cdol1) + tlv("8E", unhex(_CVM_LIST)) + tlv("9F0D", b"\xb4\x50\x84\x00\x00")
        second += tlv("9F0E", bytes(5)) + tlv("9F0F", b"\xb4\x70\x84\x80\x00") + tlv("9F08", b"\x00\x02")
        self.records = {(2, 1): tlv("70", first), (2, 2): tlv("70", second)}

    def options(self, values) -> bytes:
        """AIP and AFL (format 2)."""
        self.begin()
        return tlv("77", tlv("82", self.aip) + tlv("94", self.afl)) + SW_OK

    def generate_ac(self, p1: int, p2: int, data: bytes) -> bytes:
        """One cryptogram a transaction; a wish for TC ends online too, since the card knows no offline approval."""
        if p2 or p1 & 0x2F or p1 & _KINDS == _KINDS:
            return SW_P1P2
        if not self.started or self.finished:
            return SW_NOT_NOW
        values = dol_values(self.cdol1, data)
        if values is None:
            return SW_LENGTH
        self.finished = True
        kind = _AAC if self._declines or p1 & _KINDS == _AAC else _ARQC
        values["82"] = self.aip
        values["9F36"] = self.atc_bytes()
        row = self.row
        master = icc_master_key(unhex(self.issuer["imk"]), row["pan"], row["psn"])
        # CVR (M/Chip, 6 bytes): second AC not asked for, first AC as given; online PIN not tried.
        verification = bytes((0xA0 if kind == _ARQC else 0x80, 0x00, 0x03, 0x00, 0x00, 0x00))
        version = self.issuer["version"]
        issued = bytes((0x01, 0x14 if version == "mc-20" else 0x10)) + verification + bytes(2) + bytes(8)
        result = cryptogram(version, master, values, issued, verification)
        answer = tlv("9F27", bytes((kind,))) + tlv("9F36", values["9F36"]) + tlv("9F26", result) + tlv("9F10", issued)
        return tlv("77", answer) + SW_OK
