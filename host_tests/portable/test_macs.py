"""F-M17: the dialect's MAC XORs all blocks before a key is used, so it vouches for little; the retail MAC vouches for every byte.

The row names one change, a decline into an approval, twice.  Here are also: another amount, another trace, two blocks that change
places, a field more of two equal blocks, all blocks in another order; and what the terminal makes of it.
"""

from expect import hexed, run, unhex
from stage import Stage

from taptill.core.des import Des
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import mac
from taptill.flows import result, sale

MAK = Des(unhex("0123456789ABCDEFFEDCBA9876543210"))


def seal(kind):
    return lambda data: mac.code(kind, MAK, data)


def answer(kind, f39="51", **more) -> bytearray:
    """A 0210 as hosts send it: the reference number stands before the response code."""
    fields = {
        3: "000000", 4: "000000001250", 11: "000007", 12: "101530", 13: "1122", 37: "101530000007", 39: f39,
        41: "12345678", 42: "123456789012345", 49: "156", 60: "22000001",
    }  # fmt: skip
    fields.update({int(name[1:]): value for name, value in more.items()})
    return profile.build("0210", fields, unhex("6000000003"), bytes(6), seal(kind))


def changed(frame, *pairs) -> bytearray:
    """The frame with (offset, mask) XORed; every mask twice, in columns that are the same: no key is known here."""
    out = bytearray(frame)
    for at, mask in pairs:
        out[at] ^= mask
    return out


def starts(frame) -> dict:
    found = {}
    profile.parse(frame, found)
    return found


def column(at) -> int:
    return (at - profile.MAC_START) & 7


def partner(at, first, count) -> int:
    """A byte of first … first + count in the column of `at`."""
    return next(other for other in range(first, first + count) if column(other) == column(at))


def approved_by_a_stranger(frame) -> bytearray:
    """F39 51 becomes 00, and two digits of the reference number change by the same bits."""
    at = starts(frame)
    one, other = at[39], at[39] + 1
    return changed(frame, (one, 0x05), (other, 0x01), (partner(one, at[37], 12), 0x05), (partner(other, at[37], 12), 0x01))


def another_amount(frame) -> bytearray:
    """12.50 becomes 52.50; F37 pays for it."""
    at = starts(frame)
    digits = at[4] + 4
    return changed(frame, (digits, 0x40), (partner(digits, at[37], 12), 0x40))


def another_trace(frame) -> bytearray:
    at = starts(frame)
    digits = at[11] + 2
    return changed(frame, (digits, 0x01), (partner(digits, at[37], 12), 0x01))


def blocks(frame) -> list:
    data = bytes(frame[profile.MAC_START : -8])
    return [data[at : at + 8] for at in range(0, len(data) & ~7, 8)]


def put_together(frame, parts) -> bytearray:
    joined = b"".join(parts)
    return frame[: profile.MAC_START] + joined + frame[profile.MAC_START + len(joined) :]


def two_blocks_swapped(frame) -> bytearray:
    parts = blocks(frame)
    parts[3], parts[5] = parts[5], parts[3]
    return put_together(frame, parts)


def blocks_in_another_order(frame) -> bytearray:
    parts = blocks(frame)
    return put_together(frame, parts[:2] + parts[:1:-1])


def two_equal_blocks_more(frame) -> bytearray:
    """The same 8 bytes twice, before the F64: bytes that nobody sent."""
    cut = profile.MAC_START + 8 * len(blocks(frame))
    return frame[:cut] + b"8 bytes!" * 2 + frame[cut:]


CHANGES = (
    approved_by_a_stranger, another_amount, another_trace, two_blocks_swapped, blocks_in_another_order, two_equal_blocks_more,
)  # fmt: skip


def test_f_m17_what_a_stranger_changes_passes_the_dialects_mac_and_never_the_retail_mac():
    for change in CHANGES:
        for kind, passes in ((mac.ECB, True), (mac.RETAIL, False)):
            frame = answer(kind)
            assert profile.mac_ok(frame, seal(kind))
            other = change(frame)
            assert other != frame
            assert profile.mac_ok(other, seal(kind)) is passes, (change, kind)


