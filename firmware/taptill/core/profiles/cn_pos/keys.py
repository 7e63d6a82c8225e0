"""Working keys of a sign-on answer: unwrapped under the TMK and checked before anything trusts them.

Check value of this profile: the first four bytes of eight zero bytes enciphered under the key.
"""

from ...des import Des
from ...errors import KeyError_
from .mac import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...kinds import Buffer


_ZEROS = bytes(8)


def kcv(key: "Buffer") -> bytes:
    """Check value, 4 bytes, of an 8-byte (DES) or 16-byte (triple DES) key.  Raises KeyError_ for other lengths."""
    return kcv_of(Des(key))


def kcv_of(key: Des) -> bytes:
    """The same of a key that is ready for use."""
    return key.encrypt(_ZEROS)[:4]


def unwrap_working_keys(tmk: "Buffer", f62: "Buffer") -> "tuple[bytes, bytes]":
    """(PIK, MAK) in clear from the bytes of field 62 of an 0810.

    24 bytes: PIK 8, check 4, MAK 8, check 4.  40: PIK 16, check 4, MAK 16, check 4.  60: the same and
    TDK 16, check 4 (checked, not returned).  A MAK of 16 bytes whose second half arrives as eight zero bytes
    is an 8-byte key: it is returned as 8 bytes and its check value is single DES.
    Raises KeyError_ for a TMK that is not 16 bytes, another length of F62, or a wrong check value.
    """
    if len(tmk) != 16:
        raise KeyError_("TMK: 16 bytes needed, not " + str(len(tmk)))
    size = len(f62)
    if size != 24 and size != 40 and size != 60:
        raise KeyError_("F62: 24, 40 or 60 bytes of keys expected, not " + str(size))
    width = 8 if size == 24 else 16
    des = Des(tmk)
    view = memoryview(f62)
    pik = _unwrap(des, view[: width + 4], "PIK", False)
    mak = _unwrap(des, view[width + 4 : 2 * width + 8], "MAK", True)
    if size == 60:
        _unwrap(des, view[40:], "TDK", True)
    return pik, mak


def _unwrap(des: Des, wrapped: "Buffer", name: str, may_be_short: bool) -> bytes:
    """One key from its cipher text with the check value behind it."""
    key = des.decrypt(wrapped[:8])
    if len(wrapped) > 12 and not (may_be_short and equal(wrapped[8:16], _ZEROS)):
        key += des.decrypt(wrapped[8:16])
    if not equal(kcv(key), wrapped[-4:]):
        raise KeyError_(name + ": wrong check value, the key is refused")
    return key
