"""Balance, refund, pre-authorisation and completion at the whole terminal, as an operator does them; and what goes wrong."""

import asyncio
import pathlib

from test_bench_sale import SETTINGS, options, play

from play.scripts import Script
from rig import demo
from rig.lab import Lab
from taptill.core import password

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent / "tools" / "scripts"
PAN = "4761739001010010"


def _script(tmp_path, name: str, language: str) -> list:
    async def run():
        path = SCRIPTS / name
        script, said = Script(path.read_text("utf-8"), str(path)), []
        settings = {**SETTINGS, "language": language, "supervisor": password.derive(demo.SUPERVISOR, b"test salt", 50)}
        async with Lab(tmp_path, settings=settings, options=options()) as lab:
            await script.run(lab, said.append)
        return [line.split()[2] for line in said]

    return asyncio.run(run())


def test_the_scripts_of_a_refund_and_of_a_hold(tmp_path):
    assert _script(tmp_path / "en", "refund.txt", "en") == ["sale", "refund", "refund"]
    assert _script(tmp_path / "zh", "preauth.txt", "zh") == ["preauth", "preauth", "completion", "compl-void", "preauth-void"]


def test_a_balance_is_told_and_kept_nowhere(tmp_path):
    async def story(till):
        await till.press("A31")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-pin")
        await till.shows("ENTER_PIN")
        await till.press("2468#")
        await till.shows("BALANCE_IS", "3000.00")
        await till.bench.do("card-off")
        await till.back()
        assert (await till.bench.journal())["records"] == []
        assert [row["kind"] for row in till.rows()] == ["balance"]
        await till.agrees()

    play(tmp_path, story)


def test_a_refund_without_an_answer_blocks_says_so_and_is_found_by_asking(tmp_path):
    async def story(till):
        before = till.ledger.balance(PAN)
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")
        trace = f"{till.rows()[0]['stan']}"
        await till.lab.host("drop-answer next refund")
        await till.lab.host("drop-answer always inquiry")
        await till.press("A32")
        await till.shows("PASSWORD")
        await till.press("4711#")
        await till.shows("TYPE_TRACE")
        await till.press(trace + "#")
        await till.shows("ENTER_AMOUNT")
        await till.press("500#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("REFUND", "5.00", "KEYS_AGREE")
        await till.press("#")
        await till.shows("REFUND_OPEN", "REFUND_PENDING")
        await till.bench.do("card-off")
        await till.press("#")
        await till.shows("REFUND_OPEN", "PENDING_KEPT")
        await till.press("#")
        await till.shows("REFUND_OPEN", "CHECK_STATUS", "DIAGNOSE")
        await till.lab.host("clear")
        await till.press("1")
        await till.shows("CHECK_STATUS", "STATUS_TAKEN")
        await till.press("#")
        await till.shows("REFUNDED", "5.00")
        await till.back()
        await till.agrees("approved", "approved")
        assert till.ledger.balance(PAN) == before - 750
        assert till.lab.acquirer.count("refund") == 1

    play(tmp_path, story)


def test_a_refund_that_never_arrived_is_barred_after_a_power_cut(tmp_path):
    async def story(till):
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")
        trace = f"{till.rows()[0]['stan']}"
        await till.lab.host("drop-request next refund")
        seen = till.lab.acquirer.count("any")
        await till.press("A32")
        await till.shows("PASSWORD")
        await till.press("4711#")
        await till.shows("TYPE_TRACE")
        await till.press(trace + "#")
        await till.shows("ENTER_AMOUNT")
        await till.press("1250#")
        await till.shows("PRESENT_CARD")
        await till.bench.do("card", card="visa-credit")
        await till.shows("KEYS_AGREE")
        await till.press("#")
        await till.shows("WAITING_HOST")
        assert till.lab.acquirer.count("any") >= seen
        await till.bench.power_off("cut")
        await till.bench.power_on()
        await till.shows("NOT_REFUNDED", "REFUND_NOT_MADE")
        await till.back()
        await till.agrees("approved", "reversed: not found")

    play(tmp_path, story)
