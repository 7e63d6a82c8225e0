"""Cards as people met them: foreign templates, padding, plain lengths, objects twice, stripe-mode and national cards."""

from emv_cards import (
    MASTERCARD,
    OK,
    PPSE,
    VISA,
    ScriptCard,
    chip_answers,
    fci,
    ppse,
    quick_answers,
    select,
    tap,
    tlv,
)
from expect import hexed, unhex

from taptill.core.emv import outcome
from taptill.core.emv.field55 import de55
from taptill.core.tlv import parse

# An issuer's own bytes, which are no objects: the second "tag" wants more than there is.
RUBBISH = "AACAADDEDFEDACADEEEE"
PAN = "5413330089600044"
CB = "A0000000421010"


def record(content: bytes) -> bytes:
    return tlv(0x70, content) + OK


def inside(answer: bytes) -> bytes:
    """The bytes inside the one template of an answer with status word."""
    return parse(answer[:-2], False)[0][1]


def pays(answers: dict, pan: str = PAN):
    read = tap(ScriptCard(answers))
    assert (read.outcome, read.pan, read.detail) == (outcome.ONLINE, pan, ""), (read.outcome, read.detail)
    return read


def refused(answers: dict, reason: int, detail: str):
    card = ScriptCard(answers)
    read = tap(card)
    assert (read.outcome, read.reason) == (outcome.NOT_ACCEPTED, reason) and detail in read.detail, (read.reason, read.detail)
    assert card.count("80AE") == 0
    return read


def test_f_c1_templates_that_the_terminal_does_not_need_are_passed_over_unread():
    """F-C1: E0 and FF8106 in a record, BF0C, 73 and 65 in the FCI, E1 in the GPO answer, E3 in that of GENERATE AC.

    Besides: templates that the terminal does look into elsewhere (A5, 61, 6F, 70, 77, BF0C) in places where it does not,
    between two objects that count, and with what would be a second 57 or 9F26.
    """
    for tag in (0xE0, 0xE1, 0xE3, 0xFF8106, 0xBF0C, 0x65, 0x73, 0x61, 0x6F, 0x70, 0x77, 0xBF8101, 0x30, 0x7F21):
        for content in (unhex(RUBBISH), tlv(0x57, "00"), tlv(0x9F26, bytes(8)), b"", b"\x5f", bytes(200)):
            foreign = tlv(tag, content)
            for answers in (
                chip_answers(record=foreign + tlv(0x9F07, "FF00")),
                dict(chip_answers(), **{select(MASTERCARD): tlv(0x6F, foreign, inside(fci(MASTERCARD))) + OK}),
                dict(
                    chip_answers(),
                    **{select(MASTERCARD): tlv(0x6F, tlv(0x84, MASTERCARD), tlv(0xA5, tlv(0x50, b"X"), foreign)) + OK},
                ),
                dict(chip_answers(), **{"80A8": tlv(0x77, foreign, inside(chip_answers()["80A8"])) + OK}),
                dict(chip_answers(), **{"80AE": tlv(0x77, foreign, inside(chip_answers()["80AE"]), foreign) + OK}),
            ):
                assert pays(answers).cryptogram == "0102030405060708"
            pays(quick_answers(more=foreign), "6200000000000005")
    # The proprietary template of the FCI is looked into there alone.
    pays(chip_answers(record=tlv(0xA5, RUBBISH)))
    # A directory entry beside foreign bytes, and one with foreign bytes inside.
    entry = tlv(0x61, tlv(0x4F, MASTERCARD), tlv(0x73, RUBBISH))
    for content in (tlv(0xE0, RUBBISH) + entry, entry + tlv(0x73, RUBBISH), entry):
        pays(dict(chip_answers(), **{PPSE: tlv(0x6F, tlv(0xA5, tlv(0xBF0C, content))) + OK}))


def test_f_c1_an_entry_that_is_broken_leaves_the_others():
    """F-C1, the same kind in the directory: rubbish in one entry; with no other it is told."""
    good, bad = tlv(0x61, tlv(0x4F, MASTERCARD)), tlv(0x61, RUBBISH)
    for content in (bad + good, good + bad):
        pays(dict(chip_answers(), **{PPSE: tlv(0x6F, tlv(0xA5, tlv(0xBF0C, content))) + OK}))
    refused({PPSE: tlv(0x6F, tlv(0xA5, tlv(0xBF0C, bad))) + OK}, outcome.BAD_ANSWER, "AA")


