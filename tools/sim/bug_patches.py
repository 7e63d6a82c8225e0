"""What each of the seeded bugs (`bugs`) changes: a few functions of the firmware's modules, as lists of Patch."""

import types
from collections.abc import Callable
from typing import Any

from acquirer import profiles

from . import aio, port

_PROFILE = f"core.profiles.{profiles.DEFAULT}"

Patch = tuple[Any, str, Any]  # whose, name, what stands there instead


def _store() -> Any:
    return port.of("adapters.store").FlashStore


# -- before and after flash


def sends_first() -> "list[Patch]":
    async def later(t: Any, request: Any, asked: Any) -> None:
        send = request.send

        async def send_first() -> Any:
            try:
                return await send()
            finally:
                t.store.save_pending(asked)

        request.send = send_first

    return [(port.of("flows.payment"), "_make_durable", later)]


def decides_in_memory() -> "list[Patch]":
    def begin(t: Any, pending: Any, reason: int, state: int = 2) -> None:
        pending.reason, pending.state = reason, state

    return [(port.of("flows.reversal"), "begin", begin)]


def clears_first() -> "list[Patch]":
    store = _store()
    original = store.append

    def append(self: Any, record: Any) -> None:
        if self._folder.size("pending") >= 0:
            self._folder.remove("pending")
        counter = self._counter
        self._marks.write((counter.batch, counter.reserved, counter.revision), None, 0, self._journal.newest)
        original(self, record)

    return [(store, "append", append)]


def says_it_before_it_is_written() -> "list[Patch]":
    payment, result = port.of("flows.payment"), port.of("flows.result")
    original = payment._journal

    async def journal(t: Any, asked: Any, answered: dict, approved: bool) -> Any:
        if approved:
            told = result.of(asked.ended(0, 0), result.APPROVED, result.TAKEN)
            told.amount = int(answered[4])
            await t.screen.result(told)
        return await original(t, asked, answered, approved)

    return [(payment, "_journal", journal)]


def refused_counts_as_done() -> "list[Patch]":
    journal, errors = port.of("adapters.journal").Journal, port.of("core.errors")
    original = journal.append

    def append(self: Any, record: Any, seq: int) -> None:
        try:
            original(self, record, seq)
        except errors.StoreError:
            self.settle(record)

    return [(journal, "append", append)]


def does_not_reserve() -> "list[Patch]":
    counter = port.of("adapters.counter").Counter
    original = counter.go_on

    def go_on(self: Any, batch: int, reserved: int, revision: int) -> None:
        original(self, batch, reserved, revision)
        self._stan = max(reserved - 16, 0)

    return [(counter, "go_on", go_on)]


def seals_nothing() -> "list[Patch]":
    seal = port.of("adapters.sealed").Seal

    def clear(self: Any, magic: int, seq: int, revision: int, data: bytes) -> bytes:
        head = bytes((magic,)) + seq.to_bytes(4, "little") + bytes((revision & 255,))
        body = head + bytes(data) + bytes(-len(data) % 16)
        return body + self._tag(body)

    def opened(self: Any, body: bytes) -> tuple:
        return int.from_bytes(body[1:5], "little"), body[5], body[6:]

    return [(seal, "seal", clear), (seal, "_opened", opened)]


# -- what is believed


def believes_any_mac() -> "list[Patch]":
    return [(port.of(_PROFILE), "mac_ok", lambda frame, mac: True)]


def believes_any_answer() -> "list[Patch]":
    def accept(self: Any, frame: Any) -> Any:
        profile = self._t.profile
        if self._sealed and not profile.mac_ok(frame, self._t.keys.mac):
            raise port.of("flows.exchange").BadMac("MAC")
        return profile.parse(frame)

    return [(port.of("flows.exchange").Request, "_accept", accept)]


def asks_any_host() -> "list[Patch]":
    return [(port.of("flows.terminal").Terminal, "owns", lambda self, pending: True)]


def reverses_an_earlier_one() -> "list[Patch]":
    payment = port.of("flows.payment")
    original = payment._reverse

    async def reverse(t: Any, asked: Any, reason: int, why: int, *state: int) -> Any:
        return await original(t, asked, reason, why)

    return [(payment, "_reverse", reverse)]


