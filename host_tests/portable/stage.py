"""A whole terminal in one process, without hardware: real flows, real store logic, a bank that keeps a ledger.

Every step that can fail in the world is a numbered step here (`Trouble.step`), so that a test can cut the power or
break the link before and after each one, and then start again on what survived.
"""

import binascii
import struct

from dialects import DIALECTS, CnPos
from expect import unhex

from taptill.adapters.store import FlashStore
from taptill.core import transactions
from taptill.core.config import Config
from taptill.core.errors import SealBroken
from taptill.core.setup import emv_config
from taptill.flows.terminal import Terminal
from taptill.ports import CardLost, Clock, Host, HostTimeout, LinkDown, Reader, ReaderFault, Screen, StoreError

PAN = "4693801184579311"
_SETTINGS = {
    "merchant_name": "Corner shop",
    "merchant_id": "123456789012345",
    "terminal_id": "12345678",
    "host": "host",
    "port": 1,
    "tls": False,
    "reversal_tries": 2,
}
# A Visa card of China, qVSDC without AFL (nfcim/nfsee tests/reader-mock.js, masked): command class -> answer.
_CARD = {
    "00A404000E": "6F30840E325041592E5359532E4444463031A51EBF0C1B61194F07A0000000031010500B56495341204352454449548701019000",
    "00A4040007": "6F488407A0000000031010A53D500B56495341204352454449548701019F38189F66049F02069F03069F1A0295055F2A029A03"
    "9C019F37045F2D04656E7A68BF0C089F5A0540015601569000",
    "80A8000023": "77478202200057134693801184579311D24072010000064700000F5F3401019F100706100A03A000009F2608C303C0EBCC51F73D"
    "9F360200099F2701809F6C0228009F6E04207000009000",
}
# The same card asking for an online PIN (9F6C bit 8 of byte 1).
PIN_CARD = {head: answer.replace("9F6C022800", "9F6C028000") for head, answer in _CARD.items()}


class PowerCut(BaseException):
    """The power is gone: nothing of this process counts any more but what is durable."""


class Trouble:
    """Counts steps and strikes at a chosen one."""

    def __init__(self, cut_at: int = 0):
        self.count = 0
        self.cut_at = cut_at
        self.dead = False
        self.memory_at = 0
        self.names = []

    def step(self, name: str) -> None:
        if self.dead:
            raise PowerCut()
        self.count += 1
        self.names.append(name)
        if self.count == self.memory_at:
            raise MemoryError()
        if self.count == self.cut_at:
            self.dead = True
            raise PowerCut()


class Zeros:
    """So many zeros, without the memory for them."""

    def __init__(self, size: int):
        self._size = size

    def __len__(self) -> int:
        return self._size


class Disk:
    """files.Folder in memory; `content` survives a power cut.  `refuse` names a file whose writes fail, `refuse_all`: all do.

    `corrupt` names a file whose blocks cannot be followed: as long as it is there, no file grows.
    """

    def __init__(self, content: dict, trouble: Trouble):
        self.content = content
        self.trouble = trouble
        self.refuse = self.corrupt = ""
        self.refuse_all = False
        self.room = 1 << 30  # bytes by which its files may still grow
        self.keep_although_refused = False
        self.writes = 0

    def inner(self, name: str):
        return _Inner(self, name + "/")

    def ensure(self) -> None:
        return None

    def names(self):
        return [name for name in self.content if "/" not in name]

    def size(self, name: str) -> int:
        return len(self.content[name]) if name in self.content else -1

    def read(self, name: str, limit: int = 4096):
        return self.content.get(name)

    def part(self, name: str, start: int, count: int) -> bytes:
        return self.content[name][start : start + count]

    def write(self, name: str, data) -> None:
        self._put(name, bytes(data))

    def append(self, name: str, data) -> int:
        self._put(name, self.content.get(name, b"") + bytes(data))
        return len(self.content[name])

    def blank(self, name: str, size: int) -> None:
        self._put(name, Zeros(size))

    def remove(self, name: str) -> None:
        self.trouble.step("before remove " + name)
        if self.refuse_all:
            raise StoreError(name + ": refused")
        self.room += len(self.content.pop(name))
        self.trouble.step("after remove " + name)

    def rename(self, name: str, other: str) -> None:
        self.trouble.step("before rename " + name)
        self.content[other] = self.content.pop(name)
        self.trouble.step("after rename " + name)

    def _put(self, name: str, data: bytes) -> None:
        self.trouble.step("before write " + name)
        grows = max(len(data) - max(self.size(name), 0), 0)
        if grows and self.corrupt in self.content:
            raise StoreError(name + ": refused", corrupt=True)
        if grows > self.room:
            raise StoreError(name + ": full", True)
        if self.refuse_all or (self.refuse and name.startswith(self.refuse)):
            if self.keep_although_refused:
                self.content[name] = data
            raise StoreError(name + ": refused")
        self.content[name] = data
        self.room -= grows
        self.writes += 1
        self.trouble.step("after write " + name)


