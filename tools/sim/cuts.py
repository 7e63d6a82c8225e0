"""Cuts of cuts: the power fails at every step of every kind of act, and again at every step of the start that follows.

Nothing is played twice: at each step at which the power may fail all that would be left is kept (`stand.Moment`), and a life goes
on from there.  Moments that are alike are lived once.
"""

import dataclasses
import itertools
import random
import time
from collections.abc import Iterator

from .base import Base
from .judge import Violation
from .kinds import KINDS, Kind
from .littlefs import FileSystem
from .stand import Cut, Stand, Told
from .tears import sampled

_RESERVE = "/data/reserve"  # adapters/store.py
DEEP = (3, 5)  # cuts of a sampled history


@dataclasses.dataclass(frozen=True)
class Found:
    """A history in which an invariant fell: `path` the numbers of its cuts, or the seed of a sampled one; `story` in words."""

    kind: str
    path: str
    violations: "tuple[Violation, ...]"
    story: "tuple[str, ...]"


@dataclasses.dataclass
class Outcome:
    """What was tried of one kind: `points` a depth, and how many `distinct` ones; histories sampled; lives, and the processor's
    `seconds` for them.
    """

    kind: str
    points: "list[int]"
    distinct: "list[int]"
    samples: int = 0
    lives: int = 0
    seconds: float = 0.0
    found: "list[Found]" = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        told = [
            f"depth {depth}: {points} points, {distinct} distinct"
            for depth, (points, distinct) in enumerate(zip(self.points, self.distinct), 1)
        ]
        told += [f"{self.samples} samples"] if self.samples else []
        told += [f"violations: {len(self.found)}", f"{self.lives} lives of {self.each_ms:.1f} ms"]
        return f"{self.kind}: {'; '.join(told)}"

    def add(self, other: "Outcome") -> None:
        for name in ("points", "distinct"):
            mine, more = getattr(self, name), getattr(other, name)
            setattr(self, name, [one + two for one, two in itertools.zip_longest(mine, more, fillvalue=0)])
        for name in ("samples", "lives", "seconds", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def each_ms(self) -> float:
        return 1000 * self.seconds / max(self.lives, 1)


class Runner:
    """One kind of act on a stand, played once."""

    def __init__(self, kind: Kind, base: Base, volatile: bool = False):
        self.kind = kind
        self.stand = Stand(kind.plan(volatile), base)
        self.stand.after = kind.after
        self.cuts: list[Cut] = []
        self.found: list[Found] = []
        self.lives = 0
        self._play()

    def _play(self) -> None:
        stand = self.stand
        if self.kind.bare:
            FileSystem(stand.board.flash).remove(_RESERVE)
        stand.first_life()
        for act in self.kind.before:
            stand.play_act(act)
        stand.notes.clear()
        if self.kind.act:
            stand.watched = self.cuts.append
            stand.play_act(self.kind.act)
        else:
            moment = stand.moment()
            stand.board.switch_off()
            stand.watched = self.cuts.append
            stand.live(moment)
        stand.see_through()
        self._judged("", None)

    def explore(self, depth: int, most: "int | None" = None) -> Outcome:
        """Every point to this depth; `most`: only so many distinct ones of each life, evenly spread."""
        outcome = Outcome(self.kind.name, [0] * depth, [0] * depth)
        begun = time.process_time()
        self._below(self.cuts, (), depth, most, outcome, {})
        return self._ended(outcome, begun)

    def _below(
        self, cuts: "list[Cut]", path: "tuple[int, ...]", depth: int, most: "int | None", outcome: Outcome, seen: "dict[int, int]"
    ) -> None:
        """`seen`: how deep has been looked below the moments of a mark."""
        level = len(path)
        outcome.points[level] += len(cuts)
        new = []
        for cut in cuts:
            if seen.get(cut.moment.mark, 0) < depth:
                seen[cut.moment.mark] = depth
                new.append(cut)
        outcome.distinct[level] += len(new)
        for cut in _spread(new, most):
            mine: list[Cut] = []
            self.stand.watched = mine.append if depth > 1 else None
            here = (*path, cut.number)
            if self._live(cut, ".".join(map(str, here))) and depth > 1:
                self._below(mine, here, depth - 1, most, outcome, seen)

    def sample(self, seeds: "Iterator[int] | range") -> Outcome:
        """For each seed a history of some cuts, torn as the chance has it, in the sales that follow too."""
        outcome = Outcome(self.kind.name, [], [])
        begun = time.process_time()
        for seed in seeds:
            self.walk(seed)
            outcome.samples += 1
        return self._ended(outcome, begun)

    def walk(self, seed: int) -> "list[str]":
        """The history of a seed, and its story."""
        lines: list[str] = []
        chance = random.Random(seed)
        cut = chance.choice(self.cuts)
        self.stand.tears = lambda op: [sampled(op, chance, volatile=self.stand.board.flash.volatile)]
        try:
            for _ in range(chance.randint(*DEEP)):
                one = _OneOf(chance)
                self.stand.watched = one
                held = self._live(cut, f"seed {seed}", whole=True)
                lines = [*cut.told.lines(), *self.stand.notes]
                if not held or one.cut is None:
                    break
                cut = one.cut
        finally:
            self.stand.tears = self.stand.every_way
        return lines

    def replay(self, path: "list[int]") -> "list[str]":
        """The story of a history of cuts by their numbers.  Raises ValueError where there is no such cut."""
        cuts, lines = self.cuts, []
        for at, number in enumerate(path):
            if not 0 <= number < len(cuts):
                raise ValueError(f"{self.kind.name}: there are {len(cuts)} cuts at depth {at + 1}, so none is {number}")
            cut, cuts = cuts[number], []
            self.stand.watched = cuts.append
            self._live(cut, ".".join(map(str, path[: at + 1])))
            lines = [*cut.told.lines(), *self.stand.notes]
        return lines

    def _live(self, cut: Cut, path: str, whole: bool = False) -> bool:
        """Go on from a cut; has everything held?"""
        self.stand.live(cut.moment, cut.told)
        self.stand.see_through(whole)
        return self._judged(path, cut.told)

    def _judged(self, path: str, told: "Told | None") -> bool:
        self.lives += 1
        violations = tuple(self.stand.judge.violations)
        if violations:
            story = (*(told.lines() if told else ()), *self.stand.notes)
            self.found.append(Found(self.kind.name, path, violations, story))
        return not violations

    def _ended(self, outcome: Outcome, begun: float) -> Outcome:
        outcome.seconds = time.process_time() - begun
        outcome.lives, self.lives = self.lives, 0
        outcome.found, self.found = self.found, []
        return outcome


class _OneOf:
    """Of the cuts that it is given one, each as likely as the others."""

    def __init__(self, chance: random.Random):
        self._chance = chance
        self._count = 0
        self.cut: Cut | None = None

    def __call__(self, cut: Cut) -> None:
        self._count += 1
        if self._chance.randrange(self._count) == 0:
            self.cut = cut


def _spread(cuts: "list[Cut]", most: "int | None") -> "list[Cut]":
    if most is None or most >= len(cuts):
        return cuts
    return [cuts[at * len(cuts) // most] for at in range(most)]


def named(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)
