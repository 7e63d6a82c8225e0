"""`asyncio` as MicroPython has it, on virtual time: nothing sleeps, and the same tasks always run in the same order.

What the firmware uses of it, with MicroPython's meanings (MicroPython documentation, module asyncio): `cancel` of a task that
has ended is False, an exception that nobody awaits goes to the loop's handler, CancelledError is no Exception.

Every task belongs to a *life* (whatever object its maker belongs to): a life ends at once and as a whole, as a board's does
when the power goes.  Tasks without one are the world's.
"""

import heapq
import types
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from .nor import PowerCut

_BURIALS = 64  # awaits that the `finally` blocks of a dead task may still come to


class CancelledError(BaseException):
    """A task was cancelled."""


class TimeoutError(Exception):
    """`wait_for_ms` has run out of time."""


class Loop:
    """Tasks and timers in the order of their time; `now` in milliseconds since the world began."""

    def __init__(self) -> None:
        self.now = 0
        self.current: Task | None = None
        self.steps = 0
        self._queue: list[list] = []
        self._number = 0

    def after(self, milliseconds: int, what: "Task | Callable[[], None]") -> list:
        """Run a task, or call a function of the world, after that time; what is returned can be taken back with `drop`."""
        self._number += 1
        entry = [self.now + milliseconds if milliseconds > 0 else self.now, self._number, what]
        heapq.heappush(self._queue, entry)
        return entry

    @staticmethod
    def drop(entry: list) -> None:
        entry[2] = None

    def set_exception_handler(self, handler: object) -> None:
        """What nobody awaits goes to its life (`Life.fell`)."""

    def run(self, done: Callable[[], bool], until: int) -> bool:
        """Go on until `done()`; False when `until` has come first, or nothing is left to do."""
        queue, pop = self._queue, heapq.heappop
        while not done():
            if not queue:
                return False
            due, _, what = queue[0]
            if due > until:
                self.now = until
                return False
            pop(queue)
            if what is None:
                continue
            if due > self.now:
                self.now = due
            self.steps += 1
            if isinstance(what, Task):
                what.step()
            else:
                what()
        return True


class Life:
    """What ends as a whole: its tasks, in the order in which they were made."""

    def __init__(self) -> None:
        self.tasks: dict[Task, None] = {}

    def fell(self, error: BaseException) -> None:
        """A task of it has ended with what nobody awaits."""
        raise error

    def end(self) -> None:
        """No task of it runs again."""
        while self.tasks:
            self.tasks.popitem()[0].bury()


loop = Loop()


def get_event_loop() -> Loop:
    return loop


def begin() -> Loop:
    """A new loop, for a new world."""
    global loop
    loop = Loop()
    return loop


class Task:
    """A coroutine on its way."""

    __slots__ = ("_entry", "_on", "_wait", "awaited", "coroutine", "error", "finished", "life", "value", "waiters")

    def __init__(self, coroutine: Coroutine, life: "Life | None"):
        self.coroutine = coroutine
        self.life = life
        self.finished = False
        self.awaited = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.waiters: list[Task | _Bell] = []
        self._entry: list | None = None
        self._wait: list | None = None  # the list of an Event or a Task that it stands in
        self._on: Task | None = None  # the task that it awaits
        if life is not None:
            life.tasks[self] = None

    # -- waiting

    def wait_in(self, waiters: "list[Task]") -> None:
        waiters.append(self)
        self._wait = waiters

    def wake(self) -> None:
        """Run as soon as it is its turn."""
        self._wait = None
        self._entry = loop.after(0, self)

    def _leave(self) -> None:
        if self._entry is not None:
            self._entry[2] = None
            self._entry = None
        if self._wait is not None:
            if self in self._wait:
                self._wait.remove(self)
            self._wait = None

    # -- running

    def step(self, error: "BaseException | None" = None) -> None:
        """Go on to the next await; `error` is thrown into it."""
        self._entry = None
        before, loop.current = loop.current, self
        try:
            if error is not None:
                self.coroutine.throw(error)
            else:
                self.coroutine.send(None)
        except StopIteration as end:
            self._end(end.value, None)
        except PowerCut:
            self.finished = True
            raise
        except BaseException as raised:
            self._end(None, raised)
        finally:
            loop.current = before

    def _end(self, value: Any, error: "BaseException | None") -> None:
        self.finished = True
        if self.life is not None:
            self.life.tasks.pop(self, None)
        self.value, self.error = value, error
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter.wake()
        if error is not None and not waiters and not self.awaited and not isinstance(error, CancelledError):
            if self.life is None:
                raise error
            self.life.fell(error)

    def done(self) -> bool:
        return self.finished

    def cancel(self) -> bool:
        if self.finished:
            return False
        if loop.current is self:
            raise RuntimeError("can't cancel self")
        task = self
        while task._on is not None:  # who awaits another task is cancelled through it
            task = task._on
        task._leave()
        task._entry = loop.after(0, task._cancelled)
        return True

    def _cancelled(self) -> None:
        if not self.finished:
            self.step(CancelledError())

    def bury(self) -> None:
        """End it with its life; what its `finally` blocks still await is refused."""
        self._leave()
        self.waiters = []
        if self.finished:
            return
        self.finished = True
        for _ in range(_BURIALS):
            try:
                self.coroutine.throw(PowerCut())
            except BaseException:
                return

    def __await__(self) -> "Generator[None, None, Any]":
        self.awaited = True
        me = loop.current
        assert me is not None
        me._on = self
        try:
            while not self.finished:
                me.wait_in(self.waiters)
                yield
        finally:
            me._on = None
        if self.error is not None:
            raise self.error
        return self.value


