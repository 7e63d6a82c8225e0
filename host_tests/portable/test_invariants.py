"""The invariants of the flows page, each under its own name."""

from desk import PAN, PIN_CARD, Desk, PowerCut, Tap
from expect import hexed, raises, run, unhex
from taptill.core import profile, records
from taptill.flows import aftermath, result, reversal, sale, signon, terminal
from taptill.ports import StoreError

_AMOUNT = 1250
_FAULTS = ("", "refuse", "unsent", "lost", "silent", "break", "late", "bad-mac", "no-mac", "flip", "stan", "amount", "terminal",
           "merchant", "mti", "garbage", "code 05", "code 51", "code A0", "code 55", "code 10")


def _sell(desk, amount=_AMOUNT):
    return run(sale.sale(desk.t, amount))


def _states(desk):
    return [record.state for record in desk.store.records()]


def _settle_all(desk):
    """Recovery until nothing is pending; the bank is well again."""
    run(reversal.recover(desk.t))
    assert desk.store.pending() is None


def test_durable_first():
    # When the first byte of a financial request leaves, a start from the flash of that moment finds its reversal.
    desk = Desk()
    seen = []

    def watch(request):
        message = profile.parse(request)
        if message.mti == "0200":
            there = desk.again().store.pending()
            seen.append((there.stan, there.amount, there.pan))
            assert there.stan == int(message.fields[11]) and there.amount == int(message.fields[4])

    desk.bank.watch = watch
    _sell(desk)
    assert seen == [(1, _AMOUNT, PAN)]


def test_durable_first_nothing_is_sent_when_flash_refuses():
    desk = Desk()
    desk.disk.refuse = "pending"
    outcome = _sell(desk)
    assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, result.STORE)
    assert desk.bank.requests == [] and desk.bank.debited() == 0


def test_durable_first_at_most_one_is_pending():
    desk = Desk()
    desk.bank.faults = ["silent", "lost", "lost"]
    assert _sell(desk).end == result.UNKNOWN
    other = desk.again().store.pending()
    other.stan += 1
    raises(StoreError, desk.store.save_pending, other)
    assert desk.again().store.pending().stan == 1


def test_pending_first():
    desk = Desk()
    desk.bank.faults = ["silent", "lost", "lost"]
    assert _sell(desk).end == result.UNKNOWN
    before = len(desk.bank.requests)
    desk.bank.faults = ["lost", "lost"]
    blocked = _sell(desk, 999)
    assert (blocked.end, blocked.money, blocked.stan) == (result.UNKNOWN, result.MONEY_UNKNOWN, 1)
    assert terminal.PRESENT not in desk.screen.steps[-2:]
    assert len(desk.bank.requests) == before  # the reversal's tries were lost, and nothing else was tried
    assert run(signon.sign_on(desk.t)).why == result.PENDING
    raises(StoreError, desk.store.set_batch, 7)
    # The bank is back: the next sale settles the old one first, then sells.
    desk.bank.faults = []
    assert _sell(desk, 999).end == result.APPROVED
    kinds = [profile.parse(request).mti for request in desk.bank.requests[before:]]
    assert kinds == ["0400", "0200"]
    assert desk.bank.debited() == desk.journaled() == 999


def test_strict_approval():
    # Whatever is wrong with the answer, it is not an approval, and the money is put right.
    for fault, f39 in (("bad-mac", "A0"), ("no-mac", "A0"), ("flip", "A0"), ("garbage", "A0"), ("mti", "98"), ("stan", "98"),
                       ("amount", "98"), ("terminal", "98"), ("merchant", "98"), ("silent", "98"), ("break", "98")):
        desk = Desk()
        desk.bank.faults = [fault]
        outcome = _sell(desk)
        assert (outcome.end, outcome.money) == (result.REVERSED, result.NOT_TAKEN), fault
        assert profile.parse(desk.bank.requests[-1]).fields[39] == f39, fault
        assert desk.bank.debited() == desk.journaled() == 0, fault


