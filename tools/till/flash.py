"""`till flash`: MicroPython and the firmware onto a board, whatever is on it now but a used board's data.

The chip says what it is and which image it needs; the image is checked before a byte is written.  A new board gets image and file
system.  A used one keeps file system and NVS: only the program is written, where the partitions stay where they are.
"""

import pathlib
import tempfile

import click

from rig import compiled
from rig.compiled import CompileError
from rig.failures import Failed, told
from wiring import table

from . import board_data, board_image, board_port, board_tree, littlefs_image
from .board_flash import Loader
from .board_image import Image, Partition, file_system
from .which_board import by_chip

_PSRAM_PINS = {16, 17}  # of an ESP32: where PSRAM beside the chip is joined to it (datasheet of the ESP32-WROVER-E)
_NOT_STARTING = "; where it does not start any more, till deploy puts its firmware right first"
_UNTIL_SETTLED = "leave it on, with its network and its host, until it is settled"


@click.command()
@click.option("--image", "path", type=click.Path(path_type=pathlib.Path), metavar="FILE", help="The image; without it: which.")
@click.option("--sha256", default="", metavar="HEX", help="SHA-256 that the file has to have.")
@click.option("--board", "name", default="", help="Folder below boards/; an ESP32-S3 is its own.")
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--stub/--no-stub", default=True, show_default=True, help="esptool's loader in RAM, or the slow one in ROM alone.")
@click.option("--now", is_flag=True, help="Do not wait for the idle screen; for the terminal it is a power cut.")
def flash(path: pathlib.Path | None, sha256: str, name: str, port: str, stub: bool, now: bool) -> None:
    """Write MicroPython and the firmware to a board; without --image, tell what board it is and which image it needs.

    A used board keeps its files: only MicroPython is written.  A terminal is asked for its idle screen first; a board that has
    none to answer is not waited for.  While a reversal is open, nothing is done, but where nothing answers.
    """
    port = board_port.find(port)
    answers = now or board_port.wait_for_loader(port)
    try:
        with Loader(port, stub) as loader:
            click.echo(f"{port}: {loader}")
            _look(loader, answers)
            need = board_image.wanted(loader.chip, loader.psram_mb, _beside(loader, name), loader.flash_mb)
            if path is None:
                click.echo(f"it needs {need}; give it with --image FILE")
                return
            image = Image(path, need, sha256)
            click.echo(f"{path}: whole, SHA-256 {image.sha256}")
            _fits(loader, image)
            found = _look(loader, answers, image)
            if found and found.used:
                parts = _program_alone(loader, image)
            else:
                parts = [*_files(image, loader.table(), _tree(need, name or by_chip(loader.chip))), *image.parts]
            loader.write(parts)
    except OSError as error:
        raise Failed(told(error)) from None
    except CompileError as error:
        raise Failed(str(error)) from None
    if found and found.open:
        click.echo(f"done; {board_data.named(found)}: {_UNTIL_SETTLED}{_NOT_STARTING if need.build else ''}")
    elif found and found.used:
        more = ": till deploy brings them up to date" if need.build else ""
        click.echo(f"done; this board is in use, so its files stay as they are{more}")
    else:
        click.echo("done; the board starts, and asks for its settings: till provision --help")


def _beside(loader: Loader, name: str) -> bool | None:
    """Has the module PSRAM beside its chip?  A folder that wires the pins of it is for one without; None when none is named."""
    if not name:
        return None
    path = compiled.BOARDS / name / "board.py"
    if name != path.parent.name or not path.is_file():
        raise Failed(f"board {name}: there is no boards/{name}/board.py")
    try:
        wiring = table.read(path)
    except ValueError as error:
        raise Failed(str(error)) from None
    if wiring.chip != loader.chip:
        raise Failed(f"board on {loader.port}: {loader.chip}, and boards/{name} is the wiring of an {wiring.chip}")
    return not _PSRAM_PINS & set(wiring.gpios)


def _look(loader: Loader, answers: bool, image: Image | None = None) -> board_data.Standing | None:
    """What stands on the board, None where there is no file system.

    Raises Failed where a reversal is open, unless nothing `answers` there: what does not start cannot settle it.
    """
    found = loader.standing(image.table if image else ())
    if found and answers:
        board_data.refuse_open(f"board on {loader.port}", found, _NOT_STARTING)
    return found


def _tree(need: board_image.Wanted, name: str) -> dict[str, bytes]:
    """The files of a new board; none where the image has it all: files would be found before that, and loaded into RAM."""
    if not need.build:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return board_tree.read(name, pathlib.Path(folder))


def _fits(loader: Loader, image: Image) -> None:
    end = max(each.offset + each.size for each in image.table)
    if loader.flash_mb and end > loader.flash_mb << 20:
        raise Failed(f"board on {loader.port}: the image wants {end >> 20} MB of flash, it has {loader.flash_mb}")


def _program_alone(loader: Loader, image: Image) -> list[tuple[int, bytes]]:
    """What is written to a used board: its table stays, and with it the place of all that it keeps.  Raises Failed."""
    there = loader.table()
    if there and there != image.table:
        raise Failed(
            f"board on {loader.port}: in use, and this image divides the flash in another way, which would cost its journal and "
            "keys: till backup, then erase the board by hand (esptool erase-flash), then flash and till restore"
        )
    return [(offset, content) for offset, content in image.parts if offset != board_image.TABLE or not there]


def _files(image: Image, there: list[Partition], tree: dict[str, bytes]) -> list[tuple[int, bytes]]:
    """The file system of a new board with the firmware on it, and an empty NVS, where the table that is `there` has it too."""
    place = file_system(image.table)
    nvs = {(each.offset, b"\xff" * each.size) for each in (*there, *image.table) if each.name == board_image.NVS}
    return [*sorted(nvs), *littlefs_image.packed(tree, place.size).order(place.offset)]
