"""A board on a wire that is none: the real MicroPython on a pseudo-terminal, whose files are a folder of this computer.

The prompt, raw mode and raw-paste mode are MicroPython's own; the modules of the ESP32 port that the firmware's provisioning and
the desk's page ask for stand in, no more than that.  `python host_tests/board_repl.py FOLDER` lets a program in another language
use one: it says `write HEX`, `cut` (the plug) and `start`, a line each, and hears `read HEX`, `gone` and `started`.
"""

import contextlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import sys
import threading
import time

_HOST_TESTS = pathlib.Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(_HOST_TESTS.parent / "tools"))

from rig.interpreter import micropython

S3 = {
    "machine": "Generic ESP32S3 module with Octal-SPIRAM with ESP32S3",
    "build": "ESP32_GENERIC_S3-SPIRAM_OCT",
    "version": [1, 25, 0, ""],
    "platform": "esp32",
    "name": "micropython",
}
_MEMORY = "8m"
_BAUD = 115200  # of the prompt after a reset
_SWITCH = re.compile(rb"\x1b\]baud (\d+)\x07")  # what its UART says, to this module alone, when it is given another speed
_SOON_S = 30.0  # a bound, not a wait

# What comes before main.py: the board's file system and its port's modules.  NVS is a folder of its own, as it is a partition.
_BOOT = """\
import json, os, sys, vfs
_root, _nvs, _says = sys.argv[1:4]
vfs.umount("/")
vfs.mount(vfs.VfsPosix(_root), "/")
vfs.mount(vfs.VfsPosix(_nvs), "/its nvs")
os.chdir("/")
_says = json.loads(_says)

class _Says:
    def __init__(self, values, rest=None):
        self._values, self._rest = values, rest
    def __getattr__(self, name):
        if name in self._values:
            return self._values[name]
        if self._rest:
            return getattr(self._rest, name)
        raise AttributeError(name)

_which = _Says({"name": _says["name"], "version": tuple(_says["version"]), "_machine": _says["machine"],
                "_build": _says["build"], "_mpy": sys.implementation._mpy})
_sys = sys
sys.modules["sys"] = _Says({"implementation": _which, "platform": _says["platform"]}, sys)
sys.path[:] = ["", ".frozen", "/lib"]

class _Nvs:
    def __init__(self, name):
        self._folder = "/its nvs/" + name + "."
    def get_blob(self, name, into):
        try:
            with open(self._folder + name, "rb") as file:
                data = file.read()
        except OSError:
            raise OSError(-0x1102)
        into[: len(data)] = data
        return len(data)
    def set_blob(self, name, value):
        with open(self._folder + name, "wb") as file:
            file.write(value)
    def commit(self):
        pass

class _Part:
    OUT = IN = OPEN_DRAIN = PULL_UP = LSB = 0
    def __init__(self, *_, **__):
        pass
    def feed(self):
        pass

def _uart(number, baudrate=None, **_):
    if baudrate and number == 0:
        _sys.stdout.write("\x1b]baud %d\x07" % baudrate)

def _reset():
    raise SystemExit

def _pin(number, *_, **__):
    if number in _says.get("lacking", ()):
        raise ValueError("invalid pin")

sys.modules["esp32"] = _Says({"NVS": _Nvs})
sys.modules["machine"] = _Says({
    "Pin": _pin, "SPI": _Part, "I2C": _Part, "PWM": _Part, "UART": _uart, "WDT": _Part, "reset": _reset
})
sys.modules["network"] = _Says({"WLAN": _Part})
if "heap" in _says:
    import gc
    sys.modules["gc"] = _Says({"mem_free": lambda: _says["heap"], "mem_alloc": lambda: 0}, gc)
print("rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)")
try:
    _main = open("/main.py").read()
except OSError:
    _main = ""
if _main:
    try:
        exec(_main, {"__name__": "__main__"})
    except (Exception, KeyboardInterrupt) as _error:
        _sys.print_exception(_error)
"""


