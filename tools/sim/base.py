"""What every world of a process begins with: the firmware loaded, a host with a terminal and cards, and how both are read."""

import datetime
import functools
import gc
import random
from collections.abc import Callable
from typing import Any

from acquirer import profiles, testcards
from acquirer.memory import MemoryLedger, seeded
from cards import issuers

from . import aio, left, port, terminal
from .bank import Bank
from .board import POWER_ON, Board
from .littlefs import FileSystem
from .nor import Nor, Snapshot
from .settings import FIRST as FIRST_HOST
from .settings import PORTS, TERMINALS, WIFI, WIFI_SLIP

TERMINAL, MERCHANT = testcards.DEMO_TERMINAL, testcards.DEMO_MERCHANT
TMK = bytes.fromhex("3D5B8C3EA1D6459E7F02C8B96AE04C13")
TMKS = (TMK, bytes.fromhex("6B1F94D0573EC8A2E9408D25B7F613CA"))  # those that the banks give to the terminal
_OTHER_TMK = bytes.fromhex("AEB32CE5F18301C2D0E6D9F47C1A8B25")
FIRST: "dict[str, object]" = {"tls": False}  # settings of a terminal's first life, before it is set up anew
_SUPERVISOR = "2580"
_RESERVE = 16  # trace numbers of a write of the counter (adapters/counter.py)


@functools.cache
def the() -> "Base":
    """The one of this process."""
    made = Base()
    gc.collect()
    gc.freeze()  # the whole firmware: what is collected after a history is what that has left behind
    return made


class Base:
    """One a process; raises RuntimeError where the firmware is imported already."""

    terminal_id = TERMINAL

    def __init__(self) -> None:
        port.load()
        terminal.fit()
        from taptill.core import password

        self.guard = port.of("adapters.blocks").Blocks
        self._words = port.of("app.words")
        self._password = password.derive(_SUPERVISOR, bytes(range(8)), 3)
        self.secrets = (*(("TMK", tmk) for tmk in TMKS), ("the Wi-Fi's password", WIFI[1]), ("a Wi-Fi's password", WIFI_SLIP))
        self._books: object = None
        self._second_hand: dict[int, tuple[Snapshot, dict[str, bytes]]] = {}  # by the number of blocks
        self._ca = b"0\x82" + bytes(20)

    def ledger(self, clock: Callable[[], datetime.datetime], mac: str, seed: int = 0) -> MemoryLedger:
        """A host's books as they are before the first sale; the terminals' MAC is a name of acquirer.mac, `seed` its chance."""
        ledger = MemoryLedger(clock, seeded(0))
        if self._books is None:
            for terminal, merchant in TERMINALS.items():
                ledger.add_terminal(terminal, merchant, TMK)
            testcards.load(ledger)
            self._books = ledger.snapshot()
        ledger.restore(self._books)
        if seed:
            ledger.randomness = seeded(seed)  # its vault's key stays that of the books
        for terminal in TERMINALS:
            ledger.set_mac(terminal, mac)
        ledger.perform(lambda unit: unit.set_business_day(ledger.today()))
        return ledger

    @staticmethod
    def other_bank(clock: Callable[[], datetime.datetime]) -> Bank:
        """Another host, which knows a terminal of that number under another TMK."""
        ledger = MemoryLedger(clock, seeded(1))
        ledger.add_terminal(TERMINAL, MERCHANT, _OTHER_TMK)
        return Bank(ledger, TERMINAL)

    # -- the terminal

    @staticmethod
    def keep_journals(records: int, files: int) -> None:
        """From now on a journal has so many records in each of its files."""
        journal = port.of("adapters.journal")
        journal._PER_FILE, journal._FILES = records, files

    def config(self, settings: dict) -> dict:
        """The terminal's config.json, with these settings in it."""
        return {
            "merchant_name": "Corner shop",
            "merchant_id": MERCHANT,
            "terminal_id": TERMINAL,
            "host": FIRST_HOST,
            "port": PORTS[settings.get("profile", profiles.DEFAULT)],
            "tls_name": "host",
            "supervisor": self._password,
            "wifi_ssid": WIFI[0],
            "wifi_password": WIFI[1],
            **settings,
        }

    def put_into(self, board: Board, settings: dict, first_stan: int, new: bool = True) -> None:
        """Provision a board, as `till provision` does over the cable; it is off before and after.

        `first_stan`: the trace numbers up to this one are used up.  `new`: nothing was ever on its flash; else it has been
        provisioned before, and made its folders and its reserve.
        """
        if not new:
            size = len(board.flash.blocks)
            if size not in self._second_hand:
                # Not on this board: what its own chance has given must not depend on who came first.
                first = Board(Nor(size), board.air, random.Random(size), self.guard)
                self._provision(first, FIRST, 0, True)
                self._second_hand[size] = first.flash.snapshot(), dict(first.nvs.blobs)
            flash, blobs = self._second_hand[size]
            board.nvs.blobs = dict(blobs)
            board.flash.restore(flash)
        self._provision(board, settings, first_stan, new)

    def _provision(self, board: Board, settings: dict, first_stan: int, new: bool) -> None:
        def more() -> None:
            if new or first_stan:
                store = port.of("adapters.store").FlashStore(port.of("adapters.files").Folder("/data"), self._seal(board))
                store.open()
                if new:
                    store.room()
                if first_stan:
                    store._counter.go_on(1, max(first_stan - _RESERVE, 0), 1)
                    store.next_stan()

        if new:
            FileSystem(board.flash, new=True)
        self.provision(board, settings, TMK, more)

    def provision(self, board: Board, settings: dict, tmk: bytes, more: "Callable[[], None]" = lambda: None) -> None:
        """Give a board that is off these settings and that key, as `till provision` does over the cable.

        Raises ConfigError, KeyError_ or StoreError of the firmware, and PowerCut.
        """

        async def work() -> None:
            port.of("adapters.provision").provision("/data", board.nvs, self.config(settings), tmk.hex(), self._ca)
            more()

        task = aio.create_task(work(), board.switch_on(POWER_ON))
        task.awaited = True
        aio.loop.run(task.done, aio.loop.now)
        board.switch_off()
        if task.error is not None:
            raise task.error

    @staticmethod
    def _seal(board: Board) -> Any:
        return port.of("adapters.sealed").Seal(board.nvs.blobs["device_key"])

    def left_on(self, board: Board, flash: Nor, journal: bool = True) -> left.Left:
        """What of this board's records can be read on `flash`."""
        return left.on(flash, self._seal(board), journal)

    def depends(self, board: Board, key: left.Key) -> bool:
        """Is a payment open on this board's flash or not as marginal bits happen to be read?"""
        return left.depends(board.flash, self._seal(board), key)

    def name_of(self, number: int) -> str:
        return self._words.name(number) if number else ""

    @staticmethod
    def pin(card: str, wrong: bool) -> str:
        found = next((row["pin"] for row in issuers.CARDS if row["name"] == card), "1234")
        return found[::-1] if wrong else found
