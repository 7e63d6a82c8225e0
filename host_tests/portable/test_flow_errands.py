"""Sign-on, echo and status inquiry, why there is no answer, and what flash knows of a payment, in full."""

from accounts import AMOUNT, OPEN, kept, sent, told
from expect import raises, run
from stage import Stage, of_earlier_firmware

from taptill.core import transactions
from taptill.core.errors import KeyError_, LinkDown, MessageError
from taptill.core.journal import record as records
from taptill.flows import errands, exchange, payment, result, reversal, sale
from taptill.flows.terminal import ASKING, REVERSING, SIGNING_ON
from taptill.ports import CardLost, StoreError


def _sell(stage, amount=AMOUNT):
    return run(sale.sale(stage.t, amount))


def test_a_sign_on_installs_keys_and_batch():
    stage = Stage()
    stage.bank.faults = ["field 60 00000007003"]
    told(run(errands.sign_on(stage.t)), end=result.DONE, money=result.NOT_TAKEN)
    assert stage.screen.shown == [(SIGNING_ON, 0, 0)] and stage.keys.installed == [b"keys"] and stage.store.batch() == 7
    [request] = sent(stage)
    assert request.mti == "0800" and request.fields == {
        11: "000001", 41: "12345678", 42: "123456789012345", 60: "00000001003", 62: b"Sequence No12306000000001", 63: "001",
    }  # fmt: skip
    for f60, batch in (("00000009", 9), ("0000000", 7)):
        stage = Stage()
        stage.store.set_batch(7)
        stage.bank.faults = ["field 60 " + f60]
        assert run(errands.sign_on(stage.t)).end == result.DONE and stage.store.batch() == batch
    stage.bank.faults = ["field 60 00000009"]
    assert run(errands.sign_on(stage.t, for_reversal=True)).end == result.DONE and stage.store.batch() == 7


def test_a_sign_on_that_fails_says_why():
    def tried(stage, **given):
        told(run(errands.sign_on(stage.t)), end=result.FAILED, money=result.NOT_TAKEN, **given)
        return stage

    stage = Stage()
    stage.bank.faults = ["code 03"]
    assert tried(stage, why=result.HOST_CODE, f39="03").keys.installed == []
    stage = Stage()
    stage.bank.faults = ["refuse"]
    tried(stage, why=result.NO_LINK, detail="host: refused")
    stage = Stage()
    stage.keys.refuse = KeyError_("PIK: wrong check value")
    assert tried(stage, why=result.KEYS_REFUSED, detail="PIK: wrong check value").keys.installed == [b"keys"]
    stage = Stage()
    stage.disk.refuse = "counter"
    assert tried(stage, why=result.STORE, detail="counter: refused").bank.requests == []
    stage = Stage()
    stage.bank.faults = ["no-code"]
    tried(stage, why=result.HOST_CODE)
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    requests = len(stage.bank.requests)
    tried(stage, why=result.PENDING)
    assert len(stage.bank.requests) == requests and stage.screen.shown[-1] == (REVERSING, AMOUNT, 2)


def test_an_echo_is_a_sign_of_life():
    stage = Stage()
    told(run(errands.echo(stage.t)), end=result.DONE, money=result.NOT_TAKEN)
    assert stage.screen.shown == [(ASKING, 0, 0)]
    [request] = sent(stage)
    assert request.mti == "0820" and request.fields == {41: "12345678", 42: "123456789012345", 60: "00000001301"}
    stage.bank.faults = ["no-code"]
    assert run(errands.echo(stage.t)).end == result.DONE  # it answered
    for fault, given in (
        ("code 91", {"why": result.HOST_CODE, "f39": "91"}),
        ("refuse", {"why": result.NO_LINK, "detail": "host: refused"}),
        ("lost", {"why": result.TIMEOUT, "detail": "host: no answer"}),
    ):
        stage.bank.faults = [fault]
        told(run(errands.echo(stage.t)), end=result.FAILED, money=result.NOT_TAKEN, **given)


def test_an_inquiry_tells_what_the_host_said():
    stage = Stage()
    _sell(stage)
    stage.screen.shown = []
    status = run(errands.inquire(stage.t, 1, 1))
    assert (status.why, status.f39, status.detail) == (result.OK, "", "")
    assert (status.state, status.amount, status.rrn) == ("A", AMOUNT, "112200000001")
    assert stage.screen.shown == [(ASKING, 0, 0)]
    request = sent(stage)[1]
    del request.fields[64]
    assert request.mti == "0820" and request.fields == {
        11: "000002", 41: "12345678", 42: "123456789012345", 60: "00000001901", 61: "000001000001",
    }  # fmt: skip
    for fault, why, f39, detail in (
        ("code 91", result.HOST_CODE, "91", "answer to 0820: F39 91"),
        ("no-code", result.HOST_CODE, "", "answer to 0820: F39 "),
        ("field 63 nonsense", result.BAD_ANSWER, "", "F63: "),
        ("lost", result.TIMEOUT, "", "host: no answer"),
    ):
        stage.bank.faults = [fault]
        status = run(errands.inquire(stage.t, 1, 1))
        assert (status.why, status.f39, status.state, status.amount, status.rrn) == (why, f39, "", 0, ""), fault
        assert status.detail.startswith(detail), status.detail
    stage.store._counter._stan = 999999
    status = run(errands.inquire(stage.t, 1, 1))
    assert (status.why, status.state) == (result.STORE, "") and status.detail.startswith("counter: ")


