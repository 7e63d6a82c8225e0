"""Reads the tables of this folder; an error names file and line."""

import pathlib
import re
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
FIRMWARE = HERE.parent.parent / "firmware" / "taptill"
LANGUAGES = ("en", "zh")
FATES = ("approved", "partial", "declined", "fault", "in-doubt", "earlier")
WHO = ("device", "card", "network", "operator", "issuer", "host")  # numbered from 1, as in app.guidance
UNKNOWN_CODE = "??"
_NONE = "-"


class WordsError(ValueError):
    """A line of a table that cannot be used; the text names file and line."""


class Sentence(NamedTuple):
    """A sentence with its name, its number (the place in the table, from 1) and the section it stands in."""

    name: str
    number: int
    english: str
    chinese: str
    section: str

    def text(self, language: str) -> str:
        """The sentence in "en" or "zh"."""
        return self.chinese if language == "zh" else self.english


class Response(NamedTuple):
    """What a response code means; `why` and `step` are names of sentences."""

    code: str
    fate: str
    why: str
    step: str
    who: str


class Guide(NamedTuple):
    """How an end, a reason or a journal record is told; all but the first three are names of sentences or ""."""

    table: str
    name: str
    transaction: str
    title: str
    money: str
    why: str
    step: str
    who: str


class Currency(NamedTuple):
    """A row of ISO 4217: numeric code, letters, decimals, and its names."""

    code: str
    letters: str
    decimals: int
    english: str
    chinese: str


def sentences() -> list[Sentence]:
    """All of sentences.txt, in its order.  Raises WordsError."""
    rows: list[Sentence] = []
    section = ""
    for place, line in _lines("sentences.txt"):
        if line.startswith("["):
            section = line[1:].split("]")[0]
            continue
        parts = _split(line)
        if len(parts) != 3 or not all(parts) or not re.fullmatch(r"[A-Z][A-Z0-9_]*", parts[0]):
            raise WordsError(f"{place}: not `NAME | English | Chinese`")
        if any(parts[0] == row.name for row in rows):
            raise WordsError(f"{place}: {parts[0]} is there already")
        if parts[1].count("%s") != parts[2].count("%s"):
            raise WordsError(f"{place}: {parts[0]} has not as many %s in both languages")
        rows.append(Sentence(parts[0], len(rows) + 1, parts[1], parts[2], section))
    return rows


class LogLine(NamedTuple):
    """How a line of the log is told: `pattern` has names in <…>, the texts have them in {…} and are "" for the maker's."""

    pattern: str
    english: str
    chinese: str

    def text(self, language: str) -> str:
        """In "en" or "zh"."""
        return self.chinese if language == "zh" else self.english


def log_lines() -> list[LogLine]:
    """The part [log] of evidence.txt, in its order: the first that fits counts.  Raises WordsError."""
    rows: list[LogLine] = []
    for place, line in _evidence(log=True):
        parts = _split(line)
        if len(parts) != 3 or not all(parts) or (parts[1] == _NONE) is not (parts[2] == _NONE):
            raise WordsError(f"{place}: not `pattern | English | Chinese`")
        names = set(re.findall(r"<(\w+)>", parts[0]))
        used = [set(re.findall(r"{(\w+)}", text)) for text in parts[1:]]
        if used[0] != used[1] or not used[0] <= names | {"told"}:
            raise WordsError(f"{place}: {parts[0]}: what stands in {{}} is not the same in both, or is no name in <>")
        if any(parts[0] == row.pattern for row in rows):
            raise WordsError(f"{place}: {parts[0]} is there already")
        rows.append(LogLine(parts[0], *(text if text != _NONE else "" for text in parts[1:])))
    return rows


def _evidence(log: bool) -> list[tuple[str, str]]:
    """The lines of evidence.txt before [log], or those behind it."""
    found = _lines("evidence.txt")
    at = next((n for n, (_, line) in enumerate(found) if line == "[log]"), None)
    if at is None:
        raise WordsError("evidence.txt: the part [log] is missing")
    return found[at + 1 :] if log else found[:at]


