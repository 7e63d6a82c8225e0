"""The virtual cards: what they accept, what they refuse, and that they are found by the reader's model."""

from chip_bench import SpiLab
from expect import hexed, raises, unhex

import cards
from cards import cryptogram, issuers
from cards.recorded import RecordedCard
from taptill.core import tlv

_PPSE = unhex("00A404000E325041592E5359532E444446303100")
_AMOUNT = "000000001250"


def qualifiers(first: str = "26", second: str = "80") -> str:
    return first + second + "0000"


def gpo(ttq: str = "26800000", amount: str = _AMOUNT) -> bytes:
    data = ttq + amount + "000000000000" + "0156" + "0000000000" + "0156" + "261122" + "00" + "11223344"
    return unhex("80A8000023" + "8321" + data + "00")


def objects(answer) -> dict:
    """Tag (hex) -> value of the primitive objects of an R-APDU with 9000."""
    assert answer[-2:] == b"\x90\x00", hexed(answer)
    found = {}

    def walk(data) -> None:
        at = 0
        while at < len(data):
            size = 2 if data[at] & 0x1F == 0x1F else 1
            tag = hexed(data[at : at + size])
            constructed = data[at] & 0x20
            at += size
            count = data[at]
            at += 1
            if count & 0x80:
                wide = count & 0x7F
                count = int.from_bytes(data[at : at + wide], "big")
                at += wide
            if constructed:
                walk(data[at : at + count])
            found[tag] = bytes(data[at : at + count])
            at += count

    walk(answer[:-2])
    return found


def select(card) -> dict:
    card.target()
    card.activated()
    aid = objects(card.transmit(_PPSE))["4F"]
    return objects(card.transmit(unhex("00A40400") + bytes((len(aid),)) + aid + b"\x00"))


def test_the_wallet_is_complete():
    for name in cards.names():
        assert cards.make(name).target().present, name
    assert "no card is named x" in str(raises(ValueError, cards.make, "x"))
    assert "colour" in str(raises(ValueError, cards.make, "phone", colour=1))


def test_every_pan_passes_its_check_digit_and_has_an_issuer():
    for row in issuers.CARDS:
        total = 0
        for place, digit in enumerate(reversed(list(row["pan"]))):
            value = int(digit) * (1 + place % 2)
            total += value - 9 if value > 9 else value
        assert total % 10 == 0, row["name"]
        assert issuers.issuer_of(row["pan"])["imk"]
    assert issuers.issuer_of("4761739001010010")["version"] == "visa-18"
    assert issuers.issuer_of("4111111111111111")["version"] == "visa-10"
    raises(ValueError, issuers.issuer_of, "9999")


def test_visa_gives_everything_with_the_gpo_answer():
    card = cards.make("visa-credit", atc=6)
    fci = select(card)
    assert fci["50"] == b"VISA CREDIT" and hexed(fci["9F38"]).startswith("9F6604")
    found = objects(card.transmit(gpo()))
    assert found["9F27"] == b"\x80" and found["9F36"] == b"\x00\x07" and found["9F6C"] == b"\x00\x00"
    assert hexed(found["57"]).startswith("4761739001010010D3112201")
    record = objects(card.transmit(unhex("00B2011400")))
    assert record["5F24"] == unhex("311231") and record["5A"] == unhex("4761739001010010")
    assert card.transmit(unhex("00B2021400")) == unhex("6A83")


def test_unionpay_quick_has_no_records_and_a_long_pan():
    card = cards.make("unionpay-debit")
    select(card)
    found = objects(card.transmit(gpo()))
    assert hexed(found["57"]) == "6205500000000000004D3112220" + "0000000000F"
    assert found["82"] == unhex("7C00") and "94" not in found and found["9F10"][:7] == unhex("07010103A00000")


