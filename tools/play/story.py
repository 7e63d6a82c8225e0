"""`till story`: three sales, a lost answer, a power cut, and books that agree to the cent.

The terminal runs on the bench, the host is the acquirer with a fresh ledger, everything between them is TLS.  The
host's clock and the terminal's calendar stand still, so that every picture is always the same.
"""

import asyncio
import base64
import datetime
import os
import pathlib
import shutil
import tempfile
import time

import click
from rich.console import Console

from acquirer import books, report, testcards
from acquirer.ledger import LedgerError
from acquirer.rows import APPROVED
from rig.bench_options import PORT
from rig.failures import Failed, told
from rig.firmware import taptill_on_path
from rig.interpreter import micropython
from rig.lab import Lab
from rig.pictures import save
from rig.screen_text import can_show
from rig.supervisor import BenchError, Options, PowerLost
from words import screen_names

from . import acts
from .lab_port import LabPort
from .scripts import contains
from .story_words import SAYINGS, SCREENS

taptill_on_path()

from taptill.core.money import show as money

from .story_show import Show

MOMENT = datetime.datetime(2026, 3, 14, 9, 26, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=8)))
CLOCK = f"{MOMENT:%H:%M}"
PATIENCE_S = 4
_SOON = 20.0
_PASSING = ("reading", "remove", "connecting")
_READING_S = 0.5  # between two screens, for a person who reads along
# What the bank's side takes to answer: without it the screens in between would be gone before an eye has seen them.
_DELAY_S = 1.3
_QUICK = 3


class NotSeen(Exception):
    """An expected screen or message did not come: says which, and what was there instead."""


class Shot:
    """A screen of the story: its name, 1024 bytes MONO_VLSB, and its words."""

    def __init__(self, name: str, frame: bytes, words: list):
        self.name, self.frame, self.words = name, frame, words


