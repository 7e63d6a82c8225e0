"""A terminal on the bench together with the host it talks to: what scripts, the story and tests begin with."""

import asyncio
import json
import pathlib

from acquirer import testcards
from acquirer.ledger import Ledger, system_clock
from acquirer.server import Acquirer

from . import clock_floor
from .supervisor import Bench, BenchError, Options

HOST_NAME = "localhost"  # what the acquirer's certificate is made out to
_WIFI = ("bench", "bench-password")


class OtherHost:
    """A host that runs elsewhere: where it is and what the terminal has to know of it.

    `ca` is the DER of its CA for TLS, None for plain TCP; `control` (host, port) of its control socket or None.
    """

    def __init__(
        self,
        address: str,
        port: int,
        tmk: str,
        terminal: str,
        merchant: str,
        ca: bytes | None = None,
        name: str = "",
        control=None,
    ):
        self.address, self.port, self.tmk = address, port, tmk
        self.terminal, self.merchant = terminal, merchant
        self.ca, self.name, self.control = ca, name or address, control


class Lab:
    """`folder` keeps everything: terminal/ (the bench's state) and host/ (CA, certificate, ledger).

    `tls` chooses the link; `settings` go into the terminal's config.json on top of the demonstration's; `options` are
    the bench's.  `listener(event)` sees the bench's events, `on_message(direction, body)` the host's messages in clear;
    `clock() -> aware datetime` is the host's.
    """

    def __init__(
        self,
        folder,
        tls: bool = True,
        settings: dict | None = None,
        options: Options | None = None,
        other: OtherHost | None = None,
        listener=None,
        on_message=None,
        log=None,
        clock=system_clock,
    ):
        self.folder = pathlib.Path(folder)
        self.options = options or Options()
        if not self.options.ssid:
            self.options.ssid, self.options.password = _WIFI
        self.bench = Bench(self.folder / "terminal", self.options, listener)
        self.acquirer: Acquirer | None = None
        self.ledger: Ledger | None = None
        self._tls, self._settings, self._other = tls, dict(settings or {}), other
        self._on_message, self._log, self._clock = on_message, log, clock

    async def start(self, power: bool = True) -> None:
        """Start the host, provision the terminal, switch it on.  Raises BenchError, OSError, LedgerError."""
        await self.start_host()
        await self.bench.start(power=False)
        await self.provision()
        if power:
            await self.bench.power_on()

    async def start_host(self) -> None:
        """Start the acquirer, unless the host is another one."""
        if self._other or self.acquirer:
            return
        folder = self.folder / "host"
        folder.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(f"sqlite:///{(folder / 'ledger.sqlite').as_posix()}", self._clock)
        self.acquirer = Acquirer(
            self.ledger,
            folder,
            tcp_port=0,
            tls_port=0,
            control_port=0,
            sntp_port=0,
            log=self._log,
            on_message=self._on_message,
            clock=self._clock,
        )
        await self.acquirer.start()

    async def provision(self) -> None:
        """Write config.json, CA and TMK into the terminal, which is off."""
        other = self._other
        if other:
            config = self._config(other.terminal, other.merchant, other.address, other.port, other.ca is not None, other.name)
            await self.bench.provision(clock_floor.with_floor(config, other.ca or b""), other.tmk, other.ca or b"")
            return
        ports = self.acquirer.ports
        config = self._config(
            testcards.DEMO_TERMINAL,
            testcards.DEMO_MERCHANT,
            "127.0.0.1",
            ports["tls" if self._tls else "tcp"],
            self._tls,
            HOST_NAME,
        )
        config.update({"ntp_host": "127.0.0.1", "ntp_port": ports["sntp"], **self._settings})
        tmk = self.ledger.tmk(testcards.DEMO_TERMINAL).hex().upper()
        config = clock_floor.with_floor(config, self.acquirer.ca_der or b"")
        await self.bench.provision(config, tmk, self.acquirer.ca_der)

    def _config(self, terminal: str, merchant: str, address: str, port: int, tls: bool, name: str) -> dict:
        return {
            "merchant_name": "TapTill Demo",
            "merchant_name_zh": "演示商户",
            "merchant_id": merchant,
            "terminal_id": terminal,
            "host": address,
            "port": port,
            "tls": tls,
            "tls_name": name if tls else "",
            "wifi_ssid": self.options.ssid,
            "wifi_password": self.options.password,
            **self._settings,
        }

    async def host(self, line: str) -> dict:
        """One line of the host's control socket (`drop-answer next` …) and its answer.  Raises BenchError."""
        if self._other:
            if not self._other.control:
                raise BenchError("host: the other host's control socket is not known")
            address, port = self._other.control
        else:
            address, port = "127.0.0.1", self.acquirer.ports["control"]
        try:
            reader, writer = await asyncio.open_connection(address, port)
        except OSError as error:
            raise BenchError(f"host: its control socket does not answer: {error.strerror or error}") from error
        try:
            writer.write(line.encode() + b"\n")
            await writer.drain()
            answer = json.loads(await reader.readline() or b"{}")
        except (OSError, ValueError) as error:
            raise BenchError(f"host: {error}") from error
        finally:
            writer.close()
        if not answer.get("ok"):
            raise BenchError(f"host: {answer.get('error', 'no answer')}")
        return answer

    async def stop(self) -> None:
        """Switch off, close the host and its ledger."""
        await self.bench.stop()
        if self.acquirer:
            await self.acquirer.stop()
            self.ledger.close()

    async def __aenter__(self):
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *error):
        await self.stop()