@types.coroutine
def _turn() -> "Generator[None, None, None]":
    """One await: whoever awaits has been put somewhere already."""
    yield


def create_task(coroutine: Coroutine, life: "Life | None" = None) -> Task:
    """A task of the same life as its maker's, or of `life`."""
    if life is None and loop.current is not None:
        life = loop.current.life
    task = Task(coroutine, life)
    task.wake()
    return task


def current_task() -> "Task | None":
    return loop.current


@types.coroutine
def sleep_ms(milliseconds: int) -> "Generator[None, None, None]":
    me = loop.current
    assert me is not None
    me._entry = loop.after(milliseconds, me)
    yield


async def sleep(seconds: float) -> None:
    await sleep_ms(int(seconds * 1000))


async def wait_for_ms(work: "Coroutine | Task", milliseconds: "int | None") -> Any:
    """What `work` returns; it is cancelled, and TimeoutError raised, when the time is up."""
    task = work if isinstance(work, Task) else create_task(work)
    if milliseconds is None:
        return await task
    task.awaited = True
    late = False

    def up() -> None:
        nonlocal late
        late = task.cancel()

    alarm = loop.after(milliseconds, up)
    me = loop.current
    assert me is not None
    try:
        while not task.finished:
            me.wait_in(task.waiters)
            await _turn()
    except CancelledError:
        task.cancel()  # whoever waits is cancelled first, and what it waits for after that
        raise
    finally:
        Loop.drop(alarm)
    if late:
        raise TimeoutError
    if task.error is not None:
        raise task.error
    return task.value


async def wait_for(work: "Coroutine | Task", seconds: "float | None") -> Any:
    return await wait_for_ms(work, None if seconds is None else int(seconds * 1000))


async def gather(*works: "Coroutine | Task") -> list:
    """All of them; the first exception is raised as soon as it happens, and the others run on."""
    tasks = [work if isinstance(work, Task) else create_task(work) for work in works]
    bell = _Bell()
    for task in tasks:
        task.awaited = True
        task.waiters.append(bell)
    try:
        while True:
            failed = next((task for task in tasks if task.error is not None), None)
            if failed is not None and failed.error is not None:
                raise failed.error
            if all(task.finished for task in tasks):
                return [task.value for task in tasks]
            bell.event.clear()
            await bell.event.wait()
    except CancelledError:
        for task in tasks:
            task.cancel()
        raise
    finally:
        for task in tasks:
            if bell in task.waiters:
                task.waiters.remove(bell)


class _Bell:
    """Stands among the waiters of several tasks."""

    def __init__(self) -> None:
        self.event = Event()

    def wake(self) -> None:
        self.event.set()


class Event:
    """Set and cleared; `wait` returns True."""

    def __init__(self) -> None:
        self._set = False
        self._waiters: list[Task] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.wake()

    def clear(self) -> None:
        self._set = False

    async def wait(self) -> bool:
        if not self._set:
            assert loop.current is not None
            loop.current.wait_in(self._waiters)
            await _turn()
        return True


ThreadSafeFlag = Event
StreamReader = object


async def open_connection(host: str, port: int) -> None:
    """The simulated network has an opening of its own (`air`)."""
    raise OSError(115)
