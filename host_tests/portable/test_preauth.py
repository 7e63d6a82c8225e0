"""A balance inquiry, and a pre-authorisation with its completion and their voids: what is found, sent, kept, and settled."""

from expect import run
from stage import PIN_CARD, PowerCut, Stage, Tap

from taptill.core import transactions
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import balance, earlier, original, result, reversal, sale

_AMOUNT = 1000


def _held(*amounts) -> Stage:
    stage = Stage()
    for amount in amounts:
        assert run(sale.sale(stage.t, amount, transactions.PREAUTH)).end == result.APPROVED
    return stage


def _about(stage, row, trace: int = 0, amount: int = 0, typed=None):
    return run(earlier.about(stage.t, row, trace, amount, typed))


def _agree(stage) -> None:
    assert stage.journaled() == stage.bank.debited(), (stage.journaled(), stage.bank.ledger)
    assert stage.store.pending() is None


def test_a_balance_is_told_and_nothing_is_kept():
    stage = Stage()
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"1234"
    told = run(balance.balance(stage.t))
    assert (told.end, told.money, told.amount, told.kind) == (result.APPROVED, result.NOT_TAKEN, 123456, 1)
    fields = profile.parse(stage.bank.requests[-1]).fields
    assert (fields[3], fields[22], fields[60]) == ("310000", "071", "0100000100060") and 4 not in fields
    assert b"\x9c\x01\x31" in fields[55] and b"\x9f\x02\x06" + bytes(6) in fields[55]
    assert stage.store.last() is None and stage.store.pending() is None
    assert not [name for name in stage.content if name.startswith("journal") or name == "pending"]


def test_a_balance_without_an_answer_owes_nothing():
    stage = Stage()
    stage.screen.pin_digits = b"1234"
    for fault, why in (("silent", result.TIMEOUT), ("bad-mac", result.BAD_MAC), ("refuse", result.NO_LINK)):
        stage.bank.faults = [fault]
        told = run(balance.balance(stage.t))
        assert (told.end, told.why, told.money) == (result.NOT_SENT, why, result.NOT_TAKEN)
    stage.bank.faults = ["code 55"]
    told = run(balance.balance(stage.t))
    assert (told.end, told.f39) == (result.DECLINED, "55")
    stage.bank.faults = ["field 54 nothing"]
    assert run(balance.balance(stage.t)).why == result.BAD_ANSWER
    stage.screen.pin_digits = None
    assert run(balance.balance(stage.t)).why == result.PIN_CANCELLED
    assert stage.store.last() is None and stage.store.pending() is None


def test_a_balance_waits_for_what_is_open():
    stage = Stage()
    stage.screen.pin_digits = b"1234"
    stage.bank.faults = ["silent", "lost", "lost"]
    assert run(sale.sale(stage.t, _AMOUNT)).end == result.UNKNOWN
    stage.bank.faults = ["lost", "lost"]
    assert run(balance.balance(stage.t)).end == result.UNKNOWN


def test_a_hold_is_taken_up_to_115_per_cent_once():
    stage = _held(_AMOUNT, 300)
    assert stage.bank.debited() == 0 and stage.journaled() == 0
    request = profile.parse(stage.bank.requests[0])
    assert (request.mti, request.fields[3], request.fields[25], request.fields[60]) == ("0100", "030000", "06", "1000000100060")
    assert _about(stage, transactions.COMPLETION, 1, 1151).why == result.TOO_MUCH
    done = _about(stage, transactions.COMPLETION, 1, 1150)
    assert (done.end, done.amount) == (result.APPROVED, 1150)
    message = profile.parse(stage.bank.requests[-1])
    assert (message.mti, message.fields[3], message.fields[25], message.fields[60]) == ("0200", "000000", "06", "2000000100060")
    assert (message.fields[38], message.fields[61]) == ("A00001", "0000010000011122") and 37 not in message.fields
    assert _about(stage, transactions.COMPLETION, 1, 1).why == result.NO_ORIGINAL
    assert _about(stage, transactions.PREAUTH_VOID, 1).why == result.NO_ORIGINAL
    assert stage.bank.debited() == 1150
    _agree(stage)


