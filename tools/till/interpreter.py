"""Which MicroPython runs the bench and the portable tests."""

import os
import pathlib
import shutil
import sys


def micropython() -> str:
    """Path of the interpreter: `MICROPYTHON=` if set, else the one beside this Python, else the one on the PATH.

    Raises FileNotFoundError with one clear line when there is none.
    """
    named = os.environ.get("MICROPYTHON")
    if named:
        found = shutil.which(named)
        if not found:
            raise FileNotFoundError(f"MICROPYTHON={named}: no such program")
        return found
    beside = pathlib.Path(sys.executable).parent / "micropython"
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        raise FileNotFoundError("micropython: not installed; run `make setup` first")
    return found
