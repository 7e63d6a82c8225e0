"""F-M14 on the whole terminal: a display that does not answer, goes away in operation and comes back."""

from test_bench_sale import IDLE, SOON, Till, play

_BLIND_HZ = 400  # the tone of the refusal, which nothing else has


async def _refuses(till: Till, said: str) -> None:
    """The console has said why; a digit brings the sound of the refusal and no amount."""
    await till.bench.wait_event(lambda event: event["ev"] == "log" and said in event["text"], SOON, 0)
    start = till.bench.count
    await till.press("1")
    await till.bench.wait_event(lambda event: event["ev"] == "buzzer" and event["hz"] == _BLIND_HZ, SOON, start)
    shown = [event for number, event in till.bench.events if number > start and event["ev"] == "shown"]
    assert not [event for event in shown if "ENTER_AMOUNT" in event["names"]]


def test_f_m14_a_reversal_goes_on_in_the_dark_and_is_told_when_the_display_is_back(tmp_path):
    """F-M14: pulled while the answer is awaited; no new sale, with a sound; plugged in again it says what nobody saw."""

    async def story(till):
        await till.lab.host("drop-answer next sale")
        seen = till.lab.acquirer.count("sale"), till.lab.acquirer.count("reversal")
        await till.present("1250", "visa-credit")
        await till.lab.acquirer.wait_request("sale", SOON, seen[0])
        await till.bench.do("display", there=False)
        await till.lab.acquirer.wait_request("reversal", SOON, seen[1])
        await till.bench.do("card-off")
        await _refuses(till, "nothing answers at 0x3C (on the bus: nothing) - no new payments")
        assert len(till.rows()) == 1
        await till.bench.do("display", there=True)
        await till.shows("REVERSED", "EARLIER")
        await till.shows("REVERSED", "12.50")
        await till.back()
        await till.sale("75", "visa-credit", "APPROVED")
        await till.agrees("reversed", "approved")

    play(tmp_path, story)


def test_f_m14_another_chip_at_the_same_address_is_named(tmp_path):
    """F-M14, further: an SH1106 acknowledges everything and shows noise."""

    async def story(till):
        await till.bench.do("display", identity=8)
        await _refuses(till, "an SH1106 answers at 0x3C, an SSD1306 is wanted")
        await till.bench.do("display")
        await till.bench.wait_event(lambda event: event["ev"] == "log" and "there again" in event["text"], SOON, 0)
        await till.shows(IDLE)
        await till.sale("75", "visa-credit", "APPROVED")
        await till.agrees("approved")

    play(tmp_path, story)
