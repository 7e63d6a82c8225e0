"""The host's front desk: checks who asks and with which keys, and hands the message to its handler.

What stands where in a message, and how an F39 is spelt, is its profile's (profiles/).
"""

import datetime
from dataclasses import dataclass, field

from . import emv, mac, wire
from .ledger import Ledger
from .rows import Terminal
from .transactions import HANDLERS
from .transactions.common import ACQUIRER_ID, CURRENCY, pan_of
from .transactions.reversal import inquire
from .unit import Needs, Unit
from .wire import Message

# F39 of what is decided here, for the profile to spell
FORMAT_ERROR, MERCHANT_UNKNOWN, TERMINAL_UNKNOWN, UNSUPPORTED, MAC_WRONG = "30", "03", "97", "40", "A0"


@dataclass
class Overrides:
    """What a fault makes the issuer decide: F39 instead of its own, or a smaller amount."""

    decline: "str | None" = None
    approve: "str | None" = None
    partial: "int | None" = None


@dataclass
class Seal:
    """What F64 is made with: a MAC by its name (acquirer.mac) and its key."""

    kind: str
    mak: bytes = field(repr=False)

    def code(self, data: bytes) -> bytes:
        """F64 over `data`."""
        return mac.code(self.kind, self.mak, data)

    def matches(self, message: Message) -> bool:
        """Has the message the MAC that it must have?"""
        return mac.matches(self.kind, self.mak, message.mac_data, message.mac)


@dataclass
class Reply:
    """An answer before it is coded: faults may still change its fields.  `seal` None means no F64; `why` is for the log."""

    message: Message
    seal: "Seal | None" = None
    why: str = ""

    def encode(self) -> bytes:
        """TPDU … F64 without length prefix."""
        return self.message.encode(self.seal.code if self.seal else None)


@dataclass
class Request:
    """A readable message of a known terminal."""

    message: Message
    terminal_id: str
    merchant_id: str
    pik: "bytes | None" = field(repr=False)
    overrides: Overrides = field(default_factory=Overrides)
    currency: str = CURRENCY

    def text(self, number: int) -> str:
        """A digit or text field, "" when absent."""
        return str(self.message.fields.get(number, ""))

    @property
    def batch(self) -> int:
        """The batch of the payment, -1 when absent."""
        return self.message.batch

    @property
    def stan(self) -> int:
        return self.message.stan

    @property
    def of(self) -> str:
        """The kind of payment that it asks for, that a reversal undoes, or that an inquiry bars."""
        return self.message.payment

    @property
    def original(self) -> "tuple[int, int]":
        """(batch, STAN) of what a void, a refund, a reversal … is about."""
        return self.message.original


_SEALED = (*HANDLERS, "inquiry")  # requests that carry a MAC


def _terminal_id(message: Message) -> str:
    """F41, "" when absent or when it is none: not every database takes every byte."""
    terminal_id = message.text(41)
    return terminal_id if terminal_id.isascii() and terminal_id.isprintable() else ""


def needs(message: Message) -> Needs:
    """What the answer to a message takes from the ledger, as far as that is plain before it is judged."""
    terminal_id = _terminal_id(message)
    kind = message.kind
    if kind not in HANDLERS:
        return Needs(terminal_id)
    try:
        batch, stan = message.original if kind == "reversal" else (message.batch, message.stan)
    except ValueError:
        return Needs(terminal_id)  # its rule will say which field that is
    pan, key = pan_of(message), (terminal_id, batch, stan)
    atc, cryptogram = emv.presented(message.fields.get(55)) if kind != "reversal" else (None, None)
    return Needs(terminal_id, pan, key, (pan, atc, cryptogram) if atc and cryptogram else None)


