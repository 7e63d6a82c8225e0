"""Reads the tables of facts; an error names file and line."""

import functools
import pathlib
import re
from typing import NamedTuple

HERE = pathlib.Path(__file__).resolve().parent / "tables"
PROFILES = HERE.parent.parent / "acquirer" / "profiles"  # whose folders may have a facts.txt of their own
FILES = ("tags", "schemes", "applicationdata", "fields", "codes", "commands", "lists")
KINDS = ("tag", "field", "part", "mti", "code", "command", "apdu", "status", "list", "format")
# Schemes as the firmware's table of applications names them.
SCHEMES = ("Visa", "Mastercard", "American Express", "JCB", "Discover", "UnionPay")
PRIVATE = "private"  # what is said of a tag that its owner has made
PRIVATE_CLASS = tuple("CDEF")  # first digit of such a tag: bits 8 and 7 are set
RFU = "RFU"
SILENT = "-"  # a value that is nothing to speak of

_ROW = re.compile(
    r"(?:(?P<first>\d+)(?:-(?P<last>\d+))?(?P<rest>\+)?)?(?::(?P<mask>[0-9A-F]{2}))?"
    r"(?P<op>=[^ |]+|#)?(?: in (?P<list>[a-z0-9-]+))?(?: as (?P<form>[a-z0-9-]+))?"
)
_HEAD = re.compile(r"\[(?P<kind>[a-z]+) (?P<name>[^\]]+)\]")


class FactsError(ValueError):
    """A line of a table that cannot be used; the text names file and line."""


class Row(NamedTuple):
    """One line about a part of a value.

    `first` … `last` count from 1: bytes of a tag, characters of a field; 0 is the whole value, `last` -1 goes to its end.
    With `mask` one byte's bits.  `value` is what is named, "#" counts, "" shows what is there; `listed` names a list of
    values, `form` a form of formats.FORMS.
    """

    first: int
    last: int
    mask: int
    value: str
    listed: str
    form: str
    english: str
    chinese: str

    @property
    def named(self) -> bool:
        """It is about one value, or about those of a list."""
        return bool(self.listed) or self.value not in ("", "#")

    @property
    def silent(self) -> bool:
        """Nothing is to be said about this value."""
        return self.english == SILENT

    @property
    def reserved(self) -> bool:
        """These bits mean nothing yet."""
        return self.english == RFU


class Layout(NamedTuple):
    """Rows for values of `low` to `high` bytes or characters for which every (place, mask, value) of `when` is true."""

    english: str
    chinese: str
    low: int
    high: int
    when: tuple[tuple[int, int, int], ...]
    form: str
    rows: tuple[Row, ...]

    def fits(self, value) -> bool:
        """The conditions hold; the length is another question."""
        return all(len(value) >= place and value[place - 1] & mask == wanted for place, mask, wanted in self.when)

    def may_fit(self, value) -> bool:
        """The conditions hold as far as the value goes: it may have been cut short."""
        return all(len(value) < place or value[place - 1] & mask == wanted for place, mask, wanted in self.when)


class Fact(NamedTuple):
    """One thing explained: names, texts and source in both languages, and how its value is laid out."""

    key: str
    english: str
    chinese: str
    source: str
    text: str
    text_zh: str
    layouts: tuple[Layout, ...]


@functools.cache
def book() -> dict[str, dict[str, Fact]]:
    """{kind: {name: fact}}; a fact of some schemes only has one entry "9F10 Visa" for each.  Raises FactsError."""
    facts: dict[str, dict[str, Fact]] = {kind: {} for kind in KINDS}
    for path in [HERE / f"{name}.txt" for name in FILES] + sorted(PROFILES.glob("*/facts.txt")):
        for kind, fact in _Reader(path).facts():
            for key in _keys(fact.key):
                if key in facts[kind]:
                    raise FactsError(f"{path.name}: {kind} {key} is there twice")
                facts[kind][key] = fact._replace(key=key)
    for kind, rows in facts.items():
        for fact in rows.values():
            for layout in fact.layouts:
                for row in layout.rows:
                    if row.listed and row.listed not in facts["list"]:
                        raise FactsError(f"{kind} {fact.key}: no list {row.listed}")
    return facts


def find(kind: str, name: str, scheme: str = "") -> Fact | None:
    """The fact of that name, that of the scheme first; None when it is not known.

    A tag of the private class that no table has is that of its owner, whoever it is.
    """
    rows = book()[kind]
    found = (rows.get(f"{name} {scheme}") if scheme else None) or rows.get(name)
    return rows[PRIVATE] if found is None and kind == "tag" and name[:1] in PRIVATE_CLASS else found


def name_of(kind: str, name: str, scheme: str = "") -> str:
    """English name, "" when it is not known."""
    fact = find(kind, name, scheme)
    return fact.english if fact else ""


