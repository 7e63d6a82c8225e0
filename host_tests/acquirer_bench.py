"""A hand-made terminal for the acquirer's tests: raw sockets, bytes by the profile, its own key handling."""

import asyncio
import datetime
import ssl

import psec
import pyemv

from acquirer import books, desops, mac
from acquirer.profiles.cn_pos import wire
from acquirer.profiles.iso87a import wire as ascii_wire
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.wire import connected

# Keys of the D set, vectors/iso8583_vectors.md 1.3 and 3.4
TMK = bytes.fromhex("258FB0AB70D025CDB99DF2C4D302D646")
PIK = bytes.fromhex("D931648F3DE313A4A22C15DCA4F4299E")
MAK = bytes.fromhex("AB7C577CC7A18045")
TERMINAL, MERCHANT = "12345678", "123456789012345"
IMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
VISA, VECTOR_CARD = "4000000000000002", "6200000000000005"
# PAN, expiry, balance, PSN, PIN, issuer key, cryptogram version, limit.  The card of the D set has no known issuer key.
CARDS = (
    (VECTOR_CARD, "3012", 1000000, "01", "123456", None, None, None),
    (VISA, "3112", 100000, "00", "1234", IMK, "visa-10", 500000),
    ("4000000000000010", "2001", 100000, "00", None, None, None, None),
    ("4000000000000028", "3112", 0, "00", None, None, None, None),
)
NOW = datetime.datetime(2026, 3, 1, 10, 15, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))


def clock() -> datetime.datetime:
    """Always the same moment, so that answers are the same bytes."""
    return NOW


def new_acquirer(**options) -> Acquirer:
    """An acquirer on free ports with the D set's terminal, its working keys already in place."""
    ledger = SqlLedger("sqlite://", clock)
    ledger.add_terminal(TERMINAL, MERCHANT, TMK)
    ledger.set_working_keys(TERMINAL, PIK, MAK)
    for pan, expiry, balance, psn, pin, imk, cvn, limit in CARDS:
        ledger.add_card(pan, expiry, balance, "hand " + pan[-4:], psn, pin, imk, cvn, limit)
    return Acquirer(ledger, clock=clock, demo_data=False, **options)


def run(work, **options) -> None:
    """Run an async test; the books must add up afterwards.  `work(acquirer)` gets a started acquirer."""

    async def whole() -> None:
        async with new_acquirer(**options) as acquirer:
            await work(acquirer)
            assert books.problems(acquirer.ledger) == []

    asyncio.run(asyncio.wait_for(whole(), 30))


def cryptogram_field(amount: int, pan: str, psn: str, atc: int, un: str = "11223344", spoil: bool = False) -> bytes:
    """Field 55 of a Visa CVN 10 card under IMK, made with pyemv."""
    parts = {
        "tag_9f02": bytes.fromhex(f"{amount:012d}"),
        "tag_9f03": bytes(6),
        "tag_9f1a": bytes.fromhex("0156"),
        "tag_95": bytes(5),
        "tag_5f2a": bytes.fromhex("0156"),
        "tag_9a": bytes.fromhex("260301"),
        "tag_9c": bytes(1),
        "tag_9f37": bytes.fromhex(un),
        "tag_82": bytes.fromhex("2000"),
        "tag_9f36": atc.to_bytes(2, "big"),
    }
    cvr = bytes.fromhex("03A00000")
    card = pyemv.cvn.VisaCVN10(iss_mk_ac=IMK, iss_mk_smi=IMK, iss_mk_smc=IMK, pan=pan, psn=psn)
    arqc = bytearray(card.generate_ac(**parts, cvr=cvr))
    if spoil:
        arqc[0] ^= 1
    tags = {"9F26": bytes(arqc), "9F27": b"\x80", "9F10": bytes.fromhex("06010A") + cvr}
    tags.update({name[4:].upper(): value for name, value in parts.items()})
    return bytes(pyemv.tlv.encode(tags))


