"""An ESP32-S3 with empty flash on a wire: its ROM loader, and the flasher stub that is loaded into it.

Source: esptool's documentation, "Serial Protocol" and "Flasher Stub".  8 MB of flash are erased in sectors.  Once a program
is on it, a reset starts MicroPython (board_repl.py).  `python host_tests/rom_board.py FOLDER` is used as that one is; it knows
beside that `load FILE` and `save FILE`, its flash, and what the desk says: `look JSON` (desk/board_look.py) and `files SIZE`
(desk/boards.py).
"""

import base64
import hashlib
import json
import pathlib
import struct
import sys
import time
import zlib

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))

import littlefs
from board_repl import ReplBoard, serve

_SYNC, _READ_REG, _WRITE_REG, _SECURITY = 0x08, 0x0A, 0x09, 0x14
_MEM_BEGIN, _MEM_END, _MEM_DATA = 0x05, 0x06, 0x07
_BAUD, _DEFL_BEGIN, DEFL_DATA, _DEFL_END, _MD5, _READ = 0x0F, 0x10, 0x11, 0x12, 0x13, 0xD2
_S3 = 9
_SECTOR = 4096
_APP = 0x10000
_TABLE, _FILES = 0x8000, (1, 0x81)
_LIKE_THE_PORT = {
    "block_size": _SECTOR, "read_size": 32, "prog_size": 32, "cache_size": 128,
    "lookahead_size": 32,
}  # fmt: skip
_REGISTERS = {
    0x60002058: 0x001740EF,  # SPI1's data register after RDID: 8 MB of Winbond's
    0x60007044 + 4 * 4: 1 << 3,  # eFuse block 1: 8 MB of PSRAM
}
_OTHER = b"invalid header: 0xffffffff\r\n"  # again and again, as its watchdog starts it anew
_EVERY_S = 0.3


