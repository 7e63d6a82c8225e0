"""Seeded bugs (`bugs`) in what stands on flash and how it is read back: a few functions of the firmware's, as lists of Patch."""

from typing import Any

from . import port
from .bug_patches import Patch


def _store() -> Any:
    return port.of("adapters.store").FlashStore


def counts_before_it_is_written() -> "list[Patch]":
    counter = port.of("adapters.counter").Counter
    original = counter._write

    def write(self: Any, batch: int, reserved: int) -> None:
        self.batch, self.reserved = batch, reserved
        original(self, batch, reserved)

    return [(counter, "_write", write)]


def begins_anew_in_each_batch() -> "list[Patch]":
    counter = port.of("adapters.counter").Counter

    def set_batch(self: Any, number: int) -> None:
        self._write(number, 0)
        self._stan = 0

    return [(counter, "set_batch", set_batch)]


def puts_nothing_back() -> "list[Patch]":
    return [(_store(), "_put_back", lambda self, newest: None)]


def marks_nothing_before_a_request() -> "list[Patch]":
    store = _store()
    original = store.save_pending

    def save_pending(self: Any, pending: Any) -> None:
        self._mark = lambda: None
        try:
            original(self, pending)
        finally:
            del self._mark

    return [(store, "save_pending", save_pending)]


def tells_a_decline_that_is_not_kept() -> "list[Patch]":
    payment, result, errors = port.of("flows.payment"), port.of("flows.result"), port.of("core.errors")
    records = port.of("core.journal.record")
    original = payment._journal

    async def journal(t: Any, asked: Any, answered: dict, approved: bool) -> Any:
        if approved:
            return await original(t, asked, answered, approved)
        record = asked.ended(records.DECLINED, 0)
        record.f39 = answered[39]
        try:
            t.store.append(record)
        except errors.StoreError:
            pass
        return result.of(record, result.DECLINED, result.NOT_TAKEN, result.HOST_CODE)

    return [(payment, "_journal", journal)]


def uses_a_doubtful_number_again() -> "list[Patch]":
    store = _store()
    original = store.save_pending

    def save_pending(self: Any, pending: Any) -> None:
        doubt, self._doubt = self._doubt, False
        try:
            original(self, pending)
        except BaseException:
            self._doubt = doubt
            raise

    return [(store, "save_pending", save_pending)]


def is_never_in_doubt() -> "list[Patch]":
    return [(_store(), "in_doubt", lambda self: False)]


def misses_no_intent() -> "list[Patch]":
    store = _store()
    original = store._check_intent

    def check_intent(self: Any) -> None:
        intent, opened = self._intent.intent, self._marks.opened
        missing = opened is not None and (intent is None or intent.seq < opened.seq)
        if self._intent.damage or not missing:
            original(self)

    return [(store, "_check_intent", check_intent)]


class _FirstOnly:
    """A folder in which only the first of the journal's files is listed."""

    def __init__(self, folder: Any):
        self._folder = folder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._folder, name)

    def names(self) -> "list[str]":
        return sorted(name for name in self._folder.names() if name.startswith("journal."))[:1]


def starts_in_the_first_file() -> "list[Patch]":
    journal = port.of("adapters.journal").Journal
    original = journal.open

    def opened(self: Any) -> None:
        folder, self._folder = self._folder, _FirstOnly(self._folder)
        try:
            original(self)
        finally:
            self._folder = folder

    return [(journal, "open", opened)]


def forgets_the_next_file() -> "list[Patch]":
    journal = port.of("adapters.journal").Journal
    original = journal.append

    def append(self: Any, record: Any, seq: int) -> None:
        file = self._file
        original(self, record, seq)
        self._file = file

    return [(journal, "append", append)]
