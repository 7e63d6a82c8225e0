"""An image of MicroPython for a board: which one fits, whether it is whole, and which of its parts go where on flash.

A download is one piece from the second-stage loader to the end of the program, and the gap between partition table and program is
filled up: whoever writes it as it is overwrites NVS, and with it the key under which a used board has sealed everything.
So the parts are written one by one.

Sources: ESP-IDF programming guide, "Partition Tables" and "Application image format"; esptool, bin_image; MicroPython,
ports/esp32 (`boards/*/mpconfigvariant_*.cmake`, README: offsets; py/modsys.c: the name of the build stands in the program).
"""

import contextlib
import dataclasses
import hashlib
import io
import pathlib
import re
import struct
from collections.abc import Sequence

from rig.failures import Failed, reason

TABLE = 0x8000
SECTOR = 0x1000
_PAGE = "https://micropython.org/download"
_OFFSETS = {"ESP32": 0x1000, "ESP32-S3": 0x0}
_CHIPS = {0: "ESP32", 9: "ESP32-S3"}  # of an image's header
_S3_FLASH_MB = 8  # what MicroPython's images for the S3 are divided for, but the variant FLASH_4M, whose PSRAM is quad
_OCTAL_MB = (8, 16)  # of PSRAM in the package of an S3
_OLDEST = (1, 25)
_ENTRY = "<2sBBII16sI"
_APP, _DATA = 0, 1
NVS = "nvs"  # where a board keeps its keys
OWN = "TapTill on ESP32 without PSRAM"  # what our own image calls itself (boards/esp32_devkitc/mpconfigboard.h)
_OTA_CHOICE = 0  # which of two programs starts


@dataclasses.dataclass(frozen=True)
class Partition:
    """One row of a partition table; `kind` 0 is a program, 1 data."""

    name: str
    kind: int
    subtype: int
    offset: int
    size: int


def partitions(table: bytes) -> list[Partition]:
    """The rows of a partition table.  Raises ValueError when it is none, or is damaged."""
    found = []
    for at in range(0, len(table), 32):
        entry = table[at : at + 32]
        if entry[:2] == b"\xeb\xeb":
            if hashlib.md5(table[:at]).digest() != entry[16:32]:
                raise ValueError("its check sum is wrong")
            return found
        if entry[:2] != b"\xaa\x50":
            break
        _, kind, subtype, offset, size, name, _ = struct.unpack(_ENTRY, entry)
        found.append(Partition(name.rstrip(b"\0").decode("ascii", "replace"), kind, subtype, offset, size))
    if not found:
        raise ValueError("there is none")
    return found


def file_system(table: Sequence[Partition]) -> Partition | None:
    """Where MicroPython keeps its files."""
    return next((each for each in table if each.kind == _DATA and each.name == "vfs"), None)


@dataclasses.dataclass(frozen=True)
class Wanted:
    """The image that fits a chip: the name of its `build`, "" for TapTill's own, and the words that say where to get it.

    `name` stands in the image itself.
    """

    chip: str
    build: str

    @property
    def offset(self) -> int:
        return _OFFSETS[self.chip]

    @property
    def name(self) -> str:
        return self.build or OWN

    def __str__(self) -> str:
        if not self.build:
            return "TapTill's own image (boards/esp32_devkitc/README.md)"
        board, _, variant = self.build.partition("-")
        where = f"{_PAGE}/{board}/"
        return f"MicroPython {_dotted(_OLDEST)} or later, the .bin of {self.build} on {where}" + (
            f" (variant {variant})" if variant else ""
        )


def wanted(chip: str, psram_mb: int, beside: bool | None, flash_mb: int = 0) -> Wanted:
    """What a chip needs; `psram_mb` as it says (0: none, or none that it knows of), `beside`: the module has some beside it, None
    where nobody has said so; `flash_mb` 0 where it is not known.

    Raises Failed for a chip on which the terminal does not run, and where the chip alone does not tell.
    """
    if chip == "ESP32-S3":
        return Wanted(chip, _of_s3(psram_mb, 0 < flash_mb < _S3_FLASH_MB))
    if chip != "ESP32":
        raise Failed(f"{chip}: the firmware runs on an ESP32-S3 with PSRAM and on an ESP32")
    if psram_mb or beside:
        return Wanted(chip, "ESP32_GENERIC-SPIRAM")
    if beside is False:
        return Wanted(chip, "")
    raise Failed(
        "an ESP32 does not say whether its module has PSRAM: name --board esp32_wrover if WROVER is printed on it, else "
        "--board esp32_devkitc"
    )


