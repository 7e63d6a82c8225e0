"""Words and glyphs: the readable tables are sound, every glyph is there, generated files are what the tables give."""

import pathlib
import re

import pytest
from click.testing import CliRunner

from glyphs import sources
from taptill.app import guidance, words
from taptill.app.widgets import glyphs, icons, texts
from taptill.core import transactions
from taptill.core.emv import outcome
from taptill.core.journal import record as records
from taptill.flows import result as ends
from words import build, tables
from words.__main__ import words as command

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware" / "taptill"
GUIDANCE = guidance.Guidance(str(FIRMWARE / "texts" / "guidance.bin"))


def opened() -> glyphs.Glyphs:
    file = glyphs.Glyphs(str(FIRMWARE / "fonts" / "glyphs.bin"))
    file.open()
    return file


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_texts_read_back_by_their_names(language: str) -> None:
    file = texts.Texts(str(FIRMWARE / "texts"))
    file.use(language)
    for row in tables.sentences():
        assert file.get(getattr(words, row.name)) == row.text(language)
    for number in (0, -1, 104_000, len(tables.sentences()) + 1):
        assert file.get(number) == f"#{number}"


def test_every_sentence_is_said_somewhere() -> None:
    """A sentence that nothing names is dead; guidance and responses name theirs in their tables."""
    code = "".join(path.read_text("utf-8") for path in (FIRMWARE / "app").rglob("*.py") if path.name != "words.py")
    named = set(re.findall(r"words\.([A-Z0-9_]+)", code))
    for row in tables.guidance():
        named |= {row.title, row.money, row.why, row.step}
    for row in tables.responses():
        named |= {row.why, row.step}
    assert {row.name for row in tables.sentences()} - named == set()
    assert named - {row.name for row in tables.sentences()} - {""} == set()


def test_f_m16_currencies_are_those_of_the_table() -> None:
    """F-M16: code, letters and decimals of ISO 4217, from one readable table."""
    file = texts.Texts(str(FIRMWARE / "texts"))
    table = tables.currencies()
    assert len(table) > 150
    for code, letters, decimals, *_names in table:
        assert file.currency(code) == (letters, decimals)
    assert [file.currency(code) for code in ("156", "840", "392", "414")] == [("CNY", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)]
    assert file.currency("000") is None and file.currency("NYI") is None and file.currency("") is None


def test_no_text_uses_a_glyph_that_the_file_lacks() -> None:
    file = opened()
    for row in tables.sentences():
        for char in row.english + row.chinese:
            assert file.has(ord(char)), f"{row.name}: {char}"


def test_pictures_and_figures_are_there() -> None:
    file = opened()
    assert len(sources.icons()) == icons.COUNT
    last = glyphs.PICTURE + icons.COUNT + 5 * len(sources.FIGURES)  # of 14 rows, and halves of 18 and 28
    assert file.has(last - 1) and not file.has(last)
    for code in range(glyphs.PICTURE, last):
        assert file.load(code) == 16


def test_a_missing_glyph_is_a_box_and_what_is_kept_is_as_it_was_read() -> None:
    file = opened()
    assert not file.has(0x9F98)
    for face, size in ((glyphs.TEXT, 12), (glyphs.LARGE, 16)):
        assert file.load(0x9F98, face) == size
        box = bytes(file.bitmap)
        assert box[1] == 0xF8 and box[size - 2] == 0xF8 and not any(box[size:16])
    seen = {}
    for _ in range(2):
        for face in (glyphs.TEXT, glyphs.BOLD, glyphs.LARGE):
            for char in "Aa0金额卡银行冲正失败交易请确认退格未知结果主管":
                size = file.load(ord(char), face)
                shape = bytes(file.bitmap)
                assert size == file.width(ord(char), face) and not any(shape[size:16]) and not any(shape[16 + size :])
                assert seen.setdefault((char, face), shape) == shape, char
    assert len(set(seen.values())) == len(seen) - 22  # bold Chinese is that of TEXT


def test_a_broken_glyph_file_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "glyphs.bin"
    for content in (b"", b"TTG2", b"XXXX\x00\x00\x00\x00"):
        path.write_bytes(content)
        with pytest.raises(ValueError):
            glyphs.Glyphs(str(path)).open()


def test_generated_files_are_what_the_tables_give() -> None:
    for path, data in build.build().items():
        assert path.read_bytes() == data, f"{path.name}: run `make words`"


