"""Every kind of ledger does the same: the rules are tried on the one in memory and on those in SQL."""

import datetime
import json
import subprocess
import sys

import pytest
from acquirer_bench import CARDS, MAK, MERCHANT, NOW, PIK, TERMINAL, TMK, VECTOR_CARD, VISA, HandTerminal

from acquirer import books
from acquirer.ledger import Ledger, LedgerError
from acquirer.memory import MemoryLedger, seeded
from acquirer.profiles.cn_pos import wire
from acquirer.report import reconcile
from acquirer.sql_ledger import SqlLedger
from acquirer.switch import Overrides, Switch
from acquirer.vault import Keeper

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


class Clock:
    """A clock that stands until it is set."""

    def __init__(self):
        self.now = NOW

    def __call__(self) -> datetime.datetime:
        return self.now


def _furnished(ledger: Ledger) -> Ledger:
    ledger.add_terminal(TERMINAL, MERCHANT, TMK)
    ledger.set_working_keys(TERMINAL, PIK, MAK)
    for pan, expiry, balance, psn, pin, imk, cvn, limit in CARDS:
        ledger.add_card(pan, expiry, balance, "hand " + pan[-4:], psn, pin, imk, cvn, limit)
    return ledger


@pytest.fixture(params=["memory", "sqlite in memory", "sqlite", "postgresql"])
def ledger(request, tmp_path):
    urls = {"sqlite in memory": lambda: "sqlite://", "sqlite": lambda: f"sqlite:///{tmp_path / 'ledger.sqlite'}"}
    if request.param == "memory":
        made: Ledger = MemoryLedger(Clock(), seeded(1))
    else:
        url = urls.get(request.param, lambda: request.getfixturevalue("postgres_server").url())()
        made = SqlLedger(url, Clock(), Keeper(tmp_path))
    yield _furnished(made)
    made.close()


class Till(HandTerminal):
    """The terminal of the D set, which asks a switch without any network."""

    def __init__(self, ledger: Ledger):
        super().__init__(None)
        self.switch = Switch(ledger)

    def ask(self, mti: str, fields: dict, overrides: "Overrides | None" = None) -> dict:
        reply = self.switch.handle(wire.decode(self.body(mti, fields)), overrides)
        return wire.decode(reply.encode()).fields

    def code(self, mti: str, fields: dict, overrides: "Overrides | None" = None) -> str:
        return self.ask(mti, fields, overrides)[39]

    def void(self, stan: int, sale: dict, told: dict) -> dict:
        fields = {n: sale[n] for n in (2, 4, 14, 22, 25, 41, 42, 49)}
        return {
            **fields,
            3: "200000",
            11: f"{stan:06d}",
            37: told[37],
            38: told[38],
            60: "2300000100060",
            61: "000001" + sale[11],
        }

    def inquiry(self, stan: int) -> str:
        fields = {11: "000900", 41: TERMINAL, 42: MERCHANT, 60: "00000001901", 61: f"000001{stan:06d}"}
        return self.ask("0820", fields)[63][:1]


def _story(ledger: Ledger) -> list:
    """A bit of everything: [(what, F39 or state)]."""
    till = Till(ledger)
    sale = till.sale(2)
    told = till.ask("0200", sale)
    again = till.ask("0200", sale)
    found = [("sale", told[39]), ("word for word", again == told), ("other amount", till.code("0200", till.sale(2, 5)))]
    chip = till.visa_sale(3, 700)
    found += [("chip", till.code("0200", chip)), ("replayed cryptogram", till.code("0200", {**chip, 11: "000004"}))]
    found += [
        ("pin", till.code("0200", till.sale(5, **till.pin_fields("000000")))),
        ("too much", till.code("0200", till.sale(6, 99999999))),
    ]
    found += [("void", till.code("0200", till.void(7, sale, told))), ("second void", till.code("0200", till.void(8, sale, told)))]
    void = till.void(7, sale, told)
    found += [("voided", till.code("0400", till.reversal(sale)))]
    found += [("reversed void", till.code("0400", till.reversal(void, f61="000001000002")))]
    found += [("void again", till.code("0200", till.void(9, sale, told))), ("reversal", till.code("0400", till.reversal(chip)))]
    found += [
        ("reversal again", till.code("0400", till.reversal(chip))),
        ("barred", till.code("0400", till.reversal(till.sale(10)))),
    ]
    found += [("late", till.code("0200", till.sale(10))), ("partial", till.code("0200", till.sale(11), Overrides(partial=100)))]
    found += [("declined", till.code("0200", till.sale(12), Overrides(decline="91")))]
    found += [(f"inquiry {stan}", till.inquiry(stan)) for stan in (2, 3, 7, 10, 11, 12, 13)]
    ledger.day_cut()
    found += [("closed day", till.code("0400", till.reversal(till.sale(11))))]
    return found


