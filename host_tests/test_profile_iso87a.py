"""The second profile, end to end: a whole terminal on the bench and the acquirer, who both speak ISO 8583:1987 in ASCII; and two
foreign libraries, with tables written from jPOS's ISO87APackager alone, which read what the terminal sends and pack the same.
"""

import ast
import asyncio
import inspect
import pathlib
import re

import frames
import iso8583
import line_story
import pytest
from click.testing import CliRunner
from expect import run
from iso8583.specs import default_ascii
from py8583.py8583 import DT, LT, Iso8583
from py8583.py8583spec import IsoSpec
from stage import PAN, Stage

from acquirer import books, profiles
from acquirer.testcards import DEMO_TERMINAL
from acquirer.wire import WireError
from desk.message_entries import message_entry
from taptill.core import profiles as terminal_profiles
from taptill.core.errors import MessageError
from taptill.core.message import Message
from taptill.flows import result, sale
from till import bench_command
from till.decode import decode

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = terminal_profiles.load("iso87a")
THEIRS = profiles.of("iso87a")
# jPOS's ISO87APackager, field by field in its order from 2: N numeric, C characters, A with C or D in front, B binary as
# hexadecimal; the most that it holds, and digits of length in front.
PACKAGER = """
    N19.2 N6 N12 N12 N12 N10 N8 N8 N8 N6 N6 N4 N4 N4 N4 N4 N4 N3 N3 N3 N3 N3 N3 N2 N2 N1 A9 A9 A9 A9 N11.2 N11.2
    C28.2 C37.2 C104.3 C12 C6 C2 C3 C8 C15 C40 C25.2 C76.2 C999.3 C999.3 C999.3 C3 C3 C3 B8 N16 C120.3 C999.3
    C999.3 C999.3 C999.3 C999.3 C999.3 C999.3 C999.3 C999.3 B8 B1 N1 N2 N3 N3 N3 N4 N4 N6 N10 N10 N10 N10 N10 N10
    N10 N10 N12 N12 N12 N12 N16 N16 N16 N16 N42 C1 C2 C6 C7 C42 B16 A17 C25 N11.2 N11.2 C17.2 C28.2 C28.2 C100.3
"""
TABLE = {
    number: (form[0], int(form[1:].partition(".")[0]), int(form.partition(".")[2] or 0))
    for number, form in enumerate([*PACKAGER.split(), *23 * ["C999.3"], "B8"], 2)
}


class Table(IsoSpec):
    """The table, for py8583."""

    def __init__(self):
        self.Descriptions, self.ContentTypes, self.DataTypes = {}, {}, {}
        self.DataType("MTI", DT.ASCII)
        self.DataType(1, DT.ASCII)
        for number, (what, size, lead) in TABLE.items():
            kind = {0: LT.FIXED, 2: LT.LLVAR, 3: LT.LLLVAR}[lead]
            content = "n" if what == "N" else "ans"
            most = 2 * size if what == "B" else size
            self.ContentTypes[number] = {"ContentType": content, "MaxLen": most, "LenType": kind}
            self.DataType(number, DT.ASCII)
            if lead:
                self.LengthDataType(number, DT.ASCII)


def spec() -> dict:
    """The table, for pyiso8583."""
    made = {name: default_ascii[name] for name in ("h", "t", "p", "1")}
    for number, (what, size, lead) in TABLE.items():
        most = 2 * size if what == "B" else size
        made[str(number)] = {"data_enc": "ascii", "len_enc": "ascii", "len_type": lead, "max_len": most, "desc": ""}
    return made


SENT = frames.sent("iso87a")


def characters(number: int, value) -> str:
    """A field as it stands on the line."""
    return value.hex().upper() if isinstance(value, bytes) else value.replace("D", "=") if number == 35 else value


@pytest.mark.parametrize("name", SENT)
def test_foreign_libraries_read_and_pack_what_the_terminal_sends(name):
    message = OURS.parse(SENT[name])
    document, _ = iso8583.decode(SENT[name], spec())
    assert document["t"] == message.mti
    told = {int(field): value for field, value in document.items() if field.isdigit() and field != "1"}
    assert told == {number: characters(number, value) for number, value in message.fields.items()}
    packed, _ = iso8583.encode({key: value for key, value in document.items() if key not in ("p", "1")}, spec())
    assert bytes(packed) == SENT[name]
    if max(message.fields) <= 64:  # py8583 knows no second bitmap in ASCII
        other = Iso8583(SENT[name], Table())
        assert other.MTI() == message.mti
        for number, value in message.fields.items():
            assert str(other.FieldData(number)).lstrip("0") == characters(number, value).lstrip("0"), number