def _named(module) -> dict:
    return {name: number for name, number in vars(module).items() if name.isupper() and isinstance(number, int)}


def test_every_end_of_a_flow_is_explained() -> None:
    """Names of flows.result and core.emv.outcome against tools/words/guidance.txt."""
    told = {(row.table, row.name) for row in tables.guidance()}
    source = (FIRMWARE / "flows" / "result.py").read_text("utf-8")
    whys = re.findall(r"^([A-Z_]+) = \d+", source.split("# Why.")[1].split("class ")[0], re.MULTILINE)
    assert len(whys) > 30
    assert [name for name in whys if name not in ("OK", "HOST_CODE") and ("why", name) not in told] == []
    ending = re.findall(r"^([A-Z_]+) = \d+", source.split("# Ends.")[1].split("# Money.")[0], re.MULTILINE)
    assert [name for name in ending if name not in ("APPROVED", "PARTIAL") and ("end", name) not in told] == []
    source = (FIRMWARE / "core" / "emv" / "outcome.py").read_text("utf-8").split("NO_REASON = 0")[1]
    reasons = re.findall(r"^([A-Z_]+) = \d+", source, re.MULTILINE)
    assert [name for name in reasons if ("card", name) not in told] == []
    source = (FIRMWARE / "core" / "journal" / "record.py").read_text("utf-8").split("# States")[1].split("class ")[0]
    states = re.findall(r"^([A-Z_]+) = \d+", source, re.MULTILINE)
    assert len(states) == 9 and [name for name in states if ("state", name) not in told] == []


def _told(end: int, why: int, f39: str = "", kind: int = 0) -> tuple:
    found = ends.Result(end, ends.NOT_TAKEN, why, kind)
    found.f39 = f39
    told = GUIDANCE.explain(found)
    names = {row.number: row.name for row in tables.sentences()}
    return tuple(names.get(number, "") for number in (told.title, told.money, told.why, told.step))


def test_money_why_and_what_now() -> None:
    assert _told(ends.DECLINED, ends.HOST_CODE, "51") == ("DECLINED", "MONEY_NOT_TAKEN", "R_NO_FUNDS", "S_LESS")
    assert _told(ends.DECLINED, ends.HOST_CODE, "Z9")[2:] == ("R_UNKNOWN_CODE", "S_CALL_ISSUER")
    assert _told(ends.NOT_SENT, ends.NO_LINK) == ("NOT_CHARGED", "", "N_LINK", "S_NETWORK")
    assert _told(ends.NOT_SENT, ends.CARD_LOST) == ("TAP_ENDED", "MONEY_NOT_TAKEN", "N_CARD_LOST", "S_TAP_AGAIN")
    assert _told(ends.REVERSED, ends.TIMEOUT) == ("REVERSED", "MONEY_RETURNED", "U_NO_ANSWER", "S_AGAIN")
    assert _told(ends.UNKNOWN, ends.STANDS) == ("REVERSAL_FAILED", "PENDING_TEXT", "U_STANDS", "S_MENU")
    assert _told(ends.UNKNOWN, ends.DAMAGED)[3] == "S_SERVICE"
    assert _told(ends.UNKNOWN, ends.HOST_CODE, "90")[2:] == ("R_CUT_OVER", "S_MENU")
    assert _told(ends.FAILED, ends.KEYS_REFUSED) == ("FAILED", "", "N_KEYS_REFUSED", "S_CALL_BANK")
    assert _told(ends.DONE, ends.OK) == ("DONE", "", "", "")
    assert _told(ends.NOT_SENT, 250) == ("", "", "", "S_SERVICE")


def test_a_card_that_is_to_be_shown_again() -> None:
    found = ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, ends.CARD)
    found.card = outcome.CardRead()
    for how, reason, title, step in (
        (outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE, words.TAP_ENDED, words.S_LOOK_AT_PHONE),
        (outcome.TRY_AGAIN, outcome.BAD_ANSWER, words.TAP_ENDED, words.S_TAP_AGAIN),
        (outcome.OTHER_INTERFACE, outcome.CONDITIONS, words.CARD_REFUSED, words.S_OTHER_WAY),
        (outcome.DECLINED, outcome.CARD_DECLINED, words.CARD_REFUSED, words.S_CALL_ISSUER),
    ):
        found.card.end(how, reason)
        told = GUIDANCE.explain(found)
        assert (told.title, told.step) == (title, step), reason