def takes_a_word_about_any_amount() -> "list[Patch]":
    verdict = port.of("flows.verdict")
    return [(verdict, "of_word", lambda status, amount: verdict._WORDS.get(status.state, 0))]


def revives_with_a_late_answer() -> "list[Patch]":
    request, reversal = port.of("flows.exchange").Request, port.of("flows.reversal")
    records = port.of("core.journal.record")
    accept, record_of = request._accept, reversal._record
    late: list = []

    def accepted(self: Any, frame: Any) -> Any:
        if self._mti == "0400" and self._t.profile.mac_ok(frame, self._t.keys.mac):
            answer = self._t.profile.parse(frame)
            if answer.mti == "0210" and answer.fields.get(39) == "00" and answer.fields[11] == self._message.fields[11]:
                late.append(int(answer.fields[11]))
                return answer
        return accept(self, frame)

    def recorded(t: Any, pending: Any, state: int) -> Any:
        record = record_of(t, pending, state)
        if pending.stan in late:
            record.state, record.approved = records.APPROVED, pending.amount
        return record

    return [(request, "_accept", accepted), (reversal, "_record", recorded)]


def takes_any_amount() -> "list[Patch]":
    return [(port.of("flows.payment"), "_fits", lambda codes, row, amount: lambda answer: True)]


def compares_nothing() -> "list[Patch]":
    return [(port.of("flows.exchange").Request, "_compare", lambda self, answer, about: None)]


def closes_on(code: str) -> "Callable[[], list[Patch]]":
    def put() -> "list[Patch]":
        responses = port.of(_PROFILE).responses
        return [(responses, "_reversal", {**responses._reversal, code: port.of("core.responses").REVERSED})]

    return put


def closes_on_any_word() -> "list[Patch]":
    verdict = port.of("flows.verdict")
    return [(verdict, "_WORDS", {**verdict._WORDS, "A": verdict._WORDS["R"], "N": verdict._WORDS["B"]})]


# -- what is left undone


def reverses(unless: "Callable[[Any], bool]") -> "Callable[[], list[Patch]]":
    """Where `unless(result module)` names the reason, the sale is told to be a decline and nothing is reversed."""

    def put() -> "list[Patch]":
        payment, result, records = port.of("flows.payment"), port.of("flows.result"), port.of("core.journal.record")
        original = payment._reverse

        async def reverse(t: Any, asked: Any, reason: int, why: int, *state: int) -> Any:
            if why != unless(result):
                return await original(t, asked, reason, why, *state)
            record = asked.ended(records.DECLINED, 0)
            t.store.append(record)
            return result.of(record, result.DECLINED, result.NOT_TAKEN, why)

        return [(payment, "_reverse", reverse)]

    return put


def says_not_sent_of_what_is_open() -> "list[Patch]":
    payment, result = port.of("flows.payment"), port.of("flows.result")
    original = payment.found

    def found(t: Any, before: Any, row: Any, amount: int) -> Any:
        if t.store.last() is not before:
            return original(t, before, row, amount)
        not_sent = result.Result(result.NOT_SENT, result.NOT_TAKEN, result.NO_MEMORY, row.kind)
        not_sent.asked = amount
        return not_sent

    return [(payment, "found", found)]


def sells_beside_an_open_one() -> "list[Patch]":
    payment, shop, store = port.of("flows.payment"), port.of("app.shop").Shop, _store()
    original = store.save_pending

    async def clear(t: Any, asked: Any) -> None:
        if not t.keys.ready():
            raise payment.stop(asked, port.of("flows.result").NO_KEYS)

    def save(self: Any, pending: Any) -> None:
        open_one = self.pending()
        if open_one is not None and open_one.stan != pending.stan:
            self._intent.intent = self._missing = None
        original(self, pending)

    return [(payment, "_clear_the_way", clear), (shop, "_unsettled", lambda self: False), (store, "save_pending", save)]


def rests_while_one_is_open() -> "list[Patch]":
    return [(port.of("app.shop").Shop, "_unsettled", lambda self: False)]


