"""Every screen in both languages, as pictures: drawn by the firmware under MicroPython, sent to the display's model.

Fixtures: fixtures/screens/hashes.json (screen -> SHA-256 of its 1,024 bytes) and one contact sheet a language.
Record again: `python host_tests/test_screens.py --record`; on failure a picture of the difference is in build/screens/.
"""

import base64
import functools
import hashlib
import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest
from PIL import Image, ImageDraw

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures" / "screens"
BUILD = HERE.parent / "build" / "screens"
COLUMNS, SCALE, WIDTH, HEIGHT, GAP, CAPTION = 5, 2, 128, 64, 12, 14


@functools.cache
def drawn() -> dict:
    """"en/boot" -> what the catalogue printed for it."""
    from till.interpreter import micropython

    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin).parent
    done = subprocess.run(
        [micropython(), "-X", "heapsize=512k", str(HERE / "screen_catalogue.py"), str(driver)],
        capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{row['language']}/{row['name']}": row for row in rows}


def screens() -> dict:
    return {name: row for name, row in drawn().items() if "bits" in row}


def digest(row: dict) -> str:
    return hashlib.sha256(base64.b64decode(row["bits"])).hexdigest()


def picture(bits: bytes) -> Image.Image:
    """The 1,024 bytes of a frame as a picture."""
    image = Image.new("1", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), bits[(y // 8) * WIDTH + x] >> (y % 8) & 1)
    return image


def place(at: int) -> tuple:
    row, column = divmod(at, COLUMNS)
    return (GAP + column * (WIDTH * SCALE + GAP), GAP + CAPTION + row * (HEIGHT * SCALE + GAP + CAPTION))


def sheet(language: str) -> Image.Image:
    """All screens of a language on one picture."""
    rows = [row for row in screens().values() if row["language"] == language]
    last = place(len(rows) - 1)
    image = Image.new("L", (GAP + COLUMNS * (WIDTH * SCALE + GAP), last[1] + HEIGHT * SCALE + GAP), 90)
    for at, row in enumerate(rows):
        x, y = place(at)
        shown = picture(base64.b64decode(row["bits"])).resize((WIDTH * SCALE, HEIGHT * SCALE))
        image.paste(shown.convert("L"), (x, y))
        ImageDraw.Draw(image).text((x, y - CAPTION), row["name"], fill=255)
    return image


def difference(name: str, row: dict, names: list) -> pathlib.Path:
    """Expected, found and (in red) what differs, side by side."""
    found = picture(base64.b64decode(row["bits"])).convert("L")
    result = Image.new("RGB", (3 * WIDTH + 2 * GAP, HEIGHT), (90, 90, 90))
    result.paste(found.convert("RGB"), (WIDTH + GAP, 0))
    if name in names:
        same = [other for other in names if other.split("/")[0] == row["language"]]
        x, y = place(same.index(name))
        with Image.open(FIXTURES / f"{row['language']}.png") as whole:
            wanted = whole.crop((x, y, x + WIDTH * SCALE, y + HEIGHT * SCALE))
        wanted = wanted.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
        result.paste(wanted.convert("RGB"), (0, 0))
        for at in range(WIDTH * HEIGHT):
            spot = (at % WIDTH, at // WIDTH)
            if wanted.getpixel(spot) != found.getpixel(spot):
                result.putpixel((2 * (WIDTH + GAP) + spot[0], spot[1]), (255, 0, 0))
    BUILD.mkdir(parents=True, exist_ok=True)
    path = BUILD / (name.replace("/", "-") + ".png")
    result.resize((result.width * 3, result.height * 3), Image.Resampling.NEAREST).save(path)
    return path


def record() -> None:
    FIXTURES.mkdir(parents=True, exist_ok=True)
    hashes = {name: digest(row) for name, row in screens().items()}
    (FIXTURES / "hashes.json").write_text(json.dumps(hashes, indent=1) + "\n")
    for language in ("en", "zh"):
        sheet(language).save(FIXTURES / f"{language}.png", optimize=True)
    print(f"recorded {len(hashes)} screens")


def test_every_screen_is_as_recorded() -> None:
    wanted = json.loads((FIXTURES / "hashes.json").read_text())
    changed = [name for name, row in screens().items() if wanted.get(name) != digest(row)]
    pictures = [str(difference(name, screens()[name], list(wanted))) for name in changed]
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