def test_how_a_record_is_called() -> None:
    sale = transactions.SALE.kind
    for state, name in ((records.APPROVED, words.APPROVED), (records.NOT_FOUND, words.REVERSED), (1, words.REVERSAL_FAILED)):
        assert GUIDANCE.state(records.Record(sale, state, 1, 1, 1)) == name


@pytest.mark.parametrize(
    "table, line, wanted",
    [
        ("sentences.txt", "NAME | only English", "not `NAME | English | Chinese`"),
        ("sentences.txt", "APPROVED | Again | 又", "APPROVED is there already"),
        ("sentences.txt", "NEW | %s of %s | 第%s", "NEW has not as many %s"),
        ("responses.txt", "5 | declined | R_DECLINED | S_AGAIN | host", "not `code | fate"),
        ("responses.txt", "51 | declined | R_DECLINED | S_AGAIN | host", "51 is there already"),
        ("responses.txt", "ZZ | perhaps | R_DECLINED | S_AGAIN | host", "perhaps is no fate"),
        ("responses.txt", "ZZ | declined | R_NOTHING | S_AGAIN | host", "R_NOTHING is no sentence"),
        ("responses.txt", "ZZ | declined | R_DECLINED | S_AGAIN | nobody", "nobody is not one of"),
        ("guidance.txt", "perhaps REVERSED | - | - | - | - | -", "not `end|why|card|state"),
        ("guidance.txt", "end REVERSED | - | - | - | - | -", "end REVERSED is there already"),
        ("guidance.txt", "end NONSENSE | - | - | - | - | -", "taptill.flows.result has no such name"),
        ("guidance.txt", "end DONE lottery | - | - | - | - | -", "lottery is no transaction"),
        ("guidance.txt", "why TAKEN | - | - | - | - | card", "two names of why have the number 2"),
        ("currencies.txt", "156 CNX 2 | again | 又", "156 CNX is there already"),
        ("currencies.txt", "1 CN 2", "not `156 CNY 2"),
    ],
)
def test_the_command_names_what_is_wrong(table: str, line: str, wanted: str, tmp_path, monkeypatch) -> None:
    for path in tables.HERE.glob("*.txt"):
        text = path.read_text("utf-8")
        if path.name == table:
            text = line + "\n" + text if table == "responses.txt" and not line.startswith("51") else text + line + "\n"
        if path.name == table and line.startswith("51 |"):
            text = text.replace("\n51 |", "\n51 | declined | R_DECLINED | S_AGAIN | host\n51 |", 1)
        (tmp_path / path.name).write_text(text, "utf-8")
    monkeypatch.setattr(tables, "HERE", tmp_path)
    run = CliRunner().invoke(command, ["--check"])
    assert run.exit_code == 1 and wanted in run.output and table in run.output, run.output


def test_one_line_more_is_one_command(tmp_path, monkeypatch) -> None:
    """A new response code and a sentence with a new character: everything that the firmware reads follows."""
    folder = tmp_path / "words"
    folder.mkdir()
    for path in tables.HERE.glob("*.txt"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    responses = folder / "responses.txt"
    responses.write_text("ZZ | declined | R_DRAGON | S_OTHER_CARD | card\n" + responses.read_text("utf-8"), "utf-8")
    sentences = folder / "sentences.txt"
    sentences.write_text(sentences.read_text("utf-8") + "R_DRAGON | Here be dragons | 此处有龙\n", "utf-8")
    monkeypatch.setattr(tables, "HERE", folder)
    made = {path.name: data for path, data in build.build().items()}
    assert b'"ZZ ' in made["response_codes.py"] and b" R_DRAGON:" in made["words.py"]
    (tmp_path / "guidance.bin").write_bytes(made["guidance.bin"])
    (tmp_path / "glyphs.bin").write_bytes(made["glyphs.bin"])
    file = glyphs.Glyphs(str(tmp_path / "glyphs.bin"))
    file.open()
    assert file.has(ord("龙"))
    found = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
    found.f39 = "ZZ"
    told = guidance.Guidance(str(tmp_path / "guidance.bin")).explain(found)
    assert (told.why, told.cause) == (len(tables.sentences()), guidance.CARD)


def test_the_command_says_when_all_is_fresh() -> None:
    run = CliRunner().invoke(command, ["--check"])
    assert run.exit_code == 0 and "stale" not in run.output, run.output
