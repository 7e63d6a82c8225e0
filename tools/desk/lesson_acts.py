"""Acts (play/acts.py) in lessons: those that a lesson does itself (`do …`) and those of its robot student (`robot …`).

TerminalPort performs both as a page does, by commands of the web contract.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import cards
from acquirer import faults
from play import acts
from play.acts import Act

from .commands import SPEEDS
from .lesson_conditions import opened_name

OPEN = "open"  # an act that only a page has: look at an entry of the wire, or at a tab
# Others of a page alone: the line between terminal and host (desk.line) -> the words that may follow.
LINE = {"hand": ("on", "off"), "line": ("tls", "plain", "usual"), "mac": ("ecb", "retail")}
_LESSON = ("host", "cut", "power", "wifi", "line", "mac", "speed")
_STUDENT = ("press", "hold", "tap", "remove", "power", "wifi", "hand", "line", "mac", "expect", "wait")
_HOST_WORDS = ("clear", "card", "balance", "reset-keys")
_LONGEST_S = 5.0
_KEY_MS = 150  # a slow finger: a busy machine may overlook a quick one


def do(line: str) -> Act:
    """What the lesson does itself.  Raises ValueError, FaultError."""
    act = _line("do", line) or _read("do", line, tuple(LINE))
    if act.name not in _LESSON:
        raise ValueError(f"do {act.name}: not the lesson's; a lesson does {', '.join(_LESSON)}, and its student the rest")
    if act.name == "speed" and act.words[0] not in SPEEDS:
        raise ValueError(f"do speed {act.words[0]}: one of {', '.join(map(str, SPEEDS))}")
    if act.name == "host":
        _check_host(act.words[0].split())
    return act


def robot(line: str) -> Act:
    """What only the test's robot student does.  Raises ValueError."""
    what, _, rest = line.partition(" ")
    if what == OPEN:
        return Act(OPEN, (opened_name(rest),))
    act = _line("robot", line) or _read("robot", line, (OPEN, *LINE))
    if act.name not in _STUDENT:
        raise ValueError(f"robot {act.name}: not the student's, who does {', '.join((*_STUDENT, OPEN))}")
    if act.name == "hold" and act.words[1] > _LONGEST_S:
        raise ValueError(f"robot hold: {_LONGEST_S:.0f}s at most")
    if act.name == "tap" and act.words[1]:
        raise ValueError("robot tap: the page's cards have no options to choose")
    return act


def _line(who: str, line: str) -> Act | None:
    """An act of LINE, or None.  Raises ValueError."""
    name, *words = line.split() or [""]
    if name not in LINE:
        return None
    if len(words) != 1 or words[0] not in LINE[name]:
        raise ValueError(f"{who} {name}: is written {name} {'|'.join(LINE[name])}")
    return Act(name, (words[0],))


def _read(who: str, line: str, also: tuple[str, ...] = ()) -> Act:
    try:
        return acts.parse(line, also=also)
    except ValueError as error:
        raise ValueError(f"{who} {error}") from None


def _check_host(words: list[str]) -> None:
    """A lesson leaves the other terminals of its class alone."""
    if words[0] in faults.KINDS:
        if words[0] == "refuse":
            raise ValueError("do host refuse: it would hit every terminal of the class; take wifi off")
    elif words[0] not in _HOST_WORDS:
        raise ValueError(f"do host {words[0]}: a fault, or one of {', '.join(_HOST_WORDS)}")
    elif words[0] in ("card", "balance") and (len(words) != 3 or words[1] not in cards.names()):
        raise ValueError(f"do host {words[0]}: a card of the wallet and one word more")


class TerminalPort(acts.Port):
    """Acts as commands of the web contract; `use(command)` carries one out, and may refuse it."""

    def __init__(self, use: Callable[[dict[str, Any]], Awaitable[object]]):
        self._use = use

    async def key(self, key: str, hold_s: float = 0.0) -> None:
        await self._use({"do": "key", "key": key, "ms": int(hold_s * 1000) or _KEY_MS})

    async def card(self, card: str, options: dict[str, Any]) -> None:
        await self._use({"do": "card", "card": card})

    async def card_off(self) -> None:
        await self._use({"do": "card-off"})

    async def host(self, line: str) -> None:
        await self._use({"do": "host", "line": line})

    async def cut(self, kind: str, n: int = 1, torn: bool = False) -> None:
        if kind == "now":
            await self._use({"do": "cut", "now": True})
        else:
            await self._use({"do": "cut", "after": kind, "n": n, "torn": torn})

    async def power(self, on: bool) -> None:
        await self._use({"do": "power", "on": on})

    async def wifi(self, on: bool) -> None:
        await self._use({"do": "wifi", "up": on})

    async def hand(self, on: str) -> None:
        """Somebody at the line between terminal and host, who forges the next decline."""
        await self._use({"do": "hand", "on": on == "on"})

    async def line(self, how: str) -> None:
        """Set the terminal up for "tls", "plain" TCP, or as it was ("usual")."""
        await self._use({"do": "line", "usual": True} if how == "usual" else {"do": "line", "tls": how == "tls"})

    async def mac(self, kind: str) -> None:
        """Set terminal and host up for another MAC."""
        await self._use({"do": "line", "mac": kind})

    async def speed(self, factor: int) -> None:
        await self._use({"do": "speed", "factor": factor})
