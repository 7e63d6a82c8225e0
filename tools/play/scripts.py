"""Bench scripts: plain text, one act a line.

    # a comment (only at the beginning of a line: # is also a key)
    wait idle [within 20s]            also: wait on, wait off, wait "TEXT"
    press 1 2 5 0 #                   keys, one after another
    hold A [2s]                       a long press
    tap visa-credit [after=2]         put a card on the reader; options of the virtual cards
    tap session.json                  a recorded card session
    remove                            take the card away
    expect APPROVED [within 10s]      wait for a screen by the name of its sentence (tools/words/sentences.txt)
    expect APPROVED "12.50" | PARTIAL several of them, words as they are written, alternatives
    expect not DECLINED [within 2s]   it is not there (wait until it is gone)
    host drop-answer next             a line for the host's control socket
    cut-power after-write 2 [torn]    cut at the second flash write from now; also after-net N, and: cut-power now
    power off / power on
    wifi off / wifi on
    fault corrupt 2                   a fault of the PN532 model
    screenshot out.png
    journal                           print the terminal's journal
    say "…"                           print a line

A whole script is checked before its first line runs.
"""

import asyncio
import json
import pathlib
import re
import shlex

from rig.failures import reason, told
from rig.pictures import save
from rig.supervisor import BenchError, PowerLost
from words import screen_names

_EXPECTED = re.compile(r"\s*expect(?:\s+not)?\s+(?P<screens>.*?)(?:\s+within\s+\S+)?\s*")
_WITHIN = 10.0
_START = 20.0


class ScriptError(Exception):
    """A script that cannot be read: names file and line."""


class ScriptFailed(Exception):
    """An expectation that did not come true, or an act that the bench refused: names file and line."""


class Step:
    """One line: its number, its words, and what it does."""

    def __init__(self, number: int, line: str, act, arguments):
        self.number, self.line, self.act, self.arguments = number, line, act, arguments


def _seconds(word: str) -> float:
    if not word.endswith("s"):
        raise ValueError(f"{word}: seconds are written like 10s")
    try:
        value = float(word[:-1])
    except ValueError:
        raise ValueError(f"{word}: seconds are written like 10s") from None
    if not 0 <= value <= 600:
        raise ValueError(f"{word}: from 0s to 600s")
    return value


def _within(words: list, default: float):
    """(words without the time, seconds)."""
    if len(words) >= 2 and words[-2] == "within":
        return words[:-2], _seconds(words[-1])
    return words, default


class Script:
    """A checked script.  `run(lab, out)` plays it; `out(text)` prints."""

    def __init__(self, text: str, name: str = "script", keys: str = "0123456789ABCD*#"):
        self.name = name
        self._keys = keys
        self._folder = pathlib.Path(name).parent
        self.steps = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                words = shlex.split(line)
                self._line = line
                plan = getattr(self, "_plan_" + words[0].replace("-", "_"), None)
                if plan is None:
                    raise ValueError(f"{words[0]}: no such command")
                act, arguments = plan(words[1:])
            except ValueError as error:
                raise ScriptError(f"{name}:{number}: {error}") from None
            self.steps.append(Step(number, line.strip(), act, arguments))

    async def run(self, lab, out=print, step=None) -> None:
        """Play every step.  `step(step)` is told before each.  Raises ScriptFailed."""
        for each in self.steps:
            if step:
                step(each)
            try:
                await each.act(lab, out, *each.arguments)
            except asyncio.TimeoutError:
                shown = " / ".join(lab.bench.text()) if lab.bench.on else f"({_why_off(lab.bench)})"
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: not in time; the screen: {shown}") from None
            except BenchError as error:
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: {error}") from error
            except OSError as error:
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: {told(error)}") from error

    # Every _plan checks its words and gives (coroutine function, arguments).

    def _plan_wait(self, words):
        words, seconds = _within(words, _START)
        if len(words) != 1:
            raise ValueError('wait: one of idle, on, off, or a "TEXT"')
        return _wait, (words[0], seconds)

    def _plan_press(self, words):
        keys = "".join(words)
        if not keys:
            raise ValueError("press: which keys?")
        self._check_keys("press", keys)
        return _press, (keys,)

    def _plan_hold(self, words):
        if not 1 <= len(words) <= 2 or len(words[0]) != 1:
            raise ValueError("hold: one key, and how long if not 2s")
        self._check_keys("hold", words[0])
        return _hold, (words[0], _seconds(words[1]) if len(words) == 2 else 2.0)

    def _check_keys(self, what: str, keys: str) -> None:
        for key in keys:
            if key not in self._keys:
                raise ValueError(f"{what}: {key} is no key of the keypad")

    def _plan_tap(self, words):
        if not words:
            raise ValueError("tap: which card?")
        options = {}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if not equals:
                raise ValueError(f"tap: {word}: options are written name=value")
            if name in ("after", "delay_ms", "atc"):
                if not (value.isascii() and value.isdigit()):
                    raise ValueError(f"tap: {word}: a number is wanted")
                value = int(value)
            options[name] = value
        if words[0].endswith(".json"):
            path = self._folder / words[0]
            try:
                options["script"] = {"exchanges": json.loads(path.read_text(encoding="utf-8"))["exchanges"]}
            except OSError as error:
                raise ValueError(f"tap: {path}: {reason(error)}") from None
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(f"tap: {path}: not a card session ({error})") from None
        else:
            from cards import names

            if words[0] not in names():
                raise ValueError(f"tap: no card is named {words[0]}; there are: {', '.join(names())}")
            options["card"] = words[0]
        return _do, ("card", options)

    def _plan_remove(self, words):
        _nothing("remove", words)
        return _do, ("card-off", {})

    def _plan_expect(self, words):
        unwanted = words[:1] == ["not"]
        words, seconds = _within(words[1:] if unwanted else words, 0.0 if unwanted else _WITHIN)
        if not words or not all(words):
            raise ValueError('expect: [not] NAME or "WORDS" [within 10s]')
        # Names and words are told apart by quotation marks, which are gone from `words`.
        screens = screen_names.read(_EXPECTED.fullmatch(self._line)["screens"])
        return _expect, (screens, not unwanted, seconds)

    def _plan_host(self, words):
        if not words:
            raise ValueError("host: which line for its control socket?")
        return _host, (" ".join(words),)

    def _plan_cut_power(self, words):
        if words == ["now"]:
            return _power, (False, "cut")
        torn = words[2:] == ["torn"]
        kinds = {"after-write": "write", "after-net": "net"}
        if len(words) != 2 + torn or words[0] not in kinds or not words[1].isdigit() or int(words[1]) < 1:
            raise ValueError("cut-power: now, after-write N [torn], or after-net N")
        if torn and words[0] != "after-write":
            raise ValueError("cut-power: only a write can be torn")
        options = {"after": kinds[words[0]], "n": int(words[1])}
        if torn:
            options["torn"] = 0.5
        return _do, ("cut", options)

    def _plan_power(self, words):
        return _power, (_switch("power", words), "switched off")

    def _plan_wifi(self, words):
        return _do, ("wifi", {"up": _switch("wifi", words)})

    def _plan_fault(self, words):
        if not 1 <= len(words) <= 2 or (len(words) == 2 and not words[1].isdigit()):
            raise ValueError("fault: NAME [NUMBER]")
        return _do, ("fault", {"name": words[0], "value": int(words[1]) if len(words) == 2 else True})

    def _plan_screenshot(self, words):
        if len(words) != 1:
            raise ValueError("screenshot: which file?")
        if not pathlib.Path(words[0]).parent.is_dir() or pathlib.Path(words[0]).is_dir():
            raise ValueError(f"screenshot: {words[0]}: no file can be there")
        return _screenshot, (words[0],)

    def _plan_journal(self, words):
        _nothing("journal", words)
        return _journal, ()

    def _plan_say(self, words):
        return _say, (" ".join(words),)