def test_strict_approval_needs_the_journal():
    for kept in (False, True):
        desk = Desk()
        desk.disk.refuse = "journal"
        desk.disk.keep_although_refused = kept
        outcome = _sell(desk)
        assert outcome.end == result.UNKNOWN and outcome.why == result.STORE
        assert profile.parse(desk.bank.requests[-1]).fields[39] == "96"
        assert profile.parse(desk.bank.requests[-1]).fields[38] == "A00001"
        assert desk.bank.debited() == 0
        again = desk.again()
        _settle_all(again)
        assert again.journaled() == again.bank.debited() == 0
    # Flash kept the approval that it refused, the bank reversed it, nobody heard of that: the decision to reverse wins.
    desk = Desk()
    desk.disk.refuse = "journal"
    desk.disk.keep_although_refused = True
    desk.bank.faults = ["", "silent", "silent"]
    assert _sell(desk).end == result.UNKNOWN and desk.bank.debited() == 0
    again = desk.again()
    assert again.store.pending() is not None
    _settle_all(again)
    assert again.journaled() == 0


def test_strict_approval_partial():
    desk = Desk()
    desk.bank.faults = ["code 10"]
    # 10 with the amount that was asked for is no partial approval: it is nobody's answer.
    assert _sell(desk).end == result.REVERSED
    for part in ("part 0", "part 1251"):
        desk = Desk()
        desk.bank.faults = [part]
        assert _sell(desk).end == result.REVERSED and desk.bank.debited() == 0
    desk.bank.faults = ["part 700"]
    outcome = _sell(desk)
    assert (outcome.end, outcome.amount, outcome.asked) == (result.PARTIAL, 700, _AMOUNT)
    assert desk.bank.debited() == desk.again().journaled() == 700
    # A partial approval that the journal refuses is reversed whole, with the amount of the request.
    desk.disk.refuse = "journal"
    desk.bank.faults = ["part 800"]
    assert _sell(desk).end == result.UNKNOWN
    reversed_ = profile.parse(desk.bank.requests[-1])
    assert (reversed_.mti, int(reversed_.fields[4]), reversed_.fields[39]) == ("0400", _AMOUNT, "96")
    assert desk.bank.debited() == 700


def test_strict_approval_no_code_is_no_decline():
    desk = Desk()
    desk.bank.faults = ["no-code"]
    outcome = _sell(desk)
    assert (outcome.end, outcome.why) == (result.REVERSED, result.BAD_ANSWER)
    assert profile.parse(desk.bank.requests[-1]).fields[39] == "06"
    assert desk.bank.debited() == 0


def test_never_false_failure():
    # "Not taken" is only ever said when the bank has nothing on its books, "taken" only when it has.
    for fault in _FAULTS:
        for second in ("", "lost", "silent", "refuse", "bad-mac", "code 96", "code A0"):
            desk = Desk()
            desk.bank.faults = [fault, second]
            outcome = _sell(desk)
            if outcome.money == result.NOT_TAKEN:
                assert desk.bank.debited() == 0, fault + "/" + second
            elif outcome.money == result.TAKEN:
                assert desk.bank.debited() == outcome.amount == _AMOUNT, fault + "/" + second
            else:
                assert outcome.end == result.UNKNOWN and desk.store.pending() is not None, fault + "/" + second


def test_power_cut():
    # A cut before and after every step of a sale, under every fault; then a cut at every step of the recovery too.
    points = 0
    for fault in _FAULTS:
        whole = Desk()
        whole.bank.faults = [fault]
        _sell(whole)
        for at in range(1, whole.trouble.count + 1):
            desk = Desk(at)
            desk.bank.faults = [fault]
            try:
                _sell(desk)
                assert False, "no cut"
            except PowerCut:
                points += 1
            _one_of_three(desk)
            steps = _recovered(desk.again())
            for second in range(1, steps + 1):
                desk = Desk(at)
                desk.bank.faults = [fault]
                try:
                    _sell(desk)
                except PowerCut:
                    points += 1
                middle = desk.again(second)
                try:
                    run(reversal.recover(middle.t))
                except PowerCut:
                    _one_of_three(middle)
                    _recovered(middle.again())
    assert points > 1000, points


def _one_of_three(desk):
    """Nothing was sent · approved and recorded · reversal pending; and exactly one of them."""
    after = desk.again()
    pending = after.store.pending()
    recorded = after.journaled()
    if pending is None:
        assert after.bank.debited() == recorded
    else:
        assert recorded == 0


def _recovered(desk) -> int:
    run(reversal.recover(desk.t))
    assert desk.store.pending() is None
    assert desk.journaled() == desk.bank.debited()
    return desk.trouble.count


