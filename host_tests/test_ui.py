"""The Ui under MicroPython: keys in, answers and words out."""

import functools
import importlib.util
import json
import pathlib
import subprocess

from rig.interpreter import micropython

HERE = pathlib.Path(__file__).resolve().parent


@functools.cache
def played() -> dict:
    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin).parent
    done = subprocess.run(
        [micropython(), "-X", "heapsize=384k", str(HERE / "ui_play.py"), str(driver)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_amount_entry() -> None:
    seen = played()
    assert seen["amount"] == 1250
    assert seen["amount back"] == 15
    assert seen["amount nothing"] is None and seen["amount cancel"] is None
    assert seen["amount too long"] == 12345678


def test_pin_entry() -> None:
    seen = played()
    assert seen["pin"] == [True, "1234"]
    assert seen["pin short then long"] == [True, "1234"]
    assert seen["pin corrected"] == [True, "1234"]
    assert seen["pin longest"] == [True, "123456789012"]
    assert seen["pin cancelled"] is None and seen["pin emptied"] is None
    assert seen["pin time-out"] is None


def test_a_pin_is_shown_as_stars_only() -> None:
    lines = played()["pin lines"]
    assert "*****" in lines
    assert not any("1234" in line or "2345" in line for line in lines)


def test_lists() -> None:
    assert played()["choose"] == [0, 2, 2, 1, -1, -1]


def test_cancel_belongs_to_the_step_in_which_it_was_pressed() -> None:
    assert played()["cancel"] == [False, False, True, False]


def test_keys_of_a_pin_do_not_cancel_the_flow() -> None:
    assert played()["pin in a flow"] == ["1234", False]


def test_every_step_says_what_is_awaited() -> None:
    remove, connecting, waiting, reversing, signing, asking = played()["steps"]
    assert "Remove card" in remove and "12.50" in remove
    assert played()["remove card stays"] is True
    assert connecting[1:] == ["Connecting", "to the bank"]
    assert waiting == ["PLEASE WAIT 60s", "Waiting for", "the bank"]
    assert reversing == ["UNKNOWN", "REVERSING", "Try 2/3", "12.50", "Do not repeat!"]
    assert "Signing on" in signing and "for the status" in asking


def test_results() -> None:
    seen = played()
    assert seen["approved"] == ["APPROVED", "12.50", "*1111 000007"]
    assert seen["approved 2"][1:] == ["411111******1111", "Trace 000007", "Auth 123456"]
    assert seen["approved again"] == seen["approved"]
    assert seen["left by"] == "7" and seen["declined key"] == "#"
    assert seen["declined"][:3] == ["DECLINED 51", "No money taken", "Not enough money"]
    assert seen["lost"][:3] == ["挥卡交易终止", "未扣款", "卡片移开过早"]
    lines, sound = seen["unknown"]
    assert lines[:3] == ["冲正失败", "可能已扣款", "银行未应答"] and sound == "attention"
