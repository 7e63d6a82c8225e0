"""The computer at the cable asks whether the terminal may be stopped; the whole terminal answers, and never in a payment."""

import asyncio

from test_bench_sale import SOON, Till, leave_one_open, options, play

from rig.supervisor import Bench

_SAID = "taptill: "


async def asked(till: Till) -> str:
    """Type a question; the next word of the terminal."""
    start = till.bench.count
    till.bench.type("\x02\r")
    event = await till.bench.wait_event(lambda event: event["ev"] == "log" and event["text"].startswith(_SAID), SOON, start)
    return event["text"][len(_SAID) :]


def test_a_terminal_says_that_it_is_idle_and_in_a_payment_that_it_is_busy(tmp_path):
    async def story(till):
        assert await asked(till) == "idle"
        await till.present("1250")
        assert await asked(till) == "busy"
        start = till.bench.count
        till.bench.type("\r" * 600)
        await till.bench.do("card", card="visa-credit")
        await till.shows("APPROVED", "12.50")
        said = [event for number, event in till.bench.events if number > start and event["ev"] == "log"]
        assert {event["text"] for event in said if event["text"].startswith(_SAID)} <= {_SAID + "busy"}
        await till.bench.do("card-off")
        await till.back()
        # It was asked meanwhile, and answers now.
        await till.bench.wait_event(lambda event: event["ev"] == "log" and event["text"] == _SAID + "idle", SOON, start)
        await till.sale("75", "visa-credit", "APPROVED")
        await till.agrees("approved", "approved")

    play(tmp_path, story)


def test_a_terminal_with_an_open_reversal_says_so(tmp_path):
    async def story(till):
        await leave_one_open(till)
        assert await asked(till) == "reversal open"

    play(tmp_path, story)


def test_a_terminal_without_settings_says_so(tmp_path):
    async def run():
        async with Bench(tmp_path, options()) as bench:
            await bench.power_on()
            start = bench.count
            bench.type("\r")
            await bench.wait_event(lambda event: event["ev"] == "log" and event["text"] == _SAID + "out of service", SOON, start)

    asyncio.run(run())