def _of_s3(psram_mb: int, small: bool) -> str:
    """The build for an ESP32-S3; `small`: its flash is less than most of them take.  Raises Failed."""
    if not psram_mb:
        raise Failed("an ESP32-S3 without PSRAM: the firmware needs one with PSRAM (a module whose name ends in R2 or R8)")
    if psram_mb not in _OCTAL_MB:
        return "ESP32_GENERIC_S3-FLASH_4M" if small else "ESP32_GENERIC_S3"
    if small:
        raise Failed(
            f"an ESP32-S3 with octal PSRAM and less than {_S3_FLASH_MB} MB of flash: MicroPython has no image for it; use one "
            "with more flash (N8R8, N16R8)"
        )
    return "ESP32_GENERIC_S3-SPIRAM_OCT"


class Image:
    """An image file; `sha256` of all of it.  `parts` are what has to be written: (offset on flash, content)."""

    def __init__(self, path: pathlib.Path, need: Wanted, sha256: str = ""):
        """Raises Failed in one line where it is not whole, or is for something else than `need`."""
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Failed(f"{path}: {reason(error)}") from None
        self.sha256 = hashlib.sha256(content).hexdigest()
        if sha256 and sha256.lower() != self.sha256:
            raise Failed(f"{path}: its SHA-256 is {self.sha256}, not what was given: get it again")
        self._check_chip(content, path, need)
        try:
            self.table = partitions(content[TABLE - need.offset : TABLE - need.offset + SECTOR])
        except ValueError as error:
            raise Failed(f"{path}: no image of MicroPython: its partition table: {error}") from None
        programs = [each for each in self.table if each.kind == _APP and each.offset - need.offset < len(content)]
        if not programs or file_system(self.table) is None:
            raise Failed(f"{path}: no image of MicroPython: no program, or no file system in its partition table")
        loader = content[: TABLE - need.offset]
        at = programs[0].offset - need.offset
        program = content[at : at + programs[0].size]
        self._check_build(program, path, need)
        self.parts = [
            (need.offset, _whole(loader, need.chip, f"{path}: the second-stage loader")),
            (TABLE, content[TABLE - need.offset : TABLE - need.offset + SECTOR]),
            (programs[0].offset, _whole(program, need.chip, f"{path}: the program")),
        ]
        # Nothing that was chosen before starts another program than this.
        choice = (each for each in self.table if each.kind == _DATA and each.subtype == _OTA_CHOICE)
        self.parts += [(each.offset, b"\xff" * each.size) for each in choice]

    @staticmethod
    def _check_chip(content: bytes, path: pathlib.Path, need: Wanted) -> None:
        if len(content) < TABLE or content[0] != 0xE9:
            raise Failed(f"{path}: no image for a chip of Espressif's (an .app-bin, an .uf2 or half a download?); get {need}")
        chip = _CHIPS.get(struct.unpack("<H", content[12:14])[0], "another chip")
        if chip != need.chip:
            raise Failed(f"{path}: an image for {chip}, and this is an {need.chip}; get {need}")

    @staticmethod
    def _check_build(program: bytes, path: pathlib.Path, need: Wanted) -> None:
        found = {name.decode() for name in re.findall(rb"(?<![A-Z0-9_-])(ESP32_GENERIC[A-Z0-9_]*(?:-[A-Z0-9_]+)?)\0", program)}
        found |= {OWN} if OWN.encode() in program else set()
        if need.name not in found:
            which = f"the image {' '.join(sorted(found))}, which" if found else "an image that"
            raise Failed(f"{path}: {which} does not fit this board; get {need}")
        version = re.search(rb"v(\d+)\.(\d+)\.\d+[^\0]{0,40} on \d{4}-\d\d-\d\d", program)
        if version and (int(version[1]), int(version[2])) < _OLDEST:
            raise Failed(f"{path}: MicroPython {int(version[1])}.{int(version[2])} is too old; get {need}")


def _whole(content: bytes, chip: str, where: str) -> bytes:
    """An image of the chip's format without what follows it; its own check sum and SHA-256 are right.  Raises Failed."""
    from esptool.bin_image import LoadFirmwareImage
    from esptool.util import FatalError

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            image = LoadFirmwareImage(chip.lower().replace("-", ""), content)
        sound = image.checksum == image.calculate_checksum()
        # Without a SHA-256 of its own an image does not say where it ends either: MicroPython's all have one.
        whole = sound and image.append_digest and image.stored_digest == image.calc_digest
    except (FatalError, struct.error, IndexError, ValueError) as error:
        raise Failed(f"{where} cannot be read ({str(error).splitlines()[0]}): get it again") from None
    if not whole:
        raise Failed(f"{where} is damaged: get it again")
    return content[: -(-(image.data_length + len(image.stored_digest)) // SECTOR) * SECTOR]


def _dotted(version: tuple) -> str:
    return ".".join(str(part) for part in version)
