"""`till board check`: every rule of wiring/rules.py, each broken by one change of a table that is sound."""

import pathlib

import pytest
from click.testing import CliRunner

from rig import compiled
from till.board_command import board as command
from wiring import facts as table_facts
from wiring import rules, table
from wiring.facts import facts, memory, modules, parts

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOARDS = sorted(path.parent.name for path in (ROOT / "boards").glob("*/board.py"))
I2C_KEYPAD = "".join(f"keypad {pin} P{at} {way}\n" for at, (pin, way) in enumerate([(f"R{n}", "out") for n in (1, 2, 3, 4)]))
I2C_KEYPAD += "".join(f"keypad C{at} P{at + 3} in\n" for at in (1, 2, 3, 4))
KEYPAD = "".join(f"keypad {pin} {gpio} {way}\n" for pin, gpio, way in [("R1", 13, "out"), ("R2", 14, "out"), ("R3", 27, "out")])
KEYPAD += "keypad R4 26 out\nkeypad C1 25 in\nkeypad C2 33 in\nkeypad C3 32 in\nkeypad C4 4 in\n"
SPI = "pn532 SCK 18 out\npn532 MOSI 23 out\npn532 MISO 35 in\npn532 NSS 17 out\npn532 RSTPDN 16 out\npn532 IRQ 34 in\n"
EXPANDER = "pcf8574 SDA 21 both\npcf8574 SCL 22 both\n"


