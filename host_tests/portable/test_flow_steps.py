"""What a person sees step by step, what leaves for the host, what is journaled and what is told, in full."""

from accounts import AMOUNT, OPEN, fields, kept, sent, told
from expect import raises, run
from stage import PAN, PIN_CARD, Stage, Tap

from taptill.core.errors import CodecError, KeyError_
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.flows import payment, pin, result, reversal, sale, tap
from taptill.flows.terminal import CONNECTING, PRESENT, READING, REMOVE_CARD, REVERSING, WAITING
from taptill.ports import CardLost, ReaderFault

_SALE_STEPS = [(step, AMOUNT, 0) for step in (PRESENT, READING, REMOVE_CARD, CONNECTING, WAITING)]


def _sell(stage, amount=AMOUNT):
    return run(sale.sale(stage.t, amount))


_REQUEST = {2: PAN, 3: "000000", 4: "000000001250", 11: "000001", 14: "2407", 22: "072", 23: "001", 25: "00",
            35: "4693801184579311D24072010000064700000", 41: "12345678", 42: "123456789012345", 49: "156",
            60: "2200000100060"}  # fmt: skip
_REVERSAL = dict(_REQUEST)
del _REVERSAL[35]
_REVERSAL.update({39: "98", 61: "000001000001"})


def test_a_sale_from_the_tap_to_the_journal():
    stage = Stage()
    told(_sell(stage), end=result.APPROVED, money=result.TAKEN, amount=AMOUNT, f39="00", auth="A00001", rrn="112200000001",
          **OPEN)  # fmt: skip
    assert stage.screen.shown == _SALE_STEPS and stage.screen.pins == []
    [request] = sent(stage)
    assert request.mti == "0200" and fields(request) == _REQUEST
    assert (request.tpdu, request.header) == (b"\x60\x00\x03\x00\x00", b"\x60\x31\x00\x31\x07\x30")
    [record] = stage.store.records()
    kept(record, state=records.APPROVED, approved=AMOUNT, f39="00", rrn="112200000001", auth="A00001")


def test_f_h2_a_pin_is_asked_for_the_amount_encrypted_for_the_card_and_wiped():
    stage = Stage()
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"1234"
    outcome = _sell(stage, 200000)
    assert (outcome.end, outcome.cvm) == (result.APPROVED, 1)
    assert stage.screen.pins == [200000] and stage.keys.blocks == [(b"1234", PAN)]
    assert stage.screen.pin_given == bytes(4)
    [request] = sent(stage)
    wanted = dict(_REQUEST)
    wanted.update({4: "000000200000", 22: "071", 26: "12", 52: b"PINBLOCK", 53: "2600000000000000"})
    assert fields(request) == wanted
    assert [amount for _, amount, _ in stage.screen.shown] == [200000] * 5


def test_a_pin_that_cannot_be_encrypted_ends_the_payment():
    for error, why in ((KeyError_("PIK: none"), result.NO_KEYS), (CodecError("F2", "too short"), result.CARD)):

        def refuse(pin, pan, error=error):
            raise error

        stage = Stage()
        stage.t.reader = Tap(PIN_CARD)
        stage.screen.pin_digits = b"1234"
        stage.keys.pin_block = refuse
        told(_sell(stage, 200000), end=result.NOT_SENT, money=result.NOT_TAKEN, why=why, kind=22, asked=200000, detail=str(error))
        assert stage.screen.pin_given == bytes(4) and stage.bank.requests == []
    asked = pendings.Pending()
    asked.kind, asked.cvm = 22, 1
    stage = Stage()
    assert raises(payment.Ended, run, pin.enter(stage.t, asked)).result.why == result.PIN_CANCELLED


def test_a_decline_says_who_and_when_and_takes_nothing():
    stage = Stage()
    stage.bank.faults = ["code 51"]
    told(_sell(stage), end=result.DECLINED, money=result.NOT_TAKEN, why=result.HOST_CODE, f39="51", rrn="112200000001", **OPEN)
    [record] = stage.store.records()
    kept(record, state=records.DECLINED, f39="51", rrn="112200000001")
    assert stage.screen.shown == _SALE_STEPS


