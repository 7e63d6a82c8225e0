"""A terminal of the load: keys, batch, STANs and journal of its own, and what it does with its host.

It keeps the rule of every terminal: a request without an answer is reversed until the reversal is answered, before anything
else is done.
"""

import asyncio
import random
import time
from dataclasses import dataclass, field

from acquirer import desops, mac
from acquirer.profiles.cn_pos import wire
from acquirer.rows import APPROVED, DECLINED, REVERSED
from acquirer.wire import WireError

from .cards import LoadCard
from .journal import NOT_APPROVED, NOT_FOUND, OF_REVERSAL, PENDING, SALE, VOID, Journal, Record
from .line import Address, Line, Lost
from .tally import Tally

_TPDU, _HEADER = bytes.fromhex("6000030000"), bytes.fromhex("603100310730")
_SIGN_ON, _ECHO, _INQUIRY = "003", "301", "901"
_NO_ANSWER, _CARD_REFUSED = "98", "06"  # F39 of a reversal: why
_PAUSE = 0.05  # seconds between two tries
# Letter of a status inquiry -> what the journal may say then
_LETTERS = {
    "A": (APPROVED,),
    "D": (DECLINED, NOT_APPROVED),
    "R": (REVERSED, NOT_FOUND),
    "B": (NOT_FOUND,),
    "N": (DECLINED,),  # declined without an entry
}


def echo(terminal: str, merchant: str) -> bytes:
    """An echo test of a terminal, TPDU … F60."""
    return wire.encode(wire.Message("0820", {11: "000001", 41: terminal, 42: merchant, 60: f"00000000{_ECHO}"}, _TPDU, _HEADER))


@dataclass
class Identity:
    """What a terminal is provisioned with."""

    terminal: str
    merchant: str
    tmk: bytes = field(repr=False)


