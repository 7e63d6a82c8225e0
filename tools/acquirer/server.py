"""The acquirer as a server: TCP and TLS at once, SNTP, the control socket; can be embedded in a test.

One asyncio loop for the connections (connections.py), and a thread of the ledger in which the requests that wait are decided,
one after the other.
"""

import asyncio
import collections
import functools
import pathlib
import ssl

from . import profiles, testcards
from .connections import Connections
from .control import ControlServer
from .faults import Fault, FaultTable
from .ledger import Ledger, system_clock
from .limits import Gate, Limits
from .listening import Listener
from .memory import MemoryLedger
from .metrics import Exporter, Metrics
from .said import Said, Sparing
from .sntp import SntpServer
from .switch import Switch
from .tls import server_context


class Acquirer:
    """The host.  A port of 0 means any free one, None means not at all; `ports` tells after `start`.

    `on_message(direction, body)` sees every message, "in" and "out", TPDU … F64 in clear: for the bench's
    own display.  `log(text)` gets one line an event, without card data; most are a `said.Said`.
    `on_event(name, terminal, detail)` hears of each request what faults it met ("fault") and how it was decided
    ("decided"), and of an answer that found nobody on the line any more ("late", with its "hex"); `terminal` is its F41 as
    it came, "" of a connection that was turned away ("refused").
    `sleep(seconds, terminal)` passes the time of delays and late answers.  `metrics` counts always, and answers on a port of
    its own of this computer when `metrics_port` is given.  `shared_ports`: other processes listen on the same ports.
    `lines` are ports for other profiles (profiles.LINES).
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
        limits: "Limits | None" = None,
        metrics_port: "int | None" = None,
        shared_ports: bool = False,
        lines: "dict[str, int] | None" = None,
    ):
        self.ledger = ledger or MemoryLedger(clock)
        self.switch = Switch(self.ledger)
        self.faults = FaultTable()
        self.state = pathlib.Path(state) if state is not None else None
        self.ports: dict[str, int] = {}
        self.processed: collections.Counter[str] = collections.Counter()
        self.on_message = on_message
        self.halted = False
        self.on_event = on_event or (lambda name, terminal, detail: None)
        self.sleep = sleep or (lambda seconds, terminal: asyncio.sleep(seconds))
        self._wanted = {"control": control_port, "sntp": sntp_port, "tcp": tcp_port, "tls": tls_port, **(lines or {})}
        self.log = log or (lambda text: None)
        self.sparing = Sparing(self.log)
        self.limits, self.metrics = limits or Limits(), Metrics()
        self._gate = Gate(self.limits, lambda limit, address, why: self.limit_met(limit, address, f"connection refused: {why}"))
        self._metrics_port, self._shared_ports = metrics_port, shared_ports
        self._exporter: Exporter | None = None
        self._bind, self._clock = bind, clock
        self._demo_data = demo_data
        self._listeners: dict[str, Listener] = {}
        self._control_server: asyncio.Server | None = None
        self._context: ssl.SSLContext | None = None
        self._connections = Connections(self)
        self._changed, self._watched = asyncio.Condition(), 0  # by so many who wait for a request
        self.control = ControlServer(self)
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
            if any(self._wanted.get(name) is not None for name, (_, tls) in profiles.LINES.items() if tls):
                if self.state is None:
                    raise ValueError("TLS needs a state folder for the CA")
                self._context = server_context(self.state)
            await self._listen()
            if self._wanted["control"] is not None:
                self._control_server = await asyncio.start_server(self.control.serve, "127.0.0.1", self._wanted["control"])
                self.ports["control"] = self._control_server.sockets[0].getsockname()[1]
            if self._wanted["sntp"] is not None:
                self._sntp = await self._time_server(self._wanted["sntp"])
                self.ports["sntp"] = self._sntp.get_extra_info("sockname")[1]
            if self._metrics_port is not None:
                self._exporter = self._exported(self._metrics_port)
                self.ports["metrics"] = self._exporter.port
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

    def _exported(self, port: int) -> Exporter:
        try:
            return self.metrics.serve(port)
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"127.0.0.1:{port}") from None

    async def finish(self) -> None:
        """End as an operator ends it: nobody new comes in, what has come is answered (for `limits.stop_seconds`); then `stop`."""
        await self._silence()
        left = await self._connections.finish(self.limits.stop_seconds)
        if left:
            self.log(
                Said("stopped", f"stopped: {left} connections were hung up on before they had their answer", unanswered=left)
            )
        await self.stop()

    async def stop(self) -> None:
        """Close every socket and wait for the running tasks; the ledger stays open for reports."""
        await self._silence()
        await self._connections.hang_up()
        await self.control.hang_up()
        if self._control_server is not None:
            self._control_server.close()
            self._control_server = None
        if self._exporter is not None:
            self._exporter.close()
            self._exporter = None
        if self._sntp is not None:
            self._sntp.close()
            self._sntp = None

    async def __aenter__(self) -> "Acquirer":
        return await self.start()

    async def __aexit__(self, *_) -> None:
        await self.stop()

    def limit_met(self, limit: str, address: str, text: str) -> None:
        """A limit has turned somebody away, or ended a connection: a line, and a count."""
        self.metrics.limits.labels(limit).inc()
        self.sparing(Said("limit", text, limit=limit, address=address))

    # Faults and waiting, for tests and for the control socket

    async def command(self, line: str) -> dict:
        """What the control socket would answer to this line; never raises for bad input ("ok" is False then)."""
        return await self.control.execute(line)

    async def add_fault(self, fault: Fault) -> None:
        """Put a fault in force."""
        self.faults.add(fault)
        if self.faults.refuses_always():
            await self._silence()

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
        await self._silence()
        await self._connections.hang_up()

    async def count_in(self, kind: str, mti: str) -> None:
        """A request has been decided: whoever waits for it goes on."""
        for name in {kind, mti, "any"}:
            self.processed[name] += 1
        if self._watched:
            async with self._changed:
                self._changed.notify_all()

    def count(self, which: str) -> int:
        """How many requests of a kind ("sale"), of an MTI ("0200") or of "any" have been processed."""
        return self.processed[which]

    async def wait_request(self, which: str, timeout: float, after: "int | None" = None) -> int:
        """Wait until more than `after` (default: as many as now) such requests are processed; returns the count.

        Raises asyncio.TimeoutError.
        """
        floor = self.processed[which] if after is None else after
        self._watched += 1
        try:
            async with self._changed:
                await asyncio.wait_for(self._changed.wait_for(lambda: self.processed[which] > floor), timeout)
        finally:
            self._watched -= 1
        return self.processed[which]

    async def wait_closed(self, timeout: float) -> None:
        """Wait until every connection has ended and all that came over it is decided.  Raises asyncio.TimeoutError."""
        await asyncio.wait_for(self._connections.wait_closed(), timeout)

    # Listening

    async def _listen(self) -> None:
        if self.halted:
            return
        for name, (profile, tls) in profiles.LINES.items():
            port = self.ports.get(name, self._wanted.get(name))
            if port is None or name in self._listeners:
                continue
            serve = functools.partial(self._connections.serve, profiles.of(profile))
            listener = Listener(serve, self.limits, self._gate, self.sparing, self._context if tls else None)
            self.ports[name] = listener.start(self._bind, port, self._shared_ports)
            self._listeners[name] = listener

    async def _silence(self) -> None:
        while self._listeners:
            await self._listeners.popitem()[1].close()
