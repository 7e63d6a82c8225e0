"""What the wire has proven by now, and what the terminal may write into its journal on the strength of it.

It hears each request as it leaves, and each answer at the moment at which the terminal has read it whole.  Only the very bytes
that the host gave count, and only for the payment that it gave them about: an answer that was changed on its way, or that
repeats another payment's values, proves nothing.
"""

from collections.abc import Callable
from typing import Any

from bench.states import STATE_NAMES

from acquirer.kinds import KINDS
from acquirer.wire import Message
from campaigns import invariants

from .bank import Given, word_of

Key = tuple[int, int]  # (batch, STAN)

_APPROVES = ("00", "10")
_IN_DOUBT = ("09", "68", "96", "98")  # messages page, "Declines": the host itself does not know, and is asked
# Keys or batch are out of step: by the field that names an original, which tells the profiles apart.
_SIGN_ON = {61: ("77", "79", "95", "99", "A0"), 90: ("63", "95")}
_UNSEALED = ("signon", "echo")  # requests whose answers carry no MAC
_TAKEN = ("approved", "partial")
_PAID = ("0110", "0210", "0230")  # answers to payments
# How an open payment ended -> what the host must have said: F39 of the 0410, or the letter of a status inquiry.
_CLOSES = {
    "reversed": ("00", "R"),
    "reversed: not found": ("B",),
    "reversed: was not approved": ("D",),
}
_SLACK_MS = 100  # from the end of the wait to the end of what is being read


