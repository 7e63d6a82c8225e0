"""Which application is chosen, and how status words before the cryptogram end a tap."""

from emv_cards import (
    MASTERCARD,
    OK,
    PPSE,
    UNIONPAY,
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

from taptill.core.emv import outcome


def check_end(read, how: int, reason: int, detail: str = "") -> None:
    assert (read.outcome, read.reason) == (how, reason), (read.outcome, read.reason, read.detail)
    assert detail in read.detail, read.detail


def test_priority_decides_zero_is_last_and_equal_ones_keep_their_order():
    answers = quick_answers(VISA)
    answers[PPSE] = ppse(
        ("A0000000043060", 0),
        (VISA, 0x82),
        ("A0000001524010", 0x03),
        (UNIONPAY, 2),
        ("A000000999", 1),
        ("A00000002501", 0),
    )
    card = ScriptCard(answers)
    # Only Visa answers; nobody else is selected before it than those of a better rank: there is none.
    read = tap(card)
    assert read.aid == VISA and card.count("00A40400") == 2
    answers[select(VISA)] = "6A82"
    card = ScriptCard(answers)
    read = tap(card)
    order = [command[10:-2] for command in card.sent[1:]]
    assert order == [VISA, UNIONPAY, "A0000001524010", "A0000000043060", "A00000002501"], order
    check_end(read, outcome.NOT_ACCEPTED, outcome.NO_APPLICATION)


def test_label_comes_from_the_fci_else_from_the_directory():
    assert tap(ScriptCard(quick_answers(VISA))).label == "Label 10"
    assert tap(ScriptCard(chip_answers())).label == "MASTERCARD"


def test_the_df_name_is_reported_and_without_one_the_selected_aid():
    answers = quick_answers(VISA)
    answers[select(VISA)] = fci("A000000003101002")
    assert tap(ScriptCard(answers)).aid == "A000000003101002"
    answers[select(VISA)] = fci("A000000003" + "00" * 12)
    check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "84")
    answers[select(VISA)] = tlv(0x6F, tlv(0xA5, tlv(0x50, b"X"))) + OK
    read = tap(ScriptCard(answers))
    assert read.aid == VISA and read.label == "X" and read.outcome == outcome.ONLINE


def test_status_words_of_the_directory():
    for status, how, reason in (
        ("6A82", outcome.NOT_ACCEPTED, outcome.NO_APPLICATION),
        ("6985", outcome.NOT_ACCEPTED, outcome.CONDITIONS),
        ("6986", outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE),
        ("6283", outcome.NOT_ACCEPTED, outcome.CARD_BLOCKED),
    ):
        answers = quick_answers()
        answers[PPSE] = status
        card = ScriptCard(answers)
        check_end(tap(card), how, reason, status)
        assert len(card.sent) == 1


def test_a_card_from_before_the_directory_is_asked_for_at_most_eight_names():
    for status in ("6D00", "6E00", "6A86", "6F00"):
        answers = chip_answers()
        answers[PPSE] = status
        card = ScriptCard(answers)
        read = tap(card)
        assert read.outcome == outcome.ONLINE and read.aid == MASTERCARD
        assert card.count("00A40400") == 3
    card = ScriptCard({PPSE: "6D00"})
    check_end(tap(card), outcome.NOT_ACCEPTED, outcome.NO_APPLICATION)
    assert len(card.sent) == 9


def test_directories_with_nothing_to_use():
    check_end(tap(ScriptCard({PPSE: ppse()})), outcome.NOT_ACCEPTED, outcome.NO_APPLICATION)
    card = ScriptCard({PPSE: ppse(("A000000999", 1))})
    check_end(tap(card), outcome.NOT_ACCEPTED, outcome.NOT_SUPPORTED)
    assert len(card.sent) == 1
    check_end(tap(ScriptCard({PPSE: "6F0584034142439000"})), outcome.NOT_ACCEPTED, outcome.NO_APPLICATION)
    check_end(tap(ScriptCard({PPSE: "6F1984039000"})), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "6F")


