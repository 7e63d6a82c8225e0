"""What closes an open intent: every answer to a reversal with every word about its trace; and what an F39 says of a sale."""

from expect import run
from stage import Stage

from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import responses
from taptill.flows import errands, result, reversal, sale, verdict

_AMOUNT = 1250
_DIGITS = "0123456789"
_ODD = ("  ", "?!", "0 ", "ZZ", "a0", "B7", "0O")
_CODES = tuple(a + b for a in _DIGITS for b in _DIGITS) + ("A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7") + _ODD
# What means a decline, written down from the messages page and not asked of the code.
_DECLINES = (
    "01 02 03 04 05 06 07 12 13 14 15 19 20 21 22 23 25 30 31 33 34 35 36 37 38 39 40 41 42 43 44 45 51 52 53 54 55 56 57 58 59 "
    "60 61 62 63 64 65 66 67 75 77 79 90 91 92 93 95 97 99 A0 A7"
).split()
_SPECIAL = {
    "00": verdict.REVERSED,
    "64": verdict.DIFFERS,
    "77": verdict.SIGN_ON,
    "A0": verdict.SIGN_ON,
    "90": verdict.TOLD,
    "58": verdict.TOLD,
    "97": verdict.TOLD,
}
# Inquiry answers, and the journal state that they close with (0: none).
_WORDS = (
    ("word D 1250", records.NOT_APPROVED),
    ("word R 1250", records.REVERSED),
    ("word B 1250", records.NOT_FOUND),
    ("word D 1251", 0),
    ("word R 0", 0),
    ("word B 1", 0),
    ("word A 1250", 0),
    ("word N 0", 0),
    ("word N 1250", 0),
    ("word X 1250", 0),
    ("code 96", 0),
    ("code 91", 0),
    ("code A0", 0),
    ("code 40", 0),
    ("code 25", 0),
    ("lost", 0),
    ("refuse", 0),
    ("break", 0),
    ("bad-mac", 0),
    ("no-mac", 0),
    ("garbage", 0),
    ("stan", 0),
)


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def _mtis(stage):
    return [profile.parse(request).mti for request in stage.bank.requests]


def test_f_m1_only_00_or_a_positive_word_closes_an_intent():
    """F-M1: over all pairs of answer and inquiry answer; the sale is on the host's books all the while."""
    for code in _CODES:
        for word, closes in _WORDS:
            stage = Stage()
            stage.t.config.reversal_tries = 1
            stage.bank.faults = ["silent", "code " + code if code != "00" else "", word]
            outcome = _sell(stage)
            what = code + " / " + word
            left = stage.again().store.pending()
            found = verdict.of_reversal(code)
            assert found == _SPECIAL.get(code, verdict.ASK), code
            if found == verdict.REVERSED:
                assert code == "00" and outcome.end == result.REVERSED and left is None, what
                assert stage.bank.debited() == stage.journaled() == 0, what
            elif found == verdict.ASK and closes:
                assert (outcome.end, outcome.money, left) == (result.REVERSED, result.NOT_TAKEN, None), what
                assert stage.store.last().state == closes and stage.store.last().f39 == code, what
            else:
                assert (outcome.end, outcome.money) == (result.UNKNOWN, result.MONEY_UNKNOWN), what
                assert left is not None and left.stan == 1 and left.amount == _AMOUNT, what


def test_f_m1_a_truthful_host_never_loses_a_debit():
    """F-M1: what the host refuses with whatever code, and then says truthfully, closes nothing while the debit stands."""
    for code in _CODES[1:]:  # a host that says 00 and keeps the money lies: nothing on this side can tell
        stage = Stage()
        stage.bank.faults = ["silent", "code " + code, "", "code " + code, ""]
        outcome = _sell(stage)
        if outcome.end == result.REVERSED:
            assert stage.bank.debited() == 0, code
        else:
            assert stage.bank.debited() == _AMOUNT and stage.store.pending() is not None, code


def test_f_m1_day_cut_then_a_host_with_a_fault_leaves_it_open():
    """F-M1: lost answer, 12 because the day was cut, the inquiry answered 96; once the host is well it says that it stands."""
    stage = Stage()
    stage.bank.faults = ["silent", "code 12", "code 96", "code 12", ""]
    outcome = _sell(stage)
    assert (outcome.end, outcome.why, outcome.f39) == (result.UNKNOWN, result.STANDS, "12")
    assert stage.store.pending() is not None and stage.bank.debited() == _AMOUNT


