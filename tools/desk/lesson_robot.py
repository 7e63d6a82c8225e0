"""A robot student: follows the `robot` lines of a lesson, chooses answers, and says at which step it got stuck.

It is how the tests play every lesson against a real bench, and how a teacher can try a new one.  It sees what a page sees
and does only what a visible, enabled control of the page would do.
"""

import asyncio

from words import screen_names

from .lesson_file import Lesson
from .lesson_view import TABS, View
from .lessons import FINISHED, LessonRun
from .terminal import Terminal

_STEP_S = 12.0
_SEE_S = 8.0
_KEY_MS = 150  # a slow finger: a busy machine may overlook a quick one
_ASK_S = 0.2
_JOINED = 1010  # network.STAT_GOT_IP of the ESP32
_IDLE = screen_names.read("HINT_IDLE")


class Stuck(Exception):
    """A step that does not come true: names lesson, step and line, and what was on the screen."""


class Robot:
    """Plays `lesson` at `terminal`.  `step_s` is the time that a step may take."""

    def __init__(self, lesson: Lesson, terminal: Terminal, step_s: float = _STEP_S):
        self.lesson, self.terminal, self._step_s = lesson, terminal, step_s
        self.seen: list = []  # every event of the lesson
        self._view = View(terminal.hello())
        self._news = asyncio.Event()

    async def play(self) -> None:
        """From the first step to the end.  Raises Stuck, DeskError."""
        terminal = self.terminal
        terminal.watchers.add(self._hear)
        await self._see(_IDLE, "before the lesson")
        run = LessonRun(self.lesson, terminal, terminal.tell)
        terminal.watchers.add(run.on_event)
        terminal.lesson = run
        task = asyncio.create_task(run.run())
        try:
            for number in range(1, len(self.lesson.steps) + 1):
                await self._step(number, task)
            await self._until(lambda event: event["state"] == FINISHED, task, len(self.lesson.steps))
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            terminal.watchers -= {run.on_event, self._hear}
            terminal.lesson = None

    async def _step(self, number: int, task) -> None:
        step = self.lesson.steps[number - 1]

        def over(event) -> bool:
            return event["step"] > number or event["state"] == FINISHED

        await self._until(lambda event: event["step"] == number, task, number)
        for act, words in step.robot:
            await self._do(act, words, number)
        if step.question:
            await self._choose(step.question, number)
        if (step.question and not step.question.name) or any(condition.kind == "pressed" for condition in step.until):
            try:
                await self._until(lambda event: event["offers"]["continue"] or over(event), task, number)
            except Stuck as stuck:
                raise Stuck(f"{stuck}; Continue is not offered") from None
            await self._use({"do": "pressed", "what": "continue"}, number)
        await self._until(over, task, number)

    def _hear(self, event: dict) -> None:
        self._view.take(event)
        if event["ev"] == "lesson":
            self.seen.append(event)
        self._news.set()

    async def _until(self, wanted, task, number: int) -> None:
        async def wait():
            while not (self.seen and wanted(self.seen[-1])):
                if task.done():
                    task.result()
                self._news.clear()
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), self._step_s)
        except asyncio.TimeoutError:
            raise Stuck(self._where(number)) from None

    def _where(self, number) -> str:
        place = f"{self.lesson.id}: {number}"
        if isinstance(number, int):
            step = self.lesson.steps[number - 1]
            waits = "; ".join(condition.line for condition in step.until)
            place = f"{self.lesson.id}.txt:{step.line}: step {number}: until {waits or 'answered'}"
        return f"{place}: not in time; the screen: {' / '.join(self._view.text)}"

    async def _see(self, screens, where) -> None:
        try:
            await self.terminal.bench.wait_text(lambda lines: screen_names.any_of(screens, lines), _SEE_S)
        except asyncio.TimeoutError:
            raise Stuck(f"{self._where(where)}; another screen is wanted") from None

    async def _use(self, command: dict, number: int) -> None:
        """Use a control.  Raises Stuck when the page has none for it."""
        if not self._view.offers(command):
            raise Stuck(f"{self._where(number)}; no control of the page offers {command}")
        await self.terminal.command(command)

    async def _do(self, act: str, words, number: int) -> None:
        if act == "press":
            for key in words:
                await self._use({"do": "key", "key": key, "ms": _KEY_MS}, number)
        elif act == "hold":
            await self._use({"do": "key", "key": words, "ms": 2000}, number)
        elif act == "tap":
            await self._use({"do": "card", "card": words}, number)
        elif act == "remove":
            await self._use({"do": "card-off"}, number)
        elif act == "power":
            await self._use({"do": "power", "on": words}, number)
        elif act == "wifi":
            await self._use({"do": "wifi", "up": words}, number)
        elif act == "online":
            await self._online(number)
        elif act == "see":
            await self._see(words, number)
        elif act == "open":
            await self._open(words, number)

    async def _open(self, what: str, number: int) -> None:
        """A tab, or the newest entry of the wire that shows it."""
        if what.lower() in TABS:
            await self._use({"do": "opened", "what": what.lower()}, number)
            return
        entry = self._view.entry(what)
        if entry is None:
            raise Stuck(f"{self._where(number)}; the wire shows no {what}")
        await self._use({"do": "opened", "entry": entry}, number)

    async def _online(self, number: int) -> None:
        """Wait until the terminal has joined the Wi-Fi."""
        for _ in range(int(_SEE_S / _ASK_S)):
            if (await self.terminal.bench.do("state")).get("wifi") == _JOINED:
                return
            await asyncio.sleep(_ASK_S)
        raise Stuck(f"{self._where(number)}; the Wi-Fi has not come back")

    async def _choose(self, question, number: int) -> None:
        """A wrong choice first where that is allowed, then the right one."""
        wrong = next(at for at, choice in enumerate(question.choices) if not choice.right)
        right = next(at for at, choice in enumerate(question.choices) if choice.right)
        for choice in (right,) if question.name else (wrong, right):
            await self._use({"do": "answer", "choice": choice}, number)