@pytest.mark.parametrize("name", SENT)
def test_the_acquirer_reads_the_same_fields_and_finds_them_right(name):
    ours, theirs = OURS.parse(SENT[name]), THEIRS.decode(SENT[name])
    assert (theirs.mti, theirs.fields) == (ours.mti, ours.fields)
    assert theirs.fault() == ""
    assert profiles.decode(SENT[name]) == theirs and not profiles.of("cn_pos").claims(SENT[name])
    for number in theirs.fields:
        if number not in (3, 22, 52, 70):  # these say what the others have to be
            without = THEIRS.decode(SENT[name])
            del without.fields[number]
            assert without.fault() in ("", f"F{number}: missing"), number


def filled(number: int, least: bool) -> str:
    """A value of the field as it stands on the line, as long as it may be or, where it counts itself, as short."""
    what, most, lead = TABLE[number]
    size = 2 * most if what == "B" else 1 + (number == 35) if lead and least else most - (number == 55 and most % 2)
    if number == 35:
        return ("4" * 16 + "=" + "1" * size)[-size:] if not least else "4="
    if number == 55:
        return "9F360200AA" if least else ("9F36" + "0" * size)[:size]
    return {"N": "1234567890", "C": "Ab 9", "A": "D" + "0" * 20, "B": "0123456789ABCDEF"}[what].ljust(size, "7")[:size]


@pytest.mark.parametrize("least", [False, True], ids=["longest", "shortest"])
@pytest.mark.parametrize("number", sorted(set(TABLE) - {65}))
def test_every_field_of_the_standard_is_read_and_packed_by_all_alike(number, least):
    """Terminal, acquirer and two libraries; and what follows it is found."""
    value = filled(number, least)
    document = {"t": "0210", "39": "00", "128": "00" * 8, str(number): value}
    raw = bytes(iso8583.encode(document, spec())[0])
    ours, theirs = OURS.parse(raw), THEIRS.decode(raw)
    assert theirs.fields == ours.fields and set(ours.fields) == {number, 39, 128}
    assert characters(number, ours.fields[number]) == value
    assert bytes(OURS.pack(ours, None)) == raw == theirs.encode()
    if number < 65:
        short = bytes(iso8583.encode({name: text for name, text in document.items() if name != "128"}, spec())[0])
        other = Iso8583(short, Table())
        assert str(other.FieldData(number)).lstrip("0") == value.lstrip("0") and other.FieldData(39) == document["39"]
    detail = message_entry("in", raw.hex())
    assert "error" not in detail and all(field["name"] for field in detail["fields"]), detail
    # One character more, one less, and a character that does not belong there
    what, most, lead = TABLE[number]
    if lead == 0:
        for other in (value[:-1], value + value[-1]):
            with pytest.raises(MessageError, match=f"F{number}\\b"):
                OURS.pack(Message("0210", {**ours.fields, number: other if what != "B" else bytes(most + 1)}), None)
    if what != "C" or number in (35, 55):
        at = raw.rindex(value.encode()) if number != 128 else len(raw) - 16
        spoilt = raw[:at] + b"x" + raw[at + 1 :]
        for read, error in ((OURS.parse, MessageError), (THEIRS.decode, WireError)):
            with pytest.raises(error, match=f"F{number}\\b"):
                read(spoilt)


def test_field_65_is_a_byte_for_the_terminal_and_refused_in_words_by_the_acquirer():
    """jPOS's table has a byte there; the acquirer's library takes it for a third bitmap."""
    raw = b"0210" + b"8000000002000000" + b"8000000000000000" + b"00" + b"80"
    assert OURS.parse(raw).fields == {39: "00", 65: b"\x80"} and bytes(OURS.pack(OURS.parse(raw), None)) == raw
    with pytest.raises(WireError, match="F65: a third bitmap"):
        THEIRS.decode(raw)


ASKED = {2, 3, 4, 11, 14, 22, 23, 25, 35, 39, 41, 42, 49, 55, 60, 90}  # what an answer repeats, or says


@pytest.mark.parametrize("number", [number for number in TABLE if number not in ASKED and TABLE[number][0] != "B"])
def test_an_approval_is_none_the_worse_for_a_field_that_the_terminal_has_no_use_for(number):
    """Read over, by its length."""
    stage = Stage(settings={"profile": "iso87a"})
    stage.bank.faults = [f"field {number} {filled(number, False)}"]
    done = run(sale.sale(stage.t, 1250))
    assert done.end == result.APPROVED and stage.bank.debited() == stage.journaled() == 1250


@pytest.mark.parametrize("name", SENT)
def test_the_page_shows_it_and_hides_the_card(name):
    detail = message_entry("out", SENT[name].hex())
    told = OURS.parse(SENT[name])
    assert "error" not in detail and detail["mti"] == told.mti and detail["name"] != "unknown message type"
    assert {field["n"] for field in detail["fields"]} == {str(number) for number in told.fields}
    assert all(field["name"] for field in detail["fields"])
    assert len(detail["hex"]) == 2 * len(SENT[name])
    shown = str(detail)
    assert PAN not in shown and PAN.encode().hex() not in shown.lower() and b"PINBLOCK".hex().upper() not in shown
    assert bool(detail["de55"]) == (55 in told.fields)
    if 90 in told.fields:
        (original,) = (field for field in detail["fields"] if field["n"] == "90")
        assert original["row"] == "90 iso87a" and original["note"] == f"STAN {told.fields[90][4:10]}"
    for size in range(0, len(SENT[name]), 7):  # what is cut short is shown as far as it goes, and never a card number
        assert PAN.encode().hex() not in str(message_entry("out", SENT[name][:size].hex())).lower()