class Story:
    """One telling.  `shots` are the screens seen, `problems` what does not agree (empty: all is well).

    A `quick` one is for a machine's eyes: the bank answers at once, so its screen is not waited for, and the terminal waits
    only a third as long for what never comes.  In both, Python's heap is what the port has on that board.
    """

    def __init__(self, show: Show, folder, language="en", fast=True, record=None, board="esp32_devkitc", quick=False):
        self.shots: list = []
        self.problems: list = []
        self.messages: list = []  # (direction, body), in their order
        self._show, self._fast, self._record = show, fast, record
        self._language, self._quick = language, quick
        settings = {"language": language, "answer_timeout_s": PATIENCE_S, "reversal_pause_s": 0}
        options = Options(hold_clock=True, trace="", board=board, heap=PORT, speed=_QUICK if quick else 1)
        self.lab = Lab(folder, settings=settings, options=options, on_message=self._heard, clock=lambda: MOMENT)
        self._port = LabPort(self.lab)
        self._news = asyncio.Event()
        self._place = 0  # number of the last event that was told
        self._told = 0  # messages told

    async def tell(self) -> None:
        """Play the whole story.  Raises NotSeen, BenchError, LedgerError, OSError."""
        try:
            await self.start()
            await self._first_sale()
            await self._lost_answer()
            await self._power_cut()
            await self._books()
        except PowerLost:
            raise NotSeen(self._last_words()) from None
        finally:
            await self.lab.stop()

    # what happens ---------------------------------------------------------------------------

    async def start(self) -> None:
        self._show.chapter("start")
        await self.lab.start(power=False)
        if not self._quick:
            await self.act(f"host delay {_DELAY_S} always")
        await self.act("power on")
        await self.see("boot")
        await self.see("sign-on", messages=("0800",))
        await self.see("idle", CLOCK, messages=("0810",))

    async def _first_sale(self) -> None:
        self._show.chapter("sale")
        await self.ask(1250, "visa-credit", "first")
        await self.see("approved", "12.50", messages=("0210",))
        await self.act("press C")
        await self.see("approved-2")
        await self.act("press #")
        await self.see("idle", CLOCK, name="idle-2", quiet=True)

    async def _lost_answer(self) -> None:
        self._show.chapter("lost")
        self._show.note(self._show.say("swallow"))
        await self.act("host drop-answer next sale")
        await self.ask(880, "mastercard-credit", "lost")
        self._show.note(self._show.say("patience", seconds=PATIENCE_S))
        await self.see("reversing", "8.80", name="lost-reversing", messages=("0400",))
        await self.reversed("8.80", "lost")
        await self.see("idle", CLOCK, name="lost-idle")

    async def _power_cut(self) -> None:
        self._show.chapter("cut")
        self._show.note(self._show.say("swallow"))
        await self.act("host drop-answer next sale")
        booked = self.lab.acquirer.count("sale")
        await self.ask(2500, "unionpay-credit", "cut")
        await self.lab.acquirer.wait_request("sale", _SOON, booked)
        await self.lab.bench.power_off("the plug is pulled")
        row = books.transactions(self.lab.ledger)[-1]
        self._show.note(self._show.say("pulled"), "bold red")
        self._show.note(self._show.say("ledger", stan=row["stan"], amount=money(row["amount"]), state=row["state"]))
        self._show.chapter("again")
        await self.act("power on")
        await self.see("boot", name="again-boot")
        await self.see("reversing", "25.00", name="cut-reversing", messages=("0400",))
        await self.reversed("25.00", "cut")
        await self.see("sign-on", name="again-sign-on", messages=("0800",))
        await self.see("idle", CLOCK, name="again-idle", messages=("0810",))

    async def ask(self, amount: int, card: str, name: str) -> None:
        """Type an amount, tap a card, until the request has left."""
        await self.act(f"press {amount}")
        await self.see("amount", money(amount), name=f"{name}-amount")
        await self.act("press #")
        await self.see("present", money(amount), name=f"{name}-present")
        await self.act(f"tap {card}")
        if self._quick:
            await self._message("0200")
        else:
            await self.see("waiting", name=f"{name}-waiting", messages=("0200",), between=_PASSING)
        await self.act("remove")

    async def reversed(self, amount: str, name: str) -> None:
        """The result of a reversal, with its second page where one does not hold it all, and away with it."""
        shot = await self.see("reversed", name=f"{name}-reversed", messages=("0410",))
        if not contains(shot.words, amount):
            await self.act("press C")
            await self.see("reversed", amount, name=f"{name}-reversed-2")
        await self.act("press #")

    async def _books(self) -> None:
        """Compare the journal on the terminal's flash with the host's ledger."""
        await self.lab.bench.power_off("the story ends")
        self._show.chapter("books")
        journal = await self.lab.bench.journal()
        records = [{**each, "state": each["state_name"]} for each in journal["records"]]
        ledger = self.lab.ledger
        self.problems = report.reconcile(records, ledger)
        if journal["pending"]:
            self.problems.append(self._show.say("pending"))
        mine = {(each["batch"], each["stan"]): each for each in records}
        theirs = {(each["batch"], each["stan"]): each for each in books.transactions(ledger)}
        rows = []
        for key in sorted({*mine, *theirs}):
            record, row = mine.get(key), theirs.get(key)
            bad = any(f"STAN {key[1]:06d}" in problem for problem in self.problems)
            source = record or row
            rows.append(
                (
                    key[1],
                    source["amount"],
                    record["pan"] if record else row["pan_masked"],
                    record["state"] if record else "-",
                    row["state"] if row else "-",
                    not bad,
                )
            )
        self._show.books(
            rows,
            sum(each["approved"] for each in mine.values() if each["state"] in ("approved", "partial")),
            sum(each["approved_amount"] for each in theirs.values() if each["state"] == APPROVED),
        )
        if not self.problems and len(rows) != 3:
            self.problems.append(f"{len(rows)} sales in the books, not 3")

    # what is seen ---------------------------------------------------------------------------

    async def act(self, line: str) -> None:
        """Do what a script does with this line."""
        await acts.perform(acts.parse(line), self._port)

    async def see(self, screen: str, also: str = "", name: str = "", messages=(), between=(), quiet=False) -> Shot:
        """Wait for a screen (a name of SCREENS, and a word that is also on it) and for the requests or answers that
        belong to it, then tell them.  Screens `between` are told when they were there long enough to be seen.
        Raises NotSeen.
        """
        name = name or screen
        first, event = await self._wait(screen, also)
        for other in between:
            passed = self._find(other, "", first)
            if passed:
                self._tell(other, Shot(f"{name.split('-')[0]}-{other}", *_picture(passed[1])), [])
        self._place = first
        shot = Shot(name, *_picture(event))
        self._tell(screen, shot, [await self._message(mti) for mti in messages], quiet)
        if not self._fast:
            await asyncio.sleep(_READING_S)
        return shot

    def _find(self, screen: str, also: str, until: int | None = None):
        """(number, event) of the first such screen since the last one told, or None."""
        wanted = SCREENS[screen]
        for number, event in self.lab.bench.events:
            if number <= self._place or event["ev"] != "screen" or (until is not None and number >= until):
                continue
            if wanted in event["names"] and contains(event["text"] or [], also):
                return number, event
        return None

    async def _wait(self, screen: str, also: str):
        bench = self.lab.bench
        what = screen_names.text(SCREENS[screen], self._language)
        with self._show.console.status(self._show.say("wait", what=what)):
            try:
                await bench.wait_event(lambda event: self._find(screen, also) or _lost(event), _SOON, self._place)
            except asyncio.TimeoutError:
                shown = " / ".join(bench.text()) or "nothing"
                raise NotSeen(f"{what} {also}: not seen within {_SOON:.0f} s; on the screen: {shown}") from None
        found = self._find(screen, also)
        if not found:
            raise NotSeen(f"{what} {also}: {self._last_words()}")
        return found

    def _last_words(self) -> str:
        return "the terminal stopped: " + (" | ".join(self.lab.bench.last_words[-3:]) or "without a word")

    def _heard(self, direction: str, body: bytes) -> None:
        self.messages.append((direction, body))
        self._news.set()

    async def _message(self, mti: str):
        """The next message of that kind on the wire: (direction, body, MAK for its check or None)."""
        end = time.monotonic() + _SOON
        while True:
            for at in range(self._told, len(self.messages)):
                direction, body = self.messages[at]
                if body[11:13].hex() == mti:
                    self._told = at + 1
                    return direction, body, None if mti.startswith("08") else self._mak()
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.0, end - time.monotonic()))
            except asyncio.TimeoutError:
                raise NotSeen(f"message {mti}: not seen within {_SOON:.0f} s") from None

    def _mak(self) -> bytes:
        return self.lab.ledger.working_keys(testcards.DEMO_TERMINAL)[1]

    def _tell(self, screen: str, shot: Shot, messages: list, quiet: bool = False) -> None:
        self.shots.append(shot)
        if self._record:
            save(shot.frame, self._record / f"{len(self.shots):02d}-{shot.name}.png")
        if not quiet:
            caption = screen + "-2" if shot.name.endswith("-reversed-2") else screen
            self._show.shot(caption, shot.frame, shot.words, messages)


