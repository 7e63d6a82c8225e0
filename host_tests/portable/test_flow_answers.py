"""Answers of the host that lack something or say it differently, keys in the middle of a reversal, and the end of a link."""

from accounts import AMOUNT, OPEN, sent, told
from emv_cards import OK, VISA, fci, ppse, tlv
from expect import hexed, run
from stage import PIN_CARD, Stage, Tap, mac

from taptill.core import transactions
from taptill.core.errors import KeyError_, LinkDown
from taptill.core.journal import pending as pendings
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, payment, pin, result, reversal, sale, tap
from taptill.flows.terminal import REVERSING, SIGNING_ON


def _sell(stage, amount=AMOUNT):
    return run(sale.sale(stage.t, amount))


def _without(stage, number: int) -> None:
    """The bank's answers lack this field from now on."""
    whole = stage.bank._answer

    def answer(ask, code, extra, fault, sealed):
        message = profile.parse(whole(ask, code, extra, fault, sealed)[0])
        fields = {key: message.fields[key] for key in message.fields if key not in (number, 64)}
        return [profile.build(message.mti, fields, message.tpdu, message.header, mac if sealed else None)]

    stage.bank._answer = answer


def test_an_errands_answer_sets_the_clock_and_the_link_is_closed():
    stage = Stage()
    seen = []
    stage.clock.set_from_host = lambda f12, f13: seen.append((f12, f13))
    waited = []
    exchange = stage.bank.exchange

    async def watched(request, accept, timeout_ms):
        waited.append(timeout_ms)
        return await exchange(request, accept, timeout_ms)

    stage.bank.exchange = watched
    run(errands.echo(stage.t))
    assert seen == [("101530", "1122")] and waited == [60000] and not stage.bank.open
    _sell(stage)
    assert len(seen) == 1
    for number, wanted in ((12, ("", "1122")), (13, ("101530", ""))):
        stage = Stage()
        stage.clock.set_from_host = lambda f12, f13: seen.append((f12, f13))
        _without(stage, number)
        run(errands.echo(stage.t))
        assert seen[-1] == wanted


def test_a_sign_on_without_keys_or_batch():
    stage = Stage()
    _without(stage, 62)
    assert run(errands.sign_on(stage.t)).end == result.DONE and stage.keys.installed == [b""]
    stage = Stage()
    stage.store.set_batch(123456)
    _without(stage, 60)
    assert run(errands.sign_on(stage.t)).end == result.DONE and stage.store.batch() == 123456
    stage.bank._answer = Stage().bank._answer
    stage.bank.faults = ["field 60 00654321003"]
    assert run(errands.sign_on(stage.t)).end == result.DONE and stage.store.batch() == 654321


def test_an_approval_without_reference_or_code():
    for number, rrn, auth in ((37, "", "A00001"), (38, "112200000001", "")):
        stage = Stage()
        _without(stage, number)
        told(_sell(stage), end=result.APPROVED, money=result.TAKEN, amount=AMOUNT, f39="00", auth=auth, rrn=rrn, **OPEN)
        stage = Stage()
        _without(stage, number)
        stage.disk.refuse = "journal"
        outcome = _sell(stage)
        assert (outcome.end, outcome.why, outcome.detail) == (result.UNKNOWN, result.STORE, "journal.000: refused")
        assert (sent(stage)[-1].mti, sent(stage)[-1].fields[39]) == ("0400", "96")
        assert sent(stage)[-1].fields.get(38, "") == auth
    stage = Stage()
    _without(stage, 4)
    assert _sell(stage).end == result.REVERSED  # an approval of no amount is left aside
    stage = Stage()
    _without(stage, 4)
    stage.bank.faults = ["code 51"]
    assert _sell(stage).end == result.DECLINED


def test_a_decline_that_flash_does_not_take_is_reversed_as_anything_else():
    stage = Stage()
    stage.disk.refuse = "journal"
    stage.bank.faults = ["code 51"]
    outcome = _sell(stage)
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.STORE)
    assert sent(stage)[1].fields[39] == "06" and stage.store.pending().reason == pendings.OTHER


