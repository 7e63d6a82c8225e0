"""What a page knows of a terminal, and so what a person at it can do: the robot student looks through this.

It is fed with the very events that a page gets, and keeps of them what the page draws its controls from.
"""

from rig.bench_watch import shown

from .commands import KEYS
from .lesson_conditions import opened_names

TABS = ("wire", "faults", "ledger", "lessons")


class View:
    """`take(event)` hears; `lesson` is the last lesson event, or None while no card is shown."""

    def __init__(self, hello: dict):
        state = hello["state"]
        self.power, self.card = bool(state["power"]), state["card"]
        self.cards = [card["name"] for card in state["cards"]]
        self.text = shown(state["screen"])
        self.lesson: dict | None = hello["lesson"]
        self._payments: dict = {}  # id -> {"kind", "ended_at", "entries"}, oldest first
        if hello["payment"]:
            self._note(hello["payment"], hello["payment"]["entries"])

    def take(self, event: dict) -> None:
        """An event as the pages get it."""
        kind = event["ev"]
        if kind == "screen":
            self.text = shown(event)
        elif kind == "power":
            self.power = event["on"]
        elif kind == "card":
            self.card = event["name"]
        elif kind == "cards":
            self.cards = [card["name"] for card in event["cards"]]
        elif kind == "payment":
            self._note(event["payment"], [])
        elif kind == "entry":
            self._payments[event["payment"]]["entries"].append(event["entry"])
        elif kind == "lesson":
            self.lesson = event if event["state"] != "stopped" else None

    def _note(self, head: dict, entries: list) -> None:
        known = self._payments.get(head["id"], {"entries": entries})
        self._payments[head["id"]] = {"kind": head["kind"], "ended_at": head["ended_at"], "entries": known["entries"]}

    def shown(self) -> list:
        """The entries of the wire, as the page chooses their payment."""
        payments = list(self._payments.values())
        if not payments:
            return []
        last = payments[-1]
        if not last["ended_at"] or last["kind"] == "sale":
            return last["entries"]
        return next((each for each in reversed(payments) if each["kind"] == "sale"), last)["entries"]

    def entry(self, what: str) -> int | None:
        """The newest entry of the wire in which `what` (as in `opened`) can be seen."""
        for entry in reversed(self.shown()):
            if any(name == what or name.startswith((what + " ", what + ",")) for name in opened_names(entry)):
                return entry["id"]
        return None

    def offers(self, command: dict) -> bool:
        """Is there a control on the page, seen and enabled, that sends this command?"""
        do, offers = command["do"], self.lesson["offers"] if self.lesson else {}
        if do == "key":
            return self.power and command["key"] in KEYS
        if do == "card":
            return self.power and command["card"] in self.cards
        if do == "card-off":
            return self.card is not None
        if do == "power":
            return command["on"] != self.power
        if do == "opened":
            if "entry" in command:
                return any(entry["id"] == command["entry"] for entry in self.shown())
            return command["what"] in TABS
        if do == "pressed":
            return bool(offers.get("continue"))
        if do == "answer":
            return command["choice"] in offers.get("choices", ())
        return do in ("wifi", "speed", "lesson-stop", "hand", "line")
