"""The bank-POS dialect of ISO 8583:1987 that is common in China, as the host speaks it."""

from ...mac import ECB, RETAIL
from .wire import SPEC, claims, decode, frame, read_frame

MACS = (ECB, RETAIL)

__all__ = ("MACS", "SPEC", "claims", "decode", "frame", "read_frame")
