"""What stands in front of a message on the line, as jPOS's ASCIIChannel has it: its length in four digits, without themselves."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...kinds import Buffer


PREFIX = 4


def prefix(size: int) -> bytes:
    """The length of a message of `size` bytes, 9999 at most."""
    return b"%04d" % size


def size(prefix: "Buffer") -> int:
    """The length that the four digits say.  Raises ValueError."""
    digits = bytes(prefix)
    for digit in digits:
        if not 48 <= digit <= 57:
            raise ValueError("the length in front is not four digits")
    return int(digits)
