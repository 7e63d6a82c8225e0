"""`till decode` and the functions behind it."""

import json
import pathlib

import pytest
from click.testing import CliRunner
from iso8583_messages import MAK, MESSAGES, frame

from taptill.core.errors import CodecError
from taptill.core.profiles import cn_pos as profile
from till.decode import decode
from words.message_text import describe, lines

PAN = "6200000000000005"
HEX = {name: text for name, text, _ in MESSAGES}


def run(*arguments: str, stdin: bytes | None = None):
    return CliRunner().invoke(decode, list(arguments), input=stdin)


def as_json(*arguments: str, stdin: bytes | None = None) -> dict:
    result = run("--json", *arguments, stdin=stdin)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*arguments: str, stdin: bytes | None = None) -> str:
    result = run(*arguments, stdin=stdin)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.mark.parametrize("name", sorted(HEX))
def test_every_vector_is_shown(name: str) -> None:
    told = as_json(HEX[name], "--clear", "--mak", MAK)
    assert list(told) == ["tpdu", "header", "mti", "fields", "de55", "mac_ok"]
    message = profile.parse(frame(name))
    assert told["mti"] == message.mti
    assert told["tpdu"] == message.tpdu.hex() and told["header"] == message.header.hex()
    assert {int(key) for key in told["fields"]} == set(message.fields)
    for number, value in message.fields.items():
        assert told["fields"][str(number)] == (value if isinstance(value, str) else value.hex().upper())
    assert told["mac_ok"] is (True if 64 in message.fields else None)
    people = run(HEX[name]).stdout
    assert people.startswith(message.mti)
    assert all(f"F{number} " in people for number in message.fields)


def test_values_as_they_read() -> None:
    told = as_json(HEX["D8"], "--clear")
    assert told["fields"]["22"] == "071" and told["fields"]["23"] == "001"
    assert told["fields"]["2"] == PAN
    assert told["fields"]["35"] == "6200000000000005D30122010000000000000"
    assert told["fields"]["52"] == "03FED3B4F1B785A9"
    assert told["de55"]["9F26"] == "95BBE372271DDA7C" and told["de55"]["84"] == "A000000333010102"
    assert len(told["de55"]) == 19


@pytest.mark.parametrize("name", sorted(HEX))
def test_no_pan_and_no_pin_block_without_clear(name: str) -> None:
    for shown in (run(HEX[name]).stdout, run(HEX[name], "--json").stdout):
        assert PAN not in shown
        assert "D3012201" not in shown
        assert "03FED3B4F1B785A9" not in shown


def test_masks() -> None:
    told = as_json(HEX["D8"])
    assert told["fields"]["2"] == "620000******0005"
    assert told["fields"]["35"] == "620000******0005D" + "*" * 20
    assert told["fields"]["52"] == "*" * 16


def test_pan_inside_chip_data_and_elsewhere() -> None:
    chip = bytes.fromhex("5A0A6200000000000000003F" + "57136200000000000005D30122010000000000000F" + "9F370411223344")
    chip += bytes.fromhex("700A5A08" + PAN)  # nested
    raw = profile.build(
        "0200",
        {2: PAN, 55: chip, 62: b"card " + PAN.encode(), 63: "card " + PAN},
        bytes.fromhex("6000030000"),
        bytes(6),
    )
    told = as_json(raw.hex())
    text = json.dumps(told)
    assert PAN not in text and PAN.encode().hex() not in text.lower() and "6200000000000000003" not in text
    assert told["de55"]["57"] == "620000******0005D" + "*" * 21
    assert told["de55"]["5A"].startswith("620000*********0003F")
    assert told["de55"]["9F37"] == "11223344"
    assert told["fields"]["55"].endswith("620000******0005") and "9F370411223344" in told["fields"]["55"]
    assert told["fields"]["63"] == "card 620000******0005"
    assert PAN not in "\n".join(lines(bytes(raw)))
    clear = as_json(raw.hex(), "--clear")
    assert clear["fields"]["55"] == chip.hex().upper() and clear["de55"]["5A"].endswith(PAN)
    assert clear["fields"]["63"] == "card " + PAN