def test_no_resurrection():
    desk = Desk()
    desk.bank.faults = ["late"]
    outcome = _sell(desk)
    # The approval arrives while the reversal is being answered: it is left aside.
    assert outcome.end == result.REVERSED
    assert desk.bank.debited() == desk.journaled() == 0
    desk.bank.faults = ["late", "lost", "lost"]
    assert _sell(desk).end == result.UNKNOWN
    assert _sell(desk).end == result.APPROVED
    assert desk.bank.debited() == desk.journaled() == _AMOUNT


def test_unique_trace():
    # The bank of these tests refuses a STAN that it has seen; here they are also counted across many cuts.
    used = []
    desk = Desk()
    for round_ in range(60):
        desk = desk.again(round_ % 3)
        try:
            for _ in range(3):
                used.append(desk.store.next_stan())
        except PowerCut:
            continue
    assert len(used) >= 60 and len(set(used)) == len(used)
    # Other messages draw from the same numbers.
    desk = desk.again()
    run(signon.sign_on(desk.t))
    assert int(profile.parse(desk.bank.requests[-1]).fields[11]) not in used


def test_unique_trace_ends_before_it_repeats():
    desk = Desk()
    desk.store._stan = desk.store._reserved = 999998
    assert desk.store.next_stan() == 999999
    raises(StoreError, desk.store.next_stan)
    raises(StoreError, desk.again().store.next_stan)


def test_no_silent_drop():
    # Neither restarts, nor refusals, nor other sales make an unresolved reversal go away.
    desk = Desk()
    desk.bank.faults = ["silent"] + ["code 96"] * 6
    assert _sell(desk).end == result.UNKNOWN
    for _ in range(3):
        desk = desk.again()
        desk.bank.faults = ["code 96"] * 4  # each try is a 0400 and an inquiry
        outcome = run(reversal.recover(desk.t))
        assert outcome.end == result.UNKNOWN and outcome.why == result.REFUSED
        assert desk.store.pending().tries > 1
        assert desk.store.pending().f39() == "06"
    # Only a supervisor ends it, and that is in the journal.
    assert reversal.move_to_manual(desk.t, 3).end == result.MANUAL
    last = desk.again().store.last()
    assert (last.state, last.reason, last.stan, last.amount, last.reversal) == (records.MANUAL, 3, 1, _AMOUNT, "06")
    assert last.tries > 4 and last.cause == result.REFUSED
    assert desk.again().store.pending() is None


def test_no_silent_drop_of_a_damaged_record():
    desk = Desk()
    desk.bank.faults = ["silent", "lost", "lost"]
    _sell(desk)
    desk.content["pending"] = b"\x50" + desk.content["pending"][1:40]
    again = desk.again()
    assert run(reversal.recover(again.t)).why == result.DAMAGED
    assert _sell(again).why == result.DAMAGED
    assert len(again.bank.requests) == 0
    assert reversal.set_damaged_aside(again.t).end == result.MANUAL
    third = desk.again()
    assert run(reversal.recover(third.t)) is None
    assert "damaged.001" in third.content and _states(third) == [records.MANUAL]


def test_no_silent_drop_on_another_day():
    # Whatever the calendars of terminal and host say: 12 closes nothing, the host's word about the trace does.
    for date in ("1121", "1122"):
        for clock in ((2026, 11, 22, 10, 15, 30), None):
            for inquiry in ("", "lost", "refuse", "bad-mac", "code 30", "code 25", "word N 0", "word D 1", "word Q 1250"):
                desk = Desk()
                desk.bank.date, desk.clock.time = date, clock
                signed_on = [""] if inquiry == "bad-mac" else []  # new keys are fetched before the next try
                desk.bank.faults = ["silent", "code 12", inquiry] + signed_on + ["code 12", inquiry]
                assert _sell(desk).end == result.UNKNOWN, inquiry
                assert desk.again().store.pending() is not None and desk.bank.debited() == _AMOUNT
            desk = Desk()
            desk.bank.date, desk.clock.time = date, clock
            desk.bank.faults = ["declined"]
            assert _sell(desk).end == result.REVERSED
            assert _states(desk) == [records.NOT_APPROVED]


