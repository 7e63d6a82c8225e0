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