def test_batch_upload_lists_pans() -> None:
    raw = profile.build("0320", {11: "000001", 48: "01000002" + PAN}, bytes.fromhex("6000030000"), bytes(6))
    assert as_json(raw.hex())["fields"]["48"] == "01" + "*" * 22


def test_with_and_without_length() -> None:
    assert as_json(HEX["D4"]) == as_json(HEX["D4"][4:])


def test_file_stdin_blanks_and_raw_bytes(tmp_path: pathlib.Path) -> None:
    want = as_json(HEX["D4"])
    spaced = " ".join(HEX["D4"][at : at + 2].lower() for at in range(0, len(HEX["D4"]), 2)) + "\n"
    assert as_json(spaced) == want
    text = tmp_path / "message.txt"
    text.write_text(spaced.replace(" ", "\n"))
    assert as_json(str(text)) == want
    raw = tmp_path / "message.bin"
    raw.write_bytes(bytes.fromhex(HEX["D4"]))
    assert as_json(str(raw)) == want
    assert as_json("-", stdin=raw.read_bytes()) == want
    assert as_json("-", stdin=spaced.encode()) == want


def test_mac() -> None:
    assert as_json(HEX["D4"])["mac_ok"] is None
    assert as_json(HEX["D16"], "--mak", MAK)["mac_ok"] is None
    assert as_json(HEX["D4"], "--mak", "0123456789ABCDEFFEDCBA9876543210")["mac_ok"] is False
    assert "MAC correct" in run(HEX["D4"], "--mak", MAK).stdout
    changed = HEX["D4"].replace("000000000100", "000000000101", 1)
    assert as_json(changed, "--mak", MAK)["mac_ok"] is False
    assert "MAC WRONG" in run(changed, "--mak", MAK).stdout


def test_bad_keys() -> None:
    for key in ("", "12", MAK + "00", "G" * 16, "AB" * 24):
        assert "--mak" in refused(HEX["D4"], "--mak", key)


def test_malformed_names_field_and_byte_of_what_was_given() -> None:
    text = HEX["D4"]
    # F3 is bytes 30 to 32 of the frame, two more with the length in front
    broken = text.replace("05000000000000000100", "0500A000000000000100", 1)
    assert broken != text
    assert refused(broken) == "Error: F3: not BCD at byte 33\n"
    assert refused(broken[4:]) == "Error: F3: not BCD at byte 31\n"


def test_malformed_lengths() -> None:
    text = HEX["D4"]
    assert "length: says 140, 139 bytes follow at byte 0" in refused(text[:-2])
    assert "F64: cut short, 7 bytes of 8 at byte 132" in refused(text[4:-2])
    assert "1 bytes too many" in refused(text[4:] + "00")
    assert "length" in refused(text + "00")


def test_malformed_chip_data_counts_from_the_start() -> None:
    raw = profile.build("0200", {55: bytes.fromhex("9C01009F2608AA")}, bytes.fromhex("6000030000"), bytes(6))
    told = refused(raw.hex())
    assert "F55 9F26" in told and "at byte 29" in told


def test_not_a_message_at_all(tmp_path: pathlib.Path) -> None:
    assert "neither hex nor a file" in refused("no-such-file.bin")
    assert "odd number of digits" in refused("60000")
    assert "nothing" in refused("  ")
    assert "empty message at byte 0" in refused("-", stdin=b"")
    assert "TPDU" in refused("00")
    assert "neither hex nor a message" in refused("-", stdin=b"hello")
    assert str(tmp_path) in refused(str(tmp_path))


def test_truncated_at_every_byte_is_one_line() -> None:
    text = HEX["D8"]
    for size in range(2, len(text), 14):
        refused(text[:size])
        refused(text[4:][: size - 2] or "00")


def test_functions_for_the_story() -> None:
    raw = bytes.fromhex(HEX["D3"])
    assert describe(raw, mak=bytes.fromhex(MAK))["mac_ok"] is True
    text = lines(raw, mak=bytes.fromhex(MAK))
    assert text[0].startswith("0200 Financial request")
    assert any(line.startswith("F4 ") and after.endswith("1.00 CNY") for line, after in zip(text, text[1:]))
    assert any("9F26" in line and "Application cryptogram" in line for line in text)
    assert any(line.endswith("3        without PIN") for line in text)
    with pytest.raises(CodecError):
        lines(raw[:50])
