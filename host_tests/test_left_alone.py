"""A terminal that nobody touches keeps running: its tasks check in with the watchdog wherever it waits."""

import asyncio

import pytest

from rig.lab import Lab
from rig.supervisor import Options

_SPEED = 20
_ALONE = 80 / _SPEED  # eight times the watchdog's time if all of it is hurried; work in between is not


async def _stays(bench) -> None:
    with pytest.raises(asyncio.TimeoutError):
        event = await bench.wait_event(lambda event: event["ev"] == "power" and not event["on"], _ALONE)
        raise AssertionError(event["why"])


@pytest.mark.parametrize(
    "keys, screen", [("", "Type an amount"), ("125", "1.25"), ("125#", "Present card")], ids=["idle", "amount", "card"]
)
def test_nothing_bites_a_waiting_terminal(tmp_path, keys, screen) -> None:
    async def story() -> None:
        async with Lab(tmp_path, options=Options(heap="1M", speed=_SPEED, restart=False, trace="")) as lab:
            await lab.bench.wait_text(lambda lines: "Type an amount" in lines, 20)
            for key in keys:
                await lab.bench.do("key", key=key)
            await lab.bench.wait_text(lambda lines: screen in lines, 20)
            await _stays(lab.bench)
            assert lab.bench.on

    asyncio.run(story())
