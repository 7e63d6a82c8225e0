"""What each field of a request may be (acquirer.rules); messages.md of the firmware's folder of that name says it in words."""

from ...rules import Rule

_ANY = ".*"
_MOMENT = r"\d{10}"
_TERMINAL = {41: r"[ -~]{8}", 42: r"[ -~]{15}"}
_CARD = {2: r"\d{12,19}", 14: r"\d{4}", 23: r"\d{3}", 12: r"\d{6}", 13: r"\d{4}", 32: r"\d+"}
_TAP = {**_CARD, 26: r"0[4-9]|1[0-2]", 35: r"\d{12,19}D\d+", 52: _ANY}
_FINANCIAL = {
    **_TERMINAL,
    3: r"000000",
    4: r"\d{12}",
    7: _MOMENT,
    11: r"(?!000000)\d{6}",
    22: r"(00|01|02|05|07|80|90|91|95)[012]",
    25: r"00",
    49: r"\d{3}",
    60: r"\d{6}",
}
_ORIGINAL = {90: r"0200(?!000000)\d{6}\d{32}", 128: _ANY}
_MANAGEMENT = {**_TERMINAL, 7: _MOMENT, 11: r"\d{6}", 60: r"\d{6}"}

RULES = {
    "sale": Rule({**_FINANCIAL, 64: _ANY}, {**_TAP, 55: _ANY}),
    "void": Rule({**_FINANCIAL, **_ORIGINAL, 3: r"020000", 37: r"[ -~]{12}"}, {**_TAP, 38: r"[ -~]{6}"}),
    "reversal": Rule(
        {**_FINANCIAL, **_ORIGINAL, 3: r"000000|020000", 39: r"17|20|21|22|68"},
        {**_CARD, 37: r"[ -~]{12}", 38: r"[ -~]{6}", 55: _ANY},
    ),
    "signon": Rule({**_MANAGEMENT, 70: r"001|101"}),
    "signoff": Rule({**_MANAGEMENT, 70: r"002"}),
    "echo": Rule({**_MANAGEMENT, 70: r"301"}),
    "inquiry": Rule({**_MANAGEMENT, **_ORIGINAL}),
}


def fault(kind: str, fields: dict) -> str:
    """As acquirer.rules.Rule.first_fault; and what one field demands of another."""
    found = RULES[kind].first_fault(fields)
    if not found and kind in ("sale", "void"):
        if 52 in fields and fields[22][2] != "1":
            return "F52: F22 says that no PIN was entered"  # the other way round is the PIN check's
        if 26 in fields and 52 not in fields:
            return "F26: without a PIN"
    if not found and kind == "reversal" and fields[90][4:10] != fields[11]:
        return "F90: not the trace of F11"
    return found
