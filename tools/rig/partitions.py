"""How the flash of a board is divided: with TapTill's own image as its partitions.csv says, else as MicroPython has it."""

import pathlib

from . import compiled

_OWN = compiled.ROOT / "boards" / "esp32_devkitc" / "partitions.csv"  # the only image of our own
_TYPES = {"app": 0, "data": 1}
# ESP-IDF, esp_partition.h
_SUBTYPES = {"factory": 0, "ota_0": 16, "ota_1": 17, "ota": 0, "phy": 1, "nvs": 2, "fat": 0x81}
# MicroPython 1.25, ports/esp32/partitions-4MiB.csv (ESP32_GENERIC) and partitions-8MiB.csv (ESP32_GENERIC_S3)
_DOWNLOAD = """\
nvs,      data, nvs,     0x9000,   0x6000
phy_init, data, phy,     0xf000,   0x1000
factory,  app,  factory, 0x10000,  0x1F0000
vfs,      data, fat,     0x200000, {vfs:#x}
"""
_VFS = {"ESP32": 0x200000, "ESP32-S3": 0x600000}


def tables(chip: str) -> dict[str, list]:
    """Where the code lives (bench_options.CODE) -> [type, subtype, address, size, label] of each partition of that image."""
    return {"rom": _parsed(_OWN.read_text(encoding="utf-8")), "lfs": _parsed(_DOWNLOAD.format(vfs=_VFS[chip]))}


def file_system(table: list) -> int:
    """Bytes of the partition that MicroPython mounts."""
    return next(size for _, _, _, size, label in table if label == "vfs")


def fresh(state: pathlib.Path, size: int) -> None:
    """Give a terminal that never was its file system's flash, as the factory leaves it.  Raises OSError."""
    path = state / "flash.img"
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        path.write_bytes(b"\xff" * size)


def _parsed(text: str) -> list:
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            label, kind, subtype, address, size = (cell.strip() for cell in line.split(","))
            found.append([_TYPES[kind], _SUBTYPES[subtype], int(address, 0), int(size, 0), label])
    return found
