"""Texts and glyphs: numbers agree everywhere, every glyph is there, generated files are what the sources give."""

import pathlib
import re

import pytest
from click.testing import CliRunner
from glyphs import cli, sources
from taptill.app import glyphs, texts
from taptill.core import responses

FIRMWARE = pathlib.Path(__file__).resolve().parent.parent / "firmware" / "taptill"
NAMES = {name: number for number, name, _, _ in sources.sentences()}
TEXT_CONSTANT = re.compile(r"^_?T_([A-Z0-9_]+)\s*=\s*(?:const\()?(\d+)", re.MULTILINE)


def opened() -> glyphs.Glyphs:
    file = glyphs.Glyphs(str(FIRMWARE / "fonts" / "glyphs.bin"))
    file.open()
    return file


def test_named_numbers_are_those_of_the_source() -> None:
    found = 0
    for path in FIRMWARE.rglob("*.py"):
        for name, number in TEXT_CONSTANT.findall(path.read_text("utf-8")):
            assert NAMES.get(name) == int(number), f"{path.name}: T_{name} = {number}"
            found += 1
    assert found > 30


def test_every_number_in_the_tables_has_a_text() -> None:
    numbers = set(NAMES.values())
    table = (FIRMWARE / "app" / "explain.py").read_text("utf-8")
    entries = re.findall(r"(\d\d) (\d\d) (\d\d\d) (\d\d\d) ([1-6]);", table)
    assert len(entries) >= 38
    for _, title, sentence, step, _ in entries:
        assert {int(title), int(sentence), int(step)} <= numbers, (title, sentence, step)
    codes = (FIRMWARE / "core" / "responses.py").read_text("utf-8")
    for text, step in re.findall(r"\w\w 0\w \d (\d\d\d) (\d\d\d);", codes):
        assert {int(text), int(step)} <= numbers
    unknown = responses.lookup("ZZ")
    assert {unknown.text, unknown.step} <= numbers


@pytest.mark.parametrize("column, language", [(2, "en"), (3, "zh")])
def test_texts_read_back(column: int, language: str) -> None:
    words = texts.Texts(str(FIRMWARE / "texts"))
    words.use(language)
    for row in sources.sentences():
        assert words.get(row[0]) == row[column]
    for number in (0, -1, 104_000, 254, 109):
        assert words.get(number) == f"#{number}"


def test_f_m16_currencies_are_those_of_the_table() -> None:
    """F-M16: code, letters and decimals of ISO 4217, from one readable table."""
    words = texts.Texts(str(FIRMWARE / "texts"))
    table = sources.currencies()
    assert len(table) > 150
    for code, letters, decimals in table:
        assert words.currency(code) == (letters, decimals)
    assert [words.currency(code) for code in ("156", "840", "392", "414")] == [
        ("CNY", 2), ("USD", 2), ("JPY", 0), ("KWD", 3)]
    assert words.currency("000") is None and words.currency("NYI") is None and words.currency("") is None


def test_placeholders_agree() -> None:
    for number, _, english, chinese in sources.sentences():
        assert english.count("%s") == chinese.count("%s"), number


def test_no_text_uses_a_glyph_that_the_file_lacks() -> None:
    file = opened()
    for number, _, english, chinese in sources.sentences():
        for char in english + chinese:
            assert file.has(ord(char)), f"text {number}: {char}"


def test_pictures_and_big_figures_are_there() -> None:
    file = opened()
    for count in range(len(sources.icons())):
        assert file.has(sources.ICON_BASE + count)
    for count in range(2 * len(sources.FIGURES)):
        assert file.has(sources.BIG_BASE + count)


def test_a_missing_glyph_is_a_box_and_the_cache_is_transparent() -> None:
    file = opened()
    assert not file.has(0x9F98)
    assert file.load(0x9F98) == 16
    box = bytes(file.bitmap)
    assert box[1] == 0xFE and any(box[16:])
    seen = {}
    for _ in range(2):
        for char in "Aa0金额卡银行冲正失败交易请确认退格未知结果主管":
            size = file.load(ord(char))
            shape = bytes(file.bitmap[: 2 * size])  # a narrow glyph leaves the second half as it was
            assert seen.setdefault(char, shape) == shape, char
    assert len(set(seen.values())) == len(seen)


def test_a_broken_glyph_file_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "glyphs.bin"
    for content in (b"", b"TTG1", b"XXXX\x00\x00\x00\x00"):
        path.write_bytes(content)
        with pytest.raises(ValueError):
            glyphs.Glyphs(str(path)).open()


def test_text_files_are_what_the_source_gives() -> None:
    for path, data in cli.build(pathlib.Path("no font")).items():
        assert path.read_bytes() == data, f"{path.name}: run `python -m glyphs` in tools/"


def test_glyph_file_is_what_the_font_gives() -> None:
    if not sources.UNIFONT.exists():
        pytest.skip("the Debian package unifont is not installed")
    path = FIRMWARE / "fonts" / "glyphs.bin"
    assert cli.build(sources.UNIFONT)[path] == path.read_bytes(), "run `python -m glyphs` in tools/"


def test_every_reason_of_a_flow_is_explained() -> None:
    """Numbers of flows.result and core.emv.outcome against the tables of app.explain."""
    explained = (FIRMWARE / "app" / "explain.py").read_text("utf-8")
    why, card = explained.split("_CARD = (")
    ends = (FIRMWARE / "flows" / "result.py").read_text("utf-8").split("# Why.")[1]
    for name, number in re.findall(r"^([A-Z_]+) = (\d+)", ends, re.MULTILINE):
        if name not in ("OK", "HOST_CODE", "CARD"):
            assert f"{int(number):02d} " in why.split("_WHY = (")[1], name
    reasons = (FIRMWARE / "core" / "emv" / "outcome.py").read_text("utf-8").split("NO_REASON = 0")[1]
    for name, number in re.findall(r"^([A-Z_]+) = (\d+)", reasons, re.MULTILINE):
        assert re.search(rf'["; ]{int(number):02d} \d\d \d\d\d', card), name


def test_the_command_checks_and_names_what_is_wrong(tmp_path: pathlib.Path) -> None:
    run = CliRunner().invoke(cli.glyphs, ["--unifont", str(tmp_path / "none.hex")])
    assert run.exit_code == 1 and "no such file" in run.output
    poor = tmp_path / "poor.hex"
    poor.write_text("".join(f"{code:04X}:{'00' * 16}\n" for code in range(0x20, 0x7F)))
    run = CliRunner().invoke(cli.glyphs, ["--unifont", str(poor)])
    assert run.exit_code == 1 and "has no glyph" in run.output
    run = CliRunner().invoke(cli.glyphs, ["--check", "--unifont", str(tmp_path / "none.hex")])
    assert run.exit_code == 0, run.output
