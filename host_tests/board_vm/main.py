"""The MicroPython of a board that is none: a real LittleFS in the flash image, and programs that come one after the other.

    micropython main.py ROOT FLASH STATE OFFSET BLOCKS FACTS CUT

ROOT is the project, FLASH the image with the file system at OFFSET, STATE the folder of what NVS keeps, FACTS JSON of what the
board says of itself.  A program comes as its length (4 bytes, little-endian) and its text; what it prints goes out, then \x04,
its traceback if it raised, and \x04.  `machine.reset()` ends the process with code 7.
"""

import json
import sys

_ROOT, _FLASH, _STATE = sys.argv[1:4]
sys.path.insert(0, _ROOT + "/tools")
sys.path.insert(0, _ROOT + "/tools/bench")

import os

import vfs

from chips import cut as cuts
from chips import nvs
from chips.flash import Flash

_failed: list = []  # has the power?


class _Partition:
    """A part of the image as a file of its own."""

    def __init__(self, image, offset: int):
        self._image, self._offset = image, offset
        self.readinto, self.write, self.flush = image.readinto, image.write, image.flush

    def seek(self, at: int) -> None:
        self._image.seek(self._offset + at)


class _Reset(BaseException):
    """The chip starts anew."""


class _Module:
    """What an import finds."""

    def __init__(self, **names):
        for name in names:
            setattr(self, name, names[name])


class _Rtc:
    """Set by nobody since the power came."""

    def memory(self) -> bytes:
        return b""


def _raise(error):
    raise error


class _Watchdog:
    def __init__(self, id=0, timeout=5000):
        _note("watchdog", timeout)

    def feed(self) -> None:
        pass


def _renamed(old: str, new: str) -> None:
    """os.rename for the computer's own files: VfsPosix does not find them when it is mounted elsewhere than at /."""
    with open(old, "rb") as source, open(new, "wb") as target:
        target.write(source.read())
    os.remove(old)


def _note(*words) -> None:
    """For the test's eyes: what the board was told beside its console."""
    with open("/host/told", "a") as file:
        file.write(" ".join([str(word) for word in words]) + "\n")


def _modules(facts: dict) -> None:
    real = sys.implementation
    gpios = facts.pop("gpios", list(range(49)))

    def pin(number, *rest, **more):
        if number not in gpios:
            raise ValueError("invalid pin")

    names = {"name": "micropython", "version": (1, 25, 0, ""), "_mpy": real._mpy}
    names.update(facts)
    sys.modules["sys"] = _Module(
        implementation=_Module(**names), platform="esp32", modules=sys.modules, path=sys.path, stdin=sys.stdin
    )
    sys.modules["machine"] = _Module(
        Pin=pin, I2C=pin, SPI=pin, UART=pin, PWM=pin, RTC=_Rtc, WDT=_Watchdog, reset=lambda: _raise(_Reset())
    )
    sys.modules["network"] = _Module(WLAN=pin, STA_IF=0)
    nvs.os = _Module(rename=_renamed)
    sys.modules["esp32"] = _Module(NVS=lambda name: nvs.NvsNamespace("/host", name))


def _mount(offset: int, blocks: int, cut: int) -> None:
    image = open(_FLASH, "r+b")
    power = cuts.Cut()
    flash = Flash(_Partition(image, offset), blocks, power, on_cut=lambda: _failed.append(True))
    try:
        made = vfs.VfsLfs2(flash)
    except OSError:
        vfs.VfsLfs2.mkfs(flash)  # as the port's inisetup.py does with an empty one
        made = vfs.VfsLfs2(flash)
    if cut:
        power.arm(cuts.WRITE, cut, cuts.TORN, 0.5)
    vfs.umount("/")
    vfs.mount(made, "/")
    vfs.mount(vfs.VfsPosix(_STATE), "/host")
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]


def main() -> int:
    offset, blocks = int(sys.argv[4]), int(sys.argv[5])
    facts = json.loads(sys.argv[6])
    for name in ("version",):
        if name in facts:
            facts[name] = tuple(facts[name])
    _mount(offset, blocks, int(sys.argv[7]))
    _modules(facts)
    scope = {"__name__": "__main__"}
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = stdin.read(4)
        if not head or len(head) < 4:
            return 0
        text = stdin.read(int.from_bytes(head, "little"))
        try:
            exec(compile(text, "<stdin>", "exec"), scope)
            if _failed:
                return 9
            stdout.write(b"\x04")
        except _Reset:
            return 7
        except BaseException as error:
            if _failed:
                return 9
            stdout.write(b"\x04")
            sys.print_exception(error, sys.stdout)
        stdout.write(b"\x04")


sys.exit(main())
