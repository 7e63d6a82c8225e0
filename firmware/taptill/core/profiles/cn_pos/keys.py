"""Working keys of a sign-on answer: unwrapped under the TMK and checked before anything trusts them.

Check value of this profile: four bytes (core.keycheck).
"""

from ...des import Des
from ...errors import KeyError_
from ...keycheck import ZEROS, checked
from ...mac import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...kinds import Buffer


_SIZES = (24, 40, 60)


def knows_keys(wrapped: "Buffer") -> bool:
    """Has F62 one of the lengths below?"""
    return len(wrapped) in _SIZES


def unwrap(tmk: "Buffer", wrapped: "Buffer") -> "tuple[bytes, bytes]":
    """(PIK, MAK) in clear from the bytes of field 62 of an 0810.

    24 bytes: PIK 8, check 4, MAK 8, check 4.  40: PIK 16, check 4, MAK 16, check 4.  60: the same and
    TDK 16, check 4 (checked, not returned).  A MAK of 16 bytes whose second half arrives as eight zero bytes
    is an 8-byte key: it is returned as 8 bytes and its check value is single DES.
    Raises KeyError_ for a TMK that is not 16 bytes, another length of F62, or a wrong check value.
    """
    if len(tmk) != 16:
        raise KeyError_("TMK: 16 bytes needed, not " + str(len(tmk)))
    size = len(wrapped)
    if size not in _SIZES:
        raise KeyError_("F62: 24, 40 or 60 bytes of keys expected, not " + str(size))
    width = 8 if size == 24 else 16
    des = Des(tmk)
    view = memoryview(wrapped)
    pik = _unwrap(des, view[: width + 4], "PIK", False)
    mak = _unwrap(des, view[width + 4 : 2 * width + 8], "MAK", True)
    if size == 60:
        _unwrap(des, view[40:], "TDK", True)
    return pik, mak


def _unwrap(des: Des, wrapped: "Buffer", name: str, may_be_short: bool) -> bytes:
    """One key from its cipher text with the check value behind it."""
    key = des.decrypt(wrapped[:8])
    if len(wrapped) > 12 and not (may_be_short and equal(wrapped[8:16], ZEROS)):
        key += des.decrypt(wrapped[8:16])
    return checked(key, wrapped[-4:], name)
