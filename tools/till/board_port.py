"""A board at its USB cable: which port it is on, when it may be stopped, and programs that it runs.

The bytes on the cable are mpremote's (raw REPL and raw-paste mode: MicroPython documentation, "The MicroPython interactive
interpreter mode").  Here stands what a terminal asks for beside that: it is not stopped in the middle of a payment, and
whatever goes wrong, it is started again.

Source for the watchdog: MicroPython, ports/esp32/machine_wdt.c.  It is the chip's one task watchdog: a soft reset does not stop
it, and whoever asks for a WDT again sets its time anew.
"""

import contextlib
import io
import os
import struct
import time

import click
import serial
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from serial.tools import list_ports

from rig.failures import Failed, reason

ANSWER_S = 10  # the longest that a board says nothing while it works on one program
IDLE_S = 300  # longer than a payment takes with everything that can go wrong in it
SILENT_S = 15  # a terminal answers within a second, and 9 s after it was switched on
_ASK_EVERY_S = 1.0
_PATIENCE_S = 3.0  # before a person is told what is being waited for
_WATCHDOG_MS = 600_000  # the whole of a deploy; a board that is left alone in the middle of it starts again by itself
_READ_S = 5  # mpremote waits for single bytes too

_IDLE = (b"taptill: idle", b"taptill: out of service")
_OPEN = b"taptill: reversal open"
_TERMINAL = b"taptill: "  # whatever it is at
_EMPTY = (b"invalid header", b"waiting for download")  # the chip's own words, where there is no program
_PROMPT = b">>> "
_BEGUN = b"soft reboot"  # MicroPython's word for it
# Ctrl-B leaves raw mode, and the line end is what a terminal takes for the question (adapters/console.py); neither does
# anything else.
_QUESTION = b"\x02\r"
# A paste that nobody ended takes whatever is typed for its text, and says \x01 whenever it has room for more of it.
_PUSH = b"\r" * 512
_TAKEN = b"\x01"
_STOP = b"\x03"

REVERSAL_OPEN = (
    "a reversal is open: leave the terminal on, with its network and its host, until it is settled, or move it to the manual "
    "list in the terminal's menu; then try again"
)


def find(port: str) -> str:
    """`port`, or for "auto" the only USB serial port there is.  Raises Failed that lists what there is."""
    if port != "auto":
        return port
    found = [each for each in list_ports.comports() if each.vid is not None]
    if len(found) == 1:
        return found[0].device
    if not found:
        raise Failed("--port: no USB serial port found; is the board plugged in, with a cable that carries data?")
    ports = ", ".join(f"{each.device} ({each.description})" for each in sorted(found))
    raise Failed(f"--port: there are several: {ports}; name one")


