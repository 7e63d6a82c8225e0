"""TapTill's own image (boards/esp32_devkitc): its partitions, and that exactly the tree that runs is frozen into it."""

import pathlib
import re
import subprocess

import pytest
from click.testing import CliRunner

from rig import compiled
from rig.interpreter import micropython
from till import board_tree
from till.freeze import freeze, lay_out

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOARD = ROOT / "boards" / "esp32_devkitc"
WORKFLOW = (ROOT / ".github" / "workflows" / "image.yml").read_text(encoding="utf-8")
MIB = 1 << 20
# ESP-IDF Programming Guide, Partition Tables: the table lies at 0x8000 and takes a sector; slots of an image are aligned to
# 64 KiB, all else to 4 KiB; a name has room for 16 bytes with a zero; two slots want otadata, two sectors of it.
TABLE, SECTOR, SLOT, NAME = 0x8000, 0x1000, 0x10000, 15


def partitions() -> list:
    """(name, type, subtype, offset, size) of each line."""
    rows = []
    for line in (BOARD / "partitions.csv").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, kind, subtype, offset, size = (cell.strip() for cell in line.split(","))
            rows.append((name, kind, subtype, int(offset, 0), int(size, 0)))
    return rows


def frozen(tree: pathlib.Path) -> dict:
    """What manifest.py names: {"modules": place in the image -> file, "asked": what comes from MicroPython}.

    `tree` stands for build/frozen.
    """
    found: dict = {"modules": {}, "asked": []}

    def base(path):
        place = (BOARD / path).resolve()
        assert place == ROOT / "build" / "frozen" and optimised == board_tree.OPTIMISED
        return tree

    optimised = 0

    def package(name, base_path, opt):
        nonlocal optimised
        optimised = opt
        for path in sorted((base(base_path) / name).rglob("*.py")):
            found["modules"][path.relative_to(tree).as_posix()] = path

    def module(name, base_path, opt):
        nonlocal optimised
        optimised = opt
        found["modules"][name] = base(base_path) / name

    asked = lambda name: found["asked"].append(name)
    text = (BOARD / "manifest.py").read_text(encoding="utf-8")
    exec(text, {"package": package, "module": module, "freeze": asked, "include": asked, "require": asked})
    return found


@pytest.fixture
def tree(tmp_path):
    lay_out("esp32_devkitc", tmp_path / "frozen")
    return tmp_path / "frozen"


def test_partitions_are_aligned_apart_and_within_4_mib():
    rows = partitions()
    end = TABLE + SECTOR
    for name, kind, _, offset, size in sorted(rows, key=lambda row: row[3]):
        assert offset >= end, f"{name} overlaps what is before it"
        assert offset % (SLOT if kind == "app" else SECTOR) == 0 and size % SECTOR == 0 and size > 0, name
        end = offset + size
    assert end <= 4 * MIB
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names) and all(0 < len(name.encode()) <= NAME for name in names)


