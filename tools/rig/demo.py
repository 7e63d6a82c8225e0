"""The demonstration: its host, its Wi-Fi, and what its terminals are told.

Whatever puts a terminal and a host together (rig.lab, the desk's room, the power-cut stand) takes both from here.
"""

import contextlib
import dataclasses
import json
import pathlib
from typing import Any

from acquirer import mac as macs
from acquirer import profiles, testcards
from acquirer.ledger import system_clock
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.vault import Keeper

from . import clock_floor
from .supervisor import Bench, Options

_SHOP = {"merchant_name": "TapTill Demo", "merchant_name_zh": "演示商户"}
_WIFI = ("bench", "bench-password")
SUPERVISOR = "8888"  # the password of the demonstration's terminals, told in the lesson that needs it
_HERE = "127.0.0.1"
_PORTS = "ports.json"
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


def offset_min(clock=system_clock) -> int:
    """Minutes east of UTC at this moment, summer time and all: what a terminal beside this clock has to show."""
    return round(clock().utcoffset().total_seconds() / 60)


async def provision(bench: Bench, told: Introduction, more: dict) -> None:
    """Write config.json, CA and TMK into a terminal, which is off; `more` settings go before all others.  Raises BenchError."""
    wifi = {"wifi_ssid": bench.options.ssid, "wifi_password": bench.options.password}
    config = {**_SHOP, **wifi, "utc_offset_min": offset_min(), **told.settings, **more}
    await bench.provision(clock_floor.with_floor(config, told.ca), told.tmk, told.ca)


class DemoHost:
    """An acquirer with the demonstration's cards and terminals; CA, certificate and ledger are kept in host/ below `folder`.

    `url` is another ledger than that; `options` go to the Acquirer, which takes TCP, TLS and a time server unless they say
    otherwise.  A free port that was found is taken again at the next start: a terminal with an open reversal stays with the
    host that it was sent to.
    """

    def __init__(self, folder: pathlib.Path, url: str = "", clock=system_clock, profile: str = profiles.DEFAULT, **options: Any):
        self.ledger: SqlLedger | None = None
        self.acquirer: Acquirer | None = None
        self._folder, self._url, self._clock = folder / "host", url, clock
        self._options = {"tcp_port": 0, "tls_port": 0, "sntp_port": 0, **options}
        self._profile = profile
        # Another profile than the default one is spoken beside it, on lines of its own.
        self._lines = {name: 0 for name, (spoken, _) in profiles.LINES.items() if spoken == profile != profiles.DEFAULT}

    async def start(self) -> None:
        """Open the ledger and listen.  Raises LedgerError, OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        url = self._url or f"sqlite:///{(self._folder / 'ledger.sqlite').as_posix()}"
        self.ledger = SqlLedger(url, self._clock, Keeper(self._folder))
        try:
            before, lines = self._ports_of_before()
            await self._listen({**self._options, **before, "lines": {**self._lines, **lines}})
        except OSError:
            await self._listen({**self._options, "lines": self._lines})  # somebody else has one of them now
        (self._folder / _PORTS).write_text(json.dumps(self.acquirer.ports), encoding="utf-8")

    async def _listen(self, options: dict[str, Any]) -> None:
        self.acquirer = await Acquirer(self.ledger, self._folder, clock=self._clock, **options).start()

    def _ports_of_before(self) -> tuple[dict[str, int], dict[str, int]]:
        """The ports that were found the last time, where any one does now too: as options, and those of `lines`."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            known = json.loads((self._folder / _PORTS).read_text(encoding="utf-8"))
            wanted = {f"{name}_port": int(port) for name, port in known.items()}
            options = {name: port for name, port in wanted.items() if self._options.get(name) == 0 and 0 < port < 65536}
            return options, {name: int(port) for name, port in known.items() if name in self._lines and 0 < int(port) < 65536}
        return {}, {}

    async def stop(self) -> None:
        """Close host and ledger, as far as they were opened."""
        if self.acquirer:
            await self.acquirer.stop()
        if self.ledger:
            self.ledger.close()

    def introduction(self, terminal: str, tls: bool, mac: str = macs.ECB) -> Introduction:
        """What a terminal of the demonstration's merchant is told of this host, which has started; they agree on `mac`,
        or on the only one of the profile.  Raises LedgerError for a MAC that there is not.
        """
        offered = profiles.of(self._profile).MACS
        mac = mac if mac in offered or len(offered) > 1 else offered[0]
        self.ledger.set_mac(terminal, mac)
        ports, line = self.acquirer.ports, profiles.line_name(self._profile, tls)
        settings = {
            **connection(terminal, testcards.DEMO_MERCHANT, _HERE, ports[line], _HOST_NAME if tls else None),
            "ntp_host": _HERE,
            "ntp_port": ports["sntp"],
            "utc_offset_min": offset_min(self._clock),
            "mac": mac,
            "profile": self._profile,
        }
        ca = self.acquirer.ca_der if "tls" in ports else b""
        return Introduction(settings, self.ledger.tmk(terminal).hex().upper(), ca)
