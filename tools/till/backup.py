"""`till backup` and `till restore`: what a terminal knows, journal and settings, as a file; and onto a new board.

Keys are never in it, nor what is sealed under the device's own: not the TMK, not an intent, which holds a card's number.
Passwords of Wi-Fi and supervisor are not in it either.  So a restored board is provisioned again, and goes on with its trace
numbers.
"""

import ast
import base64
import binascii
import datetime
import hashlib
import json
import os
import pathlib
import re

import click

from rig.failures import Failed, reason
from rig.firmware import taptill_on_path

from . import board_data, board_files, board_port
from .board_data import BESIDE, DATA
from .board_port import Board

VERSION = 1
_KIND = "taptill-backup"
_KEPT = re.compile(r"journal\.\d{3}|counter|marks|seen|slip|owner|language|ca\.der|config\.json")
_CONFIG = "config.json"
_LIMIT = 1 << 16  # bytes of a file: a journal file has at most 20 kB
_BESIDE = DATA + ".new"

_READY = """\
import os
def gone(path):
    try:
        names = os.listdir(path)
    except OSError as error:
        if error.errno != 2:
            raise
        return
    for name in names:
        os.remove(path + '/' + name)
    os.rmdir(path)
"""


def _digest(content: dict) -> str:
    """SHA-256 of all but itself, in one way of writing it."""
    rest = {name: value for name, value in content.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def taken(board: Board) -> dict:
    """The backup of a board, as it stands in the file.  Raises Failed."""
    files = board_data.on_board(board)
    found = board_data.standing(files)
    if not found.used:
        raise Failed(f"board on {board.port}: a new one, there is nothing to keep")
    kept = {}
    for name in files.names():
        if _KEPT.fullmatch(name):
            kept[name] = files.read(name, _LIMIT) or b""
    marks = files.inner(BESIDE).read("marks", _LIMIT)
    if marks:
        kept["marks"] = marks  # the first write puts it where it belongs, as that of an earlier firmware
    if _CONFIG in kept:
        kept[_CONFIG] = _without_passwords(kept[_CONFIG])
    content = {
        _KIND: VERSION,
        "made": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "seq": found.seq,
        "open": found.open,
        "files": {name: base64.b64encode(value).decode() for name, value in kept.items()},
    }
    return {**content, "sha256": _digest(content)}


def _without_passwords(text: bytes) -> bytes:
    taptill_on_path()
    from taptill.core.settings import PASSWORDS

    try:
        values = json.loads(text)
        return json.dumps({name: value for name, value in values.items() if name not in PASSWORDS}).encode()
    except (ValueError, AttributeError):
        return b""  # what cannot be read may hold one


def read(path: pathlib.Path) -> dict:
    """A backup file, whole and of a version that is known.  Raises Failed."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    except (ValueError, RecursionError):
        raise Failed(f"{path}: no backup") from None
    if not isinstance(content, dict) or _KIND not in content:
        raise Failed(f"{path}: no backup")
    if content[_KIND] != VERSION:
        raise Failed(f"{path}: a backup of version {content[_KIND]}; this till knows {VERSION}")
    if content.get("sha256") != _digest(content):
        raise Failed(f"{path}: damaged, its check sum is wrong")
    try:
        files = {name: base64.b64decode(text, validate=True) for name, text in content["files"].items()}
    except (KeyError, AttributeError, TypeError, binascii.Error):
        raise Failed(f"{path}: damaged, its files cannot be read") from None
    if not all(_KEPT.fullmatch(name) for name in files):
        raise Failed(f"{path}: holds files that belong to no backup")
    return {**content, "files": files}


def put(board: Board, content: dict) -> None:
    """Onto a new board, all of it in one step.  Raises Failed for a board that is used."""
    found = board_data.standing(board_data.on_board(board))
    board_data.refuse_open(f"board on {board.port}", found)
    if found.seq > content["seq"]:
        raise Failed(f"board on {board.port}: its journal goes on to record {found.seq}, the backup's ends at {content['seq']}")
    if found.used:
        raise Failed(f"board on {board.port}: in use; a backup goes onto a new board, before it is provisioned")
    board.run(_READY + f"gone({_BESIDE!r})\nos.mkdir({_BESIDE!r})")
    programs = [each for name, value in content["files"].items() for each in board_files.pieces(f"{_BESIDE}/{name}", value)]
    with click.progressbar(programs, label=f"{len(content['files'])} files") as bar:
        for _, program in bar:
            board.run(program)
    asked = board_files.HASHED + f"print([(name, hashed({_BESIDE!r} + '/' + name)) for name in os.listdir({_BESIDE!r})])"
    if dict(ast.literal_eval(board.run(asked).strip())) != {
        name: hashlib.sha256(value).hexdigest() for name, value in content["files"].items()
    }:
        raise Failed(f"board on {board.port}: what it has written is not what was sent; try again")
    board.run(_READY + f"gone({DATA!r})\nos.rename({_BESIDE!r}, {DATA!r})")


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=pathlib.Path))
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--now", is_flag=True, help="Do not wait for the idle screen; for the terminal it is a power cut.")
def backup(path: pathlib.Path, port: str, now: bool) -> None:
    """Keep a board's journal, numbers and settings in a new FILE: no keys, no passwords, no card."""
    if path.exists():
        raise Failed(f"{path}: is there already, and is not overwritten")
    with board_port.stopped(port, now, settled=False) as board:
        board.hold()
        content = taken(board)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    click.echo(f"{path}: {len(content['files'])} files, {content['seq']} records")
    if content["open"]:
        click.echo(f"till: a reversal is open there ({content['open']}); this backup cannot be restored", err=True)


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=pathlib.Path))
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
@click.option("--now", is_flag=True, help="Do not wait for the idle screen; for the terminal it is a power cut.")
def restore(path: pathlib.Path, port: str, now: bool) -> None:
    """Put the backup in FILE onto a new board.  A used one is refused; the board is provisioned after it."""
    content = read(path)
    if content["open"]:
        raise Failed(f"{path}: a reversal was open when it was made; settle it on the board that it came from, and make another")
    with board_port.stopped(port, now) as board:
        board.hold()
        put(board, content)
        board.reset()
    click.echo("restored; the board has no keys and no passwords yet: till provision")
