"""The message authentication codes of the profile (field 64); which of them is spoken is a setting, never told by the wire.

ECB     the dialect's own, known as the UnionPay ECB MAC: what hosts of the field speak.  It is **weak by construction**:
        all blocks are XORed before a key is used.  Two changes by the same bits in the same column of two blocks leave it
        as it is, and so do blocks in another order: a decline becomes an approval without any key.  TLS is what
        guards a line; without TLS the dialect's MAC guards against accidents only.
RETAIL  ISO/IEC 9797-1 algorithm 3 with DES and padding method 1, which is ANSI X9.19: every block goes through the key.
"""

import binascii

from ...mac import RETAIL, retail_mac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...des import Des
    from ...kinds import Buffer


ECB = "ecb"


def fits(kind: str, des: "Des") -> bool:
    """Can that MAC be made with this MAK?  Algorithm 3 wants two keys: a single one would be DES alone, which can be searched."""
    return kind != RETAIL or des.double


def code(kind: str, des: "Des", data: "Buffer") -> bytes:
    """F64, 8 bytes, of the MAC `kind` over `data` (bytes-like: MTI up to the last field before 64).

    `des` is a core.des.Des of a MAK that `fits`.
    """
    return retail_mac(des, data) if kind == RETAIL else profile_mac(des, data)


def profile_mac(des: "Des", data: "Buffer") -> bytes:
    """ECB: DES for 8 key bytes, two-key triple DES for 16.

    The data is zero-filled to blocks of 8 bytes and all blocks are XORed; the upper-case hex of that is enciphered as
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
