"""A history as the page has one: the payments on its time line, the journal and the ledger that they have left."""

import collections
import dataclasses
from typing import TYPE_CHECKING, Any

from cards import issuers
from desk import books as desk_books
from desk import wording
from desk.timeline import Timeline

from . import base, books, fault_words
from .plan import Plan
from .recording import record

if TYPE_CHECKING:
    from .world import World

_OWNER = {"en": "the owner sets the terminal up", "zh": "店主重新设置终端"}
_FAULT_LANES = {"request": ("terminal", "host"), "open": ("terminal", "host"), "host": ("host", None)}


@dataclasses.dataclass(frozen=True)
class Paying:
    """`payments` as the page's contract has them; `failing`, the id of the one in which an invariant fell first, or None;
    `journal` as Bench.journal() gives it; `ledger` a snapshot of an acquirer.memory.MemoryLedger; `ended` when.
    """

    payments: "list[dict]"
    failing: "int | None"
    journal: "dict[str, Any]"
    ledger: Any
    ended: Any
    settings: "dict[str, Any]"


def paying(plan: Plan) -> Paying:
    """Play a plan, and keep it as the page would."""
    listener = _Listener()
    recording = record(plan, listener.of)
    world = recording.world
    return Paying(
        [payment.whole() for payment in listener.line.payments],
        listener.failing(),
        books.journal_of(world),
        world.bank.ledger.snapshot(),
        world.clock(),
        dict(plan.settings),
    )


class _Listener:
    """Tells a time line what happens, at its moment in the history's own time."""

    line: Timeline

    def __init__(self) -> None:
        self._labels = {card["name"]: card["label"] for card in issuers.CARDS}
        self._fell: int | None = None

    def of(self, world: "World") -> Any:
        self.line = Timeline(
            lambda event: None,
            lambda: desk_books.seal(world.bank.ledger, base.TERMINAL),
            lambda seconds, action: world.loop.after(int(1000 * seconds), action),
            lambda: world.loop.now / 1000,
            lambda: world.clock().strftime("%Y-%m-%dT%H:%M:%S%z"),
        )
        self.line.payments = collections.deque()  # of one history, all are kept
        return self._hear

    def _hear(self, event: dict) -> None:
        kind, line = event["ev"], self.line
        if kind == "key":
            line.key(event["key"])
        elif kind == "card":
            line.card(event["card"], self._labels.get(event["card"], event["card"] or ""))
        elif kind == "fault":
            fault = event["fault"]
            lane, to = _FAULT_LANES.get(fault.where, ("terminal", None))
            line.fault(fault_words.texts(fault), "", {"fault": fault.how, "which": fault.where}, lane, to)
        elif kind == "owner":
            line.fault(_OWNER, event["what"], {"fault": "owner"}, "person", "terminal")
        elif kind == "violation":
            if self._fell is None and line.last is not None:
                self._fell = line.last.id
            line.fault(wording.FELL, f"{event['invariant']}: {event['seen']}", {"fault": event["invariant"]}, "terminal", None)
        else:
            line.hear(event)

    def failing(self) -> "int | None":
        """The sale of it, where an invariant fell after its end."""
        if self._fell is None:
            return None
        before = [payment for payment in self.line.payments if payment.id <= self._fell]
        sales = [payment for payment in before if payment.number is not None]
        return (sales or before)[-1].id if before else None
