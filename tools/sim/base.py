"""What every world of a process begins with: the firmware loaded, a host with a terminal and cards, and how both are read."""

import datetime
import functools
import gc
import random
from collections.abc import Callable
from typing import Any

from acquirer import testcards
from acquirer.memory import MemoryLedger, seeded
from cards import issuers

from . import aio, left, port, terminal
from .bank import Bank
from .board import POWER_ON, Board
from .littlefs import FileSystem
from .nor import Nor, Snapshot

TERMINAL, MERCHANT = testcards.DEMO_TERMINAL, testcards.DEMO_MERCHANT
WIFI = ("shop", "a-shop-password")
TMK = bytes.fromhex("3D5B8C3EA1D6459E7F02C8B96AE04C13")
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
        self.secrets = (("TMK", TMK), ("the Wi-Fi's password", WIFI[1]))
        self._books: object = None
        self._second_hand: dict[int, tuple[Snapshot, dict[str, bytes]]] = {}  # by the number of blocks
        self._ca = b"0\x82" + bytes(20)

    def ledger(self, clock: Callable[[], datetime.datetime], mac: str) -> MemoryLedger:
        """A host's books as they are before the first sale; the terminal's MAC is a name of acquirer.mac."""
        ledger = MemoryLedger(clock, seeded(0))
        if self._books is None:
            ledger.add_terminal(TERMINAL, MERCHANT, TMK)
            testcards.load(ledger)
            self._books = ledger.snapshot()
        ledger.restore(self._books)
        ledger.set_mac(TERMINAL, mac)
        ledger.perform(lambda unit: unit.set_business_day(int(clock().strftime("%Y%m%d"))))
        return ledger

    @staticmethod
    def other_bank(clock: Callable[[], datetime.datetime]) -> Bank:
        """Another host, which knows a terminal of that number under another TMK."""
        ledger = MemoryLedger(clock, seeded(1))
        ledger.add_terminal(TERMINAL, MERCHANT, _OTHER_TMK)
        return Bank(ledger, TERMINAL)

    # -- the terminal

    def config(self, settings: dict) -> dict:
        """The terminal's config.json, with these settings in it."""
        return {
            "merchant_name": "Corner shop",
            "merchant_id": MERCHANT,
            "terminal_id": TERMINAL,
            "host": "host",
            "port": 7001,
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
        config = self.config(settings)

        async def work() -> None:
            port.of("adapters.provision").provision("/data", board.nvs, config, TMK.hex(), self._ca)
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
        power = board.switch_on(POWER_ON)
        task = aio.create_task(work(), power)
        aio.loop.run(task.done, aio.loop.now)
        board.switch_off()

    @staticmethod
    def _seal(board: Board) -> Any:
        return port.of("adapters.sealed").Seal(board.nvs.blobs["device_key"])

    def left_on(self, board: Board, flash: Nor, journal: bool = True) -> left.Left:
        """What of this board's records can be read on `flash`."""
        return left.on(flash, self._seal(board), journal)

    def name_of(self, number: int) -> str:
        return self._words.name(number) if number else ""

    @staticmethod
    def pin(card: str, wrong: bool) -> str:
        found = next((row["pin"] for row in issuers.CARDS if row["name"] == card), "1234")
        return found[::-1] if wrong else found
