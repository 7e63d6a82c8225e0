"""The message authentication code of the profile (field 64), known in the field as the UnionPay ECB MAC."""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...des import Des
    from ...kinds import Buffer


def profile_mac(des: "Des", data: "Buffer") -> bytes:
    """F64, 8 bytes, over `data` (bytes-like: MTI up to the last field before 64).

    `des` is a core.des.Des of the MAK: DES for 8 key bytes, two-key triple DES for 16.  The data is
    zero-filled to blocks of 8 bytes and all blocks are XORed; the upper-case hex of that is enciphered as
    two chained blocks, and the first 8 hex characters of the result are the MAC.
    """
    view = memoryview(data)
    total = 0
    whole = len(view) & ~7
    for at in range(0, whole, 8):
        total ^= int.from_bytes(view[at : at + 8], "big")
    rest = len(view) - whole
    if rest:
        total ^= int.from_bytes(view[whole:], "big") << 8 * (8 - rest)
    text = binascii.hexlify(total.to_bytes(8, "big")).upper()
    block = bytearray(des.encrypt(text[:8]))
    for index in range(8):
        block[index] ^= text[8 + index]
    return binascii.hexlify(des.encrypt(block)[:4]).upper()


def equal(one: "Buffer", other: "Buffer") -> bool:
    """Compare two MACs or check values in a time that does not tell where they differ."""
    if len(one) != len(other):
        return False
    different = 0
    for index in range(len(one)):
        different |= one[index] ^ other[index]
    return different == 0