def test_reconciled():
    # Many sales under every fault, power cuts in between: at the end the books agree to the last cent.
    desk = Desk()
    number = 0
    for fault in _FAULTS:
        for second in ("", "silent", "lost"):
            number += 1
            desk = desk.again(number % 13)
            desk.bank.faults = [fault, second]
            try:
                _sell(desk, 100 + number)
            except PowerCut:
                pass  # that is the point: what counts is what survived
    desk = desk.again()
    run(reversal.recover(desk.t))
    assert desk.store.pending() is None
    assert desk.journaled() == desk.bank.debited() > 0


def test_no_secrets_at_rest():
    desk = Desk()
    desk.reader = desk.t.reader = Tap(PIN_CARD)
    desk.screen.pin_digits = b"123456"
    ends = [_sell(desk, 200000).end]  # above the CVM limit: PIN
    for faults in (["code 55"], ["unsent"], ["silent"], ["silent", "lost", "lost"]):
        desk.bank.faults = faults
        ends.append(_sell(desk, 200000).end)
    assert ends == [result.APPROVED, result.DECLINED, result.NOT_SENT, result.REVERSED, result.UNKNOWN]
    assert len(_states(desk)) == 4
    # The seal of this test does not encipher, so the pending file is looked at in its clear form: track 2 and PIN
    # must not even be there; everything else must not hold the PAN either.
    for name, data in desk.content.items():
        for secret in (b"123456\x00", b"PINBLOCK", unhex("24072010000064700000"), b"D2407201"):
            assert secret not in data, name
        if name != "pending":
            for part in (PAN, PAN[4:12]):  # what is kept are the first six and the last four digits
                assert part.encode() not in data and part not in hexed(data), name
    assert profile.parse(desk.bank.requests[0]).fields[52] == b"PINBLOCK"


def test_no_secrets_in_a_reversal():
    desk = Desk()
    desk.reader = desk.t.reader = Tap(PIN_CARD)
    desk.screen.pin_digits = b"123456"
    desk.bank.faults = ["silent"]
    _sell(desk, 200000)
    fields = profile.parse(desk.bank.requests[-1]).fields
    for number in (35, 36, 52, 53, 26):
        assert number not in fields
    assert sorted(fields) == [2, 3, 4, 11, 14, 22, 23, 25, 39, 41, 42, 49, 55, 60, 61, 64]
    assert fields[22] == "071" and fields[61] == "000001000001" and fields[60] == "2200000100060"
    assert hexed(fields[55]).startswith("9505") and "9F1E08" in hexed(fields[55])


def test_bounded():
    # A round has a count of tries with growing pauses; no fault makes it longer.
    for second in ("lost", "refuse", "silent", "bad-mac", "garbage", "code A0", "code 96"):
        desk = Desk()
        desk.bank.faults = ["silent"] + [second] * 50
        assert _sell(desk).end == result.UNKNOWN, second
        assert desk.store.pending().tries <= desk.t.config.reversal_tries, second
        assert desk.clock.pauses == [2000] * (desk.t.config.reversal_tries - 1), second
        assert len(desk.bank.faults) >= 45, second
    # The journal has an end, and it is said before a card is asked for.
    desk = Desk()
    desk.store._file, desk.store._count = 63, 256
    assert _sell(desk).why == result.JOURNAL_FULL
    assert desk.screen.steps == []


def test_never_false_failure_when_the_heap_runs_out():
    # Whatever step a MemoryError strikes at, flash tells the truth about the money.
    whole = Desk()
    _sell(whole)
    told = []
    for at in range(1, whole.trouble.count + 1):
        desk = Desk()
        before = desk.store.last()
        desk.trouble.memory_at = at
        try:
            _sell(desk)
            assert False, "no MemoryError"
        except MemoryError:
            outcome = aftermath.found(desk.t, before, _AMOUNT)
        told.append(outcome.money)
        if outcome.money == result.NOT_TAKEN:
            assert desk.bank.debited() == 0, at
        elif outcome.money == result.TAKEN:
            assert desk.bank.debited() == desk.journaled() == outcome.amount == _AMOUNT, at
        _settle_all(desk)
        assert desk.bank.debited() == desk.journaled(), at
    assert set(told) == {result.NOT_TAKEN, result.MONEY_UNKNOWN}
    # After the journal entry only the words are missing.
    desk = Desk()
    _sell(desk)
    assert (aftermath.found(desk.t, None, _AMOUNT).money, aftermath.found(desk.t, None, _AMOUNT).amount) == (
        result.TAKEN, _AMOUNT
    )