def _why_not(port: str) -> str:
    """Why a port cannot be opened: mpremote does not say."""
    try:
        os.close(os.open(port, os.O_RDWR | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_NONBLOCK", 0)))
    except PermissionError as error:
        return f"{reason(error)}; on Linux, who may use it is in the group dialout"
    except OSError as error:
        return reason(error)
    return "no serial port, or another program has it"


class Board:
    """The board on `port`; `with` opens the port, and starts the terminal again at the end if it was stopped.

    Every method raises Failed in one line that names the port.
    """

    def __init__(self, port: str):
        self.port = port
        self._line: SerialTransport | None = None
        self._stopped = False

    def __enter__(self) -> "Board":
        try:
            self._line = SerialTransport(self.port, timeout=_READ_S)
        except TransportError:
            raise Failed(f"board on {self.port}: {_why_not(self.port)}") from None
        return self

    def __exit__(self, *error) -> None:
        # Where the cable is gone there is nothing to be said any more: the watchdog starts the terminal, or who plugs it in.
        with contextlib.suppress(Failed), self._told():
            if self._stopped:
                self._begin()
        with contextlib.suppress(OSError):
            self._line.close()

    def wait_until_idle(self, settled: bool = True, silent_s: float | None = None) -> bool:
        """Wait for the terminal's word that it is idle, or for the prompt of a board on which none runs.

        `settled`: a terminal with an open reversal is not stopped at all.  False where nothing of either has been heard for
        `silent_s`, or where the chip says that its flash is empty.
        """
        begun = time.monotonic()
        heard, told, lives = b"", False, False
        with self._told():
            while True:
                waited = time.monotonic() - begun
                if silent_s is not None and not lives and waited > silent_s:
                    return False
                if waited > IDLE_S:
                    short = "not idle" if lives else "no answer"
                    raise Failed(
                        f"board on {self.port}: {short} within {IDLE_S:.0f} s: end what it is at and leave it at its idle "
                        "screen, or do not wait (--now)"
                    )
                if waited > _PATIENCE_S and not told:
                    told = True
                    click.echo(f"waiting for the idle screen on {self.port} (--now does not wait)", err=True)
                    self._line.serial.write(_PUSH)
                self._line.serial.write(_QUESTION)
                heard = (heard + self._hear(_ASK_EVERY_S))[-4096:]
                if _OPEN in heard and settled:
                    raise Failed(f"board on {self.port}: {REVERSAL_OPEN}")
                if any(word in heard for word in (_PROMPT, _OPEN, *_IDLE)):
                    return True
                lives = lives or _TERMINAL in heard
                if silent_s is not None and not lives and any(word in heard for word in _EMPTY):
                    return False
                if _TAKEN in heard:
                    self._line.serial.write(_STOP)
                    heard = b""

    def _hear(self, seconds: float) -> bytes:
        """What the board says until it has said something that is known, or `seconds` are over."""
        heard, end = b"", time.monotonic() + seconds
        while time.monotonic() < end:
            heard += self._line.serial.read(self._line.serial.in_waiting)
            if any(word in heard for word in (*_IDLE, _OPEN, _PROMPT, _TAKEN, *_EMPTY)):
                break
            time.sleep(0.02)
        return heard

    def stop(self) -> None:
        """End what runs there, and begin to talk programs."""
        with self._told(), contextlib.redirect_stdout(io.StringIO()):  # mpremote prints what it did not expect
            self._line.enter_raw_repl(soft_reset=True)
            self._stopped = True

    def _begin(self) -> None:
        """A soft reset: boot.py and main.py begin anew."""
        self._line.exit_raw_repl()
        self._line.serial.write(b"\x04")
        self._stopped = False

    def starts(self) -> bool:
        """Let the stopped board begin anew; does a terminal answer then?  It is left running; a board without one is stopped."""
        heard, until = b"", time.monotonic() + SILENT_S
        with self._told():
            self._begin()
            while time.monotonic() < until:
                self._line.serial.write(_QUESTION)
                heard += self._hear(_ASK_EVERY_S)
                _, begun, after = heard.rpartition(_BEGUN)
                if _TERMINAL in after:
                    return True
                if begun and _PROMPT in after:  # of a board on which nothing runs
                    break
        self.stop()
        return False

    def hold(self) -> None:
        """Let nothing start the terminal while it is being written: its watchdog would within half a minute."""
        self.run(f"from machine import WDT\nWDT(timeout={_WATCHDOG_MS})")

    def run(self, program: str, within_s: float = ANSWER_S) -> str:
        """What `program` prints.  What it raises is the last line of what the board says of it."""
        said = bytearray()
        with self._told():
            wrong = self._line.exec_raw(program, timeout=within_s, data_consumer=said.extend)[1]
        if wrong:
            lines = wrong.decode("utf-8", "replace").strip().splitlines()
            raise Failed(f"board on {self.port}: {lines[-1] if lines else 'the program ended'}")
        return said.replace(b"\x04", b"").decode("utf-8", "replace")

    def run_firmware(self, program: str, within_s: float = ANSWER_S) -> str:
        """The same of a program that is for the firmware on the board."""
        try:
            return self.run(program, within_s)
        except Failed as error:
            if "ImportError" in str(error):
                raise self.older() from None
            raise

    def older(self) -> Failed:
        """What is said of a board whose firmware has not what is wanted."""
        return Failed(f"board on {self.port}: no TapTill on it, or an older one: till deploy comes first")

    def reset(self) -> None:
        """Start the chip anew: the terminal begins."""
        with self._told():
            self._line.exec_raw_no_follow("import machine\nmachine.reset()")
            self._stopped = False

    @contextlib.contextmanager
    def _told(self):
        """What mpremote and pyserial raise, as one line."""
        try:
            yield
        except TransportExecError as error:
            raise Failed(f"board on {self.port}: {error}") from None
        except TransportError as error:
            silent = "timeout" in str(error) or "could not" in str(error)
            raise Failed(f"board on {self.port}: {f'no answer ({error})' if silent else error}") from None
        except struct.error:
            raise Failed(f"board on {self.port}: no answer") from None
        except serial.SerialException as error:
            raise Failed(f"board on {self.port}: {reason(error)}") from None
        except OSError as error:
            raise Failed(f"board on {self.port}: {reason(error)}") from None


def wait_for_loader(port: str) -> bool:
    """Wait until the board on `port` may be put into its loader: its terminal is idle and nothing is open, or none answers there.

    False where not even MicroPython does.  Raises Failed.
    """
    with Board(port) as board:
        answers = board.wait_until_idle(silent_s=SILENT_S)
    if not answers:
        click.echo(f"{port}: no terminal answers there", err=True)
    return answers


@contextlib.contextmanager
def stopped(port: str, now: bool = False, settled: bool = True):
    """A Board that was idle and has been stopped; `now`: without waiting, `settled`: not while a reversal is open.  Raises
    Failed."""
    with Board(find(port)) as board:
        if not now:
            board.wait_until_idle(settled)
        board.stop()
        yield board
