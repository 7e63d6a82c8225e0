"""`till provision`: everything is looked at before the board is, no secret is seen by anybody, and the board says what it has."""

import datetime
import json
import pathlib
import re
import subprocess

import pytest
from board_double import SALE, Double, deployed
from click.testing import CliRunner
from person import Person

from acquirer import keys, tls
from rig.failures import Failed
from till import certificates, evidence, master_key, provision

CONFIG = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "192.168.1.10",
    "port": 8584,
    "tls_name": "localhost",
    "wifi_ssid": "café",
    "wifi_password": "between friends",
}
TMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
VALUE = "08D7B4"  # the first three bytes of eight zero bytes under it, by any triple DES
PARTS = ("11111111111111112222222222222222", (TMK[:8].hex() + TMK[8:].hex()))


@pytest.fixture
def place(tmp_path, monkeypatch) -> pathlib.Path:
    """A folder with settings, a CA and its host's certificate, as the current one."""
    tls.make(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TILL_TMK", raising=False)
    return tmp_path


def give(board: "Double | None", *words: str, tmk: "bytes | None" = TMK):
    port = ["--port", board.port] if board else []
    env = {"TILL_TMK": tmk.hex()} if tmk else {}
    return CliRunner().invoke(provision.provision, [*words, *port], env=env)


def without_password(files: dict) -> dict:
    """The settings on flash, and of the sealed password its form alone."""
    settings = json.loads(files["data/config.json"])
    return {**settings, "wifi_password": list(settings["wifi_password"])}


def test_a_board_gets_settings_ca_and_key_and_says_so(place, deployed_flash):
    with deployed(place / "board", deployed_flash) as board:
        done = give(board, "config.json", "--ca", "ca.der", "--host-certificate", "server.pem")
        assert done.exit_code == 0 and f"TMK: check value {VALUE}" in done.output, done.output
        assert board.comes_to("terminal")
        shown = give(board, "--show", tmk=None)
        assert shown.exit_code == 0 and board.comes_to("terminal"), shown.output
    settings = json.loads(shown.output[: shown.output.index("}") + 1])
    assert settings == {**CONFIG, "wifi_password": "(set)"}
    assert "TapTill private CA" in shown.output and f"TMK: check value {VALUE}" in shown.output
    files = board.files()
    assert (
        without_password(files) == {**CONFIG, "wifi_password": ["sealed"]}
        and files["data/ca.der"] == (place / "ca.der").read_bytes()
    )
    # Nor anywhere on flash, in what was once written and is of no file any more.
    written = board.flash.read_bytes()
    assert TMK not in written and TMK.hex().encode() not in written.lower()
    assert CONFIG["wifi_password"].encode() not in written


def test_f_m18_provisioning_shows_the_key_in_no_command_line(place, deployed_flash, monkeypatch):
    """Every user of a computer sees the command lines of all; and nothing of it stands in what is printed."""
    calls, start = [], subprocess.Popen.__init__

    def noted(self, command, *rest, **options):
        calls.append(str(command))
        return start(self, command, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    with deployed(place / "board", deployed_flash) as board:
        done = give(board, "config.json", "--ca", "ca.der")
        assert done.exit_code == 0, done.output
        shown = " ".join(calls) + done.output + give(board, "--show").output
    assert calls and TMK.hex() not in shown.lower() and "between friends" not in shown


def test_a_board_that_refuses_shows_no_key_either(place, deployed_flash):
    """The firmware's own word, of a used board with an open reversal that belongs to another host."""
    board = deployed(place / "board", deployed_flash)
    board.do(provision.provisioning_code(CONFIG, TMK, b""))
    board.do(SALE.format(settled=False))
    before = board.files()
    (place / "config.json").write_text(json.dumps({**CONFIG, "terminal_id": "10000002"}))
    with board:
        board.standing = "reversal open"
        done = give(board, "config.json", "--ca", "ca.der")
        assert done.exit_code == 2 and "a reversal is open and belongs to" in done.output, done.output
        assert TMK.hex() not in done.output.lower() and "between friends" not in done.output
        assert board.comes_to("terminal")
    assert board.files() == before


def test_an_older_firmware_is_told(place, deployed_flash, monkeypatch):
    monkeypatch.setattr(provision, "_SHOW", "print(repr({'config': None, 'ca': b'', 'check': ''}))")
    with deployed(place / "board", deployed_flash) as board:
        done = give(board, "--show")
        assert done.exit_code == 2 and "till deploy comes first" in done.output, done.output


def test_a_board_without_the_firmware_is_told(place):
    with Double(place / "board") as board:
        done = give(board, "config.json", "--ca", "ca.der")
        assert done.exit_code == 2 and "till deploy comes first" in done.output, done.output


# By what a board signs with, its evidence is known from the first day on.

FILE = """\
import board
from esp32 import NVS
import machine
from taptill.export import tell
tell(board.DATA, NVS("taptill"), machine.RTC())
"""


def test_a_board_s_evidence_is_known_and_another_board_s_is_told(place, deployed_flash):
    files = []
    for folder in ("board", "forger"):
        with deployed(place / folder, deployed_flash) as board:
            done = give(board, "config.json", "--ca", "ca.der", "--state", f"keys of {folder}")
            assert done.exit_code == 0 and "another device" not in done.output, done.output
        files.append(place / f"{folder}.txt")
        files[-1].write_text(board.do(FILE).replace("\r", "")[:-1])
    ours, forged = (CliRunner().invoke(evidence.evidence, [str(file), "--state", "keys of board"]) for file in files)
    assert ours.exit_code == 0 and "Signed by this terminal" in ours.output, ours.output
    assert forged.exit_code == evidence.FOREIGN and "another device" in forged.output, forged.output
    with Double(place / "forger") as board:  # it takes the broken one's place
        done = give(board, "config.json", "--ca", "ca.der", "--state", "keys of board")
        assert done.exit_code == 0 and "terminal 10000001 was another device until now" in done.output, done.output


# Looked at before the board is: no port is there.


def complaint(*words: str, tmk: "bytes | None" = TMK) -> str:
    done = give(None, *words, "--port", "/dev/nothing", tmk=tmk)
    assert done.exit_code == 2 and done.output.count("\n") == 1 and "/dev/nothing" not in done.output, done.output
    return done.output


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        ({"port": "x"}, ("--ca", "ca.der"), "config: port must be a number"),
        ({"colour": 1}, ("--ca", "ca.der"), "config: unknown setting colour"),
        ({}, (), "--ca: TLS is on"),
        ({}, ("--ca", "missing.der"), "missing.der"),
        ({}, ("--ca", "config.json"), "config.json: no certificate in DER or PEM"),
        ({}, ("--ca", "server.pem"), "server.pem: the certificate of a host, not of a CA"),
        ({"tls_name": "elsewhere"}, ("--ca", "ca.der", "--host-certificate", "server.pem"), "and tls_name is elsewhere"),
    ],
)
def test_bad_settings_and_certificates_are_named(place, change, words, said):
    (place / "config.json").write_text(json.dumps({**CONFIG, **change}))
    assert said in complaint("config.json", *words)