def test_a_code_of_no_table_and_none():
    for fault, why in (("code ZZ", result.UNKNOWN_CODE), ("code   ", result.BAD_ANSWER), ("no-code", result.BAD_ANSWER)):
        stage = Stage()
        stage.bank.faults = [fault]
        told(_sell(stage), end=result.REVERSED, money=result.NOT_TAKEN, why=why, tries=1, **OPEN)


def test_what_follows_the_batch_in_f60_may_differ():
    for f60, end in (("220000019", result.REVERSED), ("22000001", result.REVERSED), ("2200", result.REVERSED),
                     ("22000002", result.UNKNOWN), ("21000001000", result.UNKNOWN)):  # fmt: skip
        stage = Stage()
        stage.t.config.reversal_tries = 1
        stage.bank.faults = ["silent", "field 60 " + f60]
        outcome = _sell(stage)
        assert outcome.end == end, f60
        if end == result.UNKNOWN:
            assert outcome.why == result.BAD_ANSWER
    stage = Stage()
    stage.bank.faults = ["silent"]
    _without(stage, 60)
    assert _sell(stage).end == result.REVERSED


def _open(tries: int = 2):
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    again = stage.again()
    again.t.config.reversal_tries = tries
    return again


def test_keys_that_are_gone_are_fetched_as_part_of_the_try():
    stage = _open()
    stage.keys.loaded = False
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert stage.screen.shown == [(REVERSING, AMOUNT, 1), (SIGNING_ON, 0, 0), (REVERSING, AMOUNT, 1)]
    for fault, why in (
        ("code 03", result.NO_KEYS),
        ("refuse", result.NO_LINK),
        ("lost", result.TIMEOUT),
        ("garbage", result.NO_KEYS),
    ):
        stage = _open(1)
        stage.keys.loaded = False
        stage.bank.faults = [fault]
        told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=why, tries=3, **OPEN)


def test_keys_out_of_step_are_fetched_once_a_round():
    for code, why in (("A0", result.BAD_MAC), ("77", result.HOST_CODE)):
        stage = _open(3)
        stage.bank.faults = ["code " + code, "", "code " + code, "code " + code]
        told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=why, f39=code, tries=5, **OPEN)
        assert [message.mti for message in sent(stage)] == ["0400", "0800", "0400", "0400"]
    stage = _open(2)
    stage.bank.faults = ["bad-mac"]
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert [message.mti for message in sent(stage)] == ["0400", "0800", "0400"]
    stage = _open(2)
    stage.bank.faults = ["lost"]
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert [message.mti for message in sent(stage)] == ["0400"]
    for code in ("A0", "77"):  # the question about the trace meets them out of step
        stage = _open(2)
        stage.bank.faults = ["code 25", "code " + code]
        run(reversal.recover(stage.t))
        assert [message.mti for message in sent(stage)] == ["0400", "0820", "0800", "0400"]


def test_an_0410_without_a_code_says_nothing():
    stage = _open(1)
    stage.bank.faults = ["no-code", "word D 1250"]
    outcome = run(reversal.recover(stage.t))
    assert (outcome.end, outcome.f39) == (result.REVERSED, "")
    assert stage.store.last().f39 == "" and stage.store.last().reversal == "06"


def test_flash_that_does_not_take_the_end_or_the_note():
    stage = _open()
    stage.disk.refuse = "journal"
    told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, tries=3,
         detail="journal.000: refused", **OPEN)  # fmt: skip
    stage = _open(1)
    stage.disk.refuse = "pending"
    stage.bank.faults = ["lost"]
    told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, tries=3, **OPEN)


