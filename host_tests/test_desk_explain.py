"""The facts behind the wire: complete, with their sources, in both languages, and true against worked examples."""

import json
import pathlib
import random

import pytest

from desk import decode_entries, message_entries
from facts import book, decode, page, schemes
from facts.line import RESERVED, WRONG, Context
from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core import tlv
from taptill.core.emv import field55, terminal
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.profiles import cn_pos as profile
from taptill.core.responses import UNKNOWN

STEPS = json.loads((pathlib.Path(decode_entries.__file__).parent / "static" / "explain" / "steps.json").read_text("utf-8"))
SESSIONS = sorted((pathlib.Path(__file__).parent / "data" / "emv").glob("*.json"))
FACTS = [(kind, fact) for kind, rows in book.book().items() for fact in rows.values()]


def chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def said(kind: str, name: str, value, scheme: str = "", **more) -> list[str]:
    """["2.8 English", …]"""
    value = bytes.fromhex(value) if kind in ("tag", "command", "status", "apdu") else value
    return [f"{line.at} {line.words()}".strip() for line in decode.meaning(kind, name, value, Context(scheme, **more))]


def test_f_d6_every_fact_has_a_source_and_both_languages():
    for kind, fact in FACTS:
        where = (kind, fact.key)
        assert fact.english and not chinese(fact.english) and fact.chinese, where
        assert len(fact.english) < 64, where
        if kind != "list":
            assert len(fact.source) > 7 and not chinese(fact.source), where
            assert fact.text and not chinese(fact.text) and chinese(fact.text_zh) and len(fact.text) < 420, where
        for layout in fact.layouts:
            for row in layout.rows:
                assert not chinese(row.english), where
                assert row.english.count("%s") == row.chinese.count("%s") == (row.value == "#"), (where, row)
    for name, table in STEPS.items():
        for key, row in table.items() if name != "about" else ():
            assert len(row) == 4 and all(row) and chinese(row[3]) and not chinese(row[2]), (name, key)


def test_f_d6_every_bit_is_named_or_reserved():
    """A byte of which one bit has a name has a name for each; no bit has two."""
    for kind, fact in FACTS:
        for layout in fact.layouts:
            bytes_of = {row.first for row in layout.rows if row.mask}
            whole = {row.first for row in layout.rows if row.first and not row.mask and row.last in (row.first, -1)}
            for byte in bytes_of - whole:
                masks = {row.mask for row in layout.rows if row.first == byte}
                assert sum(masks) == 0xFF, (kind, fact.key, layout.english, byte, masks)
            if layout.high and layout.low == layout.high and kind == "tag" and bytes_of:
                covered = set(bytes_of)
                for row in layout.rows:
                    covered |= set(range(row.first, (layout.high if row.last < 0 else row.last) + 1))
                assert covered == set(range(1, layout.high + 1)), (fact.key, layout.english)


def test_f_d6_every_value_of_two_bits_is_named():
    for kind, fact in FACTS:
        for layout in fact.layouts:
            for row in layout.rows:
                if row.mask and row.value not in ("", "#") and row.mask.bit_count() == 2:
                    values = {one.value for one in layout.rows if (one.first, one.mask) == (row.first, row.mask)}
                    if fact.key not in ("9F5D Mastercard",):
                        assert len(values) == 4, (kind, fact.key, row)


def tags_of_the_terminal() -> set:
    config = EmvConfig(merchant_name="Shop", merchant_id="123456789012345", terminal_id="12345678")
    common = terminal.terminal_data(config, EmvTxn(1250, "260615", b"\1\2\3\4", 7), config.ttq)
    found = set(field55._SALE) | set(common) | {0x9F34, 0x9F09}
    for scheme in book.SCHEMES:
        found |= set(terminal.application_data(common, scheme, config))
    return found


def tags_of_the_recordings() -> set:
    found: set = set()

    def gather(nodes):
        for node in nodes:
            found.add(node["tag"])
            gather(node.get("children", ()))

    for path in SESSIONS:
        reader = decode_entries.ApduReader()
        for command, response in json.loads(path.read_text())["exchanges"]:
            gather(reader.entry(command, response, 1)["tree"])
    return found