def test_what_the_verdicts_do():
    for code, why, requests in (
        ("64", result.DIFFERS, ["0200", "0400"]),
        ("90", result.HOST_CODE, ["0200", "0400"]),
        ("58", result.HOST_CODE, ["0200", "0400"]),
        ("97", result.HOST_CODE, ["0200", "0400"]),
        ("22", result.STANDS, ["0200", "0400", "0820"]),
        ("96", result.STANDS, ["0200", "0400", "0820", "0400", "0820"]),  # a passing fault is tried again
    ):
        stage = Stage()
        stage.bank.faults = ["silent", "code " + code, "", "code " + code]
        outcome = _sell(stage)
        assert (outcome.end, outcome.why, outcome.f39) == (result.UNKNOWN, why, code), code
        assert _mtis(stage) == requests, code
    for code in ("77", "A0"):
        stage = Stage()
        stage.bank.faults = ["silent", "code " + code]
        assert _sell(stage).end == result.REVERSED
        assert _mtis(stage) == ["0200", "0400", "0800", "0400"], code


def test_a_person_who_asks_closes_it_by_the_hosts_word_alone():
    for word, closes in _WORDS:
        stage = Stage()
        stage.bank.faults = ["silent", "lost", "lost"]
        _sell(stage)
        stage.bank.faults = [word]
        _, settled = run(reversal.ask(stage.t, stage.store.pending()))
        if closes:
            assert settled.end == result.REVERSED and stage.again().store.pending() is None, word
            assert stage.store.last().state == closes
        else:
            assert settled is None and stage.again().store.pending() is not None, word


def test_f_m4_all_that_the_0410_repeats_is_compared():
    """F-M4: a 0410 "00" about another amount, card, currency, code, entry mode, batch or kind settles nothing."""
    for field in (
        "4 000000001251",
        "4 000000000000",
        "2 4693801184579312",
        "3 200000",
        "14 2508",
        "22 012",
        "23 002",
        "25 06",
        "49 840",
        "60 22000002",
        "60 23000001",
        "61 000001000002",
    ):
        stage = Stage()
        stage.bank.faults = ["silent", "field " + field, "field " + field]
        outcome = _sell(stage)
        assert (outcome.end, outcome.why) == (result.UNKNOWN, result.BAD_ANSWER), field
        assert stage.store.pending() is not None, field
        stage.bank.faults = []
        assert run(reversal.recover(stage.t)).end == result.REVERSED, field
    # What it repeats rightly, or leaves out, settles it.
    for field in ("2 4693801184579311", "4 000000001250", "61 000001000001", "60 22000001"):
        stage = Stage()
        stage.bank.faults = ["silent", "field " + field]
        assert _sell(stage).end == result.REVERSED, field


def test_f_m3_an_f39_that_is_no_code_is_no_decline():
    """F-M3: only a code of the table that means a decline ends without a reversal."""
    for code in _CODES:
        fate = responses.fate(code)
        assert (fate == responses.NOT_TAKEN) == (code in _DECLINES), code
        assert (fate == responses.TAKEN) == (code in ("00", "10", "11", "16", "A2", "A4", "A5", "A6")), code
        assert (fate == responses.IN_DOUBT) == (code in ("09", "68", "96", "98")), code
        stage = Stage()
        stage.bank.faults = ["booked " + code]
        outcome = _sell(stage)
        asked = _mtis(stage)
        if fate == responses.NOT_TAKEN:
            # An authentic decline is believed.
            assert (outcome.end, asked) == (result.DECLINED, ["0200"]), code
        elif fate == responses.TAKEN and code != "10":
            assert (outcome.end, asked) == (result.APPROVED, ["0200"]), code
        elif fate == responses.EARLIER:
            assert outcome.end == result.UNKNOWN and "0400" not in asked and "0820" in asked, code
        else:
            assert outcome.end == result.REVERSED and asked[-1] == "0400", code
            assert stage.bank.debited() == 0, code
    for code in ("", "0", "000", "  ", "?!", "ZZ", "A1", "17", "1;"):
        assert responses.fate(code) == responses.UNKNOWN, code


