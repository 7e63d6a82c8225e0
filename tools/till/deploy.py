"""`till deploy`: the firmware onto a board over its USB cable, as far as the board does not have it already.

A tree that is not whole never starts.  What has changed is first put beside the old files, as `name.new`; the old firmware is
whole all that time.  Then `main.py`, without which nothing starts, steps aside; everything gets its name; what belongs to no
firmware any more is removed; and `main.py` comes back, as the last.  Whoever does it again after an interruption, at whichever
step, finds by the hashes what is still missing.  `/data` is looked at and never written.

While a reversal is open, a terminal that starts is left alone: it is the one that settles it.  One that does not start any more
never will, unless its firmware is put right: so that is done, with no older one than it has.
"""

import ast
import hashlib
import pathlib
import tempfile

import click

from rig.compiled import CompileError
from rig.failures import Failed, told
from rig.firmware import taptill_on_path

from . import board_data, board_files, board_port, board_tree
from .board_port import Board
from .which_board import FIRST_CHOICE, check_board

_HASHING_S = 120
_NEW = ".new"
_MAIN = "main.py"
_OURS = "taptill"
_AFTER_REPAIR = (
    "leave it on, with its network and its host, until it is settled; till monitor shows what it says if it still does not start"
)
# Where earlier firmware or other ways to the board put what would now stand beside the tree, or in front of it.
_EARLIER = ("main.mpy", "board.mpy", "ssd1306.py", "ssd1306.mpy", "lib/ssd1306.py", "lib/ssd1306.mpy")

_HASHES = (
    board_files.HASHED
    + """\
def told(name):
    print(repr((name, hashed('/' + name))))
def walk(folder):
    for entry in os.ilistdir('/' + folder):
        name = folder + '/' + entry[0]
        if entry[1] == 0x4000:
            print(repr((name, '')))
            walk(name)
        else:
            told(name)
def there(name, kind):
    try:
        return os.stat('/' + name)[0] == kind
    except OSError as error:
        if error.errno != 2:
            raise
    return False
if there({ours!r}, 0x4000):
    print(repr(({ours!r}, '')))
    walk({ours!r})
for name in {others!r}:
    if there(name, 0x8000):
        told(name)
"""
)
_COMMIT = """\
import os
def away(act, *names):
    try:
        act(*names)
    except OSError as error:
        if error.errno != 2:
            raise
"""


# Whatever a damaged file does when it is loaded: then the version is not known.
_VERSION = """\
try:
    from taptill.core.build import VERSION
    print(VERSION)
except Exception:
    pass
"""


def hashes(board: Board, names) -> dict[str, str]:
    """What the board has below `taptill/` and of the files `names`: name -> SHA-256 in hexadecimal, "" for a folder."""
    said = board.run(_HASHES.format(ours=_OURS, others=tuple(sorted(names))), _HASHING_S)
    return dict(ast.literal_eval(line) for line in said.splitlines() if line)


class Change:
    """What turns the files of a board, `there` (name -> hash), into `tree` (name -> content)."""

    def __init__(self, tree: dict[str, bytes], there: dict[str, str]):
        self._tree = tree
        wanted = {name: hashlib.sha256(content).hexdigest() for name, content in tree.items()}
        late = [name for name in wanted if there.get(name) != wanted[name]]
        # What an interrupted one has put beside them already, whole, is not sent again.
        self.send = [name for name in late if there.get(name + _NEW) != wanted[name]]
        self._late = sorted(late)
        self._stale = sorted(name for name, value in there.items() if value and name not in wanted and name != _MAIN + _NEW)
        for name in late:
            if name + _NEW in self._stale:
                self._stale.remove(name + _NEW)
        needed = {str(place) for name in wanted for place in pathlib.PurePosixPath(name).parents}
        self.folders = sorted(needed - {"."} - {name for name, value in there.items() if not value})
        # The deepest first: a folder is empty before its own turn.
        self._left = sorted((name for name, value in there.items() if not value and name not in needed), reverse=True)
        self._aside = _MAIN in there and _MAIN not in late

    @property
    def needed(self) -> bool:
        """Is there anything to be done?"""
        return bool(self._late or self._stale or self._left)

    @property
    def commit(self) -> str:
        """The program that gives everything its name."""
        lines = [f"away(os.rename, '/{_MAIN}', '/{_MAIN}{_NEW}')" if self._aside else f"away(os.remove, '/{_MAIN}')"]
        lines += [f"os.rename('/{name}{_NEW}', '/{name}')" for name in self._late if name != _MAIN]
        lines += [f"away(os.remove, {'/' + name!r})" for name in self._stale]
        lines += [f"away(os.rmdir, {'/' + name!r})" for name in self._left]
        lines.append(f"os.rename('/{_MAIN}{_NEW}', '/{_MAIN}')")
        return _COMMIT + "\n".join(lines) + "\n"

    def pieces(self):
        """Programs that put what is to be sent beside the old files: (bytes, program)."""
        for name in self.send:
            yield from board_files.pieces(f"/{name}{_NEW}", self._tree[name])


