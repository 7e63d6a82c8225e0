"""`till image`: the firmware as one file for a board's flash."""

import pathlib

import click

from rig import compiled
from rig.failures import Failed, told


@click.command("image")
@click.option(
    "--romfs",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="A ROMFS image: code that is executed in place.",
)
@click.option("--board", default="esp32_devkitc", show_default=True, help="Folder below boards/.")
def image(path: pathlib.Path, board: str) -> None:
    """Write the very tree that the bench runs: main, board, taptill with fonts and texts, and the display driver.

    No board of MicroPython's ESP32 port enables ROMFS by itself; the image is what frozen code is, in one file.
    """
    try:
        made = compiled.tree(board)["rom"].read_bytes()
    except (FileNotFoundError, compiled.CompileError) as error:
        raise Failed(str(error)) from None
    try:
        path.write_bytes(made)
    except OSError as error:
        raise Failed(f"--romfs {path}: {told(error)}") from None
    click.echo(f"{path}: {len(made)} bytes for boards/{board}")
