"""A board of one's own, made as boards/README.md says: a folder copied, its table edited, a sale on the bench."""

import asyncio
import pathlib
import re

import pytest
from click.testing import CliRunner

from play.scripts import Script
from rig.bench_options import Options
from rig.lab import Lab
from till import deploy
from till.bench_command import run
from wiring import rules, table
from wiring.facts import parts

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = {"answer_timeout_s": 8, "card_timeout_s": 30, "reversal_pause_s": 1}
SALE = ROOT / "tools" / "scripts" / "first-sale.txt"


async def played(folder: pathlib.Path, script: str) -> list:
    """A script at boards/mine; every event of it."""
    events = []
    async with Lab(folder, settings=PATIENCE, options=Options(board="mine", trace="", speed=4), listener=events.append) as lab:
        await Script(script, "script").run(lab, lambda text: None)
    return events


async def sold(folder: pathlib.Path) -> list:
    """A sale at boards/mine; every event of it."""
    return await played(folder, SALE.read_text(encoding="utf-8"))


def test_a_copied_board_with_one_line_changed_sells(own, tmp_path):
    board = own(("buzzer IO 19 out\n", "buzzer IO 5 out\n"))
    # The bench hears a buzzer on the pin of the table alone.
    assert any(event["ev"] == "buzzer" for event in asyncio.run(sold(tmp_path / "lab")))
    wiring = table.read(board)
    assert wiring.folder == "mine" and 5 in wiring.gpios and 19 not in wiring.gpios


def test_till_runs_a_script_on_a_copied_board(own):
    own(("pn532 NSS 17 out\n", "pn532 NSS 5 out\n"))
    done = CliRunner().invoke(run, ["--board", "mine", str(SALE)])
    assert done.exit_code == 0, done.output


