"""Helpers of the portable tests: they run on CPython under pytest and on MicroPython alike."""

import binascii
import sys

SLOW = sys.implementation.name == "micropython"


def unhex(text: str) -> bytes:
    """Bytes of a hex text; blanks are allowed."""
    return binascii.unhexlify(text.replace(" ", "").replace("\n", ""))


def hexed(data) -> str:
    """Upper-case hex of bytes."""
    return binascii.hexlify(bytes(data)).decode().upper()


def raises(kind, function, *args, **kwargs):
    """Call `function` and return the error of class `kind` that it must raise."""
    try:
        function(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__ + " was raised")


def some(cases, step: int, *always) -> list:
    """Of many cases that take long all on CPython; on MicroPython, where the VM is tried, every `step`-th, and `always` these."""
    return list(cases)[::step] + list(always) if SLOW else list(cases)


def run(coroutine):
    """Drive a coroutine whose ports never really wait, and return its value."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the coroutine waits for something outside the test")
