"""`till evidence`: what a terminal wrote about an incident, checked and explained."""

import pathlib
import sys

import click

from evidence.explain import Teller
from evidence.known import Known, save
from evidence.paper import MOST, Damaged, Forged, read, together
from rig.failures import Failed, reason
from words.tables import LANGUAGES

FORGED = 3
FOREIGN = 4
UNSIGNED = 5
NAMELESS = "-"  # a board that cannot read its settings
# What the board runs; the terminal itself is stopped meanwhile.
_SIGNING_S = 120  # a signature takes a slow chip seconds
_ASKED = "import board\nfrom esp32 import NVS\nfrom taptill.adapters.export import tell\ntell(board.DATA, NVS('taptill'))"


@click.command("evidence")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.option("--port", help="Ask the board on this serial port instead; where none is known yet, its key is from then on.")
@click.option(
    "--save", "kept", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="Keep what the board told in this file."
)
@click.option("--state", default="build/host", show_default=True, type=click.Path(path_type=pathlib.Path), help="Known keys.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def evidence(file: str | None, port: str | None, kept: pathlib.Path | None, state: pathlib.Path, language: str) -> None:
    """Check a terminal's evidence and explain it.

    FILE is what the terminal saved, or the texts of its QR codes, one a line in any order; - is standard input.  The terminal's
    key is known from `till provision`, or from the first --port.  Exit codes: 0 signed by a terminal that is known; 2 no
    evidence, or damaged; 3 changed after it was signed; 4 signed by a key that is not this terminal's, or not known; 5 not
    signed.
    """
    if (file is None) == (port is None):
        raise Failed("FILE or --port: one of them is wanted")
    if kept and not port:
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
    terminal = paper.values.get("terminal", NAMELESS)
    if kept:
        save(kept, text)
    known = Known(state)
    verdict = _verdict(known, terminal, paper.public, bool(port))
    if verdict == "OTHER_DEVICE":
        raise Failed(
            f"{place}: signed by another device than the one that is known as terminal {terminal}"
            f" (in {known.path}, from till provision or the first --port)",
            FOREIGN,
        )
    if verdict == "FIRST_SEEN":
        known.learn(terminal, paper.public)
    click.echo(teller.say(verdict))
    click.echo("\n".join(["", *teller.lines(paper)]))
    sys.exit({"NOT_SIGNED": UNSIGNED, "UNKNOWN_KEY": FOREIGN}.get(verdict, 0))


def _verdict(known: Known, terminal: str, public: bytes, cable: bool) -> str:
    """Who signed it, as a name in evidence.txt; `cable`: the board itself has told it."""
    if not public:
        return "NOT_SIGNED"
    if not known.key(terminal):
        return "FIRST_SEEN" if cable and terminal != NAMELESS else "UNKNOWN_KEY"
    return "GENUINE" if known.key(terminal) == public else "OTHER_DEVICE"


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
