"""The bank-POS dialect of ISO 8583:1987 that is common in China: what a terminal and its host say to each other.

messages.md has every request field by field and byte by byte.
"""

from ..shared import balance
from .channel import PREFIX, prefix, size
from .fates import responses
from .fields import CODEC, f60, f61
from .frame import HEAD, MAC_START, Message, build, mac_ok, pack, parse
from .keys import knows_keys, unwrap
from .mac import code as mac_code
from .mac import fits as mac_fits
from .messages import about, differs, echo, inquiry, request, reversal, sign_on, status, told_batch, wrapped_keys

__all__ = (
    "CODEC", "HEAD", "MAC_START", "PREFIX", "Message", "about", "balance", "build", "differs", "echo", "f60", "f61",
    "inquiry", "knows_keys", "mac_code", "mac_fits", "mac_ok", "pack", "parse", "prefix", "request", "responses", "reversal",
    "sign_on", "size", "status", "told_batch", "unwrap", "wrapped_keys",
)  # fmt: skip
