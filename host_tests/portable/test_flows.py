"""Flows beside the invariants: status inquiry, keys fetched again, early ends."""

from expect import run
from stage import PIN_CARD, Stage, Tap

from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, result, reversal, sale

_AMOUNT = 1250


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def _states(stage):
    return [record.state for record in stage.store.records()]


def test_status_inquiry():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    outcome = _sell(stage)
    asked = run(errands.inquire(stage.t, 1, outcome.stan))
    assert (asked.why, asked.state, asked.amount) == (result.OK, "A", _AMOUNT)
    assert run(errands.inquire(stage.t, 1, 999)).state == "N"
    assert stage.store.pending() is not None  # asking changes nothing
    for fault, why in (("lost", result.TIMEOUT), ("refuse", result.NO_LINK)):
        stage.bank.faults = [fault]
        answer = run(errands.inquire(stage.t, 1, outcome.stan))
        assert (answer.why, answer.state) == (why, "")


def test_keys_out_of_step_are_fetched_again():
    stage = Stage()
    stage.bank.faults = ["silent", "code A0"]
    assert _sell(stage).end == result.REVERSED
    assert [profile.parse(request).mti for request in stage.bank.requests] == ["0200", "0400", "0800", "0400"]
    # Keys that are gone altogether: the sign-on is part of the reversal.
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    again = stage.again()
    again.keys.loaded = False
    assert run(reversal.recover(again.t)).end == result.REVERSED


def test_stops_before_sending_leave_nothing_behind():
    for script, why in (("gone", result.CARD_LOST), ("none", result.NO_CARD)):
        stage = Stage()
        stage.reader.script = script
        outcome = _sell(stage)
        assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, why)
        assert stage.bank.requests == [] and "pending" not in stage.content
    stage = Stage()
    stage.screen.cancel = True
    assert _sell(stage).why == result.CANCELLED
    stage = Stage()
    stage.t.reader = Tap(PIN_CARD)
    assert _sell(stage, 200000).why == result.PIN_CANCELLED
    stage.t.reader = Tap()
    assert _sell(stage, 10**10).why == result.OVER_LIMIT
    stage.keys.loaded = False
    assert _sell(stage).why == result.NO_KEYS
    stage.keys.loaded = True
    stage.bank.faults = ["unsent"]
    assert _sell(stage).why == result.NO_LINK
    assert _states(stage) == [records.UNSENT] and stage.store.pending() is None