class _Inner:
    """A folder in a Disk: its files stand in `content` under their path."""

    def __init__(self, disk: Disk, path: str):
        self._disk = disk
        self._path = path

    def own(self) -> None:
        return None

    def size(self, name: str) -> int:
        return self._disk.size(self._path + name)

    def read(self, name: str, limit: int = 4096):
        return self._disk.read(self._path + name, limit)

    def write(self, name: str, data) -> None:
        self._disk.write(self._path + name, data)


class PlainSeal:
    """The form of sealed.Seal without its cipher, which only MicroPython has built in; its tag is a CRC."""

    def seal(self, magic: int, seq: int, revision: int, clear) -> bytes:
        body = bytes((magic, revision & 255)) + seq.to_bytes(4, "big") + bytes(clear)
        return body + binascii.crc32(body).to_bytes(4, "big")

    def open(self, magic: int, sealed):
        if len(sealed) < 70 or sealed[0] != magic:
            raise SealBroken("sealed file: cut short")
        if binascii.crc32(bytes(sealed[:-4])) != int.from_bytes(sealed[-4:], "big"):
            raise SealBroken("sealed file: damaged")
        return self.salvage(sealed)

    def salvage(self, sealed):
        if len(sealed) < 10:
            raise SealBroken("sealed file: too short")
        return int.from_bytes(sealed[2:6], "big"), sealed[1], sealed[6:-4]


