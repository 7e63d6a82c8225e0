"""The acquirer in the simulation: its own switch on a ledger in memory, and what goes wrong at the host.

Of a *believable* host everything that it says is true of its ledger.  A *malicious* one lies with the right MAC; what it has lied
about is noted (`lied`), because no terminal can know better.
"""

import copy
import dataclasses
import functools
from collections.abc import Callable
from typing import NamedTuple

from acquirer import profiles
from acquirer.switch import CURRENCY, Overrides, Reply, Request, Switch
from acquirer.transactions import HANDLERS
from acquirer.unit import Unit
from acquirer.wire import Message, WireError
from cards import issuers

from . import aio
from .faults import Fault, Strikes

KINDS = (
    "code",
    "code",
    "part",
    "part",
    "part",
    "silent",
    "dead",
    "restart",
    "day-cut",
    "twin",
    "keys-gone",
    "next-batch",
    "slow",
    "forged",
)
LIES = ("lies", "other-field", "other-field", "other-field", "word", "other-word", "other-word")
_FIELDS = (4, 4, 4, 11, 11, 2, 3, 25, 41, 42, 49, 60, 61)  # what an answer repeats; some are drawn more often
_WORDS = {61: 63, 90: 48}  # profile, by its field that names an original -> the field of an answer that has a trace's state
_HEAD = 11  # bytes in front of the MTI in the profile that has a TPDU, which no MAC covers
_OF_THE_CARD = (14, 23, 26, 35, 52, 55)
_LOOSE = 60  # hosts change what stands at its end


def bare(body: bytes) -> bytes:
    """A message from its MTI on."""
    return body if body[:1] == b"0" else body[_HEAD:]