class HandTerminal:
    """One terminal on one connection, which speaks the default profile."""

    WIRE, LINE, MAC = wire, "tcp", mac.ECB
    MIDDLE = (bytes.fromhex("6000030000"), bytes.fromhex("603100310730"))  # TPDU and header

    def __init__(
        self,
        acquirer: Acquirer,
        terminal: str = TERMINAL,
        merchant: str = MERCHANT,
        tmk: bytes = TMK,
        pik: "bytes | None" = PIK,
        mak: "bytes | None" = MAK,
    ):
        self.acquirer, self.terminal, self.merchant, self.tmk = acquirer, terminal, merchant, tmk
        self.pik, self.mak = pik, mak
        self.reader = self.writer = None

    async def __aenter__(self) -> "HandTerminal":
        self.reader, self.writer = await connected("127.0.0.1", self.acquirer.ports[self.LINE])
        return self

    async def __aexit__(self, *_) -> None:
        self.writer.close()

    async def connect_tls(self, context: ssl.SSLContext, name: str) -> "HandTerminal":
        self.reader, self.writer = await connected("127.0.0.1", self.acquirer.ports["tls"], context, name)
        return self

    def sale(self, stan: int, amount: int = 1250, **changes) -> dict:
        """Fields of a sale with the card of the vectors; `f55=None` takes a field out."""
        fields = {
            2: "6200000000000005",
            3: "000000",
            4: f"{amount:012d}",
            11: f"{stan:06d}",
            14: "3012",
            22: "012",
            25: "00",
            41: self.terminal,
            42: self.merchant,
            49: "156",
            60: "2200000100060",
        }
        return self._changed(fields, changes)

    def visa_sale(self, stan: int, amount: int = 1250, atc: int = 1, spoil: bool = False, **changes) -> dict:
        """Fields of a contactless sale with hand-visa."""
        pan = "4000000000000002"
        fields = {
            2: pan,
            14: "3112",
            22: "072",
            23: "000",
            35: pan + "D3112201",
            55: cryptogram_field(amount, pan, "00", atc, spoil=spoil),
        }
        return self._changed({**self.sale(stan, amount), **fields}, changes)

    def reversal(self, sale: dict, cause: str = "98", mti: str = "0200", **changes) -> dict:
        """Fields of the reversal of a sale, or of another payment, whose MTI that was."""
        fields = {n: sale[n] for n in (2, 3, 4, 11, 14, 22, 25, 41, 42, 49, 60) if n in sale}
        fields.update({39: cause, 61: sale.get(61, sale[60][2:8] + sale[11])})
        return self._changed(fields, changes)

    def void(self, sale: dict, told: dict, original: int) -> dict:
        """Fields of a void of the sale of that STAN in batch 1, of which `told` are the answer's; F11 is that of `sale`."""
        return {**sale, 3: "200000", 37: told[37], 38: told[38], 60: "2300000100060", 61: f"000001{original:06d}"}

    # MTI, F3, F25 and 60.1 of the other payments
    MORE = {
        "refund": ("0220", "200000", "00", "25"),
        "balance": ("0200", "310000", "00", "01"),
        "preauth": ("0100", "030000", "06", "10"),
        "preauth-void": ("0100", "200000", "06", "11"),
        "completion": ("0200", "000000", "06", "20"),
        "compl-void": ("0200", "200000", "06", "21"),
    }

    def tapped(self, kind: str, stan: int, **changes) -> "tuple[str, dict]":
        """(MTI, fields) of a balance inquiry or a pre-authorisation with the card of the vectors."""
        mti, f3, f25, number = self.MORE[kind]
        fields = {**self.sale(stan), 3: f3, 25: f25, 60: number + "00000100060"}
        if kind == "balance":
            del fields[4]
        return mti, self._changed(fields, changes)

    def about(self, kind: str, stan: int, original: dict, told: dict, amount: int, **changes) -> "tuple[str, dict]":
        """(MTI, fields) of a payment about an earlier one of batch 1, of which `told` are the answer's."""
        mti, f3, f25, number = self.MORE[kind]
        fields = {n: original[n] for n in (2, 14, 22, 41, 42, 49) if n in original}
        fields.update({3: f3, 4: f"{amount:012d}", 11: f"{stan:06d}", 25: f25, 38: told[38], 60: number + "00000100060"})
        fields[61] = "000001" + original[11] + "0301"
        if kind in ("refund", "compl-void"):
            fields[37] = told[37]
        if kind == "refund":
            fields[63] = "CUP"
        return mti, self._changed(fields, changes)

    def named(self, original: int) -> dict:
        """What names a payment that no host has seen, as keyword for `about`."""
        return {"f61": f"000001{original:06d}0301"}

    def barring(self, stan: int, refund: int, amount: "int | None") -> "tuple[str, dict]":
        """(MTI, fields) of the inquiry that bars a refund of that STAN."""
        mti, fields = self.inquiry(stan, refund, "902")
        return mti, self._changed(fields, {"f4": None if amount is None else f"{amount:012d}", "f60": "25000001902"})

    STATE = 63  # of an inquiry's answer

    def inquiry(self, stan: int, original: int, network: str = "901", batch: int = 1) -> "tuple[str, dict]":
        """(MTI, fields) of a status inquiry about a STAN."""
        fields = {11: f"{stan:06d}", 41: self.terminal, 42: self.merchant}
        return "0820", {**fields, 60: f"00000001{network}", 61: f"{batch:06d}{original:06d}"}

    @staticmethod
    def _changed(fields: dict, changes: dict) -> dict:
        fields.update({int(name[1:]): value for name, value in changes.items()})
        return {n: v for n, v in fields.items() if v is not None}

    def body(self, mti: str, fields: dict, with_mac: bool = True) -> bytes:
        message = self.WIRE.Message(mti, fields, *self.MIDDLE)
        return message.encode((lambda data: mac.code(self.MAC, self.mak, data)) if with_mac and self.mak else None)

    def send(self, body: bytes) -> None:
        self.writer.write(self.WIRE.frame(body))

    async def receive(self, timeout: float = 5.0):
        """The next answer, its MAC checked when it has one.  Raises IncompleteReadError when the host hangs up instead."""
        body = await self.WIRE.read_frame(self.reader, timeout, timeout)
        if body is None:
            raise asyncio.IncompleteReadError(b"", None)
        message = self.WIRE.decode(body)
        if message.mac is not None:
            assert mac.matches(self.MAC, self.mak, message.mac_data, message.mac)
        return message

    async def ask(self, mti: str, fields: dict, with_mac: bool = True):
        self.send(self.body(mti, fields, with_mac))
        return await self.receive()

    async def code(self, mti: str, fields: dict, with_mac: bool = True) -> str:
        return (await self.ask(mti, fields, with_mac)).fields[39]

    async def sign_on(self, network_code: str = "003"):
        """Sign on, unwrap and check the working keys, use them from now on."""
        answer = await self.ask(
            "0800", {11: "000001", 41: self.terminal, 42: self.merchant, 60: "00000001" + network_code, 63: "001"}, with_mac=False
        )
        if answer.fields[39] == "00":
            self._take(answer.fields[62], 8 if network_code == "001" else 16, 4)
        return answer

    def _take(self, wrapped: bytes, size: int, check: int) -> None:
        """PIK and MAK of that size, with so many bytes of check value behind each."""
        keys = []
        for start in (0, size + check):
            key = desops.decrypt(self.tmk, wrapped[start : start + size])
            assert desops.encrypt(key, bytes(8))[:check] == wrapped[start + size : start + size + check]
            keys.append(key)
        self.pik, self.mak = keys

    def pin_fields(self, pin: str, pan: str = "6200000000000005") -> dict:
        block = desops.encrypt(self.pik, psec.pinblock.encode_pinblock_iso_0(pin, pan))
        return {"f22": "011", "f26": "12", "f52": block, "f53": "2600000000000000"}

    async def inquire(self, stan: int, original: int, network: str = "901", batch: int = 1) -> "tuple[str, str]":
        answer = await self.ask(*self.inquiry(stan, original, network, batch))
        return answer.fields[39], answer.fields[63]


