"""LittleFS on a simulated flash, with the face that MicroPython's VfsLfs2 gives it: `os`, `open`, and their errors.

The library is littlefs-python's, the calls are LittleFS's own: its Python layer knows neither the attributes that MicroPython
writes with each file (the time of its last change) nor a read that fails.  The attribute, and what each call answers:
MicroPython 1.28, extmod/vfs_lfs.c, vfs_lfsx.c and vfs_lfsx_file.c; the structures: LittleFS 2.11, lfs.h.
"""

import ctypes
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

from littlefs import lfs as binding

from chips.flash import BLOCK
from rig.littlefs_port import NAME_MAX

from .littlefs_device import Device, Guard
from .nor import Nor, PowerCut
from .tears import BLANK

_MTIME = 1  # type of the attribute
_DIR, _FILE = 0x4000, 0x8000  # st_mode
_REGULAR = 1
_EBADF = 9
_LFS_SIZE, _FILE_SIZE, _DIR_SIZE = 512, 256, 256  # more than lfs_t, lfs_file_t and lfs_dir_t take

_RDONLY, _WRONLY, _RDWR = 1, 2, 3
_CREAT, _EXCL, _TRUNC, _APPEND = 0x100, 0x200, 0x400, 0x800
_MODES = {"r": _RDONLY, "w": _WRONLY | _CREAT | _TRUNC, "x": _WRONLY | _CREAT | _EXCL, "a": _WRONLY | _CREAT | _APPEND}

_u32 = ctypes.c_uint32
_pointer = ctypes.c_void_p
_ON_BLOCK = ctypes.PYFUNCTYPE(ctypes.c_int, _pointer, _u32)
_LFS = ctypes.PyDLL(binding.__file__)  # its functions are called with the interpreter's lock held: they call back


class _Attribute(ctypes.Structure):
    _fields_ = [("type", ctypes.c_uint8), ("buffer", _pointer), ("size", _u32)]


class _FileConfig(ctypes.Structure):
    _fields_ = [("buffer", _pointer), ("attrs", _pointer), ("attr_count", _u32)]


class _Info(ctypes.Structure):
    _fields_ = [("type", ctypes.c_uint8), ("size", _u32), ("name", ctypes.c_char * 1023)]


class _Memory(ctypes.Structure):
    """An open file with all that LittleFS keeps pointers to."""

    _fields_ = [
        ("file", ctypes.c_char * _FILE_SIZE),
        ("config", _FileConfig),
        ("attribute", _Attribute),
        ("mtime", ctypes.c_uint64),
        ("cache", ctypes.c_char * BLOCK),
    ]


class _Opened:
    """The memory of an open file, which is never moved, and what of it is handed to LittleFS."""

    __slots__ = ("config", "file", "memory")

    def __init__(self) -> None:
        self.memory = made = _Memory()
        at = ctypes.addressof(made)
        made.attribute = _Attribute(_MTIME, at + _Memory.mtime.offset, 8)
        made.config = _FileConfig(at + _Memory.cache.offset, at + _Memory.attribute.offset, 1)
        self.file = ctypes.byref(made)
        self.config = ctypes.byref(made, _Memory.config.offset)


