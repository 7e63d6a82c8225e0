"""A history in words: what is done, what strikes, what the terminal shows (in its two languages) and says, what falls."""

import dataclasses
import unicodedata
from typing import Any

from acquirer import profiles
from acquirer.wire import WireError
from campaigns import invariants

from .fault_words import words as fault_words
from .plan import Plan
from .recording import Recording, record

_COLUMN = 56  # of the other language
_OTHER = {"en": "zh", "zh": "en"}
_CUT = {
    "connect": "before the connection is opened",
    "connected": "when the connection stands",
    "send": "before the request leaves",
    "sent": "when the request has left",
    "received": "when a part of the answer has come",
    "screen": "when this screen stands",
    "program": "while the flash is written",
    "erase": "while a block of the flash is erased",
    "sync": "when the flash is to be in order",
}
_TORN = {
    "before": "nothing of it is done",
    "after": "all of it is done",
    "prefix": "its first {part} bytes are done",
    "bits": "each bit is done or not, by chance",
    "weak": "some bits are marginal",
    "zeroed": "the block is cleared and not blank",
    "disturbed": "bits beside it are gone too",
}


def told(plan: Plan) -> "list[str]":
    """The lines of a plan that is played for them: twice, once in each language."""
    speaks = plan.settings.get("language", "en")
    settings = {**plan.settings, "language": _OTHER[speaks]}
    return lines(plan, record(plan), record(dataclasses.replace(plan, settings=settings)))


def lines(plan: Plan, recording: Recording, other: "Recording | None" = None) -> "list[str]":
    """The lines of a recording; `other` is the same history in the other language, as far as it is the same."""
    found = [f"seed {plan.seed}, {'a shop as there are' if plan.believable else 'a host that may lie'}, {_day(plan)}"]
    found += [f"  set: {name} = {value!r}" for name, value in plan.settings.items()]
    for number, act in enumerate(plan.acts, 1):
        found.append(f"  {number}. {act}")
        found += [f"       ! {fault_words(fault)}" for fault in act.faults]
    found.append("")
    beside = _Beside(other)
    for event in recording.events:
        said = _line(event, beside)
        if event["ev"] == "act":
            found.append(f"-- {event['n']}. {plan.acts[event['n'] - 1]}" if event["n"] else "-- faults stop")
        elif said:
            found.append(f"{event['ms'] / 1000:10.3f}  {said}")
    for violation in recording.violations:
        found += ["", f"{violation}", f"   ({violation.invariant}: {invariants.HOLDS[violation.invariant]})"]
    return found


def _day(plan: Plan) -> str:
    return f"{plan.begins:%Y-%m-%d %H:%M:%S} UTC"


class _Beside:
    """The screens of the other language, one after the other; none any more once the two histories have parted."""

    def __init__(self, recording: "Recording | None"):
        self._screens = iter([event for event in recording.of("screen") if event["new"]] if recording else ())
        self._parted = False

    def next(self, names: "list[str]") -> str:
        screen = next(self._screens, None)
        self._parted = self._parted or screen is None or screen["names"] != names
        return "" if self._parted or screen is None else " · ".join(line for line in screen["text"] if line)


def _line(event: dict, beside: _Beside) -> str:
    kind = event["ev"]
    if kind == "screen":
        if not event["new"]:
            return ""
        own = "▏" + " · ".join(line for line in event["text"] if line)
        other = beside.next(event["names"])
        return _wide(own, _COLUMN) + (f"  ▏{other}" if other else "")
    if kind == "host":
        return _message(event)
    if kind == "power":
        return f"power on: {event['why']}" if event["on"] else f"power off: {event['why']}"
    if kind == "cut":
        torn = f": {_TORN[event['how']].format(part=event['part'])}" if "how" in event else ""
        return f"! the power fails {_CUT[event['step']]}{torn}"
    if kind == "fault":
        return "" if event["fault"].where == "power" else f"! {fault_words(event['fault'])}"
    if kind == "owner":
        return f"the owner: {event['what']}"
    if kind == "card":
        return f"card: {event['card']}" if event["card"] else "card: away"
    if kind == "key":
        return ""  # what keys do stands on the screens; a PIN stands nowhere
    if kind == "violation":
        return f"*** {event['invariant']}: {event['seen']}"
    return ""


def _message(event: dict) -> str:
    arrow = "→" if event["dir"] == "out" else "←"
    try:
        message: Any = profiles.decode(bytes.fromhex(event["hex"]))
    except WireError as error:
        return f"{arrow} what cannot be read: {error}"
    code = message.fields.get(39)
    amount = message.fields.get(4)
    kind = message.kind if event["dir"] == "out" else ""
    more = [f"{int(str(amount)) / 100:.2f}" if amount else "", f"F39 {code}" if code else ""]
    return " ".join(word for word in (arrow, message.mti, kind, f"STAN {message.stan:06d}", *more) if word)


def _wide(text: str, columns: int) -> str:
    """Filled up with blanks, as wide as a console shows it: a Chinese glyph takes two columns."""
    return text + " " * max(0, columns - sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text))