def test_f_m3_94_is_never_reversed_not_even_after_a_power_cut():
    """F-M3: a 0400 would undo the earlier sale under this trace; only the host's word closes it."""
    stage = Stage()
    stage.bank.faults = ["booked 94"]
    outcome = _sell(stage)
    assert (outcome.end, outcome.why, outcome.f39) == (result.UNKNOWN, result.DUPLICATE, "94")
    for _ in range(2):
        stage = stage.again()
        assert stage.store.pending().state == pendings.ASKING
        assert run(reversal.recover(stage.t)).why == result.DUPLICATE
        assert _sell(stage).end == result.UNKNOWN
        assert _mtis(stage) == ["0820"] * 4
    stage.bank.faults = ["word D 1250"]
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    last = stage.again().store.last()
    assert (last.state, last.f39, last.reversal) == (records.NOT_APPROVED, "94", "")


def test_f_m3_94_is_not_reversed_either_when_flash_refuses_the_note():
    """F-M3: the intent could not be marked; the terminal asks all the same, and sends no 0400."""
    stage = Stage()

    def refuse(request):
        stage.disk.refuse = "pending"

    stage.bank.watch = refuse
    stage.bank.faults = ["booked 94"]
    assert _sell(stage).why == result.STORE
    assert run(reversal.settle_pending(stage.t)).end == result.UNKNOWN
    assert "0400" not in _mtis(stage) and "0820" in _mtis(stage)


def test_f_m3_keys_out_of_step_do_not_shut_in_an_intent_that_is_only_asked_about():
    """F-M3: the sign-on is part of the asking, else no inquiry would ever get through."""
    for fault in ("code A0", "bad-mac"):
        stage = Stage()
        stage.bank.faults = ["booked 94", fault, "", "word D 1250"]
        assert _sell(stage).end == result.REVERSED
        assert _mtis(stage) == ["0200", "0820", "0800", "0820"], fault


def test_f_e3_a_repeated_financial_answer_sets_no_clock():
    """F-E3: its F12 and F13 are of the first time it was given; a sign-on tells the time of now."""
    stage = Stage()
    offered = []
    stage.clock.set_from_host = lambda f12, f13: offered.append(f12)
    stage.bank.faults = ["silent"]
    assert _sell(stage).end == result.REVERSED and offered == []
    run(errands.sign_on(stage.t))
    assert offered == ["101530"]


def test_f_e2_why_it_is_not_reversed_is_told_as_it_is():
    """F-E2: without keys and without a link the link is named, and it is no try; a 0400 that left before it broke is one."""
    stage = Stage()
    stage.bank.faults = ["silent", "break", "break"]
    assert _sell(stage).why == result.LINK_BROKEN and stage.store.pending().tries == 2
    again = stage.again()
    again.keys.loaded = False
    again.bank.faults = ["refuse", "refuse"]
    assert run(reversal.recover(again.t)).why == result.NO_LINK


def test_codes_of_an_uncertain_host_are_asked_about_first():
    for code in ("09", "68", "96", "98"):
        stage = Stage()
        stage.bank.faults = ["code " + code, "word D 1250"]
        outcome = _sell(stage)
        assert (outcome.end, outcome.money, outcome.f39) == (result.DECLINED, result.NOT_TAKEN, code)
        assert _mtis(stage) == ["0200", "0820"] and stage.store.pending() is None
        stage = Stage()
        stage.bank.faults = ["booked " + code, "lost"]
        outcome = _sell(stage)
        assert (outcome.end, outcome.why) == (result.REVERSED, result.IN_DOUBT)
        assert profile.parse(stage.bank.requests[-1]).fields[39] == "06" and stage.bank.debited() == 0


def test_f_e2_a_try_without_a_link_is_none():
    """F-E2: without a network the tries are not spent; the round waits for it, and goes on when it is back."""
    stage = Stage()
    stage.bank.faults = ["silent"]

    def gone(request):
        stage.bank.link = False

    stage.bank.watch = gone
    outcome = _sell(stage)
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.NO_LINK)
    assert stage.store.pending().tries == 0 and stage.clock.pauses == []
    stage.bank.watch = None
    stage.bank.comes_back = True
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert stage.store.last().tries == 1
