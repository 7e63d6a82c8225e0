"""Acts: what a bench script, a lesson and its robot student do with a terminal, one a line; README.md describes each.

    act = parse("tap visa-credit after=2")     an Act; ValueError with one line says what is wrong
    await perform(act, port)                   a Port is the lab of a script, or the page's terminal of a lesson

The same line is the same act everywhere.  Who takes only some of them (a lesson does nothing that is the student's) says so.
"""

import json
import pathlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cards
from acquirer import control, faults
from chips.pn532 import Faults
from rig.failures import reason
from words import screen_names

KEYS = "0123456789ABCD*#"
# How each is written, for the errors and (tested) for the table of README.md.
FORMS = {
    "press": "press KEYS",
    "hold": "hold KEY [2s]",
    "tap": "tap CARD [OPTION=VALUE …]",
    "remove": "remove",
    "expect": "expect [not] SCREEN [within 10s]",
    "wait": "wait idle|on|off|online [within 20s]",
    "host": "host LINE",
    "cut": "cut now | cut write N [torn] | cut net N",
    "power": "power on|off",
    "wifi": "wifi on|off",
    "fault": "fault NAME [N]",
    "speed": "speed N",
}
STATES = ("idle", "on", "off", "online")
READER_FAULTS = tuple(vars(Faults()))
_HOLD_S = 2.0
_EXPECT_S = 10.0
_WAIT_S = 20.0  # a start takes its time
_SCREENS = re.compile(r"\s*expect(?:\s+not)?\s+(?P<screens>.*?)(?:\s+within\s+\S+)?\s*")
_NUMBERS, _TEXTS = ("after", "delay_ms", "atc"), ("label", "pan", "psn", "expiry")
_SWITCHES = ("locked", "blocked", "declines", "always_pin", "phone")
_OF_SESSIONS = ("after", "delay_ms")  # what a recorded session leaves open


@dataclass(frozen=True)
class Act:
    """`name` as it is written, `words` what the Port's method is given."""

    name: str
    words: tuple = ()


class CannotAct(Exception):
    """This port has nothing for such an act."""


class Port:
    """What acts are performed on.  A method that a port leaves out is an act that it cannot do."""

    async def key(self, key: str, hold_s: float = 0.0) -> None:
        """Press a key; `hold_s` seconds long, or 0 for a common press."""
        raise CannotAct("key")

    async def card(self, card: str, options: dict[str, Any]) -> None:
        """Put a card on the reader; with the option `script` a recorded session of that name."""
        raise CannotAct("card")

    async def card_off(self) -> None:
        """Take the card away."""
        raise CannotAct("card_off")

    async def host(self, line: str) -> None:
        """A line for the host's control."""
        raise CannotAct("host")

    async def cut(self, kind: str, n: int = 1, torn: bool = False) -> None:
        """Cut the power "now", or at the n-th "write" or "net" step from now; a torn write stops in its middle."""
        raise CannotAct("cut")

    async def power(self, on: bool) -> None:
        """The power switch."""
        raise CannotAct("power")

    async def wifi(self, on: bool) -> None:
        """The access point, on the air or off it."""
        raise CannotAct("wifi")

    async def fault(self, name: str, value: int | bool) -> None:
        """A fault of the PN532."""
        raise CannotAct("fault")

    async def speed(self, factor: int) -> None:
        """Waiting passes so many times as fast."""
        raise CannotAct("speed")

    async def expect(self, screens: tuple[screen_names.Seen, ...], there: bool, seconds: float) -> None:
        """Wait until one of these screens is there, or none of them any more."""
        raise CannotAct("expect")

    async def wait(self, state: str, seconds: float) -> None:
        """Wait for one of STATES."""
        raise CannotAct("wait")


_METHODS = {"hold": "key", "tap": "card", "remove": "card_off"}


async def perform(act: Act, port: Port) -> None:
    """Do it there.  Raises what the port raises, CannotAct."""
    if act.name == "press":
        for key in act.words[0]:
            await port.key(key)
        return
    await getattr(port, _METHODS.get(act.name, act.name))(*act.words)


def parse(line: str, folder: pathlib.Path | None = None, also: Sequence[str] = ()) -> Act:
    """The act in a line.  Recorded sessions are looked for in `folder`; without one there are none.  Raises ValueError.

    `also` are the names that the caller has beside these: an error that lists all has them too.
    """
    words = shlex.split(line)
    if not words:
        raise ValueError(f"an act is missing: one of {', '.join((*FORMS, *also))}")
    name, words = words[0], words[1:]
    _refuse_old(name, words, line)
    if name not in FORMS:
        raise ValueError(f"{name}: no such act; there are {', '.join((*FORMS, *also))}")
    if name == "tap":
        return Act(name, _tap(words, folder))
    if name == "expect":
        return Act(name, _expect(words, line))
    return Act(name, _READ[name](words))


# Words that several kinds of lines have ------------------------------------------------------


def nothing(what: str, rest: Sequence[str]) -> None:
    """Raises ValueError when something follows the word."""
    if rest:
        raise ValueError(f"{what}: nothing may follow")


