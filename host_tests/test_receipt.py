"""`till receipt`: slips of a backup as text, PNG and PDF; what it cannot use is told and ends with a code."""

import base64
import json

import pytest
from click.testing import CliRunner
from PIL import Image
from slip_cases import CARD, Shop, record

from taptill.adapters.slips import SlipFile
from taptill.core.journal import record as records
from till import backup
from till.receipt import receipt


class Kept(dict):
    """The folder that a slip's file is written to."""

    def write(self, name, data):
        self[name] = bytes(data)

    def read(self, name):
        return self.get(name)


@pytest.fixture
def kept(tmp_path):
    """A backup of two payments, with a slip of the second."""
    first = record(records.APPROVED, stan=122, seq=4, approved=500, amount=500)
    second = record(records.APPROVED)
    files = Kept()
    note = SlipFile(files)
    note.learn(5, CARD)
    note.begin(5, 1)
    files["journal.000"] = first.pack() + second.pack()
    names = ("merchant_name", "merchant_name_zh", "merchant_id", "terminal_id")
    files["config.json"] = json.dumps({name: getattr(Shop, name) for name in names} | {"currency": "0156"}).encode()
    content = {backup._KIND: backup.VERSION, "made": "", "seq": 5, "open": ""}
    content["files"] = {name: base64.b64encode(data).decode() for name, data in files.items()}
    path = tmp_path / "backup.json"
    path.write_text(json.dumps({**content, "sha256": backup._digest(content)}))
    return path


def ran(*words):
    return CliRunner().invoke(receipt, [str(word) for word in words])


def test_the_newest_payment_in_words_with_what_is_known_of_its_card(kept):
    text = ran(kept).output
    for words in ("City Coffee", "REPRINT", "000123", "CNY 12.50", "A000000333010102", "Charged: CNY 12.50"):
        assert words in text
    assert ran(kept, "--shop", "Night Market").output.splitlines()[0].strip() == "Night Market"
    chinese = ran(kept, "--language", "zh", "--copy", "customer").output
    assert "城市咖啡馆" in chinese and "持卡人存根" in chinese


def test_an_older_one_by_its_trace_has_no_card_facts(kept):
    text = ran(kept, "--trace", 122).output
    assert "CNY 5.00" in text and "AID" not in text
    assert ran(kept, "--trace", "000001000122").output == text and ran(kept, "--trace", "000002000122").exit_code != 0


def test_a_picture_and_a_pdf(kept, tmp_path):
    done = ran(kept, "--out", tmp_path / "slip.png")
    assert done.exit_code == 0, done.output
    with Image.open(tmp_path / "slip.png") as picture:
        assert picture.width == 928 and picture.height > 1000
    assert ran(kept, "--out", tmp_path / "slip.pdf").exit_code == 0
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("words", [["--trace", "999"], ["--out", "slip.gif"], ["--paper"]], ids=" ".join)
def test_what_it_cannot_use_is_told(words, kept):
    assert ran(kept, *words).exit_code != 0
