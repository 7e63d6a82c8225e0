"""Commands to the card: short C-APDUs, with 61xx and 6Cxx answered as EMV Book 1, 9.3 wants."""

from ..errors import TlvError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...ports import Card
    from ..kinds import Buffer


OK = 0x9000
_MAX_ROUNDS = 8


async def send(card: "Card", cla: int, ins: int, p1: int, p2: int, data: "Buffer" = b"") -> "tuple[memoryview | bytearray, int]":
    """(answer without status word, status word); the answer is valid until the next command.

    Raises TlvError for an answer that is none, CardLost and ReaderFault from the card.
    """
    command = bytearray((cla, ins, p1, p2))
    if data:
        if len(data) > 255:
            raise TlvError("C-APDU", "carries at most 255 bytes")
        command.append(len(data))
        command.extend(data)
    command.append(0)
    joined = None
    for _ in range(_MAX_ROUNDS):
        answer = memoryview(await card.transceive(command))
        end = len(answer) - 2
        if end < 0:
            raise TlvError("R-APDU", "is shorter than a status word", 0)
        more = answer[end]
        if more == 0x6C and end == 0:
            command[len(command) - 1] = answer[1]
            continue
        if joined is not None or more == 0x61:
            if joined is None:
                joined = bytearray()
            joined.extend(answer[:end])
        if more == 0x61:
            command = bytearray((0, 0xC0, 0, 0, answer[end + 1]))
            continue
        status = more << 8 | answer[end + 1]
        return (answer[:end] if joined is None else joined), status
    raise TlvError("R-APDU", "asks to be repeated without end")