class RomBoard:
    """As board_repl.ReplBoard; `flash` is its flash, `refused` what it was asked that it does not know."""

    def __init__(self, folder: pathlib.Path):
        self.repl = ReplBoard(folder)
        self.files = self.repl.files
        self.flash = bytearray(b"\xff" * (8 << 20))
        self.refused: list = []
        self.wrote: list = []  # (address, bytes) erased and written
        self.told = lambda op: None  # hears of every command
        self._unfinished = self._hold = False
        self._unpacked = b""
        self.start()

    def start(self) -> None:
        """Power on, with BOOT held where there is no program."""
        self._runs = self.flash[_APP] == 0xE9 and not self._unfinished
        self._stub, self._frame, self._out, self._said = False, None, b"", 0.0
        self._waits = False  # for a loader's commands
        self._reading = self._inflating = None
        self._reset = False
        if self._runs:
            self._unpack()
            self.repl.start()

    def _unpack(self) -> None:
        """The file system on flash, as the folder that its MicroPython has; what it has done there itself stays."""
        rows = [struct.unpack("<2sBBII", self.flash[at : at + 12]) for at in range(_TABLE, _TABLE + 0xC00, 32)]
        place = next(((offset, size) for _, *kind, offset, size in rows if tuple(kind) == _FILES), (0, 0))
        content = bytes(self.flash[place[0] : sum(place)])
        if content == self._unpacked:
            return
        self._unpacked = content
        context = littlefs.UserContext(buffer=bytearray(content))
        there = littlefs.LittleFS(context=context, mount=False, block_count=place[1] // _SECTOR, **_LIKE_THE_PORT)
        try:
            there.mount()
        except littlefs.LittleFSError:
            return  # MicroPython does not mount it either
        for folder, _, names in there.walk("/"):
            for name in names:
                path = self.files / folder.lstrip("/") / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with there.open(f"{folder}/{name}", "rb") as file:
                    path.write_bytes(file.read())

    def cut(self) -> None:
        """Pull the plug."""
        self.repl.cut()

    def opened(self, baud: int) -> None:
        """The speed of the other end.  The loader takes whatever comes."""
        self.repl.opened(baud)

    def listing(self) -> dict:
        return self.repl.listing()

    def signals(self, lines: dict) -> None:
        """RTS is wired to EN: its end starts the chip anew; DTR, held meanwhile, starts the loader."""
        if lines.get("dataTerminalReady"):
            self._hold = True
        elif "dataTerminalReady" in lines:
            self._hold = False
        if lines.get("requestToSend"):
            self._reset = True
        elif self._reset and "requestToSend" in lines:
            self.repl.cut()
            held = self._hold
            self.start()
            if held:
                self.repl.cut()
                self._runs, self._waits = False, True

    def read(self, seconds: float) -> bytes:
        """What it says."""
        if self._runs:
            return self.repl.read(seconds)
        if not (self._waits or self._stub) and self._said + _EVERY_S < time.monotonic():
            self._said = time.monotonic()
            self._out += _OTHER
        said, self._out = self._out, b""
        return said

    def write(self, data: bytes) -> None:
        """Into its wire: SLIP frames."""
        if self._runs:
            self.repl.write(data)
            return
        for byte in data:
            if byte == 0xC0:
                if self._frame:
                    frame = bytes(self._frame).replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
                    self._frame = None
                    self._take(frame)
                else:
                    self._frame = bytearray()
            elif self._frame is not None:
                self._frame.append(byte)

    def _say(self, frame: bytes) -> None:
        self._out += b"\xc0" + frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"

    def _answer(self, op: int, value: int = 0, data: bytes = b"", wrong: bool = False) -> None:
        status = (b"\x01\x05" if wrong else b"\x00\x00") + (b"" if self._stub else b"\x00\x00")
        body = data + status
        self._say(struct.pack("<BBHI", 1, op, len(body), value) + body)

    def _take(self, frame: bytes) -> None:
        if self._reading is not None:
            self._go_on(struct.unpack("<I", frame)[0])
            return
        op, data = frame[1], frame[8:]
        self.told(op)
        if op == _SYNC:
            for _ in range(1 if self._stub else 8):
                self._answer(op, 0x20120707)
        elif op == _SECURITY:
            self._answer(op, 0, struct.pack("<IB7sII", 0, 0, bytes(7), _S3, 0))
        elif op == _READ_REG:
            self._answer(op, _REGISTERS.get(struct.unpack("<I", data[:4])[0], 0))
        elif op in (_WRITE_REG, _MEM_BEGIN, _MEM_DATA, _BAUD):
            self._answer(op)
        elif op == _MEM_END:
            self._answer(op)
            self._stub = True
            self._say(b"OHAI")
        elif op == _READ and self._stub:
            address, size, block, _ = struct.unpack("<IIII", data[:16])
            self._answer(op)
            self._reading = (address, size, block)
            self._go_on(0)
        elif op == _DEFL_BEGIN and self._stub:
            size, _, _, address = struct.unpack("<IIII", data[:16])
            end = address + -(-size // _SECTOR) * _SECTOR
            self.flash[address:end] = b"\xff" * (end - address)
            self.wrote.append((address, end - address))
            self._inflating = (zlib.decompressobj(), address)
            self._unfinished = True
            self._answer(op)
        elif op == DEFL_DATA and self._inflating:
            machine, address = self._inflating
            content = machine.decompress(data[16:])
            self.flash[address : address + len(content)] = content
            self._inflating = (machine, address + len(content))
            self._answer(op)
        elif op == _DEFL_END and self._stub:
            self._unfinished = False
            self._answer(op)
        elif op == _MD5 and self._stub:
            address, size = struct.unpack("<II", data[:8])
            self._answer(op, 0, hashlib.md5(self.flash[address : address + size]).digest())
        else:
            self.refused.append(op)
            self._answer(op, wrong=True)

    def _go_on(self, come: int) -> None:
        """The next block of what is read, when so many bytes have come; behind the last its MD5."""
        address, size, block = self._reading
        if come >= size:
            self._reading = None
            self._say(hashlib.md5(self.flash[address : address + size]).digest())
        else:
            self._say(bytes(self.flash[address + come : address + min(size, come + block)]))


def _main(folder: pathlib.Path) -> None:
    from desk import board_look, boards

    chip = RomBoard(folder)

    def load(path: str) -> None:
        chip.flash[:] = pathlib.Path(path).read_bytes().ljust(len(chip.flash), b"\xff")
        chip.start()

    def save(path: str) -> str:
        pathlib.Path(path).write_bytes(chip.flash)
        return "saved " + json.dumps(chip.wrote)

    def look(asked: str) -> str:
        body = json.loads(asked)
        blocks = {each["number"]: zlib.decompress(base64.b64decode(each["content"])) for each in body["blocks"]}
        return "looked " + json.dumps(board_look.look(body["size"], blocks))

    def files(size: str) -> str:
        return "made " + json.dumps(boards.packed("esp32s3_devkitc", int(size)))

    serve(chip, {"load": load, "save": save, "look": look, "files": files})


if __name__ == "__main__":
    _main(pathlib.Path(sys.argv[1]))
