"""The host's side of refund, pre-authorisation, completion and balance: what is booked, what is bounded, what is barred."""

import pytest
from acquirer_bench import MERCHANT, TERMINAL, VECTOR_CARD, HandTerminal, run

from acquirer import books

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")
START = 1000000


def _about(terminal, stan: int, original: dict, told: dict, type_: str, amount: int, **changes) -> dict:
    fields = {n: original[n] for n in (2, 14, 22, 41, 42, 49) if n in original}
    fields.update({4: f"{amount:012d}", 11: f"{stan:06d}", 60: type_ + "00000100060"})
    fields[61] = original[60][2:8] + original[11] + "0301"
    if type_ == "25":
        fields.update({3: "200000", 25: "00", 37: told[37], 38: told[38], 63: "CUP"})
    elif type_ == "21":
        fields.update({3: "200000", 25: "06", 37: told[37], 38: told[38]})
    else:
        fields.update({3: "000000" if type_ == "20" else "200000", 25: "06", 38: told[38]})
    return terminal._changed(fields, changes)


async def _paid(terminal, stan: int, mti: str, **changes) -> tuple:
    fields = terminal.sale(stan, **changes)
    answer = await terminal.ask(mti, fields)
    assert answer.fields[39] == "00", answer.fields
    return fields, answer.fields


_HOLD = {"f3": "030000", "f25": "06", "f60": "1000000100060"}


def test_refunds_together_never_give_back_more_than_was_taken():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sold, told = await _paid(terminal, 2, "0200")
            refund = _about(terminal, 3, sold, told, "25", 1000)
            first, again = await terminal.ask("0220", refund), await terminal.ask("0220", refund)
            assert first.mti == "0230" and first.fields[39] == "00" and first.raw == again.raw
            assert await terminal.code("0220", _about(terminal, 4, sold, told, "25", 251)) == "64"
            assert await terminal.code("0220", _about(terminal, 5, sold, told, "25", 1, f37="9" * 12)) == "25"
            assert await terminal.code("0220", _about(terminal, 6, sold, told, "25", 1, f61="0000010000770301")) == "25"
            assert await terminal.code("0400", terminal.reversal(sold)) == "12"  # a part of it has been given back
            acquirer.ledger.day_cut()
            assert await terminal.code("0220", _about(terminal, 7, sold, told, "25", 250)) == "00"
            assert acquirer.ledger.balance(VECTOR_CARD) == START and acquirer.ledger.merchant_balance(MERCHANT) == 0

    run(work)


def test_after_thirty_days_it_is_too_late():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sold, told = await _paid(terminal, 2, "0200")
            for _ in range(31):
                acquirer.ledger.day_cut()
            assert await terminal.code("0220", _about(terminal, 3, sold, told, "25", 100)) == "22"

    run(work)


def test_a_hold_a_completion_and_their_voids_move_what_they_should():
    async def work(acquirer):
        balance = acquirer.ledger.balance
        async with HandTerminal(acquirer) as terminal:
            hold, told = await _paid(terminal, 2, "0100", **_HOLD)
            assert balance(VECTOR_CARD) == START - 1250 and acquirer.ledger.merchant_balance(MERCHANT) == 0
            assert await terminal.code("0200", _about(terminal, 3, hold, told, "20", 1438)) == "64"
            assert await terminal.code("0200", _about(terminal, 4, hold, told, "20", 1000, f38="999999")) == "25"
            taking = _about(terminal, 5, hold, told, "20", 1437)
            taken = await terminal.ask("0200", taking)
            assert taken.fields[39] == "00" and balance(VECTOR_CARD) == START - 1437
            assert await terminal.code("0200", _about(terminal, 6, hold, told, "20", 1)) == "22"
            assert await terminal.code("0100", _about(terminal, 7, hold, told, "11", 1250)) == "12"
            assert await terminal.code("0200", _about(terminal, 8, taking, taken.fields, "21", 1437)) == "00"
            assert balance(VECTOR_CARD) == START - 1250 and acquirer.ledger.merchant_balance(MERCHANT) == 0  # held again
            letting_go = _about(terminal, 9, hold, told, "11", 1250)
            assert await terminal.code("0100", letting_go) == "00" and balance(VECTOR_CARD) == START
            undone = {n: letting_go[n] for n in (2, 3, 4, 11, 14, 22, 25, 41, 42, 49, 60) if n in letting_go}
            assert await terminal.code("0400", {**undone, 39: "98", 61: letting_go[61]}) == "00"
            assert balance(VECTOR_CARD) == START - 1250

    run(work)


def test_a_refund_that_was_asked_about_first_is_barred():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            sold, told = await _paid(terminal, 2, "0200")
            asked = {4: "000000000500", 11: "000009", 41: terminal.terminal, 42: terminal.merchant, 60: "25000001902"}
            answer = await terminal.ask("0820", {**asked, 61: "000001000003"})
            assert (answer.fields[39], answer.fields[63][:13]) == ("00", "B000000000500")
            assert await terminal.code("0220", _about(terminal, 3, sold, told, "25", 500)) == "22"
            assert books.find(acquirer.ledger, TERMINAL, 1, 3)["reason"] == "arrived after its reversal"
            answer = await terminal.ask("0820", {**asked, 11: "000010", 61: "000001000002", 4: "000000001250"})
            assert answer.fields[63][:13] == "A000000001250"  # what it knows it does not bar
            without = {number: value for number, value in {**asked, 61: "000001000003"}.items() if number != 4}
            assert await terminal.code("0820", without) == "30"
            assert acquirer.ledger.balance(VECTOR_CARD) == START - 1250

    run(work)


def test_a_balance_is_told_with_the_pin_alone():
    async def work(acquirer):
        async with HandTerminal(acquirer) as terminal:
            asks = {"f3": "310000", "f4": None, "f60": "0100000100060"}
            pin = terminal.pin_fields("123456")
            answer = await terminal.ask("0200", terminal.sale(2, **{**asks, **pin}))
            assert (answer.fields[39], answer.fields[54]) == ("00", "3002156C000001000000") and 4 not in answer.fields
            wrong = await terminal.ask("0200", terminal.sale(3, **{**asks, **terminal.pin_fields("999999")}))
            assert wrong.fields[39] == "55" and 54 not in wrong.fields
            assert await terminal.code("0200", terminal.sale(4, **asks)) == "30"

    run(work)
