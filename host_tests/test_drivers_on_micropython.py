"""Drivers and adapters against the chip models, on the real MicroPython VM: host_tests/micropython/test_*.py."""

import os
import pathlib
import subprocess

import pytest

from rig.interpreter import micropython

HERE = pathlib.Path(__file__).resolve().parent
BENCH = HERE.parent / "tools" / "bench"
LONG = {name: value for name, value in os.environ.items() if name == "TAPTILL_HEAP"}  # make heap
HEAP = "3M"  # driver, chip model (a flash image too) and test together; the terminal's own heap is tested elsewhere


@pytest.mark.timeout(3600 if LONG else 300)
@pytest.mark.parametrize("path", sorted((HERE / "micropython").glob("test_*.py")), ids=lambda path: path.stem)
def test_driver(path: pathlib.Path) -> None:
    done = subprocess.run(
        [micropython(), "-X", "heapsize=" + HEAP, str(HERE / "portable" / "run.py"), str(path)],
        cwd=HERE / "micropython",
        env={"MICROPYPATH": f"{HERE / 'portable'}:.frozen:{BENCH}:{BENCH / 'hardware'}", **LONG},
        capture_output=True,
        text=True,
        timeout=300 if not LONG else 3600,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