class ReplBoard:
    """`folder` holds its flash as `files` and `nvs`; `says` is what it says of itself, S3 unless told otherwise.

    Who talks to it at another speed than its own (`opened`) is not understood, and hears nothing that can be understood.
    """

    def __init__(self, folder: pathlib.Path, says: dict | None = None):
        self.files, self.nvs = folder / "files", folder / "nvs"
        for place in (self.files, self.nvs):
            place.mkdir(parents=True, exist_ok=True)
        self._boot = folder / "boot.py"
        self._boot.write_text(_BOOT, encoding="utf-8")
        self.says = {**S3, **(says or {})}
        self._pid, self._wire, self._held = 0, -1, b""
        self._baud, self._theirs = _BAUD, None
        self._heard = b""
        self.starts = 0

    def opened(self, baud: int) -> None:
        """The other end of the wire is at this speed from now on."""
        self._theirs = baud

    def start(self) -> None:
        """Power on."""
        self.starts += 1
        self._held, self._heard, self._baud = b"", b"", _BAUD
        words = [micropython(), "-X", f"heapsize={_MEMORY}", "-i", str(self._boot), str(self.files), str(self.nvs)]
        self._pid, self._wire = pty.fork()
        if not self._pid:
            os.execv(words[0], [*words, json.dumps(self.says)])

    def read(self, seconds: float) -> bytes:
        """What it says within that time, b"" when nothing; it starts anew by itself after a reset."""
        heard, self._heard = self._heard, b""
        return heard or self._listen(seconds)

    def _listen(self, seconds: float) -> bytes:
        if self._wire < 0 or not select.select([self._wire], [], [], seconds)[0]:
            return b""
        with contextlib.suppress(OSError):  # the end of a pseudo-terminal
            if data := self._held + os.read(self._wire, 4096):
                begun = data.rfind(b"\x1b]")
                if begun < 0 or b"\x07" in data[begun:]:
                    begun = len(data) - data.endswith(b"\r")
                self._held = data[begun:]
                return self._as_heard(data[:begun])
        self.cut()
        self.start()
        return b""

    def _as_heard(self, data: bytes) -> bytes:
        """At the other end; the terminal's own \\r before MicroPython's is taken out."""
        heard = b""
        for number, part in enumerate(_SWITCH.split(data)):
            if number % 2:
                self._baud = int(part)
            else:
                heard += part.replace(b"\r\r\n", b"\r\n") if self._understood else b"\xff" * len(part)
        return heard

    @property
    def _understood(self) -> bool:
        return self._theirs in (None, self._baud)

    def write(self, data: bytes) -> None:
        """Into its wire.  Of two interrupts one is enough: MicroPython on a computer ends at the second, a board does not."""
        self._heard += self._listen(0)  # it may have changed its speed
        if not self._understood:
            return
        data = data.replace(b"\x03\x03", b"\x03")
        with contextlib.suppress(OSError):  # it is just starting anew
            while data and self._wire >= 0:
                data = data[os.write(self._wire, data) :]

    def run(self, program: str) -> None:
        """What a computer had it run before; the board starts anew after it.  Raises AssertionError when it does not succeed."""
        self.cut()
        main = self.files / "main.py"
        start = main.read_bytes() if main.exists() else None
        main.write_text(program + "\nprint('it has run')\n", encoding="utf-8")
        self.start()
        said, until = b"", time.monotonic() + _SOON_S
        while b"it has run" not in said and time.monotonic() < until:
            said += self.read(0.1)
        assert b"it has run" in said, said.decode(errors="replace")
        self.cut()
        if start is None:
            main.unlink()
        else:
            main.write_bytes(start)
        self.start()

    def signals(self, lines: dict) -> None:
        """What the page does with DTR and RTS: nothing that a board with MicroPython minds."""

    def cut(self) -> None:
        """Pull the plug."""
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._wire)
        self._pid, self._wire = 0, -1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.cut()

    def listing(self) -> dict:
        """{path: content} of its file system."""
        return {path.relative_to(self.files).as_posix(): path.read_bytes() for path in self.files.rglob("*") if path.is_file()}

    def wipe(self) -> None:
        """As from the factory."""
        for place in (self.files, self.nvs):
            shutil.rmtree(place)
            place.mkdir()


def serve(board, more: dict | None = None) -> None:
    """The lines of the head of this file, until the input ends; `more` are further words, given the rest of their line."""
    lock = threading.Lock()
    ended = threading.Event()
    words = {
        "write": lambda rest: board.write(bytes.fromhex(rest)),
        "signals": lambda rest: board.signals(json.loads(rest)),
        "opened": lambda rest: board.opened(int(rest)),
        "cut": lambda _: board.cut() or "gone",
        "start": lambda _: board.start() or "started",
        **(more or {}),
    }

    def tell(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def listen() -> None:
        while not ended.is_set():
            with lock:
                data = board.read(0.001)
            if data:
                tell("read " + data.hex())
            else:
                time.sleep(0.0002)  # lets the other thread have the lock

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        with lock:
            answer = words[word](rest)
        if answer:
            tell(answer)
    ended.set()
    listener.join(5)
    board.cut()


if __name__ == "__main__":
    serve(ReplBoard(pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]) if len(sys.argv) > 2 else None))
