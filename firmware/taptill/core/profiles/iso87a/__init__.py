"""ISO 8583:1987 in ASCII, as open switches speak it: jPOS's ISO87APackager over its ASCIIChannel.

messages.md says what is sent, and why.
"""

from ..shared import balance
from .channel import PREFIX, prefix, size
from .fates import responses
from .frame import mac_ok, pack, parse
from .keys import knows_keys, mac_code, mac_fits, unwrap
from .messages import about, differs, echo, inquiry, request, reversal, sign_on, status, told_batch, wrapped_keys

__all__ = (
    "PREFIX", "about", "balance", "differs", "echo", "inquiry", "knows_keys", "mac_code", "mac_fits", "mac_ok", "pack", "parse",
    "prefix", "request", "responses", "reversal", "sign_on", "size", "status", "told_batch", "unwrap", "wrapped_keys",
)  # fmt: skip
