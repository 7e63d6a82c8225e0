"""The bank-POS dialect of ISO 8583:1987 that is common in China: what a terminal and its host say to each other.

messages.md has every request field by field and byte by byte.  A second profile would be a second folder with these names.
"""

from .fields import (
    CODEC,
    ECHO,
    SALE,
    SIGN_ON,
    STATE_APPROVED,
    STATE_BARRED,
    STATE_DECLINED,
    STATE_NONE,
    STATE_REVERSED,
    STATUS,
    VOID,
    Row,
    f60,
    f61,
    status,
)
from .frame import HEAD, MAC_START, Message, build, mac_ok, parse

__all__ = (
    "CODEC", "ECHO", "HEAD", "MAC_START", "SALE", "SIGN_ON", "STATE_APPROVED", "STATE_BARRED", "STATE_DECLINED", "STATE_NONE",
    "STATE_REVERSED", "STATUS", "VOID", "Message", "Row", "build", "f60", "f61", "mac_ok", "parse", "status",
)  # fmt: skip
