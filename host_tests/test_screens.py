"""Every screen in both languages, as pictures: drawn by the firmware under MicroPython, sent to the display's model.

Fixtures: fixtures/screens/hashes.json (screen -> SHA-256 of its 1,024 bytes) and one contact sheet a language.
Record again: `python host_tests/test_screens.py --record`; on failure a picture of the difference is in build/screens/.
"""

import base64
import functools
import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from pictures import Fixtures, digest

FIXTURES = Fixtures(HERE / "fixtures" / "screens", HERE.parent / "build" / "screens")


@functools.cache
def drawn() -> dict:
    """ "en/boot" -> what the catalogue printed for it."""
    from rig.interpreter import micropython
    from words import tables

    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin).parent
    sections = json.dumps([[row.name, row.section] for row in tables.sentences()])
    done = subprocess.run(
        [micropython(), "-X", "heapsize=512k", str(HERE / "screen_catalogue.py"), str(driver)],
        input=sections,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{row['language']}/{row['name']}": row for row in rows}


def screens() -> dict:
    return {name: row for name, row in drawn().items() if "bits" in row}


def frames() -> dict:
    """ "en/boot" -> the 1,024 bytes of the display."""
    return {name: base64.b64decode(row["bits"]) for name, row in screens().items()}


def record() -> None:
    FIXTURES.record(frames())
    print(f"recorded {len(frames())} screens")


def test_every_screen_is_as_recorded() -> None:
    wanted = FIXTURES.hashes()
    changed = [name for name, bits in frames().items() if wanted.get(name) != digest(bits)]
    pictures = [str(FIXTURES.difference(name, frames()[name])) for name in changed]
    assert not changed, "changed (look, then record again): " + ", ".join(pictures)
    assert sorted(wanted) == sorted(screens()), "screens are missing; record again"


def test_nothing_overflows_a_screen() -> None:
    assert [name for name, row in screens().items() if row["overflow"]] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_fits_its_place(language: str) -> None:
    assert drawn()[f"{language}/texts"]["overflow"] == []


def test_the_refresh_leaves_the_glass_equal_to_the_buffer() -> None:
    assert [name for name, row in screens().items() if not row["same"]] == []


def test_no_screen_costs_more_than_a_full_frame() -> None:
    assert max(row["bytes"] for row in screens().values()) <= 1034


def test_never_false_failure_on_screens() -> None:
    """While the fate of the money is open no English screen says "failed"; the first line says what is open."""
    for name, row in screens().items():
        if "pending" in name or "reversing" in name:
            assert "fail" not in " ".join(row["lines"]).lower(), name
    assert screens()["en/reversing"]["lines"][:2] == ["UNKNOWN", "REVERSING"]
    assert screens()["zh/reversing"]["lines"][:2] == ["结果未知", "正在冲正"]


def test_no_digit_of_a_pin_on_screen() -> None:
    for language in ("en", "zh"):
        lines = screens()[f"{language}/pin-twelve"]["lines"]
        assert "*" * 12 in lines


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent / "tools"))
    if sys.argv[1:] != ["--record"]:
        raise SystemExit("usage: python host_tests/test_screens.py --record")
    record()
