"""The second profile, end to end: a whole terminal on the bench and the acquirer, who both speak ISO 8583:1987 in ASCII; and two
foreign libraries, with tables written from jPOS's ISO87APackager alone, which read what the terminal sends and pack the same.
"""

import ast
import asyncio
import inspect
import pathlib
import re

import iso8583
import pytest
from click.testing import CliRunner
from expect import run
from iso8583.specs import default_ascii
from py8583.py8583 import DT, LT, Iso8583
from py8583.py8583spec import IsoSpec
from stage import PAN, PIN_CARD, Stage, Tap
from test_bench_sale import SETTINGS, Till, options

from acquirer import books, profiles
from acquirer.testcards import DEMO_TERMINAL
from desk.message_entries import message_entry
from rig.lab import Lab
from taptill.core import profiles as terminal_profiles
from taptill.flows import errands, sale, void
from till.decode import decode

ROOT = pathlib.Path(__file__).resolve().parent.parent
OURS = terminal_profiles.load("iso87a")
THEIRS = profiles.of("iso87a")
# jPOS's ISO87APackager, the fields that are used: N numeric, C characters, B binary as hexadecimal; with LL or LLL of length.
TABLE = {
    2: ("N", 19, 2), 3: ("N", 6, 0), 4: ("N", 12, 0), 7: ("N", 10, 0), 11: ("N", 6, 0), 12: ("N", 6, 0), 13: ("N", 4, 0),
    14: ("N", 4, 0), 15: ("N", 4, 0), 22: ("N", 3, 0), 23: ("N", 3, 0), 25: ("N", 2, 0), 26: ("N", 2, 0), 32: ("N", 11, 2),
    35: ("C", 37, 2), 37: ("C", 12, 0), 38: ("C", 6, 0), 39: ("C", 2, 0), 41: ("C", 8, 0), 42: ("C", 15, 0), 44: ("C", 25, 2),
    48: ("C", 999, 3), 49: ("C", 3, 0), 52: ("B", 8, 0), 55: ("C", 999, 3), 60: ("C", 999, 3), 64: ("B", 8, 0), 70: ("N", 3, 0),
    90: ("N", 42, 0), 128: ("B", 8, 0),
}  # fmt: skip


class Table(IsoSpec):
    """The table, for py8583."""

    def __init__(self):
        self.Descriptions, self.ContentTypes, self.DataTypes = {}, {}, {}
        self.DataType("MTI", DT.ASCII)
        self.DataType(1, DT.ASCII)
        for number, (what, size, lead) in TABLE.items():
            kind = {0: LT.FIXED, 2: LT.LLVAR, 3: LT.LLLVAR}[lead]
            content = {"N": "n", "C": "ans", "B": "ans"}[what]
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


def sent() -> "dict[str, bytes]":
    """Every request of the terminal, in its variants."""

    def stage(*faults, card=None):
        made = Stage(settings={"profile": "iso87a"})
        made.bank.faults = list(faults)
        if card:
            made.t.reader, made.screen.pin_digits = Tap(card), b"123456"
        return made

    found = {}
    one = stage("", "", "silent")
    run(sale.sale(one.t, 1250))
    run(void.void(one.t, 1))
    found["sale"], found["void"] = one.bank.requests
    run(sale.sale(one.t, 990))
    found["reversal"] = one.bank.requests[-1]
    pin = stage("", card=PIN_CARD)
    run(sale.sale(pin.t, 200000))
    found["sale with PIN"] = pin.bank.requests[0]
    undone = stage("", "silent")
    run(sale.sale(undone.t, 1250))
    run(void.void(undone.t, 1))
    found["reversal of a void"] = undone.bank.requests[-1]
    run(errands.sign_on(one.t))
    found["sign-on"] = one.bank.requests[-1]
    run(errands.echo(one.t))
    found["echo"] = one.bank.requests[-1]
    run(errands.inquire(one.t, 1, 1))
    found["status inquiry"] = one.bank.requests[-1]
    return found


SENT = sent()


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
    kinds = {"sign-on": "signon", "status inquiry": "inquiry"}
    assert theirs.kind == kinds.get(name, name.partition(" ")[0]) and theirs.fault() == ""
    assert profiles.decode(SENT[name]) == theirs and not profiles.of("cn_pos").claims(SENT[name])
    for number in theirs.fields:
        if number not in (3, 22, 52, 70):  # these say what the others have to be
            without = THEIRS.decode(SENT[name])
            del without.fields[number]
            assert without.fault() in ("", f"F{number}: missing"), number


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
    """Sign-on, sale, lost answer and reversal, wrong MAC, decline, void; `till decode` reads every message and checks its MAC."""

    async def work():
        async with Lab(tmp_path, settings={**SETTINGS, "profile": "iso87a"}, options=options(trace="host")) as lab:
            till = Till(lab)
            await till.shows("HINT_IDLE")
            await till.sale("1250", "visa-credit", "APPROVED")
            await lab.host("drop-answer next sale")
            await till.sale("700", "visa-debit", "REVERSED")
            await lab.host("wrong-mac next sale")
            await till.sale("900", "visa-credit", "REVERSED")
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
            await till.agrees("approved", "reversed", "reversed", "reversed", "declined", "reversed", "approved")
            assert books.problems(lab.ledger) == []
            key = lab.ledger.working_keys(DEMO_TERMINAL)[1]
            return key, [bytes.fromhex(event["hex"]) for _, event in lab.bench.events if event["ev"] == "host"]

    key, frames = asyncio.run(work())
    told = []
    for frame in frames:
        assert frame.isascii()
        shown = CliRunner().invoke(decode, [frame.hex(), "--mak", key.hex()])
        assert shown.exit_code == 0, shown.output
        told.append((frame[:4].decode(), shown.output.splitlines()[-1]))
    assert [mti for mti, last in told if last == "MAC WRONG"] == ["0210"]
    assert {mti for mti, last in told if last == "MAC correct"} == {"0200", "0210", "0400", "0410"}
    assert {mti for mti, last in told if not last.startswith("MAC")} == {"0800", "0810"}


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