class RetailTerminal(HandTerminal):
    """It makes the retail MAC."""

    MAC = mac.RETAIL


class AsciiTerminal(RetailTerminal):
    """It speaks iso87a, on a host that has the line for it."""

    WIRE, LINE, MIDDLE = ascii_wire, "iso87a-tcp", ()

    def sale(self, stan: int, amount: int = 1250, **changes) -> dict:
        return super().sale(stan, amount, **{"f7": "0301101530", "f60": "000001", **changes})

    def void(self, sale: dict, told: dict, original: int) -> dict:
        return {**sale, 3: "020000", 37: told[37], 38: told[38], 90: f"0200{original:06d}0301101530" + "0" * 22}

    def reversal(self, sale: dict, cause: str = "68", mti: str = "0200", **changes) -> dict:
        fields = {n: sale[n] for n in (2, 3, 4, 7, 11, 14, 22, 25, 41, 42, 49, 60) if n in sale}
        return self._changed({**fields, 39: cause, 90: mti + sale[11] + sale[7] + "0" * 22}, changes)

    MORE = {
        "refund": ("0200", "200000", "00"),
        "balance": ("0200", "310000", "00"),
        "preauth": ("0100", "000000", "06"),
        "preauth-void": ("0100", "020000", "06"),
        "completion": ("0200", "000000", "06"),
        "compl-void": ("0200", "020000", "06"),
    }
    STATE = 48

    def tapped(self, kind: str, stan: int, **changes) -> "tuple[str, dict]":
        mti, f3, f25 = self.MORE[kind]
        fields = {**self.sale(stan), 3: f3, 25: f25}
        if kind == "balance":
            del fields[4]
        return mti, self._changed(fields, {name: value for name, value in changes.items() if name != "f53"})

    def about(self, kind: str, stan: int, original: dict, told: dict, amount: int, **changes) -> "tuple[str, dict]":
        mti, f3, f25 = self.MORE[kind]
        fields = {n: original[n] for n in (2, 7, 14, 22, 41, 42, 49, 60) if n in original}
        fields.update({3: f3, 4: f"{amount:012d}", 11: f"{stan:06d}", 25: f25, 38: told[38]})
        fields[90] = ("0100" if kind in ("preauth-void", "completion") else "0200") + original[11] + original[7] + "0" * 22
        if kind != "compl-void":
            fields[61] = "000001"
        if kind in ("refund", "compl-void"):
            fields[37] = told[37]
        return mti, self._changed(fields, changes)

    def named(self, original: int) -> dict:
        return {"f90": f"0200{original:06d}" + "0" * 32}

    def barring(self, stan: int, refund: int, amount: "int | None") -> "tuple[str, dict]":
        mti, fields = self.inquiry(stan, refund)
        return mti, self._changed({**fields, 3: "200000", 25: "00"}, {"f4": None if amount is None else f"{amount:012d}"})

    def inquiry(self, stan: int, original: int, network: str = "", batch: int = 1) -> "tuple[str, dict]":
        fields = {7: "0301101530", 11: f"{stan:06d}", 41: self.terminal, 42: self.merchant, 60: f"{batch:06d}"}
        return "0600", {**fields, 90: f"0200{original:06d}" + "0" * 32}

    async def sign_on(self, network_code: str = "001"):
        fields = {7: "0301101530", 11: "000001", 41: self.terminal, 42: self.merchant, 60: "000001", 70: network_code}
        answer = await self.ask("0800", fields, with_mac=False)
        if answer.fields[39] == "00":
            self._take(bytes.fromhex(answer.fields[48]), 16, 3)
        return answer
