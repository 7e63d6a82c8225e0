"""DES and two-key triple DES on single blocks (FIPS 46-3, ANSI X9.52 keying option 2).

MicroPython's cryptolib has AES only.  Every 32-bit half is kept as two 16-bit words, because on a 32-bit
MicroPython a number above 30 bits is a heap object: the rounds here allocate nothing.
"""

import array

from .errors import KeyError_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .kinds import Buffer


# S-boxes S1…S8 (FIPS 46-3, appendix 1), two values a byte, rows 0…3 of 16 columns each.
_S = (
    b"\xe4\xd1\x2f\xb8\x3a\x6c\x59\x07\x0f\x74\xe2\xd1\xa6\xcb\x95\x38"
    b"\x41\xe8\xd6\x2b\xfc\x97\x3a\x50\xfc\x82\x49\x17\x5b\x3e\xa0\x6d"
    b"\xf1\x8e\x6b\x34\x97\x2d\xc0\x5a\x3d\x47\xf2\x8e\xc0\x1a\x69\xb5"
    b"\x0e\x7b\xa4\xd1\x58\xc6\x93\x2f\xd8\xa1\x3f\x42\xb6\x7c\x05\xe9"
    b"\xa0\x9e\x63\xf5\x1d\xc7\xb4\x28\xd7\x09\x34\x6a\x28\x5e\xcb\xf1"
    b"\xd6\x49\x8f\x30\xb1\x2c\x5a\xe7\x1a\xd0\x69\x87\x4f\xe3\xb5\x2c"
    b"\x7d\xe3\x06\x9a\x12\x85\xbc\x4f\xd8\xb5\x6f\x03\x47\x2c\x1a\xe9"
    b"\xa6\x90\xcb\x7d\xf1\x3e\x52\x84\x3f\x06\xa1\xd8\x94\x5b\xc7\x2e"
    b"\x2c\x41\x7a\xb6\x85\x3f\xd0\xe9\xeb\x2c\x47\xd1\x50\xfa\x39\x86"
    b"\x42\x1b\xad\x78\xf9\xc5\x63\x0e\xb8\xc7\x1e\x2d\x6f\x09\xa4\x53"
    b"\xc1\xaf\x92\x68\x0d\x34\xe7\x5b\xaf\x42\x7c\x95\x61\xde\x0b\x38"
    b"\x9e\xf5\x28\xc3\x70\x4a\x1d\xb6\x43\x2c\x95\xfa\xbe\x17\x60\x8d"
    b"\x4b\x2e\xf0\x8d\x3c\x97\x5a\x61\xd0\xb7\x49\x1a\xe3\x5c\x2f\x86"
    b"\x14\xbd\xc3\x7e\xaf\x68\x05\x92\x6b\xd8\x14\xa7\x95\x0f\xe2\x3c"
    b"\xd2\x84\x6f\xb1\xa9\x3e\x50\xc7\x1f\xd8\xa3\x74\xc5\x6b\x0e\x92"
    b"\x7b\x41\x9c\xe2\x06\xad\xf3\x58\x21\xe7\x4a\x8d\xfc\x90\x35\x6b"
)
# Permutation P: bit n of the output is this bit of the S-box outputs (1 is the leftmost).
_P = (
    b"\x10\x07\x14\x15\x1d\x0c\x1c\x11\x01\x0f\x17\x1a\x05\x12\x1f\x0a"
    b"\x02\x08\x18\x0e\x20\x1b\x03\x09\x13\x0d\x1e\x06\x16\x0b\x04\x19"
)
# Permuted choice 1: which key bit (1 is the leftmost of byte 0) stands where in C (first 28) and D.
_PC1 = (
    b"\x39\x31\x29\x21\x19\x11\x09\x01\x3a\x32\x2a\x22\x1a\x12\x0a\x02\x3b\x33\x2b\x23\x1b\x13\x0b\x03\x3c\x34\x2c\x24"
    b"\x3f\x37\x2f\x27\x1f\x17\x0f\x07\x3e\x36\x2e\x26\x1e\x16\x0e\x06\x3d\x35\x2d\x25\x1d\x15\x0d\x05\x1c\x14\x0c\x04"
)
# Permuted choice 2, in bits of C and D as above.
_PC2 = (
    b"\x0e\x11\x0b\x18\x01\x05\x03\x1c\x0f\x06\x15\x0a\x17\x13\x0c\x04\x1a\x08\x10\x07\x1b\x14\x0d\x02"
    b"\x29\x34\x1f\x25\x2f\x37\x1e\x28\x33\x2d\x21\x30\x2c\x31\x27\x38\x22\x35\x2e\x2a\x32\x24\x1d\x20"
)
_TURNS = b"\x01\x02\x04\x06\x08\x0a\x0c\x0e\x0f\x11\x13\x15\x17\x19\x1b\x1c"  # left turns of C and D up to each round


def _sp_table() -> array.array:
    """S-box and P in one: [64 * box + six bits] is the upper word of the result, 512 further on the lower one."""
    place = bytearray(33)
    for index in range(32):
        place[_P[index]] = index
    table = array.array("H", bytes(2048))
    for box in range(8):
        for six in range(64):
            cell = 64 * box + (six & 32) + ((six & 1) << 4) + (six >> 1 & 15)
            four = _S[cell >> 1] & 15 if cell & 1 else _S[cell >> 1] >> 4
            upper = lower = 0
            for bit in range(4):
                if four & 8 >> bit:
                    spot = place[4 * box + bit + 1]
                    if spot < 16:
                        upper |= 0x8000 >> spot
                    else:
                        lower |= 0x8000 >> spot - 16
            table[64 * box + six] = upper
            table[64 * box + six + 512] = lower
    return table


