"""Cards for the EMV tests: recorded sessions, and a small scripted card built from answers."""

import json

from expect import hexed, raises, run, unhex

from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.emv.outcome import CardRead, TapEnds
from taptill.core.emv.tap import read_card
from taptill.core.errors import TlvError
from taptill.core.tlv import append

PPSE = "00A404000E325041592E5359532E444446303100"
# Commands whose data the terminal builds: a recording cannot know them.
_TERMINAL_BUILT = ("80A8", "80AE", "802A")


def tlv(tag: int, *values) -> bytes:
    """One object; values are hex texts or bytes."""
    value = b"".join([unhex(item) if isinstance(item, str) else bytes(item) for item in values])
    data = bytearray()
    append(data, tag, value)
    return bytes(data)


class ReplayCard:
    """Plays [C-APDU, R-APDU] pairs: exact command, else same class and instruction for terminal-built data,
    else the next pair when its command is empty, else 6D00."""

    def __init__(self, exchanges):
        self.exchanges = exchanges
        self.next = 0
        self.sent = []
        self.unknown = []

    async def transceive(self, capdu, timeout_ms=5000):
        command = hexed(capdu)
        self.sent.append(command)
        place = self._place(command)
        if place is None:
            self.unknown.append(command)
            return memoryview(b"\x6d\x00")
        self.next = place + 1
        return memoryview(unhex(self.exchanges[place][1]))

    def _place(self, command):
        for place, pair in enumerate(self.exchanges):
            if pair[0].upper() == command:
                return place
        if command[:4] in _TERMINAL_BUILT:
            for place, pair in enumerate(self.exchanges):
                if pair[0][:4].upper() == command[:4]:
                    return place
        if self.next < len(self.exchanges) and not self.exchanges[self.next][0]:
            return self.next
        return None


class ScriptCard:
    """Answers by the beginning of the command (hex); `answers` maps it to bytes, hex, or a list used in turn."""

    def __init__(self, answers: dict):
        self.answers = answers
        self.sent = []

    async def transceive(self, capdu, timeout_ms=5000):
        command = hexed(capdu)
        self.sent.append(command)
        best = ""
        for start in self.answers:
            if command.startswith(start) and len(start) > len(best):
                best = start
        answer = self.answers[best] if best else b"\x6a\x82"
        if isinstance(answer, list):
            answer = answer.pop(0)
        return memoryview(unhex(answer) if isinstance(answer, str) else answer)

    def count(self, start: str) -> int:
        return len([command for command in self.sent if command.startswith(start)])


OK = b"\x90\x00"
VISA = "A0000000031010"
MASTERCARD = "A0000000041010"
UNIONPAY = "A000000333010101"


def ppse(*entries) -> bytes:
    """A directory of (aid hex, priority) entries."""
    found = b""
    for aid, priority in entries:
        found += tlv(0x61, tlv(0x4F, aid), tlv(0x50, b"Label " + aid[-2:].encode()), tlv(0x87, bytes([priority])))
    return tlv(0x6F, tlv(0x84, b"2PAY.SYS.DDF01"), tlv(0xA5, tlv(0xBF0C, found))) + OK


def select(aid: str) -> str:
    """The beginning of the SELECT of one application."""
    return "00A40400%02X" % (len(aid) // 2) + aid


def fci(aid: str, pdol: str = "", label: bytes = b"") -> bytes:
    inner = (tlv(0x50, label) if label else b"") + (tlv(0x9F38, pdol) if pdol else b"")
    return tlv(0x6F, tlv(0x84, aid), tlv(0xA5, inner)) + OK


def quick_answers(aid: str = VISA, ctq: str = "", more: bytes = b"", cid: str = "80") -> dict:
    """A card of the Visa and UnionPay quick shape."""
    gpo = [
        tlv(0x82, "2000"),
        tlv(0x57, "6200000000000005D30122010000000000000F"),
        tlv(0x5F34, "01"),
        tlv(0x9F10, "07010103A00000010A010000000000ED538FE4"),
        tlv(0x9F26, "95BBE372271DDA7C"),
        tlv(0x9F36, "0157"),
    ]
    if cid:
        gpo.append(tlv(0x9F27, cid))
    if ctq:
        gpo.append(tlv(0x9F6C, ctq))
    return {
        PPSE: ppse((aid, 1)),
        select(aid): fci(aid, "9F66049F02069F37045F2A02"),
        "80A8": tlv(0x77, *(gpo + [more])) + OK,
    }


CVM_LIST = "000000000000000042035E031F03"


def chip_answers(aip: str = "1980", rules: str = CVM_LIST, record: bytes = b"", cid: str = "80") -> dict:
    """A card of the Mastercard GENERATE AC shape with one record."""
    content = [
        tlv(0x57, "5413330089600044D30122010123409172"),
        tlv(0x5A, "5413330089600044"),
        tlv(0x5F24, "301231"),
        tlv(0x5F34, "01"),
        tlv(0x8C, "9F02069F37049505" + "9F3403"),
        record,
    ]
    if rules:
        content.append(tlv(0x8E, rules))
    return {
        PPSE: ppse((MASTERCARD, 1)),
        select(MASTERCARD): fci(MASTERCARD, label=b"MASTERCARD"),
        "80A8": tlv(0x77, tlv(0x82, aip), tlv(0x94, "08010100")) + OK,
        "00B2010C00": tlv(0x70, *content) + OK,
        "80AE": tlv(
            0x77,
            tlv(0x9F27, cid),
            tlv(0x9F36, "0035"),
            tlv(0x9F26, "0102030405060708"),
            tlv(0x9F10, "0110120110904009248400000000000000000029FF"),
        )
        + OK,
    }


UN = unhex("7F9F349E")


def tap(card, amount: int = 100, **settings):
    """One tap of `card`, as a CardRead."""
    settings["serial"] = "12345678"
    return run(read_card(card, EmvConfig(**settings), EmvTxn(amount, "260101", UN, 2)))


def session(name: str) -> dict:
    """A recorded session of host_tests/data/emv."""
    folder = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
    with open(folder + "/../data/emv/" + name + ".json") as file:
        return json.load(file)


def card_read(tags=None, **given):
    """A CardRead with these tags (hex) and these terminal objects (names like t95, hex)."""
    read = CardRead()
    for tag, value in (tags or {}).items():
        read.tags[tag] = unhex(value)
    for name, value in given.items():
        read.terminal[int(name[1:], 16)] = bytearray(unhex(value))
    return read


def ends(function, *args):
    """(outcome, reason, detail) of the TapEnds that a call must raise."""
    end = raises(TapEnds, function, *args)
    return end.outcome, end.reason, end.detail


def where(function, *args) -> str:
    return raises(TlvError, function, *args).where
