"""Is every field of a request as the profile has it?  One table a kind of request; the first field that is not is named.

The profile's own table stands in messages.md of the firmware's folder of the same name; a test compares the two.
Where the dialects of the field
differ, both forms are taken: F53 with or without a PIN, F61 of a reversal, F62 and F63 of a sign-on, F11 of an echo.
What a value *means* (a card that is unknown, an amount that is too high) is not judged here.
"""

from ...rules import Rule

_PIN_ENTERED = "1"  # third digit of F22
_ANY = ".*"
_TERMINAL = {41: r"[ -~]{8}", 42: r"[ -~]{15}"}
_CARD = {2: r"\d{12,19}", 14: r"\d{4}", 23: r"\d{3}"}
_FINANCIAL = {
    **_TERMINAL,
    3: r"000000",
    4: r"\d{12}",
    11: r"(?!000000)\d{6}",
    22: r"(00|01|02|05|07|80|90|91|95)[012]",
    25: r"00",
    49: r"\d{3}",
    60: r"22\d{6}000\d*",
    64: _ANY,
}
_VOID = {3: r"200000", 60: r"23\d{6}000\d*"}
_EITHER = {3: r"000000|200000", 60: r"2[23]\d{6}000\d*"}  # what can be reversed
_TIMES = {12: r"\d{6}", 13: r"\d{4}"}

RULES = {
    "sale": Rule(
        _FINANCIAL,
        {
            **_CARD,
            **_TIMES,
            26: r"0[4-9]|1[0-2]",
            32: r"\d+",
            35: r"\d{12,19}D\d+",
            52: _ANY,
            53: r"[012][06]0{14}",
            55: _ANY,
            59: _ANY,
            62: _ANY,
            63: _ANY,
        },
    ),
    "void": Rule(
        {**_FINANCIAL, **_VOID, 37: r"[ -~]{12}", 61: r"\d{12}(\d{4})?"},
        {
            **_CARD,
            **_TIMES,
            26: r"0[4-9]|1[0-2]",
            32: r"\d+",
            35: r"\d{12,19}D\d+",
            38: r"[ -~]{6}",
            52: _ANY,
            53: r"[012][06]0{14}",
            63: _ANY,
        },
    ),
    "reversal": Rule(
        {**_FINANCIAL, **_EITHER, 39: r"98|A0|96|06"},
        {**_CARD, **_TIMES, 32: r"\d+", 37: r"[ -~]{12}", 38: r"[ -~]{6}", 55: _ANY, 61: r"\d{12}(\d{4})?"},
    ),
    "signon": Rule(
        {**_TERMINAL, 11: r"\d{6}", 60: r"00\d{6}00[134]\d*"},
        {**_TIMES, 62: r"53657175656E6365204E6F(3\d){2}.+", 63: r"[ -~]{3,}"},
    ),
    "signoff": Rule({**_TERMINAL, 60: r"00\d{6}002\d*"}, {**_TIMES, 11: r"\d{6}", 63: r"[ -~]{3,}"}),
    "echo": Rule({**_TERMINAL, 60: r"00\d{6}301\d*"}, {**_TIMES, 11: r"\d{6}"}),
    "inquiry": Rule({**_TERMINAL, 11: r"\d{6}", 60: r"00\d{6}(901|381)", 61: r"\d{12}", 64: _ANY}, _TIMES),
}


def fault(kind: str, fields: dict) -> str:
    """ "F49: missing", "F22: not as the profile has it" …, or "" when all is right.  A value is never named."""
    return RULES[kind].first_fault(fields) or _together(kind, fields)


def _together(kind: str, fields: dict) -> str:
    """What one field demands of another."""
    if kind in ("sale", "void"):
        if 52 in fields and fields[22][2] != _PIN_ENTERED:
            return "F52: F22 says that no PIN was entered"  # the other way round is the PIN check's: 99
        if 52 in fields and fields.get(53, "0")[0] == "0":
            return "F53: does not say how the PIN block is made"
        if 26 in fields and 52 not in fields:
            return "F26: without a PIN"
    if kind == "reversal":
        of_void = fields[3] == "200000"
        if of_void != (fields[60][:2] == "23"):
            return "F60: not the transaction of F3"
        if of_void and 61 not in fields:
            return "F61: missing"
        if not of_void and 61 in fields and fields[61][6:12] != fields[11]:
            return "F61: not the trace of F11"
    return ""