def test_a_person_asks_and_the_word_closes_or_leaves_it_open():
    stage = Stage()
    stage.bank.faults = ["declined", "lost", "lost"]
    _sell(stage)
    found, closed = run(reversal.ask(stage.t, stage.store.pending()))
    assert found.state == "D"
    told(closed, end=result.REVERSED, money=result.NOT_TAKEN, tries=2, **OPEN)
    [record] = stage.store.records()
    kept(record, state=records.NOT_APPROVED, reversal="98", tries=2, cause=result.TIMEOUT)
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost", "word D 1251"]
    _sell(stage)
    found, closed = run(reversal.ask(stage.t, stage.store.pending()))
    assert (found.state, found.amount, closed) == ("D", AMOUNT + 1, None) and stage.store.pending() is not None


def test_a_question_waits_for_a_link_that_is_coming_back():
    stage = Stage()
    stage.bank.faults = ["declined", "lost", "lost"]
    _sell(stage)
    stage.bank.link, stage.bank.comes_back = False, True
    found, _ = run(reversal.ask(stage.t, stage.store.pending()))
    assert (found.why, found.state) == (result.OK, "D")


def test_without_a_link_a_question_says_so():
    stage = Stage()
    stage.bank.faults = ["declined", "lost", "lost"]
    _sell(stage)
    stage.bank.link = False
    found, closed = run(reversal.ask(stage.t, stage.store.pending()))
    assert (found.why, found.state, closed) == (result.NO_WIFI, "", None) and stage.store.pending() is not None


def test_why_there_is_no_answer():
    stage = Stage()
    for error, left, why in (
        (LinkDown("x", True), True, result.LINK_BROKEN),
        (LinkDown("x"), False, result.NO_LINK),
        (LinkDown("x", False, LinkDown.EARLY), False, result.CERT_EARLY),
        (LinkDown("x", False, LinkDown.CERTIFICATE), False, result.CERTIFICATE),
        (MessageError("F2", "x"), False, result.UNFIT),
        (KeyError_("x"), False, result.NO_KEYS),
        (StoreError("x"), False, result.STORE),
        (exchange.BadMac("x"), False, result.BAD_MAC),
        (exchange.BadAnswer("x"), False, result.BAD_ANSWER),
    ):
        stopped = exchange.stopped(stage.t, error)
        assert (stopped.why, stopped.sent, str(stopped)) == (why, left, str(error))
    assert exchange.stopped(stage.t, exchange.BadMac("x"), True).sent
    stage.clock.time = None
    assert exchange.stopped(stage.t, LinkDown("x", False, LinkDown.EARLY)).why == result.CLOCK
    assert exchange.stopped(stage.t, LinkDown("x", False, LinkDown.CERTIFICATE)).why == result.CERTIFICATE
    raises(CardLost, exchange.stopped, stage.t, CardLost("x"))


def test_what_flash_knows_of_a_payment_that_did_not_come_to_its_end():
    stage = Stage()
    told(
        payment.found(stage.t, None, transactions.SALE, 5),
        end=result.NOT_SENT,
        money=result.NOT_TAKEN,
        why=result.NO_MEMORY,
        kind=22,
        asked=5,
    )
    _sell(stage)
    done = payment.found(stage.t, None, transactions.SALE, 5)
    told(done, end=result.APPROVED, money=result.TAKEN, why=result.NO_MEMORY, amount=AMOUNT, f39="00",
          auth="A00001", rrn="112200000001", **OPEN)  # fmt: skip
    before = stage.store.last()
    assert payment.found(stage.t, before, transactions.SALE, 5).end == result.NOT_SENT
    for fault, end, money, why in (
        ("code 51", result.DECLINED, result.NOT_TAKEN, result.HOST_CODE),
        ("part 7", result.PARTIAL, result.TAKEN, result.NO_MEMORY),
        ("unsent", result.NOT_SENT, result.NOT_TAKEN, result.NO_MEMORY),
        ("silent", result.REVERSED, result.NOT_TAKEN, result.NO_MEMORY),
    ):
        stage.bank.faults = [fault]
        _sell(stage)
        found = payment.found(stage.t, before, transactions.SALE, 5)
        assert (found.end, found.money, found.why) == (end, money, why), fault
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    found = payment.found(stage.t, before, transactions.SALE, 5)
    assert (found.end, found.money, found.why, found.asked) == (result.UNKNOWN, result.MONEY_UNKNOWN, result.NO_MEMORY, AMOUNT)
    stage.content["pending"] = stage.content["pending"][:40]
    of_earlier_firmware(stage.content)
    found = payment.found(stage.again().t, before, transactions.SALE, 5)
    assert (found.end, found.money, found.why) == (result.UNKNOWN, result.MONEY_UNKNOWN, result.DAMAGED) and found.detail
