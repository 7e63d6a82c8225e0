"""F-M5 on the whole terminal: what it said before a power cut, and nobody saw, is said again until a key is pressed."""

from test_bench_sale import IDLE, options, play

_TURNS = 8  # pages turn every 3 s: more than the 15 s that a result stands when nothing has gone wrong


async def _restart(till) -> int:
    """Cut the power and bring it back; the number of the last event before."""
    await till.bench.power_off("cut")
    start = till.bench.count
    await till.bench.power_on()
    return start


async def _stays(till) -> None:
    """Its pages turn for longer than a result is shown."""
    for _ in range(_TURNS):
        await till.shows("APPROVED", "TRACE")
        await till.shows("APPROVED", "EARLIER")


def _said(till, start: int) -> bool:
    """Has anything been told again since then?"""
    return any("EARLIER" in event["names"] for number, event in till.bench.events if number > start and event["ev"] == "screen")


def test_f_m5_an_approval_that_nobody_saw_is_said_again_until_a_key_is_pressed(tmp_path):
    """F-M5: cut while it is shown, and cut again while it is said again; with a key it has been seen, for good."""

    async def story(till):
        await till.present("1250", "visa-credit")
        await till.shows("APPROVED", "12.50")
        await till.bench.do("card-off")
        for _ in range(2):
            await _restart(till)
            await till.shows("APPROVED", "12.50", "EARLIER")
        await _stays(till)
        await till.back()
        start = await _restart(till)
        await till.shows(IDLE)
        assert not _said(till, start)
        await till.agrees("approved")

    play(tmp_path, story, bench_options=options(speed=20))


def test_f_m5_so_are_a_decline_and_a_reversal_and_what_was_shown_to_its_end_is_not(tmp_path):
    """F-M5: the other ends; and a result that nobody took away but that stood for its whole time is no news at the next start."""

    async def story(till):
        await till.lab.host("decline 51 next sale")
        await till.present("1250", "visa-credit")
        await till.shows("DECLINED", "R_NO_FUNDS")
        await till.bench.do("card-off")
        await _restart(till)
        await till.shows("DECLINED", "EARLIER", "MONEY_NOT_TAKEN")
        await till.back()
        await till.lab.host("drop-answer next sale")
        await till.present("700", "visa-debit")
        await till.shows("REVERSED", "MONEY_RETURNED")
        await till.bench.do("card-off")
        await _restart(till)
        await till.shows("REVERSED", "EARLIER", "MONEY_RETURNED")
        await till.back()
        await till.present("800", "visa-debit")
        await till.shows("APPROVED", "8.00")
        await till.bench.do("card-off")
        await till.shows(IDLE)
        start = await _restart(till)
        await till.shows(IDLE)
        assert not _said(till, start)
        await till.agrees("declined", "reversed", "approved")

    play(tmp_path, story, bench_options=options(speed=20))
