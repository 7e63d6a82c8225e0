"""What the PN532 can say of itself: its memories, the line to it, its antenna and its field.

Source: NXP UM0701-02, 7.2.1 (Diagnose), 7.2.4 (ReadRegister), 7.3.1 (RFConfiguration); the data sheet PN532/C1 has the registers
Andet_Control and CIU_TxControl.
"""

from ...core.errors import ReaderFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chip import Pn532


_DIAGNOSE = 0x00
_READ_REGISTER = 0x06
_RF_CONFIGURATION = 0x32

_LINE = 0x00
_ROM = 0x01
_RAM = 0x02
_ANTENNA = 0x07
_PATTERN = b"\x00\xff\x55\xaa\x0f\xf0\x01\x80"
# For Andet_Control: the detector on (bit 0), the highest limit for too much current (bits 3-1), 25 mA for too little (bits 5-4).
# Modules that run at 3.3 V are known to fail this test with a sound antenna.
_THRESHOLDS = b"\x2f"
_CIU_TX_CONTROL = b"\x63\x04"
_DRIVERS = 0x03  # TX2 and TX1 carry the field

# What was found; all tests that the chip knows were done.
WELL = 0
BROKEN = 1  # its memory, or the line to it
NO_ANTENNA = 2
NO_FIELD = 3


async def examine(chip: "Pn532") -> "tuple[int, str]":
    """(what was found, in words for a log) of a chip that has begun; it begins anew at the end, with its field off.

    A test that this chip refuses (modules are sold with chips that know less) counts as not done, and is named.  Raises
    ReaderFault when it does not begin again.
    """
    found, said = WELL, []
    for name, number, values, wanted in (
        ("line", _LINE, _PATTERN, bytes((_LINE,)) + _PATTERN),
        ("rom", _ROM, b"", b"\x00"),
        ("ram", _RAM, b"", b"\x00"),
        ("antenna", _ANTENNA, _THRESHOLDS, b"\x00"),
    ):
        answer = await _asked(chip, _DIAGNOSE, bytes((number,)) + values)
        said.append(name + (" not tested" if answer is None else " ok" if answer == wanted else " FAILED"))
        if answer not in (None, wanted):
            found = found or (NO_ANTENNA if number == _ANTENNA else BROKEN)
    lit = await _carries(chip, b"\x01\x01")
    dark = await _carries(chip, b"\x01\x00")
    known = lit is not None and dark is not None
    said.append("field " + ("not tested" if not known else "ok" if lit and not dark else "FAILED"))
    if known and (dark or not lit):
        found = found or NO_FIELD
    await chip.begin()
    return found, ", ".join(said)


async def _carries(chip: "Pn532", field: bytes) -> "bool | None":
    """Switch the field, and look whether both drivers do so; None where the chip does not say."""
    if await _asked(chip, _RF_CONFIGURATION, field) is None:
        return None
    drivers = await _asked(chip, _READ_REGISTER, _CIU_TX_CONTROL)
    return None if not drivers else drivers[-1] & _DRIVERS == _DRIVERS


async def _asked(chip: "Pn532", code: int, values: bytes) -> "bytes | None":
    try:
        return await chip.ask(code, values)
    except ReaderFault:
        return None  # an error frame; a chip that has gone silent is noticed when it has to begin again
