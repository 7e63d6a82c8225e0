"""`till backup` and `till restore`: journal and settings in a file without a secret, and onto a new board alone; the log and
the prompt."""

import base64
import json
import pathlib
import shutil

import pytest
from board_double import SALE, Double, cut_after, deployed
from board_stand_in import Console
from click.testing import CliRunner
from person import Person

from till import backup, monitor, provision

TMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SETTINGS = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "192.168.1.10",
    "port": 8583,
    "tls": False,
    "wifi_ssid": "my network",
    "wifi_password": "between friends",
    "supervisor": "salt:and:hash",
}
CARD = "4761739001010010"
STORE = SALE.partition("intent = ")[0] + "print(store.lost, store.last().seq, store.next_stan(), store.pending())"


@pytest.fixture(scope="module")
def used(tmp_path_factory, deployed_flash) -> dict:
    """Folders of used boards: all is settled, or a reversal is open."""
    made = {}
    for settled in (True, False):
        board = deployed(tmp_path_factory.mktemp("used"), deployed_flash)
        board.do(provision.provisioning_code(SETTINGS, TMK, b""))
        board.do(SALE.format(settled=True))
        board.do(SALE.format(settled=settled))
        made[settled] = board.folder
    return made


def keep(board: Double, path: pathlib.Path):
    return CliRunner().invoke(backup.backup, [str(path), "--port", board.port])


def put(board: Double, path: pathlib.Path):
    return CliRunner().invoke(backup.restore, [str(path), "--port", board.port])


@pytest.fixture
def kept(tmp_path, used) -> pathlib.Path:
    with Double(used[True]) as board:
        done = keep(board, tmp_path / "kept.json")
        assert done.exit_code == 0 and "2 records" in done.output, done.output
        assert board.comes_to("terminal")
    return tmp_path / "kept.json"


def test_a_backup_holds_journal_and_settings_and_no_secret(kept, used):
    content = json.loads(kept.read_text())
    files = {name: base64.b64decode(text) for name, text in content["files"].items()}
    assert {"journal.000", "counter", "marks", "config.json"} <= set(files) and not {"keys", "given", "pending"} & set(files)
    assert json.loads(files["config.json"]) == {k: v for k, v in SETTINGS.items() if k not in ("wifi_password", "supervisor")}
    everything = b"".join(files.values()) + kept.read_bytes()
    device_key = bytes.fromhex(json.loads((used[True] / "nvs-taptill.json").read_text())["device_key"])
    for secret in (TMK, TMK.hex().encode(), device_key, CARD.encode(), bytes.fromhex(CARD), b"between friends", b"and:hash"):
        assert secret not in everything
    assert kept.stat().st_mode & 0o077 == 0


def test_a_new_board_goes_on_where_the_other_one_stopped(kept, tmp_path, deployed_flash):
    with deployed(tmp_path / "new", deployed_flash) as board:
        done = put(board, kept)
        assert done.exit_code == 0 and "till provision" in done.output, done.output
        assert board.comes_to("terminal")
    board.do(provision.provisioning_code(SETTINGS, TMK, b""))
    lost, seq, stan, pending = board.do(STORE).rsplit(maxsplit=3)
    assert (lost, seq, pending) == ("['pending']", "2", "None") and int(stan) > 2  # no backup holds what has a card's number


def test_a_restore_may_be_unplugged_at_every_step(kept, tmp_path, deployed_flash):
    number = 0
    while True:
        number += 1
        with deployed(tmp_path / "new", deployed_flash) as board:
            cut_after(board, number)
            done = put(board, kept)
        if done.exit_code == 0:
            break
        data = {name for name in board.files() if name.startswith("data/")}
        assert data in (set(), {f"data/{name}" for name in json.loads(kept.read_text())["files"]}), "half of it"
        with Double(tmp_path / "new") as again:
            done = put(again, kept)
        if data:
            assert "in use; a backup goes onto a new board" in done.output, done.output
        else:
            assert done.exit_code == 0, done.output
        assert {name for name in again.files() if name.startswith("data")} == {
            f"data/{name}" for name in json.loads(kept.read_text())["files"]
        }
    assert number > 8


def refused(board: Double, path: pathlib.Path, words: str) -> None:
    with board:
        done = put(board, path)
        assert done.exit_code == 2 and words in done.output, done.output
        assert board.comes_to("terminal")


