"""Kinds of values, for annotations alone: nothing on the board imports this page."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    Buffer = bytes | bytearray | memoryview
    Moment = tuple[int, int, int, int, int, int]  # year, month, day, hour, minute, second