def _keys(name: str) -> list[str]:
    """ "9F6C Visa, UnionPay" -> ["9F6C Visa", "9F6C UnionPay"]; "00 01" of codes stay apart by commas."""
    first, _, rest = name.partition(" ")
    if not rest:
        return [part for part in name.split(",") if part]
    return [f"{one} {scheme.strip()}" for one in first.split(",") for scheme in rest.split(",")]


class _Reader:
    """The facts of one file."""

    def __init__(self, path: pathlib.Path):
        self.name = path.name
        self.lines = path.read_text("utf-8").splitlines()
        self.at = 0
        self.source = ""

    def wrong(self, text: str) -> FactsError:
        return FactsError(f"{self.name} line {self.at}: {text}")

    def facts(self):
        """(kind, fact) in their order."""
        head, body = None, []
        for number, line in enumerate(self.lines + ["[end]"], 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("["):
                if head:
                    yield self._fact(head, body)
                self.at = number
                head = _HEAD.fullmatch(line)
                if head is None and line != "[end]":
                    raise self.wrong("not `[kind name]`")
                if head and head["kind"] not in KINDS:
                    raise self.wrong(f"{head['kind']} is no kind ({', '.join(KINDS)})")
                body = []
            elif line.startswith("from ") and head is None:
                self.source = line[5:].strip()
            elif line[0] == " " and body:
                body[-1][1] += " " + line.strip()
            elif head:
                body.append([number, line.strip()])
            else:
                self.at = number
                raise self.wrong("before the first `[kind name]`")

    def _fact(self, head, body) -> tuple[str, Fact]:
        values = {"name": "", "from": self.source, "en": "", "zh": ""}
        layouts: list[Layout] = []
        rows: list[Row] = []
        shape = self._shape("")
        for number, line in body:
            self.at = number
            word, _, rest = line.partition(" ")
            if word in ("from", "en", "zh"):
                values[word] = rest.strip()
            elif word == "layout":
                if rows or shape.english:
                    layouts.append(shape._replace(rows=tuple(rows)))
                shape, rows = self._shape(rest), []
            elif word in ("size", "as"):
                shape = self._with(shape, line)
            elif not values["name"]:
                values["name"] = line
            else:
                rows.append(self._row(line))
        if rows or shape.english or shape.form or shape.high:
            layouts.append(shape._replace(rows=tuple(rows)))
        english, chinese = self._pair(values["name"], "name")
        if head["kind"] != "list" and not (values["from"] and values["en"] and values["zh"]):
            raise self.wrong(f"{head['name']} wants a source and a text in both languages")
        return head["kind"], Fact(
            head["name"], english, chinese, values["from"], values["en"], values["zh"], tuple(layouts)
        )  # fmt: skip

    def _pair(self, text: str, what: str) -> tuple[str, str]:
        parts = [part.strip() for part in text.split("|")]
        if len(parts) != 2 or not all(parts):
            raise self.wrong(f"{what}: not `English | Chinese`")
        return parts[0], parts[1]

    def _shape(self, text: str) -> Layout:
        """`English | Chinese | size 7-32 | 1=06 3:F0=10` of a layout line."""
        parts = [part.strip() for part in text.split("|")] if text else ["", ""]
        if len(parts) < 2:
            raise self.wrong("layout: not `layout English | Chinese | size N | BYTE=XX …`")
        shape = Layout(parts[0], parts[1], 0, 0, (), "", ())
        for part in parts[2:]:
            if part.startswith(("size ", "as ")):
                shape = self._with(shape, part)
                continue
            when = []
            for word in part.split():
                found = re.fullmatch(r"(\d+)(?::([0-9A-F]{2}))?=([0-9A-F]{2})", word)
                if not found:
                    raise self.wrong(f"layout: {word} is no condition")
                when.append((int(found[1]), int(found[2] or "FF", 16), int(found[3], 16)))
            shape = shape._replace(when=tuple(when))
        return shape

    def _with(self, shape: Layout, line: str) -> Layout:
        word, _, rest = line.partition(" ")
        if word == "as":
            return shape._replace(form=rest.strip())
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", rest.strip())
        if not found:
            raise self.wrong("size: not `size 3` or `size 7-32`")
        return shape._replace(low=int(found[1]), high=int(found[2] or found[1]))

    def _row(self, line: str) -> Row:
        parts = [part.strip() for part in line.split("|")]
        found = _ROW.fullmatch(parts[0])
        if not found or not parts[0]:
            raise self.wrong(f"{parts[0]}: not `BYTE[-BYTE][:MASK][=VALUE|#] [in LIST] [as FORM]`")
        alone = len(parts) == 2 and parts[1] in (RFU, SILENT)
        if not alone and (len(parts) != 3 or not all(parts[1:])):
            raise self.wrong("a row wants English and Chinese, or RFU, or -")
        first = int(found["first"] or 0)
        last = -1 if found["rest"] else int(found["last"] or first)
        op = found["op"] or ""
        return Row(
            first,
            last,
            int(found["mask"] or "0", 16),
            op[1:] if op.startswith("=") else op,
            found["list"] or "",
            found["form"] or "",
            parts[1],
            parts[1] if alone else parts[2],
        )
