"""AFL, records, identity, cryptograms, and hostile answers."""

from emv_cards import (
    MASTERCARD,
    OK,
    ReplayCard,
    ScriptCard,
    chip_answers,
    fci,
    quick_answers,
    select,
    session,
    tap,
    tlv,
)
from expect import hexed, raises, run, unhex

from taptill.core.emv import outcome
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.emv.field55 import de55, de55_reversal
from taptill.core.emv.records import locations
from taptill.core.emv.tap import read_card
from taptill.core.emv.terminal import preprocess
from taptill.core.errors import ConfigError, TlvError
from taptill.core.tlv import parse
from taptill.ports import CardLost


def _reversal(read):
    return de55_reversal(read.terminal[0x95], read.terminal[0x9F1E], read.tags.get(0x9F10, b""), read.tags[0x9F36])


def check_end(read, how: int, reason: int, detail: str = "") -> None:
    assert (read.outcome, read.reason) == (how, reason), (read.outcome, read.reason, read.detail)
    assert detail in read.detail, read.detail


def test_afl():
    # openemv/emv-utils: tests/emv_initiate_application_processing_test.c
    assert locations(unhex("080202001001040018010201")) == [
        (1, 2), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (3, 2),
    ]  # fmt: skip
    assert locations(b"") == []
    for bad in ("080101", "00010100", "F8010100", "08000100", "08020100", "09010100", "08010000", "0801FF00"):
        assert raises(TlvError, locations, unhex(bad)).where == "94", bad


def test_a_bad_afl_reads_nothing():
    answers = chip_answers()
    answers["80A8"] = tlv(0x77, tlv(0x82, "1980"), tlv(0x94, "080101")) + OK
    card = ScriptCard(answers)
    check_end(tap(card), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "94")
    assert card.count("00B2") == 0


def test_gpo_format_1():
    answers = chip_answers()
    answers["80A8"] = unhex("80061980080101009000")
    read = tap(ScriptCard(answers))
    assert read.outcome == outcome.ONLINE and read.aip == "1980" and read.afl == "08010100"
    answers["80A8"] = unhex("8001199000")
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "80")


def test_a_missing_record_is_named_the_others_are_read_and_no_cryptogram_is_asked():
    answers = chip_answers()
    answers["80A8"] = tlv(0x77, tlv(0x82, "1980"), tlv(0x94, "0801010010010100")) + OK
    answers["00B2011400"] = answers["00B2010C00"]
    answers["00B2010C00"] = "6A83"
    card = ScriptCard(answers)
    read = tap(card)
    check_end(read, outcome.NOT_ACCEPTED, outcome.RECORD_MISSING, "record 1.1: 6A83")
    assert read.pan == "5413330089600044" and read.expiry == "3012"
    assert card.count("80AE") == 0


def test_records_without_template():
    answers = chip_answers()
    answers["00B2010C00"] = "5A0854133300896000449000"
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "record 1.1: 70")
    answers = quick_answers(more=tlv(0x94, "60010100"))
    answers["00B2016400"] = "0102039000"
    assert tap(ScriptCard(answers)).outcome == outcome.ONLINE


def test_a_record_with_a_plain_length_above_7f_is_read():
    content = tlv(0x57, "5413330089600044D30122010123409172") + tlv(0x8C, "9F3704") + tlv(0x5F24, "301231")
    content += tlv(0x9F4A, "82")
    for size in (0x80, 0x81, 0x82, 0x91, 0xFE):
        body = content + tlv(0x9F46, bytes(size - len(content) - 3 - (1 if size - len(content) > 0x82 else 0)))
        assert len(body) == size
        answers = chip_answers()
        answers["00B2010C00"] = bytes((0x70, size)) + body + OK
        read = tap(ScriptCard(answers))
        assert read.pan == "5413330089600044" and read.outcome == outcome.ONLINE, (size, read.detail)
        answers["00B2010C00"] = bytes((0x70, size)) + body + b"\0" + OK
        if size not in (0x81, 0x82):  # which are lengths of their own kind
            check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "record 1.1: 70")


