"""The host's front desk: checks who asks and with which keys, and hands the message to its handler.

What stands where in a message, and how an F39 is spelt, is its profile's (profiles/).
"""

import datetime
from dataclasses import dataclass, field

from . import mac, wire
from .ledger import Ledger
from .models import Terminal
from .transactions import HANDLERS
from .transactions.reversal import inquire
from .wire import Message

ACQUIRER_ID = "00085500"

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
        """The kind of payment that it asks for, or that a reversal undoes."""
        return self.message.payment

    @property
    def original(self) -> "tuple[int, int]":
        """(batch, STAN) of what a void or a reversal is about."""
        return self.message.original


_SEALED = (*HANDLERS, "inquiry")  # requests that carry a MAC


class Switch:
    """Turns one request into one answer; all that lasts is in the ledger."""

    def __init__(self, ledger: Ledger):
        self.ledger = ledger

    def handle(self, message: Message, overrides: "Overrides | None" = None, defect: "wire.WireError | None" = None) -> Reply:
        """The answer to a message; `defect` says what was wrong with its form (then F39 is 30)."""
        now = self.ledger.clock()
        terminal_id = str(message.fields.get(41, ""))
        with self.ledger.session() as session:
            row = session.get(Terminal, terminal_id)
            known = row is not None
            merchant_id = row.merchant_id if known else ""
            mak = self.ledger.vault.unwrap(row.mak) if known else None
            pik = self.ledger.vault.unwrap(row.pik) if known else None
            agreed = row.mac if known else mac.ECB
            seal = Seal(agreed, mak) if mak else None
        if not known:
            return self._network_answer(message, now, FORMAT_ERROR if defect and not terminal_id else TERMINAL_UNKNOWN)
        if message.fields.get(42) not in (None, merchant_id):
            return self._refusal(message, now, MERCHANT_UNKNOWN, seal)
        if defect is not None:
            return self._misfit(message, now, f"F{defect.field}: cannot be read", seal)
        request = Request(message, terminal_id, merchant_id, pik, overrides or Overrides())
        kind = message.kind
        if request.overrides.decline and kind not in HANDLERS:
            return self._refusal(message, now, request.overrides.decline, seal)
        if not message.offered(agreed):
            return self._refusal(message, now, UNSUPPORTED, seal)
        if kind in _SEALED and (seal is None or not seal.matches(message)):
            return self._refusal(message, now, MAC_WRONG, seal)
        misfit = message.fault()
        if misfit:
            return self._misfit(message, now, misfit, seal)
        if kind == "signon":
            return self._sign_on(request, now)
        if kind == "signoff":
            self.ledger.set_working_keys(terminal_id, None, None)
        if kind in ("signoff", "echo"):
            return self._network_answer(message, now, "00")
        if kind == "inquiry":
            return self._inquiry(request, now, seal)
        return self._answer(message, now, HANDLERS[kind](self.ledger, request, now), seal)

    # Answers

    def _sign_on(self, request: Request, now: datetime.datetime) -> Reply:
        pik, mak = request.message.new_keys()
        vault = self.ledger.vault
        with self.ledger.session() as session:
            terminal = session.get(Terminal, request.terminal_id, with_for_update=True)
            terminal.pik, terminal.mak = vault.wrap(pik), vault.wrap(mak)
            told = request.message.key_fields(vault.unwrap(terminal.tmk), pik, mak, terminal.batch)
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
        if message.mti[:2] == "08":
            reply = self._network_answer(message, now, code)
            reply.seal = seal if message.kind == "inquiry" else None
            return reply
        return self._answer(message, now, {39: code}, seal)

    def _misfit(self, message: Message, now: datetime.datetime, why: str, seal: "Seal | None") -> Reply:
        """F39 30, and the log says which field."""
        reply = self._refusal(message, now, FORMAT_ERROR, seal)
        reply.why = why
        return reply

    def _inquiry(self, request: Request, now: datetime.datetime, seal: Seal) -> Reply:
        code, state = inquire(self.ledger, request.terminal_id, *request.original)
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
