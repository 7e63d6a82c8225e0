"""An update that does not work undoes itself: what terminal and boot loader do about two slots (ESP-IDF, "App Rollback")."""

import asyncio
import importlib
import json
import sys
import types

import pytest
from test_bench_sale import IDLE, SOON, options, play


def otadata(till) -> dict:
    return json.loads((till.bench.state / "slots.json").read_text(encoding="utf-8"))


async def updated(till) -> None:
    """As an update leaves it: the other slot is chosen and was never started."""
    await till.bench.power_off()
    kept = {"boot": "ota_1", "states": {"ota_0": "valid", "ota_1": "new"}}
    (till.bench.state / "slots.json").write_text(json.dumps(kept), encoding="utf-8")
    await till.bench.power_on()
    await till.shows(IDLE)
    assert otadata(till)["states"]["ota_1"] == "pending-verify"


async def again(till) -> None:
    await till.bench.power_off()
    await till.bench.power_on()
    await till.shows(IDLE)


def test_an_update_that_runs_for_a_minute_stays(tmp_path):
    async def story(till):
        await updated(till)
        async with asyncio.timeout(SOON):
            while otadata(till)["states"]["ota_1"] != "valid":
                await asyncio.sleep(0.05)
        await again(till)
        assert otadata(till) == {"boot": "ota_1", "states": {"ota_0": "valid", "ota_1": "valid"}}

    play(tmp_path, story, bench_options=options(speed=20))


def test_one_that_does_not_is_left_for_the_image_before(tmp_path):
    async def story(till):
        await updated(till)
        await again(till)  # whatever ended it before its minute was over
        assert otadata(till) == {"boot": "ota_0", "states": {"ota_0": "valid", "ota_1": "aborted"}}
        await till.sale("1250", "visa-credit", "APPROVED", "12.50")

    play(tmp_path, story, bench_options=options(speed=1))


@pytest.mark.parametrize("answer", [OSError(-261, "ESP_ERR_NOT_FOUND"), OSError(1, "ESP_FAIL"), None])
def test_where_there_is_nothing_to_go_back_to_nothing_is_asked(monkeypatch, answer):
    """MicroPython's own download has one application; the very first image has no otadata; old builds do not know the call."""
    asked = []

    def refuse():
        asked.append(answer)
        raise answer

    partition = types.SimpleNamespace(mark_app_valid_cancel_rollback=refuse) if answer else types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "esp32", types.SimpleNamespace(Partition=partition))
    monkeypatch.delitem(sys.modules, "taptill.adapters.slot", raising=False)
    importlib.import_module("taptill.adapters.slot").works()
    assert asked == ([answer] if answer else [])