def test_till_deploys_a_copied_board(own, tmp_path):
    board = own(("buzzer IO 19 out\n", "buzzer IO 5 out\n"))
    done = CliRunner().invoke(deploy.deploy, ["--board", "mine", "--to", str(tmp_path / "image")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "image" / "board.py").read_bytes() == board.read_bytes()
    assert (tmp_path / "image" / "taptill" / "drivers" / "parts.mpy").is_file()


TWELVE_KEYS = [("keypad C4 4 in\n", ""), ('"123A456B789C*0#D"', '"123456789*0#"')]
LOW_GLASS = ("OLED_HEIGHT = 64", "OLED_HEIGHT = 32")
MENU = """\
wait idle
expect HINT_STAR
press *
expect MENU LAST_SALE within 10s
press 0 0 0 0 #
expect ECHO ECHO_OK within 30s
press *
wait idle
press *
expect MENU within 10s
press *
wait idle
press 5 0 0 *
expect ENTER_AMOUNT "0.50" within 10s
press * * *
wait idle
press 5 0 0 #
expect PRESENT_CARD "5.00" within 10s
press *
expect NOT_CHARGED within 20s
press *
wait idle
"""
DECLINED = """\
press #
wait idle
host balance visa-debit 100.00
press 2 5 0 0 0 #
tap visa-debit
expect DECLINED MONEY_NOT_TAKEN within 30s
expect DECLINED R_NO_FUNDS within 30s
expect DECLINED "Other card or less" within 30s
remove
press #
wait idle within 60s
"""
LOST_ANSWER = (ROOT / "tools" / "scripts" / "lost-answer.txt").read_text(encoding="utf-8")


def test_a_keypad_of_three_columns_sells(own, tmp_path):
    own(*TWELVE_KEYS)
    asyncio.run(sold(tmp_path / "lab"))


def test_menu_and_lists_are_reached_with_twelve_keys(own, tmp_path):
    """The idle screen says that * is the menu, the list that 0 goes on; * takes back, cancels and leaves."""
    own(*TWELVE_KEYS)
    asyncio.run(played(tmp_path / "lab", MENU))


def test_a_display_of_32_rows_sells_and_answers_the_three_questions(own, tmp_path):
    """Was money taken, why did it stop, what now: one a page, and they turn by themselves."""
    own(LOW_GLASS)
    events = asyncio.run(played(tmp_path / "lab", SALE.read_text(encoding="utf-8") + DECLINED + LOST_ANSWER))
    screens = [event for event in events if event["ev"] == "screen"]
    assert {(event["w"], event["h"], len(event["bits"])) for event in screens} == {(128, 32, 684)}
    said = [event["names"] for event in screens if event["names"]]
    reversing = {name for names in said if names[0] == "UNKNOWN" for name in names}
    assert {"UNKNOWN", "NOW_REVERSING"} <= reversing


def test_twelve_keys_and_32_rows_together(own, tmp_path):
    own(*TWELVE_KEYS, LOW_GLASS)
    asyncio.run(played(tmp_path / "lab", MENU))


READER = """\
pn532 SCK 18 out
pn532 MOSI 23 out
pn532 MISO 35 in
pn532 NSS 17 out
pn532 RSTPDN 16 out
pn532 IRQ 34 in
"""
KEYPAD = """\
keypad R1 13 out
keypad R2 14 out
keypad R3 27 out
keypad R4 26 out
keypad C1 25 in
keypad C2 33 in
keypad C3 32 in
keypad C4 4 in
"""
AT_EXPANDER = """\
pcf8574 SDA 25 both
pcf8574 SCL 26 both
keypad R1 P0 out
keypad R2 P1 out
keypad R3 P2 out
keypad R4 P3 out
keypad C1 P4 in
keypad C2 P5 in
keypad C3 P6 in
keypad C4 P7 in
"""
# What hangs there otherwise -> the words of board.py that are changed for it, as boards/README.md tells.
OTHERWISE = {
    "PN532 on UART": [(READER, "pn532 RX 17 out\npn532 TX 35 in\npn532 RSTPDN 16 out\n")],
    "PN532 on UART without reset": [(READER, "pn532 RX 17 out\npn532 TX 16 in\n")],
    "PN532 on I2C": [(READER, "pn532 SDA 18 both\npn532 SCL 23 both\npn532 RSTPDN 16 out\npn532 IRQ 34 in\n")],
    "PN532 on the display's I2C": [(READER, "pn532 SDA 21 both\npn532 SCL 22 both\npn532 RSTPDN 16 out\n")],
    "keypad at a PCF8574": [(KEYPAD, AT_EXPANDER)],
    "keypad at a PCF8574A on the display's I2C": [
        (KEYPAD, AT_EXPANDER.replace("SDA 25", "SDA 21").replace("SCL 26", "SCL 22")),
        ("PCF8574_ADDRESS = 0x20", "PCF8574_ADDRESS = 0x38"),
    ],
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_part_that_hangs_on_another_bus_sells(name, own, tmp_path):
    """A sale to APPROVED with a copied folder, its table edited; nothing is wrong with that table, or it says what is risky."""
    board = table.read(own(*OTHERWISE[name]))
    assert not [finding for finding in rules.check(board) if finding.severe]
    events = asyncio.run(sold(tmp_path / "lab"))
    assert any(event["ev"] == "screen" and "APPROVED" in event["names"] for event in events)


def test_a_layout_that_is_not_the_wirings_is_told(own, tmp_path):
    own(("keypad C4 4 in\n", ""))
    done = CliRunner().invoke(run, ["--board", "mine", str(SALE)])
    assert done.exit_code == 2 and "keypad layout: 16 keys for 4 rows × 3 columns" in done.output


def test_the_contract_names_all_that_a_board_offers():
    page = (ROOT / "boards" / "README.md").read_text(encoding="utf-8")
    section = page.partition("## What a board.py offers")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)(?:\(\))?` \| ", section, re.MULTILINE))
    for path in (ROOT / "boards").glob("*/board.py"):
        assert set(re.findall(r"^([A-Za-z]\w*) = ", path.read_text(encoding="utf-8"), re.MULTILINE)) == named, path


def test_the_page_names_every_part_its_buses_and_its_pins():
    page = (ROOT / "boards" / "README.md").read_text(encoding="utf-8")
    section = page.partition("## Parts and pins of the table")[2].partition("\n## ")[0]
    said = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", section, re.MULTILINE)
    stars = {"R*": "R1 … top to bottom", "C*": "C1 … left to right"}
    pins = lambda part: [f"[{pin.name}]" if "optional" in pin.needs else stars.get(pin.name, pin.name) for pin in part.wired]
    assert said == [(part.name, part.bus, ", ".join(pins(part))) for part in parts()]
