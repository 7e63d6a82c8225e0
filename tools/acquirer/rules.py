"""Is every field of a request as its profile has it?  What a rule is; the rules are the profiles'."""

import re
from collections.abc import Callable

_Match = Callable[[str], "re.Match | None"]


class Rule:
    """`must` and `may`: {field: pattern of the whole value} (bytes are matched as upper-case hex); anything else is refused."""

    def __init__(self, must: "dict[int, str]", may: "dict[int, str] | None" = None):
        self.must, self.may = must, may or {}
        self._must = [(number, _compiled(pattern)) for number, pattern in sorted(must.items())]
        self._may = {number: _compiled(pattern) for number, pattern in self.may.items()}

    def first_fault(self, fields: dict) -> str:
        """ "F49: missing", "F22: not as the profile has it" …, or "" when all is right.  A value is never named."""
        for number, match in self._must:
            value = fields.get(number)
            if value is None:
                return f"F{number}: missing"
            if not match(value if value.__class__ is str else _text(value)):
                return f"F{number}: not as the profile has it"
        for number in sorted(fields.keys() - self.must.keys()):
            if number not in self._may:
                return f"F{number}: does not belong into this request"
            value = fields[number]
            if not self._may[number](value if value.__class__ is str else _text(value)):
                return f"F{number}: not as the profile has it"
        return ""


def _text(value) -> str:
    return value.hex().upper() if isinstance(value, (bytes, bytearray)) else str(value)


def _compiled(pattern: str) -> _Match:
    return re.compile(pattern, re.DOTALL).fullmatch