class Bank(Host):
    """The other side, with a ledger that survives everything: `ledger[(batch, stan)]` is [state, amount].

    `faults` is a list of names, one used up by each request: "", "refuse" (no connection), "refuse K" (for a kind K of
    LinkDown), "lost" (never arrives), "silent" (processed, no answer), "break" (processed, the link breaks), "bad-mac",
    "no-mac", "flip", "stan", "amount", "terminal", "merchant", "mti", "garbage", "late" (the answer comes with the next
    exchange), "declined" (booked as declined, no answer), "part N" (approves N, F39 10), "no-code" (approves without F39),
    "blank-auth" (approves, F38 padded with blanks), "code XX" (answers F39 XX and books nothing), "booked XX" (books, and
    answers F39 XX), "word X N" (an inquiry is answered with state X and amount N), or "field F V" (field F of the answer is
    V; "field F V;G W" sets two).
    `day_cut`: the business day of what is booked is closed, so that nothing of it is reversed any more (F39 12).
    `link` is False while there is no network at all; with `comes_back` it is there again when somebody waits for it.
    """

    def __init__(self, trouble: Trouble, ledger: dict, dialect=None):
        self.trouble = trouble
        self.ledger = ledger
        self.dialect = dialect or CnPos()
        self.faults = []
        self.requests = []
        self.reversed = {}
        self.voids = {}  # a sale -> its last void
        self.parts = []  # (an earlier one, how much of it, by which) of what takes a part of it
        self.held = {}
        self.balance = 123456
        self.late = []
        self.open = False
        self.watch = None
        self.date = "1122"
        self.day_cut = False
        self.link = True
        self.comes_back = False

    async def link_up(self, timeout_ms: int) -> bool:
        if self.comes_back and timeout_ms:
            self.comes_back, self.link = False, True
        return self.link

    def no_link(self) -> LinkDown:
        return LinkDown("wifi: no network", False, LinkDown.RADIO)

    async def connect(self) -> None:
        self.trouble.step("before connect")
        if not self.link:
            raise self.no_link()
        if self.faults and self.faults[0].startswith("refuse"):
            kind = int(self.faults.pop(0)[6:] or LinkDown.LINK)
            raise LinkDown("host: refused", False, kind)
        self.open = True
        self.trouble.step("after connect")

    async def close(self) -> None:
        self.open = False

    async def exchange(self, request, accept, timeout_ms: int):
        assert self.open and timeout_ms > 0
        self.trouble.step("before send")
        fault = self.faults.pop(0) if self.faults else ""
        if self.watch:
            self.watch(bytes(request))
        if fault == "unsent":
            raise LinkDown("host: gone", False)
        if fault == "lost":
            raise HostTimeout("host: no answer")
        self.requests.append(bytes(request))
        answers = self.late + self._process(bytes(request), fault)
        self.late = []
        self.trouble.step("after send")
        if fault == "break":
            raise LinkDown("host: broken", True)
        if fault == "late":
            self.late = answers
            answers = []
        if fault in ("silent", "declined"):
            answers = []
        for answer in answers:
            self.trouble.step("answer")
            value = accept(answer)
            if value is not None:
                return value
        self.open = False
        raise HostTimeout("host: no answer")

    def debited(self) -> int:
        """What the ledger says was taken, in minor units."""
        return sum(amount for state, amount in self.ledger.values() if state == "A")

    def _process(self, request: bytes, fault: str):
        dialect = self.dialect
        ask = dialect.profile.parse(request)
        fields = ask.fields
        kind = dialect.kind(ask)
        code = "00"
        extra = {}
        row = transactions.of_name(kind)
        sealed = row is not None or kind in ("reversal", "inquiry")
        if sealed and not dialect.profile.mac_ok(request, dialect.mac):
            code = dialect.wrong_mac
        elif fault.startswith("code "):
            code = fault[5:]
        elif fault.startswith("word "):
            extra[dialect.state_field] = "%s%012d%12s" % (fault[5], int(fault[7:]), "")
        elif row is not None and row.settled == transactions.NOTHING:
            extra[54] = "3002156C%012d" % self.balance
        elif row is not None:
            key = dialect.key(fields)
            assert key not in self.ledger, "STAN used twice"
            code = "25" if key in self.reversed else "00"
            if fault == "declined":
                code = "05"
            if fault.startswith("part "):
                code = "10"
                extra[4] = "%012d" % int(fault[5:])
            if kind == "void":
                code = self._void(fields) if code == "00" else code
            elif row.of and code == "00":
                code = self._about(row, fields)
            self.ledger[key] = ["A" if code in ("00", "10") else "D", row.sign * int(extra.get(4, fields[4]))]
            if kind == "preauth":
                self.held[key] = int(fields[4])
            extra[38] = "A1    " if fault == "blank-auth" else "A00001"
            if fault.startswith("booked "):
                code = fault[7:]
        elif kind == "reversal":
            key = dialect.key(fields)
            self.reversed[key] = int(fields[4])
            if key not in self.ledger:
                code = "25"
            elif self.ledger[key][0] == "D" or (self.day_cut and self.ledger[key][0] == "A"):
                code = "12"
            else:
                self.ledger[key][0] = "R"
        elif kind == "inquiry":
            key = dialect.original(fields)
            if key in self.ledger:
                extra[dialect.state_field] = self.ledger[key][0] + "%012d" % abs(self.ledger[key][1]) + "112200000001"
            elif key in self.reversed:
                extra[dialect.state_field] = "B%012d" % self.reversed[key] + " " * 12
            elif 4 in fields:  # the inquiry bars
                self.reversed[key] = int(fields[4])
                extra[dialect.state_field] = "B%012d" % self.reversed[key] + " " * 12
            else:
                code = "25"
        elif kind == "sign-on":
            extra.update(dialect.keys)
        return self._answer(ask, code, extra, fault, sealed)

    def _stands(self, key) -> bool:
        """Is it approved, and no void of it?"""
        return self.ledger.get(key, "D")[0] == "A" and self.ledger.get(self.voids.get(key), "D")[0] != "A"

    def _about(self, row, fields: dict) -> str:
        """F39 of another one about an earlier: what it names stands, and of it no more than its share is taken."""
        key = self.dialect.original(fields)
        if key not in self.ledger or self.ledger[key][0] != "A":
            return "25"
        if row.undoes:
            self.voids[key] = self.dialect.key(fields)
            return "00"
        taken = sum([one for about, one, at in self.parts if about == key and self._stands(at)])
        most = abs(self.ledger[key][1]) or self.held.get(key, 0)
        if taken + int(fields[4]) > most * row.share // 100:
            return "64"
        self.parts.append((key, int(fields[4]), self.dialect.key(fields)))
        return "00"

    def _void(self, fields: dict) -> str:
        """F39 of a void: the sale that it names stands, with that amount, reference and card, and was not voided before."""
        key = self.dialect.original(fields)
        if self.ledger.get(key) != ["A", int(fields[4])] or fields[37] != "112200000001" or 55 in fields or 52 in fields:
            return "25"
        if self.voids.get(key) and self.ledger[self.voids[key]][0] == "A":
            return "22"
        self.voids[key] = self.dialect.key(fields)
        return "00"

    def _answer(self, ask, code: str, extra: dict, fault: str, sealed: bool):
        fields = {number: ask.fields[number] for number in self.dialect.repeated if number in ask.fields}
        fields.update({12: "101530", 13: self.date, 37: "112200000001", 39: code})
        fields.update(extra)
        if fault == "no-code":
            del fields[39]
        if fault.startswith("field "):
            for one in fault[6:].split(";"):
                number, value = one.split(" ", 1)
                fields[int(number)] = value
        mti = ask.mti[:2] + "%02d" % (int(ask.mti[2:]) + 10)
        if fault == "stan":
            fields[11] = "%06d" % (int(fields[11]) ^ 1)
        if fault == "amount":
            fields[4] = "%012d" % (int(fields[4]) + 1)
        if fault == "terminal":
            fields[41] = "87654321"
        if fault == "merchant":
            fields[42] = "543210987654321"
        if fault == "mti":
            mti = "0410" if mti != "0410" else "0210"
        frame = self.dialect.build(mti, fields, ask, self.dialect.mac if sealed and fault != "no-mac" else None)
        if fault == "bad-mac":
            frame[-1] ^= 1
        if fault == "flip":
            frame[25] ^= 4
        if fault == "garbage":
            frame = bytearray(b"\x60\x00nonsense")
        return [frame]


