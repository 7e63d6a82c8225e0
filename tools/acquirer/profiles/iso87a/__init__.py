"""ISO 8583:1987 in ASCII (jPOS's ISO87APackager and ASCIIChannel), as the host speaks it."""

from ...mac import RETAIL
from .wire import SPEC, claims, decode, frame, read_frame

MACS = (RETAIL,)

__all__ = ("MACS", "SPEC", "claims", "decode", "frame", "read_frame")
