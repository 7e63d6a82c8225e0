"""Small functions of the firmware that a history asks all the time, answered by CPython's libraries or from memory.

While the firmware's lines are counted (`heap`), and when somebody else traces them, they run as they stand.
host_tests/test_sim_port.py compares the two.
"""

import contextlib
import datetime
import functools
import hmac
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from . import cipher

_KEPT = 4096
_FIRST = datetime.datetime(2000, 1, 1)
_SECOND = datetime.timedelta(seconds=1)


def _civil(moment: int) -> Any:
    if moment < 0:
        return NotImplemented
    at = _FIRST + datetime.timedelta(0, moment)
    return at.year, at.month, at.day, at.hour, at.minute, at.second


def _seconds(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> Any:
    try:
        return (datetime.datetime(year, month, day, hour, minute, second) - _FIRST) // _SECOND
    except ValueError:
        return NotImplemented  # no day of any calendar


def _hmac(key: Any, data: Any) -> bytes:
    return hmac.digest(key, data, "sha256")


def _retail_mac(des: cipher.Des, data: Any) -> bytes:
    return des.retail_mac(bytes(data))


# What a library has in the place of a function of a module; it says NotImplemented where it has nothing.  None: what was asked
# once is known; that is for numbers and texts only.
INSTEAD: "dict[tuple[str, str], Callable[..., Any] | None]" = {
    ("core.calendar", "civil"): _civil,
    ("core.calendar", "seconds"): _seconds,
    ("core.hmac", "hmac_sha256"): _hmac,
    ("core.mac", "retail_mac"): _retail_mac,
    ("core.money", "show"): None,
    ("core.logbook", "clean"): None,
    ("app.words", "name"): None,
}
_names: "dict[str, int]" = {}  # of the sentences; what app.words looks for each time it is asked


def fit() -> None:
    """Put them in their places, before any other module has them from there; once, in port.load()."""
    for (name, function), library in INSTEAD.items():
        module = importlib.import_module(f"taptill.{name}")
        own = module.__dict__[function]
        module.__dict__[function] = unless_traced(own, library or functools.lru_cache(_KEPT)(own))
    words = importlib.import_module("taptill.app.words")
    _names.update((name, int(number)) for name, number in (row.split(":") for row in words.__dict__["_NUMBERS"].split()))
    words.__dict__.update(_names)


@contextlib.contextmanager
def looked_up() -> Iterator[None]:
    """Meanwhile the firmware looks for the number of a sentence as on a board."""
    names = sys.modules["taptill.app.words"].__dict__ if _names else {}
    for name in _names:
        del names[name]
    try:
        yield
    finally:
        names.update(_names)


def unless_traced(own: Callable[..., Any], quick: Callable[..., Any]) -> Callable[..., Any]:
    """`quick`, and where that says NotImplemented, or lines are traced, `own`."""
    traced = sys.gettrace

    def asked(*given: Any) -> Any:
        answer = quick(*given) if traced() is None else NotImplemented
        return own(*given) if answer is NotImplemented else answer

    return asked
