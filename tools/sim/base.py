"""What every world of a process begins with: the firmware loaded, a host with a terminal and cards, and how both are read."""

import datetime
from collections.abc import Callable
from typing import Any

from acquirer import testcards
from acquirer.books import transactions
from acquirer.memory import MemoryLedger, seeded
from campaigns.secret_search import Secrets, used
from cards import issuers

from . import aio, port, terminal
from .bank import Standing
from .board import POWER_ON, Board
from .littlefs import FileSystem

TERMINAL, MERCHANT = testcards.DEMO_TERMINAL, testcards.DEMO_MERCHANT
_TMK = bytes.fromhex("3D5B8C3EA1D6459E7F02C8B96AE04C13")
_SUPERVISOR = "2580"
_BLOCKS = 64


class Base:
    """One a process; raises RuntimeError where the firmware is imported already."""

    blocks = _BLOCKS
    terminal_id = TERMINAL

    def __init__(self) -> None:
        port.load()
        terminal.fit()
        from taptill.core import password

        self.guard = port.of("adapters.blocks").Blocks
        self._words = port.of("app.words")
        self._password = password.derive(_SUPERVISOR, bytes(range(8)), 3)
        self.secrets = tuple(card["pan"] for card in issuers.CARDS) + (_TMK.hex().upper(), _TMK.hex())
        self._ca = b"0\x82" + bytes(20)

    def ledger(self, clock: Callable[[], datetime.datetime], mac: str) -> Any:
        ledger = MemoryLedger(clock, seeded(0))
        ledger.add_terminal(TERMINAL, MERCHANT, _TMK)
        testcards.load(ledger)
        ledger.set_mac(TERMINAL, mac)
        return ledger

    # -- the terminal

    def put_into(self, board: Board, settings: dict) -> None:
        """Provision a new board, as `till provision` does over the cable; it is off before and after."""
        config = {
            "merchant_name": "Corner shop",
            "merchant_id": MERCHANT,
            "terminal_id": TERMINAL,
            "host": "host",
            "port": 7001,
            "tls_name": "host",
            "supervisor": self._password,
            "wifi_ssid": "shop",
            "wifi_password": "a-shop-password",
            **settings,
        }

        async def work() -> None:
            port.of("adapters.provision").provision("/data", board.nvs, config, _TMK.hex(), self._ca)

        FileSystem(board.flash, new=True)
        power = board.switch_on(POWER_ON)
        task = aio.create_task(work(), power)
        aio.loop.run(task.done, aio.loop.now)
        board.switch_off()

    def intent_in(self, board: Board) -> Any:
        """The intent that stands on flash, as it can be read there now."""
        seal = port.of("adapters.sealed").Seal(board.nvs.blobs["device_key"])
        file = port.of("adapters.intent").IntentFile(port.of("adapters.files").Folder("/data"), seal)
        file.open()
        return file.intent

    def secrets_in(self, flash: Any) -> "list[str]":
        """Names of the secrets that lie in the clear on a flash."""
        secrets = Secrets()
        for card in issuers.CARDS:
            secrets.card(card["pan"], f"{card['pan']}D{card['expiry']}{card['service']}")
        secrets.key("TMK", _TMK)
        return secrets.found_in(used(flash.image()))

    def name_of(self, number: int) -> str:
        return self._words.name(number) if number else ""

    # -- the host

    def row(self, ledger: Any, key: "tuple[int, int]") -> "Standing | None":
        return self.rows(ledger).get(key)

    def rows(self, ledger: Any) -> "dict[tuple[int, int], Standing]":
        return {
            (row["batch"], row["stan"]): Standing(row["kind"], row["state"], row["amount"], row["approved_amount"])
            for row in transactions(ledger, TERMINAL)
        }

    @staticmethod
    def pin(card: str, wrong: bool) -> str:
        found = next((row["pin"] for row in issuers.CARDS if row["name"] == card), "1234")
        return found[::-1] if wrong else found
