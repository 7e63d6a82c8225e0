"""A void at the whole terminal, as an operator does it: menu, trace or card, question, end; and what goes wrong."""

import asyncio
import pathlib

import pytest
from test_bench_sale import SETTINGS, options, play

from acquirer import books
from play.scripts import Script
from rig.lab import Lab

SCRIPT = pathlib.Path(__file__).resolve().parent.parent / "tools" / "scripts" / "void.txt"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_by_trace_and_by_card_and_no_further(tmp_path, language):
    async def run():
        script = Script(SCRIPT.read_text("utf-8"), str(SCRIPT))
        async with Lab(tmp_path, settings={**SETTINGS, "language": language}, options=options()) as lab:
            said = []
            await script.run(lab, said.append)
            assert [line.split()[2] for line in said] == ["sale", "sale", "void", "void"], said
            assert lab.ledger.merchant_balance(books.transactions(lab.ledger)[0]["merchant_id"]) == 0

    asyncio.run(run())


def test_a_lost_answer_is_reversed_and_the_sale_stands(tmp_path):
    async def story(till):
        before = till.ledger.balance("4761739001010010")
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")
        await till.lab.host("drop-answer next void")
        await till.press("A2#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("VOID", "12.50", "KEYS_AGREE")
        await till.press("#")
        await till.shows("REVERSED", "SALE_STANDS", "S_AGAIN")
        await till.bench.do("card-off")
        await till.back()
        records = await till.agrees("approved", "reversed")
        assert [record["transaction"] for record in records] == ["sale", "void"]
        assert till.ledger.balance("4761739001010010") == before - 1250

    play(tmp_path, story)


def test_another_card_and_a_no_leave_everything_as_it_was(tmp_path):
    async def story(till):
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")
        stan = f"{till.rows()[0]['stan']}"
        for card, keys, words in (
            ("mastercard-credit", "", ("NOT VOIDED", "Not the same card")),
            ("visa-credit", "D", ("NOT VOIDED", "The sale stands", "Cancelled")),
        ):
            await till.press("A2" + stan + "#")
            await till.shows("PRESENT_CARD")
            await till.bench.do("card", card=card)
            if keys:
                await till.shows("VOID", "12.50")
                await till.press(keys)
            await till.shows(*words)
            await till.bench.do("card-off")
            await till.back()
        await till.press("A2*")
        await till.shows("HINT_IDLE")
        assert till.lab.acquirer.count("void") == 0
        await till.agrees("approved")

    play(tmp_path, story)


def test_power_cut_in_a_void_is_settled_at_the_next_start(tmp_path):
    async def story(till):
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")
        await till.lab.host("drop-answer next void")
        seen = till.lab.acquirer.count("void")
        await till.press("A2#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("KEYS_AGREE")
        await till.press("#")
        await till.lab.acquirer.wait_request("void", 20, seen)
        await till.bench.power_off("cut")
        await till.bench.power_on()
        await till.shows("REVERSED", "SALE_STANDS")
        await till.back()
        await till.agrees("approved", "reversed")
        await till.press("A1")
        await till.shows("LAST_SALE", "REVERSED")

    play(tmp_path, story)
