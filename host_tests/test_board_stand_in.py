"""The board that is none, as somebody else's clients find it: mpremote and esptool, over their own command lines."""

import subprocess
import sys

import pytest
from board_double import Double
from rom_loader import esp32, esp32s3


def mpremote(board: Double, *words: str) -> str:
    command = [sys.executable, "-m", "mpremote", "connect", board.port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("paste", [True, False])
def test_mpremote_copies_and_runs_on_it(tmp_path, paste):
    content = bytes(range(256)) * 9
    (tmp_path / "given").write_bytes(content)
    with Double(tmp_path) as board:
        board.paste = paste
        mpremote(board, "fs", "mkdir", ":there")
        mpremote(board, "fs", "cp", str(tmp_path / "given"), ":there/given.bin")
        assert "2304 given.bin" in mpremote(board, "fs", "ls", ":there")
        assert mpremote(board, "exec", "import sys; print(sys.platform)") == "esp32\n"
        with pytest.raises(AssertionError, match="ValueError: no"):
            mpremote(board, "exec", "raise ValueError('no')")
    assert board.files() == {"there/given.bin": content}


def test_it_starts_what_is_in_main_and_stops_it_for_mpremote(tmp_path):
    with Double(tmp_path) as board:
        mpremote(board, "exec", "open('/main.py', 'w').close()")
        mpremote(board, "reset")
        assert board.comes_to("terminal")
        assert mpremote(board, "exec", "print(2 + 2)") == "4\n"
        mpremote(board, "soft-reset")
    with Double(tmp_path) as board:
        assert board.comes_to("terminal")


@pytest.mark.parametrize("chip", [esp32(), esp32s3(8)], ids=["ESP32", "ESP32-S3"])
@pytest.mark.parametrize("stub", [[], ["--no-stub"]], ids=["stub", "rom"])
def test_esptool_writes_and_reads_its_flash(tmp_path, chip, stub):
    content = bytes(range(256)) * 37  # with all that SLIP has to escape
    (tmp_path / "given").write_bytes(content)
    with Double(tmp_path / "board", chip=chip) as board:
        for words in (["write-flash", "0x10000", "given"], ["read-flash", "0x10000", str(len(content)), "got"]):
            command = [sys.executable, "-m", "esptool", "--port", board.port, *stub, *words]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
        assert mpremote(board, "exec", "print(2 + 2)") == "4\n"  # and then it is a board with MicroPython again
    assert (tmp_path / "got").read_bytes() == content
    assert board.flash.read_bytes()[0x10000:][: len(content)] == content
