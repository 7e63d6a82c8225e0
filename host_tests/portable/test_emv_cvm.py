"""Cardholder verification: EMV Book 3, 10.5 and Annex C3; Contactless Books C-2 and C-3."""

from emv_cards import CVM_LIST, ScriptCard, chip_answers, quick_answers, tap, tlv
from expect import hexed

from taptill.core.emv import outcome
from taptill.core.emv.outcome import CVM_DEVICE, CVM_NONE, CVM_PIN, CVM_SIGNATURE

LIMIT = 10000


def settled(answers: dict, amount: int, **settings):
    """(cvm, 9F34, byte 3 of the TVR, reason) of a tap."""
    read = tap(ScriptCard(answers), amount, cvm_limit=LIMIT, **settings)
    return read.cvm, hexed(read.terminal.get(0x9F34, b"")), read.terminal[0x95][2], read.reason


def with_slip(answers: dict, amount: int, **settings):
    """`settled` at a terminal that prints a slip to be signed."""
    return settled(answers, amount, signature=True, **settings)


def test_list_below_and_above_the_limit():
    assert settled(chip_answers(), LIMIT - 1) == (CVM_NONE, "1F0302", 0, 0)
    assert settled(chip_answers(), LIMIT) == (CVM_PIN, "420300", 4, 0)


def test_list_without_pin_keypad_takes_the_signature():
    assert settled(chip_answers(), LIMIT, capabilities="002800") == (CVM_SIGNATURE, "5E0300", 0, 0)


def test_list_that_cannot_be_satisfied():
    read = tap(ScriptCard(chip_answers()), LIMIT, cvm_limit=LIMIT, capabilities="000800")
    assert (read.outcome, read.reason) == (outcome.NOT_ACCEPTED, outcome.NO_CVM)
    card = ScriptCard(chip_answers(rules="00000000000000004103"))
    assert tap(card, LIMIT, cvm_limit=LIMIT).reason == outcome.NO_CVM
    assert card.count("80AE") == 0
    assert settled(chip_answers(rules="00000000000000004103"), 1) == (CVM_NONE, "3F0001", 0x80, 0)


def test_the_card_may_insist_below_the_limit():
    assert settled(chip_answers(rules="00000000000000000200"), 1) == (CVM_PIN, "020000", 4, 0)
    assert with_slip(chip_answers(rules="00000000000000001E03"), 1) == (CVM_SIGNATURE, "1E0300", 0, 0)
    assert settled(chip_answers(rules="00000000000000001E03"), 1) == (CVM_NONE, "3F0001", 0x80, 0)


def test_a_failing_rule_without_successor_ends_the_list():
    assert settled(chip_answers(rules="0000000000000000" + "0000" + "1F00"), 1) == (CVM_NONE, "000001", 0x80, 0)
    assert settled(chip_answers(rules="0000000000000000" + "4000" + "1F00"), 1) == (CVM_NONE, "400001", 0x80, 0)
    assert settled(chip_answers(rules="0000000000000000" + "4200" + "1F00"), 1) == (CVM_NONE, "1F0002", 0, 0)


def test_unrecognised_methods_and_conditions():
    assert settled(chip_answers(rules="0000000000000000" + "6A00" + "1F00"), 1) == (CVM_NONE, "1F0002", 0x40, 0)
    assert settled(chip_answers(rules="0000000000000000" + "0220" + "1F00"), 1) == (CVM_NONE, "1F0002", 0, 0)
    # cash and cash-back conditions never hold for a purchase
    for condition in ("01", "04", "05"):
        rules = "0000000000000000" + "02" + condition + "1F00"
        assert settled(chip_answers(rules=rules), 1) == (CVM_NONE, "1F0002", 0, 0)


def test_amount_conditions_need_the_card_currency():
    # no CVM under X = 50.00, online PIN over X; the terminal's limit is not in the way
    rules = "00001388" + "00002710" + "1F06" + "0207"
    same = tlv(0x9F42, "0156")
    assert settled(chip_answers(rules=rules, record=same), 4999) == (CVM_NONE, "1F0602", 0, 0)
    assert settled(chip_answers(rules=rules, record=same), 5001) == (CVM_PIN, "020700", 4, 0)
    assert settled(chip_answers(rules=rules, record=same), 5000) == (CVM_NONE, "3F0001", 0x80, 0)
    assert settled(chip_answers(rules=rules, record=tlv(0x9F42, "0978")), 4999) == (CVM_NONE, "3F0001", 0x80, 0)
    rules = "00001388" + "00001770" + "1F08" + "0209"
    assert settled(chip_answers(rules=rules, record=same), 5999) == (CVM_NONE, "1F0802", 0, 0)
    assert settled(chip_answers(rules=rules, record=same), 6001) == (CVM_PIN, "020900", 4, 0)