def test_a_partial_approval_takes_its_part():
    stage = Stage()
    stage.bank.faults = ["part 1249"]
    told(_sell(stage), end=result.PARTIAL, money=result.TAKEN, amount=1249, f39="10", auth="A00001", rrn="112200000001", **OPEN)
    [record] = stage.store.records()
    kept(record, state=records.PARTIAL, approved=1249, f39="10", rrn="112200000001", auth="A00001")
    for amount in (0, AMOUNT, AMOUNT + 1):  # not a part: left aside, and then nobody answers
        stage = Stage()
        stage.bank.faults = ["part %d" % amount]
        assert _sell(stage).end == result.REVERSED


def test_a_lost_answer_is_reversed_with_the_number_of_the_try():
    stage = Stage()
    stage.bank.faults = ["silent"]
    told(_sell(stage), end=result.REVERSED, money=result.NOT_TAKEN, why=result.TIMEOUT, tries=1, **OPEN)
    assert stage.screen.shown == _SALE_STEPS + [(REVERSING, AMOUNT, 1)] and stage.clock.pauses == []
    assert sent(stage)[1].mti == "0400" and fields(sent(stage)[1]) == _REVERSAL
    [record] = stage.store.records()
    kept(record, state=records.REVERSED, f39="00", reversal="98", tries=1, cause=result.TIMEOUT)


def test_a_reversal_that_does_not_come_through_stays_open_with_count_and_cause():
    stage = Stage()
    stage.bank.faults = ["bad-mac", "lost", "lost"]
    told(_sell(stage), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.TIMEOUT, tries=2, **OPEN)
    assert stage.screen.shown == _SALE_STEPS + [(REVERSING, AMOUNT, 1), (REVERSING, AMOUNT, 2)]
    assert stage.clock.pauses == [2000]
    pending = stage.store.pending()
    assert (pending.tries, pending.cause, pending.reason, pending.state) == (
        2,
        result.TIMEOUT,
        pendings.BAD_MAC,
        pendings.REVERSING,
    )
    assert list(stage.store.records()) == []
    again = stage.again()
    assert run(reversal.recover(again.t)).end == result.REVERSED
    assert again.screen.shown == [(REVERSING, AMOUNT, 1)]
    [record] = again.store.records()
    kept(record, state=records.REVERSED, f39="00", reversal="A0", tries=3, cause=result.TIMEOUT)


def test_pauses_between_tries_double_up_to_half_a_minute():
    stage = Stage()
    stage.t.config.reversal_tries = 7
    stage.bank.faults = ["silent"] + ["lost"] * 7
    assert _sell(stage).tries == 7
    assert stage.clock.pauses == [2000, 4000, 8000, 16000, 30000, 30000]


def test_the_number_of_tries_is_kept_in_one_byte():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    pending = stage.store.pending()
    pending.tries = 254
    stage.bank.faults = ["lost", "lost"]
    assert run(reversal.settle_pending(stage.t)).tries == 255
    assert run(reversal.settle_pending(stage.t)).tries == 255
    [record] = stage.store.records()
    assert record.tries == 255


def test_without_a_link_the_screen_says_so_and_nothing_counts():
    stage = Stage()
    stage.bank.faults = ["silent"]
    stage.bank.watch = lambda request: setattr(stage.bank, "link", False)
    told(_sell(stage), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.NO_WIFI, **OPEN)
    assert stage.screen.shown == _SALE_STEPS + [(REVERSING, AMOUNT, 0)]
    asked = []

    async def link_up(timeout_ms: int) -> bool:
        asked.append(timeout_ms)
        return False

    stage.bank.link_up = link_up
    assert run(reversal.settle_pending(stage.t)).why == result.NO_WIFI and asked == [0, 30000]
    assert stage.store.pending().tries == 0


def test_settling_nothing_is_done_and_moving_nothing_fails():
    stage = Stage()
    told(run(reversal.settle_pending(stage.t)), end=result.DONE, money=result.NOT_TAKEN)
    assert run(reversal.recover(stage.t)) is None
    told(reversal.move_to_manual(stage.t, 2), end=result.FAILED, money=result.NOT_TAKEN)
    assert list(stage.store.records()) == [] and stage.screen.shown == []


def test_a_supervisor_takes_over_and_the_journal_says_why():
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    told(
        reversal.move_to_manual(stage.t, 3),
        end=result.MANUAL,
        money=result.MONEY_UNKNOWN,
        why=result.SUPERVISOR,
        tries=2,
        **OPEN,
    )
    [record] = stage.store.records()
    kept(record, state=records.MANUAL, reversal="98", tries=2, cause=result.TIMEOUT, reason=3)
    assert stage.store.pending() is None


