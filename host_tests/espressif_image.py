"""Images as MicroPython's downloads are laid out, made from the formats' documentation, with nothing in them that runs.

Source: ESP-IDF programming guide, "Application image format" (header, extended header, segments, check sum, SHA-256) and
"Partition Tables".
"""

import hashlib
import struct
import zlib

ESP32, ESP32S3 = 0, 9
OFFSETS = {ESP32: 0x1000, ESP32S3: 0}
# The ESP32 port's table for 4 MB: name, kind, subtype, offset, size.
TABLE = (
    ("nvs", 1, 2, 0x9000, 0x6000),
    ("phy_init", 1, 1, 0xF000, 0x1000),
    ("factory", 0, 0, 0x10000, 0x1F0000),
    ("vfs", 1, 0x81, 0x200000, 0x200000),
)


def program(chip: int, content: bytes) -> bytes:
    """One segment with `content`."""
    content += bytes(-len(content) % 4)
    head = struct.pack("<BBBBI", 0xE9, 1, 2, 0x20, 0x40080000)
    head += struct.pack("<B3sHBHH4sB", 0xEE, bytes(3), chip, 0, 0, 399, bytes(4), 1)
    made = head + struct.pack("<II", 0x3F400020 if chip == ESP32 else 0x3C000020, len(content)) + content
    total = 0xEF
    for byte in content:
        total ^= byte
    made += bytes(15 - len(made) % 16) + bytes((total,))
    return made + hashlib.sha256(made).digest()


def table(rows=TABLE) -> bytes:
    """A partition table of 4 kB with its check sum."""
    made = b"".join(
        struct.pack("<2sBBII16sI", b"\xaa\x50", kind, subtype, offset, size, name.encode(), 0)
        for name, kind, subtype, offset, size in rows
    )
    made += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(made).digest()
    return made.ljust(0x1000, b"\xff")


def nvs(namespace: str) -> bytes:
    """An NVS of 24 kB, in use, in which there is that namespace.

    Source: ESP-IDF programming guide, "Non-volatile Storage Library" (page header, bitmap of entries, an entry of 32 bytes).
    """
    head = struct.pack("<IIB19s", 0xFFFFFFFE, 0, 0xFE, b"\xff" * 19)
    head += struct.pack("<I", zlib.crc32(head[4:28], 0xFFFFFFFF))
    entry = struct.pack("<BBBB", 0, 1, 1, 0xFF) + namespace.encode().ljust(16, b"\0") + b"\x01".ljust(8, b"\xff")
    entry = entry[:4] + struct.pack("<I", zlib.crc32(entry, 0xFFFFFFFF)) + entry[4:]
    return (head + (b"\xfe" + b"\xff" * 31) + entry).ljust(0x6000, b"\xff")


def download(chip: int, build: str, version: str = "v1.25.0", rows=TABLE, more: bytes = b"") -> bytes:
    """A whole download: loader, table, a gap, the program with the names that MicroPython has in it."""
    words = b"\0%s\0%s on 2025-04-15\0" % (build.encode(), version.encode())
    content = words + more + hashlib.sha256(build.encode()).digest() * 2000
    made = program(chip, b"second stage" * 300)
    made = made.ljust(0x8000 - OFFSETS[chip], b"\xff") + table(rows)
    return made.ljust(0x10000 - OFFSETS[chip], b"\xff") + program(chip, content)
