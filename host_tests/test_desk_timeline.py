"""The time line: what belongs to a payment, what is kept, and that nothing secret is in it."""

import json

from desk.payment import MAX_ENTRIES
from desk.timeline import KEPT, Timeline
from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core.profiles import cn_pos as profile


class Desk:
    """A time line with a clock that is moved by hand."""

    def __init__(self):
        self.moment = 100.0
        self.told: list = []
        self.later: list = []
        self.line = Timeline(
            self.told.append, lambda: (None, "ecb"), lambda seconds, action: self.later.append(action), lambda: self.moment
        )

    def screen(self, *text, names=()):
        self.line.hear({"ev": "screen", "bits": "", "text": list(text), "names": list(names)})

    def idle(self, clock="13:05"):
        self.screen(clock, "TapTill Demo", "Type an amount", names=["HINT_IDLE"])

    def type_amount(self, keys="125", lines=("0.01", "0.12", "1.25")):
        for key, amount in zip(keys, lines):
            self.line.key(key)
            self.screen("Amount", amount, "CNY", "#=OK  *=Back")

    def start(self):
        self.line.hear({"ev": "power", "on": True, "why": "switched on"})
        self.screen("TapTill", "Joining Wi-Fi", "0.1")
        self.idle()

    def payments(self):
        return list(self.line.payments)


def test_a_payment_lasts_from_the_first_digit_until_idle():
    desk = Desk()
    desk.start()
    desk.type_amount()
    assert [payment.kind for payment in desk.payments()] == ["start", "sale"]
    sale = desk.line.last
    assert sale.open and sale.number == 1 and sale.amount is None
    desk.moment += 2.5
    desk.line.key("#")
    desk.line.hear({"ev": "step", "step": "PRESENT", "amount": 125, "detail": 0})
    assert sale.amount == 125
    desk.screen("1.25", "Present card", names=["PRESENT_CARD"])
    desk.screen("APPROVED", "1.25", "*0010 000002", names=["APPROVED"])
    assert sale.result == "approved" and sale.open
    desk.idle()
    assert not sale.open and sale.ended_at
    assert [entry["t"] for entry in sale.entries][-1] == 2500
    assert desk.told[-1]["ev"] == "payment" and desk.told[-1]["payment"]["result"] == "approved"


def test_recovery_belongs_to_the_payment_that_was_cut():
    desk = Desk()
    desk.start()
    desk.type_amount()
    sale = desk.line.last
    desk.line.hear({"ev": "power", "on": False, "why": "cut at write 3"})
    assert sale.open
    desk.line.hear({"ev": "power", "on": True, "why": "switched on"})
    desk.screen("UNKNOWN REVERSING", "1.25", names=["UNKNOWN", "NOW_REVERSING"])
    desk.screen("REVERSED", "1.25", names=["REVERSED"])
    desk.idle()
    assert desk.line.last is sale and not sale.open and sale.result == "reversed"


def test_the_clock_of_the_idle_screen_and_a_countdown_are_no_news():
    desk = Desk()
    desk.start()
    before = len(desk.told)
    for minute in range(6, 30):
        desk.idle(f"13:{minute:02d}")
    assert len(desk.told) == before
    desk.type_amount()
    count = len(desk.line.last.entries)
    for left in range(60, 0, -1):
        desk.screen(f"PLEASE WAIT {left}s", "Waiting for the", "bank", names=["WAITING", "SECONDS", "WAIT_BANK"])
    assert len(desk.line.last.entries) == count + 1


def test_digits_of_a_pin_are_not_told():
    desk = Desk()
    desk.start()
    desk.type_amount()
    desk.line.key("#")
    for key in "7391":  # typed ahead, before the screen asks for it
        desk.line.key(key)
    desk.screen("Enter PIN", "****")
    for key in "7391":
        desk.line.key(key)
    told = json.dumps([entry for entry in desk.line.last.entries if entry["kind"] == "key"])
    for key in "739":
        assert f'"{key}"' not in told and f"Key {key}" not in told
    assert told.count('"summary": "\\u2022"') == 8


def test_a_card_number_is_masked_in_apdus_and_in_what_follows():
    desk = Desk()
    desk.start()
    desk.type_amount()
    desk.line.card("visa-credit", "VISA CREDIT")
    desk.line.hear(
        {"ev": "apdu", "c": "00b2011400", "ms": 16, "r": "701a5a0847617390010100105f24033112315f280201569f0702ff009000"}
    )
    assert "4761739001010010" not in json.dumps(desk.told)
    assert desk.line.last.entries[-1]["detail"]["sw"] == "9000"


