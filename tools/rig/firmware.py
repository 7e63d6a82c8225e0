"""Lets the tools import the firmware's own modules (`taptill.core` …)."""

import pathlib
import sys

FIRMWARE = pathlib.Path(__file__).resolve().parents[2] / "firmware"


def taptill_on_path() -> None:
    """Put `firmware/` on the import path, once.  Raises FileNotFoundError when it is not beside the tools."""
    if not (FIRMWARE / "taptill").is_dir():
        raise FileNotFoundError(f"{FIRMWARE}: the firmware is not there; run till from a checkout of TapTill")
    if str(FIRMWARE) not in sys.path:
        sys.path.insert(0, str(FIRMWARE))