def test_every_rule_on_every_ledger(ledger):
    assert _story(ledger) == [
        *[("sale", "00"), ("word for word", True), ("other amount", "94"), ("chip", "00"), ("replayed cryptogram", "05")],
        *[("pin", "55"), ("too much", "51"), ("void", "00"), ("second void", "22"), ("voided", "12"), ("reversed void", "00")],
        *[("void again", "00"), ("reversal", "00"), ("reversal again", "00"), ("barred", "25"), ("late", "22")],
        *[("partial", "10"), ("declined", "91")],
        *[("inquiry 2", "A"), ("inquiry 3", "R"), ("inquiry 7", "R"), ("inquiry 10", "B"), ("inquiry 11", "A")],
        *[("inquiry 12", "D"), ("inquiry 13", "N"), ("closed day", "12")],
    ]
    assert books.problems(ledger) == []
    assert ledger.merchant_balance(MERCHANT) == 100 and ledger.balance(VECTOR_CARD) == 999900 and ledger.balance(VISA) == 100000
    assert books.totals(ledger) == {
        "approved": {"count": 3, "amount": 2600},
        "declined": {"count": 5, "amount": 700 + 1250 + 99999999 + 1250 + 1250},
        "reversed": {"count": 3, "amount": 700 + 1250 + 1250},
    }
    rows = books.transactions(ledger)
    assert [row["stan"] for row in rows] == list(range(2, 13)) and books.find(ledger, TERMINAL, 1, 11) == rows[9]
    assert next(card.pin_tries for card, _ in ledger.cards([VECTOR_CARD])) == 1
    journal = [{"batch": 1, "stan": 11, "kind": 22, "amount": 1250, "approved": 100, "state": "partial"}]
    assert len(reconcile(journal, ledger)) == 2  # the sale and its void, whose sum is nothing


def test_all_ledgers_answer_the_same_bytes():
    ledgers = [_furnished(ledger) for ledger in (MemoryLedger(Clock()), SqlLedger("sqlite://", Clock()))]
    assert _story(ledgers[0]) == _story(ledgers[1])
    assert books.transactions(ledgers[0]) == books.transactions(ledgers[1])


def test_a_page_of_the_list_at_a_time(ledger):
    till = Till(ledger)
    for stan in range(2, 9):
        till.ask("0200", till.sale(stan))
    newest, before = books.page(ledger, 3)
    older, rest = books.page(ledger, 3, before)
    oldest, end = books.page(ledger, 3, rest)
    assert [row["stan"] for row in oldest + older + newest] == list(range(2, 9)) and end is None and len(oldest) == 1


def test_a_unit_that_fails_leaves_nothing(ledger):
    till = Till(ledger)
    sale = till.sale(2)
    told = till.ask("0200", sale)
    kept = books.transactions(ledger), ledger.balance(VECTOR_CARD), ledger.terminal(TERMINAL)

    def work(unit):
        row = unit.transaction(TERMINAL, 1, 2)
        unit.change(row, state="reversed")
        unit.enter(row._replace(stan=3, original_batch=1, original_stan=2, kind="void"))
        card = unit.change_card(unit.card(VECTOR_CARD), status="43")
        unit.change_terminal(unit.terminal(TERMINAL), batch=9, mak=None)
        unit.post("sale", row, card.account_id, unit.merchant(MERCHANT).account_id, 5, NOW)
        unit.set_business_day(20270101)
        raise ValueError("at the very end")

    with pytest.raises(ValueError, match="at the very end"):
        ledger.perform(work)
    assert (books.transactions(ledger), ledger.balance(VECTOR_CARD), ledger.terminal(TERMINAL)) == kept
    assert ledger.business_day() == 20260301 and books.problems(ledger) == []
    assert till.code("0200", till.void(3, sale, told)) == "00"  # no void of before stands in its way


def test_what_only_reads_may_not_write_and_what_is_unknown_is_one_line(ledger):
    for wrong in (
        lambda: ledger.set_batch("99999999", 1),
        lambda: ledger.balance("4000000000000999"),
        lambda: ledger.merchant_balance("1" * 15),
        lambda: ledger.make_good(TERMINAL, 1, 77),
        lambda: ledger.set_mac(TERMINAL, "none"),
    ):
        with pytest.raises(LedgerError) as caught:
            wrong()
        assert "\n" not in str(caught.value) and "4000000000000999" not in str(caught.value)


def test_snapshots_come_back_as_often_as_they_are_asked_for(ledger):
    till = Till(ledger)
    till.ask("0200", till.sale(2))
    kept, rows = ledger.snapshot(), books.transactions(ledger)
    for _ in range(2):
        assert till.code("0200", till.sale(3)) == "00" and till.code("0400", till.reversal(till.sale(2))) == "00"
        ledger.set_card_status(VECTOR_CARD, "62")
        ledger.restore(kept)
        assert books.transactions(ledger) == rows and ledger.merchant_balance(MERCHANT) == 1250 and books.problems(ledger) == []
    ledger.fresh()
    assert books.transactions(ledger) == [] and ledger.merchant_balance(MERCHANT) == 0 and books.problems(ledger) == []


def test_a_declined_sale_can_be_made_good(ledger):
    till = Till(ledger)
    assert till.code("0200", till.sale(2), Overrides(decline="51")) == "51"
    ledger.make_good(TERMINAL, 1, 2)
    assert ledger.merchant_balance(MERCHANT) == 1250 and ledger.balance(VECTOR_CARD) == 1000000
    assert books.problems(ledger) == [] and till.inquiry(2) == "A"


def _sign_ons(seed: int) -> list:
    ledger = _furnished(MemoryLedger(Clock(), seeded(seed)))
    switch = Switch(ledger)
    fields = {11: "000001", 41: TERMINAL, 42: MERCHANT, 60: "00000001003", 63: "001"}
    return [switch.handle(wire.Message("0800", fields)).message.fields[62] for _ in range(2)]


def test_the_ledger_in_memory_is_the_same_from_the_same_seed():
    first, again, other = _sign_ons(7), _sign_ons(7), _sign_ons(8)
    assert first == again and first[0] != first[1] and first[0] != other[0]


def test_the_ledger_in_memory_needs_no_database():
    """A simulator imports rules, memory and books, and nothing that is slow to come."""
    program = (
        "import sys, json; from acquirer import books, memory, report, switch;"
        "print(json.dumps([name for name in ('sqlalchemy', 'alembic', 'aiohttp', 'psycopg') if name in sys.modules]))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert json.loads(found) == []
