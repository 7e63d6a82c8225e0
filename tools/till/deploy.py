"""`till deploy` and `till provision`: the firmware, and then settings and keys, onto a board over its USB cable.

mpremote does the talking.  The TMK goes from the command into the board's RAM and from there, sealed, to its flash: it is
never written to a file on either side.
"""

import datetime
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import click

from rig import compiled
from rig.clock_floor import with_floor
from rig.compiled import ROOT, CompileError, compile_text, compile_to
from rig.failures import Failed, reason, told
from rig.firmware import taptill_on_path

from . import board_check

# Copied as they are; everything else is compiled, which spares the board the compiler's heap.
_AS_IS = (".bin", ".json")
_NOT_ON_BOARD = (".md",)
_START = ("main.py", "board.py")
_MADE = pathlib.Path("taptill/core/build.py")
_DAY = re.compile(r'^DATE = "\d{8}"$', re.MULTILINE)
_ASKING_S = 60  # a board that hangs while it is asked is told of, not waited for


def image(board: str, folder: pathlib.Path) -> list[pathlib.Path]:
    """Lay out in `folder` what goes onto a board; the paths, relative to it.

    Raises CompileError; Failed when there is no such board; OSError.
    """
    board_file = compiled.BOARDS / board / "board.py"
    if board != board_file.parent.name or not board_file.is_file():
        raise Failed(f"board {board}: there is no boards/{board}/board.py")
    sources = {path.relative_to(ROOT / "firmware"): path for path in sorted((ROOT / "firmware").rglob("*")) if path.is_file()}
    sources[pathlib.Path("board.py")] = board_file
    made = []
    for place, source in sources.items():
        if "__pycache__" in place.parts or source.suffix in _NOT_ON_BOARD:
            continue
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix in _AS_IS or str(place) in _START:
            target.write_bytes(source.read_bytes())
        elif place == _MADE:
            target = target.with_suffix(".mpy")
            compile_text(dated(source.read_text(encoding="utf-8")), str(target), str(place), 3)
        else:
            target = target.with_suffix(".mpy")
            compile_to(source, str(target), str(place), 3)
        made.append(target.relative_to(folder))
    return made


def dated(source: str) -> str:
    """core/build.py of a firmware that is made today: no clock of the terminal can be right that stands before."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d")
    return _DAY.sub(f'DATE = "{today}"', source, count=1)


def provisioning_code(config: dict, tmk_hex: str, ca_der: bytes) -> str:
    """What the board runs to take its settings and keys."""
    return "\n".join(
        (
            "import board, json",
            "from esp32 import NVS",
            "from taptill.adapters.provision import provision",
            f"provision(board.DATA, NVS('taptill'), json.loads({json.dumps(config)!r}), {tmk_hex!r}, {ca_der!r})",
            "print('provisioned')",
        )
    )


def _mpremote(port: str, *words: str, within: float | None = None) -> str:
    """What mpremote prints; `within` seconds, if it must not wait for ever.  Raises Failed."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=within)
    except subprocess.TimeoutExpired:
        raise Failed(f"board on {port}: no answer within {within:.0f} s") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or "no answer").splitlines()[-1]
        raise Failed(f"board on {port}: {said}")
    return done.stdout


def check_board(port: str, board: str, mpy: int) -> None:
    """Ask the board on `port` what it is.  Raises Failed when the files for `board` cannot run there.

    `mpy` is the version of the compiled files, the second byte of each.
    """
    try:
        wirings = [board_check.wiring(path) for path in sorted(compiled.BOARDS.glob("*/board.py"))]
    except ValueError as error:
        raise Failed(str(error)) from None
    wanted = next(each for each in wirings if each.folder == board)
    asked = board_check.questions({gpio for each in wirings for gpio in each.gpios})
    try:
        found = board_check.facts(_mpremote(port, "exec", asked, within=_ASKING_S))
    except board_check.NoAnswer as error:
        raise Failed(f"board on {port}: {error}") from None
    why_not = board_check.refusal(found, wanted, wirings, mpy)
    if why_not:
        raise Failed(f"board on {port}: {why_not}")


@click.command()
@click.option("--board", default="esp32_devkitc", show_default=True, help="Folder below boards/.")
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--to", "folder", type=click.Path(path_type=pathlib.Path), help="Only lay the files out in this folder.")
def deploy(board: str, port: str, folder: pathlib.Path | None) -> None:
    """Put the firmware and the display driver on a board with PSRAM that runs MicroPython 1.25 or later.

    The board is asked what it is first: where the firmware cannot run, nothing is copied.
    """
    try:
        if folder:
            click.echo(f"{len(image(board, folder))} files in {folder}")
            return
        with tempfile.TemporaryDirectory() as place:
            root = pathlib.Path(place)
            made = image(board, root)
            code = next(path for path in made if path.suffix == ".mpy")
            check_board(port, board, (root / code).read_bytes()[1])
            click.echo("display driver: ssd1306 of micropython-lib")
            _mpremote(port, "mip", "install", "ssd1306")
            with click.progressbar(sorted(root.iterdir()), label=f"{len(made)} files") as entries:
                for entry in entries:
                    _mpremote(port, "fs", "cp", "-r", str(entry), ":")
        _mpremote(port, "reset")
    except OSError as error:
        raise Failed(told(error)) from None
    except CompileError as error:
        raise Failed(str(error)) from None
    click.echo("done; a new board now asks for its settings: till provision --help")


@click.command()
@click.argument("config", type=click.Path(path_type=pathlib.Path))
@click.option("--tmk", required=True, envvar="TILL_TMK", help="TMK of this terminal, 32 hexadecimal digits.")
@click.option("--ca", type=click.Path(path_type=pathlib.Path), help="CA certificate of the host (DER), for TLS.")
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
def provision(config: pathlib.Path, tmk: str, ca: pathlib.Path | None, port: str) -> None:
    """Give a board its settings (a JSON file), its TMK and the host's CA certificate."""
    taptill_on_path()
    from taptill.core.config import Config
    from taptill.core.errors import ConfigError

    try:
        values = json.loads(config.read_text(encoding="utf-8"))
        Config(values)
    except OSError as error:
        raise Failed(f"{config}: {reason(error)}") from None
    except UnicodeDecodeError:
        raise Failed(f"{config}: not a text in UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise Failed(f"{config}: not JSON: {error}") from None
    except ConfigError as error:
        raise Failed(f"{config}: {error}") from None
    if len(tmk) != 32 or not all(digit in "0123456789abcdefABCDEF" for digit in tmk):
        raise Failed("--tmk: 32 hexadecimal digits are wanted")
    if values.get("tls", True) and not ca:
        raise Failed("--ca: TLS is on, so the host's CA certificate is wanted")
    try:
        certificate = ca.read_bytes() if ca else b""
        values = with_floor(values, certificate)
    except OSError as error:
        raise Failed(f"{ca}: {reason(error)}") from None
    except ValueError:
        raise Failed(f"{ca}: no certificate in DER") from None
    _mpremote(port, "exec", provisioning_code(values, tmk, certificate))
    _mpremote(port, "reset")
    click.echo("provisioned; the terminal starts")