class Tap(Reader):
    """A reader with the masked Visa card on it, or with `script` "gone", "none", "silent" (the chip itself), or another map
    of command -> answer.
    """

    def __init__(self, script=None):
        self.script = script or _CARD

    async def wait_card(self, timeout_ms: int, cancelled):
        if self.script == "silent":
            raise ReaderFault("reader: silent")
        if self.script == "none" or cancelled():
            return None
        return self

    async def transceive(self, capdu, timeout_ms: int = 5000):
        if self.script == "gone":
            raise CardLost("card: gone")
        head = binascii.hexlify(bytes(capdu[:5])).decode().upper()
        return memoryview(unhex(self.script.get(head, "6A82")))

    async def off(self) -> None:
        return None


class FixedClock(Clock):
    """2026-11-22 10:15:30; counts the pauses it was asked for."""

    def __init__(self):
        self.pauses = []
        self.time = (2026, 11, 22, 10, 15, 30)

    def now(self):
        return self.time

    def today(self) -> str:
        return "261122"

    async def pause(self, milliseconds: int) -> None:
        self.pauses.append(milliseconds)

    def set_from_host(self, f12: str, f13: str) -> None:
        return None


class Watcher(Screen):
    """Notes what a person would have seen: `steps` alone, `shown` with (step, amount, detail), `pins` the amounts above a PIN."""

    def __init__(self):
        self.steps = []
        self.shown = []
        self.pins = []
        self.cancel = False
        self.pin_digits = None
        self.asked = []
        self.agrees = True
        self.pin_given = None
        self.offered = []
        self.lit = True

    def progress(self, step: int, amount: int = 0, detail: int = 0) -> None:
        self.steps.append(step)
        self.shown.append((step, amount, detail))

    def visible(self) -> bool:
        return self.lit

    def cancelled(self) -> bool:
        return self.cancel

    async def pin(self, amount: int):
        self.pins.append(amount)
        self.pin_given = bytearray(self.pin_digits) if self.pin_digits else None
        return self.pin_given

    async def agree(self, asked, stan: int) -> bool:
        self.asked.append((asked.kind, asked.amount, stan))
        return self.agrees

    async def again(self, ended) -> bool:
        self.offered.append((ended.end, ended.f39, ended.asked))
        return self.agrees