def test_there_are_two_slots_of_one_and_a_half_mib_what_they_need_and_a_file_system():
    rows = {row[0]: row for row in partitions()}
    slots = [row for row in partitions() if row[1] == "app"]
    assert [(row[2], row[4]) for row in slots] == [("ota_0", 3 * MIB // 2), ("ota_1", 3 * MIB // 2)]
    assert rows["otadata"][1:3] == ("data", "ota") and rows["otadata"][4] == 2 * SECTOR
    assert rows["nvs"][1:3] == ("data", "nvs") and rows["nvs"][4] >= 3 * SECTOR  # the keys; three sectors are its least
    assert rows["vfs"][1] == "data" and rows["vfs"][4] >= 512 * 1024  # MicroPython mounts the partition of this name


def test_the_definition_asks_for_roll_back_for_its_own_partitions_and_for_its_own_manifest():
    settings = dict(
        line.split("=", 1)
        for line in (BOARD / "sdkconfig.board").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    assert settings["CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE"] == "y" and settings["CONFIG_PARTITION_TABLE_CUSTOM"] == "y"
    cmake = (BOARD / "mpconfigboard.cmake").read_text(encoding="utf-8")
    for name in re.findall(r"\$\{MICROPY_BOARD_DIR\}/([\w.]+)", cmake):
        assert (BOARD / name).is_file(), name
    assert "partitions.csv" in cmake and "manifest.py" in cmake and "sdkconfig.board" in cmake


def test_what_is_frozen_is_the_tree_that_is_deployed_and_the_tree_that_the_bench_runs(tree, tmp_path):
    """None missing and none more; files that are data are frozen as data."""
    image = frozen(tree)
    modules = set(image["modules"])
    assert {"main.py", "board.py", "taptill/drivers/parts.py", "taptill/app/data.py"} <= modules
    copied = board_tree.image("esp32_devkitc", tmp_path / "board")
    deployed = {path.with_suffix(".py").as_posix() for path in copied if path.suffix != ".bin"}
    assert modules | {"ssd1306.py"} == deployed  # the manifest requires the display's driver by its name
    bench = compiled.tree("esp32_devkitc")["firmware"]
    run = {path.relative_to(bench).with_suffix(".py").as_posix() for path in bench.rglob("*.mpy")}
    assert run == modules | {"ssd1306.py"} and "ssd1306" in image["asked"]
    assert all(path.is_file() for path in image["modules"].values())
    files: dict = {}
    exec((tree / "taptill" / "app" / "data.py").read_text(encoding="utf-8"), files)
    assert files["FILES"] == {
        path.relative_to(ROOT / "firmware" / "taptill").as_posix(): path.read_bytes()
        for path in (ROOT / "firmware" / "taptill").rglob("*.bin")
    }


def test_sources_are_those_of_the_firmware_but_for_data_and_date(tree):
    changed = []
    for place, path in frozen(tree)["modules"].items():
        source = ROOT / "firmware" / place if place != "board.py" else BOARD / "board.py"
        if source.read_bytes() != path.read_bytes():
            changed.append(place)
    assert set(changed) <= {"taptill/core/build.py", "taptill/app/data.py"} and "taptill/app/data.py" in changed


def test_everything_that_is_imported_is_frozen_or_built_in(tree):
    """Beside the firmware itself: MicroPython's built-in modules on the ESP32, asyncio and the display driver."""
    built_in = {
        "array",
        "binascii",
        "cryptolib",
        "errno",
        "esp32",
        "framebuf",
        "gc",
        "hashlib",
        "io",
        "json",
        "machine",
        "micropython",
    }
    built_in |= {"network", "os", "random", "select", "socket", "ssl", "struct", "sys", "time", "tls", "vfs", "flashbdev"}
    modules = frozen(tree)["modules"]
    for place, path in modules.items():
        text = re.sub(r"if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+", "", path.read_text(encoding="utf-8"))
        for name in re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE):
            assert name in built_in | {"asyncio", "ssd1306"} or f"{name}.py" in modules or f"{name}/__init__.py" in modules, (
                place,
                name,
            )


def test_fonts_and_texts_are_read_out_of_the_frozen_tree(tree):
    """On MicroPython, with no data file anywhere: glyphs, sentences in both languages, guidance, currencies."""
    program = f"""\
import sys
sys.path.insert(0, {str(tree)!r})
from taptill.app.guidance import Guidance
from taptill.app.widgets.glyphs import Glyphs
from taptill.app.widgets.texts import Texts
from taptill.app import words
from taptill.flows import result
glyphs = Glyphs("nowhere/fonts/glyphs.bin")
glyphs.open()
assert glyphs.has(ord("请")) and glyphs.load(ord("W")) > 6 and any(glyphs.bitmap)
texts = Texts("nowhere/texts")
for language in ("en", "zh", "en"):
    texts.use(language)
    print(texts.get(words.PRESENT_CARD))
print(texts.currency("156"), Guidance("nowhere/texts/guidance.bin").why(result.TIMEOUT) > 0)
try:
    texts.folder = "nowhere/else"
    texts.use("zh")
except OSError:
    print("missing")
"""
    done = subprocess.run([micropython(), "-X", "heapsize=256k", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.split("\n")[:5] == ["Present card", "请挥卡", "Present card", "('CNY', 2) True", "missing"], done.stderr


def test_a_crash_report_of_the_image_says_in_which_line_it_was(tmp_path):
    """app.fault tells of a module that is compiled as the manifest says; with opt=3 every line would be the first."""
    levels = set(re.findall(r"opt=(\d)", (BOARD / "manifest.py").read_text(encoding="utf-8")))
    assert levels == {str(board_tree.OPTIMISED)}
    source = "def late():\n    pass\n    raise ValueError\n"
    compiled.compile_text(source, str(tmp_path / "crash.mpy"), "crash.py", int(levels.pop()))
    program = f"""\
import sys
sys.path[:0] = [{str(ROOT / "firmware")!r}, {str(tmp_path)!r}]
import crash
from taptill.app import fault
try:
    crash.late()
except ValueError as error:
    fault.tell(None, error)
"""
    done = subprocess.run([micropython(), "-c", program], capture_output=True, text=True, timeout=60)
    assert 'File "crash.py", line 3, in late' in done.stdout, done.stdout + done.stderr


def test_the_workflow_builds_what_the_readme_says_and_publishes_it_with_checksums():
    page = (BOARD / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    idf, ref = re.search(r"espressif/idf:(v[\d.]+)", WORKFLOW)[1], re.search(r"ref: (v[\d.]+)", WORKFLOW)[1]
    assert (
        (idf, ref) == ("v5.2.2", "v1.25.0") and f"ESP-IDF {idf}" in page and ref in page and ref in makefile and idf in makefile
    )
    assert "make image-esp32 MICROPYTHON=" in WORKFLOW and "make image-esp32 MICROPYTHON=" in page
    assert "sha256sum --check SHA256SUMS" in WORKFLOW and "sha256sum *.bin > SHA256SUMS" in makefile
    assert "not tried on\nsilicon" in page and "Not tried on silicon" in WORKFLOW


def test_make_says_what_is_missing_for_an_image():
    run = lambda *words: subprocess.run(
        ["make", "-s", "image-esp32", *words], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    done = run("MICROPYTHON=")
    assert done.returncode == 2 and "name a checkout of MicroPython 1.25" in done.stdout


def test_freeze_takes_away_what_is_no_longer_there_and_refuses_an_unknown_board(tmp_path):
    folder = tmp_path / "frozen"
    (folder / "taptill").mkdir(parents=True)
    (folder / "taptill" / "old.py").write_text("")
    done = CliRunner().invoke(freeze, [str(folder)])
    assert done.exit_code == 0 and not (folder / "taptill" / "old.py").exists() and (folder / "main.py").is_file()
    done = CliRunner().invoke(freeze, [str(folder), "--board", "nowhere"])
    assert done.exit_code == 2 and "there is no boards/nowhere/board.py" in done.output and done.output.count("\n") == 1
