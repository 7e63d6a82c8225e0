"""Faults on demand: what the network or the host does wrong, for how long, and to which messages.

A command is `KIND [ARGUMENT…] [next [N] | always] [WHICH]`; without a duration it means `next`.  WHICH is a
message kind (sale, void, refund, balance, preauth, preauth-void, completion, compl-void, reversal, signon, signoff, echo,
inquiry) or an MTI; without it every request counts, but decline, approve and partial then mean sales.
"""

from dataclasses import dataclass, field

from .kinds import KINDS as KINDS_OF_PAYMENTS

MESSAGE_KINDS = (*KINDS_OF_PAYMENTS, "reversal", "signon", "signoff", "echo", "inquiry")
MISMATCH_FIELDS = {"card": 2, "amount": 4, "stan": 11, "terminal": 41, "merchant": 42, "currency": 49}
ORIGINAL = "original"  # the field by which the profile names it


class FaultError(ValueError):
    """A fault command that cannot be understood; one line."""


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise ValueError
    return value


def _milliseconds(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 60000:
        raise ValueError
    return value


def response_code(text: str) -> str:
    """An F39: two letters or digits."""
    if len(text) != 2 or not text.isalnum() or not text.isascii():
        raise ValueError
    return text.upper()


def minor_units(text: str) -> int:
    """ "100.00" or "100" (major units) as minor units; no float is involved."""
    whole, _, part = text.partition(".")
    if not (whole.isdigit() and whole.isascii()) or len(whole) > 10 or len(part) > 2 or (part and not part.isdigit()):
        raise ValueError
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def _choice(*words: str):
    def read(text: str) -> str:
        if text not in words:
            raise ValueError
        return text

    return read


# kind -> (what it does, argument as written in the help, how it is read, default when it may be left out)
KINDS = {
    "drop-answer": ("process the request, send nothing", None, None, None),
    "drop-request": ("neither process nor answer", None, None, None),
    "late-request": ("process it only after SECONDS, as if the network had held it", "SECONDS", _seconds, None),
    "delay": ("process it, answer after SECONDS; the connection waits", "SECONDS", _seconds, None),
    "late": ("process it, answer after SECONDS; the connection goes on", "SECONDS", _seconds, None),
    "duplicate": ("send the answer twice", None, None, None),
    "corrupt": ("flip one bit of the answer's last byte before F64", None, None, None),
    "wrong-mac": ("send a wrong F64", None, None, None),
    "garbage": ("send a frame of rubbish instead of the answer", None, None, None),
    "half": ("send only the first half of the answer's bytes", None, None, None),
    "slow": ("send the answer byte by byte, MILLISECONDS apart", "MILLISECONDS", _milliseconds, 10),
    "mismatch": (
        "answer with another card, amount, stan, terminal, merchant, currency or original (an inquiry's), MAC right",
        "FIELD",
        _choice(*MISMATCH_FIELDS, ORIGINAL),
        None,
    ),
    "close": (
        "close the connection before or after the request is processed, no answer",
        "before|after",
        _choice("before", "after"),
        None,
    ),
    "decline": ("decline with F39 CODE", "CODE", response_code, None),
    "approve": ("approve with F39 CODE instead of 00", "CODE", response_code, None),
    "partial": ("approve AMOUNT (as 12.50) only, F39 10", "AMOUNT", minor_units, None),
    "refuse": ("refuse connections; always: nobody listens", None, None, None),
}


_ISSUER_KINDS = ("decline", "approve", "partial")


@dataclass
class Fault:
    """One fault: `left` None means always; `terminal` None means that it may hit any."""

    kind: str
    argument: "object" = None
    left: "int | None" = 1
    which: "str | None" = None
    terminal: "str | None" = None

    def describe(self) -> dict:
        return {
            "fault": self.kind,
            "argument": self.argument,
            "left": "always" if self.left is None else self.left,
            "which": self.which or "any",
        }


def parse(words: "list[str]") -> Fault:
    """A Fault from the words of a command.  Raises FaultError."""
    if not words or words[0] not in KINDS:
        raise FaultError(f"fault {words[0] if words else '(none)'}: unknown; there are {', '.join(KINDS)}")
    kind, rest = words[0], list(words[1:])
    _, name, read, default = KINDS[kind]
    fault = Fault(kind, default)
    if name is not None:
        optional = default is not None
        if rest and not (optional and (rest[0] in ("next", "always") or _is_which(rest[0]) and not rest[0].isdigit())):
            text = rest.pop(0)
            try:
                fault.argument = read(text)
            except ValueError:
                raise FaultError(f"{kind}: {text} is not {name}") from None
        elif not optional:
            raise FaultError(f"{kind}: {name} is missing")
    if rest and rest[0] in ("next", "always"):
        if rest.pop(0) == "always":
            fault.left = None
        elif rest and rest[0].isdigit() and len(rest[0]) < 4:
            fault.left = int(rest.pop(0))
            if fault.left == 0:
                raise FaultError(f"{kind}: next 0 would never happen")
    if rest and _is_which(rest[0]):
        fault.which = rest.pop(0)
    if rest:
        raise FaultError(f"{kind}: {rest[0]} is neither next, always nor one of {', '.join(MESSAGE_KINDS)} or an MTI")
    if kind in _ISSUER_KINDS:
        fault.which = fault.which or "sale"
        if kind != "decline" and fault.which not in ("sale", "0200"):
            raise FaultError(f"{kind}: works on sales only")
    if kind == "refuse" and fault.which:
        raise FaultError("refuse: works on connections, not on messages")
    return fault


def _is_which(word: str) -> bool:
    return word in MESSAGE_KINDS or (len(word) == 4 and word.isdigit())


@dataclass
class FaultTable:
    """The faults in force."""

    rules: "list[Fault]" = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        self.rules.append(fault)

    def clear(self, terminal: "str | None" = None) -> None:
        """End them all, or those that can hit one terminal."""
        self.rules = [rule for rule in self.rules if terminal and rule.terminal not in (None, terminal)]

    def take(self, message_kind: str, mti: str, terminal: str = "") -> "dict[str, object]":
        """The faults of this request: kind -> argument; of each kind the oldest that fits, counted down."""
        taken: dict[str, object] = {}
        if not self.rules:
            return taken
        for rule in list(self.rules):
            if rule.kind == "refuse" or rule.kind in taken or rule.which not in (None, message_kind, mti):
                continue
            if rule.terminal not in (None, terminal):
                continue
            taken[rule.kind] = rule.argument
            self._count_down(rule)
        return taken

    def take_connection(self) -> bool:
        """True when this connection is to be refused."""
        for rule in self.rules:
            if rule.kind == "refuse":
                self._count_down(rule)
                return True
        return False

    def refuses_always(self) -> bool:
        return any(rule.kind == "refuse" and rule.left is None for rule in self.rules)

    def _count_down(self, rule: Fault) -> None:
        if rule.left is not None:
            rule.left -= 1
            if rule.left == 0:
                self.rules.remove(rule)
