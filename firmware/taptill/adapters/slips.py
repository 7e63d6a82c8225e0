"""File `slip`: what is known of the slip that was printed last, or was about to be.

Written before its first byte leaves for the printer, and when it is done: so after a power cut it is known that nobody knows
whether it was printed, and a person is asked.  A file that is not there or is damaged says that nothing was begun.

Little-endian: version, state, copies of the newest payment that were begun (a bit each), number of the record of the slip in work
(u32) and which copy of it, number of the newest record with a slip (u32), what is known of its card (core.slips.card), CRC-32.
"""

import binascii
import struct

from ..core.errors import StoreError
from ..core.slips import card as cards

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.slips.card import CardFacts
    from .files import Folder


_FILE = "slip"
_VERSION = 1
_LAYOUT = "<BBBIBI"
# States of the slip in work.
_NOTHING = 0
_BEGUN = 1  # nobody knows whether it was printed
_PRINTED = 2
_LEFT = 3  # not printed, or not whole, and a person was told so


class SlipFile:
    """`folder` is a files.Folder.  `seq` and `copy` of the slip in work, `unsure` whether it was printed; `newest` the record of
    the newest payment with a slip, `copies` those of it that were begun, `card` its CardFacts.  Call `open()` once before use.
    """

    def __init__(self, folder: "Folder"):
        self._folder = folder
        self._state = _NOTHING
        self.seq = 0
        self.copy = 0
        self.newest = 0
        self.copies = 0
        self.card = cards.CardFacts()

    def open(self, seq: int) -> None:
        """Read it back; `seq` is the number of the newest record.

        A slip of a later one is of a journal that is gone, and its number comes again; what cannot be read is not known.
        """
        try:
            data = self._folder.read(_FILE)
        except StoreError as error:
            print("slip:", error)
            return
        size = struct.calcsize(_LAYOUT)
        if not data or len(data) < size + 4 or data[0] != _VERSION:
            return
        if struct.unpack("<I", data[-4:])[0] != binascii.crc32(data[:-4]):
            return
        _, state, copies, in_work, copy, newest = struct.unpack(_LAYOUT, data[:size])
        if newest <= seq:
            self._state, self.copies, self.seq, self.copy, self.newest = state, copies, in_work, copy, newest
            self.card = cards.unpack(data[size:-4])

    @property
    def unsure(self) -> bool:
        """Was it begun, and nobody knows whether it was printed?"""
        return self._state == _BEGUN

    def was_begun(self, seq: int, copy: int) -> bool:
        """May this copy of that record's slip stand on paper already?"""
        return seq < self.newest or (seq == self.newest and bool(self.copies >> copy & 1))

    def card_of(self, seq: int) -> "CardFacts | None":
        """What is known of the card of a record, None where nothing is."""
        return self.card if seq and seq == self.newest else None

    def learn(self, seq: int, card: "CardFacts") -> None:
        """The card of a new record, kept with the next writing."""
        if seq > self.newest:
            self.newest, self.copies, self.card = seq, 0, card

    def begin(self, seq: int, copy: int) -> None:
        """Durable: from now on nobody knows whether this copy was printed.  Raises StoreError."""
        self.learn(seq, cards.CardFacts())
        if seq == self.newest:
            self.copies |= 1 << copy
        self._write(_BEGUN, seq, copy)

    def done(self, printed: bool) -> None:
        """Durable: it is printed, or not, and somebody knows.  Raises StoreError."""
        self._write(_PRINTED if printed else _LEFT, self.seq, self.copy)

    def _write(self, state: int, seq: int, copy: int) -> None:
        data = struct.pack(_LAYOUT, _VERSION, state, self.copies, seq, copy, self.newest) + self.card.pack()
        self._folder.write(_FILE, data + struct.pack("<I", binascii.crc32(data)))
        self._state, self.seq, self.copy = state, seq, copy