class Proof:
    """`wrong(invariant, seen)` hears of what is not proven; `patience_ms` is what the terminal may wait for an answer."""

    def __init__(self, wrong: "Callable[[str, str], None]"):
        self._wrong = wrong
        self.patience_ms = 0
        self._waits: dict[Key, int] = {}  # what it was for each 0200
        self.amounts: dict[Key, int] = {}  # F4 of each 0200 that has left
        self.originals: dict[Key, Key] = {}  # of each that is about an earlier one: which
        self.asked_about: set[Key] = set()  # requests that are not reversed: the host's word settles them, "approved" too
        self._left_at: dict[Key, int] = {}
        self._reversed_at: dict[Key, int] = {}
        self._answers: dict[Key, list[tuple[str, int, int]]] = {}  # 0210: F39, F4, when
        self._closes: dict[Key, set[str]] = {}
        self._errands: set[str] = set()
        self._asked = ""  # the kind of the last request
        self.awaited: Key | None = None  # the payment whose answer is waited for
        self.word: str | None = None  # of the last status inquiry
        self.out_of_step = False  # the host, or a MAC, has said that keys have to be fetched
        self.supervised = False
        self.balance: int | None = None  # that the host has told, minor units

    # -- the wire

    def left(self, message: Message, key: Key, now: int) -> None:
        """A request has left."""
        self._asked = message.kind
        pays = KINDS.get(message.kind)
        journaled = pays is not None and pays.journaled
        self.awaited = key if journaled else None
        if pays and journaled:
            self.amounts[key] = int(message.text(4))
            self._left_at[key], self._waits[key] = now, self.patience_ms
            if not pays.reversible:
                self.asked_about.add(key)
            if pays.of:
                self.originals[key] = message.original
        elif message.mti == "0400":
            self._reversed_at.setdefault(key, now)
        elif message.kind == "inquiry":
            self.word = None
        elif message.kind == "balance":
            self.balance = None

    def read(self, given: "Given | None", now: int) -> None:
        """The terminal has read an answer; None: it is not as the host gave it."""
        if self._asked == "echo":
            self._errands.add(self._asked)  # no MAC: any host will do
        if given is not None and given.kind == "inquiry":
            code = given.answer.text(39)
            self.word = word_of(given.answer)[:1] if code == "00" else "N" if code == "25" else None
        if given is None or not given.fits:
            self.out_of_step = True  # its MAC is wrong, or will be taken for wrong
            return
        answer, key = given.answer, given.about
        if key[0] < 0:  # a request that came damaged: the answer repeats its trace, and may be taken for one to it
            key = next((sent for sent in reversed(self.amounts) if sent[1] == key[1]), key)
        code = answer.text(39)
        if code in _SIGN_ON[answer.ORIGINAL_FIELD] or (not given.sealed and self._asked not in _UNSEALED):
            self.out_of_step = True
        if given.kind == "balance":
            self.balance = _told_balance(answer.text(54)) if code == "00" else None
        elif answer.mti in _PAID:  # of whatever kind a damaged request was taken for
            self._answers.setdefault(key, []).append((code, int(answer.text(4) or 0), now))
        elif answer.mti == "0410" and code == "00":
            self._closes.setdefault(key, set()).add(code)
        elif given.kind == "inquiry":
            if self.word:
                self._closes.setdefault(key, set()).add(self.word)
        elif code == "00":
            self._errands.add(given.kind)
            if given.kind == self._asked == "signon":
                self.out_of_step = False

    def did(self, errand: str) -> bool:
        """Has the host answered such an errand ("signon", "echo") well?"""
        return errand in self._errands

    # -- the journal

    def record(self, record: Any) -> None:
        """A record of the journal, new or read back."""
        state = STATE_NAMES.get(record.state, "")
        key = record.batch, record.stan
        if state in _TAKEN:
            self._approved(key, state, record)
        elif state == "declined":
            self._declined(key, record.f39)
        elif state == "not sent" and key in self._left_at:
            self._wrong(invariants.NEVER_FALSE_FAILURE, f"STAN {key[1]:06d} is recorded as not sent, and has left")
        elif state in _CLOSES and not self._closes.get(key, set()) & set(_CLOSES[state]):
            self._wrong(invariants.NO_SILENT_DROP, f"STAN {key[1]:06d} is recorded as {state}, and the host has not said so")
        elif state == "manual list" and not self.supervised:
            self._wrong(invariants.NO_SILENT_DROP, f"STAN {key[1]:06d} is on the manual list, and no supervisor was there")

    def _approved(self, key: Key, state: str, record: Any) -> None:
        wanted = "10" if state == "partial" else "00"
        stan = f"STAN {key[1]:06d}"
        if key in self.asked_about and "A" in self._closes.get(key, ()) and record.approved == self.amounts[key]:
            return
        told = [(amount, at) for code, amount, at in self._answers.get(key, []) if code == wanted]
        if not told:
            self._wrong(invariants.STRICT_APPROVAL, f"{stan} is recorded as {state}, and no such answer was read")
        elif record.approved not in [amount for amount, _ in told] or record.amount != self.amounts.get(key):
            self._wrong(invariants.STRICT_APPROVAL, f"{stan} is recorded with {record.approved} of {record.amount}")
        elif all(self._too_late(key, at) for _, at in told):
            self._wrong(invariants.NO_RESURRECTION, f"{stan} is recorded as {state}, and its answer came too late")

    def _too_late(self, key: Key, at: int) -> bool:
        return at > self._left_at[key] + self._waits[key] + _SLACK_MS or at > self._reversed_at.get(key, at)

    def _declined(self, key: Key, code: str) -> None:
        codes = [found for found, _, _ in self._answers.get(key, [])]
        if code not in codes or code in _APPROVES:
            self._wrong(invariants.NEVER_FALSE_FAILURE, f"STAN {key[1]:06d} is recorded as declined with {code!r}, not so told")
        elif code in _IN_DOUBT and not self._closes.get(key, set()) & set("RBD"):
            self._wrong(invariants.NEVER_FALSE_FAILURE, f"STAN {key[1]:06d} is recorded as declined, the host was not sure")


def _told_balance(f54: str) -> "int | None":
    """Account n2, kind n2, currency n3, C or D, amount n12."""
    return int(f54[8:20]) * (-1 if f54[7] == "D" else 1) if len(f54) == 20 else None
