"""The acquirer in the simulation: its own switch on a ledger in memory, and what goes wrong at the host.

Of a *believable* host everything that it says is true of its ledger.  A *malicious* one lies with the right MAC; what it has lied
about is noted (`lied`), because no terminal can know better.
"""

import copy
import functools
from collections.abc import Callable
from typing import NamedTuple

from acquirer import profiles
from acquirer.switch import Overrides, Reply, Switch
from acquirer.wire import Message, WireError

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
    "keys-gone",
    "next-batch",
    "slow",
    "forged",
)
LIES = ("lies", "other-field", "other-field", "other-field", "word")
_FIELDS = (4, 4, 4, 11, 11, 2, 3, 25, 41, 42, 49, 60, 61)  # what an answer repeats; some are drawn more often
HEAD = 11  # bytes in front of the MTI, which no MAC covers
_LOOSE = 60  # hosts change what stands at its end


class Bank:
    """`ledger` (an acquirer ledger with the terminal and the cards in it).

    `given`: every true answer by its bytes from the MTI on.
    """

    def __init__(self, ledger, terminal_id: str):
        self.ledger = ledger
        self._terminal_id = terminal_id
        self.switch = Switch(ledger)
        self.strikes = Strikes()
        self.lied: set[tuple[int, int]] = set()
        self.broken_off: Callable[[], None] = lambda: None
        self.heard: Callable[[Message], None] = lambda message: None
        self.told: Callable[[Message], None] = lambda message: None
        self.given: dict[bytes, Given] = {}

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
        if defect is None:
            self.heard(message)
        reply = self.switch.handle(message, overrides, defect)
        fits = not self._falsify(message, reply, fault)
        self.told(reply.message)
        answer = reply.encode()
        if fault.how == "forged":
            return answer[:-1] + bytes([answer[-1] ^ 1])
        self.given[answer[HEAD:]] = Given(message.kind, about(message), reply.message, reply.seal is not None, fits)
        return answer

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
        elif fault.how == "word" and 63 in fields:
            self.lied.add(about(message))
            fields[63] = fault.text + str(fields[63])[1:]
        return False


def decoded(body: bytes) -> Message:
    """A request, read once for all who want to see it; each has fields of its own.  Raises WireError."""
    message = copy.copy(_decoded(body))
    message.fields = dict(message.fields)
    return message


@functools.lru_cache(64)
def _decoded(body: bytes) -> Message:
    return profiles.decode(body)


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
