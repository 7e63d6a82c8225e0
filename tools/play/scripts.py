"""Bench scripts: plain text, one act a line (acts.py), and what only a script does: screenshot, journal, say.  See README.md.

A whole script is checked before its first line runs.
"""

import asyncio
import pathlib
import shlex
from collections.abc import Callable

from rig.bench_watch import Watched
from rig.failures import told
from rig.lab import Lab
from rig.pictures import save
from rig.supervisor import BenchError, PowerLost

from . import acts
from .lab_port import LabPort

_WAITING = ("expect", "wait")
_OWN = ("screenshot", "journal", "say")


class ScriptError(Exception):
    """A script that cannot be read: names file and line."""


class ScriptFailed(Exception):
    """An expectation that did not come true, or an act that the bench refused: names file and line."""


class Step:
    """One line: its number, its text, and the act that it is."""

    def __init__(self, number: int, line: str, act: acts.Act):
        self.number, self.line, self.act = number, line, act


class Script:
    """A checked script.  `run(lab, out)` plays it; `out(text)` prints.  Raises ScriptError."""

    def __init__(self, text: str, name: str = "script"):
        self.name = name
        self.steps: list[Step] = []
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                act = _own(line) or acts.parse(line, pathlib.Path(name).parent, _OWN)
            except ValueError as error:
                raise ScriptError(f"{name}:{number}: {error}") from None
            self.steps.append(Step(number, line.strip(), act))

    async def run(self, lab: Lab, out: Callable[[str], object] = print, step: Callable[[Step], object] | None = None) -> None:
        """Play every step.  `step(step)` is told before each.  Raises ScriptFailed."""
        port = LabPort(lab)
        for each in self.steps:
            if step:
                step(each)
            try:
                await _play(each.act, port, lab, out)
            except asyncio.TimeoutError:
                shown = " / ".join(lab.bench.text()) if lab.bench.on else f"({_why_off(lab.bench)})"
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: not in time; the screen: {shown}") from None
            except BenchError as error:
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: {error}") from error
            except OSError as error:
                raise ScriptFailed(f"{self.name}:{each.number}: {each.line}: {told(error)}") from error


def contains(lines: list[str], text: str) -> bool:
    """Is `text` on the screen: in a line, or across lines joined with or without a blank?"""
    return text in " ".join(lines) or text in "".join(lines)


def _own(line: str) -> acts.Act | None:
    """The act in a line that only scripts have; None for any other.  Raises ValueError."""
    name, *words = shlex.split(line)
    if name not in _OWN:
        return None
    if name == "journal":
        acts.nothing(name, words)
    elif name == "say":
        words = [" ".join(words)]
    elif len(words) != 1:
        raise ValueError("screenshot: which file?")
    elif not pathlib.Path(words[0]).parent.is_dir() or pathlib.Path(words[0]).is_dir():
        raise ValueError(f"screenshot: {words[0]}: no file can be there")
    return acts.Act(name, tuple(words))


async def _play(act: acts.Act, port: LabPort, lab: Lab, out: Callable[[str], object]) -> None:
    if act.name == "say":
        out(act.words[0])
    elif act.name == "screenshot":
        await asyncio.to_thread(save, lab.bench.frame(), act.words[0])
    elif act.name == "journal":
        await _journal(lab, out)
    else:
        try:
            await acts.perform(act, port)
        except PowerLost:
            if act.name in _WAITING:
                raise
            # Otherwise an armed power cut came in the middle of the act, which is what the script wanted.


def _why_off(bench: Watched) -> str:
    """What the bench last said of the power: switched off, cut, or why the terminal could not go on."""
    for _, event in reversed(bench.events):
        if event["ev"] == "power" and not event["on"]:
            return event["why"]
    return "switched off"


async def _journal(lab: Lab, out: Callable[[str], object]) -> None:
    journal = await lab.bench.journal()
    for record in journal["records"]:
        out("{seq:>6}  {batch:06d}/{stan:06d}  {transaction:<5} {amount:>12}  {pan:<19}  {state_name}  {f39}".format(**record))
    pending = journal["pending"]
    if pending:
        out(f"pending: {pending['batch']:06d}/{pending['stan']:06d}  {pending['amount']}  {pending['pan']}")
