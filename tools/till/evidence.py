"""`till evidence`: what a terminal wrote about an incident, checked and explained."""

import json
import pathlib
import sys

import click

from evidence.explain import Teller
from evidence.paper import MOST, Damaged, Forged, read, together
from rig.failures import Failed, reason
from words.tables import LANGUAGES

FORGED = 3
FOREIGN = 4
UNSIGNED = 5
_KEYS = "evidence-keys.json"
# What the board runs; the terminal itself is stopped meanwhile.
_SIGNING_S = 120  # a signature takes a slow chip seconds
_ASKED = "import board\nfrom esp32 import NVS\nfrom taptill.adapters.export import tell\ntell(board.DATA, NVS('taptill'))"


@click.command("evidence")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.option("--port", help="Ask the board on this serial port instead; its key is known from then on.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="Keep what the board told in this file.")
@click.option("--state", default="build/host", show_default=True, type=click.Path(path_type=pathlib.Path), help="Known keys.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def evidence(file: str | None, port: str | None, save: pathlib.Path | None, state: pathlib.Path, language: str) -> None:
    """Check a terminal's evidence and explain it.

    FILE is what the terminal saved, or the texts of its QR codes, one a line in any order; - is standard input.  Exit codes: 0
    signed by a terminal that is known; 2 no evidence, or damaged; 3 changed after it was signed; 4 signed by a key that is not
    this terminal's, or not known; 5 not signed.
    """
    if (file is None) == (port is None):
        raise Failed("FILE or --port: one of them is wanted")
    if save and not port:
        raise Failed("--save: goes with --port")
    place = file or f"board on {port}"
    try:
        text = together(_from_board(port) if port else _from_file(file))
        paper = read(text)
    except Damaged as error:
        raise Failed(f"{place}: {error}") from None
    except Forged as error:
        raise Failed(f"{place}: {error}", FORGED) from None
    teller = Teller(language)
    terminal = paper.values.get("terminal", "-")
    known = _known(state)
    if port and paper.public:
        known = {**known, terminal: paper.public.hex()}
        _remember(state, known)
    if save:
        _save(save, text)
    if paper.public and known.get(terminal, paper.public.hex()) != paper.public.hex():
        raise Failed(f"{place}: signed by another device than the one that is known as terminal {terminal}", FOREIGN)
    verdict = "GENUINE" if terminal in known else "UNKNOWN_KEY"
    click.echo(teller.say(verdict if paper.public else "NOT_SIGNED"))
    click.echo("\n".join(["", *teller.lines(paper)]))
    if not paper.public or terminal not in known:
        sys.exit(FOREIGN if paper.public else UNSIGNED)


def _from_board(port: str) -> str:
    from . import board_port

    with board_port.stopped(port, settled=False) as board:  # it is wanted above all while a reversal is open
        told = board.run(_ASKED, _SIGNING_S).replace("\r\n", "\n")
        board.reset()  # on with the terminal
    # What the store notes of itself may stand before it.
    return told[max(told.find("evidence: "), 0) :].rstrip("\n") + "\n"


def _from_file(file: str) -> str:
    try:
        with click.open_file(file, "rb") as source:
            data = source.read(MOST + 1)
    except OSError as error:
        raise Failed(f"{file}: {reason(error)}") from None
    if len(data) > MOST:
        raise Damaged("longer than any evidence")
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise Damaged(f"byte {error.start} is none of a terminal's letters") from None


def _known(state: pathlib.Path) -> dict[str, str]:
    """Terminal → its public key in hexadecimal."""
    path = state / _KEYS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    except ValueError as error:
        raise Failed(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Failed(f"{path}: not an object of keys")
    return found


def _remember(state: pathlib.Path, known: dict[str, str]) -> None:
    _save(state / _KEYS, json.dumps(known, indent=1) + "\n")


def _save(path: pathlib.Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
