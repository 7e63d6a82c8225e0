"""F-H7: a state folder has one owner; the next one is told in a line who that is, and nothing of his is touched."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from rig.failures import Failed
from rig.state_lock import OWNER, hold

ROOT = pathlib.Path(__file__).resolve().parent.parent
TILL = [sys.executable, "-c", "from till.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "tools"), "CI": "1"}


@contextlib.contextmanager
def running(*words):
    """A till command that runs until the `with` ends; its first line of output has come."""
    process = subprocess.Popen([*TILL, *map(str, words)], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline(), "it ended at once"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def refused(*words) -> str:
    """The one line with which a till command refuses to begin."""
    done = subprocess.run([*TILL, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1, done.stdout + done.stderr
    return done.stderr


def files(folder: pathlib.Path) -> dict:
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_f_h7_two_demos_do_not_share_a_folder(tmp_path):
    state = tmp_path / "desk"
    demo = ("demo", "--no-open", "--port", "0", "--state", state)
    with running(*demo) as first:
        flash = (state / "terminal-1" / "flash.img").stat().st_ino
        for words in (demo, (*demo, "--fresh"), ("bench", "--terminals", "2", "--page-port", "0", "--state", state)):
            line = refused(*words)
            assert f"{state}: in use by till demo (process {first.pid})" in line and "--state" in line
        assert f"{state / 'host'}: in use by till demo" in refused("host", "--control", "0", "--state", state / "host")
        assert (state / "terminal-1" / "flash.img").stat().st_ino == flash
    with hold("test", state, state / "host"):
        pass  # free again, though its owner was killed


@pytest.mark.parametrize(
    "words",
    [
        ("host", "--port", "0", "--tls-port", "0", "--control", "0"),
        ("bench", "--port", "0"),
        ("demo", "--port", "0"),
        ("demo", "--fresh"),
        ("bench", "--terminals", "1", "--page-port", "0"),
        ("run", ROOT / "tools/scripts/first-sale.txt"),
    ],
)
def test_f_h7_every_command_with_a_state_folder_asks_first(tmp_path, words):
    with hold("till something", tmp_path):
        before = files(tmp_path)
        assert f"{tmp_path}: in use by till something (process {os.getpid()})" in refused(*words, "--state", tmp_path)
        assert files(tmp_path) == before


def test_f_h7_a_lock_is_never_stale(tmp_path):
    with running("host", "--json", "--port", "0", "--tls-port", "0", "--control", "0", "--state", tmp_path) as owner:
        with pytest.raises(Failed, match=f"{tmp_path}: in use by till host .process {owner.pid}"):
            with hold("test", tmp_path):
                pytest.fail("two owners")
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        with hold("test", tmp_path):
            assert (tmp_path / OWNER).read_text() == f"{os.getpid()} test\n"


def test_f_h7_a_taken_away_lock_file_makes_no_second_owner(tmp_path):
    with hold("first", tmp_path):
        (tmp_path / OWNER).unlink()  # as --fresh does with the host's folder
        with hold("second", tmp_path):
            with pytest.raises(Failed, match="in use by second"):
                with hold("third", tmp_path):
                    pytest.fail("two owners of one file")


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_f_h7_a_folder_that_cannot_be_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match=f"--state {tmp_path / place}: (File exists|Not a directory)"):
        with hold("test", tmp_path / place):
            pytest.fail("no folder")
