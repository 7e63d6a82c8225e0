"""The terminal's code as its flash holds it: one tree for bench, `till image` and `till deploy` (frozen: test_own_image.py)."""

import asyncio
import pathlib

import pytest
from click.testing import CliRunner
from mpremote import romfs

from rig import compiled, flash_image
from rig.interpreter import micropython
from till.board_tree import image as deployed
from till.image import image

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOARDS = sorted(path.parent.name for path in (ROOT / "boards").glob("*/board.py"))


def modules(folder: pathlib.Path) -> set:
    """Module paths below a folder, without their endings."""
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*") if path.suffix in (".py", ".mpy")}


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
    assert modules(tmp_path) == tree


def test_nothing_half_made_stands_in_the_tree(tmp_path, monkeypatch):
    """Another process may be packing it into its image just now."""
    monkeypatch.setattr(compiled, "BUILD", tmp_path)
    monkeypatch.setattr(compiled, "PARTS", tmp_path / "parts")
    half = []

    def compile_to(source: pathlib.Path, target: str, shown: str, level: int) -> None:
        pathlib.Path(target).write_bytes(b"half")
        half.extend(path for path in (tmp_path / "esp32_devkitc").rglob("*") if path.samefile(target))

    monkeypatch.setattr(compiled, "compile_to", compile_to)
    compiled.tree("esp32_devkitc")
    assert half == [] and not list((tmp_path / "parts").iterdir())


def test_an_image_that_cannot_be_written_is_one_line(tmp_path):
    done = CliRunner().invoke(image, ["--romfs", str(tmp_path / "no" / "such" / "folder")])
    assert done.exit_code == 2 and len(done.output.splitlines()) == 1
    done = CliRunner().invoke(image, ["--romfs", str(tmp_path / "x"), "--board", "none"])
    assert done.exit_code == 2 and "none" in done.output


def test_what_was_compiled_before_is_taken_again_and_nothing_else(tmp_path, monkeypatch):
    """By text, name in tracebacks, and level; a source that is refused leaves nothing."""
    monkeypatch.setattr(compiled, "_MADE", tmp_path / "made")

    def made(source: str, shown: str = "a.py", level: int = 2) -> bytes:
        compiled.compile_text(source, str(tmp_path / "a.mpy"), shown, level)
        return (tmp_path / "a.mpy").read_bytes()

    first = made("x = 1\n")
    others = [made("x = 2\n"), made("x = 1\n", "b.py"), made("assert x\n", level=0), made("assert x\n", level=2)]
    assert len({first, *others}) == 5 == len(list((tmp_path / "made").iterdir()))
    monkeypatch.setattr(compiled.subprocess, "run", None)
    assert made("x = 1\n") == first
    monkeypatch.undo()
    monkeypatch.setattr(compiled, "_MADE", tmp_path / "none")
    with pytest.raises(compiled.CompileError, match="^c.py: SyntaxError"):
        made("x =\n", "c.py")
    assert not (tmp_path / "none").exists()


def test_benches_that_start_at_once_make_their_image_each_for_itself(tmp_path):
    folders = {**compiled.tree("esp32_devkitc"), "interpreter": micropython(), "rom": tmp_path / "code.romfs"}
    folders["rom"].write_bytes(b"newer than the image that is not there")

    async def both() -> None:
        await asyncio.gather(*[flash_image.code_image(dict(folders)) for _ in range(3)])

    asyncio.run(both())
    assert [path.name for path in tmp_path.iterdir()].count("code.lfs") == 1 and (tmp_path / "code.lfs").stat().st_size > 100_000
