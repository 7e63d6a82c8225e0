"""Answers of the host that lack something or say it differently, and keys in the middle of a reversal."""

from accounts import AMOUNT, OPEN, sent, told
from expect import run
from stage import Stage, mac
from unsettled import sell, unsettled

from taptill.core.journal import pending as pendings
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, result, reversal
from taptill.flows.terminal import REVERSING, SIGNING_ON


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
    sell(stage)
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
        told(sell(stage), end=result.APPROVED, money=result.TAKEN, amount=AMOUNT, f39="00", auth=auth, rrn=rrn, **OPEN)
        stage = Stage()
        _without(stage, number)
        stage.disk.refuse = "journal"
        outcome = sell(stage)
        assert (outcome.end, outcome.why, outcome.detail) == (result.UNKNOWN, result.NOT_KEPT, "journal.000: refused")
        assert (sent(stage)[-1].mti, sent(stage)[-1].fields[39]) == ("0400", "96")
        assert sent(stage)[-1].fields.get(38, "") == auth
    stage = Stage()
    _without(stage, 4)
    assert sell(stage).end == result.REVERSED  # an approval of no amount is left aside
    stage = Stage()
    _without(stage, 4)
    stage.bank.faults = ["code 51"]
    assert sell(stage).end == result.DECLINED


def test_a_decline_that_flash_does_not_take_is_reversed_as_anything_else():
    stage = Stage()
    stage.disk.refuse = "journal"
    stage.bank.faults = ["code 51"]
    outcome = sell(stage)
    assert (outcome.end, outcome.money, outcome.why) == (result.UNKNOWN, result.NOT_TAKEN, result.NOT_KEPT)
    assert sent(stage)[1].fields[39] == "06" and stage.store.pending().reason == pendings.OTHER


def test_a_code_of_no_table_and_none():
    for fault, why in (("code ZZ", result.UNKNOWN_CODE), ("code   ", result.BAD_ANSWER), ("no-code", result.BAD_ANSWER)):
        stage = Stage()
        stage.bank.faults = [fault]
        told(sell(stage), end=result.REVERSED, money=result.NOT_TAKEN, why=why, tries=1, **OPEN)


def test_what_follows_the_batch_in_f60_may_differ():
    for f60, end in (("220000019", result.REVERSED), ("22000001", result.REVERSED), ("2200", result.REVERSED),
                     ("22000002", result.UNKNOWN), ("21000001000", result.UNKNOWN)):  # fmt: skip
        stage = Stage()
        stage.t.config.reversal_tries = 1
        stage.bank.faults = ["silent", "field 60 " + f60]
        outcome = sell(stage)
        assert outcome.end == end, f60
        if end == result.UNKNOWN:
            assert outcome.why == result.BAD_ANSWER
    stage = Stage()
    stage.bank.faults = ["silent"]
    _without(stage, 60)
    assert sell(stage).end == result.REVERSED


def test_keys_that_are_gone_are_fetched_as_part_of_the_try():
    stage = unsettled()
    stage.keys.loaded = False
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert stage.screen.shown == [(REVERSING, AMOUNT, 1), (SIGNING_ON, 0, 0), (REVERSING, AMOUNT, 1)]
    for fault, why in (
        ("code 03", result.NO_KEYS),
        ("refuse", result.NO_LINK),
        ("lost", result.TIMEOUT),
        ("garbage", result.NO_KEYS),
    ):
        stage = unsettled(1)
        stage.keys.loaded = False
        stage.bank.faults = [fault]
        told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=why, tries=3, **OPEN)


def test_keys_out_of_step_are_fetched_once_a_round():
    for code, why in (("A0", result.BAD_MAC), ("77", result.HOST_CODE)):
        stage = unsettled(3)
        stage.bank.faults = ["code " + code, "", "code " + code, "code " + code]
        told(run(reversal.recover(stage.t)), end=result.UNKNOWN, money=result.MONEY_UNKNOWN, why=why, f39=code, tries=5, **OPEN)
        assert [message.mti for message in sent(stage)] == ["0400", "0800", "0400", "0400"]
    stage = unsettled(2)
    stage.bank.faults = ["bad-mac"]
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert [message.mti for message in sent(stage)] == ["0400", "0800", "0400"]
    stage = unsettled(2)
    stage.bank.faults = ["lost"]
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert [message.mti for message in sent(stage)] == ["0400"]
    for code in ("A0", "77"):  # the question about the trace meets them out of step
        stage = unsettled(2)
        stage.bank.faults = ["code 25", "code " + code]
        run(reversal.recover(stage.t))
        assert [message.mti for message in sent(stage)] == ["0400", "0820", "0800", "0820"]


def test_an_0410_without_a_code_says_nothing():
    stage = unsettled(1)
    stage.bank.faults = ["no-code", "word D 1250"]
    outcome = run(reversal.recover(stage.t))
    assert (outcome.end, outcome.f39) == (result.REVERSED, "")
    assert stage.store.last().f39 == "" and stage.store.last().reversal == "06"
