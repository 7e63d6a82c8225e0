"""Puts the firmware and the tools on the path, as they are on the board and on the bench."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
for folder in (ROOT / "tools", ROOT / "firmware", ROOT / "host_tests" / "portable"):
    sys.path.insert(0, str(folder))

# These run on MicroPython: test_drivers_on_micropython.py and the bench start them.
collect_ignore = ["micropython", "bench_firmware", "bench_lookups", "bench_fault"]
