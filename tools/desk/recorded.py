"""A room whose one terminal is a recording: the page shows payments that were played elsewhere, with the books they have left.

Nothing in it runs.  It is looked at as any terminal is; what would change something is refused.
"""

import datetime
import json
import pathlib
from typing import Any

from acquirer import testcards
from acquirer.memory import MemoryLedger, seeded
from acquirer.server import Acquirer
from rig.bench_watch import Watched
from rig.failures import reason
from rig.supervisor import BenchError, Options

from .errors import DeskError
from .line import Line
from .payment import Payment
from .room import Room
from .terminal import Terminal
from .timeline import KEPT

_RECORDED = DeskError("this is a recording: nothing can be done here", 409, "这是回放，不能操作")
_TO_LOOK = ("language", "opened", "lesson-stop")  # commands that do nothing to the terminal


class Recording:
    """`payments` as the page has them, the one to begin with last; `journal` as Bench.journal() gives it; `ledger` a snapshot
    of an acquirer.memory.MemoryLedger, or None for an empty one; `ended` when; `settings` of the terminal.
    """

    def __init__(
        self,
        payments: "list[dict]",
        journal: "dict | None" = None,
        ledger: Any = None,
        ended: "datetime.datetime | None" = None,
        settings: "dict | None" = None,
    ):
        self.payments = payments
        self.journal = journal or {"records": [], "pending": None, "lost": []}
        self.settings = settings or {}
        now = ended or datetime.datetime.now(datetime.timezone.utc)
        self.ledger = MemoryLedger(lambda: now, seeded(0))
        if ledger is not None:
            self.ledger.restore(ledger)


def of_file(path: pathlib.Path) -> Recording:
    """Of a payment that was saved from the page: without books, which are not in it.  Raises DeskError."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeskError(f"{path}: {reason(error)}") from None
    except (ValueError, RecursionError):
        raise DeskError(f"{path}: not JSON") from None
    if not isinstance(found, dict) or found.get("taptill") != 1 or found.get("kind") != "payment":
        raise DeskError(f"{path}: neither a payment that was saved from the page nor a plan of till simulate")
    payment, entries = found.get("payment"), found.get("entries")
    if not isinstance(payment, dict) or not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DeskError(f"{path}: the payment in it has no entries")
    return Recording([{**payment, "id": 1, "entries": entries}])


class RecordedBench(Watched):
    """A terminal without power that has been."""

    pid = None

    def __init__(self, journal: dict, options: Options):
        super().__init__(0)
        self._journal, self.options = journal, options

    async def journal(self) -> dict:
        return self._journal

    async def do(self, what: str, **words: Any) -> dict:
        raise BenchError("this is a recording")

    async def stop(self) -> None:
        """It does not run."""


class RecordedTerminal(Terminal):
    """Shows the payments of a recording."""

    def __init__(self, room: "RecordedRoom", folder: pathlib.Path, recording: Recording):
        super().__init__(room, 1, testcards.DEMO_TERMINAL, folder, Options())
        self.bench = RecordedBench(recording.journal, Options())
        self.timeline.payments.extend(_payment(one) for one in recording.payments[-KEPT:])

    async def command(self, command: Any) -> dict:
        if isinstance(command, dict) and command.get("do") in _TO_LOOK:
            return {"ev": "ok"}
        raise _RECORDED


def _payment(found: dict) -> Payment:
    payment = Payment(found["id"], str(found.get("kind", "sale")), found.get("number"), 0.0, lambda: "")
    for name in ("started_at", "ended_at", "amount", "result"):
        setattr(payment, name, found.get(name))
    payment.left_out = int(found.get("left_out") or 0)
    payment.entries = found["entries"]
    return payment


class _RecordedHost:
    """The host of a recording: a ledger to look at."""

    def __init__(self, ledger: MemoryLedger):
        self.ledger = ledger
        self.acquirer = Acquirer(ledger, tcp_port=None, control_port=None, demo_data=False)

    def introduction(self, *asked: Any) -> Any:
        raise _RECORDED

    async def stop(self) -> None:
        """It does not run."""


class RecordedRoom(Room):
    """Room of a recording.  `folder` is never written."""

    def __init__(self, folder: pathlib.Path, recording: Recording):
        super().__init__(folder, settings={"tls": recording.settings.get("tls", True)})
        self._recording = recording
        self._host = _RecordedHost(recording.ledger)

    async def start(self, power: bool = True, told: Any = None) -> None:
        terminal = RecordedTerminal(self, self.folder, self._recording)
        terminal.line = Line(terminal, self.secure, self._recording.settings.get("mac", "ecb"))
        self.terminals.append(terminal)
        self._by_id[terminal.id] = terminal

    async def ready(self, seconds: float) -> None:
        """It always is."""

    async def open_for_boards(self, address: str) -> "dict[str, int]":
        raise _RECORDED

    async def host_line(self, line: str, terminal: "Terminal | None" = None) -> dict:
        raise _RECORDED

    async def host_stop(self, stopped: bool) -> None:
        raise _RECORDED

    async def lesson(self, terminal: Terminal, name: str) -> dict:
        raise _RECORDED
