"""What a bench has to do to play a history again: the keys, the cards and the power as they were, in their order.

A score is plain data.  It is made of a recording, because keys are pressed by what stands on the glass: whoever plays it needs
no person, and sees where the real terminal shows something else.
"""

import dataclasses

from chips.flash import BLOCK

from .bench_faults import expressible, plainer
from .plan import Plan
from .recording import Recording, record

WRITES = ("program", "erase")
_OF_THE_NET = ("connect", "connected", "send", "sent", "received")
_LOOK_MS = 30_000  # how long the Wi-Fi is away, as in world
_DARK_GLASS_MS = 20_000
_TORN = {"before": 1, "prefix": 2, "bits": 2, "weak": 2, "zeroed": 2, "disturbed": 2, "after": 3}
_HALF = 0.5
_STRIKES = ("fault", "cut")
_AT_ONCE_MS = 300  # longer than anything takes that waits for nobody


@dataclasses.dataclass(frozen=True)
class Cue:
    """`do`: key, card, card-off, on, act, wifi, reader, display, or dark: the power goes.

    At `ms` of the history, while a screen with the sentences `names` has stood since `since_ms`.  `what`: the key, the card, the
    number of the act; `on`; `after` how many commands the card is pulled away.
    """

    do: str
    ms: int
    names: "tuple[str, ...]" = ()
    since_ms: int = 0
    what: str = ""
    on: bool = True
    after: "int | None" = None
    cut: "Cut | None" = None


@dataclasses.dataclass(frozen=True)
class Cut:
    """The power fails at the `n`-th step of `kind` (write, net) since the cue before, or, where n is 0, as soon as the cue's
    screen stands.

    `how` 1 before, 2 in the middle (`part` of it done), 3 after; `steps`: the writes, each with its bytes, or the steps of the
    network, as the bench tells them.
    """

    kind: str = ""
    n: int = 0
    how: int = 3
    part: float = 0.0
    steps: "tuple[str, ...]" = ()


@dataclasses.dataclass(frozen=True)
class Score:
    """`configs`: what the terminal was provisioned with, one after the other.  `cannot`: what of the plan no bench can
    express, `about`: what it does in another way.  `results` that were told, in their order.
    """

    plan: Plan
    configs: "tuple[dict, ...]"
    cues: "tuple[Cue, ...]"
    cannot: "tuple[str, ...]"
    about: "tuple[str, ...]"
    results: "tuple[tuple, ...]"
    journal: dict
    ledger: "tuple[tuple, ...]"
    violations: "tuple[str, ...]"


def score_of(plan: Plan) -> Score:
    """Play a plan, and write down what a bench has to do."""
    from . import base, books
    from .compared import came_to, result, rows

    asked = came_to(record(plan))
    plan, otherwise = plainer(plan)
    recording = record(plan)
    cannot, about = expressible(plan, recording)
    if came_to(recording) != asked:
        cannot.append(f"the history is another one when {' and '.join(otherwise)}")
    cues = () if cannot else tuple(_cues(plan, recording))
    world = recording.world
    return Score(
        plan,
        tuple(base.the().config(settings) for settings in ((plan.settings,) if world.new else (base.FIRST, plan.settings))),
        cues,
        tuple(cannot),
        tuple(otherwise + about),
        tuple(result(event) for event in recording.of("result")),
        books.journal_of(world),
        tuple(rows(world.bank.ledger)),
        tuple(str(violation) for violation in recording.violations),
    )


def _cues(plan: Plan, recording: Recording) -> "list[Cue]":
    found: list[Cue] = []
    names: tuple[str, ...] = ()
    since = 0
    writes: list[str] = []
    net: list[str] = []
    cut: Cut | None = None
    for place, event in enumerate(recording.events):
        kind, ms = event["ev"], event["ms"]
        if kind == "screen" and event["new"]:
            names, since = tuple(event["names"]), ms
        elif kind == "flash":
            writes.append(write_told(event))
        elif kind == "net":
            net += _net_told(event["step"], net)
        elif kind == "cut":
            cut = _cut_at(event, tuple(writes), tuple(net))
            if event["step"] == "screen":
                cut = _before_next(_next_step(plan, recording, place), tuple(writes), tuple(net))
        elif kind == "act":
            until = next((later["ms"] for later in recording.events[place + 1 :] if later["ev"] == "act"), ms)
            found += _of_act(plan, event["n"], ms, until)
            continue
        cue = _cue(event, names, since, cut)
        if cue is None:
            continue
        found.append(cue)
        writes.clear()
        net.clear()
        if cue.do == "dark":
            cut, names = None, ()
    return sorted(found, key=lambda cue: cue.ms)  # stable: what an act sets out comes at its time


