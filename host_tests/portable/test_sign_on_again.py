"""F-M15: keys or batch out of step: the terminal signs on by itself and offers the payment again, once."""

from accounts import sent
from expect import run
from stage import Stage

from taptill.core.profiles.cn_pos import responses
from taptill.flows import again, errands, result, reversal, sale, void

_AMOUNT = 1250
_CODES = ("77", "99", "A0", "79", "95")


def _pay(stage, flow=None):
    return run(again.pay(stage.t, flow or (lambda: sale.sale(stage.t, _AMOUNT))))


def _mtis(stage):
    return [message.mti for message in sent(stage)]


def test_f_m15_a_sale_that_wants_a_sign_on_gets_one_and_is_offered_again():
    """F-M15: 77, 99, A0; further: 79 and 95.  The amount stays, the trace does not, and the money moves once."""
    assert [code for code in _all_codes() if responses.wants_sign_on(code)] == sorted(_CODES)
    for code in _CODES:
        stage = Stage()
        stage.bank.faults = ["code " + code]
        outcome = _pay(stage)
        assert (outcome.end, outcome.asked, outcome.after_sign_on) == (result.APPROVED, _AMOUNT, True), code
        assert _mtis(stage) == ["0200", "0800", "0200"] and stage.screen.offered == [(result.DECLINED, code, _AMOUNT)]
        first, _, second = sent(stage)
        assert first.fields[4] == second.fields[4] and first.fields[11] != second.fields[11]
        assert stage.bank.debited() == stage.journaled() == _AMOUNT


def _all_codes():
    return [a + b for a in "0123456789A" for b in "0123456789"]


def test_f_m15_a_person_may_say_no():
    stage = Stage()
    stage.bank.faults = ["code 77"]
    stage.screen.agrees = False
    outcome = _pay(stage)
    assert (outcome.end, outcome.f39, outcome.told) == (result.DECLINED, "77", True)
    assert _mtis(stage) == ["0200", "0800"] and stage.bank.debited() == 0


def test_f_m15_it_is_no_loop():
    """F-M15: a host that wants it again and again is signed on with once; the end is told as any other."""
    for code in _CODES:
        stage = Stage()
        stage.bank.faults = ["code " + code, "", "code " + code, "", ""]
        outcome = _pay(stage)
        assert (outcome.end, outcome.f39, outcome.after_sign_on, outcome.told) == (result.DECLINED, code, True, False)
        assert _mtis(stage) == ["0200", "0800", "0200"] and len(stage.screen.offered) == 1


def test_f_m15_a_sign_on_that_fails_is_told_and_nothing_is_offered():
    for fault, why in (("refuse", result.NO_LINK), ("code 03", result.HOST_CODE), ("lost", result.TIMEOUT)):
        stage = Stage()
        stage.bank.faults = ["code A0", fault]
        outcome = _pay(stage)
        assert (outcome.end, outcome.f39, outcome.money) == (result.DECLINED, "A0", result.NOT_TAKEN)
        assert (outcome.not_signed_on.end, outcome.not_signed_on.why) == (result.FAILED, why)
        assert stage.screen.offered == [] and stage.bank.debited() == 0


def test_f_m15_a_terminal_without_keys_signs_on_too():
    """F-M15, further: what the host would have refused is not even sent before there are keys."""
    stage = Stage()
    stage.keys.loaded = False
    assert _pay(stage).end == result.APPROVED
    assert _mtis(stage) == ["0800", "0200"] and stage.screen.offered == [(result.NOT_SENT, "", _AMOUNT)]


def test_f_m15_a_void_is_offered_again_and_voids_once():
    stage = Stage()
    run(sale.sale(stage.t, _AMOUNT))
    stage.bank.faults = ["code 77"]
    outcome = _pay(stage, lambda: void.void(stage.t, 1))
    assert (outcome.end, outcome.kind) == (result.APPROVED, 23)
    assert _mtis(stage) == ["0200", "0200", "0800", "0200"]
    assert stage.screen.offered == [(result.DECLINED, "77", _AMOUNT)] and stage.bank.debited() == stage.journaled() == 0


def test_f_m15_other_ends_are_left_alone():
    for faults, end in ((["code 51"], result.DECLINED), (["silent"], result.REVERSED), ([], result.APPROVED)):
        stage = Stage()
        stage.bank.faults = list(faults)
        assert _pay(stage).end == end and stage.screen.offered == [] and "0800" not in _mtis(stage)


def test_f_m15_an_inquiry_and_a_reversal_sign_on_by_themselves():
    """F-M15, further: both keep the batch, because what is open belongs to it, and both do it once a round."""
    for fault in ("code A0", "code 77", "code 95", "bad-mac"):
        stage = Stage()
        stage.t.config.reversal_tries = 1
        stage.bank.faults = ["silent", "lost"]
        run(sale.sale(stage.t, _AMOUNT))
        before = len(stage.bank.requests)
        stage.bank.faults = [fault]
        found, closed = run(reversal.ask(stage.t, stage.store.pending()))
        assert (found.state, closed) == ("A", None), fault
        assert _mtis(stage)[before:] == ["0820", "0800", "0820"], fault
        stage.bank.faults = [fault, "", fault]
        assert run(errands.inquire(stage.t, 1, 1)).state == "" and len(stage.bank.requests) == before + 6
    for code in ("77", "79", "95", "A0"):
        stage = Stage()
        stage.bank.faults = ["silent", "code " + code]
        assert run(sale.sale(stage.t, _AMOUNT)).end == result.REVERSED
        assert _mtis(stage) == ["0200", "0400", "0800", "0400"] and stage.store.batch() == 1
