"""The logic of the desk's page, without a terminal and without a browser: node runs host_tests/js."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from board_stand_in import StandIn, modules

from desk import boards
from rig import compiled
from rig.failures import Failed
from till import board_image, live_board
from wiring import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
DESK = ROOT / "tools" / "desk"
STATE = DESK / "static" / "state.js"
TESTS = sorted((ROOT / "host_tests" / "js").glob("*.test.mjs"))
OLDEST_NODE = 18  # the first with a test runner of its own


@functools.cache
def lacking():
    """Why the page's logic cannot be run here; "" when it can."""
    node = shutil.which("node")
    if not node:
        return "node is not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60).stdout.strip()
    major = re.match(r"v(\d+)\.", version)
    if not major or int(major.group(1)) < OLDEST_NODE:
        return f"node {version or 'without a version'} is older than {OLDEST_NODE}"
    return ""


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_page_without_a_browser(path):
    if lacking():
        pytest.skip(lacking())
    run = subprocess.run(
        ["node", "--test", str(path)],
        cwd=ROOT,
        env={**os.environ, "TAPTILL_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_types_of_the_page_agree():
    if lacking():
        pytest.skip(lacking())
    checker = DESK / "node_modules" / ".bin" / "tsc"
    if not checker.exists():
        pytest.skip("the type checker is not installed: make check-page installs it")
    run = subprocess.run([str(checker), "-p", "."], cwd=DESK, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_event_of_the_server_is_a_message_that_the_page_knows():
    told = set()
    for source in DESK.glob("*.py"):
        told |= set(re.findall(r'"ev": "([\w-]+)"', source.read_text(encoding="utf-8")))
    told |= {"buzzer", "led"}  # handed on from the bench as they come
    known = set(re.findall(r'\{ev: "([\w-]+)"', STATE.read_text(encoding="utf-8")))
    assert len(told) > 12
    assert told == known
    tried = (ROOT / "host_tests" / "js" / "state.test.mjs").read_text(encoding="utf-8")
    assert [name for name in sorted(known) if f'ev: "{name}"' not in tried] == []


_WANT = """
import { possible, wanted } from "%s";
const [cases, folders] = JSON.parse(process.argv[1]);
const of = (work) => { try { return work(); } catch (error) { return error.key; } };
console.log(JSON.stringify(cases.map(([folder, psram, flash]) => {
  const board = folders.find((each) => each.folder === folder);
  return [of(() => wanted({ chip: board.chip, psram, flash }, board)), possible(board)];
})));
"""


def test_the_page_wants_the_image_that_till_flash_wants():
    if lacking():
        pytest.skip(lacking())
    cases = [("esp32s3_devkitc", psram, 8 if psram < 16 else 16) for psram in (0, 2, 8, 16)]
    cases += [(folder, psram, 4) for folder in ("esp32_wrover", "esp32_devkitc") for psram in (0, 2)]
    page = _WANT % (DESK / "static" / "board" / "variant.js").as_uri()
    asked = json.dumps([cases, boards.folders()])
    run = subprocess.run(["node", "--input-type=module", "-e", page, asked], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    for (folder, psram, _), (found, possible) in zip(cases, json.loads(run.stdout), strict=True):
        chip = "ESP32-S3" if folder == "esp32s3_devkitc" else "ESP32"
        try:
            build = board_image.wanted(chip, psram, folder != "esp32_devkitc").build
        except Failed:
            assert found == "board.image.psram", folder
            continue
        named = (compiled.BOARDS / "esp32_devkitc" / "mpconfigboard.h").read_text(encoding="utf-8")
        own = re.search(r'MICROPY_HW_BOARD_NAME "(.*)"', named)[1]
        assert found == (build or own), (folder, psram)
        assert found in possible or psram == 2 and folder == "esp32_devkitc"


_ASK = """
import { facts, fitting, refusal } from "%s";
const [said, folders, mpy, oldest] = JSON.parse(process.argv[1]);
const board = facts(said);
console.log(JSON.stringify([refusal(board, mpy, oldest)?.key ?? null, fitting(board, folders).map((each) => each.folder)]));
"""
_S3 = {"machine": "Generic ESP32S3 module with Octal-SPIRAM with ESP32S3", "build": "ESP32_GENERIC_S3-SPIRAM_OCT"}
_PLAIN = {"machine": "Generic ESP32 module with ESP32", "build": "ESP32_GENERIC"}


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (_S3, None),
        ({"machine": "Generic ESP32 module with SPIRAM with ESP32", "build": "ESP32_GENERIC-SPIRAM"}, None),
        ({**_S3, "name": "circuitpython"}, "board.not.micropython"),
        ({**_S3, "platform": "rp2"}, "board.not.esp32"),
        ({**_S3, "version": (1, 24, 1, "")}, "board.not.new"),
        ({**_S3, "version": (2, 0, 0, "")}, None),
        ({**_S3, "mpy": 5}, "board.not.mpy"),
        ({**_S3, "mpy": None}, "board.not.mpy"),
        ({**_S3, "wifi": False}, "board.not.wifi"),
        ({**_S3, "heap": 200 << 10}, "board.not.psram.quad"),
        ({**_S3, "build": "ESP32_GENERIC_S3", "heap": 200 << 10}, "board.not.psram.octal"),
        ({**_PLAIN, "heap": 112 << 10}, "board.not.psram.esp32"),
        ({**_PLAIN, "build": "ESP32_GENERIC-SPIRAM", "heap": 112 << 10}, "board.not.psram.none"),
        ({"machine": "Generic ESP32C3 module with ESP32C3", "gpios": range(22)}, None),
        ({**_S3, "gpios": range(20)}, None),
    ],
)
def test_the_page_judges_a_board_as_till_deploy_does(says, why):
    if lacking():
        pytest.skip(lacking())
    mpy = 6
    with StandIn(modules(**says)) as board:
        said = board._run(live_board.questions({gpio for each in boards.folders() for gpio in each["gpios"]}))[0].decode()
    page = _ASK % (DESK / "static" / "board" / "facts.js").as_uri()
    asked = json.dumps([said, boards.folders(), mpy, ".".join(map(str, live_board.OLDEST))])
    run = subprocess.run(["node", "--input-type=module", "-e", page, asked], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    judged, fitting = json.loads(run.stdout)
    assert judged == why
    known = live_board.facts(said)
    for path in sorted(compiled.BOARDS.glob("*/board.py")):
        wanted = table.read(path)
        refused = live_board.refusal(known, wanted, [], mpy)
        assert (refused is None) == (judged is None and wanted.folder in fitting), refused


_RAISED = """
import { raised } from "%s";
import { TEXTS } from "%s";
console.log(JSON.stringify(JSON.parse(process.argv[1]).map((said) => [said, raised(said).key, TEXTS[raised(said).key] ?? []])));
"""
# Whose words a board may end a program of the page with: settings and keys, and the store that says whether anything is open.
_SPEAK = ("core/settings.py", "core/keycheck.py", "core/profiles/cn_pos/keys.py", *(f"adapters/{name}.py" for name in (
    "provision", "given", "keystore", "files", "store", "journal", "marks", "counter", "intent")))  # fmt: skip


def _said_by_the_board() -> list[str]:
    """The last lines of what is raised there and in the page's own programs; what is filled in stands as x."""
    sources = [ROOT / "firmware" / "taptill" / name for name in _SPEAK] + [DESK / "static" / "board" / "programs.js"]
    found = []
    for source in sources:
        text = source.read_text(encoding="utf-8")
        for kind, words in re.findall(r"""raise (\w+)\(\(?\s*((?:[^()]|\([^()]*\))*)\)""", text):
            said = "".join(part[0] or part[1] or "x" for part in re.findall(r'"([^"]*)"|\'([^\']*)\'|\b(?:name|text)\b', words))
            found.append(f"{kind}: {re.sub('%[sd]', 'x', said)}")
    return found


def test_what_a_board_ends_with_is_told_in_both_languages():
    """Every error of the firmware and of the page's programs: a text of its own, not the English words of a traceback."""
    if lacking():
        pytest.skip(lacking())
    said = [*_said_by_the_board(), "OSError: [Errno 28] ENOSPC", "OSError: 5", "MemoryError: memory allocation failed"]
    said += [
        "ImportError: no module named 'taptill.adapters'",
        "ConfigError: config: a reversal is open and belongs to h:1; until it is settled port, host cannot change",
    ]
    assert len(said) > 30
    board = DESK / "static" / "board"
    page = _RAISED % ((board / "raised.js").as_uri(), (board / "texts.js").as_uri())
    run = subprocess.run(
        ["node", "--input-type=module", "-e", page, json.dumps(said)], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert [line for line, key, _ in told if key == "board.raised"] == []
    assert {key for _, key, _ in told} == set(
        re.findall(r'"(board\.raised\.[\w.]+)"', (board / "raised.js").read_text(encoding="utf-8"))
    )
    for line, key, texts in told:
        assert len(texts) == 2 and re.search("[\u4e00-\u9fff]", texts[1]), (line, key)