class Switch:
    """Turns one request into one answer; all that lasts is in the ledger.  `currency` (ISO 4217, n3) is that of its merchants."""

    def __init__(self, ledger: Ledger, currency: str = CURRENCY):
        self.ledger = ledger
        self.currency = currency

    def handle(self, message: Message, overrides: "Overrides | None" = None, defect: "wire.WireError | None" = None) -> Reply:
        """The answer to a message; `defect` says what was wrong with its form (then F39 is 30).  What it decides lasts."""
        return self.ledger.perform(lambda unit: self.answer(unit, message, overrides, defect), needs(message))

    async def ask(self, message: Message, overrides: "Overrides | None" = None, defect: "wire.WireError | None" = None) -> Reply:
        """As `handle`, and meanwhile others in the loop go on."""
        return await self.ledger.ask(lambda unit: self.answer(unit, message, overrides, defect), needs(message))

    def answer(
        self, unit: Unit, message: Message, overrides: "Overrides | None" = None, defect: "wire.WireError | None" = None
    ) -> Reply:
        """The answer to a message in a unit of work, which may be told once that lasts."""
        now = self.ledger.clock()
        terminal_id = _terminal_id(message)
        terminal = unit.terminal(terminal_id)
        if terminal is None:
            return self._network_answer(message, now, FORMAT_ERROR if defect and not message.text(41) else TERMINAL_UNKNOWN)
        mak = unit.vault.unwrap(terminal.mak)
        kind_of_mac = message.mac_kind(terminal.mac)
        # Keys that were given out for another MAC are none here (acquirer.mac).
        own = mak and terminal.mac_in_force == kind_of_mac and mac.fits(kind_of_mac, mak)
        seal = Seal(kind_of_mac, mak) if own else None
        if message.fields.get(42) not in (None, terminal.merchant_id):
            return self._refusal(message, now, MERCHANT_UNKNOWN, seal)
        if defect is not None:
            return self._misfit(message, now, f"F{defect.field}: cannot be read", seal)
        pik = unit.vault.unwrap(terminal.pik)
        request = Request(message, terminal_id, terminal.merchant_id, pik, overrides or Overrides(), self.currency)
        kind = message.kind
        if request.overrides.decline and kind not in HANDLERS:
            return self._refusal(message, now, request.overrides.decline, seal)
        if not message.offered(terminal.mac):
            return self._refusal(message, now, UNSUPPORTED, seal)
        if kind in _SEALED and (seal is None or not seal.matches(message)):
            return self._refusal(message, now, MAC_WRONG, seal)
        misfit = message.fault()
        if misfit:
            return self._misfit(message, now, misfit, seal)
        if kind == "signon":
            return self._sign_on(unit, terminal, request, now)
        if kind == "signoff":
            unit.change_terminal(terminal, pik=None, mak=None, key_mac=None)
        if kind in ("signoff", "echo"):
            return self._network_answer(message, now, "00")
        if kind == "inquiry":
            return self._inquiry(unit, request, now, seal)
        return self._answer(message, now, HANDLERS[kind](unit, request, now), seal)

    # Answers

    def _sign_on(self, unit: Unit, terminal: Terminal, request: Request, now: datetime.datetime) -> Reply:
        vault, randomness = unit.vault, self.ledger.randomness
        pik, mak = request.message.new_keys(randomness)
        kind = request.message.mac_kind(terminal.mac)
        unit.change_terminal(terminal, pik=vault.wrap(pik), mak=vault.wrap(mak), key_mac=kind)
        told = request.message.key_fields(vault.unwrap(terminal.tmk), pik, mak, terminal.batch, randomness)
        return self._network_answer(request.message, now, "00", told)

    def _network_answer(self, message: Message, now: datetime.datetime, code: str, more: "dict | None" = None) -> Reply:
        """0810 and 0830: no amounts, no MAC."""
        fields = message.repeated()
        fields.update(
            {
                12: now.strftime("%H%M%S"),
                13: now.strftime("%m%d"),
                32: ACQUIRER_ID,
                37: now.strftime("%H%M%S") + str(message.fields.get(11, "000000")),
                39: code,
            }
        )
        fields.update(more or {})
        return self._reply(message, fields, None)

    def _refusal(self, message: Message, now: datetime.datetime, code: str, seal: "Seal | None") -> Reply:
        """An F39 and nothing done; with F64 when it belongs into such an answer and the terminal has keys."""
        if message.mti[:2] in message.MANAGEMENT:
            reply = self._network_answer(message, now, code)
            reply.seal = seal if message.kind == "inquiry" else None
            return reply
        return self._answer(message, now, {39: code}, seal)

    def _misfit(self, message: Message, now: datetime.datetime, why: str, seal: "Seal | None") -> Reply:
        """F39 30, and the log says which field."""
        reply = self._refusal(message, now, FORMAT_ERROR, seal)
        reply.why = why
        return reply

    def _inquiry(self, unit: Unit, request: Request, now: datetime.datetime, seal: Seal) -> Reply:
        code, state = inquire(unit, request, now)
        reply = self._network_answer(request.message, now, code, request.message.state_fields(state))
        reply.seal = seal
        return reply

    def _answer(self, message: Message, now: datetime.datetime, more: dict, seal: "Seal | None") -> Reply:
        """An answer to a financial message: what is echoed, what is always told, and `more`.

        A None in `more` takes the field out.
        """
        fields = message.repeated()
        fields.update(
            {
                12: now.strftime("%H%M%S"),
                13: now.strftime("%m%d"),
                32: ACQUIRER_ID,
                37: now.strftime("%H%M%S") + str(message.fields.get(11, "000000")),
            }
        )
        fields.update(more)
        return self._reply(message, {n: v for n, v in fields.items() if v is not None}, seal)

    @staticmethod
    def _reply(message: Message, fields: dict, seal: "Seal | None") -> Reply:
        return Reply(message.answer(fields), seal)