def test_f_c2_padding_in_every_answer_of_a_card():
    """F-C2: FF between objects of a record.  Besides: 00 and FF in directory, entry, FCI, GPO and GENERATE AC answers,
    before the first and behind the last object, and before the template."""
    for padding in (b"\0", b"\xff", b"\xff\0\xff\xff", b"\xff" * 20):
        pad = padding + tlv(0x9F4D, "0B0A") + padding
        answers = {
            PPSE: tlv(0x6F, pad, tlv(0xA5, pad, tlv(0xBF0C, padding, tlv(0x61, padding, tlv(0x4F, MASTERCARD), pad), pad))) + OK,
            select(MASTERCARD): padding
            + tlv(0x6F, padding, tlv(0x84, MASTERCARD), padding, tlv(0xA5, pad, tlv(0x50, b"M")))
            + OK,
        }
        for start in ("80A8", "80AE", "00B2010C00"):
            answer = chip_answers()[start]
            content = padding
            for tag, value in parse(inside(answer), False):
                content += tlv(tag, value) + padding
            answers[start] = padding + tlv(answer[0], content) + OK
        assert pays(answers).label == "M"


def test_f_c7_a_plain_length_byte_is_taken_alike_everywhere():
    """F-C7: 6F, 70, 77 and 80 with one length byte above 7F.

    Besides: the directory, A5 inside such a 6F, a certificate inside such a 70, and every length there is.
    """
    for size in range(0x80, 0xFD):
        answers = chip_answers()
        for start in ("80A8", "80AE", "00B2010C00"):
            content = inside(answers[start])
            filler = unhex("9F4B") + _length(size - len(content) - 2)
            answers[start] = bytes((answers[start][0], size)) + content + filler + OK
        inner = tlv(0x50, b"M")
        name = tlv(0x84, MASTERCARD)
        inner += bytes(size - len(name) - 2 - len(inner))
        answers[select(MASTERCARD)] = bytes((0x6F, size)) + name + bytes((0xA5, len(inner))) + inner + OK
        entries = inside(answers[PPSE])
        answers[PPSE] = bytes((0x6F, size)) + entries + bytes(size - len(entries)) + OK
        assert pays(answers).label == "M", size
        # Nothing is guessed: a byte more or less is no card that pays.
        for wrong in (b"", b"\0\0"):
            changed = dict(answers, **{"00B2010C00": answers["00B2010C00"][:-3] + wrong + OK})
            assert tap(ScriptCard(changed)).outcome == outcome.NOT_ACCEPTED, size
    # Format 1 of both commands.
    answers = chip_answers()
    answers["80A8"] = b"\x80\x82" + unhex("1980") + unhex("08010100") * 32 + OK
    read = tap(ScriptCard(answers))
    assert read.afl == "08010100" * 32 and "comes twice" in read.detail


def _length(left: int) -> bytes:
    """The length and the zeros of an object that has `left` bytes for both."""
    if left <= 0x80:
        return bytes((left - 1,)) + bytes(left - 1)
    return bytes((0x81, left - 2)) + bytes(left - 2)


def test_f_c6_a_blocked_card_is_asked_once():
    """F-C6: 6A81 on the directory is one command and "blocked".  Besides: 6283 and 6285; 6D00 still goes on to the names."""
    for status in ("6A81", "6283", "6285"):
        card = ScriptCard({"": "6A82", PPSE: status})
        read = tap(card)
        assert (read.outcome, read.reason, len(card.sent)) == (outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED, 1)
        assert read.detail == "SELECT PPSE: " + status
    card = ScriptCard({"": "6A82", PPSE: "6D00"})
    assert tap(card).reason == outcome.NO_APPLICATION and len(card.sent) == 9


