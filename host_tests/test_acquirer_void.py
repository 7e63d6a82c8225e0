"""The host's side of a void: the sale of this batch, whole, once, by its card and reference; and its reversal."""

import asyncio

import pytest
from acquirer_bench import MERCHANT, TERMINAL, VECTOR_CARD, VISA, HandTerminal, run

from acquirer import books
from acquirer.report import reconcile

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


async def _sold(terminal, stan: int = 2, amount: int = 1250) -> tuple:
    """(fields of a sale, its answer)."""
    sale = terminal.sale(stan, amount)
    answer = await terminal.ask("0200", sale)
    assert answer.fields[39] == "00"
    return sale, answer.fields


def _void(terminal, stan: int, sale: dict, answer: dict, **changes) -> dict:
    fields = {n: sale[n] for n in (2, 4, 14, 22, 25, 41, 42, 49) if n in sale}
    fields.update({3: "200000", 11: f"{stan:06d}", 37: answer[37], 38: answer[38], 60: "2300000100060"})
    fields[61] = sale[60][2:8] + sale[11]
    return terminal._changed(fields, changes)


def _undone(terminal, void: dict, cause: str = "98", **changes) -> dict:
    fields = {n: void[n] for n in (2, 3, 4, 11, 14, 22, 25, 41, 42, 49, 60, 61) if n in void}
    return terminal._changed({**fields, 39: cause}, changes)


def test_a_void_gives_the_money_back_and_the_sale_stays_in_the_ledger():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            answer = await terminal.ask("0200", _void(terminal, 3, sale, told))
            assert (answer.mti, answer.fields[39], answer.fields[4]) == ("0210", "00", "000000001250")
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000
            assert acquirer.ledger.merchant_balance(MERCHANT) == 0
            rows = {row["stan"]: row for row in books.transactions(acquirer.ledger)}
            assert (rows[2]["state"], rows[3]["state"], rows[3]["kind"]) == ("approved", "approved", "void")
            assert (rows[3]["original_batch"], rows[3]["original_stan"]) == (1, 2)
            assert acquirer.count("void") == 1

    run(work)


def test_what_is_not_voided():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            for stan, (changes, code) in enumerate(
                (
                    ({"f61": "000001000009"}, "25"),
                    ({"f61": "000002000002"}, "25"),
                    ({"f4": "000000001249"}, "64"),
                    ({"f37": "999999999999"}, "94"),
                    ({"f38": "999999"}, "94"),
                    ({"f2": VISA}, "94"),
                    ({"f37": None}, "30"),
                    ({"f61": None}, "30"),
                    ({"f3": "000000"}, "30"),
                    ({"f60": "2200000100060"}, "30"),
                    ({"f55": b"\x9f\x26\x08" + bytes(8)}, "30"),
                    ({"f38": None}, "00"),
                    ({}, "22"),
                ),
                10,
            ):
                assert await terminal.code("0200", _void(terminal, stan, sale, told, **changes)) == code, changes
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000

    run(work)


def test_a_void_that_comes_twice_is_answered_word_for_word():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            void = _void(terminal, 3, sale, told)
            first, again = await terminal.ask("0200", void), await terminal.ask("0200", void)
            assert first.raw == again.raw
            assert await terminal.code("0200", {**sale, 11: "000003"}) == "94"  # the trace of the void, used for a sale
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000

    run(work)


def test_a_reversed_void_leaves_the_sale_standing():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            void = _void(terminal, 3, sale, told)
            assert await terminal.code("0200", void) == "00"
            # What a void undid cannot be reversed as well, whatever a terminal sends.
            assert await terminal.code("0400", terminal.reversal(sale)) == "12"
            assert await terminal.code("0400", _undone(terminal, void)) == "00"
            assert await terminal.code("0400", _undone(terminal, void, "06")) == "00"
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000 - 1250
            assert await terminal.code("0200", void) == "22"
            assert await terminal.code("0200", _void(terminal, 4, sale, told)) == "00"
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000

    run(work)


def test_a_void_whose_reversal_came_first_is_barred():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            void = _void(terminal, 3, sale, told)
            assert await terminal.code("0400", _undone(terminal, void)) == "25"
            assert await terminal.code("0200", void) == "22"
            assert books.find(acquirer.ledger, TERMINAL, 1, 3)["reason"] == "arrived after its reversal"
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000 - 1250
            assert await terminal.code("0400", _undone(terminal, void, f61=None)) == "30"
            assert await terminal.code("0400", _undone(terminal, void, f60="2200000100060")) == "30"

    run(work)


def test_two_voids_at_the_same_moment_give_back_once():
    async def work(acquirer):
        async with HandTerminal(acquirer) as one, HandTerminal(acquirer) as other:
            sale, told = await _sold(one)
            codes = await asyncio.gather(
                one.code("0200", _void(one, 3, sale, told)), other.code("0200", _void(other, 4, sale, told))
            )
            assert sorted(codes) == ["00", "22"]
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000

    run(work)


def test_the_books_are_compared_with_their_signs():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale, told = await _sold(terminal)
            await terminal.ask("0200", _void(terminal, 3, sale, told))
            journal = [
                {"batch": 1, "stan": 2, "kind": 22, "amount": 1250, "approved": 1250, "state": "approved"},
                {"batch": 1, "stan": 3, "kind": 23, "amount": 1250, "approved": 1250, "state": "approved"},
            ]
            assert reconcile(journal, acquirer.ledger) == []
            wrong = reconcile([{**journal[1], "kind": 22}, journal[0]], acquirer.ledger)
            assert wrong and "approved sales" in wrong[-1]
            assert len(reconcile(journal[:1], acquirer.ledger)) == 2

    run(work)