def number(what: str, text: str, low: int, high: int) -> int:
    """A number from `low` to `high`.  Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise ValueError(f"{what}: {text}: a number from {low} to {high} is wanted")
    return int(text)


def switch(what: str, words: list[str]) -> bool:
    """Is it "on"?  Raises ValueError for anything but on and off."""
    if words not in (["on"], ["off"]):
        raise ValueError(f"{what}: on or off")
    return words == ["on"]


def _seconds(word: str) -> float:
    try:
        value = float(word[:-1]) if word.endswith("s") else None
    except ValueError:
        value = None
    if value is None:
        raise ValueError(f"{word}: seconds are written like 10s")
    if not 0 <= value <= 600:
        raise ValueError(f"{word}: from 0s to 600s")
    return value


def _within(words: list[str], default: float) -> tuple[list[str], float]:
    """(words without the time, seconds)."""
    if len(words) >= 2 and words[-2] == "within":
        return words[:-2], _seconds(words[-1])
    return words, default


def _written(name: str) -> ValueError:
    return ValueError(f"{name}: is written {FORMS[name]}")


def _refuse_old(name: str, words: list[str], line: str) -> None:
    """Spellings that scripts or lessons had when each had its own: name the one that both have.  Raises ValueError."""
    rest = line.strip().partition(" ")[2].strip()
    now = ""
    if name == "cut-power" or (name == "cut" and words and words[0].startswith("after")):
        now = " ".join(["cut", *(word.removeprefix("after-") for word in words if word != "after")])
    elif name == "clear":
        now = "host clear"
    elif name == "online":
        now = "wait online"
    elif name == "see":
        now = f"expect {rest}".strip()
    elif name == "wait" and '"' in rest:
        now = f"expect {rest}" if "within" in words else f"expect {rest} within {_WAIT_S:.0f}s"
    if now:
        raise ValueError(f"{line.strip()}: is written now: {now}")


# One a kind: the words behind the name, checked, as the Port's method takes them ----------------


def _keys(what: str, keys: str) -> str:
    for key in keys:
        if key not in KEYS:
            raise ValueError(f"{what}: {key} is no key of the keypad")
    return keys


def _press(words: list[str]) -> tuple:
    if not "".join(words):
        raise ValueError("press: which keys?")
    return (_keys("press", "".join(words)),)


def _hold(words: list[str]) -> tuple:
    if not 1 <= len(words) <= 2 or len(words[0]) != 1:
        raise _written("hold")
    return _keys("hold", words[0]), _seconds(words[1]) if len(words) == 2 else _HOLD_S


def _tap(words: list[str], folder: pathlib.Path | None) -> tuple:
    if not words:
        raise ValueError("tap: which card?")
    card = words[0]
    if folder is not None and card.endswith(".json"):
        options = _card_options(words[1:], _OF_SESSIONS)
        options["script"] = _session(folder / card)
    else:
        if card not in cards.names():
            raise ValueError(f"tap: no card is named {card}; there are: {', '.join(cards.names())}")
        options = _card_options(words[1:], (*_NUMBERS, *_TEXTS, *_SWITCHES))
    return card, options


def _card_options(words: list[str], known: tuple[str, ...]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"tap: {word}: options are written name=value")
        if name not in known:
            raise ValueError(f"tap: {word}: no such option; there are: {', '.join(known)}")
        options[name] = value
        if name in _NUMBERS:
            if not (value.isascii() and value.isdigit()):
                raise ValueError(f"tap: {word}: a number is wanted")
            options[name] = int(value)
        elif name in _SWITCHES:
            if value not in ("yes", "no"):
                raise ValueError(f"tap: {word}: yes or no")
            options[name] = value == "yes"
    return options


def _session(path: pathlib.Path) -> dict[str, Any]:
    try:
        return {"exchanges": json.loads(path.read_text(encoding="utf-8"))["exchanges"]}
    except OSError as error:
        raise ValueError(f"tap: {path}: {reason(error)}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"tap: {path}: not a card session ({error})") from None


def _remove(words: list[str]) -> tuple:
    nothing("remove", words)
    return ()


def _expect(words: list[str], line: str) -> tuple:
    unwanted = words[:1] == ["not"]
    # A screen that is not wanted is no longer there at once, unless a time is given.
    words, seconds = _within(words[1:] if unwanted else words, 0.0 if unwanted else _EXPECT_S)
    found = _SCREENS.fullmatch(line)
    if not words or not all(words) or not found:
        raise _written("expect")
    # Names and words are told apart by quotation marks, which are gone from `words`.
    return screen_names.read(found["screens"]), not unwanted, seconds


def _wait(words: list[str]) -> tuple:
    words, seconds = _within(words, _WAIT_S)
    if len(words) != 1 or words[0] not in STATES:
        raise _written("wait")
    return words[0], seconds


def _host(words: list[str]) -> tuple:
    line = " ".join(words)
    if not line:
        raise ValueError("host: which line for its control?")
    if not control.is_command(line):
        raise ValueError(f"host {words[0]}: the host knows no such command or fault (its command help lists them)")
    if words[0] in faults.KINDS:
        faults.parse(words)
    return (line,)


def _cut(words: list[str]) -> tuple:
    if words == ["now"]:
        return ("now",)
    torn = words[2:] == ["torn"]
    if len(words) != 2 + torn or words[0] not in ("write", "net"):
        raise _written("cut")
    if torn and words[0] != "write":
        raise ValueError("cut: only a write can be torn")
    return words[0], number("cut", words[1], 1, 100000), torn


def _fault(words: list[str]) -> tuple:
    if not 1 <= len(words) <= 2:
        raise _written("fault")
    if words[0] not in READER_FAULTS:
        raise ValueError(f"fault: {words[0]}: the reader has no such fault; there are: {', '.join(READER_FAULTS)}")
    return words[0], number("fault", words[1], 0, 1000) if len(words) == 2 else True


def _speed(words: list[str]) -> tuple:
    if len(words) != 1:
        raise _written("speed")
    return (number("speed", words[0], 1, 1000),)


_READ = {
    "press": _press,
    "hold": _hold,
    "remove": _remove,
    "wait": _wait,
    "host": _host,
    "cut": _cut,
    "power": lambda words: (switch("power", words),),
    "wifi": lambda words: (switch("wifi", words),),
    "fault": _fault,
    "speed": _speed,
}
