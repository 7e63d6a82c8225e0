"""The terminal's code as its flash holds it: one tree for bench, `till image`, `till deploy` and a frozen image."""

import pathlib

import pytest
from click.testing import CliRunner
from mpremote import romfs

from rig import compiled
from till.deploy import image as deployed
from till.image import image

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOARDS = sorted(path.parent.name for path in (ROOT / "boards").glob("*/board.py"))


def modules(folder: pathlib.Path) -> set:
    """Module paths below a folder, without their endings."""
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*") if path.suffix in (".py", ".mpy")}


def frozen(manifest: pathlib.Path) -> set:
    """What a manifest freezes of ours: its own calls, with folders as the manifest has them."""
    found = set()

    def package(name: str, base_path: str = ".", opt: int = 0) -> None:
        base = manifest.parent / base_path
        found.update(path.relative_to(base).with_suffix("").as_posix() for path in (base / name).rglob("*.py"))

    def module(name: str, base_path: str = ".", opt: int = 0) -> None:
        assert (manifest.parent / base_path / name).is_file(), name
        found.add(name.removesuffix(".py"))

    names = {"include": lambda path: None, "require": found.add, "package": package, "module": module}
    exec(manifest.read_text(encoding="utf-8"), names)
    return found


@pytest.mark.parametrize("board", BOARDS)
def test_the_image_is_the_tree_that_the_bench_runs(tmp_path, board):
    done = CliRunner().invoke(image, ["--romfs", str(tmp_path / "code.romfs"), "--board", board])
    assert done.exit_code == 0, done.output
    folders = compiled.tree(board)
    made = (tmp_path / "code.romfs").read_bytes()
    assert made == folders["rom"].read_bytes() and made[:3] == romfs.VfsRomWriter.ROMFS_HEADER
    for path in folders["firmware"].rglob("*"):
        if path.is_file():
            assert path.read_bytes() in made, path


def test_every_source_is_in_the_tree_and_nothing_else(tmp_path):
    tree = modules(compiled.tree("esp32_devkitc")["firmware"])
    assert tree == modules(ROOT / "firmware") | {"board", "ssd1306"}
    deployed("esp32_devkitc", tmp_path)
    assert modules(tmp_path) == tree - {"ssd1306"}  # mip brings that one


def test_the_manifest_freezes_exactly_the_tree_that_runs():
    assert frozen(ROOT / "boards" / "esp32_devkitc" / "manifest.py") == modules(compiled.tree("esp32_devkitc")["firmware"])


def test_an_image_that_cannot_be_written_is_one_line(tmp_path):
    done = CliRunner().invoke(image, ["--romfs", str(tmp_path / "no" / "such" / "folder")])
    assert done.exit_code == 2 and len(done.output.splitlines()) == 1
    done = CliRunner().invoke(image, ["--romfs", str(tmp_path / "x"), "--board", "none"])
    assert done.exit_code == 2 and "none" in done.output
