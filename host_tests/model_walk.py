"""The real flows on a stage, led along the model: at every port the model says what the world does, and what the code may do.

After each step flash, memory and what was told are those of the model's state, or the walk stops with what differs.
"""

import functools

import stage
from expect import run
from stage import Disk, PlainSeal, PowerCut, Stage, Trouble

from model import state as m
from model.explore import Graph
from model.protocol import NOBODY_ANSWERS, OUTSIDE, Action
from taptill.adapters.store import FlashStore
from taptill.core.journal import pending as pendings
from taptill.core.journal import record as records
from taptill.core.profiles import cn_pos as profile
from taptill.flows import result, reversal, sale, void
from taptill.ports import HostTimeout, LinkDown, StoreError

_AMOUNT = 1250
_INTENT = {pendings.SENT: m.SENT, pendings.REVERSING: m.REVERSING, pendings.ASKING: m.ASKING}
_RECORD = {
    records.APPROVED: m.APPROVED,
    records.DECLINED: m.DECLINED,
    records.UNSENT: m.UNSENT,
    records.REVERSED: m.REVERSED,
    records.NOT_FOUND: m.REVERSED,
    records.NOT_APPROVED: m.REVERSED,
    records.MANUAL: m.MANUAL,
}
_TOLD = {
    result.APPROVED: m.APPROVED,
    result.DECLINED: m.DECLINED,
    result.NOT_SENT: m.UNSENT,
    result.REVERSED: m.REVERSED,
    result.UNKNOWN: m.UNKNOWN,
    result.MANUAL: m.MANUAL,
}
_WRITES = {"pending": ("the intent is saved", "the decision is saved", "the round's decision is saved", "the try is noted"),
           "journal.": ("the end is recorded",)}  # fmt: skip
_LEAVES = {"0200": "the 0200 leaves", "0400": "the 0400 leaves", "0820": "the 0820 leaves"}
_UNASKED = ("a first try", "it belongs to another host", "the host's word is known")  # the code decides these by itself
_NO_CONNECTION = ("no connection", "0400: no connection", "0820: no connection")
_OWNERS = (b"one", b"two")
_CUT = "the power fails"


@functools.lru_cache(1 << 15)
def _mac(data: bytes, mac=stage.mac) -> bytes:
    return mac(data)


stage.mac = lambda data: _mac(bytes(data))  # the same frames come again and again, and DES in Python is slow


class WalkEnds(BaseException):
    """There is nothing new within reach: this walk is over."""


class Differs(AssertionError):
    """The code does something else than the model."""


class Ahead:
    """Where to go next: to the nearest step of the terminal that no walk has taken yet.

    `left` are those, as (terminal before, action, terminal after), each with the first state that takes it; `all` is how many
    there were.
    """

    _FAR = 300  # states looked at from where a walk stands, before another one is begun

    def __init__(self, graph: Graph):
        self.graph = graph
        self._steps: dict[m.State, list[tuple]] = {}  # (action, next state, its step)
        self.left: dict[tuple, m.State] = {}
        mine = {s: m.terminal_of(s) for s in graph.edges}
        for s, edges in graph.edges.items():
            self._steps[s] = [
                (action, t, () if action.who in OUTSIDE else (mine[s], action.name, mine[t])) for action, t in edges
            ]
            for _, _, step in self._steps[s]:
                if step:
                    self.left.setdefault(step, s)
        self.all = len(self.left)
        self._other = False
        self._farthest = list(self.left.items())  # the last ones are the farthest: the graph was explored breadth first

    def take(self, s: m.State, action: Action, t: m.State) -> None:
        self.left.pop((m.terminal_of(s), action.name, m.terminal_of(t)), None)

    def other_way(self) -> bool:
        """Every second time: of two ways in which the world does the same."""
        self._other = not self._other
        return self._other

    def way(self, s: m.State) -> "list[tuple[Action, m.State]]":
        """The steps to the nearest new one, that one included.  Raises WalkEnds."""
        came: dict[m.State, tuple | None] = {s: None}
        queue = [s]
        for here in queue:
            for action, t, step in self._steps[here]:
                if step in self.left:
                    return [*_back(came, here), (action, t)]
                if t not in came and len(came) < self._FAR:
                    came[t] = here, action
                    queue.append(t)
        raise WalkEnds

    def far_way(self) -> "list[tuple[Action, m.State]]":
        """From the start to one of those that are left, the farthest first."""
        while self._farthest[-1][0] not in self.left:
            self._farthest.pop()
        wanted, s = self._farthest[-1]
        steps = []
        here = self.graph.start
        for action in self.graph.path(s):
            here = action.then(here)
            steps.append((action, here))
        return [*steps, next((action, t) for action, t, step in self._steps[s] if step == wanted)]


def _back(came: dict, s: m.State) -> list:
    steps = []
    while came[s]:
        before, action = came[s]
        steps.append((action, s))
        s = before
    return steps[::-1]


