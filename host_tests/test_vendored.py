"""What others built and the page brings along: as npm gives it, with its licences, and without what the page's policy forbids."""

import hashlib
import json
import pathlib
import re

import pytest

DESK = pathlib.Path(__file__).resolve().parent.parent / "tools" / "desk"
VENDOR = DESK / "vendor"
# folder -> (file, its SHA-256 in the package of that version on npm, version)
BUILT = {"esptool-js": ("bundle.js", "00ebe6fb0b202976d3e2a3c6b9a6bd438c26a81d2af6739c95ac276a64c1a84e", "0.7.0")}


def test_every_folder_is_known_and_holds_licences():
    assert {path.name for path in VENDOR.iterdir() if path.is_dir()} == set(BUILT)
    for name in BUILT:
        licences = [path for path in (VENDOR / name).iterdir() if path.name.startswith("LICENSE")]
        assert (VENDOR / name / "LICENSE") in licences
        assert all("permission" in path.read_text(encoding="utf-8").lower() for path in licences)
        # what is built into it is under licences of its own
        assert {path.name for path in licences} == {"LICENSE", "LICENSE.pako", "LICENSE.atob-lite"}


@pytest.mark.parametrize("name", BUILT)
def test_a_file_is_the_one_of_npm(name):
    file, wanted, version = BUILT[name]
    assert json.loads((DESK / "package.json").read_text())["devDependencies"][name] == version
    locked = json.loads((DESK / "package-lock.json").read_text())["packages"][f"node_modules/{name}"]
    assert locked["version"] == version and locked["integrity"].startswith("sha512-")
    content = (VENDOR / name / file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == wanted
    installed = DESK / "node_modules" / name
    if not installed.is_dir():
        pytest.skip(f"{name} is not installed: make check installs it where npm is; its checksum is right")
    assert (installed / file).read_bytes() == content
    assert (installed / "LICENSE").read_bytes() == (VENDOR / name / "LICENSE").read_bytes()
    assert json.loads((installed / "package.json").read_text())["version"] == version


@pytest.mark.parametrize("name", BUILT)
def test_it_loads_nothing_and_makes_no_code_of_texts(name):
    source = (VENDOR / name / BUILT[name][0]).read_text(encoding="utf-8")
    for pattern in (
        r"\beval\(",
        r"new Function",
        r"importScripts",
        r"\bfetch\(",
        r"XMLHttpRequest",
        r"\bimport\s*\(",
        r"WebSocket",
    ):
        assert not re.search(pattern, source), pattern
