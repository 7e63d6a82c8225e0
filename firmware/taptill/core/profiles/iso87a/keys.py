"""Working keys of a sign-on answer, and the MAC that is made with them.

F48 as hexadecimal: PIK 16, check 3, MAK 16, check 3 bytes, the keys enciphered under the TMK (ECB); check values are three bytes,
as most hosts have them.
"""

from ...des import Des
from ...errors import KeyError_
from ...keycheck import checked
from ...mac import retail_mac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...kinds import Buffer


_KEY = 16
_WHOLE = 38


def knows_keys(wrapped: "Buffer") -> bool:
    """Have they the length of this profile's?"""
    return len(wrapped) == _WHOLE


def unwrap(tmk: "Buffer", wrapped: "Buffer") -> "tuple[bytes, bytes]":
    """(PIK, MAK) in clear.  Raises KeyError_ for a TMK that is not 16 bytes, another length, or a wrong check value."""
    if len(tmk) != _KEY:
        raise KeyError_("TMK: 16 bytes needed, not " + str(len(tmk)))
    if len(wrapped) != _WHOLE:
        raise KeyError_("F48: 38 bytes of keys expected, not " + str(len(wrapped)))
    des = Des(tmk)
    view = memoryview(wrapped)
    keys = []
    for name, at in (("PIK", 0), ("MAK", _WHOLE // 2)):
        key = des.decrypt(view[at : at + 8]) + des.decrypt(view[at + 8 : at + _KEY])
        keys.append(checked(key, view[at + _KEY : at + _WHOLE // 2], name))
    return keys[0], keys[1]


def mac_fits(kind: str, des: "Des") -> bool:
    """Two different keys: a single one would be DES alone, which can be searched."""
    return des.double


def mac_code(kind: str, des: "Des", data: "Buffer") -> bytes:
    """The 8 bytes of the only MAC that there is (core.mac)."""
    return retail_mac(des, data)
