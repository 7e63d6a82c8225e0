"""`till freeze`: the terminal's tree as sources, for an image of one's own that has it frozen in."""

import pathlib
import re

import click

from rig import compiled
from rig.failures import Failed, told

from .board_tree import dated

_DATED = pathlib.Path("taptill/core/build.py")
_FILES = pathlib.Path("taptill/app/data.py")
_EMPTY = re.compile(r'^FILES: "dict\[str, bytes\]" = \{\}$', re.MULTILINE)


def lay_out(board: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """Write main.py, board.py and taptill into `folder`, fonts and texts within taptill/app/data.py; the paths, relative to it.

    Raises Failed for a board that there is not; OSError.
    """
    board_file = compiled.BOARDS / board / "board.py"
    if board != board_file.parent.name or not board_file.is_file():
        raise Failed(f"board {board}: there is no boards/{board}/board.py")
    root = compiled.ROOT / "firmware"
    sources = {path.relative_to(root): path for path in sorted(root.rglob("*.py"))}
    sources[pathlib.Path("board.py")] = board_file
    data = {path.relative_to(root / "taptill").as_posix(): path.read_bytes() for path in sorted(root.rglob("*.bin"))}
    for place, source in sources.items():
        text = source.read_text(encoding="utf-8")
        if place == _DATED:
            text = dated(text)
        elif place == _FILES:
            text, count = _EMPTY.subn(lambda found: _filled(data), text)
            if count != 1:
                raise Failed(f"{source}: no empty FILES to fill")
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for stale in set(folder.rglob("*.py")) - {folder / place for place in sources}:
        stale.unlink()
    return sorted(sources)


def _filled(data: dict[str, bytes]) -> str:
    rows = "".join(f"    {name!r}: {content!r},\n" for name, content in data.items())
    return f"FILES = {{\n{rows}}}"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=pathlib.Path))
@click.option("--board", default="esp32_devkitc", show_default=True, help="Folder below boards/.")
def freeze(folder: pathlib.Path, board: str) -> None:
    """Lay the firmware out in FOLDER as sources, as a manifest of MicroPython freezes them (boards/esp32_devkitc/manifest.py).

    Fonts and texts are put into taptill/app/data.py, so that they are frozen too; what else is in FOLDER is taken away.
    """
    try:
        made = lay_out(board, folder)
    except OSError as error:
        raise Failed(told(error)) from None
    click.echo(f"{len(made)} modules in {folder}")
