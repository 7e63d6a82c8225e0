"""Evidence over the cable: what `till evidence --port` runs on the board while the terminal itself is stopped.

It tells the same of a flash as the file that the terminal saves (app.pages.evidence), as far as it is known there: the link is
not looked at, and of a device without a key only what stands in the clear.
"""

import asyncio
import json

import taptill

from .adapters import passwords, standing
from .adapters.clock import known_moment
from .adapters.files import Folder
from .adapters.given import Given
from .adapters.keystore import device_key
from .adapters.logbook import LogFiles
from .adapters.owner import OwnerFile
from .adapters.sealed import Seal
from .adapters.store import FlashStore
from .app.widgets.texts import Texts
from .app.witness import FILE, Witness
from .core import calendar, evidence
from .core.config import Config
from .core.errors import ConfigError, PendingDamaged, StoreError
from .core.money import show
from .core.owner import of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS
    from machine import RTC

    from .core.journal.pending import Pending


_RECORDS = 8


def tell(folder: str, nvs: "NVS", rtc: "RTC") -> None:
    """Print the file (core.evidence) of the terminal whose files are in `folder`, as it stands on flash.

    Raises StoreError when flash cannot be read.
    """
    key = device_key(nvs)
    seal = Seal(key) if key else None
    place = Folder(folder)
    log = LogFiles(place.inner("log"), lambda: 0, lambda: 0)
    log.look()
    teller = _Teller(place, seal, known_moment(rtc))
    witness = Witness(place, log, seal, teller.zone)
    print(asyncio.run(witness.text(teller.lines())))


def saved(folder: str) -> None:
    """Print the file that the terminal saved at an incident, nothing where there is none.  Raises StoreError."""
    kept = Folder(folder).read(FILE, 1 << 16)
    if kept:
        print(kept.decode())


class _Teller:
    """What is to be told; `zone` in minutes east of UTC, None without settings."""

    def __init__(self, folder: Folder, seal: "Seal | None", moment: int):
        self._folder = folder
        self._seal = seal
        self._config, self._host = _settings(folder, seal)
        self.zone = self._config.utc_offset_min if self._config else None
        known = moment and self._config
        self._now = calendar.civil(moment + 60 * self._config.utc_offset_min)[:6] if known and self._config else None

    def lines(self) -> "list[str]":
        """What is open, else whose terminal it is; the newest records; the currency."""
        if self._seal:
            store = FlashStore(self._folder, self._seal)
            store.open()
            try:
                pending = store.pending()
                lines = self._opened(pending) if pending else self._place()
            except PendingDamaged as error:
                lines = self._place() + ["damaged: %s" % error]
            records = store.recent(_RECORDS)
        else:
            found = standing.Standing(self._folder)
            lines = self._place() + self._in_clear(found)
            records = found.journal.recent(_RECORDS)
        return lines + [evidence.recorded(record) for record in records] + self._currency("")

    def _place(self) -> "list[str]":
        config = self._config
        terminal, merchant = (config.terminal_id, config.merchant_id) if config else ("-", "-")
        return evidence.place(terminal, merchant, self._host or "-", self._now)

    def _opened(self, pending: "Pending") -> "list[str]":
        known = OwnerFile(self._folder).read()
        host = known.place if known and known.mark == pending.owner else ""
        lines = evidence.lines(pending, self._money(pending), host, self._now)
        return lines + [evidence.opened(pending)] + ([] if self._config else self._currency(pending.currency))

    def _in_clear(self, found: standing.Standing) -> "list[str]":
        """What is seen without a key."""
        if found.opened:
            return evidence.outlines(found.opened, self._money(found.opened)) + [evidence.opened(found.opened)]
        return [evidence.unopened(found.found == standing.NOTHING)]

    def _money(self, pending: "Pending") -> str:
        letters, decimals = self._written_in(pending.currency)
        return letters + " " + show(pending.amount, decimals) if letters else ""

    def _currency(self, code: str) -> "list[str]":
        letters, decimals = self._written_in(code)
        return ["currency: %s %s" % (letters, show(0, decimals))] if letters else []

    def _written_in(self, code: str) -> "tuple[str, int]":
        """(letters, decimals) of the terminal's currency, else of the one of this code; ("", 0): not known."""
        if self._config:
            code = self._config.currency[1:]
        path = taptill.__file__
        return Texts(path[: path.rfind("/")] + "/texts").currency(code) or ("", 0)


def _settings(folder: Folder, seal: "Seal | None") -> "tuple[Config | None, str]":
    """The settings, and where their host is; (None, "") where they cannot be read."""
    given = Given(folder, seal)
    try:
        given.open()
        config = Config(passwords.opened(json.loads(given.file("config.json") or b"{}"), None))
    except (ConfigError, StoreError, ValueError):
        return None, ""
    return config, of(config, b"").place
