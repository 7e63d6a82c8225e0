"""Two things going wrong at once, and values that are allowed and rare: the invariants hold there too."""

from expect import raises, run
from stage import PAN, PIN_CARD, PowerCut, Stage, Tap, of_earlier_firmware

from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.core.pinblock import format0
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, result, reversal, sale
from taptill.ports import StoreError

_AMOUNT = 1250


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def test_a_padded_authorisation_code_goes_back_as_it_came():
    stage = Stage()
    stage.disk.refuse = "journal"
    stage.bank.faults = ["blank-auth"]
    assert _sell(stage).end == result.UNKNOWN
    reversed_ = profile.parse(stage.bank.requests[-1])
    assert (reversed_.mti, reversed_.fields[38]) == ("0400", "A1    ")
    again = stage.again()
    assert run(reversal.recover(again.t)).end == result.REVERSED
    assert again.store.last().auth == "A1" and again.bank.debited() == 0


def test_a_record_that_fits_no_message_stays_pending():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    stage.store.pending().auth = "short"
    outcome = run(reversal.settle_pending(stage.t))
    assert (outcome.end, outcome.money, outcome.why) == (result.UNKNOWN, result.MONEY_UNKNOWN, result.DAMAGED)
    assert stage.again().store.pending() is not None


def test_f_m6_a_reversal_is_built_from_the_transaction_that_it_undoes():
    """F-M6: whatever kind the intent has decides; one that this version does not know is not sent as something else."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    run(sale.sale(stage.t, 1250))
    again = stage.again()
    again.store.pending().kind = 99
    before = len(again.bank.requests)
    outcome = run(reversal.recover(again.t))
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.DAMAGED)
    assert len(again.bank.requests) == before and again.store.pending() is not None
    again.store.pending().kind = 22
    assert run(reversal.recover(again.t)).end == result.REVERSED


def test_f_m6_a_damaged_intent_is_set_aside_with_all_that_can_be_read():
    """F-M6: the manual list says which sale it may have been, not "trace 0, amount 0"; nonsense is left out."""
    for terminal, known in (("12345678", True), ("87654321", False)):
        stage = Stage()
        stage.bank.faults = ["silent", "lost", "lost"]
        run(sale.sale(stage.t, 1250))
        stage.content["pending"] = b"\x52" + stage.content["pending"][1:].replace(b"12345678", terminal.encode())
        of_earlier_firmware(stage.content)
        again = stage.again()
        assert run(reversal.recover(again.t)).why == result.DAMAGED
        aside = reversal.set_damaged_aside(again.t)
        last = stage.again().store.last()
        assert (last.state, last.cause, aside.end) == (records.MANUAL, result.DAMAGED, result.MANUAL)
        if known:
            assert (last.kind, last.stan, last.amount, last.pan) == (22, 1, 1250, "469380******9311")
            assert (aside.stan, aside.asked) == (1, 1250)
        else:
            assert (last.kind, last.stan, last.amount, last.pan) == (0, 0, 0, "")


def test_a_card_number_too_short_for_a_pin_block_is_refused_in_words():
    stage = Stage()
    stage.keys.pin_block = format0
    stage.screen.pin_digits = b"1234"
    long, short = "57134693801184579311D24072010000064700000F", "5713469380118457D240720100000647000000000F"
    stage.t.reader = Tap({head: answer.replace(long, short) for head, answer in PIN_CARD.items()})
    outcome = _sell(stage, 200000)
    assert (outcome.end, outcome.why) == (result.NOT_SENT, result.CARD)
    assert stage.bank.requests == [] and "pending" not in stage.content


def test_a_sign_on_over_a_damaged_record_changes_nothing():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    stage.content["pending"] = stage.content["pending"][:30]
    again = stage.again()
    assert run(errands.sign_on(again.t)).end == result.FAILED
    assert again.bank.requests == []


def test_long_pauses_have_an_end():
    stage = Stage()
    stage.t.config.reversal_tries, stage.t.config.reversal_pause_s = 9, 60
    stage.bank.faults = ["silent"] + ["lost"] * 9
    assert _sell(stage).end == result.UNKNOWN
    assert len(stage.clock.pauses) == 8 and max(stage.clock.pauses) <= 30000


def test_empty_journal_files_hide_no_outcome():
    stage = Stage()
    assert _sell(stage).end == result.APPROVED
    stage.content["journal.001"] = b"foreign"
    stage.content["journal.002"] = b""
    again = stage.again()
    assert again.store.pending() is None and again.store.last().stan == 1
    assert _sell(again).end == result.APPROVED
    assert [record.stan for record in again.again().store.records() if not record.place] == [1, 17]


def test_a_refused_note_that_flash_kept_does_not_reopen_a_settled_sale():
    stage = Stage()
    stage.disk.refuse = "journal"
    write = stage.disk.write

    def refuse_but_keep(name, data):
        write(name, data)
        if name == "pending" and stage.bank.requests:
            raise StoreError("pending: refused")

    stage.disk.write = refuse_but_keep
    assert _sell(stage).why == result.STORE  # approved, and neither the journal nor the decision to reverse was taken
    stage.disk.refuse = ""
    assert reversal.move_to_manual(stage.t, 1).end == result.MANUAL
    assert stage.again().store.pending() is None


def test_a_batch_that_cannot_be_opened_frees_no_trace_number():
    stage = Stage()
    stage.store._counter._stan = stage.store._counter._reserved = 999999
    stage.disk.refuse = "counter"
    raises(StoreError, stage.store.set_batch, 2)
    raises(StoreError, stage.store.next_stan)
    stage.disk.refuse = ""
    stage.store.set_batch(2)
    assert (stage.store.batch(), stage.store.next_stan()) == (2, 1)
    assert stage.again().store.next_stan() > 1


def test_a_full_journal_has_room_for_the_end_of_what_is_open():
    stage = Stage()
    assert _sell(stage).end == result.APPROVED
    stage.store._journal._file, stage.store._journal._count = 63, 240
    assert _sell(stage).why == result.JOURNAL_FULL
    stage.store._journal._count = 239
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    for _ in range(5):
        stage.store.append(records.Record(22, records.MANUAL, 1, 9, 0))


def test_no_pan_in_any_error():
    # Every text that a Result carries, under every way to fail.
    for fault in ("refuse", "unsent", "lost", "silent", "break", "bad-mac", "garbage", "code 05"):
        stage = Stage()
        stage.bank.faults = [fault, "lost", "lost"]
        outcome = _sell(stage)
        for text in (outcome.detail, outcome.pan, outcome.auth, outcome.rrn):
            assert PAN not in text and PAN[6:12] not in text, fault


def test_an_intent_whose_further_number_flash_refused_is_not_lost_by_the_marks():
    """The supervisor's record is refused, then the note of a try, which would bear a number more; then the counter is written."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    stage.disk.refuse = "journal"
    raises(StoreError, reversal.move_to_manual, stage.t, 1)
    stage.disk.refuse = "pending"
    stage.bank.faults = ["lost", "lost"]
    assert run(reversal.settle_pending(stage.t)).why == result.STORE
    stage.disk.refuse = ""
    for _ in range(16):
        stage.store.next_stan()
    again = stage.again()
    assert (again.store.lost, again.store.pending().trust) == ([], pendings.WHOLE)
    assert run(reversal.recover(again.t)).end == result.REVERSED
    assert again.bank.debited() == again.journaled() == 0


