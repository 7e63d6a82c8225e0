"""The host's front desk: checks who asks and with which keys, and hands the message to its handler.

The status inquiry is this project's own extension of the profile.  0820: F11 a new STAN, F41, F42, F60 with
60.3 = 901, F61 = batch n6 + STAN n6 of the transaction asked about, F64.  0830: F39 00 known or 25 unknown,
F61 as asked, F63 = state letter (A approved, D declined, R reversed, B never seen and barred, N not known) + amount n12 +
RRN an12 (blank padded), F64.  The code of terminals before version 0.2, 381, is answered as it was then (R where B is meant now);
elsewhere it ends the download of the IC parameters.
"""

import datetime
from dataclasses import dataclass, field

from . import keys, mac, rules, wire
from .ledger import Ledger
from .models import Terminal
from .transactions import HANDLERS
from .transactions.reversal import BARRED, inquire
from .wire import Message

ACQUIRER_ID = "00085500"
SIGN_ON_CODES = ("001", "003", "004")
DOUBLE_KEYS = ("003", "004")  # the retail MAC cannot be made with less, whoever asks
SIGN_OFF, ECHO, INQUIRY, OLD_INQUIRY = "002", "301", "901", "381"

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
        """Has the message the F64 that it must have?"""
        return mac.matches(self.kind, self.mak, message.mac_data, message.fields.get(64))


@dataclass
class Reply:
    """An answer before it is coded: faults may still change its fields.  `seal` None means no F64; `why` is for the log."""

    message: Message
    seal: "Seal | None" = None
    why: str = ""

    def encode(self) -> bytes:
        """TPDU … F64 without length prefix."""
        return wire.encode(self.message, self.seal.code if self.seal else None)


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
        """F60.2, -1 when absent."""
        digits = self.text(60)[2:8]
        return int(digits) if len(digits) == 6 else -1

    @property
    def stan(self) -> int:
        return int(self.text(11))

    @property
    def of(self) -> str:
        """The kind of payment that it asks for, or that a reversal undoes."""
        return payment_kind(self.message)


_SEALED = (*HANDLERS, "inquiry")  # requests that carry a MAC
_PAYMENTS = {"000000": "sale", "200000": "void"}  # F3
_NETWORK_KINDS = {SIGN_OFF: "signoff", ECHO: "echo", INQUIRY: "inquiry", OLD_INQUIRY: "inquiry"}


def message_kind(message: Message) -> str:
    """The name by which faults and waits call a request: sale, void, reversal, signon, signoff, echo, inquiry, or its MTI."""
    field60 = str(message.fields.get(60, ""))
    if message.mti == "0200":
        # A payment code (F22 03x) is a transaction of its own, which is not offered.
        code = str(message.fields.get(22, "")).startswith("03")
        return message.mti if code else payment_kind(message) or message.mti
    if message.mti == "0400":
        return "reversal"
    if message.mti == "0800":
        return "signon"
    if message.mti == "0820":
        return _NETWORK_KINDS.get(field60[8:11], message.mti)
    return message.mti


def payment_kind(message: Message) -> str:
    """What a 0200 asks for and a 0400 reverses, by F3: "sale", "void", or "" when neither."""
    return _PAYMENTS.get(str(message.fields.get(3, "000000")), "")


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
        kind = message_kind(message)
        if request.overrides.decline and kind not in HANDLERS:
            return self._refusal(message, now, request.overrides.decline, seal)
        network_code = request.text(60)[8:11]
        codes = SIGN_ON_CODES if agreed == mac.ECB else DOUBLE_KEYS
        if kind not in rules.RULES or (kind == "signon" and network_code not in codes):
            return self._refusal(message, now, UNSUPPORTED, seal)
        if kind in _SEALED and (seal is None or not seal.matches(message)):
            return self._refusal(message, now, MAC_WRONG, seal)
        misfit = rules.fault(kind, message.fields)
        if misfit:
            return self._misfit(message, now, misfit, seal)
        if kind == "signon":
            return self._sign_on(request, now, network_code)
        if kind == "signoff":
            self.ledger.set_working_keys(terminal_id, None, None)
        if kind in ("signoff", "echo"):
            return self._network_answer(message, now, "00")
        if kind == "inquiry":
            return self._inquiry(request, now, seal)
        return self._answer(message, now, HANDLERS[kind](self.ledger, request, now), seal)

    # Answers

    def _sign_on(self, request: Request, now: datetime.datetime, network_code: str) -> Reply:
        pik, mak = keys.new_working_keys(network_code)
        vault = self.ledger.vault
        with self.ledger.session() as session:
            terminal = session.get(Terminal, request.terminal_id, with_for_update=True)
            terminal.pik, terminal.mak = vault.wrap(pik), vault.wrap(mak)
            field62 = keys.working_keys_field(vault.unwrap(terminal.tmk), network_code, pik, mak)
            batch = terminal.batch
        return self._network_answer(request.message, now, "00", {60: f"00{batch:06d}{network_code}", 62: field62})

    def _network_answer(self, message: Message, now: datetime.datetime, code: str, more: "dict | None" = None) -> Reply:
        """0810 and 0830: no amounts, no MAC."""
        fields = {n: message.fields[n] for n in (11, 41, 42, 60, 61) if n in message.fields}
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
            reply.seal = seal if message_kind(message) == "inquiry" else None
            return reply
        return self._answer(message, now, {39: code}, seal)

    def _misfit(self, message: Message, now: datetime.datetime, why: str, seal: "Seal | None") -> Reply:
        """F39 30, and the log says which field."""
        reply = self._refusal(message, now, FORMAT_ERROR, seal)
        reply.why = why
        return reply

    def _inquiry(self, request: Request, now: datetime.datetime, seal: Seal) -> Reply:
        asked = request.text(61)
        code, field63 = inquire(self.ledger, request.terminal_id, int(asked[:6]), int(asked[6:12]))
        if request.text(60)[8:11] == OLD_INQUIRY and field63[0] == BARRED:
            field63 = "R" + field63[1:]
        reply = self._network_answer(request.message, now, code, {63: field63})
        reply.seal = seal
        return reply

    def _answer(self, message: Message, now: datetime.datetime, more: dict, seal: "Seal | None") -> Reply:
        """An answer to a financial message: what is echoed, what is always told, and `more`.

        A None in `more` takes the field out.
        """
        echoed = (3, 4, 11, 25, 41, 42, 49)
        fields = {n: message.fields[n] for n in echoed if n in message.fields}
        if len(str(message.fields.get(60, ""))) >= 8:
            fields[60] = str(message.fields[60])[:8]
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
        mti = f"{int(message.mti) + 10:04d}"
        return Reply(Message(mti, fields, wire.swap_tpdu(message.tpdu), message.header), seal)
