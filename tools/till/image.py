"""`till image`: the firmware as one file for a board's flash."""

import pathlib
import tempfile

import click

from rig import compiled
from rig.failures import Failed, told

from . import board_tree, littlefs_image
from .littlefs_image import BLOCK
from .which_board import FIRST_CHOICE

_VFS_KB = 2048  # of a board of 4 MB: MicroPython 1.25, ports/esp32/partitions-4MiB.csv


@click.command("image")
@click.option(
    "--romfs",
    "rom",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A ROMFS image: code that is executed in place.",
)
@click.option(
    "--littlefs",
    "lfs",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A LittleFS image: the very tree that till deploy copies.",
)
@click.option(
    "--size",
    default=_VFS_KB,
    show_default=True,
    type=click.IntRange(64, 16384),
    metavar="KB",
    help="Size of the LittleFS image: that of the board's partition vfs.",
)
@click.option("--board", default=FIRST_CHOICE, show_default=True, help="Folder below boards/.")
def image(rom: pathlib.Path | None, lfs: pathlib.Path | None, size: int, board: str) -> None:
    """Write the firmware's tree as an image: main, board, taptill with fonts and texts, and the display driver.

    A LittleFS image is the whole file system of a new board, without settings or keys; `till flash` writes it, and never over a
    used board's.  No board of MicroPython's ESP32 port enables ROMFS by itself; that image is what frozen code is, in one file.
    """
    if not rom and not lfs:
        raise click.UsageError("--littlefs FILE or --romfs FILE: what for?")
    if size * 1024 % BLOCK:
        raise Failed(f"--size {size}: not a whole number of blocks of {BLOCK // 1024} kB")
    try:
        if rom:
            _write("--romfs", rom, compiled.tree(board)["rom"].read_bytes(), board)
        if lfs:
            with tempfile.TemporaryDirectory() as folder:
                tree = board_tree.read(board, pathlib.Path(folder))
            _write("--littlefs", lfs, littlefs_image.packed(tree, size * 1024).content, board)
    except (FileNotFoundError, compiled.CompileError) as error:
        raise Failed(str(error)) from None


def _write(option: str, path: pathlib.Path, made: bytes, board: str) -> None:
    try:
        path.write_bytes(made)
    except OSError as error:
        raise Failed(f"{option} {path}: {told(error)}") from None
    click.echo(f"{path}: {len(made)} bytes for boards/{board}")