def test_f_d6_all_that_terminal_and_cards_can_show_is_explained():
    for tag in tags_of_the_terminal():
        for scheme in book.SCHEMES:
            assert book.find("tag", tlv.tag_text(tag), scheme), (tlv.tag_text(tag), scheme)
    missing = {tag for tag in tags_of_the_recordings() if not book.find("tag", tag)}
    assert missing <= {"9F28"}, missing  # of a directory; no book names it
    assert book.find("tag", "DF4F").english == book.find("tag", "E0").english == "Private object"
    assert book.find("tag", "9F28") is None and book.find("tag", "DF31").english == "Issuer script results"
    from acquirer import profiles
    from acquirer.profiles.cn_pos import wire

    told = {name for name in book.book()["field"] if " " not in name}
    assert told == set(wire.SPEC) - {"h", "t", "p", "1"}
    for name_of in profiles.NAMES[1:]:
        own = {name.partition(" ")[0] for name in book.book()["field"] if name.endswith(" " + name_of)}
        assert set(profiles.of(name_of).SPEC) - {"h", "t", "p", "1"} <= told | own


def test_every_response_code_of_the_terminal_is_explained():
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    known = [first + second for first in digits for second in digits if profile.responses.fate(first + second) != UNKNOWN]
    assert len(known) > 40
    assert [code for code in known if code not in book.book()["code"]] == []


def test_every_command_that_an_entry_can_have_is_explained():
    for path in SESSIONS:
        reader = decode_entries.ApduReader()
        for command, response in json.loads(path.read_text())["exchanges"]:
            detail = reader.entry(command, response, 1)
            assert book.find("command", detail["code"])
            for part in detail["request_parts"]:
                assert part["key"] == "dol" or book.find("apdu", part["key"])
                if part["key"] in ("cla", "ins", "p1", "p2") and detail["code"] != "unknown":
                    assert part["meaning"] and not any(line.get("kind") for line in part["meaning"]), part