def test_a_completion_is_voided_and_the_hold_can_be_taken_again():
    stage = _held(_AMOUNT)
    assert _about(stage, transactions.COMPLETION, 1, 900).end == result.APPROVED
    done = _about(stage, transactions.COMPLETION_VOID, 2)
    assert (done.end, done.amount, stage.bank.debited()) == (result.APPROVED, 900, 0)
    fields = profile.parse(stage.bank.requests[-1]).fields
    assert (fields[60], fields[61], fields[37]) == ("2100000100060", "0000010000021122", "112200000001")
    assert _about(stage, transactions.COMPLETION, 1, 800).end == result.APPROVED
    assert _about(stage, transactions.REFUND, 4, 300).end == result.APPROVED
    assert _about(stage, transactions.COMPLETION_VOID, 4).why == result.NO_ORIGINAL  # a part of it has been given back
    assert stage.bank.debited() == 500
    _agree(stage)


def test_a_hold_is_let_go_of_by_its_card_in_a_later_batch():
    stage = _held(_AMOUNT)
    stage.store.set_batch(2)
    done = _about(stage, transactions.PREAUTH_VOID)
    assert (done.end, done.amount) == (result.APPROVED, _AMOUNT)
    message = profile.parse(stage.bank.requests[-1])
    assert (message.mti, message.fields[60], message.fields[61]) == ("0100", "1100000200060", "0000010000011122")
    assert _about(stage, transactions.COMPLETION, 0, 10).why == result.NO_ORIGINAL
    assert _about(stage, transactions.COMPLETION_VOID).why == result.NO_ORIGINAL
    _agree(stage)


def test_a_code_is_typed_where_the_journal_has_it_not():
    stage = _held(_AMOUNT)
    assert original.known(stage.t, transactions.COMPLETION, 1) and not original.known(stage.t, transactions.COMPLETION, 7)
    bare = Stage(ledger=stage.ledger, before=stage.bank)
    bare.store.set_batch(3)
    done = _about(bare, transactions.COMPLETION, 1000001, 700, ("1122", "A00001"))
    assert (done.end, done.amount) == (result.APPROVED, 700)
    fields = profile.parse(bare.bank.requests[-1]).fields
    assert (fields[38], fields[61]) == ("A00001", "0000010000011122")
    assert bare.store.last().original == (1, 1, "1122") and bare.journaled() == 700


def test_each_reverses():
    for row, before in (
        (transactions.PREAUTH, 0),
        (transactions.COMPLETION, 0),
        (transactions.COMPLETION_VOID, 900),
        (transactions.PREAUTH_VOID, 0),
    ):
        stage = _held(_AMOUNT)
        trace = 1
        if row is transactions.COMPLETION_VOID:
            assert _about(stage, transactions.COMPLETION, 1, 900).end == result.APPROVED
            trace = 2
        stage.bank.faults = ["silent"]
        if row is transactions.PREAUTH:
            done = run(sale.sale(stage.t, 500, row))
        else:
            done = _about(stage, row, trace, 900 if row is transactions.COMPLETION else 0)
        assert (done.end, done.why, done.kind) == (result.REVERSED, result.TIMEOUT, row.kind)
        asked, back = (profile.parse(request) for request in stage.bank.requests[-2:])
        assert back.mti == "0400" and back.fields[39] == "98"
        for number in (2, 3, 4, 11, 22, 25, 60):
            assert back.fields[number] == asked.fields[number], (row.name, number)
        if row.of:
            assert back.fields[61] == asked.fields[61]
        assert stage.bank.debited() == before
        _agree(stage)


def test_power_cut_at_every_step_of_a_completion():
    for faults in ([], ["silent"], ["code 51"]):
        step = 0
        while True:
            step += 1
            stage = _held(_AMOUNT)
            stage.bank.faults = list(faults)
            stage.trouble.cut_at = stage.trouble.count + step
            try:
                _about(stage, transactions.COMPLETION, 1, 900)
                cut = False
            except PowerCut:
                cut = True
            again = stage.again()
            run(reversal.recover(again.t))
            _agree(again)
            assert again.bank.debited() in (0, 900)
            if not cut:
                break
        assert step > 8


def test_what_stands_in_the_journal():
    stage = _held(_AMOUNT)
    last = stage.store.last()
    assert (last.kind, last.state, last.approved) == (10, records.APPROVED, _AMOUNT)