def changes_batch_while_one_is_open() -> "list[Patch]":
    errands, store = port.of("flows.errands"), _store()
    original = errands.sign_on

    async def sign_on(t: Any, for_reversal: bool = False) -> Any:
        done = await original(t, for_reversal)
        if for_reversal and done.end == port.of("flows.result").DONE:
            t.store._counter.set_batch(t.store.batch() + 1)
        return done

    return [(errands, "sign_on", sign_on), (store, "set_batch", lambda self, number: self._counter.set_batch(number))]


def tries_without_counting() -> "list[Patch]":
    config = port.of("core.config").Config
    original = config.__init__

    def init(self: Any, *given: Any) -> None:
        original(self, *given)
        self.reversal_tries += 5

    return [(config, "__init__", init)]


def begins_when_it_has_left() -> "list[Patch]":
    link = port.of("adapters.hostlink").HostLink
    original = link._exchange

    async def exchange(self: Any, request: Any, accept: Any, sending: Any) -> Any:
        writer, drain = self._writer, self._writer.drain

        async def drained() -> None:
            await drain()
            sending.begun = True

        writer.drain = drained
        return await original(self, request, accept, types.SimpleNamespace())

    return [(link, "_exchange", exchange)]


def waits_for_ever() -> "list[Patch]":
    async def wait(work: Any, milliseconds: int) -> Any:
        return await aio.create_task(work)

    return [(port.of("adapters.hostlink"), "asyncio", types.SimpleNamespace(**{**vars(aio), "wait_for_ms": wait}))]


# -- what is written and shown


def writes_what_was_asked() -> "list[Patch]":
    store = _store()
    original = store.append

    def append(self: Any, record: Any) -> None:
        record.approved = record.amount if record.approved else 0
        original(self, record)

    return [(store, "append", append)]


def writes_it_twice() -> "list[Patch]":
    store = _store()
    original = store.append

    def append(self: Any, record: Any) -> None:
        original(self, record)
        self._journal.append(record, self._journal.seq + 1)

    return [(store, "append", append)]


def books_a_void_as_a_sale() -> "list[Patch]":
    pending = port.of("core.journal.pending").Pending
    original = pending.ended

    def ended(self: Any, state: int, at: int) -> Any:
        record = original(self, state, at)
        record.kind = port.of("core.transactions").SALE.kind
        return record

    return [(pending, "ended", ended)]


def voids_more_than_was_taken() -> "list[Patch]":
    void = port.of("flows.void")
    original = void._sale

    def sale(t: Any, asked: Any, fits: Any) -> Any:
        record = original(t, asked, fits)
        record.approved = record.amount
        return record

    return [(void, "_sale", sale)]


def voids_what_was_reversed() -> "list[Patch]":
    return [(port.of("flows.void"), "_same", lambda one, other: False)]


def shows_what_was_asked() -> "list[Patch]":
    page = port.of("app.pages.result")
    original = page.approved

    def approved(c: Any, title: int, found: Any, number: int = 0) -> int:
        found.amount = found.asked
        return original(c, title, found, number)

    return [(page, "approved", approved)]


def always_says_booked() -> "list[Patch]":
    page = port.of("app.pages.reversal_open")
    return [(page, "_STATUS", dict.fromkeys(page._STATUS, page._STATUS["A"]))]


def lets_anybody_in() -> "list[Patch]":
    async def admitted(self: Any, ui: Any) -> bool:
        return True

    return [(port.of("app.pages.supervisor").Supervisor, "admitted", admitted)]


def shows_the_pin() -> "list[Patch]":
    secret = port.of("app.widgets.secret")
    original = secret.ask

    async def ask(ui: Any, draw: Any, least: int, timeout_s: int) -> Any:
        typed = await original(ui, draw, least, timeout_s)
        if typed:
            ui.canvas.begin("pin", bytes(typed))
            ui.canvas.text(bytes(typed).decode(), 0, 0)
            ui.canvas.show()
        return typed

    return [(secret, "ask", ask)]


def logs_the_request() -> "list[Patch]":
    request = port.of("flows.exchange").Request
    original = request.send

    async def send(self: Any) -> Any:
        port._print("sent:", dict(self._message.fields))
        return await original(self)

    return [(request, "send", send)]