def changed(folder: pathlib.Path, base: str, *changes: "tuple[str, str]") -> table.Board:
    """The board of a copy of boards/`base` in which these words are others."""
    text = (ROOT / "boards" / base / "board.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "board.py").write_text(text, encoding="utf-8")
    return table.read(folder / "board.py")


# What is broken -> (board, changes, words of the one line that tells it, is it an error)
BROKEN = {
    "used twice": (
        "esp32_devkitc",
        [("buzzer IO 19", "buzzer IO 4")],
        ["buzzer IO, GPIO 4", "keypad C4 has it already", "such as GPIO 19"],
        True,
    ),
    "a pin twice": (
        "esp32_devkitc",
        [("oled SCL 22 both\n", "oled SCL 22 both\noled SCL 19 both\n"), ("buzzer IO 19", "buzzer IO 5")],
        ["oled SCL", "stands there twice"],
        True,
    ),
    "no such pin": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 24")], ["buzzer IO, GPIO 24", "no such pin"], True),
    "no such pin on the S3": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 23")], ["GPIO 23", "no such pin"], True),
    "beyond the last": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 49")], ["GPIO 49", "no such pin"], True),
    "not led out": ("esp32_devkitc", [("pn532 IRQ 34", "pn532 IRQ 37")], ["GPIO 37", "no such pin"], True),
    "flash": ("esp32_wrover", [("buzzer IO 19", "buzzer IO 9")], ["GPIO 9", "belongs to the flash"], True),
    "flash of the S3": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 32")], ["GPIO 32", "belongs to the flash"], True),
    "PSRAM": ("esp32_wrover", [("pn532 NSS 5", "pn532 NSS 17")], ["pn532 NSS, GPIO 17", "belongs to the PSRAM"], True),
    "octal PSRAM": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 35")], ["GPIO 35", "belongs to the PSRAM"], True),
    "strapping 0": ("esp32_devkitc", [("keypad C4 4", "keypad C4 0")], ["keypad C4, GPIO 0", "strapping pin", "download"], True),
    "strapping 2": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 2")], ["GPIO 2", "strapping pin", "no download"], True),
    "strapping 12": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 12")], ["GPIO 12", "strapping pin", "1.8 V"], True),
    "strapping of the S3": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 45")], ["GPIO 45", "strapping pin", "1.8 V"], True),
    "JTAG of the S3": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 3")], ["GPIO 3", "strapping pin", "JTAG"], True),
    "low at the start": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 15")], ["GPIO 15", "keep it high at the start"], False),
    "input as output": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 36")], ["GPIO 36", "can only be an input"], True),
    "input as bus": (
        "esp32_devkitc",
        [("oled SDA 21", "oled SDA 39")],
        ["GPIO 39", "can only be an input", "such as GPIO 21"],
        True,
    ),
    "no pull-up": ("esp32_devkitc", [("keypad C4 4", "keypad C4 36")], ["keypad C4, GPIO 36", "needs a pull-up", "GPIO 4"], True),
    "console": ("esp32_devkitc", [("buzzer IO 19", "buzzer IO 3")], ["GPIO 3", "serial console"], True),
    "console of the S3": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 43")], ["GPIO 43", "serial console"], True),
    "USB": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 19")], ["GPIO 19", "USB socket would be lost"], False),
    "RGB LED": ("esp32s3_devkitc", [("buzzer IO 47", "buzzer IO 48")], ["GPIO 48", "something hangs there", "RGB LED"], False),
    "ADC2": (
        "esp32_devkitc",
        [("keypad C4 4 in\n", "keypad C4 5 in\nbattery IO 4 analog\n")],
        ["battery IO, GPIO 4", "while Wi-Fi works"],
        True,
    ),
    "ADC2 of the S3": (
        "esp32s3_devkitc",
        [("buzzer IO 47 out\n", "buzzer IO 47 out\nbattery IO 20 analog\n")],
        ["GPIO 20", "while Wi-Fi works"],
        True,
    ),
    "no display": ("esp32_devkitc", [("oled SCL 22 both\n", "")], ["oled is not wired as a whole", "SDA SCL (I2C)"], True),
    "half a reader": ("esp32_devkitc", [("pn532 MISO 35 in\n", "")], ["pn532 is not wired", "(SPI)", "(UART)", "(I2C)"], True),
    "no such pin of a part": (
        "esp32_devkitc",
        [("oled SCL 22 both\n", "oled SCL 22 both\noled RST 5 out\n")],
        ["oled RST", "no pin of a oled"],
        True,
    ),
    "direction": (
        "esp32_devkitc",
        [("pn532 MISO 35 in", "pn532 MISO 5 both")],
        ["pn532 MISO", "direction is not both", "write in"],
        True,
    ),
    "no reset": ("esp32_devkitc", [("pn532 RSTPDN 16 out\n", "")], ["pn532", "wire RSTPDN"], False),
    "OLED address": (
        "esp32_devkitc",
        [("OLED_ADDRESS = 0x3C", "OLED_ADDRESS = 0x78")],
        ["OLED_ADDRESS is 0x78", "0x3c, 0x3d"],
        True,
    ),
    "layout": ("esp32_devkitc", [("keypad C4 4 in\n", "")], ["16 keys for 4 rows × 3 columns"], True),
    "no #": ("esp32_devkitc", [("123A456B789C*0#D", "123A456B789C*0ED")], ["lacks #", "nobody can sell"], True),
    "one address twice": (
        "esp32_devkitc",
        [
            ("oled SDA", "pcf8574 SDA 21 both\npcf8574 SCL 22 both\noled SDA"),
            ("PCF8574_ADDRESS = 0x20", "PCF8574_ADDRESS = 0x3C"),
        ],
        ["pcf8574", "oled has address 0x3c on the same bus", "jumpers"],
        True,
    ),
    "one address twice with the reader": (
        "esp32_devkitc",
        [
            (SPI, "pn532 SDA 18 both\npn532 SCL 23 both\npn532 RSTPDN 16 out\npcf8574 SDA 18 both\npcf8574 SCL 23 both\n"),
            ("PCF8574_ADDRESS = 0x20", "PCF8574_ADDRESS = 0x24"),
        ],
        ["pcf8574", "pn532 has address 0x24"],
        True,
    ),
    "no address": (
        "esp32_devkitc",
        [("oled SDA", EXPANDER + "oled SDA"), ("PCF8574_ADDRESS = 0x20", "")],
        ["PCF8574_ADDRESS is None"],
        True,
    ),
    "an address that the parts do not hear of": (
        "esp32_devkitc",
        [
            ("oled SDA", EXPANDER + "oled SDA"),
            ("PCF8574_ADDRESS = 0x20", "PCF8574_ADDRESS = 0x21"),
            ("pcf8574=PCF8574_ADDRESS,", "pcf8574=0x20,"),
        ],
        ["pcf8574: Parts is given pcf8574=32", "pcf8574=PCF8574_ADDRESS"],
        True,
    ),
    "no address for the parts": (
        "esp32_devkitc",
        [("oled SDA", EXPANDER + "oled SDA"), (" pcf8574=PCF8574_ADDRESS,", "")],
        ["pcf8574: Parts is given pcf8574=None"],
        True,
    ),
    "an address that is no number": (
        "esp32_devkitc",
        [("OLED_ADDRESS = 0x3C", 'OLED_ADDRESS = "3C"')],
        ["OLED_ADDRESS is '3C'", "0x3c, 0x3d"],
        True,
    ),
    "SPI bus": ("esp32_devkitc", [("spi_bus=2", "spi_bus=7")], ["pn532: Parts is given spi_bus=7", "write 1 or 2"], True),
    "SPI bus of an S3": ("esp32s3_devkitc", [("spi_bus=1", "spi_bus=0")], ["pn532: Parts is given spi_bus=0"], True),
    "rows of the display": ("esp32_devkitc", [("OLED_HEIGHT = 64", "OLED_HEIGHT = 48")], ["OLED_HEIGHT is 48", "64 or 32"], True),
    "dots of a row": ("esp32_devkitc", [("OLED_WIDTH = 128", "OLED_WIDTH = 96")], ["OLED_WIDTH is 96", "write 128"], True),
    "a key twice": ("esp32_devkitc", [("C*0#D", "C*0#C")], ["keypad: KEYPAD_LAYOUT has C more than once"], True),
    "a layout that is no text": (
        "esp32_devkitc",
        [('"123A456B789C*0#D"', "16")],
        ["KEYPAD_LAYOUT is 16", "as a text"],
        True,
    ),
    "another folder": ("esp32_devkitc", [('DATA = "/data"', 'DATA = "/shop"')], ["DATA is '/shop'", "write '/data'"], True),
    "no time to settle": (
        "esp32_devkitc",
        [("KEYPAD_SETTLE_US = 100", "SETTLE_US = 100")],
        ["no plain value KEYPAD_SETTLE_US", "write 20 to 1000"],
        True,
    ),
    "half a bus": (
        "esp32_devkitc",
        [("oled SDA", "pcf8574 SDA 21 both\npcf8574 SCL 5 both\noled SDA")],
        ["share SDA and not SCL"],
        True,
    ),
    "no expander": ("esp32_devkitc", [(KEYPAD, I2C_KEYPAD)], ["no pcf8574 is wired", "SDA and SCL"], True),
    "a bus at the expander": (
        "esp32_devkitc",
        [
            ("buzzer IO 19 out\n", "buzzer IO P0 out\npcf8574 SDA 21 both\npcf8574 SCL 22 both\n"),
        ],
        ["buzzer IO, PCF8574 P0", "cannot hang at a PCF8574"],
        True,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_names_board_wire_rule_and_remedy(name, tmp_path):
    base, changes, words, severe = BROKEN[name]
    folder = tmp_path / "mine"
    folder.mkdir()
    told = [str(finding) for finding in rules.check(changed(folder, base, *changes))]
    lines = [line for line in told if all(word in line for word in words)]
    assert len(lines) == 1, told
    assert lines[0].startswith(f"{'error' if severe else 'warning'}: boards/mine: ") and "; " in lines[0] and "\n" not in lines[0]


def test_the_command_tells_every_board_and_its_exit_code_what_it_found(tmp_path, monkeypatch):
    done = CliRunner().invoke(command, ["check"])
    assert done.exit_code == 0 and all(f"boards/{name}: " in done.output for name in BOARDS), done.output
    monkeypatch.setattr(compiled, "BOARDS", tmp_path)
    for folder, change in (("wrong", "buzzer IO 12"), ("doubtful", "buzzer IO 15"), ("sound", "buzzer IO 5")):
        (tmp_path / folder).mkdir()
        changed(tmp_path / folder, "esp32_devkitc", ("buzzer IO 19", change))
    (tmp_path / "sound" / "board.py").write_bytes((ROOT / "boards" / "esp32_wrover" / "board.py").read_bytes())
    asked = lambda *names: CliRunner().invoke(command, ["check", *names])
    assert asked().exit_code == 1 and asked("wrong").exit_code == 1
    assert asked("doubtful").exit_code == 0 and asked("doubtful").output.startswith(
        "warning: boards/doubtful: buzzer IO, GPIO 15"
    )
    assert asked("sound").output == "boards/sound: 17 wires, nothing wrong\n"
    assert asked(str(tmp_path / "wrong")).exit_code == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('CHIP = "ESP32"\nWIRING = "oled SDA"\n', "line 'oled SDA': not `part pin GPIO direction`"),
        ('CHIP = "ESP32"\nWIRING = "oled SDA 21 sideways"\n', "sideways is no direction"),
        ('CHIP = "ESP32"\nWIRING = "oled SDA P8 both"\n', "P8 is neither"),
        ('CHIP = "ESP32"\nWIRING = "oled SDA ² both"\n', "² is neither"),
        ('WIRING = "oled SDA 21 both"\n', "no text CHIP"),
        ('CHIP = "ESP32"\n', "no text WIRING"),
        ('CHIP = "ESP32\n', "not Python"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line_and_exit_code_2(text, words, tmp_path):
    (tmp_path / "board.py").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(command, ["check", str(tmp_path)])
    assert done.exit_code == 2 and words in done.output and done.output.count("\n") == 1, done.output


def test_a_folder_that_is_not_there_is_told_with_those_that_are():
    done = CliRunner().invoke(command, ["check", "nowhere"])
    assert done.exit_code == 2 and all(name in done.output for name in ["nowhere", *BOARDS]), done.output


def test_an_unknown_chip_or_module_is_told_with_those_there_are(tmp_path):
    found = rules.check(changed(tmp_path, "esp32_devkitc", ('"ESP32-WROOM-32"', '"ESP32-MINI"')))
    assert len(found) == 1 and "ESP32-WROOM-32, ESP32-WROVER" in str(found[0])
    found = rules.check(changed(tmp_path, "esp32_devkitc", ('CHIP = "ESP32"', 'CHIP = "ESP8266"')))
    assert len(found) == 1 and "ESP32, ESP32-S3" in str(found[0])


def test_every_remedy_is_a_remedy(tmp_path):
    """A wire that is moved to any of the pins that a line offers breaks no rule there."""
    for name in BOARDS:
        board = table.read(ROOT / "boards" / name / "board.py")
        for wire in board.wires:
            others = rules.free(board, wire)
            for gpio in others:
                wires = tuple(each._replace(gpio=gpio) if each == wire else each for each in board.wires)
                assert rules.check(table.Board(name, wires, board.values)) == [], (name, wire, gpio)
            assert others or board.chip == "ESP32", (name, wire)  # there 17 wires take every pin that is safe for all


def test_the_tables_agree_with_themselves():
    for module, chip in modules().items():
        told = facts(module)
        there = {gpio for fact in told if fact.what == "there" for gpio in fact.gpios}
        for fact in told:
            assert fact.source and (fact.gpios <= there or fact.what == "absent"), (module, fact)
        assert chip in ("ESP32", "ESP32-S3")
        told = memory(module)
        assert {what for what, _ in told} >= {"heap", "area", "wifi", "tls"}, module
        assert all(free <= size for what, (size, *rest) in told if what == "area" for free in rest), module
    assert {part.name for part in parts()} == {"pn532", "oled", "pcf8574", "keypad", "buzzer", "printer"}


def test_a_line_of_memory_that_cannot_be_used_is_named(monkeypatch):
    for line in ("heap | lots | | source", "area | 5 | | source", "disk | 5 | | source", "heap | 5", "heap | | | source"):
        monkeypatch.setattr(table_facts, "_lines", lambda name, line=line: iter([("x", "[A]"), ("memory.txt, line 7", line)]))
        with pytest.raises(table_facts.FactsError, match="^memory.txt, line 7: not"):
            table_facts._memory.__wrapped__()
