"""Connections that do not come about, on a real bench: nobody listens, or the host's name is not known.

The bench tells of each connection as it is begun; what is wrong with the next one is put in force before, and ended after.
"""

import asyncio
from typing import Any

from acquirer.faults import Fault as HostFault
from acquirer.server import Acquirer
from rig.bench_options import BenchError
from rig.supervisor import Bench

from .person import Act

_BEGUN_S = 0.05  # a connection that is to stand has long been made then, and the next has not been begun
_REFUSED_S = 0.15
_REFUSED = "refused"


class Openings:
    """The openings of one act at a time, counted from 1."""

    def __init__(self, bench: Bench, host: Acquirer):
        self._bench, self._host = bench, host
        self._faults: dict[int, str] = {}
        self._count = 0
        self._tasks: set[asyncio.Task] = set()

    async def begin(self, act: "Act | None") -> None:
        """Another act: all is well but what its first connection is to meet."""
        if self._faults:
            await self._mend()
        self._faults = {fault.at: fault.how for fault in act.faults if fault.where == "open"} if act else {}
        self._count = 0
        await self._spoil(1)

    def opens(self) -> None:
        """The terminal begins a connection."""
        self._count += 1
        if self._faults:
            task = asyncio.get_running_loop().create_task(self._follow(self._count))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def begins_anew(self, opening: bool) -> None:
        """The terminal's power is on again; `opening`: it had gone at a connection that was not made, which does not count."""
        for task in self._tasks:
            task.cancel()
        self._count -= opening
        await self._spoil(self._count + 1)

    async def _follow(self, count: int) -> None:
        await asyncio.sleep(_BEGUN_S)
        if count in self._faults:
            await asyncio.sleep(_REFUSED_S)
            await self._mend()
        await self._spoil(count + 1)

    async def _spoil(self, count: int) -> None:
        how = self._faults.get(count)
        if how == _REFUSED:
            await self._host.add_fault(HostFault("refuse", left=None))
        elif how:
            await self._air(names=False)

    async def _mend(self) -> None:
        await self._host.clear_faults()
        await self._air()

    async def _air(self, **wrong: Any) -> None:
        """The network behind the access point; what is not named is as it should be."""
        if self._bench.on:
            try:
                await self._bench.do("wifi", up=self._bench.options.wifi, **wrong)
            except BenchError:
                if self._bench.on:  # else its power went meanwhile, and the next life finds all well
                    raise
