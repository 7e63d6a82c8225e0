"""Breadth first over all states that the actions lead to: nothing is sampled, and the first path to a state is a shortest one."""

import functools
from collections.abc import Iterable

from campaigns import invariants

from . import claims
from .protocol import FAULTS, SUPERVISOR, Action, actions
from .state import IDLE, OFF, State, settled, terminal_of


class Broken(Exception):
    """An invariant does not hold: `invariant` is its name, `steps` the shortest way there, one sentence a step."""

    def __init__(self, invariant: str, steps: "list[str]"):
        super().__init__(f"{invariant}: " + "; ".join(steps))
        self.invariant, self.steps = invariant, steps


@functools.cache
def whole() -> "Graph":
    """All of the model as it stands.  Raises Broken."""
    return Graph(actions()).explore()


class Graph:
    """`edges[state]` is [(action, next state)]; `came[state]` the (state, action) of a shortest way, None of the start."""

    def __init__(self, table: "Iterable[Action]"):
        self._at: dict[str, list[Action]] = {}
        for action in table:
            for at in action.at:
                self._at.setdefault(at, []).append(action)
        self.start = State()
        self.came: dict[State, tuple[State, Action] | None] = {}
        self.edges: dict[State, list[tuple[Action, State]]] = {}

    def explore(self) -> "Graph":
        """To closure.  Raises Broken at the first state or step that breaks an invariant."""
        self.came[self.start] = None
        level = [self.start]
        while level:
            following = []
            for s in level:
                steps = self.edges[s] = [(action, action.then(s)) for action in self._at[s.at] if action.when(s)]
                for action, t in steps:
                    new = t not in self.came
                    wrong = claims.broken_by(s, t) or (claims.broken_in(t) if new else "")
                    if wrong:
                        raise Broken(wrong, [*self.way(s), action.name])
                    if new:
                        self.came[t] = s, action
                        following.append(t)
            level = following
        return self

    def way(self, s: State) -> "list[str]":
        """A shortest way to a state, in words."""
        return [action.name for action in self.path(s)]

    def path(self, s: State) -> "list[Action]":
        steps = []
        came = self.came[s]
        while came:
            steps.append(came[1])
            came = self.came[came[0]]
        return steps[::-1]

    @property
    def transitions(self) -> int:
        return sum(map(len, self.edges.values()))

    def flows_end(self) -> int:
        """Whatever network, flash and host do, a flow comes to its end: the most steps of the terminal in one.  Raises Broken."""
        inside: dict[tuple, set[State]] = {}
        for s in self.edges:
            if s.at not in (IDLE, OFF):
                inside.setdefault(terminal_of(s), set()).add(s)
        following = {
            mine: {terminal_of(t) for s in there for _, t in self.edges[s] if t.at not in (IDLE, OFF)} - {mine}
            for mine, there in inside.items()
        }
        return self._longest(following, lambda mine: self.way(next(iter(inside[mine]))))

    def settles(self) -> "tuple[int, int]":
        """Once faults stop, everything gets settled: (most steps that takes, states that need a supervisor).  Raises Broken.

        Not fairness but a bound: every way of faultless steps ends, and where it ends everything is settled.
        """
        owed = {s for s in self.edges if not settled(s)}
        alone = {s for s in owed if claims.needs_a_person(s)}
        following: dict[State, set[State]] = {}
        for s in owed - alone:
            onward = [
                t for action, t in self.edges[s] if action.who not in FAULTS and action.who != SUPERVISOR and _needed(s, action)
            ]
            if not onward:
                raise Broken(invariants.BOUNDED, [*self.way(s), "nothing settles it any more"])
            following[s] = {t for t in onward if t in owed and t not in alone}
        longest = self._longest(following, self.way)
        self._reach(alone)
        return longest, len(alone)

    def _reach(self, alone: "set[State]") -> None:
        """From each of these a settled state can be reached without any fault, with the supervisor's help."""
        back: dict[State, list[State]] = {}
        for s, steps in self.edges.items():
            for action, t in steps:
                if action.who not in FAULTS:
                    back.setdefault(t, []).append(s)
        found = {s for s in self.edges if settled(s)}
        open_ = list(found)
        while open_:
            for s in back.get(open_.pop(), ()):
                if s not in found:
                    found.add(s)
                    open_.append(s)
        for s in alone - found:
            raise Broken(invariants.BOUNDED, [*self.way(s), "not even a supervisor can settle it"])

    @staticmethod
    def _longest(following: dict, way) -> int:
        """The longest path of an acyclic graph, in steps.  Raises Broken naming the way to a cycle."""
        length: dict = {}
        for first in following:
            stack = [(first, iter(following[first]))] if first not in length else []
            entered = {first}
            while stack:
                s, rest = stack[-1]
                t = next((t for t in rest if t not in length), None)
                if t is None:
                    length[s] = 1 + max((length[t] for t in following[s]), default=0)
                    entered.discard(s)
                    stack.pop()
                elif t in entered:
                    raise Broken(invariants.BOUNDED, [*way(t), "and so on without end"])
                else:
                    entered.add(t)
                    stack.append((t, iter(following[t])))
        return max(length.values(), default=0)


def _needed(s: State, action: Action) -> bool:
    """Of what a person may do at idle, only what leads to the end counts as progress."""
    return s.at != IDLE or action.name == ("the settings lead back" if s.elsewhere else "a round is begun")
