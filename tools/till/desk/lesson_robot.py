"""A robot student: follows the `robot` lines of a lesson, chooses answers, and says at which step it got stuck.

It is how the tests play every lesson against a real bench, and how a teacher can try a new one.
"""

import asyncio

from .lesson_file import Lesson
from .lessons import FINISHED, LessonRun
from .terminal import Terminal

_STEP_S = 12.0
_SEE_S = 8.0
_KEY_MS = 150  # a slow finger: a busy machine may overlook a quick one
_ASK_S = 0.2
_JOINED = 1010  # network.STAT_GOT_IP of the ESP32


class Stuck(Exception):
    """A step that does not come true: names lesson, step and line, and what was on the screen."""


class Robot:
    """Plays `lesson` at `terminal`.  `step_s` is the time that a step may take."""

    def __init__(self, lesson: Lesson, terminal: Terminal, step_s: float = _STEP_S):
        self.lesson, self.terminal, self._step_s = lesson, terminal, step_s
        self.seen: list = []  # every event of the lesson
        self._news = asyncio.Event()

    async def play(self) -> None:
        """From the first step to the end.  Raises Stuck, DeskError."""
        terminal = self.terminal
        await self._see(("Type an amount", "请输入金额"), "before the lesson")
        run = LessonRun(self.lesson, terminal, self._hear)
        terminal.watchers.add(run.on_event)
        terminal.lesson = run
        task = asyncio.create_task(run.run())
        try:
            for number, step in enumerate(self.lesson.steps, 1):
                await self._until(lambda event: event["step"] == number, task, number)
                for act, words in step.robot:
                    await self._do(act, words, number)
                if step.question:
                    await self._choose(run, step.question)
                if self.seen[-1]["step"] == number:
                    await self._continue(run, number)
                    await self._until(lambda event: event["step"] > number or event["state"] == FINISHED, task, number)
            await self._until(lambda event: event["state"] == FINISHED, task, len(self.lesson.steps))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            terminal.watchers.discard(run.on_event)
            terminal.lesson = None

    def _hear(self, event: dict) -> None:
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
        return f"{place}: not in time; the screen: {' / '.join(self.terminal.bench.text())}"

    async def _see(self, words, where) -> None:
        def there(lines):
            return any(word in " ".join(lines) or word in "".join(lines) for word in words)

        try:
            await self.terminal.bench.wait_text(there, _SEE_S)
        except asyncio.TimeoutError:
            raise Stuck(f"{self._where(where)}; wanted: {' or '.join(words)}") from None

    async def _do(self, act: str, words, number: int) -> None:
        command = self.terminal.command
        if act == "press":
            for key in words:
                await command({"do": "key", "key": key, "ms": _KEY_MS})
        elif act == "hold":
            await command({"do": "key", "key": words, "ms": 2000})
        elif act == "tap":
            await command({"do": "card", "card": words})
        elif act == "remove":
            await command({"do": "card-off"})
        elif act == "power":
            await command({"do": "power", "on": words})
        elif act == "wifi":
            await command({"do": "wifi", "up": words})
        elif act == "online":
            await self._online(number)
        elif act == "see":
            await self._see((words,), number)
        elif act == "open":
            await command({"do": "opened", "what": words})

    async def _online(self, number: int) -> None:
        """Wait until the terminal has joined the Wi-Fi."""
        for _ in range(int(_SEE_S / _ASK_S)):
            if (await self.terminal.bench.do("state")).get("wifi") == _JOINED:
                return
            await asyncio.sleep(_ASK_S)
        raise Stuck(f"{self._where(number)}; the Wi-Fi has not come back")

    async def _choose(self, run: LessonRun, question) -> None:
        """A wrong choice first where that is allowed, then the right one."""
        wrong = next(number for number, choice in enumerate(question.choices) if not choice.right)
        right = next(number for number, choice in enumerate(question.choices) if choice.right)
        for number in (right,) if question.name else (wrong, right):
            await self.terminal.command({"do": "answer", "choice": number})

    async def _continue(self, run: LessonRun, number: int) -> None:
        """Press the button where there is one."""
        step = self.lesson.steps[number - 1]
        asked = step.question and not step.question.name
        if asked or any(condition.kind == "pressed" for condition in step.until):
            await self.terminal.command({"do": "pressed", "what": "continue"})
