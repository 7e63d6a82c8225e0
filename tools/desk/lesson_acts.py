"""What a lesson does itself (`do …`), and what the robot student does (`robot …`): one line each."""

import shlex

import cards
from acquirer import faults
from words import screen_names

from .commands import KEYS, SPEEDS, checked
from .lesson_conditions import opened_name

_HOST_WORDS = ("clear", "card", "balance", "reset-keys")


def nothing(what: str, rest: str) -> None:
    """Raises ValueError when something follows the word."""
    if rest:
        raise ValueError(f"{what}: nothing may follow in this line")


def number(what: str, text: str, low: int, high: int) -> int:
    """A number from `low` to `high`.  Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise ValueError(f"{what}: a number from {low} to {high}")
    return int(text)


def _switch(what: str, words: list) -> bool:
    if words not in (["on"], ["off"]):
        raise ValueError(f"{what}: on or off")
    return words == ["on"]


def act(line: str) -> dict:
    """What the lesson does itself, as a command of the web contract.  Raises ValueError, DeskError, FaultError."""
    what, _, rest = line.partition(" ")
    words = rest.split()
    if what == "clear":
        nothing("do clear", rest)
        command = {"do": "host", "line": "clear"}
    elif what == "host" and words:
        _host_line(words)
        command = {"do": "host", "line": " ".join(words)}
    elif what == "wifi":
        command = {"do": "wifi", "up": _switch("do wifi", words)}
    elif what == "power":
        command = {"do": "power", "on": _switch("do power", words)}
    elif what == "speed" and len(words) == 1 and words[0] in [str(each) for each in SPEEDS]:
        command = {"do": "speed", "factor": int(words[0])}
    elif what == "cut" and words == ["now"]:
        command = {"do": "cut", "now": True}
    elif what == "cut" and len(words) >= 3 and words[0] == "after" and words[3:] in ([], ["torn"]):
        command = {"do": "cut", "after": words[1], "n": number("do cut", words[2], 1, 1000)}
        if len(words) == 4:
            command["torn"] = True
    else:
        raise ValueError("do: host LINE, clear, wifi on|off, power on|off, speed 1|10|60, cut now, cut after write|net N")
    return checked(command)


def _host_line(words: list) -> None:
    if words[0] in faults.KINDS:
        fault = faults.parse(words)
        if fault.kind == "refuse":
            raise ValueError("do host refuse: it would hit every terminal of the class; take wifi off")
    elif words[0] not in _HOST_WORDS:
        raise ValueError(f"do host {words[0]}: a fault, or one of {', '.join(_HOST_WORDS)}")
    elif words[0] in ("card", "balance") and (len(words) != 3 or words[1] not in cards.names()):
        raise ValueError(f"do host {words[0]}: a card of the wallet and one word more")


def robot(line: str) -> tuple:
    """(act, argument) of a line that only the test's robot student follows.  Raises ValueError."""
    words = shlex.split(line.replace("#", "\\#"))
    what, rest = (words[0], words[1:]) if words else ("", [])
    if what == "press" and rest and all(key in KEYS for key in "".join(rest)):
        return "press", "".join(rest)
    if what == "hold" and len(rest) == 1 and len(rest[0]) == 1 and rest[0] in KEYS:
        return "hold", rest[0]
    if what == "tap" and len(rest) == 1 and rest[0] in cards.names():
        return "tap", rest[0]
    if what in ("remove", "online") and not rest:
        return what, ""
    if what in ("power", "wifi"):
        return what, _switch(what, rest)
    if what == "see" and rest:
        return "see", screen_names.read(line.partition(" ")[2])
    if what == "open" and rest:
        return "open", opened_name(" ".join(rest))
    raise ValueError("robot: press KEYS, hold KEY, tap CARD, remove, power on|off, wifi on|off, open THING, see SCREEN, online")
