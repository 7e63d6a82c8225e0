"""The explanations of the wire: complete, in both languages, and readable by the page."""

import json
import pathlib

import pytest

from desk import decode_entries, objects
from rig.firmware import taptill_on_path
from words.names import FIELD_NAMES, MTI_NAMES, TAG_NAMES

taptill_on_path()

from taptill.core import tlv
from taptill.core.profiles.cn_pos import responses

FOLDER = pathlib.Path(decode_entries.__file__).parent / "static" / "explain"
BOOKS = {name: json.loads((FOLDER / f"{name}.json").read_text("utf-8")) for name in ("tags", "fields", "steps")}
TABLES = [
    (name, part, key, row)
    for name, book in BOOKS.items()
    for part, table in book.items()
    if isinstance(table, dict) and part != "bits"
    for key, row in table.items()
]


@pytest.mark.parametrize("name", BOOKS)
def test_no_key_stands_twice(name):
    def once(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), [key for key in keys if keys.count(key) > 1]
        return dict(pairs)

    json.loads((FOLDER / f"{name}.json").read_text("utf-8"), object_pairs_hook=once)


def test_every_row_has_two_languages():
    for name, part, key, row in TABLES:
        assert len(row) == 4 and all(isinstance(text, str) and text for text in row), (name, part, key)
        assert any("\u4e00" <= sign <= "\u9fff" for sign in row[3]), (name, part, key)
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in row[0]), (name, part, key)
        assert len(row[2]) < 420 and len(row[0]) < 60, (name, part, key)


def test_all_that_the_terminal_names_is_explained():
    assert set(map(str, FIELD_NAMES)) == set(BOOKS["fields"]["fields"])
    assert set(MTI_NAMES) <= set(BOOKS["fields"]["mti"])
    missing = [tlv.tag_text(tag) for tag in TAG_NAMES if tlv.tag_text(tag) not in BOOKS["tags"]["tags"]]
    assert missing == []


def test_every_response_code_of_the_terminal_is_explained():
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    known = [first + second for first in digits for second in digits if responses.fate(first + second) != responses.UNKNOWN]
    assert len(known) > 40
    assert [code for code in known if code not in BOOKS["fields"]["codes"]] == []


def test_every_command_that_an_entry_can_have_is_explained():
    session = json.loads((pathlib.Path(__file__).parent / "data" / "emv" / "mastercard_mchip_test_cda.json").read_text())
    reader = decode_entries.ApduReader()
    for command, response in session["exchanges"]:
        detail = reader.entry(command, response, 1)
        assert detail["code"] in BOOKS["steps"]["commands"]
        for part in detail["request_parts"]:
            assert part["key"] == "dol" or part["key"] in BOOKS["steps"]["parts"]


def test_bits_name_a_byte_and_one_bit():
    for tag, rows in BOOKS["tags"]["bits"].items():
        assert tag in BOOKS["tags"]["tags"] and objects.tag_name(int(tag, 16))
        for where, english, chinese in rows:
            byte, mask = where.split(":")
            assert 1 <= int(byte) <= 5 and int(mask, 16).bit_count() == 1 and english and chinese
