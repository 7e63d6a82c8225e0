"""The terminal's master key (TMK) on its way to the board: out of a file, out of the environment, or typed by two people.

Two components, each known to one person alone, are combined by XOR; each has a check value of its own, so that a slip of the
pen is found before the other person has come.  Nothing that is typed is shown, and no key stands in a command line or a
message.

Source: ANSI X9.24-1, components under dual control; the check value is the beginning of eight zero bytes enciphered under the
key.
"""

import os
import pathlib
import stat
import sys

import click

from acquirer import desops
from acquirer.keys import odd_parity, parse_key
from rig.failures import Failed, reason

ENVIRONMENT = "TILL_TMK"
_MOST = 256  # characters of a file that holds a key and nothing else


def check_value(key: bytes) -> str:
    """Six hexadecimal digits, as bank forms have them."""
    return desops.check_value(key)[:3].hex().upper()


def given(path: pathlib.Path | None, asks: bool) -> bytes:
    """The TMK: from the file `path` ("-": what comes through a pipe), the environment, or by asking, where somebody can be asked.

    Raises Failed.
    """
    if path:
        return whole(_read(path), f"--tmk-file {path}")
    if ENVIRONMENT in os.environ:
        return whole(os.environ[ENVIRONMENT], ENVIRONMENT)
    if not asks:
        raise Failed(
            f"TMK: none is given: --tmk-file FILE, {ENVIRONMENT} in the environment, or answer the questions at a terminal"
        )
    return _of_two_people()


def whole(text: str, where: str) -> bytes:
    """A TMK that is written in one piece.  Its parity tells a mistyped digit; components have none of their own.  Raises
    Failed."""
    key = _key(text, where)
    if odd_parity(key) != key:
        raise Failed(f"{where}: the parity is wrong; a digit is mistyped, or it is no DES key")
    return _sound(key, where)


def combined(first: bytes, second: bytes) -> bytes:
    """The TMK of two components.  Raises Failed."""
    return _sound(odd_parity(bytes(one ^ other for one, other in zip(first, second))), "TMK")


def _sound(key: bytes, where: str) -> bytes:
    if key[:8] == key[8:]:
        raise Failed(f"{where}: both halves are the same, which is single DES; it is refused")
    return key


def _key(text: str, where: str) -> bytes:
    try:
        return parse_key("".join(text.split()), where)
    except ValueError:
        raise Failed(f"{where}: 32 hexadecimal digits are wanted") from None  # what was given may be a key: not repeated


def _read(path: pathlib.Path) -> str:
    try:
        if str(path) == "-":
            return sys.stdin.read(_MOST)
        with path.open(encoding="ascii") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Failed(f"--tmk-file {path}: others than you may read it; chmod 600 {path}")
            return file.read(_MOST)
    except UnicodeDecodeError:
        raise Failed(f"--tmk-file {path}: 32 hexadecimal digits are wanted") from None
    except OSError as error:
        raise Failed(f"--tmk-file {path}: {reason(error)}") from None


def _of_two_people() -> bytes:
    click.echo("The TMK comes as two components from two people. What is typed is not shown.")
    key = combined(_component(1), _component(2))
    click.confirm(f"TMK: check value {check_value(key)}. Is it the one that the host has?", abort=True)
    return key


def _component(number: int) -> bytes:
    """Ask until somebody says that the check value is right."""
    while True:
        try:
            part = _key(click.prompt(f"Component {number} of 2, 32 hexadecimal digits", hide_input=True), f"component {number}")
        except Failed as error:
            click.echo(str(error))
            continue
        if click.confirm(f"Component {number}: check value {check_value(part)}. Is it right?"):
            return part
