"""The invariants of the flows page, each under its own name."""

from expect import SLOW, hexed, raises, run, some, unhex
from stage import PAN, PIN_CARD, PowerCut, Stage, Tap, of_earlier_firmware

from taptill.core import transactions
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, payment, result, reversal, sale, terminal
from taptill.ports import StoreError

_AMOUNT = 1250
_FAULTS = (
    "",
    "refuse",
    "unsent",
    "lost",
    "silent",
    "break",
    "late",
    "bad-mac",
    "no-mac",
    "flip",
    "stan",
    "amount",
    "terminal",
    "merchant",
    "mti",
    "garbage",
    "code 05",
    "code 51",
    "code A0",
    "code 55",
    "code 10",
)


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def _states(stage):
    return [record.state for record in stage.store.records()]


def _settle_all(stage):
    """Recovery until nothing is pending; the bank is well again."""
    run(reversal.recover(stage.t))
    assert stage.store.pending() is None


def test_durable_first():
    # When the first byte of a financial request leaves, a start from the flash of that moment finds its reversal.
    stage = Stage()
    seen = []

    def watch(request):
        message = profile.parse(request)
        if message.mti == "0200":
            there = stage.again().store.pending()
            seen.append((there.stan, there.amount, there.pan))
            assert there.stan == int(message.fields[11]) and there.amount == int(message.fields[4])

    stage.bank.watch = watch
    _sell(stage)
    assert seen == [(1, _AMOUNT, PAN)]


def test_durable_first_nothing_is_sent_when_flash_refuses():
    stage = Stage()
    stage.disk.refuse = "pending"
    outcome = _sell(stage)
    assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, result.STORE)
    assert stage.bank.requests == [] and stage.bank.debited() == 0


def test_durable_first_at_most_one_is_pending():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    other = stage.again().store.pending()
    other.stan += 1
    raises(StoreError, stage.store.save_pending, other)
    assert stage.again().store.pending().stan == 1


def test_pending_first():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    before = len(stage.bank.requests)
    stage.bank.faults = ["lost", "lost"]
    blocked = _sell(stage, 999)
    assert (blocked.end, blocked.money, blocked.stan) == (result.UNKNOWN, result.MONEY_UNKNOWN, 1)
    assert terminal.PRESENT not in stage.screen.steps[-2:]
    assert len(stage.bank.requests) == before  # the reversal's tries were lost, and nothing else was tried
    assert run(errands.sign_on(stage.t)).why == result.PENDING
    raises(StoreError, stage.store.set_batch, 7)
    # The bank is back: the next sale settles the old one first, then sells.
    stage.bank.faults = []
    assert _sell(stage, 999).end == result.APPROVED
    kinds = [profile.parse(request).mti for request in stage.bank.requests[before:]]
    assert kinds == ["0400", "0200"]
    assert stage.bank.debited() == stage.journaled() == 999


def test_strict_approval():
    # Whatever is wrong with the answer, it is not an approval, and the money is put right.
    for fault, f39 in (
        ("bad-mac", "A0"),
        ("no-mac", "A0"),
        ("flip", "A0"),
        ("garbage", "A0"),
        ("mti", "98"),
        ("stan", "98"),
        ("amount", "98"),
        ("terminal", "98"),
        ("merchant", "98"),
        ("silent", "98"),
        ("break", "98"),
    ):
        stage = Stage()
        stage.bank.faults = [fault]
        outcome = _sell(stage)
        assert (outcome.end, outcome.money) == (result.REVERSED, result.NOT_TAKEN), fault
        assert profile.parse(stage.bank.requests[-1]).fields[39] == f39, fault
        assert stage.bank.debited() == stage.journaled() == 0, fault


def test_strict_approval_needs_the_journal():
    for kept in (False, True):
        stage = Stage()
        stage.disk.refuse = "journal"
        stage.disk.keep_although_refused = kept
        outcome = _sell(stage)
        assert (outcome.end, outcome.money, outcome.why) == (result.UNKNOWN, result.NOT_TAKEN, result.NOT_KEPT)
        assert profile.parse(stage.bank.requests[-1]).fields[39] == "96"
        assert profile.parse(stage.bank.requests[-1]).fields[38] == "A00001"
        assert stage.bank.debited() == 0
        again = stage.again()
        _settle_all(again)
        assert again.journaled() == again.bank.debited() == 0
    # Flash kept the approval that it refused, the bank reversed it, nobody heard of that: the decision to reverse wins.
    stage = Stage()
    stage.disk.refuse = "journal"
    stage.disk.keep_although_refused = True
    stage.bank.faults = ["", "silent", "silent"]
    assert _sell(stage).end == result.UNKNOWN and stage.bank.debited() == 0
    again = stage.again()
    assert again.store.pending() is not None
    _settle_all(again)
    assert again.journaled() == 0


