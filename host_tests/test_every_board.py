"""Every board of boards/ on the bench, as its own chip: the story, its pins, its memory; and chips that do not start.

Pins: MicroPython 1.25, ports/esp32/machine_pin.h (20 and 24 are led out of no module here).  Memory: what was seen of the port in
emulation (F-E1), and the rules of py/gc.c.
"""

import ast
import asyncio
import io
import pathlib

import pytest
from rich.console import Console

from play.story import Story
from play.story_show import Show
from rig.bench_options import BenchError, Options
from rig.lab import Lab
from rig.supervisor import Bench

HERE = pathlib.Path(__file__).resolve().parent
BOARDS = sorted(path.parent.name for path in (HERE.parent / "boards").glob("*/board.py"))
_WROOM = {*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)}
PINS = {
    "esp32_devkitc": (_WROOM, _WROOM - {*range(34, 40)}),
    "esp32_wrover": (_WROOM - {16, 17}, _WROOM - {16, 17, *range(34, 40)}),
    "esp32s3_devkitc": ({*range(22), *range(38, 49)},) * 2,
}


@pytest.mark.parametrize("board", BOARDS)
def test_the_story(board, tmp_path):
    """With the heap that the port has on it: also a chip without PSRAM sells and reverses when its code is in flash (F-E1)."""
    story = Story(Show(Console(file=io.StringIO()), "en"), tmp_path, board=board, quick=True)
    asyncio.run(story.tell())
    assert story.problems == [] and {"approved", "lost-reversed", "cut-reversed"} <= {shot.name for shot in story.shots}
    assert story.lab.bench.options.heap == "port"
    assert story.lab.bench.options.code == ("rom" if board == "esp32_devkitc" else "lfs")


def lived(folder: pathlib.Path, board: str, firmware: str, **options) -> list:
    """What happens at a board until its program has ended or will never begin."""
    events: list = []

    async def story() -> None:
        chosen = Options(board=board, port=None, trace="", firmware=str(HERE / firmware), **options)
        async with Bench(folder, chosen, events.append) as bench:
            await bench.wait_event(lambda event: event["ev"] == "power" and event.get("failed"), 20, 0)

    asyncio.run(story())
    return events


def said(events: list) -> dict:
    """What bench_chip told of each thing."""
    lines = [event["text"].split(None, 2)[1:] for event in events if event["ev"] == "log" and event["text"].startswith("chip: ")]
    return {what: ast.literal_eval(rest[0].replace(" ", ",").replace(",,", ",")) if rest else None for what, *rest in lines}


@pytest.mark.parametrize("board", BOARDS)
def test_its_pins_and_its_memory(board, tmp_path):
    events = lived(tmp_path, board, "bench_chip", heap="port")
    told = said(events)
    assert (set(told["pins"]), set(told["outputs"])) == PINS[board]
    free, outside, piece = told["start"]
    if board == "esp32_devkitc":
        small(told, [event["why"] for event in events if event.get("restart")])
    else:
        psram = (4 << 20) if board == "esp32_wrover" else (8 << 20)
        assert psram * 0.98 < piece < psram and piece < free < outside and "cause" not in told  # the radio has its own memory


def small(told: dict, restarts: list) -> None:
    """56 kB, then the largest free block, then what Wi-Fi needs: ESP-IDF's abort(), a restart.  With Wi-Fi first it has room."""
    free, outside, piece = told["start"]
    assert (outside, piece) == (143_024, 113_840 - 57_344) and 90_000 < free < 57_344 + piece
    assert 2 * 57_344 * 0.98 < told["largest"] <= 2 * 57_344  # MemoryError, although there is more in all; of this VM's bytes
    assert told["full"][1:] == (31_680, 16_644)
    assert restarts == ["abort(): no memory for wifi, Python's heap has [57344, 56496, 54848]"] and told["cause"] == 2
    assert told["wifi"][1:] == (93_024, 56_496)


def test_f_e1_code_in_the_heap_is_too_much_for_a_chip_without_psram(tmp_path):
    """The tree that is deployed, as MicroPython's own download loads it: the terminal never starts."""

    events: list = []

    async def story() -> None:
        async with Lab(tmp_path, options=Options(code="lfs", heap="port", trace=""), listener=events.append) as lab:
            await lab.bench.wait_event(lambda event: event["ev"] == "power" and event.get("restart"), 20, 0)

    asyncio.run(story())
    assert any(event["ev"] == "log" and "MemoryError" in event["text"] for event in events)
    assert not any(event["ev"] == "screen" and "HINT_IDLE" in event["names"] for event in events)


# Of wires that `till board check` refuses: (what is changed, what the bench says).
WRONG = {
    "held high": ([("pn532 IRQ 34 in", "pn532 IRQ 12 in")], "GPIO 12 is held high at the start"),
    "pulled up": ([("oled SDA 21 both", "oled SDA 12 both")], "GPIO 12 is held high at the start"),
    "flash": ([("keypad C4 4 in", "keypad C4 6 in")], "GPIO 6 leads to the flash"),
    "no pin": ([("keypad C4 4 in", "keypad C4 20 in")], "ValueError('invalid pin',)"),
    "input": ([("keypad R4 26 out", "keypad R4 36 out")], "pin can only be input"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wires_that_no_chip_starts_with(name, own, tmp_path):
    changes, why = WRONG[name]
    own(*changes)
    events = lived(tmp_path / "state", "mine", "bench_firmware")
    assert any(why in event["why"] for event in events if event["ev"] == "power"), events


def test_a_chip_that_nobody_knows_is_one_line(own, tmp_path):
    own(('MODULE = "ESP32-WROOM-32"', 'MODULE = "ESP32-C3"'))
    with pytest.raises(BenchError, match=r"board.py: CHIP and MODULE are no pair of pins.txt \(ESP32-WROOM-32, "):
        lived(tmp_path / "state", "mine", "bench_firmware")
