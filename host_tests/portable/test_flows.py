"""Flows beside the invariants: status inquiry, keys fetched again, early ends."""

from desk import PIN_CARD, Desk, Tap
from expect import run
from taptill.core import profile, records
from taptill.flows import result, reversal, sale, status

_AMOUNT = 1250


def _sell(desk, amount=_AMOUNT):
    return run(sale.sale(desk.t, amount))


def _states(desk):
    return [record.state for record in desk.store.records()]


def test_status_inquiry():
    desk = Desk()
    desk.bank.faults = ["silent", "lost", "lost"]
    outcome = _sell(desk)
    asked = run(status.inquire(desk.t, 1, outcome.stan))
    assert (asked.why, asked.state, asked.amount) == (result.OK, "A", _AMOUNT)
    assert run(status.inquire(desk.t, 1, 999)).state == "N"
    assert desk.store.pending() is not None  # asking changes nothing
    for fault, why in (("bad-mac", result.BAD_MAC), ("lost", result.TIMEOUT), ("refuse", result.NO_LINK)):
        desk.bank.faults = [fault]
        answer = run(status.inquire(desk.t, 1, outcome.stan))
        assert (answer.why, answer.state) == (why, "")


def test_keys_out_of_step_are_fetched_again():
    desk = Desk()
    desk.bank.faults = ["silent", "code A0"]
    assert _sell(desk).end == result.REVERSED
    assert [profile.parse(request).mti for request in desk.bank.requests] == ["0200", "0400", "0800", "0400"]
    # Keys that are gone altogether: the sign-on is part of the reversal.
    desk = Desk()
    desk.bank.faults = ["silent", "lost", "lost"]
    _sell(desk)
    again = desk.again()
    again.keys.loaded = False
    assert run(reversal.recover(again.t)).end == result.REVERSED


def test_stops_before_sending_leave_nothing_behind():
    for script, why in (("gone", result.CARD_LOST), ("none", result.NO_CARD)):
        desk = Desk()
        desk.reader.script = script
        outcome = _sell(desk)
        assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, why)
        assert desk.bank.requests == [] and "pending" not in desk.content
    desk = Desk()
    desk.screen.cancel = True
    assert _sell(desk).why == result.CANCELLED
    desk = Desk()
    desk.t.reader = Tap(PIN_CARD)
    assert _sell(desk, 200000).why == result.PIN_CANCELLED
    desk.t.reader = Tap()
    assert _sell(desk, 10**10).why == result.OVER_LIMIT
    desk.keys.loaded = False
    assert _sell(desk).why == result.NO_KEYS
    desk.keys.loaded = True
    desk.bank.faults = ["unsent"]
    assert _sell(desk).why == result.NO_LINK
    assert _states(desk) == [records.UNSENT] and desk.store.pending() is None
