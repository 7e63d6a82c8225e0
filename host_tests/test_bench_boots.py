"""The bench boots what boards get: the images of `till image`, a file system that `till deploy` filled, the frozen tree."""

import asyncio
import importlib.util
import pathlib

import pytest
from board_double import VFS
from click.testing import CliRunner

from play.scripts import Script
from rig import compiled, partitions
from rig.bench_options import BenchError, Options
from rig.lab import Lab
from till.bench_command import run
from till.freeze import lay_out
from till.image import image as image_command

ROOT = pathlib.Path(__file__).resolve().parent.parent
SALE = (ROOT / "tools" / "scripts" / "first-sale.txt").read_text(encoding="utf-8")
_OPTIMISED = 3  # boards/esp32_devkitc/manifest.py


def sells(folder: pathlib.Path, **options) -> str:
    """A sale at a terminal with these options; where its code lives."""

    async def sell() -> str:
        async with Lab(folder, options=Options(trace="", speed=4, **options)) as lab:
            await Script(SALE, "sale").run(lab, lambda text: None)
            return lab.bench.options.code

    return asyncio.run(sell())


@pytest.mark.parametrize("board", ["esp32_wrover", "esp32s3_devkitc"])
def test_the_image_that_till_makes(tmp_path, board):
    """Those with PSRAM; that its ROMFS image is the one that the bench runs anyhow, byte by byte: test_code_in_flash.py."""
    made = tmp_path / "code.lfs"
    done = CliRunner().invoke(image_command, ["--board", board, "--littlefs", str(made)])
    assert done.exit_code == 0, done.output
    assert sells(tmp_path / "lab", board=board, image=str(made)) == "lfs"


def test_the_file_system_that_till_deploy_has_filled(tmp_path, deployed_flash):
    made = tmp_path / "vfs.img"
    content = deployed_flash.read_bytes()[VFS:]
    assert len(content) == partitions.file_system(partitions.tables("ESP32")["lfs"])  # as large as the bench has it
    made.write_bytes(content)
    assert sells(tmp_path / "lab", board="esp32_wrover", image=str(made)) == "lfs"


def test_the_tree_that_is_frozen(tmp_path):
    """As manifest.py freezes it: compiled, without lines, fonts and texts within a module, and no other file."""
    sources, tree = tmp_path / "frozen", tmp_path / "tree"
    for place in lay_out("esp32_devkitc", sources):
        target = (tree / place).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        compiled.compile_to(sources / place, str(target), place.as_posix(), _OPTIMISED)
    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin)
    compiled.compile_to(driver, str(tree / "ssd1306.mpy"), "ssd1306.py", _OPTIMISED)
    made = tmp_path / "code.romfs"
    made.write_bytes(compiled.rom_image(tree))
    assert {path.suffix for path in tree.rglob("*") if path.is_file()} == {".mpy"}
    assert sells(tmp_path / "lab", board="esp32_devkitc", image=str(made)) == "rom"


def test_what_is_no_image_is_told(tmp_path):
    path = tmp_path / "code.img"
    path.write_bytes(bytes(10_000))
    done = CliRunner().invoke(run, ["--image", str(path), str(ROOT / "tools" / "scripts" / "first-sale.txt")])
    assert done.exit_code == 2 and "neither a ROMFS nor a LittleFS image" in done.output and done.output.count("\n") == 1
    path.write_bytes(compiled.tree("esp32_devkitc")["rom"].read_bytes())
    with pytest.raises(BenchError, match="its code is not lfs, but rom"):
        sells(tmp_path / "lab", code="lfs", image=str(path))
    path.unlink()
    with pytest.raises(BenchError, match="code.img: No such file"):
        sells(tmp_path / "lab", image=str(path))