# What public documents say of these values; (kind, name, value, scheme) -> lines that must be among those told.
EXAMPLES = [
    ("tag", "82", "1980", "Mastercard", ["1.5 cardholder verification", "1.1 combined authentication (CDA)", "2.8 EMV mode"]),
    ("tag", "82", "0040", "Visa", ["2.7 a phone or other mobile device"]),
    ("tag", "82", "7C00", "UnionPay", ["1.7 static data authentication (SDA)", "1.6 dynamic data authentication (DDA)"]),
    ("tag", "94", "1801010008010300", "", ["1–4 file 3, record 1; none of them signed for offline authentication",
                                           "5–8 file 1, records 1 to 3; none of them signed for offline authentication"]),
    ("tag", "94", "08010301", "", ["1–4 file 1, records 1 to 3; the first 1 signed for offline authentication"]),
    ("tag", "95", "8000048000", "Mastercard", ["1.8 offline data authentication was not performed", "3.3 online PIN entered",
                                               "4.8 amount exceeds the floor limit"]),
    ("tag", "95", "0000000002", "Mastercard", ["5.2–1 relay resistance protocol performed"]),
    ("tag", "95", "0000000000", "Visa", ["no bit is set"]),
    ("tag", "9B", "E800", "", ["1.8 offline data authentication was performed", "1.4 terminal risk management was performed"]),
    ("tag", "9F33", "004800", "", ["2.7 online PIN, enciphered", "2.4 no verification"]),
    ("tag", "9F35", "21", "", ["1.8–5 of a merchant", "1.4–1 attended, online only"]),
    ("tag", "9F40", "6000F0A001", "", ["1.7 goods", "3.8 numeric keys", "4.8 prints for the attendant", "5.1 code table 1"]),
    ("tag", "9F66", "26804000", "Visa", ["1.6 EMV mode", "1.2 signature", "2.8 online cryptogram required",
                                         "3.7 verification on the consumer's device"]),
    ("tag", "9F6C", "8000", "Visa", ["1.8 online PIN required"]),
    ("tag", "9F6C", "0080", "UnionPay", ["2.8 verified on the consumer's device"]),
    ("tag", "9F6C", "0001", "Mastercard", ["1"]),
    ("apdu", "le", "00", "", ["as much as there is, up to 256"]),
    ("apdu", "le", "10", "", ["16 bytes"]),
    ("tag", "9F34", "1F0302", "", ["1.6–1 Method: no verification", "2 Condition: if the terminal supports it",
                                   "3 Result: successful"]),
    ("tag", "9F34", "420300", "", ["1.7 if not successful, the next rule applied", "1.6–1 Method: online PIN",
                                   "3 Result: unknown"]),
    ("tag", "9F34", "1E0300", "", ["1.6–1 Method: signature"]),
    ("tag", "9F27", "80", "", ["1.8–7 ARQC: ask my issuer"]),
    ("tag", "9F27", "00", "", ["1.8–7 AAC: declined by the card"]),
    ("tag", "9F07", "FF00", "", ["1.8 domestic cash", "1.1 at other terminals"]),
    ("tag", "8E", "000000000000000042031E031F03", "", [
        "9–10 if the terminal supports it: online PIN; if it does not succeed, the next rule",
        "13–14 if the terminal supports it: no verification; if it does not succeed, verification has failed"]),
    ("tag", "5F28", "0156", "", ["China (CN)"]),
    ("tag", "5F2A", "0840", "", ["US Dollar (USD)"]),
    ("tag", "9F1A", "0826", "", ["United Kingdom (GB)"]),
    ("tag", "5F30", "0201", "", ["1.4–1 Where: international, use the chip", "2.4–1 Allowed: no restriction"]),
    ("tag", "9F4D", "0B0A", "", ["1.5–1 file 11", "2 at most 10 records"]),
    ("tag", "9F50", "20", "JCB", ["1.8–5 online PIN"]),
    ("tag", "9F53", "300000", "JCB", ["1.6 online PIN", "1.5 verification on the device"]),
    ("tag", "9F6D", "C8", "American Express", ["1.8, 1.7, 1.4 EMV and stripe mode, verification due"]),
    ("tag", "9F6E", "18C00000", "American Express", ["1.5 partial online mode", "2.8 verification on the mobile device"]),
    ("tag", "9F6E", "20700000", "Visa", ["1.5–1 a card", "2.7 signature panel"]),
    ("tag", "9F71", "010302", "American Express", ["1 verification on the device performed", "3 successful"]),
    ("tag", "9F71", "1000", "Discover", ["1.5 verified on the consumer's device"]),
    ("tag", "9F5A", "4001560156", "Visa", ["2–3 currency: Yuan Renminbi (CNY)", "4–5 country: China (CN)"]),
    ("tag", "84", "A000000333010102", "", ["UnionPay credit"]),
    ("tag", "9F10", "06010A03A00000", "Visa", [
        "2 key derivation index (DKI): 01", "3 CVN 10: the card's own key, data and CVR covered",
        "5.8–7 Second GENERATE AC: not requested", "5.6–5 In GPO or first GENERATE AC: ARQC, ask the issuer"]),
    ("tag", "9F10", "06011103A00000", "Visa", [
        "3 CVN 17: quick flow, amount, random number, ATC and IAD byte 5 covered"]),
    ("tag", "9F10", "06011203A00000", "Visa", ["3 CVN 18: session key, data and whole 9F10 covered"]),
    ("tag", "9F10", "06019903A00000", "Visa", ["3 CVN 153"]),
    ("tag", "9F10", "1F22010024A00000" + "00" * 24, "Visa", [
        "format 2 or 4", "2 CVN '22': key of each payment, whole 9F10 covered",
        "5.6–5 In GPO or first GENERATE AC: ARQC, ask the issuer"]),
    ("tag", "9F10", "070A0103A01000010A010000000000C270FA1C", "UnionPay", [
        "3 CVN 01: data and CVR covered, key of each payment", "6.5 new card", "8 cipher: triple DES",
        "10–19 issuer discretionary data: 010000000000C270FA1C"]),
    ("tag", "9F10", "07011703A00000040101", "UnionPay", ["3 CVN 17 (written 17): quick flow, few data covered", "8 cipher: SM4"]),
    ("tag", "9F10", "0110A0000324000000000000000000000000FF"[:36], "Mastercard", [
        "2 CVN 16 (10 hex): Mastercard's session key, counters not covered", "3.6–5 First GENERATE AC: ARQC, ask the issuer",
        "5.4–1 PIN tries left: 3", "6.6 offline PIN verification not performed", "6.3 international transaction"]),
    ("tag", "9F10", "0115A50003040000000000000000000000FF00"[:36], "Mastercard", [
        "2 CVN 21 (15 hex): EMV common session key, counters covered"]),
    ("tag", "9F10", "0132A50003040000000000000000000000FF00"[:36], "Mastercard", ["2 CVN 50: none that is known of M/Chip"]),
    ("tag", "9F10", "0FA5039800A0100001000000000450000F0E" + "00" * 14, "JCB", [
        "common core format (CCD)", "2.4–1 cryptogram version 5, triple DES", "4.4 CDA performed"]),
    ("tag", "9F10", "06010103A00000", "American Express", ["5.6–5 First GENERATE AC: ARQC, ask the issuer"]),
    ("command", "read-record", "00B2011C", "", ["3 record number 1", "4.8–4 file 3 (SFI)", "4.3–1 P1 is a record number"]),
    ("command", "generate-ac", "80AE9000", "", ["3.8–7 asks for an ARQC: ask the issuer", "3.5–4 with a CDA signature"]),
    ("command", "select-aid", "00A40402", "", ["3 by name", "4 the next one of that name"]),
    ("status", "6C", "6C1A", "", ["2 Le must be 26"]),
    ("status", "63", "63C2", "", ["2.4–1 counter: 2"]),
    ("field", "3", "310000", "", ["1–2 kind: balance"]),
    ("field", "22", "072", "", ["1–2 read: contactless chip", "3 without PIN"]),
    ("field", "25", "06", "", ["pre-authorisation"]),
    ("field", "49", "156", "", ["Yuan Renminbi (CNY)"]),
    ("field", "53", "2600000000000000", "", ["1 PIN block with the card number (format 0)", "2 double-length key (triple DES)"]),
    ("field", "54", "0002156C000000012345", "", ["3–4 available balance", "8 credit: in favour of the holder",
                                                 "9–20 amount: 123.45"]),
    ("field", "64", "96AD3CE4", "", ["the characters 96AD3CE4"]),
    ("part", "header", "613100310730", "", ["1–2 application: chip payments", "6 the host wants: nothing"]),
    ("part", "tpdu", "6000030000", "", ["1–2 ID: a payment message", "3–6 destination: 0003", "7–10 origin: 0000"]),
    ("part", "bitmap", "7024068020C08211", "", [
        "15 fields: 2 3 4 11 14 22 23 25 35 41 42 49 55 60 64"]),
    ("tag", "9F35", "EA", "American Express", [
        "1.8, 1.7, 1.4 EMV and stripe mode, verification due", "1.6–5 of a merchant", "1.3–1 attended, offline with online"]),
    ("tag", "9F57", "0392", "UnionPay", ["Japan (JP)"]),
    ("part", "60.3", "901", "", ["status inquiry"]),
]  # fmt: skip


