"""The log of an evidence file in words: a line of the program by the table of evidence.txt, and what is for its maker alone."""

import re
from collections.abc import Callable, Mapping

from words import tables

_NUMBERS = ("number", "trace", "amount", "end", "why", "reset", "level")
_REST = "rest"


class LogWords:
    """Lines in `language`; `told(line, parts)` gives what a sentence has in {}: name → text, as `parts` has them of the line."""

    def __init__(self, language: str, told: Callable[[str, Mapping[str, str]], Mapping[str, str]]):
        self._told = told
        self._rows = [(matching(row.pattern), row.text(language)) for row in tables.log_lines()]

    def of(self, said: str) -> tuple[str, bool]:
        """(the sentence or "", does the line say more than that: to its maker?)."""
        for pattern, text in self._rows:
            found = pattern.fullmatch(said)
            if found:
                parts = found.groupdict("")
                return text.format(**self._told(said, parts)) if text else "", not text or _REST in parts
        return "", True


def matching(pattern: str) -> re.Pattern[str]:
    """The lines that a row of the table stands for; each <name> is a group."""
    out = ""
    for part in re.split(r"(<\w+>)", pattern):
        name = part[1:-1]
        if not part.startswith("<"):
            out += re.escape(part)
        elif name in _NUMBERS:
            out += rf"(?P<{name}>-?\d+)"
        else:
            out += rf"(?P<{name}>.*)" if name in (_REST, "code") else rf"(?P<{name}>\S+)"
    return re.compile(out)