class DemoKeys:
    """ports.Keys with fixed working keys.  `installed`: each F62 that a sign-on brought; `refuse` is raised for the next."""

    def __init__(self, ready: bool = True, dialect=None):
        self.dialect = dialect or CnPos()
        self.master = True
        self.loaded = ready
        self.installed = []
        self.blocks = []
        self.refuse = None

    def has_master(self) -> bool:
        return self.master

    def ready(self) -> bool:
        return self.loaded

    def install(self, f62) -> None:
        self.installed.append(bytes(f62))
        if self.refuse:
            raise self.refuse
        self.loaded = True

    def mac(self, data) -> bytes:
        return self.dialect.mac(data)

    def pin_block(self, pin, pan: str) -> bytes:
        self.blocks.append((bytes(pin), pan))
        return b"PINBLOCK"


class Digits:
    """ports.Entropy that is not random: only a test may."""

    def bytes(self, count: int) -> bytes:
        return bytes(range(count))


class Stage:
    """Terminal and bank.  `again()` is the same stage after a power cut; `settings` and `ca` are then what flash holds.

    The setting `profile` says what both speak.
    """

    def __init__(self, cut_at: int = 0, disk=None, ledger=None, before=None, settings=None, ca=None):
        values = dict(_SETTINGS)
        values.update(settings or {})
        config = Config(values)
        dialect = [each for each in DIALECTS if each.name == config.profile][0]()
        self.trouble = Trouble(cut_at)
        self.content = {} if disk is None else disk
        self.ledger = {} if ledger is None else ledger
        self.disk = Disk(self.content, self.trouble)
        self.bank = Bank(self.trouble, self.ledger, dialect)
        if before is not None:
            self.bank.reversed, self.bank.voids = before.reversed, before.voids
            self.bank.parts, self.bank.held = before.parts, before.held
        self.screen = Watcher()
        self.clock = FixedClock()
        self.reader = Tap()
        self.keys = DemoKeys(dialect=dialect)
        self.store = FlashStore(self.disk, PlainSeal())
        self.store.open()
        self.t = Terminal(
            config, emv_config(config), self.bank, self.reader, self.store, self.keys, self.clock, self.screen, Digits(), ca
        )

    def again(self, cut_at: int = 0, settings=None, ca=None):
        """Power back on: a new terminal on the surviving flash, the same bank."""
        return Stage(cut_at, self.content, self.ledger, self.bank, settings, ca)

    def journaled(self) -> int:
        """What the terminal's journal says was taken: the last word on each trace counts."""
        stands = {}
        for record in self.store.records():
            stands[(record.batch, record.stan)] = transactions.of(record.kind).sign * record.approved if record.kind else 0
        return sum(stands.values())


def of_earlier_firmware(content: dict) -> None:
    """Flash as a firmware before the marks left it: without them, and with a counter that bears no revision."""
    del content["beside/marks"]
    if "counter" in content:
        numbers = content["counter"][:8]
        content["counter"] = numbers + struct.pack("<I", binascii.crc32(numbers))


def mac(data) -> bytes:
    """The default profile's MAC under the test key."""
    return CnPos().mac(data)
