"""The MAC that profiles share, and how two of them are compared."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .des import Des
    from .kinds import Buffer


RETAIL = "retail"


def retail_mac(des: "Des", data: "Buffer") -> bytes:
    """RETAIL, all 8 bytes of it (ISO/IEC 9797-1:2011, 7.3, algorithm 3 with output transformation 3; ANSI X9.19).

    `des` is a core.des.Des of two different keys.  CBC under the first half of the key; the last block is then deciphered under
    the second half and enciphered under the first again.  Zeros fill the last block (padding method 1): a message says its own
    length, so they cannot be mistaken.
    """
    view = memoryview(data)
    last = max(0, len(view) - 1 & ~7)
    chain = bytes(8)
    block = bytearray(8)
    for at in range(0, last + 1, 8):
        for index in range(8):
            block[index] = chain[index] ^ (view[at + index] if at + index < len(view) else 0)
        chain = des.encrypt(block) if at == last else des.encrypt_once(block)
    return chain


def equal(one: "Buffer", other: "Buffer") -> bool:
    """Compare two MACs or check values in a time that does not tell where they differ."""
    if len(one) != len(other):
        return False
    different = 0
    for index in range(len(one)):
        different |= one[index] ^ other[index]
    return different == 0
