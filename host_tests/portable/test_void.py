"""A void: which sale it finds, what it sends, and that no fault and no cut at any step loses or doubles money."""

from expect import run
from stage import PIN_CARD, PowerCut, Stage, Tap

from taptill.core import transactions
from taptill.core.errors import StoreError
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import payment, result, reversal, sale, void

_AMOUNT = 1250
_OTHER_CARD = {head: answer.replace("4693801184579311", "4693801184579329") for head, answer in PIN_CARD.items()}
_FAULTS = (
    "|refuse|unsent|lost|silent|break|late|bad-mac|no-mac|flip|stan|amount|terminal|merchant|mti|garbage|code 05|code 25|code 96|"
    "code 94|code ZZ|part 500|no-code"
).split("|")


def _sold(*amounts) -> Stage:
    """A terminal that has sold these amounts, the traces are 1, 2, …"""
    stage = Stage()
    for amount in amounts:
        assert run(sale.sale(stage.t, amount)).end == result.APPROVED
    return stage


def _void(stage, stan: int = 0):
    return run(void.void(stage.t, stan))


def _agree(stage) -> None:
    assert stage.journaled() == stage.bank.debited(), (stage.journaled(), stage.bank.ledger)
    assert stage.store.pending() is None


def test_by_trace():
    stage = _sold(700, _AMOUNT, 300)
    done = _void(stage, 2)
    assert (done.end, done.money, done.kind, done.amount) == (result.APPROVED, result.TAKEN, transactions.VOID.kind, _AMOUNT)
    assert stage.screen.asked == [(transactions.VOID.kind, _AMOUNT, 2)]
    assert stage.bank.debited() == 1000
    _agree(stage)
    last = stage.store.last()
    assert (last.kind, last.state, last.original) == (transactions.VOID.kind, records.APPROVED, (1, 2, "1122"))
    kept = [(record.stan, record.state) for record in stage.store.records() if record.kind == transactions.SALE.kind]
    assert kept == [(1, records.APPROVED), (2, records.APPROVED), (3, records.APPROVED)]  # the originals stay


def test_by_card_the_newest_that_stands():
    stage = _sold(700, 300)
    assert [run(void.void(stage.t)).amount, _void(stage).amount] == [300, 700]
    none = _void(stage)
    assert (none.end, none.why, none.kind) == (result.NOT_SENT, result.NO_ORIGINAL, transactions.VOID.kind)
    assert stage.bank.debited() == 0
    _agree(stage)


def test_what_is_sent():
    stage = _sold(_AMOUNT)
    _void(stage, 1)
    message = profile.parse(stage.bank.requests[-1])
    fields = message.fields
    assert (message.mti, fields[3], fields[4], fields[25], fields[60]) == (
        "0200", "200000", "%012d" % _AMOUNT, "00", "2300000100060",
    )  # fmt: skip
    assert (fields[37], fields[38], fields[61]) == ("112200000001", "A00001", "000001000001")
    assert 55 not in fields and 52 not in fields and 26 not in fields and 35 in fields


def test_no_pin_is_asked_for():
    stage = _sold(_AMOUNT)
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b""
    assert _void(stage, 1).end == result.APPROVED
    assert profile.parse(stage.bank.requests[-1]).fields[22] == "072"


def test_the_row_says_whether_a_pin_is_asked_for():
    stage = _sold(_AMOUNT)
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"1234"
    transactions.VOID.pin = transactions.WHEN_ASKED
    try:
        done = _void(stage, 1)
    finally:
        transactions.VOID.pin = transactions.NEVER
    assert stage.screen.pins == [_AMOUNT] and profile.parse(stage.bank.requests[-1]).fields[22] == "071"
    assert (done.end, done.f39) == (result.DECLINED, "25")  # this host wants none


def test_what_cannot_be_voided():
    stage = _sold(_AMOUNT, 300)
    requests = len(stage.bank.requests)
    for stan, why in ((7, result.NO_ORIGINAL), (999999, result.NO_ORIGINAL)):
        assert _void(stage, stan).why == why
    stage.t.reader = Tap(_OTHER_CARD)
    assert _void(stage, 1).why == result.OTHER_CARD
    assert _void(stage).why == result.NO_ORIGINAL
    stage.t.reader = Tap("gone")
    assert _void(stage, 1).why == result.CARD_LOST
    stage.t.reader = Tap()
    stage.screen.agrees = False
    assert _void(stage, 1).why == result.CANCELLED
    assert len(stage.bank.requests) == requests and stage.bank.debited() == _AMOUNT + 300
    stage.screen.agrees = True
    assert _void(stage, 1).end == result.APPROVED
    again = _void(stage, 1)
    assert (again.end, again.why) == (result.NOT_SENT, result.NO_ORIGINAL)
    stage.store.set_batch(2)
    assert _void(stage, 2).why == result.NO_ORIGINAL
    _agree(stage)


def test_a_sale_that_was_reversed_or_declined_cannot_be_voided():
    stage = Stage()
    stage.bank.faults = ["silent", "", "code 51"]
    assert run(sale.sale(stage.t, _AMOUNT)).end == result.REVERSED
    assert run(sale.sale(stage.t, _AMOUNT)).end == result.DECLINED
    assert [_void(stage, stan).why for stan in (1, 2, 0)] == [result.NO_ORIGINAL] * 3


def test_what_comes_after_a_sale_that_was_declined_can_be_voided():
    stage = Stage()
    stage.bank.faults = ["code 51"]
    assert run(sale.sale(stage.t, _AMOUNT)).end == result.DECLINED
    assert run(sale.sale(stage.t, 300)).end == result.APPROVED
    assert _void(stage, 2).amount == 300
    _agree(stage)


