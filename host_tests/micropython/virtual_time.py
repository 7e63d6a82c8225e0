"""asyncio on a clock that only its own waiting moves: what a driver does in which millisecond, whatever this computer does."""

import asyncio
import asyncio.core
import time

_POLL = 3  # MP_STREAM_POLL: the one thing that asyncio asks of a ThreadSafeFlag


class VirtualTime:
    """`ms` is the time.  In `with` all of asyncio waits on it, and so do the names `ticks_ms` of `modules`."""

    def __init__(self, *modules):
        # Ahead of the real ticks: what asyncio's C part puts into its queue at once bears those, and is due for us then.
        self.ms = time.ticks_ms() + 100000
        self._us = 0  # behind the milliseconds
        self._modules = modules
        self._due = []  # (when, what) that happens outside of asyncio

    def at(self, ms, action):
        """Outside of asyncio, an interrupt say, this happens at that time."""
        self._due.append((ms, action))

    def ticks(self):
        return self.ms

    def ticks_us(self):
        return self.ms * 1000 + self._us

    def pass_us(self, us):
        """So much time goes by in which nobody else does anything: a transfer on a bus."""
        self._us += us
        self.ms += self._us // 1000
        self._us %= 1000

    def __enter__(self):
        core = asyncio.core
        self._before = core.ticks, core.IOQueue.wait_io_event, [module.ticks_ms for module in self._modules]
        core.ticks = self.ticks
        core.IOQueue.wait_io_event = lambda queue, ms: self._wait(queue, ms)
        for module in self._modules:
            module.ticks_ms = self.ticks
        asyncio.new_event_loop()
        return self

    def __exit__(self, *error):
        core = asyncio.core
        core.ticks, core.IOQueue.wait_io_event, own = self._before
        for module, ticks_ms in zip(self._modules, own):
            module.ticks_ms = ticks_ms
        asyncio.new_event_loop()

    def _wait(self, queue, ms):
        _wake(queue)
        first = asyncio.core._task_queue.peek()
        if first and asyncio.core.ticks_diff(first.ph_key, self.ms) <= 0:
            return  # a flag was set meanwhile
        end = self.ms + ms if ms >= 0 else None
        due = min(self._due, key=lambda due: due[0]) if self._due else None
        if due and (end is None or due[0] <= end):
            self._due.remove(due)
            self.ms = max(self.ms, due[0])
            due[1]()
        else:
            assert end is not None, "everything waits, and nothing will happen"
            self.ms = end


def _wake(queue):
    """What IOQueue.wait_io_event does for flags that are set; it asks with a select, which costs a millisecond of real time."""
    for task, _, flag in list(queue.map.values()):
        if flag.ioctl(_POLL, 1):
            queue._dequeue(flag)
            asyncio.core._task_queue.push(task)
