"""The passwords among the settings (core.settings.PASSWORDS) as `config.json` on flash has them: sealed with the device key.

In place of such a text stands `{"sealed": base64}`, which no setting can be.  The others stay in the clear, because they are
needed where there is no key: for whoever looks for what is wrong with a board.  What an earlier firmware wrote in the clear is
taken as it is, and sealed by the next provisioning.
"""

import binascii
import struct

from ..core.errors import KeyError_, SealBroken
from ..core.settings import PASSWORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .sealed import Seal


_MAGIC = 0x53
_SEALED = "sealed"
_LENGTH = "<H"  # before the text, whose last block is filled up with zeros


def sealed(values: "dict[str, Any]", seal: "Seal", number: int) -> "dict[str, Any]":
    """Settings that were checked, as they go to flash; `number` is never used for others (adapters.given counts it)."""
    out = dict(values)
    for at, name in enumerate(PASSWORDS):
        text = out.get(name, "").encode()
        if text:
            closed = seal.seal(_MAGIC, number, at, struct.pack(_LENGTH, len(text)) + text)
            out[name] = {_SEALED: binascii.b2a_base64(closed).decode().strip()}
    return out


def opened(values: "Any", seal: "Seal | None") -> "Any":
    """What stands on flash, as core.config.Config takes it; not yet checked.

    On a device without a key (`seal` None) a sealed password is an empty text.  Raises KeyError_ where it cannot be opened with
    the device's key: the settings were sealed with another one.
    """
    if not isinstance(values, dict):
        return values
    out = dict(values)
    for at, name in enumerate(PASSWORDS):
        if isinstance(out.get(name), dict):
            try:
                out[name] = _text(out[name].get(_SEALED), seal, at)
            except (SealBroken, ValueError, TypeError):
                raise KeyError_("config: %s is sealed with another device key" % name)
    return out


def _text(closed: "Any", seal: "Seal | None", at: int) -> str:
    """Raises SealBroken; ValueError and TypeError for what is no base64."""
    if seal is None:
        return ""
    _, place, clear = seal.open(_MAGIC, binascii.a2b_base64(closed))
    if place != at:
        raise SealBroken("sealed password: of another setting")
    start = struct.calcsize(_LENGTH)
    (size,) = struct.unpack(_LENGTH, clear[:start])
    return clear[start : start + size].decode()
