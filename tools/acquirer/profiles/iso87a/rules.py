"""What each field of a request may be (acquirer.rules); messages.md of the firmware's folder of that name says it in words."""

from typing import NamedTuple

from ...kinds import KINDS
from ...rules import Rule


class Payment(NamedTuple):
    """What of a request says which payment it is: MTI, F3, F25; `of`: the MTI of the earlier one that F90 names, "" for none."""

    mti: str
    code: str
    condition: str
    of: str = ""


PAYMENTS = {
    "sale": Payment("0200", "000000", "00"),
    "void": Payment("0200", "020000", "00", "0200"),
    "refund": Payment("0200", "200000", "00", "0200"),
    "balance": Payment("0200", "310000", "00"),
    "preauth": Payment("0100", "000000", "06"),
    "preauth-void": Payment("0100", "020000", "06", "0100"),
    "completion": Payment("0200", "000000", "06", "0100"),
    "compl-void": Payment("0200", "020000", "06", "0200"),
}
REQUESTS = tuple({payment.mti for payment in PAYMENTS.values()})
_REVERSED = tuple(payment for name, payment in PAYMENTS.items() if KINDS[name].reversible)

_ANY = ".*"
_MOMENT = r"\d{10}"
_TERMINAL = {41: r"[ -~]{8}", 42: r"[ -~]{15}"}
_CARD = {2: r"\d{12,19}", 14: r"\d{4}", 23: r"\d{3}", 12: r"\d{6}", 13: r"\d{4}", 32: r"\d+"}
_PIN = {26: r"0[4-9]|1[0-2]", 52: _ANY}
_PRESENTED = {**_CARD, **_PIN, 35: r"\d{12,19}D\d+"}
_TAPPED = {**_PRESENTED, 55: _ANY}
_FINANCIAL = {
    **_TERMINAL,
    4: r"\d{12}",
    7: _MOMENT,
    11: r"(?!000000)\d{6}",
    22: r"(00|01|02|05|07|80|90|91|95)[012]",
    49: r"\d{3}",
    60: r"\d{6}",
}
_BARRED = {3, 4, 25}  # what an inquiry has of what it bars: all or nothing
_REFERENCE, _CODE, _BATCH = {37: r"[ -~]{12}"}, {38: r"[ -~]{6}"}, {61: r"\d{6}"}


def _original(mti: str) -> "dict[int, str]":
    """F90 that names such a message, and the MAC behind it."""
    return {90: mti + r"(?!000000)\d{6}\d{32}", 128: _ANY}


def _rule(name: str, must: "dict[int, str]", may: "dict[int, str]", without: int = 0) -> Rule:
    """Of the request of a payment: the fields of all, those that tell which it is, and its own."""
    payment = PAYMENTS[name]
    every = {number: pattern for number, pattern in _FINANCIAL.items() if number != without}
    named = _original(payment.of) if payment.of else {64: _ANY}
    needed = {**every, 3: payment.code, 25: payment.condition, **named, **must}
    return Rule(needed, {number: pattern for number, pattern in may.items() if number not in needed})


def _any_of(values: "set[str]") -> str:
    return "|".join(sorted(values))


_MANAGEMENT = {**_TERMINAL, 7: _MOMENT, 11: r"\d{6}", 60: r"\d{6}"}

RULES = {
    "sale": _rule("sale", {}, _TAPPED),
    "void": _rule("void", _REFERENCE, {**_PRESENTED, **_CODE}),
    "refund": _rule("refund", {**_REFERENCE, **_BATCH}, {**_PRESENTED, **_CODE}),
    "balance": _rule("balance", _PIN, _TAPPED, without=4),
    "preauth": _rule("preauth", {}, _TAPPED),
    "preauth-void": _rule("preauth-void", {**_CODE, **_BATCH}, _PRESENTED),
    "completion": _rule("completion", {**_CODE, **_BATCH}, _PRESENTED),
    "compl-void": _rule("compl-void", _REFERENCE, {**_PRESENTED, **_CODE}),
    "reversal": Rule(
        {
            **_FINANCIAL,
            **_original(f"({_any_of({payment.mti for payment in _REVERSED})})"),
            3: _any_of({payment.code for payment in _REVERSED}),
            25: _any_of({payment.condition for payment in _REVERSED}),
            39: r"17|20|21|22|68",
        },
        {**_CARD, **_REFERENCE, **_CODE, 55: _ANY},
    ),
    "signon": Rule({**_MANAGEMENT, 70: r"001|101"}),
    "signoff": Rule({**_MANAGEMENT, 70: r"002"}),
    "echo": Rule({**_MANAGEMENT, 70: r"301"}),
    "inquiry": Rule(
        {**_MANAGEMENT, **_original(f"({_any_of({payment.mti for payment in PAYMENTS.values()})})")},
        {3: PAYMENTS["refund"].code, 4: r"\d{12}", 25: PAYMENTS["refund"].condition},
    ),
}


def named(mti: str, code: str, condition: str) -> str:
    """The payment with that MTI, F3 and F25, "" for none; where no F25 fits the first with the others: its rule names F25."""
    alike = [name for name, payment in PAYMENTS.items() if payment[:2] == (mti, code)]
    return next((name for name in alike if PAYMENTS[name].condition == condition), alike[0] if alike else "")


def fault(kind: str, fields: dict) -> str:
    """As acquirer.rules.Rule.first_fault; and what one field demands of another."""
    found = RULES[kind].first_fault(fields)
    if found:
        return found
    if kind in PAYMENTS:
        if 52 in fields and fields[22][2] != "1":
            return "F52: F22 says that no PIN was entered"  # the other way round is the PIN check's
        if 26 in fields and 52 not in fields:
            return "F26: without a PIN"
    if kind == "reversal":
        if fields[90][4:10] != fields[11]:
            return "F90: not the trace of F11"
        if (fields[90][:4], fields[3], fields[25]) not in [payment[:3] for payment in _REVERSED]:
            return "F90: not a message of F3 and F25"
    if kind == "inquiry":
        lacking = sorted(_BARRED - set(fields))
        if lacking and len(lacking) < len(_BARRED):
            return f"F{lacking[0]}: missing"
    return ""
