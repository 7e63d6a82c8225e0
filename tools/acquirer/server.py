"""The acquirer as a server: TCP and TLS at once, SNTP, the control socket; can be embedded in a test.

One asyncio loop; a request is decided in one database transaction without giving the loop away, so two
messages never decide at the same time.  Faults act here, around the switch.
"""

import asyncio
import collections
import os
import pathlib
import ssl
from typing import NamedTuple

import sqlalchemy.exc

from . import testcards, wire
from .control import ControlServer
from .faults import MISMATCH_FIELDS, Fault, FaultTable
from .ledger import Ledger, system_clock
from .sntp import SntpServer
from .switch import Overrides, Reply, Switch, message_kind
from .tls import server_context
from .vault import VaultError

IDLE_SECONDS = 600.0
MESSAGE_SECONDS = 20.0
MAX_CONNECTIONS = 200


class _Line(NamedTuple):
    """One connection; who writes on it holds `lock`."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    lock: asyncio.Lock

    @property
    def gone(self) -> bool:
        """The other side has hung up."""
        return self.writer.is_closing() or self.reader.at_eof() or self.reader.exception() is not None


class Acquirer:
    """The host.  A port of 0 means any free one, None means not at all; `ports` tells after `start`.

    `on_message(direction, body)` sees every message, "in" and "out", TPDU … F64 in clear: for the bench's
    own display.  `log(text)` gets one line an event, without card data.  `on_event(name, terminal, detail)` hears of
    each request what faults it met ("fault") and how it was decided ("decided"), and of an answer that found nobody on
    the line any more ("late", with its "hex"); `terminal` is its F41 as it came, "" of a connection that was turned
    away ("refused").
    `sleep(seconds, terminal)` passes the time of delays and late answers.
    """

    def __init__(
        self,
        ledger: "Ledger | None" = None,
        state: "pathlib.Path | str | None" = None,
        tcp_port: "int | None" = 0,
        tls_port: "int | None" = None,
        control_port: "int | None" = None,
        sntp_port: "int | None" = None,
        bind: str = "127.0.0.1",
        clock=system_clock,
        log=None,
        on_message=None,
        demo_data: bool = True,
        on_event=None,
        sleep=None,
    ):
        self.ledger = ledger or Ledger("sqlite://", clock)
        self.switch = Switch(self.ledger)
        self.faults = FaultTable()
        self.state = pathlib.Path(state) if state is not None else None
        self.ports: dict[str, int] = {}
        self.processed: collections.Counter[str] = collections.Counter()
        self.on_message = on_message
        self.halted = False
        self._on_event = on_event or (lambda name, terminal, detail: None)
        self._sleep = sleep or (lambda seconds, terminal: asyncio.sleep(seconds))
        self._wanted = {"tcp": tcp_port, "tls": tls_port, "control": control_port, "sntp": sntp_port}
        self._bind, self._clock, self._log = bind, clock, log or (lambda text: None)
        self._demo_data = demo_data
        self._servers: dict[str, asyncio.Server] = {}
        self._context: ssl.SSLContext | None = None
        self._tasks: set[asyncio.Task] = set()
        self._connections: set[asyncio.Task] = set()
        self._changed = asyncio.Condition()
        self._control = ControlServer(self)
        self._sntp: asyncio.DatagramTransport | None = None

    @property
    def ca_der(self) -> bytes:
        """The CA that a terminal has to trust (X.509, DER)."""
        return (self.state / "ca.der").read_bytes()

    async def start(self) -> "Acquirer":
        """Listen.  Raises OSError, ssl.SSLError, LedgerError; nothing is left open then."""
        try:
            if self._demo_data:
                testcards.load(self.ledger)
            if self._wanted["tls"] is not None:
                if self.state is None:
                    raise ValueError("TLS needs a state folder for the CA")
                self._context = server_context(self.state)
            await self._listen()
            if self._wanted["control"] is not None:
                server = await asyncio.start_server(self._control.serve, "127.0.0.1", self._wanted["control"])
                self._servers["control"] = server
                self.ports["control"] = server.sockets[0].getsockname()[1]
            if self._wanted["sntp"] is not None:
                self._sntp = await self._time_server(self._wanted["sntp"])
                self.ports["sntp"] = self._sntp.get_extra_info("sockname")[1]
        except BaseException:
            await self.stop()
            raise
        return self

    async def _time_server(self, port: int) -> asyncio.DatagramTransport:
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: SntpServer(self._clock), (self._bind, port)
            )
        except OSError as error:  # which of the ports it was is not said by itself
            raise OSError(error.errno, error.strerror, f"UDP {self._bind}:{port}") from None
        return transport

    async def stop(self) -> None:
        """Close every socket and wait for the running tasks; the ledger stays open for reports."""
        for server in self._servers.values():
            server.close()
        running = [*self._connections, *self._tasks, *self._control.tasks]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        self._servers.clear()
        if self._sntp is not None:
            self._sntp.close()
            self._sntp = None

    async def __aenter__(self) -> "Acquirer":
        return await self.start()

    async def __aexit__(self, *_) -> None:
        await self.stop()

    # Faults and waiting, for tests and for the control socket

    async def command(self, line: str) -> dict:
        """What the control socket would answer to this line; never raises for bad input ("ok" is False then)."""
        return await self._control.execute(line)

    async def add_fault(self, fault: Fault) -> None:
        """Put a fault in force."""
        self.faults.add(fault)
        if self.faults.refuses_always():
            self._silence()

    async def clear_faults(self, terminal: "str | None" = None) -> None:
        """All is well again, for one terminal or for all; ports that nobody served are served again."""
        self.faults.clear(terminal)
        await self._listen()

    async def halt(self, halted: bool) -> None:
        """Take the host out of service: nobody listens, what is connected is hung up; or put it back."""
        self.halted = halted
        if not halted:
            await self._listen()
            return
        self._silence()
        running = [*self._connections, *self._tasks]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def count(self, which: str) -> int:
        """How many requests of a kind ("sale"), of an MTI ("0200") or of "any" have been processed."""
        return self.processed[which]

    async def wait_request(self, which: str, timeout: float, after: "int | None" = None) -> int:
        """Wait until more than `after` (default: as many as now) such requests are processed; returns the count.

        Raises asyncio.TimeoutError.
        """
        floor = self.processed[which] if after is None else after
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(lambda: self.processed[which] > floor), timeout)
        return self.processed[which]

    async def wait_closed(self, timeout: float) -> None:
        """Wait until every connection has ended and all that came over it is decided.  Raises asyncio.TimeoutError."""

        async def ended():
            while self._connections:
                await asyncio.wait(self._connections)

        await asyncio.wait_for(ended(), timeout)

    # Listening

    async def _listen(self) -> None:
        if self.halted:
            return
        for name in ("tcp", "tls"):
            port = self.ports.get(name, self._wanted[name])
            if port is None or name in self._servers:
                continue
            secure = {"ssl": self._context, "ssl_handshake_timeout": 10.0} if name == "tls" else {}
            server = await asyncio.start_server(self._serve, self._bind, port, **secure)
            self._servers[name] = server
            self.ports[name] = server.sockets[0].getsockname()[1]

    def _silence(self) -> None:
        for name in ("tcp", "tls"):
            server = self._servers.pop(name, None)
            if server is not None:
                server.close()

    # One connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        refused = self.faults.take_connection()
        if refused:
            self._on_event("refused", "", {})
        if refused or len(self._connections) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections.add(task)
        line = _Line(reader, writer, asyncio.Lock())
        try:
            while await self._one_message(line):
                pass
        except wire.WireError as error:
            self._log(f"connection closed: {error}")
        except asyncio.TimeoutError:
            self._log("connection closed: nothing came in time")
        except OSError as error:
            self._log(f"connection lost: {error.strerror or type(error).__name__}")
        except sqlalchemy.exc.SQLAlchemyError as error:
            self._log(f"ledger: {type(error).__name__}; the request stays unanswered")
        except VaultError as error:
            self._log(f"{error}; the request stays unanswered")
        except asyncio.CancelledError:
            pass  # only `stop` cancels a connection, and it waits for its end
        finally:
            self._connections.discard(task)
            writer.close()

    async def _one_message(self, line: _Line) -> bool:
        """Read, decide and answer one message; False when the connection is to be closed."""
        body = await wire.read_frame(line.reader, IDLE_SECONDS, MESSAGE_SECONDS)
        if body is None:
            return False
        self._show("in", body)
        defect = None
        try:
            message = wire.decode(body)
        except wire.WireError as error:
            if error.partial is None:
                raise
            message, defect = error.partial, error
        if int(message.mti[2]) % 2:
            raise wire.WireError("t", f"MTI {message.mti}: not a request")
        kind = message_kind(message)
        terminal = str(message.fields.get(41, ""))
        faults = self.faults.take(kind, message.mti, terminal)
        if faults:
            self._log(f"{kind}: fault {', '.join(faults)}")
            self._on_event("fault", terminal, {"which": kind, "faults": faults})
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
            await self._sleep(faults["delay"], terminal)
        await self._send(reply, faults, line)
        return True

    def _later(self, work) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _process(self, message, defect, kind: str, faults: dict) -> Reply:
        overrides = Overrides(faults.get("decline"), faults.get("approve"), faults.get("partial"))
        reply = self.switch.handle(message, overrides, defect)
        fields = reply.message.fields
        # What an unknown peer sent goes to a console: nothing but printable ASCII.
        terminal = ascii(fields.get(41, "?"))[1:-1]
        why = f": {reply.why}" if reply.why else ""
        self._log(f"{kind} terminal {terminal} STAN {fields.get(11, '-')} answered {fields.get(39)}{why}")
        self._on_event("decided", str(fields.get(41, "")), {"which": kind, "code": fields.get(39)})
        self.processed.update({kind, message.mti, "any"})
        async with self._changed:
            self._changed.notify_all()
        return reply

    async def _process_late(self, faults: dict, message, defect, kind: str, line: _Line) -> None:
        """The request lay in the network: it is decided even when its sender has long gone."""
        await self._sleep(faults["late-request"], str(message.fields.get(41, "")))
        try:
            reply = await self._process(message, defect, kind, faults)
        except (sqlalchemy.exc.SQLAlchemyError, VaultError) as error:
            self._log(f"ledger: {type(error).__name__}; the request stays unanswered")
            return
        if "drop-answer" not in faults:
            await self._try_send(reply, faults, line)

    async def _answer_late(self, faults: dict, reply: Reply, line: _Line) -> None:
        await self._sleep(faults["late"], str(reply.message.fields.get(41, "")))
        await self._try_send(reply, faults, line)

    async def _try_send(self, reply: Reply, faults: dict, line: _Line) -> None:
        try:
            await self._send(reply, faults, line)
        except OSError:
            self._log("late answer: the connection is gone")

    async def _send(self, reply: Reply, faults: dict, line: _Line) -> None:
        """Code the answer with all that is to be wrong about it, and write it."""
        if "mismatch" in faults:
            _make_foreign(reply, str(faults["mismatch"]))
        body = bytearray(reply.encode())
        signed = reply.seal is not None
        if "corrupt" in faults:
            body[-9 if signed else -1] ^= 0x01
        if "wrong-mac" in faults and signed:
            body[-8:] = b"00000000" if body[-8:] != b"00000000" else b"11111111"
        if "garbage" in faults:
            body = bytearray(os.urandom(len(body)))
        self._show("out", bytes(body))
        data = wire.frame(bytes(body))
        if "half" in faults:
            data = data[: len(data) // 2]
        if "duplicate" in faults:
            data += data
        writer = line.writer
        async with line.lock:
            if line.gone:
                self._on_event("late", str(reply.message.fields.get(41, "")), {"hex": bytes(body).hex().upper()})
                raise ConnectionResetError("the terminal has hung up")
            if "slow" in faults:
                for place in range(len(data)):
                    writer.write(data[place : place + 1])
                    await writer.drain()
                    await asyncio.sleep(int(faults["slow"]) / 1000)
            else:
                writer.write(data)
                await asyncio.wait_for(writer.drain(), MESSAGE_SECONDS)

    def _show(self, direction: str, body: bytes) -> None:
        if self.on_message is not None:
            self.on_message(direction, body)


def _make_foreign(reply: Reply, what: str) -> None:
    """Change one field so that the answer belongs to another request; its MAC will be right."""
    number = MISMATCH_FIELDS[what]
    value = str(reply.message.fields.get(number, ""))
    if value:
        last = "1" if value[-1] != "1" else "2"
        reply.message.fields[number] = value[:-1] + last
