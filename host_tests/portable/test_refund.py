"""A refund: which original it finds, how much of it, and that no lost answer and no cut gives back twice or forgets it."""

from expect import raises, run
from stage import PIN_CARD, PowerCut, Stage, Tap

from taptill.core import transactions
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import earlier, payment, result, reversal, sale, void

_AMOUNT = 1250
_OTHER_CARD = {head: answer.replace("4693801184579311", "4693801184579329") for head, answer in PIN_CARD.items()}
_FAULTS = (
    "|refuse|unsent|lost|silent|break|late|bad-mac|no-mac|flip|stan|amount|terminal|merchant|mti|garbage|code 05|code 25|code 96|"
    "code ZZ|part 500|no-code"
).split("|")


def _sold(*amounts) -> Stage:
    stage = Stage()
    for amount in amounts:
        assert run(sale.sale(stage.t, amount)).end == result.APPROVED
    return stage


def _refund(stage, trace: int = 1, amount: int = 0):
    return run(earlier.about(stage.t, transactions.REFUND, trace, amount))


def _agree(stage) -> None:
    assert stage.journaled() == stage.bank.debited(), (stage.journaled(), stage.bank.ledger)
    assert stage.store.pending() is None


def test_several_parts_up_to_the_original():
    stage = _sold(_AMOUNT, 300)
    done = _refund(stage, 1, 1000)
    assert (done.end, done.amount, done.kind) == (result.APPROVED, 1000, transactions.REFUND.kind)
    assert stage.screen.asked == [(transactions.REFUND.kind, 1000, 1)]
    more = _refund(stage, 1, 251)
    assert (more.end, more.why) == (result.NOT_SENT, result.TOO_MUCH)
    assert _refund(stage, 1).amount == 250  # what is left
    assert _refund(stage, 1, 1).why == result.NO_ORIGINAL
    assert stage.bank.debited() == 300
    _agree(stage)


def test_of_an_earlier_batch_and_what_a_void_may_not_undo_any_more():
    stage = _sold(_AMOUNT)
    assert _refund(stage, 1, 100).end == result.APPROVED
    assert run(void.void(stage.t, 1)).why == result.NO_ORIGINAL  # a part of it has been given back
    stage.store.set_batch(2)
    assert _refund(stage, 1, 100).end == result.APPROVED
    assert _refund(stage, 1000001, 100).end == result.APPROVED  # with its batch
    assert _refund(stage, 2000001, 100).why == result.NO_ORIGINAL
    assert stage.store.last().original == (1, 1, "1122") and stage.store.last().batch == 2
    _agree(stage)


def test_what_cannot_be_refunded():
    stage = _sold(_AMOUNT)
    stage.t.reader = Tap(_OTHER_CARD)
    assert _refund(stage).why == result.OTHER_CARD
    stage.t.reader = Tap()
    assert _refund(stage, 9).why == result.NO_ORIGINAL
    stage.screen.agrees = False
    assert _refund(stage).why == result.CANCELLED
    stage.screen.agrees = True
    assert run(void.void(stage.t, 1)).end == result.APPROVED
    assert _refund(stage).why == result.NO_ORIGINAL  # voided
    assert transactions.REFUND.who == transactions.SUPERVISOR
    _agree(stage)


def test_what_is_sent():
    stage = _sold(_AMOUNT)
    _refund(stage, 1, 500)
    message = profile.parse(stage.bank.requests[-1])
    fields = message.fields
    assert (message.mti, fields[3], fields[25], fields[4]) == ("0220", "200000", "00", "000000000500")
    assert (fields[60], fields[61], fields[63], fields[37], fields[38]) == (
        "2500000100060", "0000010000011122", "VIS", "112200000001", "A00001",
    )  # fmt: skip
    assert 55 not in fields and 52 not in fields


def test_a_lost_answer_is_asked_about_and_never_sent_again():
    for fault, end, debited in (
        ("silent", result.APPROVED, 0),
        ("lost", result.REVERSED, _AMOUNT),
        ("declined", result.REVERSED, _AMOUNT),
    ):
        stage = _sold(_AMOUNT)
        stage.bank.faults = [fault]
        before = len(stage.bank.requests)
        done = _refund(stage)
        assert (done.end, stage.bank.debited()) == (end, debited), fault
        mtis = [profile.parse(request).mti for request in stage.bank.requests[before:]]
        assert mtis == (["0820"] if fault == "lost" else ["0220", "0820"]), fault
        asked = profile.parse(stage.bank.requests[-1]).fields
        assert (asked[60], asked[61], asked[4]) == ("25000001902", "000001000002", "000000001250")
        _agree(stage)
        if fault == "lost":
            assert stage.bank.reversed  # barred: should it still arrive it is not made


