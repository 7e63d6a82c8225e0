"""The contactless reader of a simulated terminal: ports.Reader over the test cards, without chip and air.

Also what adapters.reader.CardReader promises besides: `test` for the self-test.
"""

from collections.abc import Callable
from typing import Any

import cards

from . import aio

_LOOK_MS = 100
_ISO_DEP = 0x20


class Tray:
    """What lies on the reader of a board; `put` and `take` are the person's.

    `told(card, after)` hears of a card that comes, or of None, `exchanged(command, answer)` of what a card was asked.
    """

    def __init__(self) -> None:
        self.told: Callable[[Any, int | None], None] = lambda card, after: None
        self.exchanged: Callable[[bytes, bytes], None] = lambda command, answer: None
        self.card: Any = None
        self.after: int | None = None  # APDUs after which it is pulled away
        self.silent = False  # the chip says nothing

    def put(self, card: Any, after: "int | None" = None) -> None:
        self.told(card, after)
        self.card, self.after = card, after
        if hasattr(card, "activated"):  # a plain tag remembers nothing
            card.activated()

    def take(self) -> None:
        if self.card is not None:
            self.told(None, None)
        self.card = None


class Cards:
    """The cards of one person: each counts its transactions over the whole history."""

    def __init__(self) -> None:
        self._cards: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        if name not in self._cards:
            self._cards[name] = cards.make(name)
        return self._cards[name]

    def name(self, card: Any) -> str:
        return next(name for name, known in self._cards.items() if known is card)


def reader_class(tray_of: Callable[[], Tray]) -> type:
    """A class to stand for adapters.reader.CardReader; raises the firmware's own errors."""
    from taptill.core import checks
    from taptill.core.errors import CardLost, ReaderFault

    class Listed:
        def __init__(self, tray: Tray):
            self._tray = tray
            self._card = tray.card
            self._left = tray.after

        async def transceive(self, capdu: bytes, timeout_ms: int = 5000) -> memoryview:
            await aio.sleep_ms(20)
            if self._tray.silent:
                raise ReaderFault("reader: silent")
            if self._tray.card is not self._card or self._left == 0:
                self._tray.take()
                raise CardLost("card: gone")
            if self._left is not None:
                self._left -= 1
            answer = self._card.transmit(bytes(capdu))
            if answer is None:
                raise CardLost("card: gone")
            self._tray.exchanged(bytes(capdu), bytes(answer))
            return memoryview(answer)

    class CardReader:
        def __init__(self, chip: object):
            self._tray = tray_of()
            self.fault = None

        async def wait_card(self, timeout_ms: int, cancelled: Callable[[], bool]) -> "Listed | None":
            until = aio.loop.now + timeout_ms
            while aio.loop.now < until:
                if self._tray.silent:
                    raise ReaderFault("reader: silent")
                if self._tray.card is not None:
                    if not self._tray.card.target().sak & _ISO_DEP:
                        raise CardLost("not a payment card")
                    return Listed(self._tray)
                if cancelled():
                    return None
                await aio.sleep_ms(_LOOK_MS)
            return None

        async def test(self, thorough: bool) -> "tuple[int, str, str]":
            if self._tray.silent:
                return checks.READER_SILENT, "", "silent"
            return checks.WELL, "v1.6", "IC 32"

        async def off(self) -> None:
            """The field is off; the card does not mind."""

    return CardReader