@pytest.mark.parametrize("row", EXAMPLES, ids=lambda row: f"{row[1]}-{row[2][:16]}-{row[3]}")
def test_f_d6_values_as_public_documents_read_them(row):
    kind, name, value, scheme, wanted = row
    told = said(kind, name, value, scheme)
    assert [line for line in wanted if line not in told] == [], told


def test_f_d6_a_tag_of_many_schemes_means_what_its_scheme_says():
    """82, 9F10, 9F5D, 9F6C are named by F-D6's demand; beyond them 95, 9F50, 9F53, 9F66, 9F69, 9F6D, 9F6E, 9F71."""
    for tag in ("82", "95", "9F10", "9F50", "9F53", "9F5D", "9F66", "9F69", "9F6C", "9F6D", "9F6E", "9F71"):
        own = {book.find("tag", tag, scheme).text for scheme in ("", *book.SCHEMES)}
        assert len(own) > 1, tag
    assert book.find("tag", "9F6C", "Mastercard").english == "Version of stripe mode, card"
    assert schemes.of_aid("A0000003330101") == "UnionPay" and schemes.of_aid("A000000999") == ""
    for number, scheme in (("4761730000000119", "Visa"), ("2223000048400011", "Mastercard"), ("6200000000000005", "UnionPay"),
                           ("3528000000000000", "JCB"), ("371449635398431", "American Express"), ("9999", "")):  # fmt: skip
        assert schemes.of_number(number) == scheme


