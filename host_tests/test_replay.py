"""`till replay`: recorded sessions through the model of the PN532 to the reader, and files that cannot be played."""

import json
import pathlib

import pytest
from click.testing import CliRunner

from till import replay
from till.cli import till

DATA = pathlib.Path(__file__).resolve().parent / "data" / "emv"
SESSIONS = sorted(path.stem for path in DATA.glob("*.json"))
# name -> outcome, word of the reason, cryptogram type, commands that the recording does not have
ENDS = {
    # Their terminals had asked for CDA: the cryptogram is sealed in 9F4B.
    "amex_aeips_cda": ("not-accepted", "card data missing", "ARQC"),
    "jcb_jspeedy_cda": ("not-accepted", "card data missing", "ARQC"),
    "emvco_ccd_long_pdol": ("not-accepted", "offline", "TC"),
    "mastercard_mchip_test_cda": ("not-accepted", "record missing: record 1.1", None),
    "mastercard_magstripe_ccc": ("other-interface", "magnetic-stripe", None),
    "unionpay_quics_quasicredit": ("online", "", "ARQC"),
    "visa_cn_credit": ("online", "", "ARQC"),
    "unknown_card_6985": ("not-accepted", "6985", None),
}
KEYS = {"aid", "label", "pan", "expiry", "track2", "cryptogram", "cryptogram_type", "de55", "outcome", "reason"}


def run(*arguments):
    return CliRunner().invoke(till, ["replay", *[str(each) for each in arguments]], standalone_mode=True)


def as_json(*arguments) -> dict:
    done = run("--json", *arguments)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def session(tmp_path, content) -> pathlib.Path:
    path = tmp_path / "session.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_every_session_has_its_end_here():
    assert SESSIONS == sorted(ENDS)


@pytest.mark.parametrize("name", SESSIONS)
def test_everything_that_a_reader_should_find(name):
    expected = json.loads((DATA / f"{name}.json").read_text())["expected"]
    found = as_json("--clear", DATA / f"{name}.json")
    assert KEYS <= set(found)
    assert found["aid"] == expected["aid"] and found["label"] == expected["label"]
    assert found["pan"] == expected["pan"]
    assert found["expiry"] == (expected["expiry"] and expected["expiry"][:4])
    assert found["track2"] == (expected["track2"][0] if expected["track2"] else None)
    outcome, reason, kind = ENDS[name]
    assert (found["outcome"], found["cryptogram_type"]) == (outcome, kind)
    assert reason in found["reason"] and bool(found["reason"]) == (outcome != "online")
    assert (found["de55"] is None) == (outcome != "online")


@pytest.mark.parametrize("name", SESSIONS)
def test_no_card_data_unless_clear(name):
    expected = json.loads((DATA / f"{name}.json").read_text())["expected"]
    for options in ((), ("--json",)):
        done = run(*options, DATA / f"{name}.json")
        assert done.exit_code == 0
        if not expected["pan"]:
            continue
        pan = expected["pan"]
        behind = [track.split("D")[1].rstrip("F") for track in expected["track2"]]
        for secret in (pan, pan.encode().hex().upper(), *behind):
            assert secret not in done.output.upper()
        assert f"{pan[:6]}{'*' * (len(pan) - 10)}{pan[-4:]}" in done.output
    assert expected["pan"] is None or expected["pan"] in run("--clear", DATA / f"{name}.json").output


def test_field_55_is_that_of_the_sale():
    found = as_json("--amount", "98.76", DATA / "visa_cn_credit.json")
    assert found["de55"].startswith("9F2608" + found["cryptogram"] + "9F270180")
    assert "9F0206000000009876" in found["de55"]
    gpo = [each["c"] for each in found["apdus"] if each["c"].startswith("80A8")][0]
    assert gpo[22:34] == "000000009876"


def test_f_c9_a_recording_made_with_five_bytes_of_the_aid_plays(tmp_path):
    """F-C9: the same card, selected by its registered identifier alone.  Besides: no directory in the recording."""
    for name, directory in (("visa_cn_credit", True), ("visa_cn_credit", False), ("mastercard_magstripe_ccc", False)):
        recorded = json.loads((DATA / f"{name}.json").read_text())["exchanges"]
        exchanges = [[_short(capdu), rapdu] for capdu, rapdu in recorded if directory or "325041592E" not in capdu]
        found = as_json("--clear", session(tmp_path, {"exchanges": exchanges}))
        wanted = as_json("--clear", DATA / f"{name}.json")
        for key in ("aid", "pan", "outcome", "reason", "cryptogram"):
            assert found[key] == wanted[key], (name, key)
        selections = [each for each in found["misses"] if found["aid"] in each]
        assert not selections and bool(found["misses"]) != directory


def _short(capdu: str) -> str:
    """A SELECT of an application by the first five bytes of its name, without Le."""
    aid = capdu[:10].startswith("00A40400") and not capdu[10:].startswith("325041592E")
    return f"00A4040005{capdu[10:20]}" if aid else capdu