class File:
    """An open file.  What was written is there after flush() or close(), all of it or nothing."""

    def __init__(self, system: "FileSystem", opened: _Opened, flags: int, text: bool):
        self._system = system
        self._opened: _Opened | None = opened
        self._flags = flags
        self._text = text

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def read(self, size: int = -1) -> Any:
        """bytes, of a text file str."""
        call, file = self._system.call, self._there(_RDONLY).file
        if size < 0:
            size = call(_LFS.lfs_file_size, file) - call(_LFS.lfs_file_tell, file)
        buffer = ctypes.create_string_buffer(size or 1)
        count = call(_LFS.lfs_file_read, file, buffer, size)
        data = buffer.raw[:count]
        return data.decode() if self._text else data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        memoryview(buffer)[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        opened = self._there(_WRONLY)
        content = data.encode() if isinstance(data, str) else bytes(data)
        opened.memory.mtime = self._system.now()
        return self._system.call(_LFS.lfs_file_write, opened.file, content, len(content))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._system.call(_LFS.lfs_file_seek, self._there().file, offset, whence)

    def tell(self) -> int:
        return self.seek(0, 1)

    def flush(self) -> None:
        self._system.call(_LFS.lfs_file_sync, self._there().file)

    def close(self) -> None:
        """A file whose close failed is closed all the same."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            self._system.close(opened)

    def _there(self, access: int = 0) -> _Opened:
        if self._opened is None:
            raise ValueError("littlefs: the file is closed")
        if access & ~self._flags:
            raise OSError(_EBADF, os.strerror(_EBADF))  # LittleFS would end the process
        return self._opened


class FileSystem:
    """The file system of `nor`, mounted for a new life of it: methods of MicroPython's `os`, and `open`.

    `guard` makes of the life what stands between it and LittleFS: the firmware's Blocks.  `now()`: nanoseconds since 1970.
    `new`: it is made, and has to be mounted after that.  `fine`: it is read in the pieces in which the port reads.
    Raises OSError with MicroPython's number, PowerCut when the power fails meanwhile and whenever it is used after that.
    """

    def __init__(self, nor: Nor, guard: Guard = None, now: Callable[[], int] = lambda: 0, new: bool = False, fine: bool = False):
        self.now = now
        self._device = Device(nor.power_on(), guard, fine)
        self._memory = ctypes.create_string_buffer(_LFS_SIZE)
        self._lfs = ctypes.byref(self._memory)
        self._kept: set[_Opened] = set()  # LittleFS has a list of the files that are open
        self._spare: list[_Opened] = []
        self.call(_LFS.lfs_format if new else _LFS.lfs_mount, ctypes.byref(self._device.config))

    @property
    def blocks(self) -> Any:
        """What `guard` has made."""
        return self._device.blocks

    @property
    def opened(self) -> int:
        """How many files are open."""
        return len(self._kept)

    def call(self, function: Any, *given: Any) -> int:
        device = self._device
        if device.life.dead:
            raise PowerCut("littlefs: this life is over")
        device.reads[0] = 0
        done = function(self._lfs, *given)
        if device.raised is not None:
            error, device.raised = device.raised, None
            raise error
        if done < 0:
            raise OSError(-done, os.strerror(-done))
        return done

    def open(self, path: str, mode: str = "r") -> File:
        flags, text = _flags(mode)
        opened = self._spare.pop() if self._spare else _Opened()
        opened.memory.mtime = self.now()
        self._kept.add(opened)
        try:
            self.call(_LFS.lfs_file_opencfg, opened.file, path.encode(), flags, opened.config)
        except OSError:
            self._forget(opened)
            raise
        return File(self, opened, flags, text)

    def close(self, opened: _Opened) -> None:
        """What File.close does; LittleFS knows the file no more, even after an error."""
        try:
            self.call(_LFS.lfs_file_close, opened.file)
        finally:
            self._forget(opened)

    def _forget(self, opened: _Opened) -> None:
        self._kept.remove(opened)
        self._spare.append(opened)

    def mkdir(self, path: str) -> None:
        self.call(_LFS.lfs_mkdir, path.encode())

    def remove(self, path: str) -> None:
        self.call(_LFS.lfs_remove, path.encode())

    rmdir = remove

    def rename(self, old: str, new: str) -> None:
        self.call(_LFS.lfs_rename, old.encode(), new.encode())

    def stat(self, path: str) -> "tuple[int, ...]":
        """(mode, 0, 0, 0, 0, 0, size, atime, mtime, ctime), all three the time of the last change in seconds since 1970."""
        info, mtime = _Info(), ctypes.c_uint64()
        self.call(_LFS.lfs_stat, path.encode(), ctypes.byref(info))
        try:
            self.call(_LFS.lfs_getattr, path.encode(), _MTIME, ctypes.byref(mtime), 8)
        except OSError:
            mtime.value = 0  # the port tells no error of this either
        return (_mode(info), 0, 0, 0, 0, 0, info.size, *3 * (mtime.value // 10**9,))

    def ilistdir(self, path: str = "/") -> "Iterator[tuple[str, int, int, int]]":
        """(name, type, 0, size) of each entry.

        As in the port an error of reading on is one more entry, and so for ever.
        """
        directory, info = ctypes.create_string_buffer(_DIR_SIZE), _Info()
        self.call(_LFS.lfs_dir_open, directory, path.encode())
        return self._entries(directory, info)

    def _entries(self, directory: Any, info: _Info) -> "Iterator[tuple[str, int, int, int]]":
        try:
            while self._goes_on(directory, info):
                if info.name not in (b".", b".."):
                    yield info.name.decode(), _mode(info), 0, info.size
        finally:
            if not self._device.life.dead:
                self.call(_LFS.lfs_dir_close, directory)

    def _goes_on(self, directory: Any, info: _Info) -> bool:
        try:
            return self.call(_LFS.lfs_dir_read, directory, ctypes.byref(info)) > 0
        except OSError:
            return True

    def statvfs(self, path: str = "/") -> "tuple[int, ...]":
        """(block, block, blocks, free, free, 0, 0, 0, 0, longest name); a block that two things hold counts twice."""
        blocks = self._device.config.block_count
        free = blocks - len(self.used())
        return (BLOCK, BLOCK, blocks, free, free, 0, 0, 0, 0, NAME_MAX)

    def used(self) -> "list[int]":
        """The blocks that hold something, in LittleFS's order; those of a folder stand there twice."""
        found: list[int] = []

        def on_block(_: object, block: int) -> int:
            found.append(block)
            return 0

        self.call(_LFS.lfs_fs_traverse, _ON_BLOCK(on_block), None)
        return found

    def umount(self) -> None:
        """The life goes on, and uses this no more."""
        self.call(_LFS.lfs_unmount)


def booted(nor: Nor, guard: Guard = None, now: Callable[[], int] = lambda: 0) -> FileSystem:
    """Mounted as the ESP32 port does at its start: a flash that cannot be mounted is formatted if it is empty.

    Raises OSError where it is not (the port then says so every three seconds, ports/esp32/modules/inisetup.py).
    """
    try:
        return FileSystem(nor, guard, now)
    except OSError:
        if any(block != BLANK for block in nor.blocks[:1]):
            raise
    FileSystem(nor, guard, new=True)
    return FileSystem(nor, guard, now)


def _mode(info: _Info) -> int:
    return _FILE if info.type == _REGULAR else _DIR


@functools.lru_cache
def _flags(mode: str) -> "tuple[int, bool]":
    """LittleFS's flags, and whether it is a text file.  Raises ValueError."""
    which = [letter for letter in mode if letter in _MODES]
    if len(which) > 1 or mode.strip("".join(_MODES) + "+bt"):
        raise ValueError(f"littlefs: no such mode: {mode}")
    flags = _MODES[which[0]] if which else _RDONLY
    return flags | (_RDWR if "+" in mode else 0), "b" not in mode