def test_an_end_that_a_cut_left_unmarked_is_marked_before_it_is_told():
    """The power fails behind the record, and before the marks; the next start tells "approved", and then the record is lost."""
    whole = Stage()
    assert _sell(whole).end == result.APPROVED
    names = whole.trouble.names
    stage = Stage(max([at for at in range(len(names)) if names[at] == "before write beside/marks"]) + 1)
    raises(PowerCut, _sell, stage)
    told = stage.again()
    assert (told.store.pending(), told.store.unseen().state) == (None, records.APPROVED)
    del told.content["journal.000"]
    again = told.again()
    assert (again.store.pending(), run(reversal.recover(again.t))) == (None, None)
    assert again.journaled() == again.bank.debited() == _AMOUNT


def test_a_decision_without_memory_to_save_it_is_none():
    """The next try saves it before its 0400 leaves; with the decision in memory alone it would not."""
    stage = Stage()
    stage.bank.faults = ["silent"] * 4
    write = stage.disk.write
    saved_after = []  # so many requests

    def no_memory(name, data):
        if name == "pending" and stage.bank.requests:
            raise MemoryError
        write(name, data)

    def watched(name, data):
        write(name, data)
        if name == "pending":
            saved_after.append(len(stage.bank.requests))

    stage.disk.write = no_memory
    raises(MemoryError, _sell, stage)
    stage.disk.write = watched
    assert run(reversal.settle_pending(stage.t)).end == result.UNKNOWN
    assert saved_after[0] == 1 and stage.again().store.pending().state == pendings.REVERSING
