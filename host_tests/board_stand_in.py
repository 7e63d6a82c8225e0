"""A board that is none, at one end of a pseudo-terminal: whoever opens the other end talks to MicroPython's console.

Raw REPL, raw-paste mode and the friendly prompt are as in MicroPython's documentation, "The MicroPython interactive interpreter
mode"; what runs the programs is somebody else: CPython here (`StandIn`), or a real MicroPython over a flash image
(board_double.py). Somebody else's client, mpremote, has to get along with it (test_board_stand_in.py).
"""

import builtins
import contextlib
import io
import os
import threading
import traceback
import tty
import types
from collections.abc import Callable

RAW = b"raw REPL; CTRL-B to exit\r\n>"
BANNER = b'\r\nMicroPython v1.25.0 on 2025-04-15; a board that is none\r\nType "help()" for more information.\r\n>>> '
_WINDOW = 128  # bytes of a paste that the board takes before it says that it has room again
_TERMINAL, _FRIENDLY, _RAW, _PASTE = "terminal", "friendly", "raw", "paste"


class Unplugged(Exception):
    """The cable was pulled."""


class Console:
    """The board's end of a cable.  `port` is the name of the other end.

    `run(code)` gives what a program prints and the traceback it ends with, or None when the board has started anew;
    `begin()` starts Python anew (soft reset); `starts()` says whether a terminal runs then, so that there is no prompt.

    `standing` is what that terminal answers, "busy" in the middle of something; "" keeps it silent.  `exchange(number)`, called
    after every program that was run and before its answer goes out, may raise Unplugged.
    """

    def __init__(self, run, begin=lambda: None, starts=lambda: False, answers: bool = True):
        self._run, self._begin, self._starts, self._answers = run, begin, starts, answers
        self.standing = "idle"
        self.exchange: Callable[[int], None] | None = None
        self.exchanges = 0
        self.paste = True
        self.typed_to_terminal = b""
        self._code = bytearray()
        self._mode = _FRIENDLY
        self._own = self._theirs = -1
        self.port = ""
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def __enter__(self):
        self._own, self._theirs = os.openpty()
        self.port = os.ttyname(self._theirs)
        tty.setraw(self._theirs)
        self._mode = _TERMINAL if self._starts() else _FRIENDLY
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        os.close(self._theirs)  # the last one: the thread's read ends
        self._thread.join(10)

    def serve_frame(self, data: bytes) -> bool:
        """Bytes that are not for the console; False when they are."""
        return False

    def say(self, data: bytes) -> None:
        os.write(self._own, data)

    def _serve(self) -> None:
        with contextlib.suppress(OSError, Unplugged):
            while data := os.read(self._own, 1024):
                if not self._answers or self.serve_frame(data):
                    continue
                for byte in data:
                    getattr(self, "_in_" + self._mode)(bytes((byte,)))
                with self._changed:
                    self._changed.notify_all()
        os.close(self._own)

    def comes_to(self, mode: str) -> bool:
        """Wait until it is at "terminal", "friendly" or "raw"; False when that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._mode == mode, 20)

    def _in_terminal(self, byte: bytes) -> None:
        if byte == b"\x03":
            self._mode = _FRIENDLY
            self.say(b"Traceback (most recent call last):\r\nKeyboardInterrupt: \r\n" + BANNER)
            return
        self.typed_to_terminal += byte
        if self.standing and byte == b"\r":
            self.say(b"taptill: " + self.standing.encode() + b"\r\n")

    def _in_friendly(self, byte: bytes) -> None:
        if byte == b"\x01":
            self._mode, self._code = _RAW, bytearray()
            self.say(RAW)
        elif byte == b"\x02":
            self.say(BANNER)
        elif byte == b"\x04":
            self._restart(b"MPY: soft reboot\r\n")
        elif byte in (b"\r", b"\x03"):
            self.say(b"\r\n>>> ")
        else:
            self.say(byte)

    def _restart(self, word: bytes) -> None:
        self.say(word)
        self._begin()
        self._mode = _TERMINAL if self._starts() else _FRIENDLY
        if self._mode == _FRIENDLY:
            self.say(BANNER)

    def _in_raw(self, byte: bytes) -> None:
        if byte == b"\x01":
            if self._code == b"\x05A":
                self._code = bytearray()
                self._begin_paste()
                return
            self._code = bytearray()
            self.say(RAW)
        elif byte == b"\x02":
            self._mode = _FRIENDLY
            self.say(BANNER)
        elif byte == b"\x03":
            self._code = bytearray()
        elif byte == b"\x04":
            code, self._code = bytes(self._code), bytearray()
            if not code.strip(b"\r"):
                self.say(b"OK\r\nMPY: soft reboot\r\n")
                self._begin()
                self.say(RAW)
            else:
                self.say(b"OK")
                self._execute(code)
        else:
            self._code += byte

    def _begin_paste(self) -> None:
        if not self.paste:
            self.say(b"R\x00")
            return
        self._mode, self._room = _PASTE, _WINDOW
        self.say(b"R\x01" + _WINDOW.to_bytes(2, "little"))

    def _in_paste(self, byte: bytes) -> None:
        if byte == b"\x03":
            self._mode, self._code = _RAW, bytearray()
            self.say(b"\x04\x04KeyboardInterrupt: \r\n\x04>")
        elif byte == b"\x04":
            self._mode = _RAW
            code, self._code = bytes(self._code), bytearray()
            self.say(b"\x04")
            self._execute(code)
        else:
            self._code += byte
            self._room -= 1
            if not self._room:
                self._room = _WINDOW
                self.say(b"\x01")

    def _execute(self, code: bytes) -> None:
        done = self._run(code.decode())
        self.exchanges += 1
        if self.exchange:
            self.exchange(self.exchanges)
        if done is None:
            self._restart(b"\r\nets Jul 29 2019 12:21:46\r\n")
            return
        said, wrong = done
        self.say(said.replace(b"\n", b"\r\n") + b"\x04" + wrong.replace(b"\n", b"\r\n") + b"\x04>")


class StandIn(Console):
    """A board whose programs run on CPython and find `modules` (name -> module) to import; `ran` are those that it got.

    With `answers=False` it takes what comes and says nothing; `before` is what its boot.py prints.
    """

    def __init__(self, modules: dict, answers: bool = True, before: str = ""):
        super().__init__(self._on_cpython, answers=answers)
        self.ran: list = []
        self._modules, self._before = modules, before

    def _on_cpython(self, code: str) -> tuple:
        self.ran.append(code)
        out, wrong = io.StringIO(self._before), ""
        out.seek(0, io.SEEK_END)

        def bring(name, *rest):
            if name not in self._modules:
                raise ImportError(f"no module named '{name}'")
            return self._modules[name]

        def say(*words):
            print(*words, file=out)

        try:
            exec(code, {"__builtins__": {**vars(builtins), "__import__": bring, "print": say}})
        except Exception as error:  # whatever it is, a board prints it and lives on
            wrong = traceback.format_exception_only(error)[-1]
        return out.getvalue().encode(), wrong.encode()


def modules(
    machine: str,
    build: str = "",
    version=(1, 25, 0, ""),
    heap: int = 8 << 20,
    gpios=range(49),
    mpy: int = 6 | 10 << 10,
    platform: str = "esp32",
    name: str = "micropython",
    wifi: bool = True,
) -> dict:
    """What a board with these facts lets a program import.  `mpy` None: it has no such thing."""
    says = {"name": name, "version": version, "_machine": machine, "_build": build, "_mpy": mpy}
    there = {field: value for field, value in says.items() if value not in (None, "")}

    def pin(number: int):
        if number not in gpios:
            raise ValueError("invalid pin")

    made = {
        "sys": types.SimpleNamespace(implementation=types.SimpleNamespace(**there), platform=platform),
        "gc": types.SimpleNamespace(collect=lambda: None, mem_free=lambda: heap - 4096, mem_alloc=lambda: 4096),
        "machine": types.SimpleNamespace(Pin=pin),
    }
    if wifi:
        made["network"] = types.SimpleNamespace(WLAN=pin)
    return made
