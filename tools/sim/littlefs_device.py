"""What LittleFS calls for the blocks of a simulated flash, and its configuration as MicroPython's VfsLfs2 makes it.

Geometry: rig.littlefs_port; the structure: LittleFS 2.11, lfs.h.

Nine tenths of the time of a small file are reads of 32 and 128 bytes.  What LittleFS has in its caches is nobody's business but
its own: here they hold a whole block, what it programs is handed on in the pieces that the port's caches make of it, and a file
is kept in its folder up to the same size.  So the flash sees the same programs, erases and syncs (host_tests/test_sim_littlefs.py
compares them) and a third of the time is enough; but for the beginning of a commit that turns out not to fit into its block: the
port has programmed that by then.  Where reads are doubtful they are made as the port makes them.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from littlefs import lfs as binding

from chips.flash import BLOCK
from rig.littlefs_port import CACHE, CYCLES, LOOKAHEAD, NAME_MAX, PROGRAM, READ

from .nor import EIO, ERASE_BLOCK, SYNC_ALL, Life

_MOST_READS = 200_000  # of one call: to look through a full flash for a free block takes 25,000

_u32 = ctypes.c_uint32
_pointer = ctypes.c_void_p
_ON_READ = ctypes.PYFUNCTYPE(ctypes.c_int, _pointer, _u32, _u32, _pointer, _u32)
Guard = Callable[[Any], Any] | None


class Endless(Exception):
    """A call of LittleFS that does not come to its end."""


class _Config(ctypes.Structure):
    _fields_ = [
        *((name, _pointer) for name in ("context", "read", "prog", "erase", "sync")),
        *((name, _u32) for name in ("read_size", "prog_size", "block_size", "block_count")),
        ("block_cycles", ctypes.c_int32),
        *((name, _u32) for name in ("cache_size", "lookahead_size", "compact_thresh")),
        *((name, _pointer) for name in ("read_buffer", "prog_buffer", "lookahead_buffer")),
        *((name, _u32) for name in ("name_max", "file_max", "attr_max", "metadata_max", "inline_max", "disk_version")),
    ]


def _binding_of(context: object) -> "tuple[object, _Config]":
    """An object of the binding, and its configuration: where its callbacks are, and what they want as context.

    Its callbacks cost a fourth of what those of ctypes cost.  That it lies behind the head of the object is checked.
    """
    held = binding.LFSConfig(context, block_size=BLOCK, block_count=1)
    config = _Config.from_address(id(held) + object.__basicsize__)
    if config.context != id(held) or config.block_size != BLOCK:
        raise RuntimeError("littlefs-python: its LFSConfig is laid out differently from that of 0.19.0")
    return held, config


class Device:
    """What LittleFS calls for the blocks of one life.  What is raised is kept for whoever called LittleFS."""

    def __init__(self, life: Life, guard: Guard, fine: bool = False):
        self.life = life
        self.blocks = guard(life) if guard else _Numbers(life)
        self.raised: BaseException | None = None
        content = life.nor.blocks
        reads = self.reads = [0]  # of the call that is going on

        # The bytes and nothing else, as long as nothing can be wrong with them.
        def read(_: object, block: int, offset: int, size: int) -> bytes:
            reads[0] += 1
            if reads[0] > _MOST_READS:
                self._doubt()
            return content[block] if size == BLOCK else content[block][offset : offset + size]

        self.read = read
        fine = fine or life.nor.doubtful
        cache = CACHE if fine else BLOCK
        self._held, bound = _binding_of(self)
        self._slow = _ON_READ(self._read)
        self._caches = [ctypes.create_string_buffer(size) for size in (cache, cache, LOOKAHEAD)]
        caches = [ctypes.addressof(cache) for cache in self._caches]
        self.config = _Config(
            **{name: getattr(bound, name) for name in ("context", "read", "prog", "erase", "sync")},
            read_size=READ if fine else BLOCK,
            prog_size=PROGRAM,
            block_size=BLOCK,
            block_count=len(content),
            block_cycles=CYCLES,
            cache_size=cache,
            lookahead_size=LOOKAHEAD,
            read_buffer=caches[0],
            prog_buffer=caches[1],
            lookahead_buffer=caches[2],
            name_max=NAME_MAX,
            inline_max=CACHE,
        )
        life.doubted = life.ended = self._doubt
        if life.nor.doubtful:
            self._doubt()

    def _doubt(self) -> None:
        self.config.read = ctypes.cast(self._slow, _pointer).value

    def prog(self, _: object, block: int, offset: int, data: bytes) -> int:
        try:
            if len(data) <= CACHE:
                return self.blocks.writeblocks(block, data, offset)
            for at in range(0, len(data), CACHE):
                done = self.blocks.writeblocks(block, data[at : at + CACHE], offset + at)
                if done:
                    return done
            return 0
        except BaseException as error:
            return self._keep(error)

    def erase(self, _: object, block: int) -> int:
        try:
            return self.blocks.ioctl(ERASE_BLOCK, block)
        except BaseException as error:
            return self._keep(error)

    def sync(self, _: object) -> int:
        try:
            return self.blocks.ioctl(SYNC_ALL, 0)
        except BaseException as error:
            return self._keep(error)

    def _read(self, _: object, block: int, offset: int, buffer: int, size: int) -> int:
        """A read that may fail, or has no end: LittleFS follows what the flash says."""
        self.reads[0] += 1
        try:
            if self.reads[0] > _MOST_READS:
                raise Endless(f"littlefs: one call has read {_MOST_READS} times")
            told = bytearray(size)
            done = self.blocks.readblocks(block, told, offset)
            ctypes.memmove(buffer, bytes(told), size)
            return done
        except BaseException as error:
            return self._keep(error)

    def _keep(self, error: BaseException) -> int:
        if hasattr(self.blocks, "closed"):
            self.blocks.closed = True  # LittleFS must write nothing more after that
        self.raised = self.raised or error
        return -EIO


class _Numbers:
    """A device whose errors are numbers, as LittleFS wants them, and nothing more."""

    def __init__(self, device: Life):
        self._device = device

    def readblocks(self, block: int, buffer: bytearray, offset: int) -> int:
        return self._told(self._device.readblocks, block, buffer, offset)

    def writeblocks(self, block: int, buffer: bytes, offset: int) -> int:
        return self._told(self._device.writeblocks, block, buffer, offset)

    def ioctl(self, operation: int, argument: int) -> int:
        return self._told(self._device.ioctl, operation, argument)

    def _told(self, function: "Callable[..., int | None]", *given: Any) -> int:
        try:
            return function(*given) or 0
        except OSError as error:
            return -(error.errno or EIO)
