"""The host's side of refund, pre-authorisation, completion and balance: what is booked, what is bounded, what is barred."""

import pytest
from acquirer_bench import MERCHANT, TERMINAL, VECTOR_CARD, AsciiTerminal, HandTerminal, run

from acquirer import books

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES.*")
START = 1000000
each_profile = pytest.mark.parametrize("speaker", (HandTerminal, AsciiTerminal), ids=("cn_pos", "iso87a"))


def played(speaker, work) -> None:
    """`work(terminal, acquirer)` with a terminal that has keys."""

    async def whole(acquirer):
        async with speaker(acquirer) as terminal:
            if speaker is AsciiTerminal:
                await terminal.sign_on()
            await work(terminal, acquirer)

    run(whole, **({"lines": {"iso87a-tcp": 0}} if speaker is AsciiTerminal else {}))


async def _paid(terminal, mti: str, fields: dict) -> tuple:
    answer = await terminal.ask(mti, fields)
    assert answer.fields[39] == "00", answer.fields
    return fields, answer.fields


@each_profile
def test_refunds_together_never_give_back_more_than_was_taken(speaker):
    async def work(terminal, acquirer):
        sold, told = await _paid(terminal, "0200", terminal.sale(2))
        mti, refund = terminal.about("refund", 3, sold, told, 1000)
        first, again = await terminal.ask(mti, refund), await terminal.ask(mti, refund)
        assert first.mti == f"{int(mti) + 10:04d}" and first.fields[39] == "00" and first.raw == again.raw
        assert await terminal.code(*terminal.about("refund", 4, sold, told, 251)) == "64"
        assert await terminal.code(*terminal.about("refund", 5, sold, told, 1, f37="9" * 12)) == "25"
        assert await terminal.code(*terminal.about("refund", 6, sold, told, 1, **terminal.named(77))) == "25"
        assert await terminal.code("0400", terminal.reversal(sold)) == "12"  # a part of it has been given back
        acquirer.ledger.day_cut()
        assert await terminal.code(*terminal.about("refund", 7, sold, told, 250)) == "00"
        assert acquirer.ledger.balance(VECTOR_CARD) == START and acquirer.ledger.merchant_balance(MERCHANT) == 0

    played(speaker, work)


@each_profile
def test_after_thirty_days_it_is_too_late(speaker):
    async def work(terminal, acquirer):
        sold, told = await _paid(terminal, "0200", terminal.sale(2))
        for _ in range(31):
            acquirer.ledger.day_cut()
        assert await terminal.code(*terminal.about("refund", 3, sold, told, 100)) == "22"

    played(speaker, work)


@each_profile
def test_a_hold_a_completion_and_their_voids_move_what_they_should(speaker):
    async def work(terminal, acquirer):
        balance = acquirer.ledger.balance
        hold, told = await _paid(terminal, *terminal.tapped("preauth", 2))
        assert balance(VECTOR_CARD) == START - 1250 and acquirer.ledger.merchant_balance(MERCHANT) == 0
        assert await terminal.code(*terminal.about("completion", 3, hold, told, 1438)) == "64"
        assert await terminal.code(*terminal.about("completion", 4, hold, told, 1000, f38="999999")) == "25"
        taking, taken = await _paid(terminal, *terminal.about("completion", 5, hold, told, 1437))
        assert balance(VECTOR_CARD) == START - 1437
        assert await terminal.code(*terminal.about("completion", 6, hold, told, 1)) == "22"
        assert await terminal.code(*terminal.about("preauth-void", 7, hold, told, 1250)) == "12"
        assert await terminal.code(*terminal.about("compl-void", 8, taking, taken, 1437)) == "00"
        assert balance(VECTOR_CARD) == START - 1250 and acquirer.ledger.merchant_balance(MERCHANT) == 0  # held again
        mti, letting_go = terminal.about("preauth-void", 9, hold, told, 1250)
        assert await terminal.code(mti, letting_go) == "00" and balance(VECTOR_CARD) == START
        assert await terminal.code("0400", terminal.reversal(letting_go, mti=mti)) == "00"
        assert balance(VECTOR_CARD) == START - 1250
        assert await terminal.code("0400", terminal.reversal(hold, mti="0100")) == "00"
        assert balance(VECTOR_CARD) == START

    played(speaker, work)


@each_profile
def test_a_refund_that_was_asked_about_first_is_barred(speaker):
    async def work(terminal, acquirer):
        sold, told = await _paid(terminal, "0200", terminal.sale(2))
        answer = await terminal.ask(*terminal.barring(9, 3, 500))
        assert (answer.fields[39], answer.fields[terminal.STATE][:13]) == ("00", "B000000000500")
        assert await terminal.code(*terminal.about("refund", 3, sold, told, 500)) == "22"
        assert books.find(acquirer.ledger, TERMINAL, 1, 3)["reason"] == "arrived after its reversal"
        answer = await terminal.ask(*terminal.barring(10, 2, 1250))
        assert answer.fields[terminal.STATE][:13] == "A000000001250"  # what it knows it does not bar
        assert await terminal.code(*terminal.barring(9, 3, None)) == "30"
        assert acquirer.ledger.balance(VECTOR_CARD) == START - 1250

    played(speaker, work)


@each_profile
def test_a_balance_is_told_with_the_pin_alone(speaker):
    async def work(terminal, acquirer):
        answer = await terminal.ask(*terminal.tapped("balance", 2, **terminal.pin_fields("123456")))
        assert (answer.fields[39], answer.fields[54]) == ("00", "3002156C000001000000") and 4 not in answer.fields
        wrong = await terminal.ask(*terminal.tapped("balance", 3, **terminal.pin_fields("999999")))
        assert wrong.fields[39] == "55" and 54 not in wrong.fields
        assert await terminal.code(*terminal.tapped("balance", 4)) == "30"

    played(speaker, work)


def test_a_payment_of_the_ascii_profile_is_told_by_type_code_and_condition_together():
    """What one of the three does not fit is refused, and named."""

    async def work(terminal, acquirer):
        hold, told = await _paid(terminal, *terminal.tapped("preauth", 2))
        assert await terminal.code("0100", {**hold, 11: "000003", 25: "00"}) == "30"
        assert await terminal.code("0100", {**hold, 11: "000004", 3: "310000"}) == "40"
        assert await terminal.code("0400", terminal.reversal(hold, mti="0200")) == "94"  # that would be a completion
        assert await terminal.code("0400", terminal.reversal({**hold, 11: "000005"}, mti="0220")) == "30"
        assert await terminal.code("0400", terminal.reversal({**hold, 11: "000006", 25: "00"}, mti="0100")) == "30"
        refund = terminal.about("refund", 7, hold, told, 100)
        assert await terminal.code("0400", terminal.reversal(refund[1])) == "30"  # it is asked about, and never reversed

    played(AsciiTerminal, work)
