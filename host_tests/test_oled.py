"""The display's refresh, measured under MicroPython on a counting I2C bus with the model of the chip behind it."""

import functools
import importlib.util
import json
import pathlib
import subprocess

from rig.interpreter import micropython

HERE = pathlib.Path(__file__).resolve().parent


@functools.cache
def measured() -> dict:
    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin).parent
    done = subprocess.run(
        [micropython(), "-X", "heapsize=256k", str(HERE / "oled_measure.py"), str(driver)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = done.stdout.splitlines()
    return dict(json.loads(first), start=second)


def test_a_digit_of_the_amount_costs_at_most_100_bytes() -> None:
    for typed in ("1250", "98765"):
        assert max(measured()["digits"][typed]) <= 100, measured()["digits"]


def test_even_the_longest_amount_costs_a_seventh_of_a_frame() -> None:
    assert max(measured()["digits"]["99999999"]) <= 147, measured()["digits"]


def test_an_unchanged_screen_costs_nothing() -> None:
    assert measured()["nothing"] == 0


def test_f_e10_a_screen_that_waits_reads_nothing_and_sends_only_what_changed() -> None:
    """F-E10: idle, a wait that counts, Chinese.  Beyond the row: the PIN's seconds, the lock's, a minute that passes."""
    waiting = measured()["waiting"]
    for language in ("en", "zh"):
        assert waiting[f"{language} idle"] == [0, 0, 0]
        for name, digits in (("idle, a minute later", 1), ("waiting, counted", 10), ("waiting", 0), ("PIN", 10), ("locked", 10)):
            reads, _, most = waiting[f"{language} {name}"]
            assert reads <= digits, name  # a figure that this screen had not shown yet
            assert most <= 100, name


def test_f_e10_a_bus_that_failed_is_made_good_although_nothing_changed() -> None:
    assert measured()["faults"] and measured()["mended"] >= 1024


def test_random_pictures_arrive_whole() -> None:
    assert measured()["wrong"] == 0 and measured()["dearer"] == 0


def test_a_refresh_allocates_nothing() -> None:
    assert measured()["without_heap"]


def test_a_failing_bus_is_counted_and_made_good() -> None:
    assert measured()["faults"] == 1
    assert measured()["after_fault"] >= 1024


def test_the_constructor_is_silent_and_start_says_when_no_display_answers() -> None:
    assert measured()["silent"] == 0
    assert measured()["start"] == "start refused"