def test_the_dates_of_certificates_are_looked_at(place):
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    tls.make(place / "future", ca_from=now + day)
    assert "valid from" in complaint("config.json", "--ca", "future/ca.der")
    tls.make_host(place, valid=-day)
    assert "which is over" in complaint("config.json", "--ca", "ca.pem", "--host-certificate", "server.pem")
    tls.make(place / "other")
    assert "not signed by this CA" in complaint("config.json", "--ca", "ca.der", "--host-certificate", "other/server.pem")


@pytest.mark.parametrize(
    ("tmk", "said"),
    [
        (TMK[:15], "32 hexadecimal digits"),
        (bytes((TMK[0] ^ 1,)) + TMK[1:], "the parity is wrong"),
        (TMK[:8] * 2, "both halves are the same"),
    ],
)
def test_a_key_that_is_none_is_told_and_not_shown(place, tmk, said):
    heard = complaint("config.json", "--ca", "ca.der", tmk=tmk)
    assert said in heard and tmk.hex() not in heard.lower()


def test_a_file_with_the_key_is_for_its_owner_alone(place, deployed_flash):
    (place / "tmk").write_text(TMK.hex() + "\n")
    (place / "tmk").chmod(0o644)
    assert "others than you may read it; chmod 600 tmk" in complaint("config.json", "--ca", "ca.der", "--tmk-file", "tmk")
    (place / "tmk").chmod(0o600)
    with deployed(place / "board", deployed_flash) as board:
        done = give(board, "config.json", "--ca", "ca.der", "--tmk-file", "tmk", tmk=None)
        assert done.exit_code == 0 and VALUE in done.output, done.output


