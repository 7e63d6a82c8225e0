"""The lessons of a desk: finds their files, and begins and ends the runs of them."""

import asyncio
import pathlib

from .errors import DeskError
from .lesson_file import Lesson, LessonError, load
from .lesson_ready import settle
from .lessons import STOPPED, LessonRun

FOLDER = pathlib.Path(__file__).parent / "lessons"


class Library:
    """The lessons of a desk, and the runs: one a terminal."""

    def __init__(self, folders=(FOLDER,)):
        self.folders = [pathlib.Path(folder) for folder in folders]
        self._runs: dict = {}  # terminal -> (LessonRun, task)
        self._settling: dict = {}  # terminal -> task that brings what the last lesson has left open to its end

    def all(self) -> list:
        """Every Lesson, in the order of the list; read anew, so that a teacher's change is seen at once.

        Raises LessonError, OSError.
        """
        found: dict = {}
        for folder in self.folders:
            for path in sorted(folder.glob("*.txt")):
                found[path.stem] = load(path)  # a folder behind may replace a lesson of one before
        return sorted(found.values(), key=lambda lesson: (lesson.order, lesson.id))

    def find(self, name: str) -> Lesson:
        """A lesson by its id.  Raises DeskError."""
        try:
            for lesson in self.all():
                if lesson.id == name:
                    return lesson
        except (LessonError, OSError) as error:
            raise DeskError(f"lesson: {error}", 500) from None
        raise DeskError(f"lesson {ascii(name)[1:-1][:40]}: there is none", 404)

    def heads(self) -> dict:
        """The list for a page: {"lessons", "errors"}; one bad file does not hide the others."""
        found: dict = {}
        errors = []
        for folder in self.folders:
            for path in sorted(folder.glob("*.txt")):
                try:
                    found[path.stem] = load(path)
                except (LessonError, OSError) as error:
                    errors.append(str(error))
        lessons = sorted(found.values(), key=lambda lesson: (lesson.order, lesson.id))
        return {"lessons": [lesson.head() for lesson in lessons], "errors": errors}

    async def __call__(self, terminal, name: str) -> dict:
        """Begin a lesson at a terminal, or end the one that runs ("").  Raises DeskError."""
        lesson = self.find(name) if name else None
        await self._stop(terminal)
        if lesson:
            run = LessonRun(lesson, terminal, terminal.tell)
            terminal.watchers.add(run.on_event)
            terminal.lesson = run
            task = asyncio.create_task(self._follow(terminal, run))
            self._runs[terminal] = run, task
        return {"lesson": name}

    async def _follow(self, terminal, run: LessonRun) -> None:
        try:
            await run.run(self._settling.get(terminal))
        finally:
            terminal.watchers.discard(run.on_event)

    async def _stop(self, terminal) -> None:
        run, task = self._runs.pop(terminal, (None, None))
        terminal.lesson = None
        if run is None:
            return
        if task.done():
            run.put_away()
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await run.end(STOPPED)
        settling = self._settling.get(terminal)
        if settling is None or settling.done():
            self._settling[terminal] = asyncio.create_task(settle(terminal))

    async def stop(self) -> None:
        """End every run: the desk closes."""
        tasks = [task for _, task in self._runs.values()] + list(self._settling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runs.clear()
        self._settling.clear()
