"""What the host says of its work: a line for a person, and the same for a machine.  Never card data, PINs or keys."""

import collections
import datetime
import json
import time
from collections.abc import Callable
from typing import Any

_IN_FULL = 10  # lines of one event that are told in a second; a flood does not become a flood of lines


class Said(str):
    """Reads as its sentence; `event` is its name, `fields` what of it a machine may count."""

    event: str
    fields: "dict[str, Any]"

    def __new__(cls, event: str, text: str, **fields: Any):
        self = super().__new__(cls, text)
        self.event, self.fields = event, fields
        return self


def as_json(said: str, now: "datetime.datetime | None" = None) -> str:
    """One line of JSON: "time" (UTC), "event", "text", and the fields."""
    when = (now or datetime.datetime.now(datetime.timezone.utc)).isoformat(timespec="milliseconds")
    event, fields = (said.event, said.fields) if isinstance(said, Said) else ("note", {})
    return json.dumps({"time": when, "event": event, "text": str(said), **fields}, ensure_ascii=True)


class Sparing:
    """Hands on the first lines of each event in a second, counts the others, and tells with the next line how many they were."""

    def __init__(self, log: "Callable[[str], None]", clock: "Callable[[], float]" = time.monotonic):
        self._log, self._clock = log, clock
        self._second = 0
        self._told: collections.Counter[str] = collections.Counter()
        self._kept: collections.Counter[str] = collections.Counter()

    def __call__(self, said: Said) -> None:
        if int(self._clock()) != self._second:
            self._second = int(self._clock())
            self._told.clear()
        self._told[said.event] += 1
        if self._told[said.event] > _IN_FULL:
            self._kept[said.event] += 1
            return
        kept = self._kept.pop(said.event, 0)
        more = f"; {kept:,} more before it" if kept else ""
        self._log(Said(said.event, said + more, **said.fields, **({"before": kept} if kept else {})))
