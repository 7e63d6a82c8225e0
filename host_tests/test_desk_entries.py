"""Entries of the wire: what they tell, and that no card number is ever in them."""

import binascii
import json
import pathlib
import random

import pytest
from iso8583_messages import MAK, MESSAGES

from desk.cover import covered
from desk.decode_entries import ApduReader, apdu_entry, message_entry
from rig.bench_options import without_cards
from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core import tlv
from taptill.core.profiles import cn_pos as profile

SESSIONS = sorted((pathlib.Path(__file__).parent / "data" / "emv").glob("*.json"))
PPSE = "00A404000E325041592E5359532E444446303100"
PAN = "6214839275164830"
TRACK2 = PAN + "D2912201987654321"


def forbidden(pan: str) -> list:
    """Texts that show a digit of the PAN beyond the first six and last four, or the digit before those."""
    longer = [pan[:7], pan[:7].encode().hex().upper(), pan[-5:].encode().hex().upper()]
    if len(set(pan[6:-4])) > 1:
        longer += [pan[-5:], pan[6:-4], pan[6:-4].encode().hex().upper()]
    return longer


def leaks(detail, pan: str) -> list:
    text = json.dumps(detail).upper()
    return [part for part in forbidden(pan) if part in text]


def test_leaks_are_seen():
    assert leaks({"hex": "57" + PAN}, PAN)
    assert leaks({"hex": PAN.encode().hex()}, PAN)
    assert not leaks({"hex": PAN[:6] + "******" + PAN[-4:]}, PAN)


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("split", [0, 7, 11, 30])
def test_recorded_sessions_are_named_and_masked(path, split):
    """`split` cuts every answer after so many bytes, as 61xx and GET RESPONSE do."""
    session = json.loads(path.read_text())
    pan = session["expected"]["pan"]
    reader = ApduReader()
    trees = []
    for command, response in session["exchanges"]:
        body, status = response[:-4], response[-4:]
        if split and len(body) > 2 * split:
            part = reader.entry(command, body[: 2 * split] + "61FF", 5)
            assert part["part"] is True
            if pan:
                assert not leaks(part, pan), part
            command, response = "00C00000FF", body[2 * split :] + status
        detail = reader.entry(command, response, 5)
        assert detail["sw"] == status and detail["ms"] == 5
        if command:
            assert detail["name"] and "malformed" not in detail["name"] and detail["request_parts"]
        assert len(detail["response"]) == len(response)
        if pan:
            assert not leaks(detail, pan), detail
        trees += detail["tree"]
    if pan:
        assert pan in reader.pans
    assert session["expected"]["aid"] is None or '"84"' in json.dumps(trees)


@pytest.mark.parametrize("path", SESSIONS, ids=lambda path: path.stem)
def test_cut_and_damaged_answers_stay_masked(path):
    session = json.loads(path.read_text())
    pan = session["expected"]["pan"]
    if not pan:
        pytest.skip("a card without a number")
    dice = random.Random(path.stem)
    for command, response in session["exchanges"]:
        for cut in range(0, len(response), 2):
            assert not leaks(apdu_entry(command, response[:cut], 1), pan)
        for _ in range(40):
            damaged = bytearray.fromhex(response)
            damaged[dice.randrange(min(12, len(damaged)))] ^= 1 << dice.randrange(8)
            assert not leaks(ApduReader().entry(command, damaged.hex(), 1), pan)


def parts_of(detail) -> dict:
    return {part["label"]: part["hex"] for part in detail["request_parts"]}


def test_commands_are_named_and_split():
    reader = ApduReader()
    ppse = reader.entry(PPSE, "6A82", 3)
    assert (ppse["name"], ppse["code"], ppse["sw"], ppse["tree"]) == ("SELECT PPSE", "select-ppse", "6A82", [])
    chosen = reader.entry(
        "00A4040007A000000003101000", "6F178407A0000000031010A50C5004564953419F3803" + "9F660490 00".replace(" ", ""), 3
    )
    assert (chosen["scheme"], chosen["aid"]) == ("Visa", "A0000000031010")
    assert chosen["tree"][0]["children"][1]["children"][0]["text"] == "VISA"
    assert chosen["tree"][0]["children"][1]["children"][1]["meaning"] == [
        {"at": "", "en": "9F66 Terminal transaction qualifiers (TTQ), 4 B", "zh": "9F66 终端交易属性（TTQ），4 字节"}
    ]
    gpo = reader.entry("80A8000006830426004000" + "00", "770682022000940090 00".replace(" ", ""), 3)
    assert gpo["name"] == "GET PROCESSING OPTIONS"
    assert parts_of(gpo)["9F66 Terminal transaction qualifiers (TTQ)"] == "26004000"
    assert parts_of(gpo)["Lc"] == "06" and parts_of(gpo)["Le"] == "00"
    record = reader.entry("00B2011400", "6A83", 3)
    assert (record["name"], record["sfi"], record["record"]) == ("READ RECORD, file 2 record 1", 2, 1)


