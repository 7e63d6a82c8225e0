"""Corners of the flows: rows of other transactions, answers without an amount, flash and links that fail in the middle."""

from accounts import AMOUNT, MASKED, NOW, OPEN, fields, kept, sent, told
from expect import raises, run
from stage import PAN, PowerCut, Stage

from taptill.core import iso8583, transactions
from taptill.core.errors import MessageError
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.core.message import Message
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import fields as rows_of
from taptill.flows import payment, result, reversal, sale
from taptill.flows.terminal import REVERSING


def _sell(stage, amount=AMOUNT):
    return run(sale.sale(stage.t, amount))


def _intent(kind: int):
    one = pendings.Pending()
    one.kind, one.batch, one.stan, one.amount, one.pan, one.entry = kind, 7, 23, 5, PAN, "012"
    one.currency, one.terminal, one.merchant = "156", "12345678", "123456789012345"
    return one


_BARE = {2: PAN, 3: "200000", 4: "000000000005", 11: "000023", 22: "012", 25: "06", 41: "12345678", 42: "123456789012345",
         49: "156", 60: "7700000700060"}  # fmt: skip


def _with_row(work):
    """Do `work` while there is a transaction without chip data that names an earlier one."""
    rows = transactions.ROWS
    transactions.ROWS = rows + (transactions.Transaction("other", 77, 1, pin=transactions.WHEN_ASKED, of=(transactions.SALE,)),)
    rows_of.PAYMENTS[77] = rows_of.Row("0200", "200000", "06", "77", "000")
    try:
        work()
    finally:
        transactions.ROWS = rows
        del rows_of.PAYMENTS[77]


def test_what_a_request_without_chip_data_says():
    def work():
        one = _intent(77)
        one.original = (3, 9, "1122")
        one.de55, one.reference = b"never", "112200000001"
        wanted = dict(_BARE)
        wanted.update({37: "112200000001", 61: "000003000009"})
        assert profile.request(one).fields == wanted
        one.original_auth, one.expiry, one.psn, one.track2, one.pin_block = "A00001", "2407", "001", "9" * 40, b"PINBLOCK"
        wanted.update({14: "2407", 23: "001", 35: "9" * 37, 26: "12", 52: b"PINBLOCK", 53: "2600000000000000", 38: "A00001"})
        assert profile.request(one).fields == wanted
        for number in (26, 35, 37, 38, 52, 53):
            del wanted[number]
        wanted[39] = "98"
        assert profile.reversal(one, b"").fields == wanted
        one.auth = "A00002"
        wanted.update({38: "A00002", 55: b"tap"})
        assert profile.reversal(one, b"tap").fields == wanted

    _with_row(work)


def test_rows_of_transactions():
    assert transactions.of(22) is transactions.SALE
    error = raises(MessageError, transactions.of, 99)
    assert error.where == "kind" and "99" in str(error)
    row = transactions.SALE
    assert (row.name, row.kind, row.sign, row.settled, row.who) == ("sale", 22, 1, transactions.REVERSAL, transactions.ANYONE)
    assert (row.chip, row.pin, row.partial, row.of) == (True, transactions.WHEN_ASKED, True, ())
    assert len({row.kind for row in transactions.ROWS}) == len({row.name for row in transactions.ROWS}) == len(transactions.ROWS)
    for row in transactions.ROWS:
        assert transactions.of(row.kind) is transactions.of_name(row.name) is row
    assert transactions.of_name("other") is None and transactions.reversed_(99)
    assert (transactions.ANYONE, transactions.SUPERVISOR) == (0, 1)


def _fits(row, **answered) -> bool:
    given = {int(name[1:]): value for name, value in answered.items()}
    return payment._fits(profile.responses, row, 100)(Message("0210", given))


def test_which_amounts_an_answer_may_name():
    row = transactions.SALE
    whole = transactions.Transaction("whole", 23, 1, chip=True)
    for answered, fits in (
        ({}, True),
        ({"F39": "51"}, True),
        ({"F39": "51", "F4": "000000000100"}, True),
        ({"F39": "51", "F4": "000000000099"}, False),
        ({"F39": "00"}, False),
        ({"F39": "00", "F4": "000000000100"}, True),
        ({"F39": "00", "F4": "000000000099"}, False),
        ({"F39": "10"}, False),
        ({"F39": "10", "F4": "000000000000"}, False),
        ({"F39": "10", "F4": "000000000001"}, True),
        ({"F39": "10", "F4": "000000000099"}, True),
        ({"F39": "10", "F4": "000000000100"}, False),
    ):
        assert _fits(row, **answered) is fits, answered
        if answered.get("F39") == "10":
            assert not _fits(whole, **answered)


