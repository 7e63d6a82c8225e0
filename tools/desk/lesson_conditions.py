"""Conditions of lessons: what a step waits for, as a teacher writes it behind `until` or `not`; lessons/README.md has them all.

What a person does counts from the beginning of the step.  What the machines do counts from the beginning of the sale: a
step may ask for an answer that came while the step before was still being read.
"""

import shlex

import cards
from play import acts
from words import screen_names

from .commands import KEYS

PERSON = ("key", "opened", "pressed", "new")
_FLASH = ("intent", "outcome", "keys", "counter")
_JOURNAL = {"approved": "approved", "partial": "partial", "declined": "declined", "reversed": "reversed", "manual": "manual list"}
_BOOKED = ("approved", "declined", "reversed")
_HEX = "0123456789ABCDEF"
# kinds whose truth is looked up when it is needed, because a journal has to be read for it
LOOKED_UP = ("journal", "booked", "pending", "books")


class Condition:
    """`kind` is its first word, `values` what follows it; `line` is what the teacher wrote.  Raises ValueError."""

    def __init__(self, line: str):
        self.line = line
        self._rest = line.partition(" ")[2]
        words = shlex.split(line)
        if not words:
            raise ValueError("a condition is missing")
        self.kind, words = words[0], words[1:]
        read = getattr(self, "_read_" + self.kind, None)
        if read is None:
            raise ValueError(f"{self.kind}: no such condition")
        self.values = read(words)

    @property
    def of_person(self) -> bool:
        """Does it count from the beginning of the step?"""
        return self.kind in PERSON

    @property
    def is_idle(self) -> bool:
        """Is it the screen that waits for an amount?"""
        return self.kind == "idle"

    # reading --------------------------------------------------------------------------------

    def _read_screen(self, words):
        return screen_names.read(self._rest)

    def _read_idle(self, words):
        acts.nothing("idle", words)
        return True

    def _read_key(self, words):
        return _one("key", words, [key for key in KEYS if not key.isdigit()])

    def _read_card(self, words):
        return _one("card", words, ["any", "off", *cards.names()])

    def _read_apdu(self, words):
        if not 1 <= len(words) <= 2 or not words[0]:
            raise ValueError('apdu: "NAME" and, when it matters, the status word')
        status = words[1].upper() if len(words) == 2 else ""
        if status and (len(status) != 4 or any(sign not in _HEX for sign in status)):
            raise ValueError(f"apdu: {status} is no status word such as 9000")
        return words[0].upper(), status

    def _read_message(self, words):
        if not words or len(words[0]) != 4 or not words[0].isdigit():
            raise ValueError(f"{self.kind}: a type such as 0400")
        if (words[0][2] in "13579") != (self.kind == "answer"):
            raise ValueError(f"{self.kind}: {words[0]} goes the other way")
        fields = {}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            number = name.upper().removeprefix("F")
            if not equals or not number.isdigit() or not 2 <= int(number) <= 64 or not value:
                raise ValueError(f"{self.kind}: {word}: fields are written F39=00")
            fields[str(int(number))] = value
        return words[0], fields

    _read_answer = _read_message

    def _read_flash(self, words):
        return _one("flash", words or [""], ["", *_FLASH])

    def _read_power(self, words):
        return acts.switch(self.kind, words)

    _read_wifi = _read_power

    def _read_fault(self, words):
        from acquirer.faults import KINDS

        return _one("fault", words, ["none", "cut", "hand", *KINDS])

    def _read_hand(self, words):
        return acts.switch(self.kind, words)

    def _read_line(self, words):
        return _one("line", words, ["tls", "plain"])

    def _read_mac(self, words):
        return _one("mac", words, ["ecb", "retail"])

    def _read_journal(self, words):
        return _JOURNAL[_one("journal", words, list(_JOURNAL))]

    def _read_booked(self, words):
        return _one("booked", words, list(_BOOKED))

    def _read_pending(self, words):
        return _one("pending", words, ["yes", "no"]) == "yes"

    def _read_books(self, words):
        return _one("books", words, ["agree"])

    def _read_opened(self, words):
        return opened_name(" ".join(words))

    def _read_pressed(self, words):
        return _one("pressed", words, ["continue"])

    def _read_new(self, words):
        return _one("new", words, ["sale"])

    # judging --------------------------------------------------------------------------------

    def fits(self, kind: str, value) -> bool:
        """Is this thing that has happened what is waited for?"""
        if self.kind == "idle":
            return kind == "screen" and value.idle
        if kind != self.kind:
            return False
        wanted = self.values
        if kind == "screen":
            return screen_names.any_of(wanted, value)
        if kind == "card":
            return value is not None if wanted == "any" else value == (None if wanted == "off" else wanted)
        if kind == "apdu":
            return value[0].upper().startswith(wanted[0]) and wanted[1] in ("", value[1])
        if kind in ("message", "answer"):
            return value[0] == wanted[0] and all(value[1].get(number) == text for number, text in wanted[1].items())
        if kind == "flash":
            return wanted in ("", value)
        if kind == "opened":
            return any(name == wanted or name.startswith(wanted + " ") or name.startswith(wanted + ",") for name in value)
        return value == wanted

    def holds(self, terminal) -> bool:
        """Is it so at this moment?"""
        if self.kind == "idle":
            return bool(terminal.bench.on) and terminal.bench.text().idle
        if self.kind == "screen":
            return bool(terminal.bench.on) and screen_names.any_of(self.values, terminal.bench.text())
        if self.kind == "card":
            return self.fits("card", terminal.card)
        if self.kind == "power":
            return bool(terminal.bench.on) == self.values
        if self.kind == "wifi":
            return terminal.wifi == self.values
        if self.kind == "hand":
            return terminal.line.hand == self.values
        if self.kind == "line":
            return terminal.line.ready and terminal.line.tls == (self.values == "tls")
        if self.kind == "mac":
            return terminal.line.ready and terminal.line.mac == self.values
        if self.kind == "fault" and self.values == "none":
            return not terminal.faults()
        return False


def opened_name(text: str) -> str:
    """A thing that can be opened, in the form in which they are compared.  Raises ValueError."""
    name = " ".join(text.split()).upper()
    if not name or len(name) > 60:
        raise ValueError("opened: what? a tag, F39, 0200, a command's name, wire, ledger or faults")
    return name


def opened_names(entry: dict) -> set:
    """Everything that a person sees who opens this time-line entry."""
    detail = entry.get("detail") or {}
    names = {str(entry.get("kind", "")).upper(), str(detail.get("mti", "")), str(detail.get("name", "")).upper()}
    names |= {"F" + str(field.get("n")) for field in detail.get("fields", ())}
    names |= {str(part["tag"]) for part in detail.get("request_parts", ()) if part.get("tag")}
    nodes = [*detail.get("tree", ()), *(node for node in detail.get("de55") or ())]
    while nodes:
        node = nodes.pop()
        names.add(str(node.get("tag", "")))
        nodes.extend(node.get("children") or ())
    return names - {"", "NONE"}


def _one(kind: str, words, allowed):
    if len(words) != 1 or words[0] not in allowed:
        raise ValueError(f"{kind}: {' '.join(words) or 'nothing'}: one of {', '.join(word for word in allowed if word)}")
    return words[0]