def test_a_used_board_keeps_what_it_has(kept, tmp_path, used, deployed_flash):
    before = Double(used[True]).files()
    refused(Double(used[True]), kept, "in use; a backup goes onto a new board, before it is provisioned")
    newer = Double(shutil.copytree(used[True], tmp_path / "newer"))
    newer.do(SALE.format(settled=True))
    refused(newer, kept, "its journal goes on to record 3, the backup's ends at 2")
    refused(Double(used[False]), kept, "a reversal is open (trace 000017): leave the terminal on")
    assert {name: content for name, content in newer.files().items() if "/keys" in name or "config" in name} == {
        name: content for name, content in before.items() if "/keys" in name or "config" in name
    }


def test_a_backup_with_an_open_reversal_is_made_and_not_restored(tmp_path, used, deployed_flash):
    with Double(used[False]) as board:
        done = keep(board, tmp_path / "open.json")
        assert done.exit_code == 0 and "a reversal is open there (trace 000017)" in done.output, done.output
    with deployed(tmp_path / "new", deployed_flash) as board:
        done = put(board, tmp_path / "open.json")
        assert done.exit_code == 2 and "a reversal was open when it was made" in done.output and not board.exchanges


def test_a_file_is_not_overwritten_and_a_new_board_has_nothing_to_keep(kept, tmp_path, deployed_flash):
    with deployed(tmp_path / "new", deployed_flash) as board:
        done = keep(board, kept)
        assert done.exit_code == 2 and "is there already" in done.output and not board.exchanges
        done = keep(board, tmp_path / "other.json")
        assert done.exit_code == 2 and "there is nothing to keep" in done.output and not (tmp_path / "other.json").exists()


def signed(content: dict) -> None:
    content["sha256"] = backup._digest(content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content.update(seq=9), "damaged, its check sum is wrong"),
        (lambda content: content.update({"taptill-backup": 2}), "a backup of version 2; this till knows 1"),
        (lambda content: content.pop("taptill-backup"), "no backup"),
        (lambda content: content["files"].update({"keys": "AAAA"}), "damaged"),
        (
            lambda content: (content["files"].update({"../main.py": ""}), content.update(sha256=backup._digest(content))),
            "belong to no",
        ),
    ],
)
def test_a_file_that_is_no_whole_backup_is_told(kept, change, words):
    content = json.loads(kept.read_text())
    change(content)
    kept.write_text(json.dumps(content))
    done = CliRunner().invoke(backup.restore, [str(kept), "--port", "/dev/nothing"])
    assert done.exit_code == 2 and words in done.output and done.output.count("\n") == 1, done.output


# The log and the prompt.


def test_the_log_is_shown_and_nothing_typed_reaches_the_board():
    with Console(lambda code: (b"", b""), starts=lambda: True) as board:
        person = Person(["monitor", "--port", board.port])
        person.sees("Ctrl-] leaves")
        board.say(b"store: lost or damaged: seen\r\ntaptill: id")
        person.sees("lost or damaged: seen")
        board.say(b"le\r\n")
        person.sees("taptill: idle")
        person.presses(b"x\r\x04")
        board.say(b"still there\r\n")
        person.sees("still there")
        person.presses(b"\x1d")
        assert person.leaves() == 0, person.seen
        assert board.typed_to_terminal == b"" and board.comes_to("terminal")


def test_ctrl_c_leaves_the_log_and_does_not_stop_the_terminal():
    with Console(lambda code: (b"", b""), starts=lambda: True) as board:
        person = Person(["monitor", "--port", board.port])
        person.sees("Ctrl-] leaves")
        board.say(b"hello\r\n")
        person.sees("hello")
        person.presses(b"\x03")
        assert person.leaves() == 0 and board.typed_to_terminal == b"" and board.comes_to("terminal")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Traceback (most recent call last):", "\x1b[31m"),
        ("taptill: idle", "\x1b[32m"),
        ("store: lost or damaged: seen", "\x1b[33m"),
        ("ets Jul 29 2019 12:21:46", "\x1b[2m"),
        ("something else", "something"),
    ],
)
def test_lines_have_their_colours(line, code):
    assert monitor.coloured(line).startswith(code) and line in monitor.coloured(line)


def test_the_prompt_is_mpremotes():
    with Console(lambda code: (b"4\n", b""), starts=lambda: True) as board:
        person = Person(["shell", "--port", board.port])
        person.sees("stops the terminal as a power cut would")
        person.sees("Ctrl-]")
        person.sees("to exit")
        board.say(b"at work\r\n")
        person.sees("at work")  # it has taken the keyboard over: Ctrl-C goes to the board and not to the command
        person.presses(b"\x03")
        person.sees(">>>")
        person.presses(b"\x1d")
        assert person.leaves() == 0, person.seen
