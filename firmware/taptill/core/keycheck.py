"""Check values of keys: the first bytes of eight zero bytes enciphered under the key."""

from .des import Des
from .errors import KeyError_
from .mac import equal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


ZEROS = bytes(8)


def kcv(key: "Buffer") -> bytes:
    """Check value, 4 bytes, of an 8-byte (DES) or 16-byte (triple DES) key.  Raises KeyError_ for other lengths."""
    return kcv_of(Des(key))


def kcv_of(key: Des) -> bytes:
    """The same of a key that is ready for use."""
    return key.encrypt(ZEROS)[:4]


def checked(key: bytes, check: "Buffer", name: str) -> bytes:
    """The key, when `check` is the beginning of its check value.  Raises KeyError_ naming it."""
    if not equal(kcv(key)[: len(check)], check):
        raise KeyError_(name + ": wrong check value, the key is refused")
    return key
