"""What happened in one history, event by event, as a bench tells it: for its words, for the page, for the real bench.

An event is a dict with its time `ms` (since the world began) and `ev`, as tools/rig and the firmware's debug link have them:
power, screen (`new`: another page, or other sentences), step, result, file, host, apdu, flash, net, key, card.  Beside them
`act` (`n`, 0: the calm at the end), `fault` (a sim.faults.Fault that strikes), `cut` (at which step the power fails, and how it
is torn) and `violation`.
"""

import dataclasses
from typing import Any

from . import base, heap, history
from .judge import Violation
from .plan import Plan
from .world import World

_NET = {"connect": "open", "connected": "opened", "send": "send", "sent": "sent", "received": "got"}  # as the bench calls them


@dataclasses.dataclass
class Recording:
    """`events` of the `world`, which has been played."""

    world: World
    events: "list[dict]"

    @property
    def violations(self) -> "list[Violation]":
        return self.world.judge.violations

    def of(self, *kinds: str) -> "list[dict]":
        return [event for event in self.events if event["ev"] in kinds]


def record(plan: Plan, listener: Any = None) -> Recording:
    """Play a plan; `listener(world)` may give a function that hears each event at its moment, too."""
    world = World(plan, base.the())
    also = listener(world) if listener else None
    events: list[dict] = []

    def hear(event: dict) -> None:
        with heap.uncounted():
            event["ms"] = world.loop.now
            events.append(event)
            if also:
                also(event)

    world.heard = world.terminal.link.send = hear
    _listen(world, hear)
    history.play(world)
    return Recording(world, events)


def _listen(world: World, hear: Any) -> None:
    """To what passes by elsewhere: card, flash, network."""
    tray, flash, air = world.tray, world.board.flash, world.air
    tray.told = lambda card, after: hear(
        {"ev": "card", "card": world.cards.name(card) if card is not None else None, "after": after}
    )
    tray.exchanged = lambda command, answer: hear({"ev": "apdu", "c": command.hex(), "r": answer.hex()})
    before, step, sent = flash.before, air.step, air.sent
    assert before is not None

    def operation(kind: str, place: int, offset: int, size: int) -> Any:
        if kind != "sync":
            hear({"ev": "flash", "op": kind, "n": flash.operations + 1, "bytes": size})
        return before(kind, place, offset, size)

    size = 0

    def stepped(name: str) -> None:
        if name in _NET:
            hear({"ev": "net", "step": _NET[name], "bytes": size if name == "sent" else 0})
        step(name)

    def leaves(body: bytes) -> None:
        nonlocal size
        size = len(body) + (air.to.profile.PREFIX if air.to else 0)
        sent(body)

    flash.before, air.step, air.sent = operation, stepped, leaves