def test_both_shapes_reach_the_issuer():
    read = tap(ScriptCard(quick_answers()))
    check_end(read, outcome.ONLINE, outcome.NO_REASON)
    assert (read.pan, read.psn, read.expiry) == ("6200000000000005", "001", "3012")
    assert read.track2 == "6200000000000005D30122010000000000000"
    card = ScriptCard(chip_answers())
    read = tap(card)
    check_end(read, outcome.ONLINE, outcome.NO_REASON)
    assert card.count("80AE8000") == 1
    # CDOL1 asks amount, unpredictable number, TVR (no offline authentication, floor limit) and CVM results
    assert card.sent[-1] == "80AE800012" + "000000000100" + "7F9F349E" + "8000008000" + "1F0302" + "00"


def test_generate_ac_format_1():
    answers = chip_answers()
    answers["80AE"] = tlv(0x80, "80", "0036", "1112131415161718", "0110") + OK
    read = tap(ScriptCard(answers))
    assert (read.outcome, read.cryptogram, read.cryptogram_type) == (outcome.ONLINE, "1112131415161718", "ARQC")
    assert hexed(_reversal(read)) == "95058000008000" + "9F1E083132333435363738" + "9F10020110" + "9F36020036"
    answers["80AE"] = tlv(0x80, "80", "0036", "11121314151617") + OK
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "80")


def test_status_words_of_generate_ac():
    for status, how, reason in (
        ("6985", outcome.NOT_ACCEPTED, outcome.CONDITIONS),
        ("6986", outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE),
        ("6D00", outcome.NOT_ACCEPTED, outcome.BAD_STATUS),
    ):
        answers = chip_answers()
        answers["80AE"] = status
        check_end(tap(ScriptCard(answers)), how, reason, "GENERATE AC: " + status)


def test_what_the_cryptogram_says():
    for answers in (quick_answers, chip_answers):
        for cid, how, reason, kind in (
            ("00", outcome.DECLINED, outcome.CARD_DECLINED, "AAC"),
            ("40", outcome.NOT_ACCEPTED, outcome.OFFLINE_ANSWER, "TC"),
            ("80", outcome.ONLINE, outcome.NO_REASON, "ARQC"),
            ("C0", outcome.NOT_ACCEPTED, outcome.DATA_MISSING, None),
        ):
            read = tap(ScriptCard(answers(cid=cid)))
            check_end(read, how, reason)
            assert read.cryptogram_type == kind and read.cryptogram


def test_without_9f27_the_issuer_data_tell():
    for byte, how in ((0xA0, outcome.ONLINE), (0x90, outcome.NOT_ACCEPTED), (0x80, outcome.DECLINED)):
        answers = quick_answers(cid="")
        at = answers["80A8"].find(unhex("07010103A0"))
        changed = bytearray(answers["80A8"])
        changed[at + 4] = byte
        answers["80A8"] = bytes(changed)
        read = tap(ScriptCard(answers))
        assert read.outcome == how, read.detail
    assert read.tags[0x9F27] == b"\0"
    read = tap(ScriptCard(quick_answers("A0000001524010", cid="")))
    check_end(read, outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "9F27")


def without(record: bytes, tag: bytes, value_length: int) -> bytes:
    """The record with one object replaced by zero padding."""
    at = record.find(tag)
    assert at > 0
    size = len(tag) + 1 + value_length
    return record[:at] + bytes(size) + record[at + size :]


def test_mandatory_data():
    for tag, length, name in (("57", 19, "5A and 57"), ("9F36", 2, "9F36")):
        answers = quick_answers()
        answers["80A8"] = without(answers["80A8"], unhex(tag), length)
        check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.DATA_MISSING, name)
    answers = chip_answers()
    answers["80AE"] = without(answers["80AE"], unhex("9F26"), 8)
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "9F26")
    answers = chip_answers()
    record = without(answers["00B2010C00"], unhex("5711"), 16)
    answers["00B2010C00"] = without(record, unhex("5F24"), 3)
    card = ScriptCard(answers)
    check_end(tap(card), outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "5F24")
    assert card.count("80AE") == 0
    answers = chip_answers()
    answers["00B2010C00"] = without(answers["00B2010C00"], unhex("8C"), 11)
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "8C")


def test_contradicting_card_data():
    answers = chip_answers()
    answers["00B2010C00"] = answers["00B2010C00"].replace(unhex("5A085413330089600044"), unhex("5A085413330089600045"))
    card = ScriptCard(answers)
    read = tap(card)
    check_end(read, outcome.NOT_ACCEPTED, outcome.DATA_INCONSISTENT, "5A and 57")
    assert card.count("80AE") == 0 and "5413" not in read.detail
    read = tap(ScriptCard(chip_answers(record=tlv(0x5A, "5413330089600045"))))
    check_end(read, outcome.NOT_ACCEPTED, outcome.DATA_INCONSISTENT, "5A comes twice")


