"""Whatever the firmware can write into its log, the clerk's page has words for, in both languages."""

import ast
import itertools
import pathlib
import re
import subprocess

import pytest

from evidence.explain import Teller
from evidence.logwords import matching
from evidence.paper import Paper, read
from rig.firmware import FIRMWARE
from rig.interpreter import micropython
from taptill.core import evidence, logbook
from words.tables import LANGUAGES, log_lines

HERE = pathlib.Path(__file__).resolve().parent
# Functions that take a text for the log, and the place of it among their arguments.
_SINKS = {"note": 1, "warn": 0, "_warn": 0, "report": 0, "note_fault": 0}
# For what is not foreseen.
_CATCHES = {"self-test: <rest>"}
# Where the text is made elsewhere: the names that it has there.  What they hold is made below, by the firmware itself.
_MADE = {
    "app/diary.py": {"ended", "line"},  # of results; of self-test and diagnosis
    "app/pages/network.py": {"line"},
    "app/fault.py": {"said"},
    "adapters/logbook.py": {"said", "place"},
}
# Texts with a word of a table of the firmware in them: log_texts.py goes through the tables.
_OF_TABLES = {"step xy 7", "wifi xy", "out of service: xy"}
_LATIN = re.compile(r"[A-Za-z][A-Za-z-]{2,}")
_NAMES = {"MicroPython", "dBm", "CNY", "TLS", "UTC", "TapTill"}  # written so in Chinese too


def _texts(node: ast.expr) -> list[str] | None:
    """What the expression can be, with something for every value; None where it cannot be told from it alone."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
        return [node.left.value.replace("%d", "7").replace("%s", "xy")]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_texts(side) or ["xy"] for side in (node.left, node.right)]
        return ["".join(pair) for pair in itertools.product(*sides)]
    if isinstance(node, ast.IfExp):
        return (_texts(node.body) or []) + (_texts(node.orelse) or [])
    return None


def _name(node: ast.expr) -> str:
    while isinstance(node, (ast.Call, ast.Attribute)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _written() -> list[tuple[str, str]]:
    """(where, text) of every call in the firmware's source that gives a text to the log."""
    found = []
    for path in sorted([*(FIRMWARE / "taptill").rglob("*.py"), FIRMWARE / "main.py"]):
        place = path.relative_to(FIRMWARE).as_posix().removeprefix("taptill/")
        for function in [
            node
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]:
            handed_on = {argument.arg for argument in function.args.args}
            for call in [node for node in ast.walk(function) if isinstance(node, ast.Call)]:
                called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                if called not in _SINKS or len(call.args) <= _SINKS[called]:
                    continue
                argument = call.args[_SINKS[called]]
                texts = _texts(argument)
                where = f"{place} line {call.lineno}"
                if texts is None:
                    known = _name(argument) in handed_on | _MADE.get(place, set())
                    assert known, (
                        f"{where}: what it writes into the log cannot be told; have the test make it, and name it in _MADE"
                    )
                found += [(where, text) for text in texts or []]
    return found


def _made() -> list[str]:
    """What micropython/log_texts.py prints, without the console's copies of tracebacks."""
    done = subprocess.run([micropython(), "log_texts.py"], cwd=HERE / "micropython", capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if not line.startswith("  File ")]


def _page(language: str, texts: list[str]) -> tuple[str, list[str]]:
    """(the clerk's part of the page, the lines below it that are for the maker) of a log with these texts."""
    paper = Paper({"currency": "CNY 0.00", "damaged": "pending: sealed file: too short"})
    paper.log = [(800000000, "W", text) for text in texts]
    teller = Teller(language)
    lines = teller.lines(paper)
    start, heading = lines.index(teller.say("LOG")), lines.index(teller.say("MAKER"))
    return "\n".join(lines[:heading]), lines[heading + 1 :] if heading > start else []


@pytest.fixture(scope="module")
def texts() -> list[str]:
    written = {text for _, text in _written()}
    assert _OF_TABLES <= written
    written -= _OF_TABLES
    made = _made()
    assert len(written) > 10 and len(set(made)) > 500
    return sorted({*written, *made})


def test_every_text_that_the_source_can_write_has_words(texts):
    words = Teller("en").log_words(Paper({"currency": "CNY 0.00"}))
    for text in texts:
        said, more = words.of(text)
        assert said or text.startswith(("detail: ", "at ", "network: join ok ")), text
        assert more or ": xy" not in text, text  # what an exception says is for the maker


def test_every_row_is_written_by_something(texts):
    """No row is left of what the firmware does not say any more."""
    for row in log_lines():
        pattern = matching(row.pattern)
        assert any(pattern.fullmatch(text) for text in texts) or row.pattern in _CATCHES, row.pattern


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_clerks_page_has_words_only_and_the_maker_gets_the_line_as_it_is(texts, language):
    page, maker = _page(language, texts)
    for machine in ("step ", " why 6", "FAILED", "0x", ".py", "StartAnew", "sealed file", "{", "%s", "<"):
        assert machine not in page, machine
    if language == "zh":
        odd = {word for line in page.splitlines() for word in _LATIN.findall(line)} - _NAMES
        assert odd == set(), odd
    for text in ("detail: the card is silent or gone", "fault: OSError: [Errno 5] EIO"):
        assert any(line.endswith(text) for line in maker), text


def test_a_line_of_another_firmware_is_the_makers():
    page, maker = _page("en", ["something new 12"])
    assert "something new" not in page and any("something new 12" in line for line in maker)


def test_lines_that_go_on_are_put_together():
    said = "network: router FAILED, why 62: router 192.168.178.1 answers no echo request; 192.168.178.20: no answer"
    lines = [(800000000, logbook.WARNING, part) for part in [*logbook.split(said), "wifi lost"]]
    text = evidence.signed(evidence.text_of([*evidence.heading("0", "1", 0), *evidence.logged(lines, 0)]), b"", b"")
    assert [each[2] for each in read(text).log] == [said, "wifi lost"]
    newest = evidence.signed(evidence.text_of([*evidence.heading("0", "1", 0), *evidence.logged(lines, 2)]), b"", b"")
    assert [each[2][0] for each in read(newest).log] == [logbook.GOES_ON, "w"]  # its head is not in the file
