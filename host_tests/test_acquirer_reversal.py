"""Reversal and status inquiry: idempotent, never a late debit, the closed day."""

import asyncio

import pytest
from acquirer_bench import MERCHANT, TERMINAL, VECTOR_CARD, VISA, HandTerminal, run

from acquirer import books

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")


def test_a_reversal_gives_the_money_back_with_the_fields_of_d7():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2, 1250)
            assert await terminal.code("0200", sale) == "00"
            answer = await terminal.ask("0400", terminal.reversal(sale))
            assert answer.mti == "0410" and answer.fields[39] == "00"
            assert sorted(answer.fields) == [3, 4, 11, 12, 13, 25, 32, 37, 39, 41, 42, 49, 60, 64]
            assert acquirer.ledger.balance(VECTOR_CARD) == 1000000
            assert acquirer.ledger.merchant_balance(MERCHANT) == 0
            row = books.find(acquirer.ledger, TERMINAL, 1, 2)
            assert (row["state"], row["reversal_cause"]) == ("reversed", "98")

    run(work)


def test_a_repeated_reversal_is_the_same_answer_and_moves_nothing():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2)
            await terminal.ask("0200", sale)
            first = await terminal.ask("0400", terminal.reversal(sale))
            again = await terminal.ask("0400", terminal.reversal(sale, "06"))
            assert first.raw == again.raw and first.fields[39] == "00"
            assert acquirer.ledger.balance(VISA) == 100000
            acquirer.ledger.day_cut()
            assert await terminal.code("0400", terminal.reversal(sale)) == "00"
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["reversal_count"] == 3

    run(work)


def test_a_sale_that_arrives_after_its_reversal_is_never_approved():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2)
            assert await terminal.code("0400", terminal.reversal(sale)) == "25"
            assert await terminal.code("0400", terminal.reversal(sale)) == "25"
            assert await terminal.code("0200", sale) == "22"
            assert await terminal.code("0200", sale) == "22"
            assert await terminal.code("0400", terminal.reversal(sale)) == "25"
            assert acquirer.ledger.balance(VISA) == 100000
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["reason"] == "arrived after its reversal"

    run(work)


def test_a_reversed_sale_repeated_is_not_revived():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2)
            await terminal.ask("0200", sale)
            await terminal.ask("0400", terminal.reversal(sale))
            assert await terminal.code("0200", sale) == "22"
            assert acquirer.ledger.balance(VISA) == 100000

    run(work)


def test_a_reversal_of_a_declined_sale_is_12():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.visa_sale(2, 600000)
            assert await terminal.code("0200", sale) == "61"
            assert await terminal.code("0400", terminal.reversal(sale)) == "12"
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "declined"

    run(work)


def test_a_sale_of_a_closed_business_day_stands():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2)
            await terminal.ask("0200", sale)
            assert acquirer.ledger.day_cut() == 20260302
            assert await terminal.code("0400", terminal.reversal(sale)) == "12"
            assert acquirer.ledger.merchant_balance(MERCHANT) == 1250
            assert (await terminal.ask("0200", terminal.sale(3))).fields[15] == "0302"

    run(work)


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"f4": "000000001251"}, "64"),
        ({"f2": VISA}, "94"),
        ({"f61": "000001000003"}, "30"),
        ({"f39": None}, "30"),
        ({"f61": None}, "00"),
        ({"f2": None}, "00"),
    ],
)
def test_a_reversal_must_fit_its_original(changes, code):
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2)
            await terminal.ask("0200", sale)
            assert await terminal.code("0400", terminal.reversal(sale, **changes)) == code
            assert acquirer.ledger.merchant_balance(MERCHANT) == (0 if code == "00" else 1250)

    run(work)


def test_a_reversal_with_a_wrong_mac_changes_nothing():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2)
            await terminal.ask("0200", sale)
            body = bytearray(terminal.body("0400", terminal.reversal(sale)))
            body[-3] ^= 1
            terminal.send(bytes(body))
            assert (await terminal.receive()).fields[39] == "A0"
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "approved"

    run(work)


def test_another_terminal_cannot_reverse_the_sale():
    async def work(acquirer):
        acquirer.ledger.add_terminal("10000002", "100000000000001", bytes(range(16)))
        async with (
            HandTerminal(acquirer) as one,
            HandTerminal(acquirer, "10000002", "100000000000001", bytes(range(16)), None, None) as two,
        ):
            await two.sign_on()
            await one.ask("0200", one.sale(2))
            assert await two.code("0400", two.reversal(two.sale(2))) == "25"
            assert books.find(acquirer.ledger, TERMINAL, 1, 2)["state"] == "approved"

    run(work)


def test_sale_and_reversal_on_two_connections_never_leave_a_debit():
    async def work(acquirer):
        async with HandTerminal(acquirer) as one, HandTerminal(acquirer) as two:
            for stan in range(2, 22):
                sale = one.sale(stan)
                asks = [one.ask("0200", sale), two.ask("0400", two.reversal(sale))]
                await asyncio.gather(*(asks if stan % 2 else reversed(asks)))
                assert books.find(acquirer.ledger, TERMINAL, 1, stan)["state"] == "reversed"
            assert acquirer.ledger.merchant_balance(MERCHANT) == 0

    run(work)


def test_status_inquiry_tells_every_state():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sale = terminal.sale(2, 1250)
            assert await terminal.inquire(9, 2) == ("25", "N" + "0" * 12 + " " * 12)
            await terminal.ask("0200", sale)
            assert await terminal.inquire(10, 2) == ("00", "A000000001250030100000001")
            await terminal.ask("0400", terminal.reversal(sale))
            assert await terminal.inquire(11, 2) == ("00", "R000000001250030100000001")
            await terminal.ask("0200", terminal.visa_sale(3, 600000))
            code, text = await terminal.inquire(12, 3)
            assert code == "00" and text[0] == "D" and len(text) == 25
            await terminal.ask("0400", terminal.reversal(terminal.sale(4, 700)))
            assert await terminal.inquire(13, 4) == ("00", "B000000000700" + " " * 12)
            # The code of terminals of the first version is answered as they know it.
            assert await terminal.inquire(14, 4, "381") == ("00", "R000000000700" + " " * 12)
            assert await terminal.inquire(16, 2, "381") == ("00", "R000000001250030100000001")
            assert await terminal.inquire(17, 2, batch=2) == ("25", "N" + "0" * 12 + " " * 12)
            spoilt = bytearray(
                terminal.body("0820", {11: "000015", 41: TERMINAL, 42: MERCHANT, 60: "00000001901", 61: "000001000002"})
            )
            spoilt[-1] ^= 1
            terminal.send(bytes(spoilt))
            assert (await terminal.receive()).fields[39] == "A0"

    run(work)


def test_a_partly_approved_sale_is_reversed_by_either_amount():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            for stan, reversed_amount in ((2, 1250), (3, 500)):
                assert (await acquirer.command("partial 5.00"))["ok"]
                sale = terminal.sale(stan, 1250)
                answer = await terminal.ask("0200", sale)
                assert (answer.fields[39], answer.fields[4]) == ("10", "000000000500")
                assert acquirer.ledger.merchant_balance(MERCHANT) == 500
                amount = f"{reversed_amount:012d}"
                assert await terminal.code("0400", terminal.reversal(sale, f4=amount)) == "00"
                assert acquirer.ledger.merchant_balance(MERCHANT) == 0

    run(work)
