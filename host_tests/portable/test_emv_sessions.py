"""Recorded card sessions, played to the reader: everything a reader should find is found."""

from emv_cards import ReplayCard, session, tap
from expect import hexed

from cards.reasons import outcome_text, reason_text
from taptill.core.emv import outcome
from taptill.core.emv.field55 import de55
from taptill.core.tlv import parse, tag_text

# name, outcome, reason, cryptogram type
SESSIONS = (
    # The cryptogram of the two CDA recordings is sealed in 9F4B, because their terminal had asked for CDA.
    ("amex_aeips_cda", outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "ARQC"),
    ("jcb_jspeedy_cda", outcome.NOT_ACCEPTED, outcome.DATA_MISSING, "ARQC"),
    ("emvco_ccd_long_pdol", outcome.NOT_ACCEPTED, outcome.OFFLINE_ANSWER, "TC"),
    # Its AFL names records 1.1 and 3.2, which the recording does not have.
    ("mastercard_mchip_test_cda", outcome.NOT_ACCEPTED, outcome.RECORD_MISSING, None),
    ("mastercard_magstripe_ccc", outcome.OTHER_INTERFACE, outcome.STRIPE_ONLY, None),
    ("unionpay_quics_quasicredit", outcome.ONLINE, outcome.NO_REASON, "ARQC"),
    ("visa_cn_credit", outcome.ONLINE, outcome.NO_REASON, "ARQC"),
    ("unknown_card_6985", outcome.NOT_ACCEPTED, outcome.CONDITIONS, None),
)


def check(name: str, how: int, reason: int, kind) -> None:
    recorded = session(name)
    expected = recorded["expected"]
    card = ReplayCard(recorded["exchanges"])
    read = tap(card)
    where = name + ": " + reason_text(read.reason, read.detail)
    assert (read.outcome, read.reason, read.cryptogram_type) == (how, reason, kind), where
    assert read.aid == expected["aid"], where
    assert read.pan == expected["pan"], where
    assert read.label == expected["label"], where
    assert read.expiry == (expected["expiry"] and expected["expiry"][:4]), where
    assert read.aip == expected["aip"], where
    assert read.afl == expected["afl"], where
    if expected["track2"]:
        assert read.track2 == expected["track2"][0].rstrip("F"), where
        assert read.track2_raw == expected["track2"][0], where
    else:
        assert read.track2 is None, where
    for atc in expected["atc"]:
        # The ATC of a stripe-mode card comes with a checksum that this terminal does not ask for.
        assert read.tags.get(0x9F36) is None or read.tags[0x9F36] == bytes((int(atc[:2], 16), int(atc[2:], 16)))


def test_amex():
    check(*SESSIONS[0])


def test_jcb():
    check(*SESSIONS[1])


def test_emvco_with_a_pdol_of_250_bytes():
    check(*SESSIONS[2])


def test_mastercard_chip():
    check(*SESSIONS[3])


def test_mastercard_stripe():
    check(*SESSIONS[4])


def test_unionpay_quasicredit():
    check(*SESSIONS[5])


def test_visa_of_china():
    check(*SESSIONS[6])


def test_unknown_card():
    check(*SESSIONS[7])


def test_no_probing_after_a_directory():
    for name, _, _, _ in SESSIONS:
        recorded = session(name)
        card = ReplayCard(recorded["exchanges"])
        read = tap(card)
        selects = [command for command in card.sent if command.startswith("00A4")]
        if recorded["exchanges"][0][0].startswith("00A404000E3250"):
            listed = [entry["aid"] for entry in recorded["expected"]["candidates"]]
            assert len(selects) == (2 if listed else 1), name
            assert not listed or read.candidates[0] == listed[0]
        else:
            assert len(selects) <= 9, name


def test_a_directory_that_refuses_stops_the_tap():
    card = ReplayCard(session("unknown_card_6985")["exchanges"])
    assert "6985" in tap(card).detail
    assert len(card.sent) == 1


def test_field_55_of_a_recorded_visa_sale_repeats_what_the_card_was_told():
    card = ReplayCard(session("visa_cn_credit")["exchanges"])
    read = tap(card, amount=1250)
    objects = parse(de55(read))
    assert [tag_text(tag) for tag, _ in objects] == (
        "9F26 9F27 9F10 9F37 9F36 95 9A 9C 9F02 5F2A 82 9F1A 9F03 9F33 9F34 9F35 9F1E 84 9F09 9F41".split(" ")
    )
    gpo = [command for command in card.sent if command.startswith("80A8")][0]
    given = dict(objects)
    # PDOL 9F6604 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704 behind 80A8000023 8321
    assert hexed(given[0x9F02]) == gpo[22:34] == "000000001250"
    assert hexed(given[0x9F37]) == gpo[-10:-2]
    assert gpo[14:22] == "24804000"


def test_words_cover_every_number():
    for name in dir(outcome):
        value = getattr(outcome, name)
        if isinstance(value, int) and not name.startswith("CVM_"):
            assert isinstance(reason_text(value), str)
    assert reason_text(outcome.RECORD_MISSING, "record 1.1: 6A83") == "record missing: record 1.1: 6A83"
    assert outcome_text(outcome.ONLINE) == "online"