def test_f_d6_an_answer_that_came_too_late_is_on_the_wire_as_late():
    """F-D6: it stands with the payment whose request it answers, also when that is over and another one runs."""
    desk = Desk()
    desk.start()
    request = profile.build("0200", {3: "000000", 11: "000007", 60: "22000001000"}, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30")
    answer = profile.build(
        "0210", {3: "000000", 11: "000007", 39: "00", 60: "22000001000"}, b"\x60\0\0\0\3", b"\x60\x31\0\x31\7\x30"
    )
    desk.type_amount()
    sale = desk.line.last
    desk.line.hear({"ev": "host", "dir": "out", "hex": bytes(request).hex()})
    desk.idle()
    desk.type_amount()
    desk.moment += 70
    desk.line.host("late", {"hex": bytes(answer).hex()})
    entry = sale.entries[-1]
    assert not sale.open and desk.line.last is not sale
    assert (entry["lane"], entry["to"], entry["kind"], entry["t"]) == ("host", "terminal", "message", 70000)
    assert entry["title"] == {"en": "0210 financial answer, too late", "zh": "0210 金融交易应答（迟到）"}
    assert entry["detail"]["late"] is True and entry["detail"]["mti"] == "0210"
    assert desk.told[-1] == {"ev": "entry", "payment": sale.id, "entry": entry}


def test_rubbish_from_card_and_host_is_an_entry_and_no_error():
    desk = Desk()
    desk.start()
    for event in (
        {"ev": "apdu", "c": "", "r": "", "ms": 0},
        {"ev": "apdu", "c": "zz", "r": "00", "ms": 1},
        {"ev": "host", "dir": "in", "hex": "6000"},
        {"ev": "host", "dir": "out", "hex": "nonsense"},
        {"ev": "unheard-of"},
        {"ev": "screen", "text": None},
    ):
        desk.line.hear(event)
    assert [entry["kind"] for entry in desk.line.last.entries].count("message") == 2


def test_writes_are_joined_and_told_when_quiet():
    desk = Desk()
    desk.start()
    desk.type_amount()
    for size in (64, 128, 32):
        desk.line.hear({"ev": "flash", "op": "program", "n": 1, "bytes": size})
    desk.line.hear({"ev": "flash", "op": "erase", "n": 1, "bytes": 4096})
    assert "flash" not in [entry["kind"] for entry in desk.line.last.entries]
    desk.later[-1]()
    entry = desk.line.last.entries[-1]
    assert entry["detail"]["programs"] == 3 and entry["detail"]["erases"] == 1 and entry["detail"]["bytes"] == 224


def test_what_an_idle_terminal_writes_for_itself_is_no_payment():
    """The sale stays the newest, and a page that shows it goes on showing it."""
    desk = Desk()
    desk.start()
    desk.type_amount()
    desk.idle()
    desk.moment += 60
    desk.line.hear({"ev": "flash", "op": "program", "n": 1, "bytes": 64})
    desk.later[-1]()
    assert [payment.kind for payment in desk.payments()] == ["start", "sale"]
    assert "flash" not in [entry["kind"] for entry in desk.line.last.entries]


def test_fast_forward_counts_as_the_terminal_counts():
    desk = Desk()
    desk.start()
    desk.type_amount()
    began = desk.line.last.began
    desk.moment += 10
    desk.line.set_ahead(59000)
    desk.moment += 1
    assert desk.line.now() - began == 70
    desk.line.new_life()  # a power cut: the next life counts from nothing
    desk.moment += 5
    assert desk.line.now() - began == 75
    desk.line.set_ahead(1000)
    assert desk.line.now() - began == 76


def test_what_is_kept_is_bounded():
    desk = Desk()
    desk.start()
    for _ in range(KEPT + 5):
        desk.type_amount()
        desk.idle()
    assert len(desk.payments()) == KEPT
    assert desk.line.last.number == KEPT + 5
    desk.type_amount()
    for _ in range(MAX_ENTRIES + 50):
        desk.line.hear({"ev": "buzzer", "hz": 2000, "ms": 20})
    assert len(desk.line.last.entries) == MAX_ENTRIES and desk.line.last.left_out >= 50


def test_a_menu_is_no_sale():
    desk = Desk()
    desk.start()
    desk.line.key("A")
    desk.screen("Menu", "Last sale")
    desk.idle()
    desk.type_amount()
    assert [(payment.kind, payment.number) for payment in desk.payments()] == [("start", None), ("menu", None), ("sale", 1)]


def test_a_void_from_the_menu_is_a_void():
    desk = Desk()
    desk.start()
    desk.line.key("A")
    desk.screen("Menu 1/7", "Last sale", names=["MENU", "LAST_SALE"])
    desk.line.hear({"ev": "step", "step": "PRESENT", "amount": 125, "detail": 0})
    desk.screen("VOIDED", "1.25", names=["VOIDED"])
    desk.line.hear({"ev": "result", "transaction": "void", "end": "APPROVED", "amount": 125})
    head = desk.line.last.head()
    assert (head["kind"], head["amount"], head["result"], head["number"]) == ("void", 125, "voided", None)
    assert desk.told[-1] == {"ev": "payment", "payment": head}
    desk.idle()
    desk.type_amount()
    assert desk.line.last.number == 1


def test_what_the_host_does_wrong_is_an_entry_of_the_host():
    desk = Desk()
    desk.start()
    desk.type_amount()
    desk.line.host("fault", {"which": "sale", "faults": {"drop-answer": None, "delay": 70.0}})
    entries = [entry for entry in desk.line.last.entries if entry["kind"] == "fault"]
    assert [entry["lane"] for entry in entries] == ["host", "host"] and entries[1]["summary"] == {"en": "70 s", "zh": "70 秒"}
    for entry in desk.line.last.entries:
        assert set(entry) == {"id", "t", "lane", "to", "kind", "title", "summary", "detail"}
        assert entry["title"]["en"] and entry["title"]["zh"]


def test_what_is_made_ready_on_an_idle_terminal_belongs_to_the_next_sale():
    desk = Desk()
    desk.start()
    desk.line.fault({"en": "Fault ordered", "zh": "设置故障"}, "drop-answer next sale")
    desk.line.card("visa-credit", "VISA CREDIT")
    assert [payment.kind for payment in desk.payments()] == ["start"]
    desk.type_amount()
    assert [entry["kind"] for entry in desk.line.last.entries[:3]] == ["fault", "card", "key"]
    desk.idle()
    ended = desk.line.last
    desk.line.card(None)
    assert desk.line.last is ended and ended.entries[-1]["kind"] == "card"