def test_answers_without_tags_are_read_by_their_command():
    reader = ApduReader()
    gpo = reader.entry("80A8000002830000", "80061C00080101009000", 1)
    assert [(node["tag"], node["hex"]) for node in gpo["tree"][0]["children"]] == [("82", "1C00"), ("94", "08010100")]
    ac = reader.entry("80AE80000000", "800B80000102030405060708099000", 1)
    assert [node["tag"] for node in ac["tree"][0]["children"]] == ["9F27", "9F36", "9F26"]


def test_an_answer_in_two_pieces_is_one_tree():
    reader = ApduReader()
    assert reader.entry("00B2010C00", "700A5A08" + PAN[:8] + "6106", 1)["part"] is True
    joined = reader.entry("00C0000006", PAN[8:] + "9000", 1)
    assert joined["code"] == "get-response"
    assert joined["tree"][0]["children"][0]["hex"] == "621483******4830"
    assert joined["response"] == "**" * 2 + PAN[-4:] + "9000"


def test_the_number_is_masked_wherever_it_is():
    reader = ApduReader()
    as_text = PAN.encode().hex()
    tree = "5A08" + PAN + "5010" + as_text + "DF0110" + as_text + "DF0309" + "0" + PAN + "0"
    detail = reader.entry("00B2010C00", "70%02X" % (len(tree) // 2) + tree + "9000", 1)
    assert not leaks(detail, PAN)
    assert detail["tree"][0]["children"][1]["text"] == "621483******4830"
    later = reader.entry("0084" + PAN + "00", "DF0110" + as_text + "9000", 1)
    assert not leaks(later, PAN)
    unasked = ApduReader().entry("00B2010C00", "700A" + "DF02" + "07" + PAN[:14] + "9000", 1)
    assert PAN[:7] not in json.dumps(unasked)


def test_a_pin_on_its_way_to_a_card_is_not_shown():
    detail = apdu_entry("0020008008241234FFFFFFFFFF", "9000", 1)
    assert detail["name"] == "VERIFY" and "1234" not in json.dumps(detail)


@pytest.mark.parametrize(
    ("command", "response", "error"),
    [
        ("zz", "9000", "not hexadecimal"),
        ("00", "9000", "command shorter than its header"),
        ("00A4", "90", "command shorter than its header"),
        ("00A40400", "90", "answer shorter than a status word"),
        ("00A4040008A0", "9000", "Lc says 8 bytes, 1 follow"),
        ("00B2010C00", "70055A0812349000", "5A: wants 8 bytes, 3 are left at byte 4"),
    ],
)
def test_malformed_exchanges_say_so(command, response, error):
    got = apdu_entry(command, response, 1)["error"]
    assert got == error or (error.startswith("5A") and "wants" in got)


@pytest.mark.parametrize("row", MESSAGES, ids=lambda row: row[0])
def test_vectors_are_masked(row):
    detail = message_entry("out", row[1], binascii.unhexlify(MAK))
    assert "error" not in detail and detail["name"]
    given = dict(part.split("=", 1) for part in row[2].split(" ") if part[:1] == "F" and "=" in part)
    shown = {field["n"]: field["value"] for field in detail["fields"]}
    assert set(shown) == {key[1:] for key in given}
    text = json.dumps(detail)
    for number in ("F2", "F35"):
        if number in given:
            assert given[number].split("D")[0] not in text
    for number in ("F52", "F62"):
        if number in given:
            assert given[number] not in text.upper()
    if "64" in shown:
        assert detail["mac_ok"] is True
        assert message_entry("out", row[1], b"\x01" * 8)["mac_ok"] is False
        assert message_entry("out", row[1])["mac_ok"] is None


def chip_data() -> bytes:
    chip = bytearray()
    tlv.append(chip, 0x9F26, bytes(8))
    tlv.append(chip, 0x57, binascii.unhexlify(TRACK2 + "F" * (len(TRACK2) & 1)))
    tlv.append(chip, 0xDF01, PAN.encode())
    return bytes(chip)


def sale() -> bytearray:
    fields = {
        2: PAN, 3: "000000", 4: "000000001250", 11: "000007", 35: TRACK2, 41: "10000001", 42: "123456789012345",
        52: b"\x12\x34\x56\x78\x9a\xbc\xde\xf0", 55: chip_data(), 59: "A3019" + "6228765432109876543",
        60: "2200000100060", 63: "CARD " + PAN,
    }  # fmt: skip
    return profile.build("0200", fields, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30", lambda data: b"12345678")


def test_a_message_hides_card_pin_and_code():
    frame = bytes(sale())
    detail = message_entry("out", frame.hex())
    assert not leaks(detail, PAN)
    text = json.dumps(detail)
    for secret in ("123456789ABCDEF0", "987654321", "6228765432109876543", "8765432109"):
        assert secret not in text and secret.encode().hex().upper() not in text
    values = {field["n"]: field for field in detail["fields"]}
    assert values["2"]["value"] == "621483******4830"
    assert values["4"]["meaning"] == [{"at": "", "en": "12.50", "zh": "12.50"}]
    assert values["63"]["value"] == "CARD 621483******4830"
    assert values["60"]["parts"][1] == {"label": "60.2", "value": "000001"}
    assert values["60"]["parts"][0]["meaning"] == [{"at": "", "en": "sale", "zh": "消费"}]
    assert detail["bytes"] == len(frame) and len(detail["hex"]) == 2 * len(frame)


def test_a_message_with_its_length_in_front_is_the_same():
    frame = bytes(sale())
    assert message_entry("in", (len(frame).to_bytes(2, "big") + frame).hex()) == message_entry("in", frame.hex())


def test_cut_and_damaged_messages_stay_masked():
    frame = bytes(sale())
    for cut in range(len(frame)):
        detail = message_entry("out", frame[:cut].hex())
        assert "error" in detail
        assert not leaks(detail, PAN), (cut, detail)
    for at, bit in [(at, bit) for at in range(60) for bit in range(8)]:
        damaged = bytearray(frame)
        damaged[at] ^= 1 << bit
        assert not leaks(message_entry("out", damaged.hex()), PAN)


def test_a_fault_in_the_chip_data_is_named_and_the_rest_is_shown():
    fields = {3: "000000", 55: b"\x9f\x36\x02\x00\x07\x57\x30\x62\x14", 60: "2200000100060"}
    frame = profile.build("0200", fields, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30")
    detail = message_entry("out", bytes(frame).hex())
    assert detail["error"].startswith("F55 57")
    assert [node["tag"] for node in detail["de55"]] == ["9F36"]
    assert [field["n"] for field in detail["fields"]] == ["3", "55", "60"]


def test_a_message_that_is_none():
    assert message_entry("in", "xyz")["error"] == "not hexadecimal"
    assert message_entry("in", "")["error"]
    assert message_entry("in", "47455420")["mti"] == ""


def tlv_of(tag: str, value: bytes) -> bytes:
    return bytes.fromhex(tag) + (bytes((len(value),)) if len(value) < 128 else bytes((0x81, len(value)))) + value


BEHIND = "3112201987654321"  # what a card keeps behind the PAN of a track
UNTOLD = (bytes.fromhex(PAN), PAN.encode(), bytes.fromhex(TRACK2 + "F"), bytes.fromhex("F" + PAN + "F"))
HOLDERS = (
    "4F 50 84 8E 8C 8D 90 92 93 94 9F02 9F03 9F06 9F10 9F12 9F16 9F1C 9F1E 9F26 9F38 9F46 9F48 9F4B 9F4E 9F63 9F69 9F6D 9F6E"
)


@pytest.mark.parametrize("tag", [*HOLDERS.split(), "82", "5F2D", "9F7C", "DF01"])
@pytest.mark.parametrize("number", UNTOLD, ids=["packed", "text", "track 2", "shifted"])
def test_f_m18_a_number_is_starred_in_any_tag_before_its_own_is_read(tag, number):
    """F-M18: a number in 50, 84, 9F12, 9F10, 9F26 of a card whose 5A has not been read; besides every other tag that was let
    through, templates, the data of a command, and what stands behind the number of a track.
    """
    for value in (number, b"\0" * 8 + number, number + b"\0" * 8, number + bytes.fromhex(BEHIND)):
        cover = covered()
        answer = tlv_of("70", tlv_of(tag, value))
        told = [cover({"ev": "apdu", "c": "00B2010C00", "r": answer.hex() + "9000"})]
        assert not leaks(told, PAN), told
        assert BEHIND not in json.dumps(told) and "987654321" not in json.dumps(told)
        assert len(told[0]["r"]) == 2 * len(answer) + 4 and tag in told[0]["r"]
        detail = ApduReader().entry("00B2010C00", answer.hex() + "9000", 0)
        assert not leaks(detail, PAN), detail
        for command in ("00A40400", "80A80000", "80AE8000", "00880000"):
            data = value if len(value) < 16 or command != "80A80000" else b"\x83" + bytes((len(value),)) + value
            detail = ApduReader().entry(command + "%02X" % len(data) + data.hex() + "00", "6A82", 0)
            assert not leaks(detail, PAN), detail


def test_f_m18_what_is_no_number_is_told_as_before():
    """Names of applications, amounts, lists, files and rules keep every digit, and so do labels and counters of zeros."""
    for tag, value in (
        ("84", "A0000000031010"),
        ("4F", "A0000003591010028001"),
        ("9F02", "000000001250"),
        ("94", "080101001001030118010200"),
        ("8E", "00000000000000004201410342031F02"),
        ("8C", "9F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403"),
        ("50", b"VISA DEBIT".hex().upper()),
        ("9F12", b"PAY 20261129".hex().upper()),
        ("9F1E", b"12345678".hex().upper()),
        ("9F10", "0110A000032200000000000000000000"),
        ("9F10", "06011203A00000"),
        ("9F63", "30313034333332300000000000000000"),
    ):
        answer = tlv_of("70", tlv_of(tag, bytes.fromhex(value)))
        detail = ApduReader().entry("00B2010C00", answer.hex() + "9000", 0)
        assert detail["tree"][0]["children"][0]["hex"] == value


FREE_FIELDS = (
    (44, "0210"),
    (48, "0510"),
    (48, "0210"),
    (54, "0210"),
    (60, "0210"),
    (61, "0210"),
    (63, "0210"),
    (63, "0830"),
    (53, "0200"),
)


@pytest.mark.parametrize("number,mti", FREE_FIELDS)
def test_f_m18_a_number_is_starred_in_any_field_of_a_message(number, mti):
    """F-M18: a full number in F44, F48, F54, F60, F61, F63; besides F53, binary F63, digits in front of it and behind it."""
    values = [PAN]
    if number != 53:
        values += ["0" + PAN, PAN + "00", "2200000100060" + PAN]
    if number == 63:
        values = [each for text in values for each in (text, b"\x01" + bytes.fromhex(text + "0" * (len(text) % 2)))]
    for value in values:
        if number == 44 and len(value) > 25:
            continue
        frame = bytes(profile.build(mti, {number: value}, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30"))
        detail = message_entry("in", frame.hex())
        assert "error" not in detail and len(detail["hex"]) == 2 * len(frame)
        assert not leaks(detail, PAN), detail
        assert not leaks(covered()({"ev": "host", "dir": "in", "hex": frame.hex()}), PAN)


def test_f_m18_fields_of_a_known_form_are_told_as_before():
    fields = {
        4: "000000001250", 37: "123456789012", 42: "123456789012345", 53: "2600000000000000",
        54: "1002156C000000010000" * 2, 60: "2200000100060", 61: "0000010000010615",
    }  # fmt: skip
    frame = bytes(profile.build("0210", fields, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30"))
    detail = message_entry("in", frame.hex())
    assert detail["hex"] == frame.hex().upper()
    assert {int(field["n"]): field["value"] for field in detail["fields"]} == fields
    told = "A000000001250123456789012"
    frame = bytes(profile.build("0830", {63: told}, b"\x60\0\3\0\0", b"\x60\x31\0\x31\7\x30"))
    assert [part["label"] for part in message_entry("in", frame.hex())["fields"][0]["parts"]] == ["63.1", "63.2", "63.3"]


def test_f_m18_what_a_process_prints_has_no_number_in_it():
    for cover in (covered(), without_cards):
        for event in ({"ev": "log", "text": "card " + PAN}, {"ev": "power", "on": False, "why": TRACK2}):
            told = cover(event)
            assert not leaks(told, PAN) and told.keys() == event.keys()
        assert cover({"ev": "log", "text": "at 123456789012 ms"}) == {"ev": "log", "text": "at 123456789012 ms"}
