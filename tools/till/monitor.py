"""`till monitor` and `till shell`: what a board says, and MicroPython's prompt on it."""

import contextlib
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator

import click
import serial

from rig.failures import Failed, reason

from . import board_port

_BAUD = 115_200
_LEAVE = (b"\x1d", b"\x03")  # Ctrl-], and Ctrl-C, which must not reach the terminal: it would stop it
_AGAIN_S = 0.5
# How a line is shown: the first that fits.
_COLOURS = (
    (re.compile(r"Traceback|Error|abort\(\)|Guru Meditation|panic|wdt"), {"fg": "red"}),
    (re.compile(r"^taptill: "), {"fg": "green"}),
    (re.compile(r"^(store|keys|wifi|display|flash|owner|seen|language|clock|host): "), {"fg": "yellow"}),
    (re.compile(r"^(ets |rst:|configsip|clk_drv|mode:|load:|entry |ESP-ROM|I \(|W \()"), {"dim": True}),
)


def coloured(line: str) -> str:
    """A line of a board's log as a console shows it."""
    for form, style in _COLOURS:
        if form.search(line):
            return click.style(line, **style)
    return line


@click.command()
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
def monitor(port: str) -> None:
    """Show what the terminal logs, until Ctrl-].  Nothing that is typed reaches it."""
    port = board_port.find(port)
    with _keys() as left:
        line, rest = _open(port), b""
        click.echo(f"{port}: Ctrl-] leaves\r", err=True)
        while not left():
            try:
                got = line.read(line.in_waiting or 1)
            except (OSError, serial.SerialException):
                click.echo(f"\r{port}: gone; waiting for it", err=True)
                line = _back(port, left)
                if line is None:
                    return
                continue
            *lines, rest = (rest + got).split(b"\n")
            for each in lines:
                click.echo(coloured(each.decode("utf-8", "replace").rstrip("\r")) + "\r")


def _open(port: str) -> serial.Serial:
    try:
        return serial.Serial(port, _BAUD, timeout=0.1)
    except serial.SerialException as error:
        raise Failed(f"board on {port}: {reason(error)}") from None


def _back(port: str, left) -> serial.Serial | None:
    """The port again once it is there; None when nobody waits any more."""
    while not left():
        try:
            return serial.Serial(port, _BAUD, timeout=0.1)
        except serial.SerialException:
            time.sleep(_AGAIN_S)
    return None


@contextlib.contextmanager
def _keys() -> Iterator:
    """A function that says whether somebody wants to leave."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: Ctrl-C leaves
        yield lambda: False
        return
    if not sys.stdin.isatty():
        yield lambda: False
        return
    own = sys.stdin.fileno()
    before = termios.tcgetattr(own)
    tty.setraw(own)

    def left() -> bool:
        ready = select.select([own], [], [], 0)[0]
        return bool(ready) and os.read(own, 1) in (*_LEAVE, b"")

    try:
        yield left
    finally:
        termios.tcsetattr(own, termios.TCSADRAIN, before)


@click.command()
@click.option("--port", default="auto", show_default=True, help="Serial port of the board.")
def shell(port: str) -> None:
    """MicroPython's prompt on a board (mpremote), until Ctrl-].

    Ctrl-C stops the terminal at whatever it is doing, as a power cut would; Ctrl-D starts it again.
    """
    port = board_port.find(port)
    click.echo("Ctrl-C stops the terminal as a power cut would, Ctrl-D starts it again, Ctrl-] leaves", err=True)
    code = subprocess.call([sys.executable, "-m", "mpremote", "connect", port, "repl"])
    if code:
        raise Failed(f"board on {port}: mpremote ended with {code}", 1)