def test_a_refused_application_gives_way_to_the_next():
    for where, answer in (
        (select(VISA), "6283"),
        (select(VISA), "6285"),
        (select(VISA), "6A81"),
        (select(VISA), "9000"),
        (select(VISA), "6F18840390" + "00"),
        (select(VISA), fci(VISA, "9F33FF")),
        (select(VISA), fci(VISA, "9F66049F")),
        ("80A8", ["6985"]),
        ("80A8", ["6A81"]),
        ("80A8", ["7703829000"]),
    ):
        answers = chip_answers()
        answers[PPSE] = ppse((MASTERCARD, 2), (VISA, 1))
        answers[select(VISA)] = fci(VISA, "9F6604")
        if isinstance(answer, list):
            answer = answer + [answers["80A8"]]
        answers[where] = answer
        read = tap(ScriptCard(answers))
        assert read.outcome == outcome.ONLINE and read.aid == MASTERCARD, (where, read.detail)
        assert read.candidates == [VISA, MASTERCARD]
        assert read.pan == "5413330089600044"


def test_the_last_refusal_is_told():
    answers = quick_answers()
    for status, reason in (
        ("6283", outcome.CARD_BLOCKED),
        ("6285", outcome.CARD_BLOCKED),
        ("6985", outcome.CONDITIONS),
        ("6700", outcome.BAD_STATUS),
    ):
        answers[select(VISA)] = status
        check_end(tap(ScriptCard(answers)), outcome.NOT_ACCEPTED, reason, "SELECT " + VISA + ": " + status)


def test_status_words_of_gpo():
    for status, how, reason in (
        ("6985", outcome.NOT_ACCEPTED, outcome.CONDITIONS),
        ("6986", outcome.TRY_AGAIN, outcome.LOOK_AT_PHONE),
        ("6984", outcome.OTHER_INTERFACE, outcome.CONDITIONS),
        ("6700", outcome.NOT_ACCEPTED, outcome.BAD_STATUS),
    ):
        answers = quick_answers()
        answers["80A8"] = status
        read = tap(ScriptCard(answers))
        check_end(read, how, reason, "GPO: " + status)
        assert read.aid == VISA


def test_a_pdol_that_cannot_be_sent_never_leaves():
    # openemv/emv-utils: tests/emv_initiate_application_processing_test.c
    for pdol in ("9F33FF", "9F02069F03069F1A0295", "9F76FD"):
        answers = quick_answers()
        answers[select(VISA)] = fci(VISA, pdol)
        card = ScriptCard(answers)
        check_end(tap(card), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER)
        assert card.count("80A8") == 0


def test_le_is_corrected_and_more_data_is_fetched():
    answers = quick_answers()
    directory = answers[PPSE]
    answers[PPSE] = "6C20"
    answers[PPSE[:-2] + "20"] = directory
    gpo = answers["80A8"]
    answers["80A8"] = gpo[:20] + b"\x61\x10"
    answers["00C0000010"] = "6C11"
    answers["00C0000011"] = gpo[20:40] + b"\x61\x00"
    answers["00C0000000"] = gpo[40:]
    read = tap(ScriptCard(answers))
    assert read.outcome == outcome.ONLINE and read.cryptogram == "95BBE372271DDA7C"


def test_endless_corrections_end():
    for answer in ("6C20", "6100", "616100"):
        card = ScriptCard({"00": answer})
        check_end(tap(card), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "R-APDU")
        assert len(card.sent) <= 8


def test_short_answers_are_typed():
    for answer in ("", "90"):
        check_end(tap(ScriptCard({"00": answer})), outcome.NOT_ACCEPTED, outcome.BAD_ANSWER, "R-APDU")


def test_girocard_with_three_applications():
    giro = "A0000003591010028001"
    other = "D27600002547410100"
    answers = chip_answers()
    answers[PPSE] = ppse(("A0000000043060", 3), (giro, 1), (other, 2))
    answers[select(giro)] = fci(giro, label=b"girocard")
    read = tap(ScriptCard(answers))
    assert (read.aid, read.scheme, read.label) == (giro, "girocard", "girocard")
    answers[select(giro)] = "6A82"
    answers[select(other)] = fci(other, label=b"girocard")
    read = tap(ScriptCard(answers))
    assert (read.aid, read.scheme, read.outcome) == (other, "girocard", outcome.ONLINE)