def _picture(event: dict):
    return base64.b64decode(event["bits"]), list(event.get("text") or [])


def _lost(event: dict) -> bool:
    """Did the process end, other than by the story's own hand?"""
    return event["ev"] == "power" and bool(event.get("failed"))


@click.command()
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of screens and story.")
@click.option("--fast", is_flag=True, help="Without pauses for reading.")
@click.option(
    "--record",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    metavar="DIR",
    help="Write each screen as a PNG into this folder.",
)
@click.option("--board", default="esp32_devkitc", show_default=True, help="Folder below boards/.")
def story(lang: str, fast: bool, record, board: str) -> None:
    """Three sales on a virtual terminal: one approved, one whose answer is lost, one cut by the power.

    Every screen is printed with the messages that went over the wire, card numbers masked.  At the end the terminal's
    journal and the host's ledger are compared: exit code 0 only when they agree to the cent, 1 when not.
    """
    console = Console(highlight=False)
    if lang == "zh" and not can_show(SAYINGS["agree"][1], console.encoding):
        click.echo(
            f"till: this console ({console.encoding}) has no Chinese characters, so the story is told in English; "
            "with LANG=C.UTF-8 it has",
            err=True,
        )
        lang = "en"
    show = Show(console, lang)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="till-story-"))
    began = time.monotonic()
    try:
        micropython()  # without it there is no story: known before its first sentence
        if record:
            record.mkdir(parents=True, exist_ok=True)
        tale = Story(show, folder, lang, fast or not console.is_terminal or "CI" in os.environ, record, board)
        asyncio.run(tale.tell())
    except (BenchError, LedgerError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(told(error)) from None
    except NotSeen as error:
        console.print(f"till: {error}", style="bold red", markup=False)
        raise click.exceptions.Exit(1) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    console.print()
    if tale.problems:
        console.print(show.say("differ"), style="bold red")
        for problem in tale.problems:
            console.print(f"  {problem}", markup=False)
        raise click.exceptions.Exit(1)
    console.print(show.say("agree"), style="bold green")
    seconds = time.monotonic() - began
    console.print(show.say("took", screens=len(tale.shots), messages=len(tale.messages), seconds=seconds), style="dim")