def test_a_second_track_2_may_differ_behind_the_card_number_only():
    for more, wanted in (
        ("6200000000000005D30122010999999999", 0),
        ("6200000000000015D30122010000000000", outcome.DATA_INCONSISTENT),
    ):
        answers = quick_answers(more=tlv(0x94, "08010100"))
        answers["00B2010C00"] = tlv(0x70, tlv(0x57, more)) + OK
        read = tap(ScriptCard(answers))
        assert (read.reason, read.track2) == (wanted, "6200000000000005D30122010000000000000"), read.detail
        assert read.detail == ("57 comes with two values" if wanted else "")


def test_a_record_cannot_speak_for_the_terminal_or_bring_a_cryptogram():
    forged = tlv(0x9F02, "000000000001") + tlv(0x95, "0000000000") + tlv(0x9F26, "FFFFFFFFFFFFFFFF")
    card = ScriptCard(chip_answers(record=forged))
    read = tap(card)
    assert read.cryptogram == "0102030405060708"
    assert hexed(tlv(0x9F02, "000000000100")) in hexed(de55(read))
    assert "000000000100" in card.sent[-1]


def test_bad_digits_are_named():
    for find, replace, name in (
        ("5F3401 01", "5F3401 A1", "5F34"),
        ("5F2403 301231", "5F2403 3012C1", "5F24"),
        ("5A08 54", "5A08 C4", "5A"),
        ("5711 5413330089600044D3", "5711 541333008960004493", "57"),
    ):
        answers = chip_answers()
        answers["00B2010C00"] = answers["00B2010C00"].replace(unhex(find), unhex(replace))
        check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, name)


def test_stripe_mode_is_another_way():
    answers = chip_answers(aip="0000")
    answers["00B2010C00"] = tlv(0x70, tlv(0x9F6B, "5413330056003511D1412101067750500F"), tlv(0x9F6C, "0001")) + OK
    read = tap(ScriptCard(answers))
    check_end(read, outcome.OTHER_INTERFACE, outcome.STRIPE_ONLY)
    assert (read.pan, read.expiry) == ("5413330056003511", "1412")
    answers["00B2010C00"] = tlv(0x70, tlv(0x56, b"B5413330056003511^CUST^1412101067750500")) + OK
    read = tap(ScriptCard(answers))
    assert (read.pan, read.expiry, read.reason) == ("5413330056003511", "1412", outcome.STRIPE_ONLY)


def test_dates_reach_the_tvr():
    answers = chip_answers(record=tlv(0x5F25, "280101"))
    answers["00B2010C00"] = answers["00B2010C00"].replace(unhex("5F2403301231"), unhex("5F2403251231"))
    read = tap(ScriptCard(answers))
    assert hexed(read.terminal[0x95]) == "8060008000" and read.outcome == outcome.ONLINE


def test_preprocessing():
    config = EmvConfig(contactless_limit=50000, floor_limit=1000, cvm_limit=30000, serial="12345678")
    assert preprocess(config, 0) == (outcome.ZERO_AMOUNT, None)
    assert preprocess(config, 50000) == (outcome.LIMIT, None)
    assert preprocess(config, 1000) == (0, unhex("24004000"))
    assert preprocess(config, 1001) == (0, unhex("24804000"))
    assert preprocess(config, 30000) == (0, unhex("24C04000"))
    assert preprocess(EmvConfig(), 10**12) == (outcome.LIMIT, None)
    card = ScriptCard(quick_answers())
    check_end(tap(card, 50000, contactless_limit=50000), outcome.OTHER_INTERFACE, outcome.LIMIT)
    check_end(tap(card, 0), outcome.NOT_ACCEPTED, outcome.ZERO_AMOUNT)
    assert card.sent == []


def test_settings_are_checked_by_name():
    for name, value in (("country", "156"), ("ttq", "xx"), ("serial", "1"), ("cvm_limit", -1), ("floor_limit", "9")):
        assert name in str(raises(ConfigError, EmvConfig, **{name: value}))