def _cue(event: dict, names: "tuple[str, ...]", since: int, cut: "Cut | None") -> "Cue | None":
    kind, ms = event["ev"], event["ms"]
    if kind == "key":
        return Cue("key", ms, names, since, event["key"])
    if kind == "card":
        return Cue("card" if event["card"] else "card-off", ms, names, since, event["card"] or "", after=event["after"])
    if kind == "power" and event["why"] != "restarted":  # what restarts itself does so on the bench, too
        return Cue("on", ms) if event["on"] else Cue("dark", ms, names, since, cut=cut or Cut())
    return None


def write_told(event: dict) -> str:
    """A write in one word."""
    return event["op"] if event["op"] == "erase" else f"{event['op']} {event['bytes']}"


def _net_told(step: str, before: "list[str]") -> "list[str]":
    """The steps that the bench counts where the simulation has one: it sends in two halves, and closes what it has opened."""
    if step == "sent":
        return ["send-half", "sent"]
    return ["close", "open"] if step == "open" and before else [step]


def _cut_at(event: dict, writes: "tuple[str, ...]", net: "tuple[str, ...]") -> Cut:
    if event["step"] in _OF_THE_NET:
        return Cut("net", len(net), 3, 0.0, net)
    if event["step"] == "sync":  # which the bench does not count: after the write before it
        return Cut("write", len(writes), 3, 0.0, writes)
    if event["step"] not in WRITES:
        return Cut()
    size = event["bytes"] or BLOCK
    part = min(1.0, event["part"] / size) if event["how"] == "prefix" else _HALF
    return Cut("write", len(writes), _TORN[event["how"]], part, writes)


def _next_step(plan: Plan, recording: Recording, place: int) -> "dict | None":
    """What comes next of writes and network where the power fails as soon as a screen stands: as if it did not fail there."""
    events = recording.events
    number = next(event["n"] for event in reversed(events[:place]) if event["ev"] == "act")
    fault = events[place - 1]["fault"]
    act = plan.acts[number - 1]
    whole = dataclasses.replace(act, faults=tuple(one for one in act.faults if one != fault))
    played = record(dataclasses.replace(plan, acts=(*plan.acts[: number - 1], whole, *plan.acts[number:])))
    before = sum(event["ev"] not in _STRIKES for event in events[:place])
    after = [event for event in played.events if event["ev"] not in _STRIKES][before:]
    return next(
        (event for event in after if event["ev"] in ("flash", "net") and event["ms"] < events[place]["ms"] + _AT_ONCE_MS), None
    )


def _before_next(event: "dict | None", writes: "tuple[str, ...]", net: "tuple[str, ...]") -> Cut:
    """The screen stands, and what comes next at once is not done any more."""
    if event is None:
        return Cut()
    if event["ev"] == "flash":
        return Cut("write", len(writes) + 1, _TORN["before"], 0.0, (*writes, write_told(event)))
    steps = (*net, *_net_told(event["step"], list(net)))
    return Cut("net", len(steps), 3, 0.0, steps)


def _of_act(plan: Plan, number: int, ms: int, until: int) -> "list[Cue]":
    """The act begins: its faults at the host, and what stands as long as it lasts, which is `until` the next one."""
    found = [Cue("reader", ms, on=True), Cue("act", ms, what=str(number))]
    for fault in plan.acts[number - 1].faults if number else ():
        off = ms + fault.value
        if fault.where in ("link", "display") and off < until:
            name, back = ("wifi", _LOOK_MS) if fault.where == "link" else ("display", _DARK_GLASS_MS)
            found += [Cue(name, off, on=False), Cue(name, min(off + back, until), on=True)]
        elif fault.where == "reader":
            found[0] = Cue("reader", ms, on=False)
    return found
