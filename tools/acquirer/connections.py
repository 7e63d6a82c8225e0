"""The connections of terminals: each reads one message, has it decided, answers it, and reads the next.

Faults act here, around the switch.
"""

import asyncio
import os
import time
from typing import Any, NamedTuple, Protocol

from .faults import MISMATCH_FIELDS, FaultTable
from .ledger import LedgerDown
from .limits import Limits
from .metrics import Metrics
from .profiles import Profile
from .said import Said
from .switch import Overrides, Reply, Switch
from .vault import VaultError
from .wire import CountingReader, KeepAlives, WireError, within


class Host(Protocol):
    """What a connection needs of the host that it is at (server.Acquirer)."""

    faults: FaultTable
    limits: Limits
    metrics: Metrics
    switch: Switch
    on_message: Any
    on_event: Any
    log: Any
    sleep: Any
    sparing: Any

    async def count_in(self, kind: str, mti: str) -> None: ...

    def limit_met(self, limit: str, address: str, text: str) -> None: ...


class TooSlow(Exception):
    """A peer has not done its part in time; `limit` is the name of the limit."""

    def __init__(self, limit: str, text: str):
        super().__init__(text)
        self.limit = limit


class _Line(NamedTuple):
    """One connection, on which a profile is spoken; who writes on it holds `lock`."""

    profile: Profile
    reader: CountingReader
    writer: asyncio.StreamWriter
    lock: asyncio.Lock

    @property
    def gone(self) -> bool:
        """The other side has hung up."""
        return self.writer.is_closing() or self.reader.at_eof() or self.reader.exception() is not None