def test_f_c1_bytes_of_an_issuer_are_shown_as_such_and_hidden(tmp_path):
    """F-C1, in what a person reads: the objects beside a template without objects are shown, its bytes with --clear only."""
    exchanges = json.loads((DATA / "visa_cn_credit.json").read_text())["exchanges"]
    place = next(number for number, (_, rapdu) in enumerate(exchanges) if rapdu.startswith("77"))
    pan = as_json("--clear", DATA / "visa_cn_credit.json")["pan"]
    own = "AACA" + pan
    foreign = f"E0{len(own) // 2:02X}{own}"
    content = exchanges[place][1][4:-4] + foreign
    exchanges[place][1] = f"77{len(content) // 2:02X}{content}9000"
    path = session(tmp_path, {"exchanges": exchanges})
    assert as_json("--clear", path)["pan"] == pan
    assert own in run("--clear", path).output and f"not objects ({len(own) // 2} bytes)" in run(path).output
    assert pan not in run(path).output and "BER-TLV" not in run(path).output


def test_what_the_recording_lacks_is_answered_6d00_and_told():
    path = DATA / "mastercard_mchip_test_cda.json"
    found = as_json(path)
    recorded = [pair[0] for pair in json.loads(path.read_text())["exchanges"]]
    assert found["misses"] and not set(found["misses"]) & set(recorded)
    assert all(each["sw"] == "6D00" for each in found["apdus"] if each["c"] in found["misses"])
    text = run(path).stdout
    assert text.count("not in the recording") == len(found["misses"])
    assert f"{len(found['misses'])} of {len(found['apdus'])} commands, answered 6D00" in text


def test_a_session_that_knows_nothing_ends_early_without_error(tmp_path):
    found = as_json(session(tmp_path, {"exchanges": [["00B0000000", "6A82"]]}))
    assert found["outcome"] == "not-accepted" and "6D00" in found["reason"]
    assert all(found[name] is None for name in KEYS - {"outcome", "reason"})


def test_an_amount_above_the_limit_needs_another_way(tmp_path):
    found = as_json("--amount", "100000.00", DATA / "visa_cn_credit.json")
    assert found["outcome"] == "other-interface" and "limit" in found["reason"]


def test_malformed_answers_are_an_end_with_a_reason(tmp_path):
    pan = "4761739001010010"
    for answer in ("6F7F840E9000", "9000", "FF" * 300 + "9000", "70" + "81" + "C0" + "5A08" + pan + "9000"):
        exchanges = [["00A404000E325041592E5359532E444446303100", answer], ["", answer]]
        path = session(tmp_path, {"exchanges": exchanges})
        assert as_json(path)["reason"], answer[:12]
        assert pan not in run(path).output


def test_the_number_of_a_card_is_hidden_wherever_it_stands(tmp_path):
    """A card that repeats its number in its label, a proprietary object and a record that cannot be read."""
    pan = "4761739001010010"
    recorded = json.loads((DATA / "visa_cn_credit.json").read_text())["exchanges"]
    text = json.dumps(recorded).replace("4693801184579311", pan)
    text = text.replace("9F6E0420700000", "9F6E08" + pan).replace("47782022", "477B2022")
    exchanges = json.loads(text)
    gpo = exchanges[2][1]
    exchanges[2][1] = f"77{len(gpo) // 2 - 4:02X}" + gpo[4:]
    path = session(tmp_path, {"exchanges": exchanges})
    assert as_json("--clear", path)["pan"] == pan
    for options in ((), ("--json",)):
        assert pan not in run(*options, path).output


@pytest.mark.parametrize(
    "content, words",
    [
        ("{", "not JSON"),
        ("[]", 'no list "exchanges"'),
        ("{}", 'no list "exchanges"'),
        ('{"exchanges": {}}', 'no list "exchanges"'),
        ({"exchanges": []}, "empty"),
        ({"exchanges": [["00A4040000"]]}, "exchange 1: not a pair"),
        ({"exchanges": [["00A4040000", "9000"], ["00", "9000", "9000"]]}, "exchange 2: not a pair"),
        ({"exchanges": [["00A4040000", 9000]]}, "exchange 1: not a pair"),
        ({"exchanges": [["00A4040000", "90G0"]]}, "exchange 1: R-APDU: 'G' is no hex digit"),
        ({"exchanges": [["00A40400001", "9000"]]}, "exchange 1: C-APDU: odd number"),
        ({"exchanges": [["00A4", "9000"]]}, "exchange 1: C-APDU: shorter"),
        ({"exchanges": [["00A4040000", "90"]]}, "exchange 1: R-APDU: no status word"),
        ("[" * 100000, "not JSON"),
    ],
)
def test_bad_files_are_one_line_that_names_them(tmp_path, content, words):
    path = session(tmp_path, content)
    done = run(path)
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert str(path) in done.stderr and words in done.stderr


def test_no_such_file(tmp_path):
    done = run(tmp_path / "nothing.json")
    assert done.exit_code == 2 and "nothing.json: No such file" in done.stderr
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    assert "not a text" in run(tmp_path / "binary.json").stderr


@pytest.mark.parametrize("amount", ["", "-1", "1.234", "12,50", "1e3", "9999999999999"])
def test_bad_amounts(amount):
    done = run("--amount", amount, DATA / "visa_cn_credit.json")
    assert done.exit_code == 2 and "--amount" in done.stderr


def test_blanks_and_small_letters_are_taken():
    exchanges = replay.load(DATA / "visa_cn_credit.json")
    assert exchanges[0][0].startswith("00A404")
    assert replay._exchange("x", 1, ["00 a4 04 00 00", "90 00"]) == ["00A4040000", "9000"]


def test_a_program_that_is_not_micropython_is_one_line(monkeypatch):
    monkeypatch.setenv("MICROPYTHON", "true")
    done = run(DATA / "visa_cn_credit.json")
    assert done.exit_code == 2 and "is no MicroPython" in done.output and len(done.output.splitlines()) == 1