def test_a_host_in_doubt_that_then_knows_it_was_declined():
    stage = Stage()
    stage.bank.faults = ["code 96", "word D 1250"]
    told(_sell(stage), end=result.DECLINED, money=result.NOT_TAKEN, why=result.HOST_CODE, f39="96", rrn="112200000001", **OPEN)
    assert [message.mti for message in sent(stage)] == ["0200", "0820"]
    stage = Stage()
    stage.bank.faults = ["code 96", "word D 1251"]
    told(_sell(stage), end=result.REVERSED, money=result.NOT_TAKEN, why=result.IN_DOUBT, tries=1, **OPEN)
    [record] = stage.store.records()
    kept(record, state=records.NOT_FOUND, f39="25", reversal="06", tries=1, cause=result.IN_DOUBT)


def test_f_m8_after_a_cut_flash_refuses_every_write_and_the_0400_is_sent():
    """F-M8: the intent on flash is enough; once the host has given its word it is not asked again.

    Not in the row: when flash is well again, its word is journaled.
    """
    whole = Stage()
    _sell(whole)
    for refused in ("pending", "journal", "beside/marks", "counter", ""):
        stage = Stage(whole.trouble.names.index("after send") + 1)
        try:
            _sell(stage)
        except PowerCut:
            assert stage.content["pending"] and stage.bank.debited() == AMOUNT
        again = stage.again()
        again.disk.refuse = refused
        again.disk.refuse_all = not refused
        done = run(reversal.recover(again.t))
        if refused in ("", "journal"):
            told(done, end=result.UNKNOWN, money=result.NOT_TAKEN, why=result.NOT_KEPT, tries=1,
                 detail="journal.000: refused", **OPEN)  # fmt: skip
        else:
            assert done.end == result.REVERSED and again.store.pending() is None, refused
    assert again.bank.debited() == 0 and [message.mti for message in sent(again)] == ["0400"]
    assert run(reversal.recover(again.t)).why == result.NOT_KEPT and len(again.bank.requests) == 1
    again.disk.refuse_all = False
    told(run(reversal.recover(again.t)), end=result.REVERSED, money=result.NOT_TAKEN, tries=1, **OPEN)
    assert len(again.bank.requests) == 1 and again.again().store.pending() is None


def test_a_link_that_goes_during_the_try_counts_no_try():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    asked = []

    async def link_up(timeout_ms: int) -> bool:
        asked.append(timeout_ms)
        return len(asked) % 2 == 1  # there before the try, gone when it failed

    stage.bank.link_up = link_up
    stage.bank.faults = ["refuse", "refuse"]
    stage.screen.shown = []
    told(
        run(reversal.settle_pending(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.NO_LINK, tries=2, **OPEN
    )
    assert asked == [0, 0, 0, 0] and stage.screen.shown == [(REVERSING, AMOUNT, 1), (REVERSING, AMOUNT, 2)]


def test_what_is_left_of_a_damaged_intent_must_look_like_ours():
    stage = Stage()
    good = _intent(22)
    assert reversal._plausible(stage.t, good) is good
    for stan in (1, 999999):
        good.stan = stan
        assert reversal._plausible(stage.t, good) is good
    for name, bad in (("terminal", "87654321"), ("pan", "46938a1184579311"), ("kind", 99), ("stan", 0), ("stan", 1000000)):
        one = _intent(22)
        setattr(one, name, bad)
        assert reversal._plausible(stage.t, one) is None, name
    assert reversal._plausible(stage.t, None) is None


def test_a_damaged_intent_is_set_aside_with_what_can_be_read_or_with_nothing():
    for cut, stan, pan in ((None, 1, MASKED), (20, 0, "")):
        stage = Stage()
        stage.bank.faults = ["silent", "lost", "lost"]
        _sell(stage)
        stage.content["pending"] = (b"\x52" + stage.content["pending"][1:])[:cut]
        again = stage.again()
        outcome = reversal.set_damaged_aside(again.t)
        assert (outcome.end, outcome.money, outcome.why) == (result.MANUAL, result.MONEY_UNKNOWN, result.SUPERVISOR)
        assert (outcome.stan, outcome.pan) == (stan, pan)
        record = again.store.last()
        assert (record.state, record.cause, record.ended_at, record.batch) == (records.MANUAL, result.DAMAGED, NOW, 1)
        assert record.kind == (22 if stan else 0) and record.amount == (AMOUNT if stan else 0)


def test_the_0400_of_a_sale_without_chip_data():
    stage = Stage()
    one = _intent(22)
    stage.store.save_pending(one)
    stage.bank.ledger[(7, 23)] = ["A", 5]
    assert run(reversal.settle_pending(stage.t)).end == result.REVERSED
    [request] = sent(stage)
    assert 55 not in request.fields and fields(request)[61] == "000007000023"


def test_the_first_unprintable_byte():
    assert iso8583._unprintable(b"a\x1fb\x7f") == 1 and iso8583._unprintable(b"ab\x7f") == 2 and iso8583._unprintable(b" ~") == 0