_SP = _sp_table()


def _schedule(key: "Buffer", keys: array.array, base: int) -> None:
    """Write the 16 round keys of 8 key bytes to keys[base:base + 64].

    Four words a round, each holding two six-bit groups where the expanded half has them: groups 1 and 3,
    2 and 4, 5 and 7, 6 and 8.
    """
    bits = bytearray(112)  # C, C again, D, D again: a turned register is a slice
    for index in range(56):
        bit = _PC1[index] - 1
        if key[bit >> 3] & 0x80 >> (bit & 7):
            spot = index if index < 28 else index + 28
            bits[spot] = bits[spot + 28] = 1
    for turn in _TURNS:
        for half in (0, 24):
            shift = turn - 1 if half == 0 else turn + 27
            for first in (0, 6):
                word = 0
                for pair in range(first, first + 13, 12):
                    for index in range(half + pair, half + pair + 6):
                        word = word << 1 | bits[_PC2[index] + shift]
                    if pair < 12:
                        word <<= 2
                # groups 1 and 3 stand four bits above 2 and 4
                keys[base] = word << 4 if first == 0 else word
                base += 1


class Des:
    """One key of 8 (DES) or 16 bytes (two-key triple DES).  Parity bits are not looked at.

    Raises KeyError_ for any other length.
    """

    def __init__(self, key: "Buffer"):
        if len(key) != 8 and len(key) != 16:
            raise KeyError_("a DES key has 8 or 16 bytes, not " + str(len(key)))
        self._keys = array.array("I", bytes(4 * 8 * len(key)))
        _schedule(key, self._keys, 0)
        if len(key) == 16:
            _schedule(memoryview(key)[8:], self._keys, 64)

    @property
    def double(self) -> bool:
        """Has it two keys of 8 bytes that differ?  Two equal ones are single DES under another name."""
        keys = self._keys
        return len(keys) > 64 and keys[:64] != keys[64:]

    def encrypt(self, block: "Buffer") -> bytes:
        """The 8-byte block enciphered (EDE with 16 key bytes)."""
        return self._crypt(block, False)

    def encrypt_once(self, block: "Buffer") -> bytes:
        """The 8-byte block under single DES with the first 8 key bytes: a link of a retail MAC's chain."""
        return self._crypt(block, False, True)

    def decrypt(self, block: "Buffer") -> bytes:
        """The 8-byte block deciphered (DED with 16 key bytes)."""
        return self._crypt(block, True)

    def wipe(self) -> None:
        """Overwrite the round keys; the object is of no use afterwards."""
        for index in range(len(self._keys)):
            self._keys[index] = 0

    def _crypt(self, block: "Buffer", backward: bool, once: bool = False) -> bytes:
        if len(block) != 8:
            raise ValueError("a DES block has 8 bytes")
        # Initial permutation: each word gathers two bits of every byte, the last byte first.
        lu = ll = ru = rl = 0
        for index in range(7, -1, -1):
            byte = block[index]
            lu = lu << 1 | byte << 2 & 0x100 | byte >> 4 & 1
            ll = ll << 1 | byte << 6 & 0x100 | byte & 1
            ru = ru << 1 | byte << 1 & 0x100 | byte >> 5 & 1
            rl = rl << 1 | byte << 5 & 0x100 | byte >> 1 & 1
        # The permutations between the three passes of triple DES cancel out.
        lu, ll, ru, rl = self._rounds(lu, ll, ru, rl, 0, backward)
        if len(self._keys) > 64 and not once:
            lu, ll, ru, rl = self._rounds(lu, ll, ru, rl, 64, not backward)
            lu, ll, ru, rl = self._rounds(lu, ll, ru, rl, 0, backward)
        out = bytearray(8)
        for index in range(8):
            out[index] = (
                (lu & 0x100) >> 2
                | (lu & 1) << 4
                | (ll & 0x100) >> 6
                | ll & 1
                | (ru & 0x100) >> 1
                | (ru & 1) << 5
                | (rl & 0x100) >> 5
                | (rl & 1) << 1
            )
            lu >>= 1
            ll >>= 1
            ru >>= 1
            rl >>= 1
        return bytes(out)

    def _rounds(self, lu: int, ll: int, ru: int, rl: int, base: int, backward: bool) -> "tuple[int, int, int, int]":
        """Sixteen rounds on 16-bit words; returns the halves exchanged, as the final permutation wants them."""
        keys = self._keys
        sp = _SP
        step = 4
        if backward:
            base += 60
            step = -4
        for _ in range(16):
            # E: eighteen bits with the neighbours of the word, six-bit groups every four bits
            x = (rl & 1) << 17 | ru << 1 | rl >> 15
            y = (ru & 1) << 17 | rl << 1 | ru >> 15
            a = x ^ keys[base]
            b = x ^ keys[base + 1]
            c = y ^ keys[base + 2]
            d = y ^ keys[base + 3]
            base += step
            x = a >> 12
            y = c >> 12 | 256
            a = a >> 4 & 63 | 128
            c = c >> 4 & 63 | 384
            lu ^= sp[x] ^ sp[a] ^ sp[y] ^ sp[c]
            ll ^= sp[x + 512] ^ sp[a + 512] ^ sp[y + 512] ^ sp[c + 512]
            a = b >> 8 & 63 | 64
            b = b & 63 | 192
            c = d >> 8 & 63 | 320
            d = d & 63 | 448
            x = lu ^ sp[a] ^ sp[b] ^ sp[c] ^ sp[d]
            y = ll ^ sp[a + 512] ^ sp[b + 512] ^ sp[c + 512] ^ sp[d + 512]
            lu = ru
            ll = rl
            ru = x
            rl = y
        return ru, rl, lu, ll
