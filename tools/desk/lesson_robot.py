"""A robot student: follows the `robot` lines of a lesson, chooses answers, and says at which step it got stuck.

It is how the tests play every lesson against a real bench, and how a teacher can try a new one.  It sees what a page sees
and does only what a visible, enabled control of the page would do.
"""

import asyncio
from collections.abc import Awaitable, Callable

from play.acts import Act, perform
from play.lab_port import reach, see
from words import screen_names

from .lesson_acts import OPEN, TerminalPort
from .lesson_file import Lesson, Question
from .lesson_view import TABS, View
from .lessons import FINISHED, LessonRun
from .terminal import Terminal

_STEP_S = 12.0
_IDLE_S = 8.0


class Stuck(Exception):
    """A step that does not come true: names lesson, step and line, and what was on the screen."""


class Robot(TerminalPort):
    """Plays `lesson` at `terminal`.  `step_s` is the time that a step may take."""

    def __init__(self, lesson: Lesson, terminal: Terminal, step_s: float = _STEP_S):
        super().__init__(self._use_control)
        self.lesson, self.terminal, self._step_s = lesson, terminal, step_s
        self._at = 0  # the step, from 1 on; 0 before the lesson
        self.seen: list = []  # every event of the lesson
        self._view = View(terminal.hello())
        self._news = asyncio.Event()

    async def play(self) -> None:
        """From the first step to the end.  Raises Stuck, DeskError."""
        terminal = self.terminal
        terminal.watchers.add(self._hear)
        await self.wait("idle", _IDLE_S)
        run = LessonRun(self.lesson, terminal, terminal.tell)
        terminal.watchers.add(run.on_event)
        terminal.lesson = run
        task = asyncio.create_task(run.run())
        try:
            for number in range(1, len(self.lesson.steps) + 1):
                self._at = number
                await self._step(task)
            await self._until(lambda event: event["state"] == FINISHED, task)
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            terminal.watchers -= {run.on_event, self._hear}
            terminal.lesson = None

    async def _step(self, task: asyncio.Task) -> None:
        number, step = self._at, self.lesson.steps[self._at - 1]

        def over(event: dict) -> bool:
            return event["step"] > number or event["state"] == FINISHED

        await self._until(lambda event: event["step"] == number, task)
        for act in step.robot:
            await self._do(act)
        if step.question:
            await self._choose(step.question)
        if (step.question and not step.question.name) or any(condition.kind == "pressed" for condition in step.until):
            try:
                await self._until(lambda event: event["offers"]["continue"] or over(event), task)
            except Stuck as stuck:
                raise Stuck(f"{stuck}; Continue is not offered") from None
            await self._use({"do": "pressed", "what": "continue"})
        await self._until(over, task)

    def _hear(self, event: dict) -> None:
        self._view.take(event)
        if event["ev"] == "lesson":
            self.seen.append(event)
        self._news.set()

    async def _until(self, wanted: Callable[[dict], bool], task: asyncio.Task) -> None:
        async def heard() -> None:
            while not (self.seen and wanted(self.seen[-1])):
                if task.done():
                    task.result()
                self._news.clear()
                await self._news.wait()

        await self._in_time(asyncio.wait_for(heard(), self._step_s))

    async def _in_time(self, waiting: Awaitable[object], why: str = "") -> None:
        """Raises Stuck when `waiting` has waited too long."""
        try:
            await waiting
        except asyncio.TimeoutError:
            raise Stuck(self._where() + why) from None

    def _where(self) -> str:
        place = f"{self.lesson.id}: before the lesson"
        if self._at:
            step = self.lesson.steps[self._at - 1]
            waits = "; ".join(condition.line for condition in step.until)
            place = f"{self.lesson.id}.txt:{step.line}: step {self._at}: until {waits or 'answered'}"
        return f"{place}: not in time; the screen: {' / '.join(self._view.text)}"

    # acts -----------------------------------------------------------------------------------

    async def _use_control(self, command: dict) -> None:
        """Raises Stuck when the page has no control for it."""
        if not self._view.offers(command):
            raise Stuck(f"{self._where()}; no control of the page offers {command}")
        await self.terminal.command(command)

    async def expect(self, screens: tuple[screen_names.Seen, ...], there: bool, seconds: float) -> None:
        await self._in_time(see(self.terminal.bench, screens, there, seconds), "; another screen is wanted")

    async def wait(self, state: str, seconds: float) -> None:
        await self._in_time(reach(self.terminal.bench, state, seconds), f"; it is not {state}")

    async def _do(self, act: Act) -> None:
        if act.name == OPEN:
            await self._open(act.words[0])
        else:
            await perform(act, self)

    async def _open(self, what: str) -> None:
        """A tab, or the newest entry of the wire that shows it."""
        if what.lower() in TABS:
            await self._use({"do": "opened", "what": what.lower()})
            return
        entry = self._view.entry(what)
        if entry is None:
            raise Stuck(f"{self._where()}; the wire shows no {what}")
        await self._use({"do": "opened", "entry": entry})

    async def _choose(self, question: Question) -> None:
        """A wrong choice first where that is allowed, then the right one."""
        wrong = next(at for at, choice in enumerate(question.choices) if not choice.right)
        right = next(at for at, choice in enumerate(question.choices) if choice.right)
        for choice in (right,) if question.name else (wrong, right):
            await self._use({"do": "answer", "choice": choice})