def test_an_open_refund_blocks_and_is_settled_by_asking():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["silent", "lost", "lost"]
    open_ = _refund(stage)
    assert (open_.end, open_.money, open_.kind) == (result.UNKNOWN, result.MONEY_UNKNOWN, transactions.REFUND.kind)
    requests = len(stage.bank.requests)
    stage.bank.faults = ["lost", "lost"]
    assert run(sale.sale(stage.t, 100)).end == result.UNKNOWN
    assert all(profile.parse(one).mti == "0820" for one in stage.bank.requests[requests:])
    again = stage.again()
    assert run(reversal.recover(again.t)).end == result.APPROVED
    assert (again.store.last().state, again.store.last().rrn) == (records.APPROVED, "112200000001")
    assert again.store.last().reversal == ""
    _agree(again)


def test_a_host_that_does_not_know_it_leaves_it_open_and_a_supervisor_takes_it():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["silent", "code 25", "code 25"]
    open_ = _refund(stage)
    assert (open_.end, open_.why) == (result.UNKNOWN, result.NOT_KNOWN)
    assert reversal.move_to_manual(stage.t, 1).end == result.MANUAL
    assert stage.store.pending() is None
    assert run(sale.sale(stage.t, 100)).end == result.APPROVED


def test_a_person_asks():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["silent", "lost", "lost"]
    _refund(stage)
    found, settled = run(reversal.ask(stage.t, stage.store.pending()))
    assert (found.state, settled.end, settled.amount) == ("A", result.APPROVED, _AMOUNT)
    _agree(stage)


def test_a_word_about_another_amount_settles_nothing():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["silent", "word A 1249"]
    open_ = _refund(stage)
    assert (open_.end, open_.why) == (result.UNKNOWN, result.DIFFERS)


def test_a_flash_that_refuses_the_outcome_is_tried_again_and_the_host_is_not():
    stage = _sold(_AMOUNT)
    stage.disk.refuse = "journal"
    open_ = _refund(stage)
    assert (open_.end, open_.why) == (result.UNKNOWN, result.NOT_KEPT)
    requests = len(stage.bank.requests)
    stage.disk.refuse = ""
    assert run(reversal.settle_pending(stage.t)).end == result.APPROVED
    assert len(stage.bank.requests) == requests
    _agree(stage)


def test_an_outcome_that_is_written_behind_one_in_doubt_counts_once():
    stage = _sold(_AMOUNT)
    settle = stage.store._journal.settle

    def no_memory(record):
        stage.store._journal.settle = settle
        raise MemoryError

    stage.store._journal.settle = no_memory  # the record is on flash, and nobody knows
    raises(MemoryError, _refund, stage, 1, 500)
    assert run(reversal.settle_pending(stage.t)).end == result.APPROVED
    assert [record.stan for record in stage.store.records()] == [1, 2, 2]
    assert _refund(stage, 1).amount == _AMOUNT - 500  # what is left
    _agree(stage)


def test_every_fault_leaves_the_books_equal():
    for fault in _FAULTS:
        for after in ("", "lost"):
            stage = _sold(_AMOUNT)
            stage.bank.faults = [fault, after]
            done = _refund(stage)
            if stage.store.pending():
                run(reversal.settle_pending(stage.t))
            if fault == "part 500":  # it has booked another amount than was asked for: only people can clear that
                assert stage.store.pending() and stage.store.pending().cause == result.DIFFERS
                continue
            _agree(stage)
            if done.end == result.APPROVED:
                assert stage.bank.debited() == 0, fault
            if done.end in (result.NOT_SENT, result.DECLINED, result.REVERSED):
                assert stage.bank.debited() == _AMOUNT, fault
            assert not [one for one in stage.bank.requests if profile.parse(one).mti == "0400"], fault


def test_power_cut_at_every_step():
    for faults in ([], ["silent"], ["lost"], ["code 51"], ["bad-mac"]):
        step = 0
        while True:
            step += 1
            stage = _sold(_AMOUNT)
            stage.bank.faults = list(faults)
            stage.trouble.cut_at = stage.trouble.count + step
            try:
                _refund(stage)
                cut = False
            except PowerCut:
                cut = True
            again = stage.again()
            run(reversal.recover(again.t))
            _agree(again)
            assert again.bank.debited() in (0, _AMOUNT)
            if not cut:
                break
        assert step > 8


def test_what_became_of_it_when_the_heap_ran_out():
    stage = _sold(_AMOUNT)
    before = stage.store.last()
    stage.bank.faults = ["silent", "lost", "lost"]
    _refund(stage)
    found = payment.found(stage.t, before, transactions.REFUND, _AMOUNT)
    assert (found.end, found.kind) == (result.UNKNOWN, transactions.REFUND.kind)
