"""The logic of the desk's page, without a terminal and without a browser: node runs host_tests/js."""

import functools
import pathlib
import re
import shutil
import subprocess

import pytest

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
    run = subprocess.run(["node", "--test", str(path)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
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