def test_f_c6_a_status_word_means_the_same_at_every_step():
    """F-C6: 6984 and 6A81 on SELECT and GENERATE AC, 6986 on READ RECORD.

    Besides: all six words on the directory, SELECT, GPO, both of two records and GENERATE AC; a missing record before the
    telling one.  After it nothing is sent: no name is probed, no record read, no cryptogram asked for.
    """
    blocked = (outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED)
    steps = (
        (PPSE, "SELECT PPSE", 1),
        (select(MASTERCARD), "SELECT " + MASTERCARD, 2),
        ("80A8", "GPO", 3),
        ("00B2010C00", "record 1.1", 4),
        ("00B2020C00", "record 1.2", 5),
        ("80AE", "GENERATE AC", 6),
    )
    for status, wanted in (
        ("6984", (outcome.OTHER_INTERFACE, outcome.CONDITIONS)),
        ("6986", (outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE)),
        ("6985", (outcome.NOT_ACCEPTED, outcome.CONDITIONS)),
        ("6A81", blocked),
        ("6283", blocked),
        ("6285", blocked),
    ):
        for start, step, commands in steps:
            answers = chip_answers()
            answers["80A8"] = tlv(0x77, tlv(0x82, "1980"), tlv(0x94, "08010200")) + OK
            answers["00B2020C00"] = record(tlv(0x9F36, "0001"))
            answers[start] = status
            card = ScriptCard(answers)
            read = tap(card)
            assert (read.outcome, read.reason, read.detail) == wanted + (step + ": " + status,)
            assert len(card.sent) == commands, (step, status, card.sent)
            if start == "00B2020C00":
                answers["00B2010C00"] = "6A83"
                assert tap(ScriptCard(answers)).detail == read.detail
        # With no application behind it, too.
        card = ScriptCard({PPSE: status})
        read = tap(card)
        assert (read.outcome, read.reason, len(card.sent)) == wanted + (1,)
    # Words that tell nothing keep the step's own reason.
    for start, step, reason in (
        ("00B2010C00", "record 1.1", outcome.RECORD_MISSING),
        ("80AE", "GENERATE AC", outcome.BAD_STATUS),
    ):
        for status in ("6A82", "6A83", "6700", "6F00"):
            read = tap(ScriptCard(dict(chip_answers(), **{start: status})))
            assert (read.outcome, read.reason, read.detail) == (outcome.NOT_ACCEPTED, reason, step + ": " + status)


def test_f_c5_cards_of_stripe_mode_need_another_way():
    """F-C5: Visa with AIP 0080 and track 2 only.

    Besides: tracks in the GPO answer, with and without an AFL, UnionPay, Mastercard, American Express; and a Visa card that
    claims chip mode and gives no cryptogram, which lacks data.
    """
    track = tlv(0x57, "6200000000000005D30122010000000000000F")
    for aid, aip, told in (
        (VISA, "0080", outcome.STRIPE_ONLY),
        (VISA, "0000", outcome.STRIPE_ONLY),
        (VISA, "2000", outcome.DATA_MISSING),
        ("A000000333010101", "0080", outcome.STRIPE_ONLY),
        (MASTERCARD, "0000", outcome.STRIPE_ONLY),
        (MASTERCARD, "1980", outcome.DATA_MISSING),
        ("A00000002501", "0000", outcome.STRIPE_ONLY),
    ):
        answers = {PPSE: ppse((aid, 1)), select(aid): fci(aid)}
        in_record = dict(answers, **{"80A8": tlv(0x80, aip, "08010100") + OK, "00B2010C00": record(track)})
        in_answer = dict(answers, **{"80A8": tlv(0x77, tlv(0x82, aip), tlv(0x94, "08010100"), track) + OK})
        in_answer["00B2010C00"] = record(tlv(0x5F24, "301231"))
        alone = dict(answers, **{"80A8": tlv(0x77, tlv(0x82, aip), track) + OK})  # nothing to read
        for each in (in_record, in_answer, alone):
            card = ScriptCard(each)
            read = tap(card)
            assert (read.reason, read.pan) == (told, "6200000000000005"), (aid, aip, read.detail)
            assert read.outcome == (outcome.OTHER_INTERFACE if told == outcome.STRIPE_ONLY else outcome.NOT_ACCEPTED)
            assert card.count("80AE") == 0 and (told != outcome.STRIPE_ONLY or read.detail == "")


