"""A room: one acquirer with its ledger, and as many terminals as there are pages to be."""

import asyncio
import pathlib
import shutil

from acquirer import faults, keys, profiles, testcards
from acquirer import mac as macs
from acquirer.ledger import Ledger, system_clock
from acquirer.server import Acquirer
from rig import demo
from rig.firmware import taptill_on_path
from rig.lab import start_together
from rig.supervisor import Options

from . import wording
from .board_line import BoardLine
from .errors import DeskError
from .lesson_library import Library
from .line import Line
from .terminal import Terminal

taptill_on_path()

from taptill.core import password

MOST_TERMINALS = 99
_READERS = 2  # journals that are read at the same time
_CLOCK_S = 0.1  # how often a hurried terminal is asked for its clock while the host waits with it
_HISTORY = 400  # events that a bench remembers
# What a page may say to the host's control beside faults; the rest would show keys or touch other terminals.
_HOST_WORDS = ("help", "clear", "status", "card", "balance", "reset-keys", "day-cut")


class Room:
    """`folder` keeps everything: host/ (CA, certificate, ledger) and terminal-1/, terminal-2/ …

    `settings` go into every terminal's configuration; `lessons` is a desk.lesson_library.Library.
    """

    def __init__(
        self,
        folder,
        count: int = 1,
        tls: bool = True,
        settings: dict | None = None,
        options: dict | None = None,
        clock=system_clock,
        lessons=None,
    ):
        if not 1 <= count <= MOST_TERMINALS:
            raise DeskError(f"terminals: from 1 to {MOST_TERMINALS}")
        self.folder = pathlib.Path(folder)
        self.count = count
        self.terminals: list = []
        self.readers = asyncio.Semaphore(_READERS)
        self.lessons = lessons or Library()
        self._tls, self._settings, self._options = tls, dict(settings or {}), dict(options or {})
        # No other sockets than the terminals need: what a person wants comes through the desk and its guard.
        profile = self._settings.get("profile", profiles.DEFAULT)
        self._host = demo.DemoHost(self.folder, clock=clock, profile=profile, on_event=self._host_event, sleep=self._sleep)
        self._clock = clock
        self._by_id: dict = {}
        self._for_boards: dict = {}  # address -> BoardLine

    @property
    def secure(self) -> bool:
        """Do its terminals begin with TLS?"""
        return bool(self._settings.get("tls", self._tls))

    @property
    def acquirer(self) -> Acquirer | None:
        """None before the start."""
        return self._host.acquirer

    @property
    def ledger(self) -> Ledger | None:
        """None before the start."""
        return self._host.ledger

    # life -----------------------------------------------------------------------------------

    def forget(self) -> None:
        """Begin with new terminals and empty books; before `start`."""
        for path in [self.folder / "host", *self.folder.glob("terminal-*")]:
            shutil.rmtree(path, ignore_errors=True)

    async def start(self, power: bool = True, told=None) -> None:
        """Start the host, provision and switch on the terminals, a few at a time; `told(terminal)` hears of each.

        Raises BenchError, DeskError, LedgerError, OSError.
        """
        await self._host.start()
        for number in range(1, self.count + 1):
            self._add(number)

        async def begin(place: int) -> None:
            await self._begin(self.terminals[place], power, told)

        await start_together([terminal.bench for terminal in self.terminals], begin)

    def _add(self, number: int) -> None:
        terminal_id = f"{int(testcards.DEMO_TERMINAL) + number - 1:08d}"
        if self.ledger.terminal(terminal_id) is None:
            self.ledger.add_terminal(terminal_id, testcards.DEMO_MERCHANT, keys.random_key())
        options = Options(**{"trace": "net,flash,apdu,host", "history": _HISTORY, "port": None, **self._options})
        terminal = Terminal(self, number, terminal_id, self.folder / f"terminal-{number}", demo.on_air(options))
        terminal.line = Line(terminal, self.secure, self._settings.get("mac", macs.ECB))
        self.terminals.append(terminal)
        self._by_id[terminal_id] = terminal

    async def _begin(self, terminal: Terminal, power: bool, told) -> None:
        terminal.wallet.load()
        await self.introduce(terminal)
        if power:
            await terminal.bench.power_on()
        if told:
            told(terminal)

    async def introduce(self, terminal: Terminal) -> None:
        """Give a terminal, which is off, its settings and keys, for the line that it is to have.  Raises BenchError."""
        line = terminal.line
        own = {"supervisor": password.derive(demo.SUPERVISOR, terminal.id.encode()), **self._settings}
        if terminal.language:
            own["language"] = terminal.language  # as it was chosen since
        own["tls"] = line.tls
        await demo.provision(terminal.bench, self._host.introduction(terminal.id, line.tls, line.mac), own)

    async def ready(self, seconds: float) -> None:
        """Wait until every terminal is idle.  Raises asyncio.TimeoutError."""
        for terminal in self.terminals:
            await terminal.bench.wait_text(lambda shown: shown.idle, seconds)

    async def stop(self) -> None:
        """Switch everything off."""
        await self.lessons.stop()
        await asyncio.gather(*[line.stop() for line in self._for_boards.values()])
        self._for_boards.clear()
        await asyncio.gather(*[terminal.line.stop() for terminal in self.terminals])
        await asyncio.gather(*[terminal.bench.stop() for terminal in self.terminals], return_exceptions=True)
        await self._host.stop()

    async def __aenter__(self):
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *error):
        await self.stop()

    def terminal(self, number) -> Terminal:
        """Terminal by its number, which may be text.  Raises DeskError 404."""
        text = str(number)
        if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= len(self.terminals):
            return self.terminals[int(text) - 1]
        raise DeskError(f"terminal {ascii(text)[1:-1][:12]}: there are 1 to {len(self.terminals)}", 404)

    # boards ---------------------------------------------------------------------------------

    async def open_for_boards(self, address: str) -> dict[str, int]:
        """Let the host be reached at an address of this computer too, until the room ends; its ports there.  Raises DeskError."""
        if address not in self._for_boards:
            self._for_boards[address] = await BoardLine(address, self.acquirer.ports, self._clock).start()
        return self._for_boards[address].ports

    def host_introduction(self, terminal_id: str) -> demo.Introduction:
        """What a board with this number, which the ledger knows, is told of the host: over TLS.  Raises LedgerError."""
        return self._host.introduction(terminal_id, True)

    # the host -------------------------------------------------------------------------------

    def _host_event(self, name: str, terminal_id: str, detail: dict) -> None:
        terminal = self._by_id.get(terminal_id)
        if name in ("fault", "refused"):
            self._tell_faults()  # one of them is counted down now
        if terminal:
            terminal.host_event(name, detail)

    async def _sleep(self, seconds: float, terminal_id: str) -> None:
        """Pass `seconds` of the host's time, as fast as they pass at that terminal, whatever its speed becomes."""
        terminal = self._by_id.get(terminal_id)
        if terminal is None:
            await asyncio.sleep(seconds)
            return
        until = terminal.timeline.now() + seconds
        while (left := until - terminal.timeline.now()) > 0:
            hurried = terminal.speed > 1 and terminal.bench.on
            try:
                await asyncio.wait_for(terminal.hurried.wait(), min(left, _CLOCK_S) if hurried else left)
            except asyncio.TimeoutError:
                if hurried:
                    await terminal.look_at_the_clock()

    def _tell_faults(self) -> None:
        for terminal in self.terminals:
            terminal.tell_faults()

    async def host_line(self, line: str, terminal: Terminal | None = None) -> dict:
        """One line for the host's control; a fault said at a terminal hits its messages only.  Raises DeskError."""
        words = line.split()
        if not words:
            raise DeskError("host: an empty line")
        if words[0] in faults.KINDS:
            try:
                fault = faults.parse(words)
            except faults.FaultError as error:
                raise DeskError(f"host: {error}") from None
            if terminal and fault.kind != "refuse":  # a connection does not tell whose it is
                fault.terminal = terminal.id
            await self.acquirer.add_fault(fault)
            answer = {"ok": True, **fault.describe()}
        elif words[0] == "clear" and len(words) == 1:
            await self.acquirer.clear_faults(terminal.id if terminal else None)
            for each in [terminal] if terminal else self.terminals:
                await each.line.lay_hand(False)
            answer = {"ok": True}
        elif words[0] in _HOST_WORDS:
            if terminal and words[0] in ("card", "balance") and len(words) > 1 and not words[1].isdigit():
                words[1] = terminal.wallet.account(words[1])
            if terminal and words[0] == "reset-keys":
                words = [words[0], terminal.id]
            answer = await self.acquirer.command(" ".join(words))
        else:
            raise DeskError(f"host: {ascii(words[0])[1:-1][:30]}: not among {', '.join(_HOST_WORDS)} and the faults")
        if not answer.pop("ok"):
            raise DeskError(f"host: {answer.get('error', 'refused')}")
        self._tell_faults()
        for each in [terminal] if terminal else self.terminals:
            each.tell({"ev": "ledger", "changed": True})
        return answer

    async def host_stop(self, stopped: bool) -> None:
        """Stop the host for everybody, or let it run again.  Raises DeskError."""
        if stopped == self.acquirer.halted:
            return
        try:
            await self.acquirer.halt(stopped)
        except OSError as error:
            raise DeskError(f"host: cannot listen: {error.strerror or error}", 503, "主机无法恢复监听") from None
        for terminal in self.terminals:
            payment = terminal.timeline.last
            if payment and payment.open:
                title = wording.HOST_STOPPED if stopped else wording.HOST_BACK
                terminal.timeline.fault(title, detail={"up": not stopped})
            terminal.tell({"ev": "host", "up": not stopped})

    async def lesson(self, terminal: Terminal, name: str) -> dict:
        """Begin a lesson, or end it ("").  Raises DeskError."""
        return await self.lessons(terminal, name) or {}
