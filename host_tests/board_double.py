"""A whole board that is none: flash, a real MicroPython with a real LittleFS in it, its console.

The flash is one file of 4 MB.  What is on it lives through everything: pulled cables, soft and hard resets, a new Double over
the same folder.  Programs run in the unix port of MicroPython, in a process that is started anew at every reset
(board_vm/main.py).
"""

import json
import pathlib
import shutil
import subprocess
from collections.abc import Callable

from board_stand_in import Console, Unplugged
from rom_loader import Chip, Loader, esp32

from rig.interpreter import micropython

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZE = 4 << 20
VFS = 0x200000  # where the file system is on a board of 4 MB: ports/esp32/partitions-4MiB.csv of MicroPython 1.25
WROVER = {
    "_machine": "Generic ESP32 module with SPIRAM with ESP32",
    "_build": "ESP32_GENERIC-SPIRAM",
    "gpios": [*range(16), *range(18, 24), *range(25, 28), *range(32, 40)],
}


class Double(Console):
    """A board whose flash and NVS are kept in `folder`; `facts` is what it says of itself (sys.implementation, gpios).

    Without `program` there is no MicroPython on it, and the chip says so, whatever it hears.
    """

    def __init__(self, folder: pathlib.Path, facts: dict = WROVER, chip: "Chip | None" = None):
        super().__init__(self._on_micropython, self._restart_python, self._has_main)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._facts = facts
        self._child: subprocess.Popen | None = None
        self._chip = chip or esp32()
        self.loader: Loader | None = None
        self.erased: list = []  # (address, size) of what loaders have erased
        self.answered: Callable[[int], None] = lambda number: None
        self.touched: Callable[[int, bytes], None] = lambda address, content: None
        self.program = True
        self.flash = folder / "flash.bin"
        if not self.flash.exists():
            self.flash.write_bytes(b"\xff" * SIZE)

    def __exit__(self, *error):
        super().__exit__(*error)
        self.leave_loader()
        self._restart_python()

    def serve_frame(self, data: bytes) -> bool:
        """A pseudo-terminal has no lines DTR and RTS: the loader begins with its first frame and ends with what is none."""
        if self.loader is None and data[:1] == b"\xc0":
            self._restart_python()
            self.loader = Loader(self._chip, bytearray(self.flash.read_bytes()), self.say, self._loaded, self.touched)
        if self.loader is None:
            return False
        if self.loader.inside or data[:1] == b"\xc0":
            self.loader.take(data)
            return True
        self.leave_loader()
        return False

    def _loaded(self, number: int) -> None:
        """What is on flash stays there, whatever happens now."""
        if self.loader.changed:
            self.loader.changed = False
            self.flash.write_bytes(self.loader.flash)
        self.answered(number)

    def leave_loader(self) -> None:
        """The chip starts what is on its flash."""
        if self.loader:
            self.flash.write_bytes(self.loader.flash)
            self.erased += self.loader.written
            self.loader = None

    def _restart_python(self) -> None:
        if self._child:
            self._child.kill()
            self._child.wait()
            self._child.stdin.close()
            self._child.stdout.close()
            self._child = None

    def _in_terminal(self, byte: bytes) -> None:
        if self.program:
            super()._in_terminal(byte)
        else:
            self.say(b"invalid header: 0xffffffff\r\n")

    def _has_main(self) -> bool:
        if not self.program:
            return True  # no prompt
        done = self._on_micropython("import os\nprint('main.py' in os.listdir('/'))")
        return done is not None and done[0].strip() == b"True"

    def files(self) -> dict[str, bytes]:
        """Every file on it, by its path, as the board's own MicroPython reads it."""
        told = self.do(_ALL)
        return {name: bytes.fromhex(text) for name, text in map(json.loads, told.splitlines())}

    def do(self, code: str) -> str:
        """Run a program while nobody is at the console; what it prints."""
        assert not self._thread or not self._thread.is_alive(), "the console is running"
        try:
            done = self._on_micropython(code)
        finally:
            self._restart_python()
        assert done is not None and not done[1], done
        return done[0].decode()

    def cut(self, code: str, number: int) -> bool:
        """Run a program and cut the power at the flash write `number`; False when it ended before."""
        child = self._python(number)
        try:
            child.stdin.write(len(code.encode()).to_bytes(4, "little") + code.encode())
            child.stdin.flush()
            said = self._until_end(child)
            wrong = self._until_end(child) if said is not None else None
            assert not wrong, wrong
            return said is None
        finally:
            self._restart_python()

    def told(self) -> list[str]:
        """What its watchdog was told."""
        path = self.folder / "told"
        return path.read_text().splitlines() if path.exists() else []

    def _python(self, cut: int = 0) -> subprocess.Popen:
        if self._child is None:
            words = [str(ROOT), str(self.flash), str(self.folder), str(VFS), str((SIZE - VFS) // 4096), json.dumps(self._facts)]
            words.append(str(cut))
            program = [micropython(), "-X", "heapsize=16m", str(ROOT / "host_tests" / "board_vm" / "main.py"), *words]
            self._child = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _on_micropython(self, code: str) -> tuple[bytes, bytes] | None:
        child = self._python()
        text = code.encode()
        child.stdin.write(len(text).to_bytes(4, "little") + text)
        child.stdin.flush()
        said = self._until_end(child)
        wrong = self._until_end(child) if said is not None else None
        if said is None or wrong is None:
            code_ = child.wait()
            self._restart_python()
            assert code_ == 7, f"the board's MicroPython ended with {code_}"
            return None
        return said, wrong

    @staticmethod
    def _until_end(child: subprocess.Popen) -> bytes | None:
        said = bytearray()
        while byte := child.stdout.read(1):
            if byte == b"\x04":
                return bytes(said)
            said += byte
        return None


def deployed(folder: pathlib.Path, image: pathlib.Path, facts: dict = WROVER) -> Double:
    """A board on whose flash is what `image` holds."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(image, folder / "flash.bin")
    return Double(folder, facts)


def cut_after(double: Double, number: int) -> None:
    """Pull the cable, and with it the power, when the board has run program `number`."""

    def exchange(count: int) -> None:
        if count >= number:
            double._restart_python()
            raise Unplugged

    double.exchange = exchange


# What a terminal leaves on flash: an intent whose request has left; with `settled` its end in the journal too.
SALE = """\
import board
from esp32 import NVS
from taptill.adapters.files import Folder
from taptill.adapters.keystore import device_key
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.journal import pending, record
store = FlashStore(Folder(board.DATA), Seal(device_key(NVS('taptill'))))
store.open()
intent = pending.Pending()
intent.stan, intent.batch, intent.amount, intent.kind = store.next_stan(), store.batch(), 1250, 1
intent.pan, intent.expiry, intent.entry, intent.currency = '4761739001010010', '3112', '072', '156'
intent.terminal, intent.merchant = '10000001', '100000000000001'
store.save_pending(intent)
if {settled}:
    store.append(record.Record(1, record.APPROVED, intent.batch, intent.stan, intent.amount))
"""

_ALL = """\
import os, json, binascii
def walk(folder):
    for entry in os.ilistdir(folder or '/'):
        name = folder + '/' + entry[0]
        if name == '/host':
            continue
        if entry[1] == 0x4000:
            walk(name)
        else:
            with open(name, 'rb') as file:
                print(json.dumps((name[1:], binascii.hexlify(file.read()).decode())))
walk('')
"""
