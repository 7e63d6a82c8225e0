"""Which earlier transaction one is about: (batch, STAN, "MMDD"), as intents and journal records keep it.

8 bytes: batch u24, STAN u24, date as u16 (1231); all zeros is none.  The date is "" where none was told.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer


SIZE = 8
_LAYOUT = "<HBHBH"


def pack(original: "tuple[int, int, str] | None") -> bytes:
    """The 8 bytes of an original, or of None."""
    if original is None:
        return bytes(SIZE)
    batch, stan, date = original
    return struct.pack(_LAYOUT, batch & 0xFFFF, batch >> 16, stan & 0xFFFF, stan >> 16, int(date or "0"))


def unpack(data: "Buffer") -> "tuple[int, int, str] | None":
    """The original of 8 bytes, or None."""
    low, high, stan_low, stan_high, date = struct.unpack(_LAYOUT, data)
    stan = stan_high << 16 | stan_low
    return (high << 16 | low, stan, "%04d" % date if date else "") if stan else None
