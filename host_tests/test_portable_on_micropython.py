"""The portable tests of core and flows, once more on the real MicroPython VM."""

import pathlib
import subprocess

import pytest

from rig.interpreter import micropython

HERE = pathlib.Path(__file__).resolve().parent
HEAP = "512k"  # harness, tests and firmware are compiled into it from source; what a terminal needs, make bench says


@pytest.mark.parametrize("path", sorted((HERE / "portable").glob("test_*.py")), ids=lambda path: path.stem)
def test_on_micropython(path: pathlib.Path) -> None:
    done = subprocess.run(
        [micropython(), "-X", "heapsize=" + HEAP, str(HERE / "portable" / "run.py"), str(path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