def evidence() -> dict[str, dict[str, str]]:
    """The sentences of evidence.txt: name → language → text.  Raises WordsError."""
    rows: dict[str, dict[str, str]] = {}
    for place, line in _evidence(log=False):
        parts = _split(line)
        if len(parts) != 3 or not all(parts) or parts[1].count("%s") != parts[2].count("%s"):
            raise WordsError(f"{place}: not `NAME | English | Chinese` with as many %s in both")
        if parts[0] in rows:
            raise WordsError(f"{place}: {parts[0]} is there already")
        rows[parts[0]] = dict(zip(LANGUAGES, parts[1:]))
    return rows


def responses() -> list[Response]:
    """All of responses.txt; the row of any other code, UNKNOWN_CODE, is the last.  Raises WordsError."""
    known = {row.name for row in sentences()}
    rows: list[Response] = []
    for place, line in _lines("responses.txt"):
        parts = _split(line)
        if len(parts) != 5 or not re.fullmatch(r"[0-9A-Z]{2}|\?\?", parts[0]):
            raise WordsError(f"{place}: not `code | fate | why | what now | who`")
        row = Response(*parts)
        if any(row.code == other.code for other in rows):
            raise WordsError(f"{place}: {row.code} is there already")
        if row.fate not in FATES and row.code != UNKNOWN_CODE:
            raise WordsError(f"{place}: {row.fate} is no fate ({', '.join(FATES)})")
        _known(place, known, row.why, row.step)
        _who(place, row.who)
        rows.append(row)
    if not rows or rows[-1].code != UNKNOWN_CODE:
        raise WordsError(f"responses.txt: the row {UNKNOWN_CODE} for any other code is not the last")
    return rows


def guidance() -> list[Guide]:
    """All of guidance.txt.  Raises WordsError."""
    known = {row.name for row in sentences()}
    rows: list[Guide] = []
    for place, line in _lines("guidance.txt"):
        parts = [part if part != _NONE else "" for part in _split(line)]
        what = re.fullmatch(r"(?:(end|why|card|state|part) ([A-Z_]+)(?: ([a-z-]+))?|(kind) ([a-z-]+))", parts[0])
        if len(parts) != 6 or not what:
            raise WordsError(
                f"{place}: not `end|why|card|state|part NAME [transaction] | title | money | why | what now | who`, nor `kind …`"
            )
        row = Guide(what[1] or what[4], what[2] or what[5], what[3] or "", *parts[1:])
        if any(row[:3] == other[:3] for other in rows):
            raise WordsError(f"{place}: {parts[0]} is there already")
        _known(place, known, *filter(None, parts[1:5]))
        if row.who:
            _who(place, row.who)
        rows.append(row)
    return rows


def currencies() -> list[Currency]:
    """All of currencies.txt, by code.  Raises WordsError."""
    rows: list[Currency] = []
    for place, line in _lines("currencies.txt"):
        found = re.fullmatch(r"(\d{3}) ([A-Z]{3}) ([0-4]) \| ([^|]+) \| ([^|]+)", line)
        if not found:
            raise WordsError(f"{place}: not `156 CNY 2 | English | Chinese`")
        if any(found[1] == row.code or found[2] == row.letters for row in rows):
            raise WordsError(f"{place}: {found[1]} {found[2]} is there already")
        rows.append(Currency(found[1], found[2], int(found[3]), found[4], found[5]))
    return sorted(rows)


def _lines(name: str) -> list[tuple[str, str]]:
    """[("file line n", text)] of what is neither empty nor a comment."""
    lines = enumerate((HERE / name).read_text("utf-8").splitlines(), 1)
    return [(f"{name} line {count}", line.strip()) for count, line in lines if line.strip() and line[0] != "#"]


def _split(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _known(place: str, known: set[str], *names: str) -> None:
    for name in names:
        if name not in known:
            raise WordsError(f"{place}: {name} is no sentence of sentences.txt")


def _who(place: str, who: str) -> None:
    if who not in WHO:
        raise WordsError(f"{place}: {who} is not one of {', '.join(WHO)}")