def test_without_list_or_support():
    assert settled(chip_answers(aip="0980"), 1) == (CVM_NONE, "3F0000", 0, 0)
    read = tap(ScriptCard(chip_answers(rules="")), 1)
    assert hexed(read.terminal[0x95]) == "A000008000" and read.outcome == outcome.ONLINE
    assert settled(chip_answers(aip="0980"), LIMIT)[3] == outcome.NO_CVM
    assert settled(chip_answers(rules=""), LIMIT)[3] == outcome.NO_CVM
    assert settled(chip_answers(rules=CVM_LIST + "00"), 1)[3] == outcome.BAD_ANSWER


def test_a_phone_verifies_on_the_device():
    assert settled(chip_answers(aip="1B80"), LIMIT) == (CVM_DEVICE, "010002", 0, 0)
    assert settled(chip_answers(aip="1B80"), 1) == (CVM_NONE, "3F0002", 0, 0)
    # a terminal that does not take it falls back to the list
    assert settled(chip_answers(aip="1B80"), LIMIT, ttq="24000000") == (CVM_PIN, "420300", 4, 0)


def test_qualifiers():
    none, pin, sign, device, refused = (
        (CVM_NONE, "1F0002", 0, 0),
        (CVM_PIN, "020000", 0, 0),
        (CVM_SIGNATURE, "1E0000", 0, 0),
        (CVM_DEVICE, "1F0002", 0, 0),
        (CVM_NONE, "", 0, outcome.NO_CVM),
    )
    for ctq, low, high in (
        ("", none, pin),
        ("0000", none, refused),
        ("8000", pin, pin),
        ("4000", sign, sign),
        ("C000", pin, pin),
        ("0080", device, device),
        ("4080", device, device),
        ("8080", pin, pin),
        ("0220", none, refused),
    ):
        assert with_slip(quick_answers(ctq=ctq), LIMIT - 1) == low, ctq
        assert with_slip(quick_answers(ctq=ctq), LIMIT) == high, ctq
    assert settled(quick_answers(ctq="4000"), LIMIT - 1) == none
    assert settled(quick_answers(ctq="4000"), LIMIT) == refused
    assert settled(quick_answers(ctq="8000"), LIMIT, ttq="22004000") == refused
    assert settled(quick_answers(ctq=""), LIMIT, ttq="22004000") == sign


def test_signed_qualifiers_must_agree():
    for signed, reason in (("01000000000080", 0), ("01000000008000", outcome.NO_CVM), ("01", 0)):
        answers = quick_answers(ctq="0080", more=tlv(0x9F69, signed))
        assert settled(answers, LIMIT)[3] == reason, signed


def test_qualifiers_of_a_wrong_length():
    assert settled(quick_answers(ctq="80"), 1)[3] == outcome.BAD_ANSWER


def test_jcb_says_it_with_the_cryptogram():
    for status, cvm in (("00", CVM_NONE), ("10", CVM_SIGNATURE), ("20", CVM_PIN), ("30", CVM_DEVICE)):
        answers = chip_answers()
        aid = "A0000000651010"
        for start in list(answers):
            value = answers[start]
            del answers[start]
            start = start.replace("A0000000041010", aid)
            answers[start] = value.replace(b"\xa0\0\0\0\x04\x10\x10", b"\xa0\0\0\0\x65\x10\x10")
        answers["80AE"] = (
            tlv(
                0x77,
                tlv(0x9F27, "80"),
                tlv(0x9F36, "0001"),
                tlv(0x9F26, "0102030405060708"),
                tlv(0x9F50, status),
            )
            + b"\x90\0"
        )
        read = tap(ScriptCard(answers), 1)
        assert (read.scheme, read.cvm, read.outcome) == ("JCB", cvm, outcome.ONLINE), read.detail