def test_strict_approval_partial():
    stage = Stage()
    stage.bank.faults = ["code 10"]
    # 10 with the amount that was asked for is no partial approval: it is nobody's answer.
    assert _sell(stage).end == result.REVERSED
    for part in ("part 0", "part 1251"):
        stage = Stage()
        stage.bank.faults = [part]
        assert _sell(stage).end == result.REVERSED and stage.bank.debited() == 0
    stage.bank.faults = ["part 700"]
    outcome = _sell(stage)
    assert (outcome.end, outcome.amount, outcome.asked) == (result.PARTIAL, 700, _AMOUNT)
    assert stage.bank.debited() == stage.again().journaled() == 700
    # A partial approval that the journal refuses is reversed whole, with the amount of the request.
    stage.disk.refuse = "journal"
    stage.bank.faults = ["part 800"]
    assert _sell(stage).end == result.UNKNOWN
    reversed_ = profile.parse(stage.bank.requests[-1])
    assert (reversed_.mti, int(reversed_.fields[4]), reversed_.fields[39]) == ("0400", _AMOUNT, "96")
    assert stage.bank.debited() == 700


def test_strict_approval_no_code_is_no_decline():
    stage = Stage()
    stage.bank.faults = ["no-code"]
    outcome = _sell(stage)
    assert (outcome.end, outcome.why) == (result.REVERSED, result.BAD_ANSWER)
    assert profile.parse(stage.bank.requests[-1]).fields[39] == "06"
    assert stage.bank.debited() == 0


def test_never_false_failure():
    # "Not taken" is only ever said when the bank has nothing on its books, "taken" only when it has.
    for fault in _FAULTS:
        for second in ("", "lost", "silent", "refuse", "bad-mac", "code 96", "code A0"):
            stage = Stage()
            stage.bank.faults = [fault, second]
            outcome = _sell(stage)
            if outcome.money == result.NOT_TAKEN:
                assert stage.bank.debited() == 0, fault + "/" + second
            elif outcome.money == result.TAKEN:
                assert stage.bank.debited() == outcome.amount == _AMOUNT, fault + "/" + second
            else:
                assert outcome.end == result.UNKNOWN and stage.store.pending() is not None, fault + "/" + second


def test_power_cut():
    # A cut before and after every step of a sale, under every fault; then a cut at every step of the recovery too.
    points = 0
    for fault in some(_FAULTS, 7):
        whole = Stage()
        whole.bank.faults = [fault]
        _sell(whole)
        for at in range(1, whole.trouble.count + 1):
            stage = Stage(at)
            stage.bank.faults = [fault]
            try:
                _sell(stage)
                assert False, "no cut"
            except PowerCut:
                points += 1
            _one_of_three(stage)
            steps = _recovered(stage.again())
            for second in range(1, steps + 1):
                stage = Stage(at)
                stage.bank.faults = [fault]
                try:
                    _sell(stage)
                except PowerCut:
                    points += 1
                middle = stage.again(second)
                try:
                    run(reversal.recover(middle.t))
                except PowerCut:
                    _one_of_three(middle)
                    _recovered(middle.again())
    assert points > (100 if SLOW else 1000), points


def _one_of_three(stage):
    """Nothing was sent · approved and recorded · reversal pending; and exactly one of them."""
    after = stage.again()
    pending = after.store.pending()
    recorded = after.journaled()
    if pending is None:
        assert after.bank.debited() == recorded
    else:
        assert recorded == 0


def _recovered(stage) -> int:
    run(reversal.recover(stage.t))
    assert stage.store.pending() is None
    assert stage.journaled() == stage.bank.debited()
    return stage.trouble.count


