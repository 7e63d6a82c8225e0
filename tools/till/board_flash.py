"""A board in its ROM loader, by esptool: what chip it is, what stands on its flash, and writing it.

The loader is there whatever is on flash, so what an interruption left can always be written again.
"""

import contextlib
from collections.abc import Sequence
from typing import Any

import click
import serial
from esp_pylib.logger import EspLog, EspLogBase

from rig.failures import Failed, reason

from . import board_data, littlefs_image
from .board_data import Listed, Standing
from .board_image import NVS, SECTOR, TABLE, Partition, file_system, partitions

BAUD = 460_800
_FIRST_BAUD = 115_200
_TRIES = 2
_KEYS = b"taptill".ljust(
    16, b"\0"
)  # the namespace of the keys, as an entry of NVS has it (ESP-IDF, "Non-volatile Storage Library")


class _Quiet(EspLogBase):
    """esptool's log: nothing of it is shown but how far it has come (`bar`), and what was said last of what went wrong."""

    def __init__(self):
        self.bar = None
        self.wrong = ""
        self._done = 0

    def print(self, *args, **kwargs) -> None: ...

    def note(self, *args) -> None: ...

    def hint(self, *args) -> None: ...

    def debug(self, *args) -> None: ...

    def warn(self, *args, suggestion=None) -> None: ...

    def err(self, *args, suggestion=None) -> None:
        self.wrong = " ".join(str(each) for each in args)

    def set_verbosity(self, mode) -> None: ...

    def progress_bar(self, cur_iter, total_iters, prefix="", suffix="", bar_length=30) -> None:
        if self.bar is not None and total_iters > 0:
            self.bar.update(max(cur_iter - self._done, 0))
            self._done = 0 if cur_iter >= total_iters else cur_iter


class Loader:
    """The chip on `port`; `with` connects, and starts what is on its flash at the end.

    `chip` "ESP32-S3"; `psram_mb` 0 where it has none, or does not know; `flash_mb`.  Every method raises Failed in one line.
    """

    def __init__(self, port: str, stub: bool = True):
        self.port = port
        self._with_stub = stub
        self._log = _Quiet()
        self._esp: Any = None
        self._cache: dict[int, bytes] = {}
        self.chip, self.psram_mb, self.flash_mb = "", 0, 0

    def __enter__(self) -> "Loader":
        EspLog.set_logger(self._log)
        for left in reversed(range(_TRIES)):
            try:
                self._connect()
                return self
            except Failed:
                self._close()
                # A computer that is busy misses the stub's first word; a chip that never answered is not asked again.
                if not (left and self.chip):
                    raise
            except BaseException:
                self._close()
                raise
        return self

    def _connect(self) -> None:
        import esptool

        with self._told():
            self._esp = esptool.detect_chip(self.port, _FIRST_BAUD)
            self.chip = self._esp.CHIP_NAME
            self.psram_mb = _psram(self._esp)
            if self._with_stub:
                self._esp = esptool.run_stub(self._esp)
                self._esp.change_baud(BAUD)
            esptool.attach_flash(self._esp)
            size = esptool.cmds.detect_flash_size(self._esp) or ""
            self.flash_mb = int(size.removesuffix("MB")) if size.endswith("MB") else 0

    def __exit__(self, *error) -> None:
        import esptool

        with contextlib.suppress(Failed), self._told():
            esptool.reset_chip(self._esp, "hard-reset")
        self._close()

    def _close(self) -> None:
        if self._esp is not None:
            with contextlib.suppress(OSError):
                self._esp._port.close()  # esptool offers no other way

    def __str__(self) -> str:
        memory = f"{self.psram_mb} MB of PSRAM" if self.psram_mb else "no PSRAM in the chip"
        if self.chip == "ESP32" and not self.psram_mb:
            memory = "PSRAM unknown"  # that of a WROVER is beside the chip
        return f"{self.chip}, {self.flash_mb} MB of flash, {memory}"

    def read(self, offset: int, count: int) -> bytes:
        """Bytes of the flash; whole blocks are remembered until something is written."""
        with self._told():
            found = b""
            for at in range(offset // SECTOR * SECTOR, offset + count, SECTOR):
                if at not in self._cache:
                    self._cache[at] = bytes(self._esp.read_flash(at, SECTOR))
                found += self._cache[at]
        return found[offset % SECTOR :][:count]

    def table(self) -> list[Partition]:
        """The partition table on flash; [] when there is none."""
        try:
            return partitions(self.read(TABLE, SECTOR))
        except ValueError:
            return []

    def standing(self, coming: Sequence[Partition] = ()) -> Standing | None:
        """What stands in `/data`; None where there is no file system.

        `coming`, an image's table, tells where else to look: one that an interruption has destroyed tells nothing of what is
        behind it.
        """
        for table in (self.table(), coming):
            files = self._files(table)
            if files:
                return board_data.standing(files)
        return None

    def _files(self, table: Sequence[Partition]) -> Listed | None:
        """The files of `/data`; None where none are, and where half a file system may be made anew: before `flash` touches the
        one of a new board it wipes NVS, and in that of a used one its keys have their name.
        """
        place = file_system(table)
        if not place:
            return None
        try:
            files = littlefs_image.folder(
                lambda offset, count: self.read(place.offset + offset, count), place.size, board_data.DATA.lstrip("/")
            )
        except littlefs_image.Unreadable as error:
            raise Failed(f"board on {self.port}: {error}") from None
        if files is None and any(_KEYS in self.read(each.offset, each.size) for each in table if each.name == NVS):
            raise Failed(
                f"board on {self.port}: its file system cannot be read, and it has the keys of a used board, whose journal may "
                f"be in it; {littlefs_image.BY_HAND}"
            )
        return files

    def write(self, parts: list[tuple[int, bytes]]) -> None:
        """Write (offset, content), each compared with what was sent, with a bar that tells how far it has come."""
        import esptool

        self._cache = {}
        with click.progressbar(length=sum(len(content) for _, content in parts), label="flash") as bar, self._told():
            for offset, content in parts:
                self._log.bar = bar
                esptool.write_flash(self._esp, [(offset, content)])
                self._log.bar = None

    @contextlib.contextmanager
    def _told(self):
        """What esptool and pyserial raise, as one line."""
        from esptool.util import FatalError

        try:
            yield
        except serial.SerialException as error:
            raise Failed(f"board on {self.port}: {reason(error)}") from None
        except OSError as error:
            raise Failed(f"board on {self.port}: {reason(error)}") from None
        except FatalError as error:
            first = str(error).strip().splitlines()[0].rstrip(".")
            hint = "" if self.chip or "open" in first else "; hold BOOT while you plug it in, and try again"
            raise Failed(f"board on {self.port}: {first}{hint}") from None


def _psram(esp) -> int:
    """MB of PSRAM within the chip's package, by its efuses."""
    words = [word for word in esp.get_chip_features() if "Embedded PSRAM" in word]
    if not words:
        return 0
    sizes = [part[:-2] for part in words[0].split() if part.endswith("MB")]
    return int(sizes[0]) if sizes else 2  # the one ESP32 that has some: ESP32-PICO-V3-02