def test_mastercard_generates_its_cryptogram_once():
    card = cards.make("mastercard-debit")
    assert "9F38" not in select(card)
    assert card.transmit(unhex("80AE800000")) == unhex("6985")
    found = objects(card.transmit(unhex("80A8000002830000")))
    assert found["94"] == unhex("10010200")
    cdol = objects(card.transmit(unhex("00B2021400")))["8C"]
    length = 0
    at = 0
    while at < len(cdol):
        at += 2 if cdol[at] & 0x1F == 0x1F else 1
        length += cdol[at]
        at += 1
    good = unhex("80AE8000") + bytes((length,)) + bytes(length) + b"\x00"
    short = unhex("80AE8000") + bytes((length - 1,)) + bytes(length - 1) + b"\x00"
    assert card.transmit(short) == unhex("6700")
    answer = objects(card.transmit(good))
    assert answer["9F27"] == b"\x80" and len(answer["9F26"]) == 8 and len(answer["9F10"]) == 18
    assert card.transmit(good) == unhex("6985")


def test_cardholder_verification_follows_the_terminals_qualifiers():
    def outcome(name, ttq):
        card = cards.make(name)
        select(card)
        found = objects(card.transmit(gpo(ttq)))
        return hexed(found["9F27"]) + " " + hexed(found["9F6C"])

    assert outcome("visa-debit", "26800000") == "80 0000"
    assert outcome("visa-debit", "26C00000") == "80 8000"
    assert outcome("visa-debit", "22C00000") == "80 4000"
    assert outcome("visa-debit", "20C00000") == "00 0000"
    assert outcome("visa-pin", "26800000") == "80 8000"
    assert outcome("phone", "26C00000") == "80 0080"
    assert outcome("declining", "26800000") == "00 0000"


def test_special_cards():
    card = cards.make("blocked")
    card.activated()
    assert card.transmit(unhex("00A4040007A000000003101000"))[-2:] == unhex("6283")
    assert card.transmit(gpo()) == unhex("6985")
    card = cards.make("phone", locked=True)
    select(card)
    assert card.transmit(gpo()) == unhex("6986")
    assert cards.make("phone").target().uid[0] == 8
    assert cards.make("not-emv").transmit(_PPSE) == unhex("6A82")
    card = cards.make("expired")
    select(card)
    assert "D2012201" in hexed(objects(card.transmit(gpo()))["57"])


def test_a_phone_has_little_patience_with_wrong_selections():
    card = cards.make("phone")
    card.activated()
    for _ in range(4):
        assert card.transmit(unhex("00A4040007A000000004101000")) == unhex("6A82")
    assert card.transmit(_PPSE) == unhex("6985")


def test_malformed_commands_are_refused():
    card = cards.make("visa-credit")
    select(card)
    for sent, wanted in (
        ("00A4", "6700"),
        ("00A404000EAA00", "6700"),
        ("00A4040000AA", "6700"),
        ("00A4000002AABB00", "6A86"),
        ("00A4040007A000000004101000", "6A82"),
        ("00B2011400", "6985"),
        ("00FF0000", "6D00"),
        ("90A4040000", "6E00"),
        ("80AE800000", "6D00"),
        ("00B2000C00", "6A86"),
    ):
        assert card.transmit(unhex(sent)) == unhex(wanted), sent
    select(card)
    assert card.transmit(unhex("80A800000283 0000")) == unhex("6700"), "the PDOL asks for 33 bytes"
    assert card.transmit(gpo("02800000")) == unhex("6985"), "a terminal without EMV mode"
    assert card.atc == 0
    assert card.transmit(gpo())[-2:] == b"\x90\x00" and card.transmit(gpo()) == unhex("6985")


def test_a_short_le_is_answered_with_the_right_one():
    card = cards.make("visa-credit")
    card.activated()
    answer = card.transmit(_PPSE)
    assert card.transmit(_PPSE[:-1] + b"\x10") == bytes((0x6C, len(answer) - 2))


def test_the_counter_is_told_before_it_is_shown():
    told = []
    card = cards.make("visa-debit", atc=41, on_atc=lambda pan, atc: told.append((pan, atc)))
    select(card)
    assert objects(card.transmit(gpo()))["9F36"] == b"\x00\x2a" and told == [("4761739001010119", 42)]
    select(card)
    assert objects(card.transmit(gpo()))["9F36"] == b"\x00\x2b"