class Bank:
    """`ledger` (an acquirer ledger with the terminal and the cards in it); `currency` (ISO 4217, three digits) of its merchants.

    `given`: every true answer by its bytes from the MTI on.  A `beside` bank shares it, and what was lied about.
    """

    def __init__(self, ledger, terminal_id: str, currency: str = CURRENCY, beside: "Bank | None" = None):
        self.ledger = ledger
        self._terminal_id = terminal_id
        self.switch = Switch(ledger, currency)
        self.strikes = Strikes()
        self.lied: set[tuple[int, int]] = beside.lied if beside else set()
        self.broken_off: Callable[[], None] = lambda: None
        self.heard: Callable[[Message], None] = lambda message: None
        self.told: Callable[[Message], None] = lambda message: None
        # Traces with which another terminal of the same number has sold: what the books have under them is not this one's.
        self.twins: set[tuple[int, int]] = beside.twins if beside else set()
        self.given: dict[bytes, Given] = beside.given if beside else {}

    def __call__(self, body: bytes, deliver: Callable[[bytes], None]) -> None:
        """A request has arrived."""
        fault = self.strikes.next("host") or Fault("host", 0, "")
        if fault.how == "dead":
            return
        self._first(fault)
        answer = self._answer(body, fault)
        if fault.how == "restart":
            self.broken_off()
        elif answer is not None and fault.how != "silent":
            if fault.how == "slow":
                aio.loop.after(fault.value, lambda: deliver(answer))
            else:
                deliver(answer)

    def _first(self, fault: Fault) -> None:
        """What happened at the host before this request came."""
        if fault.how == "day-cut":
            self.ledger.day_cut()
        elif fault.how == "keys-gone":
            self.ledger.set_working_keys(self._terminal_id, None, None)
        elif fault.how == "next-batch":
            self.ledger.set_batch(self._terminal_id, fault.value)

    def _answer(self, body: bytes, fault: Fault) -> "bytes | None":
        defect = None
        try:
            message = decoded(body)
        except WireError as error:
            if error.partial is None:
                return None
            message, defect = error.partial, error
        overrides = Overrides()
        if fault.how == "code":
            overrides.decline = fault.text
        elif fault.how == "part" and message.kind == "sale":
            overrides.partial = min(fault.value, max(int(message.text(4) or 1) - 1, 1))
        elif fault.how == "twin" and message.kind == "sale" and defect is None:
            self._sells_elsewhere(message, fault.value)
        if defect is None:
            self.heard(message)
        reply = self.switch.handle(message, overrides, defect)
        fits = not self._falsify(message, reply, fault)
        self.told(reply.message)
        answer = reply.encode()
        if fault.how == "forged":
            return answer[:-1] + bytes([answer[-1] ^ 1])
        self.given[bare(answer)] = Given(message.kind, about(message), reply.message, reply.seal is not None, fits)
        return answer

    def _sells_elsewhere(self, message: Message, chance: int) -> None:
        """Another terminal of that number has used the trace before: for the same amount and card, or for others."""
        same = chance % 3 == 0
        card = next(card for card in issuers.CARDS if same == (card["pan"] == message.text(2)))
        fields = {number: value for number, value in message.fields.items() if number not in _OF_THE_CARD}
        fields.update({2: card["pan"], 4: message.text(4) if same else f"{100 + chance % 900:012d}", 22: "012"})
        other = dataclasses.replace(message, fields=fields)

        def work(unit: Unit) -> None:
            if unit.transaction(message.text(41), *about(message)) is None:
                self.twins.add(about(message))
                merchant = unit.terminal(message.text(41)).merchant_id
                asked = Request(other, message.text(41), merchant, None, currency=self.switch.currency)
                HANDLERS["sale"](unit, asked, self.ledger.clock())

        self.ledger.perform(work)

    def _falsify(self, message: Message, reply: Reply, fault: Fault) -> bool:
        """A lie, sealed with the host's own keys; True when it repeats a value of another payment."""
        fields = reply.message.fields
        if fault.how == "lies":
            self.lied.add(about(message))
            fields[39] = fault.text
        elif fault.how == "other-field":
            number = _FIELDS[fault.value % len(_FIELDS)]
            value = fields.get(number)
            if isinstance(value, str) and value:
                fields[number] = value[:-1] + str((int(value[-1]) + 1) % 10 if value[-1].isdigit() else 0)
                return number != _LOOSE
        elif fault.how == "word" and message.kind == "inquiry" and word_of(reply.message):
            self.lied.add(about(message))
            fields[_WORDS[message.ORIGINAL_FIELD]] = fault.text + word_of(reply.message)[1:]
        elif fault.how == "other-word" and message.kind == "inquiry" and fields.get(39) == "00":
            word = word_of(reply.message)  # of another payment, over another amount
            fields[_WORDS[message.ORIGINAL_FIELD]] = f"{fault.text}{int(word[1:13]) + 1 + fault.value % 900:012d}{word[13:]}"
            return True
        return False


def decoded(body: bytes) -> Message:
    """A request, read once for all who want to see it; each has fields of its own.  Raises WireError."""
    message = copy.copy(_decoded(body))
    message.fields = dict(message.fields)
    return message


@functools.lru_cache(64)
def _decoded(body: bytes) -> Message:
    return profiles.decode(body)


def word_of(answer: Message) -> str:
    """What the answer to a status inquiry says of a trace: letter, amount n12, reference; "" where it says nothing."""
    return answer.text(_WORDS[answer.ORIGINAL_FIELD])


def about(message: Message) -> "tuple[int, int]":
    """(batch, STAN) of the payment that a message is about; (-1, 0) of one that does not say."""
    if message.kind != "inquiry":
        return message.batch, message.stan
    try:
        return message.original
    except ValueError:
        return -1, 0


class Given(NamedTuple):
    """An answer as the host gave it: to which `kind` of request, `about` which (batch, STAN), `sealed` with a MAC; `fits`: all
    that it repeats is that payment's.
    """

    kind: str
    about: "tuple[int, int]"
    answer: Message
    sealed: bool
    fits: bool