def test_field_55_of_the_profile():
    # iso8583_vectors.md, D3 and D6, with the CVM results the list of contactless tags adds.
    answers = quick_answers("A000000333010101")
    answers["80A8"] = answers["80A8"].replace(unhex("82022000"), unhex("82027C00"))
    read = tap(ScriptCard(answers))
    assert hexed(de55(read)) == (
        "9F260895BBE372271DDA7C9F2701809F101307010103A00000010A010000000000ED538FE49F37047F9F349E"
        "9F36020157950500000000009A032601019C01009F02060000000001005F2A02015682027C009F1A0201569F0306000000000000"
        "9F33030048009F34031F0002"
        "9F3501219F1E0831323334353637388408A0000003330101019F0902008C9F410400000002"
    )
    assert hexed(_reversal(read)) == (
        "950500000000009F1E0831323334353637389F101307010103A00000010A010000000000ED538FE49F36020157"
    )
    answers = quick_answers(more=tlv(0x9F63, "30313035303030300000000000000000"))
    assert hexed(de55(tap(ScriptCard(answers)))).endswith("9F6310" + "30313035303030300000000000000000")
    answers = quick_answers(more=tlv(0x9F63, bytes(17)))
    assert "9F6311" not in hexed(de55(tap(ScriptCard(answers))))
    assert not {0x57, 0x5A, 0x5F20, 0x5F24} & {tag for tag, _ in parse(de55(read))}


def test_wiping_forgets_the_card():
    read = tap(ScriptCard(quick_answers()))
    read.wipe()
    assert read.pan is None and read.track2 is None and not read.tags and not read.terminal


class Leaving(ScriptCard):
    """A card that is pulled away at APDU n."""

    def __init__(self, answers: dict, stays: int):
        super().__init__(answers)
        self.stays = stays

    async def transceive(self, capdu, timeout_ms=5000):
        if len(self.sent) >= self.stays:
            raise CardLost("card left")
        return await super().transceive(capdu, timeout_ms)


def test_a_lost_card_passes_through():
    for answers, apdus in ((quick_answers, 3), (chip_answers, 5)):
        for stays in range(apdus):
            card = Leaving(answers(), stays)
            coroutine = read_card(card, EmvConfig(serial="12345678"), EmvTxn(100, "260101", bytes(4), 1))
            raises(CardLost, run, coroutine)
        assert tap(Leaving(answers(), apdus)).outcome == outcome.ONLINE


def test_damaged_answers_end_in_an_outcome():
    state = 12345
    ends = {}
    for name in ("visa_cn_credit", "unionpay_quics_quasicredit", "mastercard_magstripe_ccc", "jcb_jspeedy_cda"):
        exchanges = session(name)["exchanges"]
        for _ in range(60):
            damaged = []
            for command, answer in exchanges:
                answer = bytearray(unhex(answer))
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                if state >> 8 & 1:
                    answer[(state >> 12) % len(answer)] = state >> 24 & 0xFF
                if state >> 9 & 7 == 0:
                    answer = answer[: (state >> 14) % len(answer)]
                damaged.append([command, hexed(answer)])
            read = tap(ReplayCard(damaged))
            assert 1 <= read.outcome <= 5 and (read.reason == 0) == (read.outcome == outcome.ONLINE)
            ends[read.reason] = ends.get(read.reason, 0) + 1
    assert ends[outcome.BAD_ANSWER] > 10 and len(ends) > 3, ends


def test_the_scheme_decides_what_a_shared_tag_means():
    jcb = session("jcb_jspeedy_cda")["exchanges"]
    card = ReplayCard(jcb)
    tap(card)
    gpo = [command for command in card.sent if command.startswith("80A8")][0]
    assert gpo == "80A800000B8309" + "02" + "21" + "000000000100" + "00" + "00"
    answers = chip_answers()
    answers[select(MASTERCARD)] = fci(MASTERCARD, "9F5202")
    card = ScriptCard(answers)
    assert tap(card).outcome == outcome.ONLINE
    assert card.sent[2] == "80A8000004" + "8302" + "0000" + "00"
    answers[select(MASTERCARD)] = fci(MASTERCARD, "9F6E04")
    card = ScriptCard(answers)
    tap(card, extra={0x9F6E: b"\1\2\3\4"})
    assert card.sent[2] == "80A8000006" + "8304" + "01020304" + "00"