def test_options_change_the_card():
    card = cards.make("visa-credit", pan="4111111111111111", psn="07", expiry="2902", label="MY CARD")
    assert select(card)["50"] == b"MY CARD"
    found = objects(card.transmit(gpo()))
    assert hexed(found["57"]).startswith("4111111111111111D2902") and found["5F34"] == b"\x07"
    assert found["9F10"][2] == 0x0A, "another issuer, another cryptogram version"


def test_the_model_reads_a_card_and_loses_one_that_is_pulled_away():
    lab = SpiLab()
    lab.start()
    card = cards.make("visa-credit", after=2, delay_ms=3)
    lab.chip.place(card.target())
    assert lab.command(unhex("D44A0100"))[2] == 1
    assert lab.command(unhex("D44001") + _PPSE)[2] == 0
    assert lab.command(unhex("D44001") + unhex("00A4040007A000000003101000"))[2] == 0
    assert lab.command(unhex("D44001") + gpo()) == unhex("D54101")
    assert lab.chip.rf.near == [] and card.atc == 0


def test_a_slow_card_stays_within_the_chips_patience():
    lab = SpiLab()
    lab.start()
    card = cards.make("slow")
    lab.chip.place(card.target())
    assert lab.command(unhex("D44A0100"))[2] == 1
    began = lab.clock.now
    assert lab.command(unhex("D44001") + _PPSE, 5000000)[2] == 0
    assert lab.clock.now - began > 900000


def test_published_derivation_and_macs():
    # knovichikhin/pyemv tests (HSM): option A, common session key, MAC algorithm 3 with both paddings.
    imk = unhex("0123456789ABCDEFFEDCBA9876543210")

    def parity_free(key: bytes) -> str:
        return hexed(bytes([byte & 0xFE for byte in key]))

    master = cryptogram.icc_master_key(imk, "9901234567890123", "45")
    assert parity_free(master) == parity_free(unhex("F84315C7B95BD3B0C74694922C3808B0"))
    from taptill.core.des import Des

    r = unhex("1234567890123456")
    key = Des(master).encrypt(r[:2] + b"\xf0" + r[3:]) + Des(master).encrypt(r[:2] + b"\x0f" + r[3:])
    assert parity_free(key) == parity_free(unhex("3E736BF8D37664348A04E3ABE00DEFC1"))
    data = unhex("0123456789ABCDEF0123456789ABCDEF")
    assert hexed(cryptogram.mac(key, data, True)) == "4B46013359B7A58B"
    assert hexed(cryptogram.mac(key, data + b"\x01", False)) == "2E141C6BC4A20DA8"
    assert hexed(cryptogram.mac(key, data, False)) == "922F3E83125EB46B"


def test_published_visa_cryptograms():
    # The same source: PAN 1234567890123456, PSN 00, ATC 001C.
    imk = unhex("0123456789ABCDEFFEDCBA9876543210")
    master = cryptogram.icc_master_key(imk, "1234567890123456", "00")
    values = {
        "9F02": unhex("000000004000"),
        "9F03": bytes(6),
        "9F1A": unhex("0124"),
        "95": unhex("8000048000"),
        "5F2A": unhex("0124"),
        "9A": unhex("191105"),
        "9C": b"\x01",
        "9F37": unhex("52BF4585"),
        "82": unhex("1800"),
        "9F36": unhex("001C"),
    }
    verification = unhex("03A06010")
    made = cryptogram.cryptogram("visa-10", master, values, b"", verification)
    assert hexed(made) == "29CCA15AE665FA2E"
    made = cryptogram.cryptogram("visa-18", master, values, unhex("06011203A0B800"), b"")
    assert hexed(made) == "7A788EA6B8A3E733"


