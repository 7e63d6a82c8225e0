"""Which MicroPython runs the bench and the portable tests."""

import os
import pathlib
import shutil
import subprocess
import sys


def _name_of(program: str) -> bytes:
    """What a program that may be a Python calls itself."""
    try:
        done = subprocess.run(
            [program, "-c", "import sys; print(sys.implementation.name)"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""  # not a program for this computer, or one that has other things to do
    return done.stdout.strip()


def micropython() -> str:
    """Path of the interpreter: `MICROPYTHON=` if set, else the one beside this Python, else the one on the PATH.

    Raises FileNotFoundError with one clear line when there is none.
    """
    named = os.environ.get("MICROPYTHON")
    if named:
        found = shutil.which(named)
        if not found:
            raise FileNotFoundError(f"MICROPYTHON={named}: no such program")
        if _name_of(found) != b"micropython":
            raise FileNotFoundError(f"MICROPYTHON={named}: is no MicroPython")
        return found
    beside = pathlib.Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise FileNotFoundError("micropython: not installed; run `make setup` first")
    return found