def test_f_m17_a_decline_becomes_an_approval_that_reads_well():
    forged = profile.parse(approved_by_a_stranger(answer(mac.ECB))).fields
    assert forged[39] == "00" and forged[37].isdigit() and forged[37] != "101530000007"
    assert forged[4] == "000000001250" and forged[11] == "000007"
    assert profile.parse(another_amount(answer(mac.ECB))).fields[4] == "000000005250"
    assert profile.parse(another_trace(answer(mac.ECB))).fields[11] == "000006"


def test_f_m17_the_retail_mac_vouches_for_every_bit():
    frame = answer(mac.RETAIL)
    for at in range(profile.MAC_START, len(frame)):
        for bit in range(8):
            if bit == at & 7 or at >= len(frame) - 8:  # one bit a byte, and every bit of F64
                assert not profile.mac_ok(changed(frame, (at, 1 << bit)), seal(mac.RETAIL))


def test_f_m17_no_two_equal_changes_pass_the_retail_mac():
    """The same mask at any two places of one column."""
    frame = answer(mac.RETAIL)
    covered = len(frame) - 8 - profile.MAC_START
    for step in range(60):
        one, mask = step * 37 % covered, 1 + step * 101 % 255
        other = (one + 8 * (1 + step % 9)) % covered
        if one == other or (one ^ other) & 7:
            continue
        pairs = ((profile.MAC_START + one, mask), (profile.MAC_START + other, mask))
        assert profile.mac_ok(changed(answer(mac.ECB), *pairs), seal(mac.ECB))
        assert not profile.mac_ok(changed(frame, *pairs), seal(mac.RETAIL)), pairs


class Between:
    """Somebody on the line between terminal and bank."""

    def __init__(self, bank, change):
        self._exchange, self._change = bank.exchange, change

    async def exchange(self, request, accept, timeout_ms):
        def altered(frame):
            return accept(self._change(frame) if profile.parse(frame).mti == "0210" else frame)

        return await self._exchange(request, altered, timeout_ms)


def _sold(kind, change):
    """(stage, result) of a sale that the bank declines, with somebody on the line."""
    stage = Stage()
    stage.bank.dialect.mac_kind = kind  # the terminal's keys have the same dialect
    stage.bank.faults = ["code 51"]
    stage.bank.exchange = Between(stage.bank, change).exchange
    return stage, run(sale.sale(stage.t, 1250))


def test_f_m17_the_terminal_believes_the_forged_answer_under_the_dialects_mac():
    """What README, lesson and protocol page say of a line without TLS: it is so."""
    stage, found = _sold(mac.ECB, approved_by_a_stranger)
    assert found.end == result.APPROVED and stage.bank.debited() == 0


def test_f_m17_under_the_retail_mac_it_is_reversed():
    stage, found = _sold(mac.RETAIL, approved_by_a_stranger)
    assert found.end != result.APPROVED and stage.bank.debited() == 0 and stage.journaled() == 0
    reversals = [profile.parse(one).fields for one in stage.bank.requests if profile.parse(one).mti == "0400"]
    assert reversals and reversals[0][39] == "A0"


def test_the_retail_mac_is_that_of_the_standard():
    """ISO/IEC 9797-1, annex B, algorithm 3 with padding 1 (two texts); a value that other libraries test with (key 7CA1…)."""
    assert hexed(mac.retail_mac(MAK, b"Now is the time for all ")) == "A1C72E74EA3FA9B6"
    assert hexed(mac.retail_mac(MAK, b"Now is the time for it")) == "2E2B1428CC78254F"
    assert hexed(mac.retail_mac(Des(unhex("7CA110454A1A6E570131D9619DC1376E")), b"Hello World !!!!")) == "F09B856213BAB83B"
    assert mac.retail_mac(MAK, memoryview(b"12345678")) == mac.retail_mac(MAK, bytearray(b"12345678"))
    assert mac.retail_mac(MAK, b"") == mac.retail_mac(MAK, bytes(8)) == MAK.encrypt(bytes(8))


def test_f_m17_a_mak_of_one_key_is_none_for_the_retail_mac():
    """A host, or somebody who plays it, cannot talk the terminal down to a key that can be searched."""
    single, twice = unhex("0123456789ABCDEF"), unhex("0123456789ABCDEF0123456789ABCDEF")
    parity = unhex("0123456789ABCDEF0022456789ABCDEF")  # differs in parity bits alone
    for key in (single, twice, parity):
        assert mac.fits(mac.ECB, Des(key)) and not mac.fits(mac.RETAIL, Des(key)), hexed(key)
    assert mac.fits(mac.RETAIL, MAK)
