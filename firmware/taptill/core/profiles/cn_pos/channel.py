"""What stands in front of a message on the line: its length, 2 bytes, big-endian, without themselves."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...kinds import Buffer


PREFIX = 2


def prefix(size: int) -> bytes:
    """The length of a message of `size` bytes."""
    return size.to_bytes(2, "big")


def size(prefix: "Buffer") -> int:
    """The length that the two bytes say."""
    return prefix[0] << 8 | prefix[1]
