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
_ASKED = """\
import board
from esp32 import NVS
from machine import RTC
from taptill.export import tell
tell(board.DATA, NVS('taptill'), RTC())
"""
_SAVED = "import board\nfrom taptill.export import saved\nsaved(board.DATA)"


@click.command("evidence")
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.option("--port", help="Ask the board on this serial port instead; where none is known yet, its key is from then on.")
@click.option("--saved", is_flag=True, help="With --port: what the terminal saved at the incident, and not what it tells now.")
@click.option(
    "--save", "keep", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="Keep what the board told in this file."
)
@click.option("--accept-key", is_flag=True, help="With --port: the board's key is another than the known one, and that is right.")
@click.option("--state", default="build/host", show_default=True, type=click.Path(path_type=pathlib.Path), help="Known keys.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
def evidence(
    file: str | None,
    port: str | None,
    saved: bool,
    keep: pathlib.Path | None,
    accept_key: bool,
    state: pathlib.Path,
    language: str,
) -> None:
    """Check a terminal's evidence and explain it.

    A board that is asked (--port) tells what stands on its flash now, and whether its terminal saved a file at the incident.
    FILE is what the terminal saved, or the texts of its QR codes, one a line in any order; - is standard input.  The terminal's
    key is known from `till provision`, or from the first --port.  Exit codes: 0 signed by a terminal that is known; 2 no
    evidence, or damaged; 3 changed after it was signed; 4 signed by a key that is not this terminal's, or not known; 5 not
    signed.
    """
    if (file is None) == (port is None):
        raise Failed("FILE or --port: one of them is wanted")
    if not port and (keep or saved or accept_key):
        raise Failed(f"{'--save' if keep else '--saved' if saved else '--accept-key'}: goes with --port")
    if saved and accept_key:
        raise Failed("--accept-key: not with --saved; only what the board tells now shows its key")
    place = file or f"board on {port}"
    try:
        now, kept = _from_board(port, saved) if port else (_from_file(file), "")
        text = together(kept if saved else now)
        paper = read(text)
    except Damaged as error:
        raise Failed(f"{place}: {error}") from None
    except Forged as error:
        raise Failed(f"{place}: {error}", FORGED) from None
    teller = Teller(language)
    terminal = paper.values.get("terminal", NAMELESS)
    if keep:
        save(keep, text)
    known = Known(state)
    tells = bool(port) and not saved
    verdict = _verdict(known, terminal, paper.public, tells)
    if verdict == "OTHER_DEVICE" and not accept_key:
        way = "; if its device key was made anew, --accept-key takes this one from now on" if tells else ""
        raise Failed(
            f"{place}: signed by another device than the one that is known as terminal {terminal}"
            f" (in {known.path}, from till provision or the first --port){way}",
            FOREIGN,
        )
    if verdict in ("FIRST_SEEN", "OTHER_DEVICE"):
        known.learn(terminal, paper.public)
    click.echo(teller.say("GENUINE" if verdict == "OTHER_DEVICE" else verdict))
    click.echo("\n".join(["", *teller.lines(paper)]))
    if kept and not saved:
        click.echo("\n" + _about_saved(teller, kept))
    sys.exit({"NOT_SIGNED": UNSIGNED, "UNKNOWN_KEY": FOREIGN}.get(verdict, 0))


def _verdict(known: Known, terminal: str, public: bytes, tells: bool) -> str:
    """Who signed it, as a name in evidence.txt; `tells`: the board itself has told it now."""
    if not public:
        return "NOT_SIGNED"
    if not known.key(terminal):
        return "FIRST_SEEN" if tells and terminal != NAMELESS else "UNKNOWN_KEY"
    return "GENUINE" if known.key(terminal) == public else "OTHER_DEVICE"


def _from_board(port: str, only_saved: bool) -> tuple[str, str]:
    """What the board tells now ("" with `only_saved`), and the file that it saved at an incident, "" where there is none."""
    from . import board_port

    with board_port.stopped(port, settled=False) as board:  # it is wanted above all while a reversal is open
        told = "" if only_saved else _cleaned(board.run_firmware(_ASKED, _SIGNING_S))
        kept = _cleaned(board.run_firmware(_SAVED))
        board.reset()  # on with the terminal
    if only_saved and not kept:
        raise Failed(f"board on {port}: its terminal has saved no evidence; without --saved it is made now")
    return told, kept


def _cleaned(said: str) -> str:
    """The file alone: what the store notes of itself may stand before it."""
    text = said.replace("\r\n", "\n")
    return text[max(text.find("evidence: "), 0) :].rstrip("\n") + "\n" if text.strip() else ""


def _about_saved(teller: Teller, kept: str) -> str:
    """That there is a file of its own, and of when."""
    try:
        return teller.say("SAVED", read(kept).values.get("written", "----"))
    except (Damaged, Forged) as error:
        return teller.say("SAVED_BROKEN") + f" ({error})"


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