class LoadTerminal:
    """One terminal.  `deck` are its cards, `patience` the seconds that it waits for an answer."""

    def __init__(
        self,
        identity: Identity,
        address: Address,
        deck: "list[LoadCard]",
        rng: random.Random,
        tally: Tally,
        patience: float = 30.0,
    ):
        self.id, self.journal = identity, Journal()
        self.address, self._deck, self._rng, self._tally, self._patience = address, deck, rng, tally, patience
        self._mak = b""
        self._keys_doubted = True
        self._batch, self._stan = 0, 0
        self._line: Line | None = None

    async def do(self, act: str) -> None:
        """One act of the mix by its name; what stays without an answer is put right at once.  Raises Lost when that fails."""
        if act in ("void", "inquiry") and not self.journal.standing():
            act = "sale"
        try:
            if self._keys_doubted:
                await self.sign_on()
            await getattr(self, act)()
        except Lost as error:
            self._tally.lines[str(error)] += 1
            await self.hang_up()
            await asyncio.sleep(_PAUSE)
            await self.settle()

    async def hang_up(self) -> None:
        """Close the line, if there is one; the next act opens another."""
        line, self._line = self._line, None
        if line is not None:
            await line.hang_up()

    # What it does

    async def sign_on(self) -> None:
        """Take new keys, and the batch that the host has open."""
        self._keys_doubted = True  # until the answer is here: the host may have made new ones already
        fields = {11: self._next(), **self._identity(), 60: f"00{self._batch:06d}{_SIGN_ON}", 63: "001"}
        answer = await self._ask("sign-on", "0800", fields, sealed=False)
        if answer.fields[39] != "00":
            self._tally.contradiction(f"terminal {self.id.terminal}: sign-on answered {answer.fields[39]}")
            return
        keys = bytes(answer.fields[62])
        self._mak = desops.decrypt(self.id.tmk, keys[20:36])
        if desops.check_value(self._mak) != keys[36:40]:
            self._tally.contradiction(f"terminal {self.id.terminal}: sign-on: wrong check value of the MAK")
        self._batch = int(str(answer.fields[60])[2:8])
        self._keys_doubted = False

    async def echo(self) -> None:
        """Is the host there?"""
        await self._ask("echo", "0820", {11: self._next(), **self._identity(), 60: f"00{self._batch:06d}{_ECHO}"}, sealed=False)

    async def sale(self) -> None:
        await self._pay(self._new_sale())

    async def void(self) -> None:
        sale = self._rng.choice(self.journal.standing())
        record = Record(self._batch, int(self._next()), VOID, sale.approved, sale.card, about=sale)
        await self._pay(self.journal.enter(record))

    async def reversal(self) -> None:
        """A sale that the card refuses after the host has approved it."""
        record = self._new_sale()
        await self._pay(record)
        if record.state == APPROVED:
            await self._reverse(record, _CARD_REFUSED)

    async def lost(self) -> None:
        """A sale whose line breaks before the answer."""
        record = self._new_sale()
        body = self._message("0200", self._fields(record), True)
        line = await self._connected()
        line.send(body)
        self._line = None
        await line.hang_up(flush=True)
        await self._reverse(record, _NO_ANSWER)

    async def duplicate(self) -> None:
        """A sale that arrives twice: both answers have to be the same, to the byte."""
        record = self._new_sale()
        body = self._message("0200", self._fields(record), True)
        line = await self._connected()
        with self._tally.timed("sale"):
            line.send(body, body)
            first = await line.receive(self._patience)
        self._note(record, self._read("sale", first))
        second = await line.receive(self._patience)
        self._tally.codes["duplicate", "same" if first == second else "differs"] += 1
        if first != second:
            self._tally.contradiction(f"terminal {self.id.terminal} {record.at}: the second answer is not the first")

    async def inquiry(self) -> None:
        """Ask for the state of a transaction, and compare it with the journal."""
        record = self._rng.choice(self.journal.records[-30:])
        found = await self.state_of(record)
        if found["letter"] not in _LETTERS or record.state not in _LETTERS[found["letter"]]:
            self._tally.contradiction(
                f"terminal {self.id.terminal} {record.at}: {record.state} in the journal, {found['letter']} by inquiry"
            )

    async def state_of(self, record: Record) -> dict:
        """What the host says of it: {"letter", "amount", "rrn"}.  Raises Lost."""
        asked = f"{record.batch:06d}{record.stan:06d}"
        fields = {11: self._next(), **self._identity(), 60: f"00{self._batch:06d}{_INQUIRY}", 61: asked}
        answer = await self._ask("inquiry", "0820", fields)
        text = str(answer.fields.get(63, "")).ljust(25)
        return {"letter": text[0], "amount": int(text[1:13].strip() or 0), "rrn": text[13:].strip()}

    async def settle(self) -> None:
        """Reverse what has no answer, again and again.  Raises Lost when the patience is at its end."""
        until = time.monotonic() + self._patience
        record = self.journal.records[-1] if self.journal.records else None
        while record is not None and record.state == PENDING:
            try:
                if self._keys_doubted:
                    await self.sign_on()
                await self._reverse(record, _NO_ANSWER)
            except Lost as error:
                await self.hang_up()
                if time.monotonic() > until:
                    raise
                self._tally.lines[str(error)] += 1
                await asyncio.sleep(_PAUSE)

    # Messages

    def _new_sale(self) -> Record:
        amount = self._rng.randint(100, 20000)
        return self.journal.enter(Record(self._batch, int(self._next()), SALE, amount, self._rng.choice(self._deck)))

    async def _pay(self, record: Record) -> None:
        what = "sale" if record.kind == SALE else "void"
        self._note(record, await self._ask(what, "0200", self._fields(record)))

    def _note(self, record: Record, answer: wire.Message) -> None:
        if int(str(answer.fields.get(11, "0"))) != record.stan:
            self._tally.contradiction(f"terminal {self.id.terminal} {record.at}: answered with STAN {answer.fields.get(11)}")
            return
        record.answered(answer.fields)
        if record.state == APPROVED and record.approved != record.amount:
            self._tally.contradiction(f"terminal {self.id.terminal} {record.at}: approved for another amount")

    async def _reverse(self, record: Record, cause: str) -> None:
        record.state = PENDING
        fields = {n: v for n, v in self._fields(record).items() if n in (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60, 61)}
        fields[39] = cause
        fields.setdefault(61, f"{record.batch:06d}{record.stan:06d}")
        answer = (await self._ask("reversal", "0400", fields)).fields
        code = str(answer[39])
        if code not in OF_REVERSAL:
            raise Lost(f"reversal answered {code}")
        record.undone(code, str(answer.get(37, "")))

    def _fields(self, record: Record) -> "dict[int, str | bytes]":
        """A 0200 about a record, sale or void."""
        card, sale = record.card, record.about
        fields: dict[int, str | bytes] = {
            2: card.pan,
            3: "200000" if sale else "000000",
            4: f"{record.amount:012d}",
            11: f"{record.stan:06d}",
            14: card.expiry,
            22: "072",
            23: card.psn.rjust(3, "0"),
            25: "00",
            **self._identity(),
            49: "156",
            60: f"{record.kind}{record.batch:06d}00060",
        }
        if sale:
            fields.update({37: sale.rrn, 38: sale.auth_code, 61: f"{sale.batch:06d}{sale.stan:06d}"})
        else:
            fields.update({35: card.track2, 55: card.field55(record.amount, self._rng)})
        return fields

    def _identity(self) -> "dict[int, str]":
        return {41: self.id.terminal, 42: self.id.merchant}

    def _next(self) -> str:
        self._stan = self._stan % 999999 + 1
        return f"{self._stan:06d}"

    def _message(self, mti: str, fields: dict, sealed: bool) -> bytes:
        seal = (lambda data: mac.profile_mac(self._mak, data)) if sealed else None
        return wire.encode(wire.Message(mti, fields, _TPDU, _HEADER), seal)

    async def _ask(self, what: str, mti: str, fields: dict, sealed: bool = True) -> wire.Message:
        """Send, wait for the answer, read it.  Raises Lost."""
        body = self._message(mti, fields, sealed)
        with self._tally.timed(what):
            line = await self._connected()
            line.send(body)
            answer = await line.receive(self._patience)
        return self._read(what, answer)

    def _read(self, what: str, body: bytes) -> wire.Message:
        """The answer, its MAC checked.  Raises Lost for what cannot be read or trusted, as no answer came."""
        try:
            answer = wire.decode(body)
        except WireError as error:
            raise Lost(f"answer cannot be read: {error}") from None
        code = str(answer.fields.get(39, ""))
        self._tally.codes[what, code] += 1
        sealed = what not in ("sign-on", "echo")
        if code == "A0":
            self._keys_doubted = True
        if code == "A0" or (sealed and not mac.matches(mac.ECB, self._mak, answer.mac_data, answer.fields.get(64))):
            raise Lost("answer with a wrong MAC")
        return answer

    async def _connected(self) -> Line:
        if self._line is None:
            self._line = await self.address.connect(self._patience)
            self._tally.lines["opened"] += 1
        return self._line
