"""What closes an open intent: every answer to a reversal with every word about its trace; and what an F39 says of a sale."""

from expect import run, some
from stage import Stage

from taptill.core import responses
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import errands, result, reversal, sale, void

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
    "00": responses.REVERSED,
    "64": responses.DIFFERS,
    "77": responses.SIGN_ON,
    "79": responses.SIGN_ON,
    "95": responses.SIGN_ON,
    "A0": responses.SIGN_ON,
    "90": responses.TOLD,
    "58": responses.TOLD,
    "97": responses.TOLD,
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
# What an answer to the first sale may repeat of another one, and of this one; F60 last.
_OTHER_SALE = (
    "2 4693801184579312",
    "3 200000",
    "14 2508",
    "22 012",
    "23 002",
    "25 06",
    "49 840",
    "61 000001000002",
    "61 000002000001",
    "61 00000100000",
    "60 23000001000",
    "60 22000099",
)
_THIS_SALE = (
    "2 4693801184579311",
    "3 000000",
    "14 2407",
    "22 072",
    "23 001",
    "25 00",
    "49 156",
    "61 000001000001",
    "60 2200000100060",
)


# Calendars of the host and of the terminal, and whether the host has closed the day of the sale: none of them is evidence.
_DAYS = (
    ("1122", (2026, 11, 22, 10, 15, 30), False),
    ("1123", (2026, 11, 22, 23, 59, 59), True),
    ("1122", None, True),
    ("0101", (2027, 1, 1, 0, 0, 1), True),
    ("1121", (2026, 11, 22, 10, 15, 30), False),
)
# What another host may differ in; the CA counts with TLS alone.
_OVER_TLS = {"tls": True, "tls_name": "bank.example"}
_OTHERS = (
    {"host": "elsewhere"},
    {"port": 2},
    _OVER_TLS,
    {"tpdu": "6000040000"},
    {"header": "603100310731"},
    {"mac": "retail"},
    {"terminal_id": "12345679"},
    {"merchant_id": "123456789012346"},
    {"serial": "00000002"},
)


def _sell(stage, amount=_AMOUNT):
    return run(sale.sale(stage.t, amount))


def _mtis(stage):
    return [profile.parse(request).mti for request in stage.bank.requests]


def test_f_m1_only_00_or_a_positive_word_closes_an_intent():
    """F-M1: over all pairs of answer and inquiry answer, on every day; the host's ledger is the judge."""
    number = 0
    for code in some(_CODES, 5, *_SPECIAL):
        for word, closes in _WORDS:
            number += 1
            stage = Stage()
            stage.t.config.reversal_tries = 1
            stage.bank.date, stage.clock.time, stage.bank.day_cut = _DAYS[number % len(_DAYS)]
            stage.bank.faults = ["silent", "code " + code if code != "00" else "", word]
            if closes:
                stage.bank.watch = lambda request, stage=stage, word=word: _make_true(stage, request, word)
            outcome = _sell(stage)
            what = "%s / %s / %s" % (code, word, stage.bank.date)
            left = stage.again().store.pending()
            found = profile.responses.of_reversal(code)
            assert found == _SPECIAL.get(code, responses.ASK), code
            if stage.bank.debited():
                assert left is not None and outcome.money == result.MONEY_UNKNOWN, what
            if left is None:
                assert stage.bank.debited() == stage.journaled() == 0, what
            if found == responses.REVERSED and (closes or not stage.bank.day_cut):
                assert code == "00" and outcome.end == result.REVERSED and left is None, what
            elif found == responses.ASK and closes:
                assert (outcome.end, outcome.money, left) == (result.REVERSED, result.NOT_TAKEN, None), what
                assert stage.store.last().state == closes and stage.store.last().f39 == code, what
            else:
                assert (outcome.end, outcome.money) == (result.UNKNOWN, result.MONEY_UNKNOWN), what
                assert left is not None and left.stan == 1 and left.amount == _AMOUNT, what


def _make_true(stage, request, word):
    """What the word of the inquiry is going to say is so on the host's books from the reversal on."""
    if profile.parse(request).mti == "0400":
        state = {"D": "D", "R": "R", "B": "R"}[word[5]]
        stage.bank.ledger[(1, 1)][0] = state


