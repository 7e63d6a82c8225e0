"""What the terminal counts of its own life, and when it last did what is due now and then.

All of it in 128 bytes at most, which LittleFS replaces without an erase of its own: `<BB` magic and how many, a u32 each (little-
endian), CRC-32.  A later firmware appends; what an earlier one did not count begins at 0.
"""

import binascii
import struct

from .journal.pending import REASONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


# Places of the numbers; never reuse one.
SEGMENT = 0  # of the log: the number of its newest segment
DROPPED = 1  # lines that the log had no room for, or that flash refused
TAPS = 2  # cards whose reading began
CARD_LOST = 3
NO_PAYMENT_CARD = 4
CARD_REFUSED = 5  # read to its end, and not payable: the outcome is not "online"
READER = 6
APPROVED = 7
DECLINED = 8
NOT_SENT = 9  # ended before its request had left
REVERSED_98 = 10  # reversals by the F39 that they carried
REVERSED_A0 = 11
REVERSED_96 = 12
REVERSED_06 = 13
MANUAL = 14
WIFI_DROPS = 15  # a link that was up and broke
ERASES = 16  # of flash blocks
POWER_ON = 17  # resets; the port does not tell a brown-out from switching on (ports/esp32/modmachine.c)
HARD = 18  # machine.reset(), the reset button, a panic of the chip's own software
WATCHDOG = 19
DEEP_SLEEP = 20
SOFT = 21
OTHER_RESET = 22
FAULTS = 23  # tasks that died
LEAST_FREE = 24  # bytes of heap, the fewest that were seen free after a collection; 0: never looked
CHECKED_AT = 25  # the last daily check: seconds since 2000 in UTC, 0: never
SIGNED_ON_AT = 26
COUNT = 27

_MAGIC = 0x43
_MOST = 0xFFFFFFFF


class Tally:
    """`values[place]` of each number."""

    def __init__(self) -> None:
        self.values = [0] * COUNT

    def add(self, place: int, more: int = 1) -> None:
        """Count; a number that is full stays full."""
        self.values[place] = min(self.values[place] + more, _MOST)

    def weigh(self, free: int) -> None:
        """So many bytes of heap are free: the least counts."""
        least = self.values[LEAST_FREE]
        if free and (not least or free < least):
            self.values[LEAST_FREE] = min(free, _MOST)

    def pack(self) -> bytes:
        """The bytes of the file."""
        body = struct.pack("<BB%dI" % COUNT, _MAGIC, COUNT, *self.values)
        return body + struct.pack("<I", binascii.crc32(body))

    def read(self, data: "Buffer | None") -> bool:
        """Take over what `pack` gave; False (and nothing taken) when it is missing or damaged."""
        data = bytes(data or b"")
        if len(data) < 6 or data[0] != _MAGIC or len(data) != 6 + 4 * data[1]:
            return False
        if struct.unpack("<I", data[-4:])[0] != binascii.crc32(data[:-4]):
            return False
        found = struct.unpack("<%dI" % data[1], data[2:-4])
        for place in range(min(len(found), COUNT)):
            self.values[place] = found[place]
        return True


def of_reset(cause: int) -> int:
    """The place where a start counts; `cause` is machine.reset_cause(), 1 to 5, 0 for what the port does not know."""
    return POWER_ON + cause - 1 if 1 <= cause <= SOFT - POWER_ON + 1 else OTHER_RESET


def of_reversal(code: str) -> int:
    """The place where a reversal counts that carried this F39; 0: it was none."""
    return REVERSED_98 + REASONS.index(code) if code in REASONS else 0