def test_nobody_to_ask_is_told(place):
    assert "TMK: none is given" in complaint("config.json", "--ca", "ca.der", tmk=None)


def test_components_are_combined_by_xor_and_have_no_parity_of_their_own():
    first, second = (bytes.fromhex(part) for part in PARTS)
    made = master_key.combined(first, second)
    assert made == keys.odd_parity(bytes(one ^ other for one, other in zip(first, second)))
    assert master_key.check_value(TMK) == VALUE
    with pytest.raises(Failed, match="both halves"):
        master_key.combined(first, first)


def test_a_private_ca_is_made_for_the_host_and_stays(place):
    made = certificates.make(place / "own", ("till.example", "192.168.1.10"))
    first = (place / "own" / "server.pem").read_bytes()
    for name in ("till.example", "192.168.1.10"):
        certificates.check_host(place / "own" / "server.pem", made, name)
    assert certificates.make(place / "own", ("till.example",)) == made
    assert (place / "own" / "server.pem").read_bytes() == first
    assert certificates.make(place / "own", ("other.example",)) == made  # every board that has it still trusts it
    certificates.check_host(place / "own" / "server.pem", made, "other.example")
    assert (place / "own" / "server.pem").stat().st_mode & 0o077 == 0
    assert (place / "own" / "ca.key.pem").stat().st_mode & 0o077 == 0


def test_a_ca_is_not_made_for_settings_that_are_wrong(place):
    (place / "config.json").write_text(json.dumps({**CONFIG, "port": 0}))
    complaint("config.json", "--make-ca", "own")
    (place / "config.json").write_text(json.dumps(CONFIG))
    complaint("config.json", "--make-ca", "own", tmk=TMK[:3])
    assert not (place / "own").exists()


# Two people at a terminal.


def test_two_people_answer_everything_at_a_terminal(place, deployed_flash):
    """A slip of the pen is asked again; nothing secret is seen."""
    made = master_key.combined(*(bytes.fromhex(part) for part in PARTS))
    with deployed(place / "board", deployed_flash) as board:
        person = Person(["provision", "--make-ca", str(place / "own"), "--port", board.port])
        for asked, answer in (
            ("Name of the shop", "Corner shop"),
            ("Merchant number", "12"),
            ("merchant_id must have 15", ""),
            ("Merchant number", "100000000000001"),
            ("Terminal number", "10000001"),
            ("Name of the Wi-Fi", "my network"),
            ("Password of the Wi-Fi", "between friends"),
            ("Address of the host", "192.168.1.10"),
            ("Port of the host", ""),
            ("Name in the host's certificate", "till.example"),
            ("Language", "en"),
        ):
            if answer or asked.startswith("Port"):
                person.types(asked, answer)
            else:
                person.sees(asked)
        for number, part in enumerate(PARTS, 1):
            person.types(f"Component {number} of 2", "12")
            person.sees("32 hexadecimal digits are wanted")
            person.types(f"Component {number} of 2", part)
            person.types(f"check value {master_key.check_value(bytes.fromhex(part))}. Is it right?", "y")
        person.types(f"TMK: check value {master_key.check_value(made)}.", "y")
        assert person.leaves() == 0, person.seen
    assert "provisioned" in person.seen
    for secret in ("between friends", *PARTS, made.hex()):
        assert secret.lower() not in person.seen.lower()
    settings = without_password(board.files())
    assert settings["merchant_id"] == "100000000000001" and settings["wifi_password"] == ["sealed"]
    certificates.check_host(place / "own" / "server.pem", board.files()["data/ca.der"], settings["tls_name"])
    assert not re.search(r"Traceback|Error", person.seen)