def _nothing(what: str, words) -> None:
    if words:
        raise ValueError(f"{what}: nothing may follow")


def _switch(what: str, words) -> bool:
    if words not in (["on"], ["off"]):
        raise ValueError(f"{what}: on or off")
    return words == ["on"]


def contains(lines, text: str) -> bool:
    """Is `text` on the screen: in a line, or across lines joined with or without a blank?"""
    return text in " ".join(lines) or text in "".join(lines)


def _why_off(bench) -> str:
    """What the bench last said of the power: switched off, cut, or why the terminal could not go on."""
    for _, event in reversed(bench.events):
        if event["ev"] == "power" and not event["on"]:
            return event["why"]
    return "switched off"


async def _wait(lab, out, what: str, seconds: float) -> None:
    bench = lab.bench
    if what in ("on", "off"):
        wanted = what == "on"
        place = bench.count
        if bench.on != wanted:
            await bench.wait_event(lambda event: event["ev"] == "power" and event["on"] == wanted, seconds, place)
        return
    if what == "idle":
        await bench.wait_text(lambda shown: "HINT_IDLE" in shown.names, seconds)
    else:
        await bench.wait_text(lambda shown: contains(shown, what), seconds)


async def _press(lab, out, keys: str) -> None:
    for key in keys:
        if not await _alive(lab, "key", key=key):
            return


async def _hold(lab, out, key: str, seconds: float) -> None:
    await _alive(lab, "key", key=key, ms=int(seconds * 1000))


async def _alive(lab, what: str, **words) -> bool:
    """Do it; False when an armed power cut came in the middle, which is what the script wanted."""
    try:
        await lab.bench.do(what, **words)
    except PowerLost:
        return False
    return True


async def _do(lab, out, what: str, options: dict) -> None:
    await _alive(lab, what, **options)


async def _expect(lab, out, screens: tuple, there: bool, seconds: float) -> None:
    await lab.bench.wait_text(lambda shown: screen_names.any_of(screens, shown) == there, max(seconds, 0.05))


async def _host(lab, out, line: str) -> None:
    await lab.host(line)


async def _power(lab, out, on: bool, why: str) -> None:
    await lab.bench.do("power", on=on, why=why)


async def _screenshot(lab, out, path: str) -> None:
    await asyncio.to_thread(save, lab.bench.frame(), path)


async def _journal(lab, out) -> None:
    journal = await lab.bench.journal()
    for record in journal["records"]:
        out("{seq:>6}  {batch:06d}/{stan:06d}  {transaction:<5} {amount:>12}  {pan:<19}  {state_name}  {f39}".format(**record))
    pending = journal["pending"]
    if pending:
        out(f"pending: {pending['batch']:06d}/{pending['stan']:06d}  {pending['amount']}  {pending['pan']}")


async def _say(lab, out, text: str) -> None:
    out(text)