def test_f_m2_no_answer_of_another_host_closes_an_intent():
    """F-M2: every answer, every word and every day, with each setting that leads elsewhere (the CA and the header too)."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    assert _sell(stage).end == result.UNKNOWN
    kept = stage.content["pending"]
    for settings in _OTHERS:
        for at in range(len(_CODES)):
            word = _WORDS[at % len(_WORDS)][0]
            again = stage.again(settings=settings, ca=b"theirs")
            again.bank.date, again.clock.time, again.bank.day_cut = _DAYS[at % len(_DAYS)]
            again.bank.faults = ["code " + _CODES[at] if _CODES[at] != "00" else "", word]
            what = "%s / %s / %s" % (settings, _CODES[at], word)
            pending = again.store.pending()
            if at % 3 == 0:
                outcome = run(reversal.recover(again.t))
            elif at % 3 == 1:
                outcome = _sell(again)
            else:
                found, outcome = run(reversal.ask(again.t, pending))
                assert (found.why, found.state, outcome) == (result.OTHER_HOST, "", None), what
            if outcome:
                assert (outcome.end, outcome.money, outcome.why) == (result.UNKNOWN, result.MONEY_UNKNOWN, result.OTHER_HOST)
            assert again.bank.requests == [] and len(again.bank.faults) == 2, what
            assert again.again().store.pending() is not None and stage.content["pending"] == kept, what
    assert stage.bank.debited() == _AMOUNT
    # Its own host settles it, whatever other settings have changed meanwhile.
    again = stage.again(settings={"wifi_ssid": "new", "answer_timeout_s": 15, "merchant_name": "Sold", "ntp_host": ""})
    assert run(reversal.recover(again.t)).end == result.REVERSED and again.bank.debited() == again.journaled() == 0


def test_f_m2_the_ca_is_part_of_who_the_host_is():
    """F-M2: over TLS another CA vouches for another host; over plain TCP there is none."""
    for settings, kept in ((_OVER_TLS, True), (None, False)):
        stage = Stage(settings=settings, ca=b"ours")
        stage.bank.faults = ["silent", "lost", "lost"]
        assert _sell(stage).end == result.UNKNOWN
        theirs = stage.again(settings=settings, ca=b"theirs")
        assert (run(reversal.recover(theirs.t)).end == result.UNKNOWN) is kept
        if kept:
            named = dict(_OVER_TLS)
            named["tls_name"] = "other.example"
            assert run(reversal.recover(stage.again(settings=named, ca=b"ours").t)).why == result.OTHER_HOST
            assert run(reversal.recover(stage.again(settings=settings, ca=b"ours").t)).end == result.REVERSED


def test_f_m2_a_supervisor_frees_the_terminal_for_its_new_host():
    """F-M2: the manual list is the way out when the old host is gone for good; then the new one is sold with."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    _sell(stage)
    again = stage.again(settings={"host": "elsewhere"})
    assert _sell(again).why == result.OTHER_HOST
    assert reversal.move_to_manual(again.t, 1).end == result.MANUAL
    assert _sell(again).end == result.APPROVED


def test_f_m2_an_intent_of_an_earlier_firmware_belongs_to_the_host_that_it_finds():
    """F-M2: it has no mark; from the first note on it has one."""
    stage = Stage()
    stage.bank.faults = ["silent", "lost", "lost"]
    stage.t.owner = type("Nobody", (), {"mark": b""})()
    assert _sell(stage).end == result.UNKNOWN and stage.again().store.pending().owner == b""
    again = stage.again()
    again.bank.faults = ["lost", "lost"]
    assert run(reversal.recover(again.t)).why == result.TIMEOUT
    assert again.again().store.pending().owner == again.t.owner.mark
    assert run(reversal.recover(stage.again(settings={"port": 2}).t)).why == result.OTHER_HOST


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
    # What it repeats rightly, leaves out or adds, settles it.
    for field in ("38 B00001", "53 2600000000000000", "2 4693801184579311", "4 000000001250", "61 000001000001", "60 22000001"):
        stage = Stage()
        stage.bank.faults = ["silent", "field " + field]
        assert _sell(stage).end == result.REVERSED, field


def test_f_m4_all_that_a_0210_repeats_is_compared():
    """F-M4: an approval or a decline that repeats another card, kind, currency, batch or trace is none: it is reversed."""
    for f39 in ("00", "51"):
        for field in _OTHER_SALE:
            stage = Stage()
            stage.bank.faults = ["field 39 %s;%s" % (f39, field)]
            outcome = _sell(stage)
            assert (outcome.end, outcome.money, outcome.why) == (result.REVERSED, result.NOT_TAKEN, result.BAD_ANSWER), (
                f39,
                field,
            )
            assert _mtis(stage) == ["0200", "0400"] and profile.parse(stage.bank.requests[1]).fields[39] == "06", (f39, field)
            assert stage.bank.debited() == stage.journaled() == 0 and stage.store.pending() is None, (f39, field)
    # What it repeats rightly, leaves out or gives itself is no reason to reverse.
    for field in _THIS_SALE + ("37 999999999999", "38 Z99999", "15 1123", "13 0101", "23 001", "53 2600000000000000"):
        stage = Stage()
        stage.bank.faults = ["field " + field]
        assert _sell(stage).end == result.APPROVED and _mtis(stage) == ["0200"], field


def test_f_m4_all_that_the_answer_to_a_void_repeats_is_compared():
    """F-M4: F61 is the sale's there, F3 and F60 the void's; reference and authorisation of the answer are its own."""
    for f39 in ("00", "51"):
        for field in (
            "2 4693801184579329",
            "3 000000",
            "14 2508",
            "22 071",
            "23 002",
            "25 06",
            "49 840",
            "60 22000001000",
            "60 23000002000",
            "61 000001000002",
            "61 000002000001",
        ):
            stage = Stage()
            assert _sell(stage).end == result.APPROVED
            stage.bank.faults = ["field 39 %s;%s" % (f39, field)]
            outcome = run(void.void(stage.t, 1))
            assert (outcome.end, outcome.why) == (result.REVERSED, result.BAD_ANSWER), (f39, field)
            assert _mtis(stage) == ["0200", "0200", "0400"], (f39, field)
            assert stage.bank.debited() == stage.journaled() == _AMOUNT, (f39, field)
    stage = Stage()
    _sell(stage)
    stage.bank.faults = ["field 37 999999999999;38 Z99999;2 4693801184579311;61 000001000001;60 23000001"]
    assert run(void.void(stage.t, 1)).end == result.APPROVED and stage.bank.debited() == stage.journaled() == 0


