"""The ROM loader of an ESP32 or ESP32-S3 at the end of a serial line, over the bytes of a flash.

Source: esptool documentation, "Serial Protocol" (SLIP frames, commands and their answers, what the stub does differently), and of
the registers ESP32 and ESP32-S3 technical reference manuals: efuses, and the SPI controller's user command as far as it reads
the flash's identity.  A stub that is loaded into RAM is not run: from its start on, the loader answers as the documentation says
stubs do.  Who drives it is somebody else's program, esptool.
"""

import hashlib
import struct
import zlib

SECTOR = 4096
_END, _ESC, _ESC_END, _ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD
_UNSUPPORTED, _FAILED = 0x05, 0x06
_CHECKED = (0x03, 0x07, 0x11)  # data, which comes with a check sum of itself


class Chip:
    """What a chip says of itself: `registers` (address -> value), `number` in a security info, None where there is none; and
    `flash_mb` of the flash beside it, a power of two.
    """

    def __init__(self, registers: dict, spi: int, data: int, number: "int | None" = None, flash_mb: int = 4):
        self.registers, self.spi, self.data, self.number, self.flash_mb = registers, spi, data, number, flash_mb


def esp32(psram: bool = False) -> Chip:
    """Revision 3; `psram`: the ESP32-PICO-V3-02, which has PSRAM in its package."""
    efuse = 0x3FF5A000
    word3 = (6 << 9 if psram else 0) | 1 << 15
    registers = {0x40001000: 0x00F01D83, efuse + 0x0C: word3, efuse + 0x14: 1 << 20, efuse + 0x10: 0x80, 0x3FF6607C: 1 << 31}
    registers[0x3FF40014] = 40_000_000 // 115200  # UART clock divider, of a crystal of 40 MHz
    return Chip(registers, 0x3FF42000, 0x80)


def esp32s3(psram_mb: int, flash_mb: int = 4) -> Chip:
    """`psram_mb` in the package: 8 and 16 are octal, 2 is quad."""
    efuse = 0x60007000 + 0x44
    capacity = {0: 0, 8: 1, 2: 2, 16: 3, 4: 4}[psram_mb]
    registers = {0x40001000: 9, efuse + 4 * 4: (capacity & 3) << 3, efuse + 4 * 5: (capacity >> 2) << 19}
    return Chip(registers, 0x60002000, 0x58, 9, flash_mb)


