"""What somebody on the line does to an answer who has no key (F-M17): a decline is made an approval under the dialect's MAC.

That MAC XORs all blocks of 8 bytes before it uses its key.  So each bit that changes in F39 is changed once more, in the same
column, at a place that nobody looks at: the reference number (F37).  The terminal cannot see it.
"""

from dataclasses import dataclass

from acquirer import profiles
from rig.firmware import taptill_on_path
from words import spoken

taptill_on_path()

from taptill.core.errors import CodecError

_APPROVED = b"00"


@dataclass
class Forged:
    """`frame` as it goes on; `changes` are (field, text before, text now); `batch` and `stan` say whose answer it is."""

    frame: bytes
    changes: list
    batch: int
    stan: int


def approve(frame: bytes) -> Forged | None:
    """The declined 0210 in `frame` (TPDU … F64), approved; None for anything else, or where no free place fits."""
    starts: dict = {}
    profile = spoken.guess(frame)
    free = profile.told.CHANGED
    try:
        message = profile.terminal.parse(frame, starts)
    except CodecError:
        return None
    fields = message.fields
    if message.mti != "0210" or fields.get(39, "00") == "00" or not profile.told.has_mac(frame):
        return None
    out = bytearray(frame)
    place = starts[39]
    out[place : place + 2] = _APPROVED
    for index in (place, place + 1):
        mask = frame[index] ^ out[index]
        if not mask:
            continue
        spot = _spot(free, fields, starts, index, frame, mask)
        if spot is None:
            return None
        out[spot] ^= mask
    now = profile.terminal.parse(out).fields
    changes = [(number, fields[number], now[number]) for number in (39, *free) if fields.get(number) != now.get(number)]
    return Forged(bytes(out), changes, profiles.decode(frame).batch, int(fields[11]))


def _spot(free: tuple, fields: dict, starts: dict, index: int, frame: bytes, mask: int) -> int | None:
    """A byte in the column of `index` that may change by `mask` and still be a printable character."""
    for number in free:
        if isinstance(fields.get(number), str):
            for at in range(starts[number], starts[number] + len(fields[number])):
                if (at - index) % 8 == 0 and " " <= chr(frame[at] ^ mask) <= "~":
                    return at
    return None