class Connections:
    """All that are open, on whichever port they came in."""

    def __init__(self, acquirer: Host):
        self._acquirer = acquirer
        self._open: dict[asyncio.Task, _Line] = {}
        self._deciding: set[asyncio.Task] = set()
        self._later_ones: set[asyncio.Task] = set()
        self._ending = False

    async def finish(self, seconds: float) -> int:
        """Answer what has come, for as long as that, and hang up; returns how many were hung up on before their answer."""
        self._ending = True
        await asyncio.sleep(0)  # what the system has received by now is read once more
        for task, line in self._open.items():
            if task not in self._deciding and not line.reader.waiting:
                task.cancel()
        left = {*self._open, *self._later_ones}
        if left:
            _, left = await asyncio.wait(left, timeout=seconds)
        await self.hang_up()
        return len(left)

    async def hang_up(self) -> None:
        """End all of them, and what is still to be answered later."""
        running = [*self._open, *self._later_ones]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def wait_closed(self) -> None:
        """Wait until every connection has ended and all that came over it is decided."""
        while self._open:
            await asyncio.wait(self._open)

    async def serve(self, profile: Profile, reader: CountingReader, writer: asyncio.StreamWriter, address: str) -> None:
        """One connection, from its acceptance to its end."""
        acquirer, task = self._acquirer, asyncio.current_task()
        if acquirer.faults.take_connection():
            acquirer.on_event("refused", "", {})
            writer.transport.abort()
            return
        line = self._open[task] = _Line(profile, reader, writer, asyncio.Lock())
        acquirer.metrics.accepted.inc()
        acquirer.metrics.open.inc()
        try:
            while await self._one_message(line) and not (self._ending and not reader.waiting):
                self._deciding.discard(task)
        except KeepAlives as error:
            acquirer.limit_met("keep_alives", address, f"connection closed: {error}")
        except WireError as error:
            acquirer.sparing(Said("closed", f"connection closed: {error}", address=address))
        except TooSlow as error:
            acquirer.limit_met(error.limit, address, f"connection closed: {error}")
            writer.transport.abort()  # nobody takes what is still to be sent
        except OSError as error:
            acquirer.sparing(Said("lost", f"connection lost: {error.strerror or type(error).__name__}", address=address))
        except (LedgerDown, VaultError) as error:
            self._unanswered(error)
        except asyncio.CancelledError:
            pass  # only `hang_up` and `finish` cancel a connection, and they wait for its end
        finally:
            del self._open[task]
            self._deciding.discard(task)
            acquirer.metrics.open.dec()
            writer.close()

    def _unanswered(self, error: Exception) -> None:
        self._acquirer.metrics.unanswered.labels("keys" if isinstance(error, VaultError) else "ledger").inc()
        self._acquirer.sparing(Said("unanswered", f"{error}; the request stays unanswered"))

    async def _one_message(self, line: _Line) -> bool:
        """Read, decide and answer one message; False when the connection is to be closed."""
        limits = self._acquirer.limits
        try:
            body = await line.profile.read_frame(line.reader, limits.idle_seconds, limits.message_seconds)
        except asyncio.TimeoutError:
            raise TooSlow("message_seconds" if line.reader.begun else "idle_seconds", "nothing came in time") from None
        if body is None:
            return False
        line.reader.begun = False
        self._deciding.add(asyncio.current_task())
        self._show("in", body)
        defect = None
        try:
            message = line.profile.decode(body)
        except WireError as error:
            if error.partial is None:
                raise
            message, defect = error.partial, error
        if int(message.mti[2]) % 2:
            raise WireError("t", f"MTI {message.mti}: not a request")
        kind = message.kind
        terminal = str(message.fields.get(41, ""))
        faults = self._acquirer.faults.take(kind, message.mti, terminal)
        if faults:
            self._acquirer.log(Said("fault", f"{kind}: fault {', '.join(faults)}", kind=kind))
            self._acquirer.on_event("fault", terminal, {"which": kind, "faults": faults})
        if "drop-request" in faults:
            return True
        if faults.get("close") == "before":
            return False
        if "late-request" in faults:
            self._later(self._process_late(faults, message, defect, kind, line))
            return True
        reply = await self._process(message, defect, kind, faults)
        if faults.get("close") == "after":
            return False
        if "drop-answer" in faults:
            return True
        if "late" in faults:
            self._later(self._answer_late(faults, reply, line))
            return True
        if "delay" in faults:
            await self._acquirer.sleep(faults["delay"], terminal)
        await self._send(reply, faults, line)
        return True

    def _later(self, work) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._later_ones.add(task)
        task.add_done_callback(self._later_ones.discard)

    async def _process(self, message, defect, kind: str, faults: dict) -> Reply:
        begun = time.perf_counter()
        overrides = Overrides(faults.get("decline"), faults.get("approve"), faults.get("partial"))
        reply = await self._acquirer.switch.ask(message, overrides, defect)
        fields = reply.message.fields
        # What an unknown peer sent goes to a console: nothing but printable ASCII.
        terminal = ascii(fields.get(41, "?"))[1:-1]
        why = f": {reply.why}" if reply.why else ""
        stan, code = ascii(fields.get(11, "-"))[1:-1], str(fields.get(39))
        text = f"{kind} terminal {terminal} STAN {stan} answered {code}{why}"
        self._acquirer.log(Said("answered", text, kind=kind, terminal=terminal, stan=stan, code=code, why=reply.why))
        self._acquirer.metrics.decided(kind, code, time.perf_counter() - begun)
        self._acquirer.on_event("decided", str(fields.get(41, "")), {"which": kind, "code": fields.get(39)})
        await self._acquirer.count_in(kind, message.mti)
        return reply

    async def _process_late(self, faults: dict, message, defect, kind: str, line: _Line) -> None:
        """The request lay in the network: it is decided even when its sender has long gone."""
        await self._acquirer.sleep(faults["late-request"], str(message.fields.get(41, "")))
        try:
            reply = await self._process(message, defect, kind, faults)
        except (LedgerDown, VaultError) as error:
            self._unanswered(error)
            return
        if "drop-answer" not in faults:
            await self._try_send(reply, faults, line)

    async def _answer_late(self, faults: dict, reply: Reply, line: _Line) -> None:
        await self._acquirer.sleep(faults["late"], str(reply.message.fields.get(41, "")))
        await self._try_send(reply, faults, line)

    async def _try_send(self, reply: Reply, faults: dict, line: _Line) -> None:
        try:
            await self._send(reply, faults, line)
        except OSError:
            self._acquirer.log("late answer: the connection is gone")

    async def _send(self, reply: Reply, faults: dict, line: _Line) -> None:
        """Code the answer with all that is to be wrong about it, and write it."""
        if "mismatch" in faults:
            _make_foreign(reply, str(faults["mismatch"]))
        body = bytearray(reply.encode())
        code = reply.message.MAC_SIZE if reply.seal is not None else 0
        if "corrupt" in faults:
            body[-1 - code] ^= 0x01
        if "wrong-mac" in faults and code:
            body[-code:] = b"0" * code if body[-code:] != b"0" * code else b"1" * code
        if "garbage" in faults:
            body = bytearray(os.urandom(len(body)))
        self._show("out", bytes(body))
        data = line.profile.frame(bytes(body))
        if "half" in faults:
            data = data[: len(data) // 2]
        if "duplicate" in faults:
            data += data
        writer = line.writer
        async with line.lock:
            if line.gone:
                self._acquirer.on_event("late", str(reply.message.fields.get(41, "")), {"hex": bytes(body).hex().upper()})
                raise ConnectionResetError("the terminal has hung up")
            if "slow" in faults:
                for place in range(len(data)):
                    writer.write(data[place : place + 1])
                    await writer.drain()
                    await asyncio.sleep(int(faults["slow"]) / 1000)
            else:
                writer.write(data)
                if not writer.transport.get_write_buffer_size():
                    return  # the system has it
                try:
                    await within(self._acquirer.limits.message_seconds, writer.drain())
                except asyncio.TimeoutError:
                    raise TooSlow("message_seconds", "its answers are not taken") from None

    def _show(self, direction: str, body: bytes) -> None:
        if self._acquirer.on_message is not None:
            self._acquirer.on_message(direction, body)


def _make_foreign(reply: Reply, what: str) -> None:
    """Change one field so that the answer belongs to another request; its MAC will be right."""
    number = MISMATCH_FIELDS.get(what, reply.message.ORIGINAL_FIELD)
    value = str(reply.message.fields.get(number, ""))
    if value:
        last = "1" if value[-1] != "1" else "2"
        reply.message.fields[number] = value[:-1] + last
