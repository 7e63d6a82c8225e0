"""The faults of a plan on a real bench: at which message of an act the real host does what, and what no bench can do."""

import dataclasses
import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from acquirer.faults import FaultTable
from acquirer.ledger import Ledger

from .fault_words import words
from .faults import Fault, laid_out
from .person import Act
from .plan import Plan
from .tears import BEYOND

if TYPE_CHECKING:
    from .recording import Recording

# How a fault of a plan is called at the host (acquirer.faults), and what is its argument.
_REQUEST: "dict[str, tuple[str, Callable[[Fault], Any]]]" = {
    "lost": ("drop-request", lambda fault: None),
    "late": ("late-request", lambda fault: fault.value / 1000),
    "broken-before": ("close", lambda fault: "before"),
    "broken-after": ("close", lambda fault: "after"),
    "closed-before": ("close", lambda fault: "before"),
    "closed-after": ("close", lambda fault: "after"),
    "answer-lost": ("drop-answer", lambda fault: None),
    "answer-late": ("late", lambda fault: fault.value / 1000),
    "answer-doubled": ("duplicate", lambda fault: None),
    "answer-split": ("slow", lambda fault: 2),
    "answer-damaged": ("corrupt", lambda fault: None),
}
_HOST: "dict[str, tuple[str, Callable[[Fault], Any]]]" = {
    "code": ("decline", lambda fault: fault.text),
    "silent": ("drop-answer", lambda fault: None),
    "dead": ("drop-request", lambda fault: None),
    "restart": ("close", lambda fault: "after"),
    "slow": ("late", lambda fault: fault.value / 1000),
    "forged": ("wrong-mac", lambda fault: None),
}
_PART = "part"
_BEFORE: "dict[str, Callable[[Ledger, str, Fault], None]]" = {
    "day-cut": lambda ledger, terminal, fault: ledger.day_cut(),
    "keys-gone": lambda ledger, terminal, fault: ledger.set_working_keys(terminal, None, None),
    "next-batch": lambda ledger, terminal, fault: ledger.set_batch(terminal, fault.value),
}
_JOURNAL = (256, 64)  # records of a file, and files, as the firmware has them
_ROOMY = 64  # blocks: nothing runs out of room
_UNDECIDED = ("lost", "broken-before", "closed-before")  # a request that the host never decides
_OF_THE_ACT = ("open", "power", "time", "link", "display", "reader")
_STANDS_FOR = {"answer-split": "byte by byte", "answer-damaged": "the bit is one of the last byte before F64"}


def expressible(plan: Plan, recording: "Recording") -> "tuple[list[str], list[str]]":
    """(what no bench can do, what it does only about so), of the faults that have struck."""
    cannot: list[str] = []
    about: list[str] = []
    struck = [event["fault"] for event in recording.of("fault")]
    for number, act in enumerate(plan.acts, 1):
        if act.what == "owner":
            cannot.append(f"act {number}: {act}")
        for fault in act.faults:
            name = f"act {number}: {words(fault)}"
            if fault not in struck and fault.where in ("power", "request", "host", "open", "flash", "memory"):
                continue  # its occasion has not come
            if fault.how in _STANDS_FOR:
                about.append(f"{name}: {_STANDS_FOR[fault.how]}")
            elif not _can(fault):
                cannot.append(name)
    for event in recording.of("cut"):
        if event.get("how") in BEYOND:
            cannot.append(f"the power fails while the flash is written, {event['how']}: the bench's flash has no such bits")
        elif event.get("how") in ("bits", "zeroed"):
            about.append(f"the power fails while the flash is written, {event['how']}: the first half of the operation is done")
    return cannot, about


def plainer(plan: Plan) -> "tuple[Plan, list[str]]":
    """The plan as a bench can have it that is to do step by step what the simulation does, and what is left out for that."""
    settings, about = dict(plan.settings), []
    if settings.get("tls", True):
        about.append("the line to the host is plain TCP")
    if plan.ntp == "right" and settings.get("ntp_host", "time"):
        about.append("there is no time server")
    if plan.blocks < _ROOMY:
        about.append(f"the flash has more than {plan.blocks} blocks")
    if plan.first_stan:
        about.append("trace numbers begin at 1")
    if (plan.records, plan.files) != _JOURNAL:
        about.append(f"the journal has {_JOURNAL[1]} files of {_JOURNAL[0]} records")
    settings.update(tls=False, ntp_host="")
    changed = {"blocks": max(plan.blocks, _ROOMY), "first_stan": 0, **dict(zip(("records", "files"), _JOURNAL))}
    return dataclasses.replace(plan, settings=settings, **changed), about


def _can(fault: Fault) -> bool:
    if fault.how == "silent" and fault.where == "open":
        return False  # where nothing answers on the bench, the name server does not either
    known = {"request": _REQUEST, "host": {**_HOST, **_BEFORE, _PART: None}}.get(fault.where)
    return fault.how in known if known is not None else fault.where in _OF_THE_ACT


class ActFaults(FaultTable):
    """The faults of the act that is played, at the very messages at which they have struck in the simulation."""

    def __init__(self, ledger: Ledger, terminal: str):
        super().__init__()
        self._ledger, self._terminal = ledger, terminal
        self.begin(None)

    def begin(self, act: "Act | None") -> None:
        """Another act: its occasions are counted from 1 again."""
        faults = act.faults if act else ()
        self._faults = laid_out(faults)
        self._amount = act.amount if act else 0
        self._requests = self._decided = 0

    def take(self, message_kind: str, mti: str, terminal: str = "") -> "dict[str, object]":
        self._requests += 1
        found: dict[str, object] = {}
        request = self._faults.get(("request", self._requests))
        if request:
            name, argument = _REQUEST[request.how]
            found[name] = argument(request)
            if request.how in _UNDECIDED:
                return found
        self._decided += 1
        at_host = self._faults.get(("host", self._decided))
        if at_host and at_host.how in _BEFORE:
            _BEFORE[at_host.how](self._ledger, self._terminal, at_host)
        elif at_host and at_host.how == _PART:
            if message_kind == "sale":
                found["partial"] = min(at_host.value, max(self._amount - 1, 1))
        elif at_host:
            name, argument = _HOST[at_host.how]
            found[name] = argument(at_host)
        return found


def clock_from(begins: datetime.datetime, seconds: "Callable[[], float]") -> "Callable[[], datetime.datetime]":
    """A calendar that begins with the plan's and goes on by `seconds()`."""
    return lambda: begins + datetime.timedelta(seconds=seconds())
