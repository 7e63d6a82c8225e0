"""`make wiring`: pictures and tables of boards/ are what their board.py says, to the last wire."""

import pathlib
import xml.etree.ElementTree as ET

import pytest

from wiring import page, picture, table
from wiring.__main__ import build

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "boards").glob("*/board.py"))
SVG = "{http://www.w3.org/2000/svg}"
# Wires as they may be otherwise: a reader on UART, one on I2C, a keypad at an expander.
OTHERWISE = {
    "UART": "pn532 RX 17 out\npn532 TX 16 in\n",
    "I2C": "pn532 SDA 18 both\npn532 SCL 23 both\npn532 RSTPDN 16 out\n",
    "expander": "pcf8574 SDA 25 both\npcf8574 SCL 26 both\n"
    + "".join(f"keypad R{at} P{at - 1} out\n" for at in (1, 2, 3, 4))
    + "".join(f"keypad C{at} P{at + 3} in\n" for at in (1, 2, 3)),
}


def drawn(board: table.Board) -> list:
    """(words, y) of every text of a picture that is at the end of a wire, and (None, y) of every wire."""
    root = ET.fromstring(picture.draw(board))
    width, height = (int(root.get(name)) for name in ("width", "height"))
    found = []
    for element in root.iter():
        if element.tag == SVG + "text":
            x, y = float(element.get("x")), float(element.get("y"))
            assert 0 < x < width and 0 < y < height, element.text
            found.append((element.text, y - 5))
        elif element.tag == SVG + "path" and "H" in element.get("d"):
            found.append((None, float(element.get("d").split()[1].split("H")[0])))
    return found


def test_pictures_and_tables_are_those_of_the_tables_of_wires():
    """Made anew they are the same: `make wiring` after a change of board.py, parts.txt, pins.txt or advice.txt."""
    stale = [str(path.relative_to(ROOT)) for path, text in build().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [] and len(build()) == 2 * len(FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_wire_is_drawn_from_its_pin_to_its_gpio(path):
    board = table.read(path)
    found = drawn(board)
    for wire in board.wires:
        level = [y for text, y in found if text == str(wire.gpio)]
        assert any((wire.pin, y) in found and (None, y) in found for y in level), wire
    assert sum(text is None for text, _ in found) == len(board.wires) + 5  # and the supplies: two, two, and the buzzer's GND


@pytest.mark.parametrize("name", OTHERWISE)
def test_parts_on_other_buses_are_drawn_too(name):
    values = {**table.read(FILES[0]).values, "WIRING": OTHERWISE[name], "PCF8574_ADDRESS": 0x20}
    wires = tuple(
        table.Wire(part, pin, -1 if to[0] == "P" else int(to), way, to if to[0] == "P" else "")
        for part, pin, to, way in map(str.split, OTHERWISE[name].splitlines())
    )
    board = table.Board("mine", wires, values)
    found = drawn(board)
    for wire in board.wires:
        assert any(text == (wire.port or str(wire.gpio)) and (wire.pin, y) in found for text, y in found), wire
    words = page.section(board)
    assert all(f"| {wire.part} | {wire.pin} | {wire.port or wire.gpio} | {wire.way} |" in words for wire in board.wires)


def test_the_switches_of_the_reader_stand_as_its_bus_wants_them():
    """As printed on the usual boards: SPI off on, I2C on off, UART off off."""
    for wiring, said in ((OTHERWISE["UART"], "UART: 1 off, 2 off"), (OTHERWISE["I2C"], "I2C: 1 on, 2 off")):
        wires = tuple(table.Wire(*words[:2], int(words[2]), words[3]) for words in map(str.split, wiring.splitlines()))
        assert said in page.section(table.Board("mine", wires, table.read(FILES[0]).values))
    assert all("SPI: 1 off, 2 on" in page.section(table.read(path)) for path in FILES)


def test_a_readme_without_a_place_for_the_wires_is_told():
    with pytest.raises(ValueError, match="no place for the wires"):
        page.replaced("# A board", table.read(FILES[0]))


def test_a_board_of_ones_own_is_drawn_too_and_one_of_an_unknown_module_is_told(tmp_path):
    text = FILES[0].read_text(encoding="utf-8")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "board.py").write_text(text, encoding="utf-8")
    assert list(build(tmp_path)) == [tmp_path / "mine" / "wiring.svg"]
    (tmp_path / "mine" / "board.py").write_text(text.replace('MODULE = "', 'MODULE = "No '), encoding="utf-8")
    with pytest.raises(ValueError, match="MODULE is none of pins.txt"):
        build(tmp_path)