def test_f_c10_objects_twice_and_bytes_behind_the_template_end_the_tap():
    """F-C10: CDOL1 twice in the records, bytes behind template 70.

    Besides: an equal value, an object the terminal does not need, over two records, in the GPO answer; bytes behind 6F,
    77 and 80, of any kind but 00, which EMV Book 3 Annex B1 lets stand before, between and behind objects.
    """
    for again in (tlv(0x8C, "9F0206"), tlv(0x5F24, "301231"), tlv(0x9F4D, "0B0A") * 2):
        read = refused(chip_answers(record=again), outcome.DATA_INCONSISTENT, "comes twice")
        assert read.pan == PAN
    answers = chip_answers()
    answers["80A8"] = tlv(0x77, tlv(0x82, "1980"), tlv(0x94, "08010200")) + OK
    answers["00B2020C00"] = record(tlv(0x9F36, "0001") + tlv(0x8E, "00"))
    refused(answers, outcome.DATA_INCONSISTENT, "8E comes twice")
    answers["00B2020C00"] = record(tlv(0x9F36, "0001"))
    pays(answers)
    refused(quick_answers(more=tlv(0x9F26, bytes(8))), outcome.DATA_INCONSISTENT, "9F26 comes twice")
    # An application that does so gives way to the next.
    answers = chip_answers()
    answers[PPSE] = ppse((VISA, 1), (MASTERCARD, 2))
    answers[select(VISA)] = tlv(0x6F, tlv(0x84, VISA), tlv(0xA5, tlv(0x50, b"A") + tlv(0x50, b"B"))) + OK
    assert pays(answers).candidates == [VISA, MASTERCARD]
    for start in (PPSE, select(MASTERCARD), "80A8", "00B2010C00"):
        for behind in ("00", "0000000000"):
            pays(dict(chip_answers(), **{start: chip_answers()[start][:-2] + unhex(behind) + OK}))
        for behind in ("FF", "FFFF", "00FF", "9F360101", "5F", "7000", RUBBISH):
            answers = dict(chip_answers(), **{start: chip_answers()[start][:-2] + unhex(behind) + OK})
            tag = "%02X" % chip_answers()[start][0]
            told = tag + ": is not all: %d bytes stand behind it" % (len(behind) // 2 - behind.startswith("00"))
            refused(answers, outcome.BAD_ANSWER, told)
    answers = chip_answers()
    answers["80AE"] = tlv(0x80, "80", "0036", "1112131415161718") + b"\xff" + OK
    assert tap(ScriptCard(answers)).reason == outcome.BAD_ANSWER


def test_f_c8_a_french_card_pays_by_the_application_that_can_be_paid():
    """F-C8: CB first, Visa second.  Besides: Mastercard third and a better rank for CB, Interac beside Mastercard."""
    for first in (CB, "A0000002771010", "A0000005241010"):
        answers = quick_answers()
        answers[PPSE] = ppse((first, 1), (VISA, 2), (MASTERCARD, 3))
        read = pays(answers, "6200000000000005")
        assert (read.scheme, read.candidates) == ("Visa", [VISA])
    answers = chip_answers()
    answers[PPSE] = ppse(("A0000002771010", 1), (MASTERCARD, 0))
    assert pays(answers).scheme == "Mastercard"
    # Refused by the one that could be paid: that is what is told, and CB is not tried in its place.
    answers[select(MASTERCARD)] = "6283"
    refused(answers, outcome.CARD_BLOCKED, "SELECT " + MASTERCARD)


def test_f_c8_a_national_card_is_read_and_named():
    """F-C8: CB, Interac, eftpos, RuPay, MIR alone.  Besides: a purse; both shapes; one that refuses, lacks a record or breaks the
    format; Discover ZIP, whose card has stripe mode only; never a cryptogram asked for."""
    for aid, scheme in (
        (CB, "CB"),
        ("A0000002771010", "Interac"),
        ("A00000038410", "eftpos"),
        ("A0000005241010", "RuPay"),
        ("A0000006581010", "MIR"),
        ("D27600002545500200", "GeldKarte"),
    ):
        told = "no kernel for " + scheme + " in this terminal"
        answers = quick_answers(aid)
        read = refused(answers, outcome.NOT_SUPPORTED, told)
        assert (read.aid, read.scheme, read.pan, read.expiry) == (aid, scheme, "6200000000000005", "3012")
        answers = chip_answers()
        answers[PPSE], answers[select(aid)] = ppse((aid, 1)), fci(aid)
        read = refused(answers, outcome.NOT_SUPPORTED, told)
        assert (read.scheme, read.pan, read.detail) == (scheme, PAN, told)
        assert refused(quick_answers(aid, cid=""), outcome.NOT_SUPPORTED, told).detail == told
        answers["00B2010C00"] = "6A83"
        assert refused(answers, outcome.NOT_SUPPORTED, told).pan is None
        for start, answer, besides in (
            ("80A8", "6985", "GPO: 6985"),
            ("80A8", "6986", "GPO: 6986"),
            ("80A8", "7701829000", "82: has no length at byte 3"),
            ("80A8", "80061980090101009000", "94: names no file at byte 0"),
            (select(aid), "6A82", "SELECT " + aid + ": 6A82"),
        ):
            read = refused(dict(answers, **{start: answer}), outcome.NOT_SUPPORTED, told)
            assert (read.scheme, read.detail) == (scheme, told + " (" + besides + ")"), read.detail
    zip_card = "A0000003241010"
    answers = {PPSE: ppse((zip_card, 1)), select(zip_card): fci(zip_card), "80A8": tlv(0x80, "0000", "08010100") + OK}
    answers["00B2010C00"] = record(tlv(0x57, "6011000000000004D30122010000000000000F"))
    read = tap(ScriptCard(answers))
    assert (read.outcome, read.reason) == (outcome.OTHER_INTERFACE, outcome.STRIPE_ONLY)
    assert (read.scheme, read.pan) == ("Discover ZIP", "6011000000000004")


def test_f_c8_an_application_that_says_itself_that_it_is_anothers_is_not_paid_with():
    """F-C8, the same kind behind the directory: what answers is CB or Interac, whatever was selected; the next one pays."""
    for shape, aid in ((quick_answers, VISA), (chip_answers, MASTERCARD)):
        for name, scheme in ((CB, "CB"), ("A0000002771010", "Interac")):
            answers = dict(shape(), **{select(aid): fci(name)})
            card = ScriptCard(answers)
            read = tap(card)
            assert (read.outcome, read.reason) == (outcome.NOT_ACCEPTED, outcome.NOT_SUPPORTED), read.detail
            assert (read.scheme, read.detail) == (scheme, "no kernel for " + scheme + " in this terminal")
            assert card.count("80") == 0
    answers = chip_answers()
    answers[PPSE], answers[select(VISA)] = ppse((VISA, 1), (MASTERCARD, 2)), fci(CB)
    assert pays(answers).scheme == "Mastercard"


def test_f_c8_schemes_with_another_name_and_a_kernel_here_pay():
    """F-C8: V PAY and Visa's US debit application are Visa to the kernel; what 9F27 does not say the issuer's data say."""
    for aid, scheme in (("A0000000032020", "V PAY"), ("A0000000980840", "Visa US debit")):
        answers = quick_answers(aid, cid="")
        read = pays(answers, "6200000000000005")
        assert (read.scheme, read.cryptogram_type, hexed(read.terminal[0x9F09])) == (scheme, "ARQC", "008C")


def test_f_c3_the_card_is_told_before_it_makes_its_cryptogram():
    """F-C3: the TVR in CDOL1 and in field 55 is the same.  Besides: a quick card keeps the zeros its cryptogram covers."""
    more = tlv(0x9F07, "0202") + tlv(0x5F28, "0156") + tlv(0x9F08, "0001") + tlv(0x5F25, "280101")
    card = ScriptCard(chip_answers(record=more))
    read = tap(card)
    assert read.outcome == outcome.ONLINE and "80B0008000" in card.sent[-1]
    assert "950580B0008000" in hexed(de55(read))
    read = tap(ScriptCard(quick_answers(more=more)))
    assert read.outcome == outcome.ONLINE and "95050000000000" in hexed(de55(read))
    refused(chip_answers(record=tlv(0x5F25, "")), outcome.BAD_ANSWER, "5F25")