def test_f_m1_a_word_that_repeats_anything_of_another_trace_is_none():
    """F-M1, F-M4: sale A was reversed, B is on the books; the 0830 about B says in F61, F60, F2 … that it speaks of A.

    It is asked for a reversal that was refused, by a person, and for a sale whose host did not know (96).
    """
    for field in _OTHER_SALE + ("4 000000001251", "60 00000001301", "60 00000002901"):
        for state in "RDB":
            wrong = "field 63 %s%012d%12s;%s" % (state, _AMOUNT, "", field)
            stage = Stage()
            stage.t.config.reversal_tries = 1
            stage.bank.faults = ["silent", "code 25", wrong]
            outcome = _sell(stage)
            assert (outcome.end, outcome.money) == (result.UNKNOWN, result.MONEY_UNKNOWN), wrong
            stage = stage.again()
            stage.bank.faults = [wrong]
            found, closed = run(reversal.ask(stage.t, stage.store.pending()))
            assert (found.why, found.state, closed) == (result.BAD_ANSWER, "", None), wrong
            assert found.detail == "answer to 0820: F%s is not the request's" % field.split(" ")[0]
            assert stage.again().store.pending() is not None and stage.bank.debited() == _AMOUNT, wrong
            stage = Stage()
            stage.bank.faults = ["booked 96", wrong]
            outcome = _sell(stage)
            assert (outcome.end, outcome.why, stage.bank.debited()) == (result.REVERSED, result.IN_DOUBT, 0), wrong
            assert _mtis(stage) == ["0200", "0820", "0400"], wrong


def test_f_m1_a_word_that_repeats_what_was_asked_closes():
    """F-M1: as before, whatever it repeats rightly or leaves out; also for an intent of which only trace and amount are left."""
    for field in _THIS_SALE[:-1] + ("4 000000001250", "60 00000001901", "60 00", "37 999999999999", "38 Z99999"):
        stage = Stage()
        stage.bank.faults = ["silent", "code 25", "field 63 R%012d%12s;%s" % (_AMOUNT, "", field)]
        assert _sell(stage).end == result.REVERSED and stage.store.pending() is None, field
    lost = pendings.Pending()
    lost.kind, lost.batch, lost.stan, lost.amount = 22, 1, 7, _AMOUNT
    assert profile.about(lost) == {3: "000000", 4: "000000001250", 25: "00"}
    lost.kind = 99
    assert profile.about(lost) == {4: "000000001250"}


def test_f_m1_a_word_about_a_void_names_its_own_trace():
    """F-M1: F61 of an 0830 is the trace that was asked about, not the sale that the void names."""
    for field, end in (("61 000001000001", result.UNKNOWN), ("61 000001000002", result.REVERSED), ("3 000000", result.UNKNOWN)):
        stage = Stage()
        stage.t.config.reversal_tries = 1
        _sell(stage)
        stage.bank.faults = ["silent", "code 25", "field 63 B%012d%12s;%s" % (_AMOUNT, "", field)]
        assert run(void.void(stage.t, 1)).end == end, field


def test_f_m4_the_authorisation_is_compared_where_it_is_known():
    """F-M4: an approval that flash refused is reversed with its F38; a 0410 about another authorisation settles nothing."""
    for field, end in (("38 B00001", result.UNKNOWN), ("38 A00001", result.REVERSED), ("38       ", result.UNKNOWN)):
        stage = Stage()
        stage.disk.refuse = "journal"
        stage.bank.watch = lambda request, stage=stage: _mend(stage, request)
        stage.bank.faults = ["", "field " + field, "field " + field]
        outcome = _sell(stage)
        assert outcome.end == end, field
        assert profile.parse(stage.bank.requests[1]).fields[38] == "A00001"


def _mend(stage, request):
    """Flash is well again when the reversal leaves."""
    if profile.parse(request).mti == "0400":
        stage.disk.refuse = ""


def test_f_m3_an_f39_that_is_no_code_is_no_decline():
    """F-M3: only a code of the table that means a decline ends without a reversal."""
    for code in _CODES:
        fate = profile.responses.fate(code)
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
        assert profile.responses.fate(code) == responses.UNKNOWN, code


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
    assert (outcome.end, outcome.why) == (result.UNKNOWN, result.NO_WIFI)
    assert stage.store.pending().tries == 0 and stage.clock.pauses == []
    stage.bank.watch = None
    stage.bank.comes_back = True
    assert run(reversal.recover(stage.t)).end == result.REVERSED
    assert stage.store.last().tries == 1
