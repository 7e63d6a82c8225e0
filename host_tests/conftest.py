"""Puts the firmware and the tools on the path, as they are on the board and on the bench."""

import os
import pathlib
import shutil
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
for folder in (ROOT / "tools", ROOT / "firmware", ROOT / "host_tests" / "portable"):
    sys.path.insert(0, str(folder))

# A run that goes past midnight makes one firmware all the same; the workers of a run have it from their parent.
os.environ.setdefault("SOURCE_DATE_EPOCH", str(int(time.time())))

pytest_plugins = ["browser.fixtures"]

# These run on MicroPython: test_drivers_on_micropython.py and the bench start them.
collect_ignore = ["micropython", "bench_firmware", "bench_lookups", "bench_fault", "bench_daily", "bench_chip"]

# What is set up once for all tests of a file is dear, and two browsers at a time take more than twice as long as one: one
# process runs all of these, one after another.
TOGETHER = {
    "test_browser.py": "browser",
    "test_browser_board.py": "browser",
    "test_browser_layout.py": "browser",
    "test_browser_lessons.py": "browser",
    "test_backup.py": "backup",
    "test_evidence.py": "evidence",
    "test_measure.py": "measure",
    "test_screens.py": "screens",
    "test_sim_shrink.py": "sim shrink",
    "test_sim_bugs.py": "sim bugs",
    "test_ledgers.py": "postgres",
    "test_ledger_schema.py": "postgres",
    "test_ledger_statements.py": "postgres",
    "test_ledger_conflicts.py": "postgres",
    "test_ledger_patience.py": "postgres",
    "test_ledger_copies_postgres.py": "postgres",
    "test_host_workers.py": "postgres",
    "test_load_postgres.py": "postgres",
}
# The longest of the others are begun first, and the short ones of the pure code come last: nothing is left over at the end.
FIRST = ("test_desk_lessons.py", "test_portable_on_micropython.py")


def pytest_collection_modifyitems(items: list) -> None:
    items.sort(key=lambda item: (item.path.name not in FIRST, item.path.parent.name == "portable"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Test by test from one queue, those of TOGETHER as if they were one."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER.get(pathlib.PurePath(nodeid.split("::", 1)[0]).name, nodeid)

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def postgres_server():
    """A PostgreSQL server (rig.postgres) for all the tests of a process; without one they are left out, but not in CI."""
    from rig import postgres

    try:
        with postgres.running() as server:
            yield server
    except postgres.Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def deployed_flash(tmp_path_factory) -> pathlib.Path:
    """The flash of a board (board_double.py) with the firmware for boards/esp32_wrover on it, and nothing else."""
    from board_double import Double
    from click.testing import CliRunner

    from till import deploy

    folder = tmp_path_factory.mktemp("deployed")
    with Double(folder) as board:
        done = CliRunner().invoke(deploy.deploy, ["--board", "esp32_wrover", "--port", board.port])
        assert done.exit_code == 0, done.output
        assert board.comes_to("terminal")
    return folder / "flash.bin"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """`own(line, instead)` makes boards/mine, a copy of a board's folder in which these words of board.py are others."""
    from rig import compiled

    # What all boards have in common is compiled already: links to it, and board.py is made anew.
    compiled.tree("esp32_devkitc")
    common = compiled.BUILD / "esp32_devkitc"
    monkeypatch.setattr(compiled, "BOARDS", tmp_path / "boards")
    monkeypatch.setattr(compiled, "BUILD", tmp_path / "build")
    shutil.copytree(common, tmp_path / "build" / "mine", copy_function=os.link)

    def made(*changes: "tuple[str, str]", of: str = "esp32_devkitc") -> pathlib.Path:
        folder = tmp_path / "boards" / "mine"
        shutil.copytree(ROOT / "boards" / of, folder)
        text = (folder / "board.py").read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "board.py").write_text(text, encoding="utf-8")
        return folder / "board.py"

    return made