class Walk:
    """One walk of one terminal; `done` are the sentences of its steps, for the report of a difference."""

    def __init__(self, ahead: Ahead):
        self._ahead = ahead
        self._plan = ahead.far_way()
        self.state = ahead.graph.start
        self.done: list[str] = []
        self._stan = 0
        self._asked = None  # the 0200, parsed
        self._owner = 0
        self._link_gone = self._refuse_marks = False
        self._led = False
        self._content: dict | None = None
        self._found: tuple = (None, {})
        self._on(Stage())

    def go(self, most: int) -> None:
        """So many steps, or until nothing new is near.  Raises Differs."""
        try:
            while len(self.done) < most:
                try:
                    self._act(self._next())
                except PowerCut:
                    self._led = False
        except WalkEnds:
            return
        except AssertionError as error:
            raise Differs(f"{error}\n" + "\n".join(self.done)) from error

    # What the model says ---------------------------------------------------------------------

    def _next(self) -> Action:
        """The next step that the terminal notices; the others are taken on the way."""
        while True:
            if not self._plan:
                self._plan = self._ahead.way(self.state)
            action = self._plan[0][0]
            if action.who in OUTSIDE or action.name in _UNASKED:
                self._take()
                continue
            return action

    def _take(self) -> Action:
        action, after = self._plan.pop(0)
        self._ahead.take(self.state, action, after)
        self.state = after
        self.done.append(action.name)
        return action

    def _at_port(self, memory: bool = False) -> str:
        """Name of the next step, after a comparison; raises PowerCut when that is what comes."""
        before = self.state
        action = self._next()
        self._compare(self.state if self.state.at == before.at else before, memory)
        if action.name == _CUT:
            self._take()
            raise PowerCut
        return action.name

    def _must(self, name: str, *allowed: str) -> None:
        assert name in allowed, f"the code: {' or '.join(allowed)}; the model: {name}"

    def _compare(self, s: m.State, memory: bool) -> None:
        open_, journal = self._on_flash()
        if not self._stan and open_:
            self._stan = open_.stan
        record = journal.get(self._stan, m.NONE)
        assert (_INTENT[open_.state] if open_ else m.NONE) == (s.intent if m.is_open(s) else m.NONE), ("open on flash", open_, s)
        assert record == s.record, ("journal", record, s)
        assert not open_ or open_.trust == pendings.WHOLE, ("trust", open_.trust, s)
        if memory:
            known = self.stage.store.pending()
            assert (_INTENT[known.state] if known else m.NONE) == s.mind, ("open in memory", known and known.state, s)
            assert self.stage.store.in_doubt() == s.doubt, ("in doubt", s)
            assert bool(known and known.ending) == s.ending, ("ending", s)

    def _on_flash(self) -> tuple:
        """(open intent or None, how each trace ended) as a start would find them."""
        if self._content != self.stage.content:
            self._content = dict(self.stage.content)
            flash = FlashStore(Disk(dict(self._content), Trouble()), PlainSeal())
            flash.open()
            self._found = flash.pending(), {one.stan: _RECORD[one.state] for one in flash.records()}
        return self._found

    # Acts of persons, and the power ----------------------------------------------------------

    def _act(self, action: Action) -> None:
        name = action.name
        before = self.state.told
        if name == _CUT:
            self._take()
            return
        self._compare(self.state, self.state.at == m.IDLE)
        if name.startswith("the settings"):
            self._take()
            self._owner = 1 - self._owner
            self._own()
            return
        if name == "power on":
            self._take()
            self._on(self.stage.again())
            if self.state.at == m.ROUND:
                self._flow(before, reversal.recover(self.stage.t))
            elif self.state.at == m.TELL:
                self._finish(before, result.again(self.stage.store.unseen()))
            return
        t = self.stage.t
        if name.endswith(" begins"):
            if name == "a void begins":
                assert run(sale.sale(t, _AMOUNT)).end == result.APPROVED
                self.stage.store.note_seen()
            standing = self.stage.store.last()
            assert standing or name == "a sale begins", "the sale that is to be voided is not in the journal"
            self._take()
            self._stan, self._asked = 0, None
            self._flow(m.NONE, sale.sale(t, _AMOUNT) if name == "a sale begins" else void.void(t, standing.stan))
        elif name == "a round is begun":
            self._take()
            self._flow(before, reversal.settle_pending(t))
        elif name == "a person asks the host":
            self._take()
            self._flow(before, self._person_asks())
        else:
            self._must(name, "a supervisor takes it over")
            self._take()
            self._flow(before, self._taken_over())

    async def _person_asks(self) -> "result.Result | None":
        return (await reversal.ask(self.stage.t, self.stage.store.pending()))[1]

    async def _taken_over(self) -> "result.Result | None":
        try:
            return reversal.move_to_manual(self.stage.t, 1)
        except StoreError:
            return None

    def _flow(self, told: str, coroutine) -> None:
        self._led = True
        try:
            ended = run(coroutine)
        finally:
            self._led = False
        self._finish(told, ended)

    def _finish(self, told: str, ended: "result.Result | None") -> None:
        """The flow is over: so is the model's, and both tell the same."""
        while self.state.at != m.IDLE:
            name = self._next().name
            if self.state.at == m.IDLE:
                break  # the code's own decision was the end of it
            self._must(name, "the end is told", _CUT)
            self._take()
            if name == _CUT:
                return
        self._compare(self.state, True)
        said = _TOLD[ended.end] if ended else told
        assert said == self.state.told, f"told {said}, the model {self.state.told}"
        self.stage.store.note_seen()

    # The ports -------------------------------------------------------------------------------

    def _on(self, stage: Stage) -> None:
        self.stage = stage
        stage.keys.master = False  # no sign-on: keys are no part of the model
        bank, disk = stage.bank, stage.disk
        bank.link_up = self._if_led(self._link_up, bank.link_up)
        bank.connect = self._if_led(self._connect, bank.connect)
        bank.exchange = self._if_led(self._exchange, bank.exchange)
        self._put = {"write": disk.write, "append": disk.append}
        disk.write = lambda name, data: self._write("write", name, data)
        disk.append = lambda name, data: self._write("append", name, data)
        self._own()

    def _own(self) -> None:
        self.stage.t.owner = type("Owner", (), {"mark": _OWNERS[self._owner]})()

    def _if_led(self, led, free):
        async def port(*args):
            return await (led if self._led else free)(*args)

        return port

    def _write(self, how: str, name: str, data) -> "int | None":
        """Returns what the disk's own does."""
        steps = next((steps for start, steps in _WRITES.items() if name.startswith(start)), ())
        if not self._led or not steps:
            return self._beside(how, name, data)
        step = self._at_port()
        self._must(step.split(": ")[-1], *steps)
        self._take()
        done = None if step.startswith("flash refuses:") else self._put[how](name, data)
        if step == "flash refuses and keeps: the intent is saved" and self._ahead.other_way():
            self._refuse_marks = True  # without them nothing may leave either
        elif step.startswith("flash refuses"):
            raise StoreError(name + ": refused")
        return done

    def _beside(self, how: str, name: str, data) -> "int | None":
        """Counter, marks, reserve, seen: no steps of the model; the power may fail before them as well as at the next step."""
        if self._led and self._next().name == _CUT and self._ahead.other_way():
            self._at_port()
        if self._refuse_marks:
            self._refuse_marks = False
            raise StoreError(name + ": refused")
        return self._put[how](name, data)

    async def _link_up(self, timeout_ms: int) -> bool:
        if self._link_gone:
            self._link_gone = False
            return False
        if self._at_port(True) != "no network":
            return True
        if timeout_ms:
            self._take()
        return False

    async def _connect(self) -> None:
        name = self._at_port(True)
        if name in _NO_CONNECTION or name == "the network goes: that was no try":
            self._take()
            self._link_gone = name not in _NO_CONNECTION
            raise LinkDown("host: refused", False, LinkDown.REFUSED)

    async def _exchange(self, request, accept, timeout_ms: int):
        ask = profile.parse(bytes(request))
        name = self._at_port(True)
        if name == "the link is gone before a byte left":
            self._take()
            raise LinkDown("host: gone", False)
        self._must(name, _LEAVES[ask.mti])
        self._take()
        if ask.mti == "0200":
            self._asked = ask
            assert int(ask.fields[11]) == self._stan, "the intent on flash has another trace"
        while True:
            name = self._at_port(True)
            if name.endswith("left aside"):
                self._take()
                late = name == "a late 0210 is left aside"
                frame = self._frame(self._asked, self.state.late) if late else self._frame(ask, "00", "stan")
                assert accept(frame) is None, name
            elif name.endswith("is taken"):
                answer = self.state.answer
                self._take()
                value = accept(self._frame(ask, answer))
                assert value is not None, name
                return value
            else:
                break
        why = name.split(": ", 1)[-1]
        self._must(why, *NOBODY_ANSWERS)
        self._take()
        self._nobody_answers(ask, accept, NOBODY_ANSWERS.index(why))

    def _nobody_answers(self, ask, accept, why: int) -> None:
        if why == 0:
            raise HostTimeout("host: no answer")
        if why == 1:
            raise LinkDown("host: broken", True)
        other = {"0200": "field 49 840", "0400": "field 4 000000000001", "0820": "field 4 000000000001"}[ask.mti]
        accept(self._frame(ask, "00", "bad-mac" if why == 2 else other))
        raise AssertionError("the code takes it: " + NOBODY_ANSWERS[why])

    def _frame(self, ask, answer: str, fault: str = "") -> bytearray:
        """The answer to `ask`: an F39, or of an inquiry the letter of its word."""
        extra = {38: "A00001"} if ask.mti == "0200" else {}
        code = answer
        if ask.mti == "0820" and len(answer) == 1:
            code = {"N": "25", "?": "96"}.get(answer, "00")
            extra[63] = "%s%012d%12s" % (answer, _AMOUNT, "")
        return self.stage.bank._answer(ask, code, extra, fault, True)[0]
