"""Every board file against the rules of its chip, with a `machine` that only takes notes."""

import collections
import importlib.util
import pathlib
import sys
import types

import pytest

from wiring import rules, table
from wiring.facts import facts

BOARDS = sorted((pathlib.Path(__file__).resolve().parent.parent / "boards").glob("*/board.py"))


def note_taking_machine():
    """A module `machine` whose objects remember the pins they were made with."""
    module = types.ModuleType("machine")
    module.pins = []
    module.buses = []

    class Pin:
        IN, OUT, OPEN_DRAIN, PULL_DOWN, PULL_UP = 1, 3, 7, 1, 2

        def __init__(self, number, mode=None, pull=None, value=None):
            self.number, self.mode, self.pull, self.initial = number, mode, pull, value
            module.pins.append(self)

    def bus(kind):
        class Bus:
            MSB, LSB = 0, 1

            def __init__(self, *place, **settings):
                self.kind, self.place, self.settings = kind, place, settings
                module.buses.append(self)

        return Bus

    module.Pin = Pin
    for kind in ("SPI", "I2C", "PWM", "UART"):
        setattr(module, kind, bus(kind))
    return module


@pytest.fixture(params=BOARDS, ids=lambda path: path.parent.name)
def loaded(request, monkeypatch):
    machine = note_taking_machine()
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.delitem(sys.modules, "taptill.drivers.parts", raising=False)  # it holds on to the last machine
    transport = types.ModuleType("pn532_spi")  # the driver itself wants MicroPython's time
    transport.SpiTransport = collections.namedtuple("SpiTransport", "spi select irq")
    monkeypatch.setitem(sys.modules, "taptill.drivers.pn532.spi", transport)
    keypad = types.ModuleType("keypad")  # and so does this
    keypad.PinLines = collections.namedtuple("PinLines", "rows columns")
    monkeypatch.setitem(sys.modules, "taptill.drivers.keypad", keypad)
    spec = importlib.util.spec_from_file_location("board_under_test", request.param)
    board = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(board)
    return board, machine, request.param


def wires(board):
    """(part, its pin, GPIO, direction) of every wire."""
    return [(part, pin, int(gpio), way) for part, pin, gpio, way in map(str.split, board.WIRING.splitlines())]


def test_nothing_is_touched_at_import(loaded):
    _, machine, _ = loaded
    assert machine.pins == [] and machine.buses == []


def test_nothing_is_wrong_with_its_table(loaded):
    """No error and no warning: what others copy is sound.  The rules themselves: test_wiring_rules.py."""
    _, _, path = loaded
    board = table.read(path)
    assert board.wires and [str(finding) for finding in rules.check(board)] == []


def test_functions_use_exactly_the_pins_of_the_table(loaded):
    board, machine, _ = loaded
    table = {(part, pin): gpio for part, pin, gpio, _ in wires(board)}

    def used(function):
        machine.pins.clear()
        made = function()
        return made, [pin.number for pin in machine.pins]

    spi, pins = used(board.spi)
    assert set(pins) == {table["pn532", name] for name in ("SCK", "MOSI", "MISO")}
    assert {name: spi.settings[name.lower()].number for name in ("SCK", "MOSI", "MISO")} == {
        name: table["pn532", name] for name in ("SCK", "MOSI", "MISO")
    }
    assert spi.settings["firstbit"] == spi.LSB and spi.settings["baudrate"] <= 5_000_000
    transport = used(board.pn532_transport)[0]
    assert (transport.select.number, transport.irq.number) == (table["pn532", "NSS"], table["pn532", "IRQ"])
    assert used(board.pn532_reset)[1] == [table["pn532", "RSTPDN"]]
    i2c, pins = used(board.i2c)
    assert (i2c.settings["sda"].number, i2c.settings["scl"].number) == (table["oled", "SDA"], table["oled", "SCL"])
    lines = used(board.keypad_lines)[0]
    assert [pin.number for pin in lines.rows] == [table["keypad", "R%d" % at] for at in (1, 2, 3, 4)]
    assert [pin.number for pin in lines.columns] == [table["keypad", "C%d" % at] for at in (1, 2, 3, 4)]
    assert used(board.buzzer)[1] == [table["buzzer", "IO"]]


def test_modes_and_pulls_fit_the_pins(loaded):
    board, machine, _ = loaded
    transport, reset = board.pn532_transport(), board.pn532_reset()
    assert transport.select.initial == reset.initial == 1 and transport.irq.mode == machine.Pin.IN
    lines = board.keypad_lines()
    inputs = {gpio for fact in facts(board.MODULE) if fact.what == "input" for gpio in fact.gpios}
    for pin in machine.pins:
        if pin.mode in (machine.Pin.OUT, machine.Pin.OPEN_DRAIN):
            assert pin.number not in inputs
        if pin.pull is not None:
            assert pin.number not in inputs, f"GPIO{pin.number} has no pull-up"
    assert all(pin.mode == machine.Pin.OPEN_DRAIN and pin.initial == 1 for pin in lines.rows)
    assert all(pin.mode == machine.Pin.IN and pin.pull == machine.Pin.PULL_UP for pin in lines.columns)


def test_layout_has_every_key_once(loaded):
    board, _, _ = loaded
    assert sorted(board.KEYPAD_LAYOUT) == sorted("0123456789ABCD*#")
    assert len(board.KEYPAD_LAYOUT) == len(board.keypad_lines().rows) * len(board.keypad_lines().columns)


def test_f_c11_the_keypads_lines_have_time_to_rise(loaded):
    """70 cm of cable take 65 us; beyond a few hundred, a scan would take a tick."""
    board, _, _ = loaded
    assert 65 < board.KEYPAD_SETTLE_US <= 500


def test_readme_shows_the_same_wiring(loaded):
    board, _, path = loaded
    shown = []
    for line in (path.parent / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5 and cells[2].isdigit():
            shown.append((cells[0], cells[1], int(cells[2]), cells[3]))
    assert shown == wires(board)
