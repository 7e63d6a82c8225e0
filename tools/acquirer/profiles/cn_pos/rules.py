"""Is every field of a request as the profile has it?  One table a kind of request; the first field that is not is named.

The profile's own table stands in messages.md of the firmware's folder of the same name; a test compares the two.
Where the dialects of the field
differ, both forms are taken: F53 with or without a PIN, F61 of a reversal, F62 and F63 of a sign-on, F11 of an echo.
What a value *means* (a card that is unknown, an amount that is too high) is not judged here.
"""

from typing import NamedTuple

from ...kinds import KINDS
from ...rules import Rule


class Payment(NamedTuple):
    """What of a request says which payment it is: MTI, F3, F25, 60.1; `names` an earlier one in F61."""

    mti: str
    code: str
    condition: str
    type: str
    names: bool = False


PAYMENTS = {
    "sale": Payment("0200", "000000", "00", "22"),
    "void": Payment("0200", "200000", "00", "23", True),
    "refund": Payment("0220", "200000", "00", "25", True),
    "balance": Payment("0200", "310000", "00", "01"),
    "preauth": Payment("0100", "030000", "06", "10"),
    "preauth-void": Payment("0100", "200000", "06", "11", True),
    "completion": Payment("0200", "000000", "06", "20", True),
    "compl-void": Payment("0200", "200000", "06", "21", True),
}
TYPES = {payment.type: name for name, payment in PAYMENTS.items()}
REQUESTS = tuple({payment.mti for payment in PAYMENTS.values()})

_PIN_ENTERED = "1"  # third digit of F22
_ANY = ".*"
_TERMINAL = {41: r"[ -~]{8}", 42: r"[ -~]{15}"}
_CARD = {2: r"\d{12,19}", 14: r"\d{4}", 23: r"\d{3}"}
_FINANCIAL = {
    **_TERMINAL,
    4: r"\d{12}",
    11: r"(?!000000)\d{6}",
    22: r"(00|01|02|05|07|80|90|91|95)[012]",
    49: r"\d{3}",
    64: _ANY,
}
_TIMES = {12: r"\d{6}", 13: r"\d{4}"}
_PIN = {26: r"0[4-9]|1[0-2]", 52: _ANY, 53: r"[012][06]0{14}"}
_PRESENTED = {**_CARD, **_TIMES, **_PIN, 32: r"\d+", 35: r"\d{12,19}D\d+", 63: _ANY}
_TAPPED = {**_PRESENTED, 55: _ANY, 59: _ANY, 62: _ANY}
_REFERENCE, _CODE, _SHORT, _DATED = {37: r"[ -~]{12}"}, {38: r"[ -~]{6}"}, {61: r"\d{12}(\d{4})?"}, {61: r"\d{16}"}


def _rule(name: str, must: "dict[int, str]", may: "dict[int, str]", without: int = 0) -> Rule:
    """Of the request of a payment: the fields of all, those that tell which it is, and its own."""
    payment = PAYMENTS[name]
    told = {3: payment.code, 25: payment.condition, 60: payment.type + r"\d{6}000\d*"}
    every = {number: pattern for number, pattern in _FINANCIAL.items() if number != without}
    return Rule({**every, **told, **must}, {number: pattern for number, pattern in may.items() if number not in must})


def _any_of(values: "set[str]") -> str:
    return "|".join(sorted(values))


_REVERSED = [payment for name, payment in PAYMENTS.items() if KINDS[name].reversible]

RULES = {
    "sale": _rule("sale", {}, _TAPPED),
    "void": _rule("void", {**_REFERENCE, **_SHORT}, {**_PRESENTED, **_CODE}),
    "refund": _rule("refund", {**_REFERENCE, **_DATED, 63: r"[0-9A-Z]{3}"}, {**_PRESENTED, **_CODE}),
    "balance": _rule("balance", _PIN, _TAPPED, without=4),
    "preauth": _rule("preauth", {}, _TAPPED),
    "preauth-void": _rule("preauth-void", {**_CODE, **_DATED}, _PRESENTED),
    "completion": _rule("completion", {**_CODE, **_DATED}, _PRESENTED),
    "compl-void": _rule("compl-void", {**_REFERENCE, **_DATED}, {**_PRESENTED, **_CODE}),
    "reversal": Rule(
        {
            **_FINANCIAL,
            3: _any_of({payment.code for payment in _REVERSED}),
            25: _any_of({payment.condition for payment in _REVERSED}),
            39: r"98|A0|96|06",
            60: f"({_any_of({payment.type for payment in _REVERSED})})" + r"\d{6}000\d*",
        },
        {**_CARD, **_TIMES, **_REFERENCE, **_CODE, **_SHORT, 32: r"\d+", 55: _ANY},
    ),
    "signon": Rule(
        {**_TERMINAL, 11: r"\d{6}", 60: r"00\d{6}00[134]\d*"},
        {**_TIMES, 62: r"53657175656E6365204E6F(3\d){2}.+", 63: r"[ -~]{3,}"},
    ),
    "signoff": Rule({**_TERMINAL, 60: r"00\d{6}002\d*"}, {**_TIMES, 11: r"\d{6}", 63: r"[ -~]{3,}"}),
    "echo": Rule({**_TERMINAL, 60: r"00\d{6}301\d*"}, {**_TIMES, 11: r"\d{6}"}),
    "inquiry": Rule(
        {**_TERMINAL, 11: r"\d{6}", 60: r"00\d{6}(901|381)|25\d{6}902", 61: r"\d{12}", 64: _ANY}, {**_TIMES, 4: r"\d{12}"}
    ),
}


def fault(kind: str, fields: dict) -> str:
    """ "F49: missing", "F22: not as the profile has it" …, or "" when all is right.  A value is never named."""
    return RULES[kind].first_fault(fields) or _together(kind, fields)


def _together(kind: str, fields: dict) -> str:
    """What one field demands of another."""
    if kind in PAYMENTS:
        if 52 in fields and fields[22][2] != _PIN_ENTERED:
            return "F52: F22 says that no PIN was entered"  # the other way round is the PIN check's: 99
        if 52 in fields and fields.get(53, "0")[0] == "0":
            return "F53: does not say how the PIN block is made"
        if 26 in fields and 52 not in fields:
            return "F26: without a PIN"
    if kind == "reversal":
        payment = PAYMENTS[TYPES[fields[60][:2]]]
        if payment.code != fields[3]:
            return "F60: not the transaction of F3"
        if payment.condition != fields[25]:
            return "F25: not that of the transaction of F60"
        if payment.names and 61 not in fields:
            return "F61: missing"
        if not payment.names and 61 in fields and fields[61][6:12] != fields[11]:
            return "F61: not the trace of F11"
    if kind == "inquiry" and (4 in fields) != (fields[60][8:] == "902"):
        return "F4: belongs to what is barred, and to that alone"
    return ""