class Loader:
    """`flash` is a bytearray; `say(bytes)` sends.  `answered(number)`, called before every answer, may raise; `touched(address,
    content)` hears of every sector, or piece of one, when it has been erased or written.
    """

    def __init__(self, chip: Chip, flash: bytearray, say, answered=lambda number: None, touched=lambda address, content: None):
        self._chip, self.flash, self._say, self._answered, self._touched = chip, flash, say, answered, touched
        self._registers = dict(chip.registers)
        self._identity = 0xEF | 0x40 << 8 | (chip.flash_mb.bit_length() + 19) << 16
        self._frame: bytearray | None = None
        self._escaped = False
        self._stub = False
        self._at = self._left = 0
        self._stream = None
        self._reading: tuple | None = None
        self.answers = 0
        self.changed = False  # since somebody looked
        self.written: list = []  # (address, size) of what was erased

    @property
    def inside(self) -> bool:
        """In the middle of a frame."""
        return self._frame is not None

    def take(self, data: bytes) -> None:
        """Bytes from the line."""
        for byte in data:
            if byte == _END:
                frame, self._frame = self._frame, bytearray()
                if frame:
                    self._frame = None
                    self._request(bytes(frame))
            elif self._frame is not None:
                if self._escaped:
                    self._frame.append({_ESC_END: _END, _ESC_ESC: _ESC}.get(byte, byte))
                    self._escaped = False
                elif byte == _ESC:
                    self._escaped = True
                else:
                    self._frame.append(byte)

    def _send(self, payload: bytes) -> None:
        escaped = payload.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        self._say(b"\xc0" + escaped + b"\xc0")

    def _request(self, frame: bytes) -> None:
        if self._reading:
            self._go_on_reading(frame)
            return
        if len(frame) < 8 or frame[0] != 0:
            return
        command, _, check = struct.unpack("<BHI", frame[1:8])
        body = frame[8:]
        self.answers += 1
        self._answered(self.answers)
        if command in _CHECKED and self._sum(body[16:]) != check & 0xFF:
            self._reply(command, error=0x07)
            return
        act = getattr(self, f"_do_{command:02x}", None)
        if act is None or (command >= 0xD0 and not self._stub):
            self._reply(command, error=_UNSUPPORTED)
            return
        act(command, body)

    @staticmethod
    def _sum(data: bytes) -> int:
        total = 0xEF
        for byte in data:
            total ^= byte
        return total

    def _reply(self, command: int, value: int = 0, data: bytes = b"", error: int = 0) -> None:
        status = bytes((1 if error else 0, error)) + (b"" if self._stub else b"\0\0")
        self._send(struct.pack("<BBHI", 1, command, len(data) + len(status), value) + data + status)

    def _do_08(self, command: int, body: bytes) -> None:  # SYNC
        for _ in range(8):
            self._reply(command, 0x20120707)

    def _do_0a(self, command: int, body: bytes) -> None:  # READ_REG
        (address,) = struct.unpack("<I", body[:4])
        self._reply(command, self._registers.get(address, 0))

    def _do_09(self, command: int, body: bytes) -> None:  # WRITE_REG
        address, value = struct.unpack("<II", body[:8])
        self._registers[address] = value
        if address == self._chip.spi and value & 1 << 18:  # a user command: only the flash's identity is ever asked for
            self._registers[address] = 0
            self._registers[self._chip.spi + self._chip.data] = self._identity
        self._reply(command)

    def _fine(self, command: int, body: bytes) -> None:
        self._reply(command)

    _do_0b = _do_0d = _do_0f = _do_05 = _do_07 = _fine  # SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUDRATE, MEM_BEGIN, MEM_DATA

    def _do_06(self, command: int, body: bytes) -> None:  # MEM_END
        self._reply(command)
        if not struct.unpack("<I", body[:4])[0]:
            self._stub = True
            self._send(b"OHAI")

    def _do_14(self, command: int, body: bytes) -> None:  # GET_SECURITY_INFO
        if self._chip.number is None:
            self._reply(command, error=_UNSUPPORTED)
        else:
            self._reply(command, 0, struct.pack("<IB7BII", 0, 0, *bytes(7), self._chip.number, 0))

    def _erase(self, address: int, size: int) -> None:
        size = -(-size // SECTOR) * SECTOR
        self._put(address, b"\xff" * size)
        self.written.append((address, size))

    def _put(self, address: int, content: bytes) -> None:
        """One sector after the other: the power may fail between any two."""
        self.changed = True
        at = 0
        while at < len(content):
            piece = content[at : at + SECTOR - (address + at) % SECTOR]
            self.flash[address + at : address + at + len(piece)] = piece
            self._touched(address + at, piece)
            at += len(piece)

    def _do_02(self, command: int, body: bytes) -> None:  # FLASH_BEGIN
        size, _, _, address = struct.unpack("<IIII", body[:16])
        self._at, self._left, self._stream = address, size, None
        self._erase(address, size)
        self._reply(command)

    def _do_10(self, command: int, body: bytes) -> None:  # FLASH_DEFL_BEGIN
        self._do_02(command, body)
        self._stream = zlib.decompressobj()

    def _do_03(self, command: int, body: bytes) -> None:  # FLASH_DATA, FLASH_DEFL_DATA
        (size,) = struct.unpack("<I", body[:4])
        data = body[16 : 16 + size]
        if self._stream:
            data = self._stream.decompress(data)
        self._put(self._at, data)
        self._at += len(data)
        self._reply(command)

    _do_11 = _do_03
    _do_04 = _do_12 = _fine  # FLASH_END, FLASH_DEFL_END

    def _do_13(self, command: int, body: bytes) -> None:  # SPI_FLASH_MD5
        address, size = struct.unpack("<II", body[:8])
        digest = hashlib.md5(self.flash[address : address + size])
        self._reply(command, 0, digest.digest() if self._stub else digest.hexdigest().encode())

    def _do_0e(self, command: int, body: bytes) -> None:  # READ_FLASH_SLOW
        address, size = struct.unpack("<II", body[:8])
        self._reply(command, 0, bytes(self.flash[address : address + size]).ljust(64, b"\0"))

    def _do_d1(self, command: int, body: bytes) -> None:  # ERASE_REGION
        self._erase(*struct.unpack("<II", body[:8]))
        self._reply(command)

    def _do_d2(self, command: int, body: bytes) -> None:  # READ_FLASH
        address, size, block, _ = struct.unpack("<IIII", body[:16])
        self._reply(command)
        self._reading = (bytes(self.flash[address : address + size]), block)
        self._go_on_reading(struct.pack("<I", 0))

    def _go_on_reading(self, frame: bytes) -> None:
        """The computer says how much it has; one packet at a time is enough."""
        whole, block = self._reading
        (done,) = struct.unpack("<I", frame[:4])
        if done < len(whole):
            self._send(whole[done : done + block])
        else:
            self._reading = None
            self._send(hashlib.md5(whole).digest())