def put(board: Board, tree: dict[str, bytes]) -> int:
    """Make the board's files `tree`; how many were sent.  Raises Failed."""
    names = {name for name in tree if not name.startswith(_OURS + "/")} | set(_EARLIER)
    asked = names | {name + _NEW for name in names}
    change = Change(tree, hashes(board, asked))
    if not change.needed:
        return 0
    for folder in change.folders:
        board.run(f"import os\nos.mkdir('/{folder}')")
    pieces = list(change.pieces())
    with click.progressbar(length=sum(size for size, _ in pieces) or 1, label=f"{len(change.send)} files") as bar:
        for size, program in pieces:
            board.run(program)
            bar.update(size)
    # What stands beside the old files is what was meant, or nothing gets its name.
    before = hashes(board, asked)
    if Change(tree, before).send:
        raise Failed(f"board on {board.port}: what it has written is not what was sent; try again")
    board.run(change.commit, _HASHING_S)
    if Change(tree, hashes(board, asked)).needed:
        raise Failed(f"board on {board.port}: its files are not what was sent; try again")
    return len(change.send)


def check_repair(board: Board, found: board_data.Standing) -> None:
    """With an open reversal only what does not start is touched, and given no older firmware.  Raises Failed."""
    if board.starts():
        board_data.refuse_open(f"board on {board.port}", found)
    board.hold()  # what began may have set the watchdog anew
    taptill_on_path()
    from taptill.core import build

    there = board.run(_VERSION).strip()
    if _number(there) > _number(build.VERSION):
        raise Failed(
            f"board on {board.port}: {board_data.named(found)}, and its firmware {there} does not start; this one is "
            f"{build.VERSION}: only the same or a newer one may repair it"
        )


def _number(version: str) -> list[int]:
    """Of "0.10"; [] of one that the board could not say."""
    return [int(part) for part in version.split(".") if part.isdecimal()]


@click.command()
@click.option("--board", "name", default="", help="Folder below boards/; without it: the one that fits.")
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--to", "folder", type=click.Path(path_type=pathlib.Path), help="Only lay the files out in this folder.")
@click.option("--now", is_flag=True, help="Do not wait for the idle screen; for the terminal it is a power cut.")
def deploy(name: str, port: str, folder: pathlib.Path | None, now: bool) -> None:
    """Put the firmware and the display driver on a board with PSRAM that runs MicroPython 1.25 or later.

    Only what has changed is copied.  The board is asked what it is first: where the firmware cannot run, nothing is copied.
    Settings, keys and journal stay as they are; while a reversal is open, only a terminal that does not start is repaired.
    """
    try:
        if folder:
            click.echo(f"{len(board_tree.image(name or FIRST_CHOICE, folder))} files in {folder}")
            return
        with tempfile.TemporaryDirectory() as place:
            tree = board_tree.read(name, pathlib.Path(place)) if name else {}
            with board_port.stopped(port, now) as board:
                its_name = check_board(board, name, board_tree.version())
                board.hold()
                if not name:
                    click.echo(f"board on {board.port}: boards/{its_name}")
                    tree = board_tree.read(its_name, pathlib.Path(place))
                found = board_data.standing(board_data.on_board(board))
                if found.open:
                    check_repair(board, found)
                sent = put(board, tree)
                board.reset()
    except OSError as error:
        raise Failed(told(error)) from None
    except CompileError as error:
        raise Failed(str(error)) from None
    click.echo(f"done, {sent} of {len(tree)} files" if sent else f"nothing to do: its {len(tree)} files are these")
    if found.open:
        click.echo(f"its terminal did not start, and {board_data.named(found)}: {_AFTER_REPAIR}")
    if not found.used:
        click.echo("a new board now asks for its settings: till provision --help")