@pytest.mark.parametrize(
    ("tag", "value", "scheme", "kind", "words"),
    [
        ("9F10", "0601", "Visa", WRONG, "2 bytes"),
        ("9F10", "070A0103", "UnionPay", WRONG, "4 bytes"),
        ("9F10", "0110A0", "Mastercard", WRONG, "3 bytes"),
        ("9F10", "99AABBCCDDEEFF00", "Visa", WRONG, "no known layout"),
        ("95", "80000480", "", WRONG, "4 bytes"),
        ("95", "0000000008", "", RESERVED, "RFU"),
        ("9F6C", "0228", "Visa", RESERVED, "RFU"),
        ("82", "0003", "Mastercard", RESERVED, "RFU"),
        ("9F34", "370A05", "", RESERVED, "no meaning known"),
        ("9F27", "C0", "", RESERVED, "reserved value"),
        ("94", "080101", "", WRONG, "groups of four"),
        ("94", "08030100", "", WRONG, "names no records"),
        ("94", "09010100", "", WRONG, "must be 0"),
        ("8E", "0000", "", WRONG, "10–252"),
        ("5F2A", "0999", "", RESERVED, "no currency"),
        ("5F28", "0999", "", RESERVED, "no country"),
        ("5F24", "311399", "", WRONG, "calendar"),
        ("9F02", "00000000125A", "", WRONG, "not digits"),
        ("8C", "9F02", "", WRONG, "breaks off"),
    ],
)
def test_f_d6_what_cannot_be_is_said_to_be_so(tag, value, scheme, kind, words):
    lines = decode.meaning("tag", tag, bytes.fromhex(value), Context(scheme))
    assert any(line.kind == kind and words in line.words() for line in lines), lines


def test_f_d6_no_value_makes_nonsense():
    """Every tag, field and part with every kind of bytes: a line has both languages, and nothing raises."""
    dice = random.Random("facts")
    for kind, fact in FACTS:
        if kind not in ("tag", "field", "part", "command", "status", "apdu"):
            continue
        name, _, scheme = fact.key.partition(" ") if kind == "tag" else (fact.key, "", "")
        for size in (0, 1, 2, 3, 5, 8, 18, 32, 40):
            for value in (bytes(size), b"\xff" * size, dice.randbytes(size)):
                shown = value if kind in ("tag", "command", "status", "apdu") else "".join(str(one % 10) for one in value)
                for line in decode.meaning(kind, name, shown, Context(scheme)):
                    assert line.words() and line.words(True) and "%s" not in line.words() + line.words(True), (fact.key, value)
                    assert not chinese(line.english), (fact.key, line)
                    assert line.kind in ("", RESERVED, WRONG)