def test_a_recorded_session_is_played():
    # nfcim/nfsee tests/reader-mock.js, shortened: PPSE, AID, GPO.
    session = {
        "exchanges": [
            ["00A404000E325041592E5359532E444446303100", "6F108400A50CBF0C09610700000000009000"],
            ["00A4040007A000000003101000", "6F009000"],
            ["80A8000023832126000000000000000001000000000000015600000000000156200331001122334400", "77009000"],
            ["", "70009000"],
        ]
    }
    card = RecordedCard(session)
    assert card.transmit(_PPSE)[:1] == b"\x6f"
    assert card.transmit(unhex("00A4040007A000000003101000")) == unhex("6F009000")
    assert card.transmit(gpo()) == unhex("77009000"), "other data of the terminal, same command"
    assert card.transmit(unhex("00B2011400")) == unhex("70009000"), "the place that takes anything"
    assert card.transmit(unhex("00B2021400")) == unhex("6D00")
    assert card.misses == ["00B2021400"] and card.apdus == 5
    card.activated()
    assert card.transmit(_PPSE)[:1] == b"\x6f"
    for broken in ({}, {"exchanges": [["00"]]}, {"exchanges": [["", "xx"]]}, {"exchanges": [["00A4", "90"]]}):
        raises(ValueError, RecordedCard, broken)


def test_f_c9_a_recorded_selection_is_found_by_the_name_it_answers():
    """F-C9: recordings made with five bytes of an AID play.

    Besides: "next occurrence", no Le, GET RESPONSE, padding and long lengths in the FCI, a terminal that asks with five bytes,
    an answer without a name; and two applications of one scheme are kept apart.
    """
    name, other = "A0000000041010", "A0000000043060"

    def fci(aid: str, head: str = "6F%02X", padding: str = "") -> str:
        inner = padding + "8407" + aid + "A503500158"
        return head % (len(inner) // 2) + inner + "9000"

    def asked(exchanges, capdu: str) -> str:
        return hexed(RecordedCard({"exchanges": exchanges}).transmit(unhex(capdu)))

    def select(aid: str) -> str:
        return "00A40400%02X" % (len(aid) // 2) + aid + "00"

    for recorded in (
        [["00A4040005A00000000400", fci(name)], ["00A4040205A00000000400", fci(other)]],
        [["00A4040005A000000004", fci(other)], ["00A4040205A000000004", fci(name)]],
        [["00A4040007A0000000041010", fci(name)], ["00A4040007A0000000043060", fci(other)]],
        [["00A4040C06A00000000410", fci(name, "6F81%02X")], ["00A4040006A00000000430", fci(other, "6F8200%02X", "00FF")]],
    ):
        for aid in (name, other):
            wanted = [answer for _, answer in recorded if aid in answer][0]
            assert asked(recorded, select(aid)) == wanted, (recorded, aid)
        assert asked(recorded, select(name + "01")) == "6D00"
        assert asked(recorded, select("A000000004")) in (recorded[0][1], recorded[1][1])
        assert asked(recorded, select("A000000003")) == "6D00"
    fetched = [["00A4040005A00000000400", "6114"], ["00C0000014", fci(name)], ["00A4040205A00000000400", "6114"]]
    fetched.append(["00C0000014", fci(other)])
    card = RecordedCard({"exchanges": fetched})
    assert hexed(card.transmit(unhex(select(other)))) == "6114"
    assert hexed(card.transmit(unhex("00C0000014"))) == fci(other)
    for answer in ("6A82", "6283", "6F009000", "6F00", "6F07" + "8405A000000004" + "9000"):
        assert asked([["00A4040005A00000000400", answer]], select(name)) == answer
        assert asked([["00A4040005A00000000400", answer]], select("A000000003")) == "6D00"
    # The bytes themselves still go first, and the place that takes anything stays.
    assert asked([[select(name), "6A82"], ["00A4040005A000000004", fci(name)]], select(name)) == "6A82"
    assert asked([["", "6985"]], select(name)) == "6985"


def test_tlv_of_the_cards_is_what_the_terminal_parses():
    card = cards.make("mastercard-credit")
    card.activated()
    assert tlv.parse(card.transmit(_PPSE)[:-2])
