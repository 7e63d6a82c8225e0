"""The demonstration: its host, its Wi-Fi, and what its terminals are told.

Whatever puts a terminal and a host together (rig.lab, the desk's room, the power-cut stand) takes both from here.
"""

import dataclasses
import pathlib
from typing import Any

from acquirer import testcards
from acquirer.ledger import Ledger, system_clock
from acquirer.server import Acquirer

from . import clock_floor
from .supervisor import Bench, Options

_SHOP = {"merchant_name": "TapTill Demo", "merchant_name_zh": "演示商户"}
_WIFI = ("bench", "bench-password")
_HERE = "127.0.0.1"
_HOST_NAME = "localhost"  # what the acquirer's certificate is made out to


def on_air(options: Options) -> Options:
    """The same options, on the demonstration's Wi-Fi unless they name another."""
    if not options.ssid:
        options.ssid, options.password = _WIFI
    return options


@dataclasses.dataclass(frozen=True)
class Introduction:
    """What a terminal is told of its host: `settings` of its config.json, its TMK (hex) and the host's CA (DER; b"": none)."""

    settings: dict
    tmk: str
    ca: bytes


def connection(terminal: str, merchant: str, address: str, port: int, tls_name: str | None) -> dict:
    """The settings that lead a terminal to its host; `tls_name` None: over plain TCP."""
    return {
        "merchant_id": merchant,
        "terminal_id": terminal,
        "host": address,
        "port": port,
        "tls": tls_name is not None,
        "tls_name": tls_name or "",
    }


async def provision(bench: Bench, told: Introduction, more: dict) -> None:
    """Write config.json, CA and TMK into a terminal, which is off; `more` settings go before all others.  Raises BenchError."""
    wifi = {"wifi_ssid": bench.options.ssid, "wifi_password": bench.options.password}
    config = {**_SHOP, **wifi, **told.settings, **more}
    await bench.provision(clock_floor.with_floor(config, told.ca), told.tmk, told.ca)


class DemoHost:
    """An acquirer with the demonstration's cards and terminals; CA, certificate and ledger are kept in host/ below `folder`.

    `url` is another ledger than that; `options` go to the Acquirer, which takes TCP, TLS and a time server unless they say
    otherwise.
    """

    def __init__(self, folder: pathlib.Path, url: str = "", clock=system_clock, **options: Any):
        self.ledger: Ledger | None = None
        self.acquirer: Acquirer | None = None
        self._folder, self._url, self._clock = folder / "host", url, clock
        self._options = {"tcp_port": 0, "tls_port": 0, "sntp_port": 0, **options}

    async def start(self) -> None:
        """Open the ledger and listen.  Raises LedgerError, OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.ledger = Ledger(self._url or f"sqlite:///{(self._folder / 'ledger.sqlite').as_posix()}", self._clock)
        self.acquirer = Acquirer(self.ledger, self._folder, clock=self._clock, **self._options)
        await self.acquirer.start()

    async def stop(self) -> None:
        """Close host and ledger, as far as they were opened."""
        if self.acquirer:
            await self.acquirer.stop()
        if self.ledger:
            self.ledger.close()

    def introduction(self, terminal: str, tls: bool) -> Introduction:
        """What a terminal of the demonstration's merchant is told of this host, which has started."""
        ports = self.acquirer.ports
        settings = {
            **connection(terminal, testcards.DEMO_MERCHANT, _HERE, ports["tls" if tls else "tcp"], _HOST_NAME if tls else None),
            "ntp_host": _HERE,
            "ntp_port": ports["sntp"],
        }
        ca = self.acquirer.ca_der if "tls" in ports else b""
        return Introduction(settings, self.ledger.tmk(terminal).hex().upper(), ca)