def test_f_m12_a_sale_that_cannot_be_read_is_not_called_unknown_and_the_others_can_be_voided():
    """F-M12: the journal holds one record of two that is damaged."""
    stage = _sold(_AMOUNT, 300)
    whole = stage.content["journal.000"]
    stage.content["journal.000"] = b"\x00" + whole[1:]
    stopped = _void(stage, 1)
    assert (stopped.end, stopped.why, stopped.kind) == (result.NOT_SENT, result.UNREADABLE, transactions.VOID.kind)
    assert stopped.detail.startswith("journal.000 record 0: ")
    assert stage.bank.debited() == _AMOUNT + 300
    assert _void(stage, 2).end == result.APPROVED and stage.bank.debited() == _AMOUNT


def test_a_folder_that_cannot_be_read_stops_a_void():
    stage = _sold(_AMOUNT)

    def records_():
        raise StoreError(".: cannot be listed, error 5")

    stage.t.store.records = records_
    stopped = _void(stage, 1)
    assert (stopped.end, stopped.why) == (result.NOT_SENT, result.STORE)


def test_no_part_of_a_void():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["part 500"]
    assert _void(stage, 1).end == result.REVERSED
    assert stage.bank.debited() == _AMOUNT
    assert (transactions.VOID.name, transactions.SALE.name) == ("void", "sale")


def test_a_sale_approved_in_part_is_voided_for_what_stands():
    stage = Stage()
    stage.bank.faults = ["part 500"]
    assert run(sale.sale(stage.t, _AMOUNT)).end == result.PARTIAL
    assert _void(stage, 1).amount == 500
    _agree(stage)


def test_a_void_that_was_reversed_leaves_a_sale_that_can_be_voided():
    stage = _sold(_AMOUNT)
    stage.bank.faults = ["silent"]
    undone = _void(stage, 1)
    assert (undone.end, undone.money, undone.why) == (result.REVERSED, result.NOT_TAKEN, result.TIMEOUT)
    assert stage.bank.debited() == _AMOUNT
    message = profile.parse(stage.bank.requests[-1])
    assert (message.mti, message.fields[3], message.fields[39], message.fields[61]) == ("0400", "200000", "98", "000001000001")
    assert 55 not in message.fields and 37 not in message.fields
    assert _void(stage, 1).end == result.APPROVED
    _agree(stage)


def test_every_fault_leaves_the_books_equal():
    for fault in _FAULTS:
        for after in ("", "lost", "code 25"):
            stage = _sold(_AMOUNT)
            stage.bank.faults = [fault, after]
            done = _void(stage, 1)
            if stage.store.pending():
                run(reversal.settle_pending(stage.t))
            if stage.store.pending() is None:
                assert stage.journaled() == stage.bank.debited(), (fault, after, done.end)
            assert done.end != result.APPROVED or stage.bank.debited() == 0, fault
            if done.end in (result.NOT_SENT, result.DECLINED, result.REVERSED):
                assert stage.bank.debited() == _AMOUNT, fault


def test_power_cut_at_every_step():
    for faults in ([], ["silent"], ["code 51"], ["bad-mac"]):
        step = 0
        while True:
            step += 1
            stage = _sold(_AMOUNT)
            stage.bank.faults = list(faults)
            stage.trouble.cut_at = stage.trouble.count + step
            try:
                _void(stage, 1)
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


def test_what_became_of_a_void_when_the_heap_ran_out():
    stage = _sold(_AMOUNT)
    before = stage.store.last()
    not_sent = payment.found(stage.t, before, transactions.VOID, 0)
    assert (not_sent.end, not_sent.why, not_sent.kind) == (result.NOT_SENT, result.NO_MEMORY, transactions.VOID.kind)
    _void(stage, 1)
    done = payment.found(stage.t, before, transactions.VOID, 0)
    assert (done.end, done.kind, done.amount) == (result.APPROVED, transactions.VOID.kind, _AMOUNT)


def _reversed_behind_its_approval(stage, flow) -> Stage:
    """After `flow`, whose approval flash keeps although it says that it does not, and whose reversal is written behind it."""
    stage.disk.refuse, stage.disk.keep_although_refused = "journal", True
    assert run(flow).end == result.UNKNOWN
    stage.disk.refuse, stage.disk.keep_although_refused = "", False
    assert run(reversal.settle_pending(stage.t)).end == result.REVERSED
    stage = stage.again()
    trace = stage.store.last().stan
    states = [one.state for one in stage.store.records() if one.stan == trace]
    assert (states[0], states[-1]) == (records.APPROVED, records.REVERSED)
    return stage


def test_f_m6_a_void_that_was_reversed_has_undone_nothing():
    """F-M6: the journal has its approval and, behind it, its reversal; the sale stands and can be voided."""
    stage = _sold(_AMOUNT)
    stage = _reversed_behind_its_approval(stage, void.void(stage.t, 1))
    assert stage.bank.debited() == _AMOUNT
    assert _void(stage, 1).end == result.APPROVED and stage.bank.debited() == 0
    assert _void(stage, 1).why == result.NO_ORIGINAL
    _agree(stage)


def test_f_m6_a_sale_that_was_reversed_behind_its_approval_is_not_there_to_be_voided():
    """F-M6, further: the same with a sale; by its trace and by its card, and the one before is found."""
    stage = _sold(_AMOUNT)
    stage = _reversed_behind_its_approval(stage, sale.sale(stage.t, 700))
    before = len(stage.bank.requests)
    assert _void(stage, stage.store.last().stan).why == result.NO_ORIGINAL and len(stage.bank.requests) == before
    assert _void(stage).amount == _AMOUNT
    _agree(stage)