def test_no_resurrection():
    stage = Stage()
    stage.bank.faults = ["late"]
    outcome = _sell(stage)
    # The approval arrives while the reversal is being answered: it is left aside.
    assert outcome.end == result.REVERSED
    assert stage.bank.debited() == stage.journaled() == 0
    stage.bank.faults = ["late", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    assert _sell(stage).end == result.APPROVED
    assert stage.bank.debited() == stage.journaled() == _AMOUNT


def test_unique_trace():
    # The bank of these tests refuses a STAN that it has seen; here they are also counted across many cuts.
    used = []
    stage = Stage()
    for round_ in range(60):
        stage = stage.again(round_ % 3)
        try:
            for _ in range(3):
                used.append(stage.store.next_stan())
        except PowerCut:
            continue
    assert len(used) >= 60 and len(set(used)) == len(used)
    # Other messages draw from the same numbers.
    stage = stage.again()
    run(errands.sign_on(stage.t))
    assert int(profile.parse(stage.bank.requests[-1]).fields[11]) not in used


def test_unique_trace_ends_before_it_repeats():
    stage = Stage()
    stage.store._counter._stan = stage.store._counter._reserved = 999998
    assert stage.store.next_stan() == 999999
    raises(StoreError, stage.store.next_stan)
    raises(StoreError, stage.again().store.next_stan)


def test_no_silent_drop():
    # Neither restarts, nor refusals, nor other sales make an unresolved reversal go away.
    stage = Stage()
    stage.bank.faults = ["silent"] + ["code 96"] * 6
    assert _sell(stage).end == result.UNKNOWN
    for _ in range(3):
        stage = stage.again()
        stage.bank.faults = ["code 96"] * 4  # each try is a 0400 and an inquiry
        outcome = run(reversal.recover(stage.t))
        assert outcome.end == result.UNKNOWN and outcome.why == result.REFUSED
        assert stage.store.pending().tries > 1
        assert stage.store.pending().reversal_code() == "06"
    # Only a supervisor ends it, and that is in the journal.
    assert reversal.move_to_manual(stage.t, 3).end == result.MANUAL
    last = stage.again().store.last()
    assert (last.state, last.reason, last.stan, last.amount, last.reversal) == (records.MANUAL, 3, 1, _AMOUNT, "06")
    assert last.tries > 4 and last.cause == result.REFUSED
    assert stage.again().store.pending() is None


def test_no_silent_drop_of_a_damaged_record():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    stage.content["pending"] = b"\x50" + stage.content["pending"][1:40]
    of_earlier_firmware(stage.content)
    again = stage.again()
    assert run(reversal.recover(again.t)).why == result.DAMAGED
    assert _sell(again).why == result.DAMAGED
    assert len(again.bank.requests) == 0
    assert reversal.set_damaged_aside(again.t).end == result.MANUAL
    third = stage.again()
    assert run(reversal.recover(third.t)) is None
    assert "damaged.001" in third.content and _states(third) == [records.MANUAL]


def test_no_silent_drop_on_another_day():
    # Whatever the calendars of terminal and host say: 12 closes nothing, the host's word about the trace does.
    for date in ("1121", "1122"):
        for clock in ((2026, 11, 22, 10, 15, 30), None):
            for inquiry in ("", "lost", "refuse", "bad-mac", "code 30", "code 25", "word N 0", "word D 1", "word Q 1250"):
                stage = Stage()
                stage.bank.date, stage.clock.time = date, clock
                again = ["", inquiry] if inquiry == "bad-mac" else []  # new keys are fetched, and it is asked once more
                stage.bank.faults = ["silent", "code 12", inquiry] + again + ["code 12", inquiry] + again
                assert _sell(stage).end == result.UNKNOWN, inquiry
                assert stage.again().store.pending() is not None and stage.bank.debited() == _AMOUNT
            stage = Stage()
            stage.bank.date, stage.clock.time = date, clock
            stage.bank.faults = ["declined"]
            assert _sell(stage).end == result.REVERSED
            assert _states(stage) == [records.NOT_APPROVED]


def test_reconciled():
    # Many sales under every fault, power cuts in between: at the end the books agree to the last cent.
    stage = Stage()
    number = 0
    for fault in _FAULTS:
        for second in ("", "silent", "lost"):
            number += 1
            stage = stage.again(number % 13)
            stage.bank.faults = [fault, second]
            try:
                _sell(stage, 100 + number)
            except PowerCut:
                pass  # that is the point: what counts is what survived
    stage = stage.again()
    run(reversal.recover(stage.t))
    assert stage.store.pending() is None
    assert stage.journaled() == stage.bank.debited() > 0


def test_no_secrets_at_rest():
    stage = Stage()
    stage.reader = stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"123456"
    ends = [_sell(stage, 200000).end]  # above the CVM limit: PIN
    for faults in (["code 55"], ["unsent"], ["silent"], ["silent", "lost", "lost"]):
        stage.bank.faults = faults
        ends.append(_sell(stage, 200000).end)
    assert ends == [result.APPROVED, result.DECLINED, result.NOT_SENT, result.REVERSED, result.UNKNOWN]
    assert len(_states(stage)) == 4
    # The seal of this test does not encipher, so the pending file is looked at in its clear form: track 2 and PIN
    # must not even be there; everything else must not hold the PAN either.
    for name, data in stage.content.items():
        if name == "reserve":
            continue  # nothing but zeros
        for secret in (b"123456\x00", b"PINBLOCK", unhex("24072010000064700000"), b"D2407201"):
            assert secret not in data, name
        if name != "pending":
            for part in (PAN, PAN[4:12]):  # what is kept are the first six and the last four digits
                assert part.encode() not in data and part not in hexed(data), name
    assert profile.parse(stage.bank.requests[0]).fields[52] == b"PINBLOCK"


def test_no_secrets_in_a_reversal():
    stage = Stage()
    stage.reader = stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"123456"
    stage.bank.faults = ["silent"]
    _sell(stage, 200000)
    fields = profile.parse(stage.bank.requests[-1]).fields
    for number in (35, 36, 52, 53, 26):
        assert number not in fields
    assert sorted(fields) == [2, 3, 4, 11, 14, 22, 23, 25, 39, 41, 42, 49, 55, 60, 61, 64]
    assert fields[22] == "071" and fields[61] == "000001000001" and fields[60] == "2200000100060"
    assert hexed(fields[55]).startswith("9505") and "9F1E08" in hexed(fields[55])


def test_bounded():
    # A round has a count of tries with growing pauses; no fault makes it longer.
    for second in ("lost", "refuse", "silent", "bad-mac", "garbage", "code A0", "code 96"):
        stage = Stage()
        stage.bank.faults = ["silent"] + [second] * 50
        assert _sell(stage).end == result.UNKNOWN, second
        assert stage.store.pending().tries <= stage.t.config.reversal_tries, second
        assert stage.clock.pauses == [2000] * (stage.t.config.reversal_tries - 1), second
        assert len(stage.bank.faults) >= 45, second
    # The journal has an end, and it is said before a card is asked for.
    stage = Stage()
    stage.store._journal._file, stage.store._journal._count = 63, 256
    assert _sell(stage).why == result.JOURNAL_FULL
    assert stage.screen.steps == []


def test_never_false_failure_when_the_heap_runs_out():
    # Whatever step a MemoryError strikes at, flash tells the truth about the money.
    whole = Stage()
    _sell(whole)
    told = []
    for at in range(1, whole.trouble.count + 1):
        stage = Stage()
        before = stage.store.last()
        stage.trouble.memory_at = at
        try:
            _sell(stage)
            assert False, "no MemoryError"
        except MemoryError:
            outcome = payment.found(stage.t, before, transactions.SALE, _AMOUNT)
        told.append(outcome.money)
        if outcome.money == result.NOT_TAKEN:
            assert stage.bank.debited() == 0, at
        elif outcome.money == result.TAKEN:
            assert stage.bank.debited() == stage.journaled() == outcome.amount == _AMOUNT, at
        _settle_all(stage)
        assert stage.bank.debited() == stage.journaled(), at
    assert set(told) == {result.NOT_TAKEN, result.TAKEN, result.MONEY_UNKNOWN}
    # After the journal entry only the words are missing.
    stage = Stage()
    _sell(stage)
    assert (
        payment.found(stage.t, None, transactions.SALE, _AMOUNT).money,
        payment.found(stage.t, None, transactions.SALE, _AMOUNT).amount,
    ) == (result.TAKEN, _AMOUNT)
