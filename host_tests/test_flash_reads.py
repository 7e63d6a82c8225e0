"""What the terminal reads of its flash: blocks of LittleFS, and names that imports look for in the file system."""

import pathlib

import pytest
from test_bench_sale import IDLE, SOON, options, play

from campaigns.measure_terminal import COUNTED

HERE = pathlib.Path(__file__).resolve().parent


async def _read(till) -> dict:
    state = await till.bench.do("state")
    return {"data": state["flash"]["reads"], "code": state["flash"]["code_reads"], "names": state["flash"]["lookups"]}


async def _since(till, before: dict) -> dict:
    return {name: count - before[name] for name, count in (await _read(till)).items()}


@pytest.mark.parametrize("code, start_code, sale_code", [("rom", 0, 0), ("lfs", 80_000, 900)])
def test_f_e7_a_start_and_a_sale_read_no_more_than_they_need(tmp_path, code, start_code, sale_code):
    """F-E7: 23,144 reads until "Joining Wi-Fi" once, nine tenths of them directory look-ups.

    Beyond the row: a declined sale, which asks the tables of guidance, and an amount that is given up.
    """

    async def story(till):
        start = await _read(till)
        # The first of all: its folders are settled, once in a board's life (an everyday one: the next test).
        assert 0 < start["data"] <= 5000 and start["code"] <= start_code and (code == "rom" or start["code"])
        assert 10 < start["names"] <= 75  # each of some twenty names once, with its three endings

        for end in ("APPROVED", "APPROVED", "DECLINED"):
            if end == "DECLINED":
                await till.lab.host("decline 51 next sale")
            before = await _read(till)
            await till.sale("75", "visa-debit", end)
            read = await _since(till, before)
            assert read["names"] == 0 and read["data"] <= 400 and read["code"] <= sale_code, (end, read)

        before = await _read(till)
        await till.press("1")
        await till.shows("ENTER_AMOUNT", "0.01")
        await till.press("D")
        await till.shows(IDLE)
        read = await _since(till, before)
        assert read["names"] == 0 and read["data"] <= 20 and read["code"] <= sale_code, read

    play(tmp_path, story, bench_options=options(firmware=COUNTED, code=code, heap="900k"))


def test_f_e7_an_everyday_start_reads_a_third_of_the_first(tmp_path):
    async def story(till):
        await till.bench.power_off()
        await till.bench.power_on()
        await till.shows(IDLE)
        assert 0 < (await _read(till))["data"] <= 1500

    play(tmp_path, story, bench_options=options(firmware=COUNTED))


def test_f_e7_nobody_there_nothing_read(tmp_path):
    """F-E7, F-E10: an idle terminal reads no block of its flash, wherever its code is; nor while an amount waits for more."""

    async def scans(till, count: int) -> int:
        def there(event: dict) -> bool:
            return event["ev"] == "scans" and event["scans"] >= count

        return (await till.bench.wait_event(there, SOON, till.bench.count))["scans"]

    async def story(till):
        for keys in ("", "125"):
            await till.press(keys)
            await till.shows(*([IDLE] if not keys else ["ENTER_AMOUNT", "1.25"]))
            await scans(till, 0)
            before = await _read(till)
            await scans(till, await scans(till, 0) + 500)
            assert await _since(till, before) == {"data": 0, "code": 0, "names": 0}

    play(tmp_path, story, bench_options=options(firmware=str(HERE / "bench_lookups"), code="lfs", heap="900k"))
