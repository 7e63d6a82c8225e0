"""A board that is none: speaks MicroPython's raw REPL over a pseudo-terminal, and notes what it is given to run.

Source: MicroPython documentation, "The REPL", raw mode and raw-paste mode.
"""

import builtins
import contextlib
import io
import os
import threading
import traceback
import types

_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


class StandIn:
    """`port` is its name; `ran` the codes that it got.  With `modules` (name -> module) it runs them, on CPython; with
    `answers=False` it takes what comes and says nothing.
    """

    def __init__(self, modules: dict, answers: bool = True, before: str = ""):
        self.ran: list = []
        self._modules, self._answers, self._before = modules, answers, before
        self._own, self._theirs = os.openpty()
        self.port = os.ttyname(self._theirs)
        import tty

        tty.setraw(self._own)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        os.close(self._theirs)  # the last one: the thread's read ends
        self._thread.join(10)
        os.close(self._own)

    def _serve(self) -> None:
        code = b""
        with contextlib.suppress(OSError):
            while data := os.read(self._own, 1):
                if not self._answers:
                    continue
                code += data
                if code.endswith(b"\x05A\x01"):
                    os.write(self._own, b"R\x00")  # raw-paste mode: known, not offered
                    code = b""
                elif data == b"\x01":
                    os.write(self._own, _BANNER)
                    code = b""
                elif data in (b"\x02", b"\x03", b"\r") and not code[:-1].strip(b"\r\x02\x03"):
                    code = b""
                elif data == b"\x04":
                    if code == data:
                        os.write(self._own, b"OK\r\nMPY: soft reboot\r\n" + _BANNER)
                    else:
                        os.write(self._own, b"OK" + self._run(code[:-1].decode()) + b"\x04>")
                    code = b""

    def _run(self, code: str) -> bytes:
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
        return out.getvalue().replace("\n", "\r\n").encode() + b"\x04" + wrong.encode()


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