def test_sales_a_lost_answer_its_reversal_and_a_void(tmp_path):
    """And a decline, and a host that reverses something else; `till decode` reads every message and checks its MAC."""

    async def more(lab, till):
        await lab.host("mismatch original next reversal")
        await lab.host("drop-answer next sale")
        await till.sale("800", "visa-debit", "REVERSAL_FAILED")
        await lab.host("decline 51 next sale")
        await till.sale("300", "visa-credit", "DECLINED")
        before = lab.ledger.merchant_balance(books.transactions(lab.ledger)[0]["merchant_id"])
        for lost, words in ((True, ("REVERSED", "SALE_STANDS")), (False, ("VOIDED",))):
            if lost:
                await lab.host("drop-answer next void")
            await till.press("A2#")
            await till.shows("PRESENT_CARD")
            await till.bench.do("card", card="visa-credit")
            await till.shows("VOID", "12.50", "KEYS_AGREE")
            await till.press("#")
            await till.shows(*words)
            await till.bench.do("card-off")
            await till.back()
            after = lab.ledger.merchant_balance(books.transactions(lab.ledger)[0]["merchant_id"])
            assert after == (before if lost else before - 1250)
        await till.agrees(*line_story.STATES, "reversed", "declined", "reversed", "approved")
        assert books.problems(lab.ledger) == [] and lab.ledger.terminal(DEMO_TERMINAL)["mac"] == "retail"

    found = asyncio.run(line_story.told(tmp_path, {"profile": "iso87a"}, more))
    assert all(frame.isascii() for frame in found.frames)
    macs = found.macs()
    assert [mti for mti, last in macs if last == "MAC WRONG"] == ["0210"]
    assert {mti for mti, last in macs if last == "MAC correct"} == {"0200", "0210", "0400", "0410"}
    assert {mti for mti, last in macs if not last} == {"0800", "0810"}
    assert line_story.spilt(found) == []
    found.outputs = {"clear": "".join(CliRunner().invoke(decode, [frame.hex(), "--clear"]).output for frame in found.frames)}
    unsaid = {"TMK", "PIK", "MAK"}  # which nobody says; all else is found where nothing hides it
    assert {name for name, _ in line_story.spilt(found)} == set(found.secrets) - unsaid and len(found.secrets) > 10


def test_a_profile_offers_what_all_do():
    """Every method of core.profiles.Profile, with its parameters: on the terminal's side as on the host's."""
    tree = ast.parse((ROOT / "firmware" / "taptill" / "core" / "profiles" / "__init__.py").read_text("utf-8"))
    (promised,) = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Profile")
    functions = [item for item in promised.body if isinstance(item, ast.FunctionDef)]
    methods = {item.name: [each.arg for each in item.args.args[1:]] for item in functions}
    assert len(methods) > 15 and terminal_profiles.NAMES == profiles.NAMES
    for name in profiles.NAMES:
        kept = terminal_profiles.load(name)
        for method, parameters in methods.items():
            assert list(inspect.signature(getattr(kept, method)).parameters) == parameters, (name, method)
        host = profiles.of(name)
        for method in ("claims", "decode", "frame", "read_frame", "MACS"):
            assert hasattr(host, method), (name, method)


@pytest.mark.parametrize("name", profiles.NAMES)
def test_a_profile_costs_its_folder_and_a_word_in_the_list(name):
    """Nothing else of firmware and tools names it; `till load`, whose terminals speak one profile, names that."""
    lists = {"firmware/taptill/core/profiles/__init__.py", "tools/acquirer/profiles/__init__.py"}
    naming = set()
    for top in ("firmware", "tools", "boards"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in (".py", ".js", ".txt", ".toml") and not {"node_modules", "taptill.egg-info"} & set(path.parts):
                if re.search(rf"\b{name}\b", path.read_text("utf-8")):
                    naming.add(path.relative_to(ROOT).as_posix())
    folders = (f"firmware/taptill/core/profiles/{name}/", f"tools/acquirer/profiles/{name}/", "tools/campaigns/load/")
    assert {path for path in naming if not path.startswith(folders)} <= lists, naming
    assert lists <= naming


def test_till_run_plays_a_story_with_a_power_cut(tmp_path):
    """Sale, void, lost answer and power cut, on the bench."""
    words = "--set profile=iso87a --set answer_timeout_s=3 --speed 5"
    done = CliRunner().invoke(bench_command.run, [str(ROOT / "tools" / "scripts" / "whole-story.txt"), *words.split()])
    assert done.exit_code == 0, done.output
