"""Every board file against the rules of its chip, with a `machine` that only takes notes."""

import collections
import importlib.util
import pathlib
import sys
import types

import pytest

BOARDS = sorted((pathlib.Path(__file__).resolve().parent.parent / "boards").glob("*/board.py"))

# By board.CHIP: pins that nothing may be wired to (strapping; flash and PSRAM; console and USB; not there), and inputs.
FORBIDDEN = {
    "ESP32": {0, 2, 12, *range(6, 12), 1, 3, 20, 24, *range(28, 32)},
    "ESP32-S3": {0, 3, 45, 46, *range(26, 38), 19, 20, 43, 44, *range(22, 26)},
}
INPUT_ONLY = {"ESP32": {34, 35, 36, 37, 38, 39}, "ESP32-S3": set()}
REST_HIGH = {"ESP32": {5, 15}, "ESP32-S3": set()}  # strapping that is pulled up: only for an output that rests high
PSRAM = {"esp32_wrover": {16, 17}}


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


def test_wiring_keeps_off_forbidden_pins(loaded):
    board, _, path = loaded
    table = wires(board)
    assert table
    gpios = [gpio for _, _, gpio, _ in table]
    assert len(set(gpios)) == len(gpios), "a GPIO is used twice"
    for part, pin, gpio, way in table:
        assert gpio not in FORBIDDEN[board.CHIP] | PSRAM.get(path.parent.name, set()), (part, pin, gpio)
        assert gpio not in REST_HIGH[board.CHIP] or (part, pin) in (("pn532", "NSS"), ("pn532", "RSTPDN")), (part, pin, gpio)
        assert way in ("in", "out", "both")
        if way != "in":
            assert gpio not in INPUT_ONLY[board.CHIP], f"{part} {pin}: GPIO{gpio} can only be an input"


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
    assert used(board.keypad_rows)[1] == [table["keypad", "R%d" % at] for at in (1, 2, 3, 4)]
    assert used(board.keypad_columns)[1] == [table["keypad", "C%d" % at] for at in (1, 2, 3, 4)]
    assert used(board.buzzer)[1] == [table["buzzer", "IO"]]


def test_modes_and_pulls_fit_the_pins(loaded):
    board, machine, _ = loaded
    transport, reset = board.pn532_transport(), board.pn532_reset()
    assert transport.select.initial == reset.initial == 1 and transport.irq.mode == machine.Pin.IN
    board.keypad_rows(), board.keypad_columns()
    for pin in machine.pins:
        if pin.mode in (machine.Pin.OUT, machine.Pin.OPEN_DRAIN):
            assert pin.number not in INPUT_ONLY[board.CHIP]
        if pin.pull is not None:
            assert pin.number not in INPUT_ONLY[board.CHIP], f"GPIO{pin.number} has no pull-up"
    columns = board.keypad_columns()
    assert all(pin.mode == machine.Pin.IN and pin.pull == machine.Pin.PULL_UP for pin in columns)


def test_layout_has_every_key_once(loaded):
    board, _, _ = loaded
    assert sorted(board.KEYPAD_LAYOUT) == sorted("0123456789ABCD*#")
    assert len(board.KEYPAD_LAYOUT) == len(board.keypad_rows()) * len(board.keypad_columns())


def test_readme_shows_the_same_wiring(loaded):
    board, _, path = loaded
    shown = []
    for line in (path.parent / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5 and cells[2].isdigit():
            shown.append((cells[0], cells[1], int(cells[2]), cells[3]))
    assert shown == wires(board)
