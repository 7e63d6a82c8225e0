"""The second profile, end to end: a whole terminal on the bench and the acquirer, who both speak ISO 8583:1987 in ASCII."""

import asyncio

from click.testing import CliRunner
from test_bench_sale import SETTINGS, Till, options

from acquirer.testcards import DEMO_TERMINAL
from rig.lab import Lab
from till.decode import decode


def test_sales_a_lost_answer_its_reversal_and_a_void(tmp_path):
    """Sign-on, sale, lost answer and reversal, wrong MAC, decline; then `till decode` reads every message and checks its MAC."""

    async def run():
        async with Lab(tmp_path, settings={**SETTINGS, "profile": "iso87a"}, options=options(trace="host")) as lab:
            till = Till(lab)
            await till.shows("HINT_IDLE")
            await till.sale("1250", "visa-credit", "APPROVED")
            await lab.host("drop-answer next sale")
            await till.sale("700", "visa-debit", "REVERSED")
            await lab.host("wrong-mac next sale")
            await till.sale("900", "visa-credit", "REVERSED")
            await lab.host("decline 51 next sale")
            await till.sale("300", "visa-credit", "DECLINED")
            await till.agrees("approved", "reversed", "reversed", "declined")
            key = lab.ledger.working_keys(DEMO_TERMINAL)[1]
            return key, [bytes.fromhex(event["hex"]) for _, event in lab.bench.events if event["ev"] == "host"]

    key, frames = asyncio.run(run())
    told = []
    for frame in frames:
        assert frame.isascii()
        shown = CliRunner().invoke(decode, [frame.hex(), "--mak", key.hex(), "--mac", "retail"])
        assert shown.exit_code == 0, shown.output
        told.append((frame[:4].decode(), shown.output.splitlines()[-1]))
    wrong = [mti for mti, last in told if last == "MAC WRONG"]
    assert wrong == ["0210"] and {mti for mti, last in told if last == "MAC correct"} == {"0200", "0210", "0400", "0410"}
    assert {mti for mti, last in told if not last.startswith("MAC")} == {"0800", "0810"}
