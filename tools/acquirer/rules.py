"""Is every field of a request as its profile has it?  What a rule is; the rules are the profiles'."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rule:
    """`must` and `may`: {field: pattern of the whole value} (bytes are matched as upper-case hex); anything else is refused."""

    must: "dict[int, str]"
    may: "dict[int, str]" = field(default_factory=dict)


def first_fault(rule: Rule, fields: dict) -> str:
    """ "F49: missing", "F22: not as the profile has it" …, or "" when all is right.  A value is never named."""
    for number, pattern in sorted(rule.must.items()):
        if number not in fields:
            return f"F{number}: missing"
        if not _matches(pattern, fields[number]):
            return f"F{number}: not as the profile has it"
    for number in sorted(set(fields) - set(rule.must)):
        if number not in rule.may:
            return f"F{number}: does not belong into this request"
        if not _matches(rule.may[number], fields[number]):
            return f"F{number}: not as the profile has it"
    return ""


def _matches(pattern: str, value) -> bool:
    text = value.hex().upper() if isinstance(value, (bytes, bytearray)) else str(value)
    return _compiled(pattern)(text) is not None


@functools.cache
def _compiled(pattern: str) -> Callable[[str], "re.Match | None"]:
    return re.compile(pattern, re.DOTALL).fullmatch