def test_a_damaged_intent_is_told_with_what_is_wrong():
    stage = _open()
    stage.content["pending"] = stage.content["pending"][:30]
    for act in (lambda t: reversal.recover(t), lambda t: sale.sale(t, 5)):
        outcome = run(act(stage.again().t))
        assert (outcome.why, outcome.detail) == (result.DAMAGED, "pending: sealed file: cut short")
    assert payment.found(stage.again().t, None, transactions.SALE, 5).detail == "pending: sealed file: cut short"


def test_what_is_only_sent_is_forgotten():
    stage = Stage()
    stage.t.reader = Tap(PIN_CARD)
    stage.screen.pin_digits = b"1234"
    asked = run(payment.begin(stage.t, transactions.SALE, 200000))
    run(tap.tap(stage.t, asked))
    run(pin.enter(stage.t, asked))
    assert asked.track2 and asked.de55 and asked.pin_block == b"PINBLOCK"
    assert run(payment.carry(stage.t, asked)).end == result.APPROVED
    assert (asked.track2, asked.de55, asked.pin_block) == (None, b"", None)


def test_a_card_is_told_the_time_and_may_give_no_issuer_data():
    answer = tlv(0x77, tlv(0x82, "2000"), tlv(0x57, "6200000000000005D30122010000000000000F"), tlv(0x9F26, "0102030405060708"),
                 tlv(0x9F36, "0157"), tlv(0x9F27, "80"))  # fmt: skip
    for time, wanted in (((2026, 11, 22, 10, 15, 30), "101530"), (None, "000000")):
        stage = Stage()
        stage.clock.time = time
        reader = Tap(
            {"00A404000E": hexed(ppse((VISA, 1))), "00A4040007": hexed(fci(VISA, "9F2103")), "80A8000005": hexed(answer + OK)}
        )
        seen = []
        transceive = reader.transceive

        async def watched(capdu, timeout_ms=5000, transceive=transceive, seen=seen):
            seen.append(hexed(capdu))
            return await transceive(capdu, timeout_ms)

        reader.transceive = watched
        stage.t.reader = reader
        asked = run(payment.begin(stage.t, transactions.SALE, AMOUNT))
        run(tap.tap(stage.t, asked))
        assert seen[-1] == "80A80000058303" + wanted + "00"
        assert asked.iad == b"" and asked.psn is None


def test_a_clock_that_is_not_set_is_why_a_certificate_is_early():
    for when in ("connect", "exchange"):
        stage = Stage()
        stage.clock.time = None

        async def early(*_):
            raise LinkDown("tls: not yet valid", False, LinkDown.EARLY)

        setattr(stage.bank, when, early)
        told(run(errands.echo(stage.t)), end=result.FAILED, money=result.NOT_TAKEN, why=result.CLOCK, detail="tls: not yet valid")


def test_keys_that_go_while_waiting_leave_a_reversal_for_another_reason():
    stage = Stage()
    stage.t.config.reversal_tries = 1

    def refuse(data):
        raise KeyError_("MAK: none")

    stage.bank.watch = lambda request: setattr(stage.keys, "mac", refuse)
    outcome = _sell(stage)
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.NO_KEYS)
    assert stage.store.pending().reason == pendings.OTHER


def test_a_decision_that_flash_refuses_is_told():
    stage = Stage()
    stage.bank.faults = ["silent"]
    stage.bank.watch = lambda request: setattr(stage.disk, "refuse", "pending")
    told(_sell(stage), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=result.STORE, detail="pending: refused", **OPEN)


def test_what_fits_no_message_is_tried_once():
    stage = _open(3)
    stage.store.pending().auth = "short"
    assert run(reversal.recover(stage.t)).why == result.DAMAGED
    assert stage.screen.shown == [(REVERSING, AMOUNT, 1)]


def test_the_0400_tells_of_the_tap():
    stage = Stage()
    stage.bank.faults = ["silent"]
    _sell(stage)
    assert hexed(sent(stage)[1].fields[55]) == "95050000000000" + "9F1E083030303030303031" + "9F100706100A03A00000" + "9F36020009"
