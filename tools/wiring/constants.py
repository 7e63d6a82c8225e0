"""What the constants of a board.py may be, and what its Parts are given: beside the wires, each in one place."""

import collections
from collections.abc import Callable
from typing import Any, NamedTuple

from .table import Board

DATA = "/data"  # where till looks before it touches a board (till.board_data); in another folder it would see no open reversal
_WIDTH = 128  # the screens are drawn for it
_HEIGHTS = (64, 32)
_SETTLE_US = range(20, 1001)  # a line needs 65 for 70 cm of cable; beyond a thousand a scan takes a tick of the port
_BAUDS = (9600, 19200, 38400, 57600, 115200)
_SPI_BUSES = (1, 2)  # MicroPython, ports/esp32/machine_hw_spi.c: of an ESP32 and of an ESP32-S3; 0 is the flash's


class _Constant(NamedTuple):
    name: str
    right: Callable[[Any], bool]
    remedy: str


_CONSTANTS = (
    _Constant("NAME", lambda value: isinstance(value, str) and bool(value), "write the board's name, a text"),
    _Constant(
        "DATA", lambda value: value == DATA, f"write {DATA!r}: till looks for a used board's journal there and nowhere else"
    ),
    _Constant("KEYPAD_LAYOUT", lambda value: isinstance(value, str), "write the keys row by row, as a text"),
    _Constant(
        "KEYPAD_SETTLE_US",
        lambda value: value in _SETTLE_US,
        f"write {_SETTLE_US[0]} to {_SETTLE_US[-1]}, 100 for 70 cm of cable",
    ),
    _Constant("OLED_WIDTH", lambda value: value == _WIDTH, f"write {_WIDTH}: the screens are drawn for it"),
    _Constant("PRINTER_BAUD", lambda value: value in _BAUDS, f"write one of {', '.join(map(str, _BAUDS))}: its self-test tells"),
    _Constant("PRINTER_CHINESE", lambda value: value in (True, False), "write True or False: its self-test tells of GB 18030"),
    _Constant("OLED_HEIGHT", lambda value: value in _HEIGHTS, f"write {' or '.join(map(str, _HEIGHTS))}"),
)


def wrong(board: Board) -> list[tuple[str, str, str]]:
    """(which part or "", the rule that is broken, what to do) of every constant that cannot work."""
    found = []
    for name, right, remedy in _CONSTANTS:
        value = board.values.get(name)
        if not right(value):
            found.append(("", f"{name} is {value!r}" if name in board.values else f"no plain value {name}", remedy))
    return found + _doubled(board) + _given(board)


def _doubled(board: Board) -> list[tuple[str, str, str]]:
    layout = str(board.values.get("KEYPAD_LAYOUT", ""))
    twice = "".join(key for key, count in collections.Counter(layout).items() if count > 1)
    if not twice:
        return []
    return [("keypad", f"KEYPAD_LAYOUT has {twice} more than once", "write another key for each crossing")]


def _given(board: Board) -> list[tuple[str, str, str]]:
    """Do the parts hear of the bus that the chip has, and of the address that stands here?"""
    if board.given is None:
        return []  # the builder's own functions
    found = []
    if "NSS" in board.of("pn532") and board.given.get("spi_bus") not in _SPI_BUSES:
        rule = f"Parts is given spi_bus={board.given.get('spi_bus')!r}"
        found.append(("pn532", rule, f"write {' or '.join(map(str, _SPI_BUSES))}"))
    if board.of("pcf8574") and board.given.get("pcf8574") != board.values.get("PCF8574_ADDRESS"):
        rule = f"Parts is given pcf8574={board.given.get('pcf8574')!r}, and PCF8574_ADDRESS is another"
        found.append(("pcf8574", rule, "write pcf8574=PCF8574_ADDRESS in Parts(…)"))
    if board.of("printer") and board.given.get("printer_baud") != board.values.get("PRINTER_BAUD"):
        rule = f"Parts is given printer_baud={board.given.get('printer_baud')!r}, and PRINTER_BAUD is another"
        found.append(("printer", rule, "write printer_baud=PRINTER_BAUD in Parts(…)"))
    return found