def test_f_d6_the_false_facts_are_gone():
    """Each sentence that F-D6 names, and that its correction is there instead."""
    for kind, name, gone, there in (
        ("tag", "9F02", "is caught", "the card cannot see"),
        ("tag", "5F24", "terminal says so in the TVR", "no TVR of their own"),
        ("tag", "9A", "worthless", "not the date but"),
        ("tag", "9F33", "print for a signature", "no bit for contactless"),
        ("field", "52", "issuer's security module can read", "translates"),
        ("field", "12", "sets its clock by it", "does not set it by this field"),
    ):
        text = book.find(kind, name).text
        assert gone not in text and there in text, name
    assert "only in the issuer" not in STEPS["steps"]["pin"][2] and "translate" in STEPS["steps"]["pin"][2]
    sale = (pathlib.Path(decode_entries.__file__).parent / "lessons" / "sale.txt").read_text("utf-8")
    assert "only the bank can have made" not in sale and "只有银行才能做出来" not in sale and "terminal share" in sale


def test_entries_tell_what_their_values_mean():
    """The scheme of the application that was selected decides; of what is masked nothing is told."""
    session = json.loads((pathlib.Path(__file__).parent / "data" / "emv" / "unionpay_quics_quasicredit.json").read_text())
    reader = decode_entries.ApduReader()
    details = [reader.entry(command, response, 1) for command, response in session["exchanges"]]
    assert reader.scheme == "UnionPay"
    ttq = next(part for part in details[2]["request_parts"] if part.get("tag") == "9F66")
    assert ttq["row"] == "9F66 UnionPay" and any("qUICS" in line["en"] for line in ttq["meaning"])
    objects = {node["tag"]: node for node in details[2]["tree"][0]["children"]}
    assert (
        objects["9F10"]["row"] == "9F10 UnionPay"
        and {"at": "8", "en": "cipher: triple DES", "zh": "算法：3DES"} in objects["9F10"]["meaning"]
    )
    assert "meaning" not in objects["57"] and "meaning" not in objects["5F20"]
    fields = {39: "00", 4: "000000001250", 49: "392", 60: "2200000100060", 55: bytes.fromhex("9F100706010A03A00000840741")}
    fields[55] = bytes.fromhex("9F100706010A03A000008407A0000000031010")
    frame = profile.build("0210", fields, b"\x60\0\3\0\0", b"\x61\x31\0\x31\7\x30")
    detail = message_entries.message_entry("in", bytes(frame).hex())
    assert detail["de55"][0]["row"] == "9F10 Visa"
    amount = next(field for field in detail["fields"] if field["n"] == "4")
    assert amount["meaning"] == [{"at": "", "en": "1250 JPY", "zh": "1250 JPY"}]
    assert [part["label"] for part in detail["fields"][-1]["parts"]] == ["60.1", "60.2", "60.3", "60.4", "60.5"]
    assert any(line["en"] == "application: chip payments" for line in detail["route"][1]["meaning"])


def test_the_page_gets_every_fact():
    told = json.loads(page.as_json())
    assert told["tags"]["9F6C Visa"][0] == "Card transaction qualifiers (CTQ)"
    assert all(len(row) == 5 for table in told.values() for row in table.values())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[tag 95]\nTVR | 检查\nfrom EMV\nen a\nzh 甲\n1:GG | x | 甲\n", "line 1: 1:GG: not"),
        ("[tag 95]\nTVR\n", "name: not"),
        ("[what 95]\nTVR | 检查\n", "what is no kind"),
        ("[tag 95]\nTVR | 检查\nfrom EMV\nen a\n", "both languages"),
        ("[tag 95]\nTVR | 检查\nfrom EMV\nen a\nzh 甲\n1:80 | x\n", "English and Chinese"),
        ("TVR | 检查\n", "before the first"),
    ],
)
def test_a_table_that_cannot_be_read_names_its_line(tmp_path, monkeypatch, text, error):
    (tmp_path / "bad.txt").write_text(text, "utf-8")
    monkeypatch.setattr(book, "HERE", tmp_path)
    with pytest.raises(book.FactsError) as raised:
        list(book._Reader(tmp_path / "bad.txt").facts())
    assert "bad.txt line" in str(raised.value) and error.replace("line 1: ", "") in str(raised.value)
