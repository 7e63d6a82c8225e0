"""A board of one's own, made as boards/README.md says: a folder copied, its table edited, a sale on the bench."""

import asyncio
import pathlib
import re
import shutil

import pytest
from click.testing import CliRunner

from play.scripts import Script
from rig import compiled
from rig.bench_options import Options
from rig.lab import Lab
from till import board_check, deploy
from till.bench_command import run

ROOT = pathlib.Path(__file__).resolve().parent.parent
SALE = ROOT / "tools" / "scripts" / "first-sale.txt"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """`own(line, instead)` makes boards/mine, a copy of esp32_devkitc in which these words of board.py are others."""
    monkeypatch.setattr(compiled, "BOARDS", tmp_path / "boards")
    monkeypatch.setattr(compiled, "BUILD", tmp_path / "build")

    def made(*changes: "tuple[str, str]") -> pathlib.Path:
        folder = tmp_path / "boards" / "mine"
        shutil.copytree(ROOT / "boards" / "esp32_devkitc", folder)
        text = (folder / "board.py").read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "board.py").write_text(text, encoding="utf-8")
        return folder / "board.py"

    return made


async def sold(folder: pathlib.Path) -> list:
    """A sale at boards/mine; every event of it."""
    events = []
    async with Lab(folder, options=Options(board="mine", trace="", speed=4), listener=events.append) as lab:
        await Script(SALE.read_text(encoding="utf-8"), SALE.name).run(lab, lambda text: None)
    return events


def test_a_copied_board_with_one_line_changed_sells(own, tmp_path):
    board = own(("buzzer IO 19 out\n", "buzzer IO 5 out\n"))
    # The bench hears a buzzer on the pin of the table alone.
    assert any(event["ev"] == "buzzer" for event in asyncio.run(sold(tmp_path / "lab")))
    wiring = board_check.wiring(board)
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


def test_a_keypad_of_three_columns_sells(own, tmp_path):
    own(("keypad C4 4 in\n", ""), ('"123A456B789C*0#D"', '"123456789*0#"'))
    asyncio.run(sold(tmp_path / "lab"))


def test_a_layout_that_is_not_the_wirings_is_told(own, tmp_path):
    own(("keypad C4 4 in\n", ""))
    done = CliRunner().invoke(run, ["--board", "mine", str(SALE)])
    assert done.exit_code == 2 and "keypad layout: 16 keys for 4 rows × 3 columns" in done.output


def test_the_contract_names_all_that_a_board_offers():
    page = (ROOT / "boards" / "README.md").read_text(encoding="utf-8")
    section = page.partition("## What a board.py offers")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)(?:\(\))?` \|", section, re.MULTILINE))
    for path in (ROOT / "boards").glob("*/board.py"):
        assert set(re.findall(r"^([A-Za-z]\w*) = ", path.read_text(encoding="utf-8"), re.MULTILINE)) == named, path