def test_the_tap_ends_in_words():
    def ended(error):
        stage = Stage()

        async def wait_card(timeout_ms, cancelled):
            assert timeout_ms == 60000
            raise error

        stage.reader.wait_card = wait_card
        off = []

        async def switched_off():
            off.append(1)

        stage.reader.off = switched_off
        outcome = _sell(stage)
        assert off == [1] and stage.screen.shown == [(PRESENT, AMOUNT, 0)]
        return outcome

    common = {"end": result.NOT_SENT, "money": result.NOT_TAKEN, "kind": 22, "asked": AMOUNT}
    told(ended(CardLost("card: gone")), why=result.CARD_LOST, detail="card: gone", **common)
    told(ended(CardLost("not a payment card")), why=result.NO_PAYMENT_CARD, detail="not a payment card", **common)
    told(ended(ReaderFault("reader: silent")), why=result.READER, detail="reader: silent", **common)
    stage = Stage()
    stage.t.reader = Tap({"00A404000E": "6A82"})
    outcome = _sell(stage)
    told(outcome, why=result.CARD, **common)
    assert outcome.card.detail == "SELECT PPSE: 6A82"
    assert stage.screen.shown == [(PRESENT, AMOUNT, 0), (READING, AMOUNT, 0)]
    for amount, why in ((0, result.BAD_AMOUNT), (-1, result.BAD_AMOUNT), (10000000, result.OVER_LIMIT)):
        stage = Stage()
        outcome = _sell(stage, amount)
        assert (outcome.why, outcome.asked, stage.screen.shown) == (why, amount, [])


def test_the_tap_takes_time_and_chance_from_the_terminal():
    stage = Stage()
    asked = run(payment.begin(stage.t, payment.transactions.SALE, AMOUNT))
    run(tap.tap(stage.t, asked))
    assert (asked.pan, asked.psn, asked.expiry, asked.track2) == (PAN, "001", "2407", PAN + "D24072010000064700000")
    assert (asked.tvr, asked.atc, asked.iad) == (bytes(5), b"\x00\x09", b"\x06\x10\x0a\x03\xa0\x00\x00")
    assert b"\x9f\x37\x04\x00\x01\x02\x03" in asked.de55 and b"\x9a\x03\x26\x11\x22" in asked.de55
    stage.clock.time = None
    run(tap.tap(stage.t, asked))
    assert b"\x9a\x03\x26\x11\x22" in asked.de55


def test_nothing_left_when_the_link_went_before_the_first_byte():
    stage = Stage()
    stage.bank.faults = ["unsent"]
    told(_sell(stage), end=result.NOT_SENT, money=result.NOT_TAKEN, why=result.NO_LINK, **OPEN)
    [record] = stage.store.records()
    kept(record, state=records.UNSENT, cause=result.NO_LINK)
    stage = Stage()
    stage.bank.faults = ["unsent"]
    stage.disk.refuse = "journal"
    told(_sell(stage), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, detail="journal.000: refused", **OPEN)
    assert stage.store.pending() is not None


def test_what_stops_a_payment_before_its_tap():
    stage = Stage()
    stage.keys.loaded = False
    common = {"end": result.NOT_SENT, "money": result.NOT_TAKEN, "kind": 22, "asked": AMOUNT}
    told(_sell(stage), why=result.NO_KEYS, **common)
    stage = Stage()
    stage.disk.refuse = "counter"
    told(_sell(stage), why=result.STORE, detail="counter: refused", **common)
    stage = Stage()
    stage.store.room = lambda: False
    told(_sell(stage), why=result.JOURNAL_FULL, **common)
    stage = Stage()
    stage.disk.refuse = "pending"
    told(_sell(stage), why=result.STORE, detail="pending: refused", **common)
    assert not stage.bank.open and stage.bank.requests == []
    stage = Stage()
    stage.bank.faults = ["refuse"]
    told(_sell(stage), why=result.NO_LINK, detail="host: refused", **common)
    assert stage.screen.shown == _SALE_STEPS[:4] and "pending" not in stage.content


def test_texts_of_the_host_are_kept_as_printable_ascii():
    stage = Stage()
    stage.bank.faults = ["field 37  A ~        "]
    assert _sell(stage).rrn == "A ~"
    assert payment._text("\x1f \x7f~\xe9") == "~"
