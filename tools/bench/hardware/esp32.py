"""The parts of MicroPython's `esp32` that a terminal uses, on the bench.

Source: MicroPython documentation, "esp32"; ports/esp32/esp32_partition.c; ESP-IDF's esp_ota_ops.c for what it answers.
"""

import machine

from chips.nvs import NvsNamespace

_FAIL = (1, "ESP_FAIL")
_NOT_FOUND = (-261, "ESP_ERR_NOT_FOUND")
_INVALID_ARG = (-258, "ESP_ERR_INVALID_ARG")
_INVALID_SIZE = (-260, "ESP_ERR_INVALID_SIZE")
_NO_ENTRY = 2
_EINVAL = 22
_BLOCK = 4096
_ANY = 0xFF


class Partition:
    """A line of the partition table of the image that runs; bytes are there of the one that is called "vfs" alone."""

    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    def __init__(self, id, block_size=_BLOCK):
        if isinstance(id, int):
            if id not in (self.BOOT, self.RUNNING):
                raise ValueError
            slots = machine.world().slots
            id = "factory" if slots is None else slots.boot if id == self.BOOT else slots.running
        found = _lines(self.TYPE_APP, _ANY, id) or _lines(self.TYPE_DATA, _ANY, id)
        if not found:
            raise OSError(_NO_ENTRY)
        self._info = found[0]
        self._block = block_size

    @staticmethod
    def find(type=TYPE_APP, subtype=_ANY, label=None, block_size=_BLOCK):
        return [Partition(line[4], block_size) for line in _lines(type, subtype, label)]

    def info(self):
        return self._info

    def __repr__(self):
        return "<Partition type=%d, subtype=%d, address=%d, size=%d, label=%s, encrypted=%d>" % self._info

    def readblocks(self, block, buffer, offset=0):
        self._within(block, offset, len(buffer))
        self._flash().readblocks(block, buffer, offset)

    def writeblocks(self, block, buffer, offset=None):
        self._within(block, offset or 0, len(buffer))
        self._flash().writeblocks(block, buffer, offset)

    def ioctl(self, operation, argument):
        if operation in (1, 2, 3):  # begin, end, sync
            return 0
        if operation == 4:
            return self._info[3] // self._block
        if operation == 5:
            return self._block
        if operation == 6:
            if self._block != _BLOCK:
                return -_EINVAL
            self._within(argument, 0, _BLOCK)
            return self._flash().ioctl(operation, argument)
        return None

    def _flash(self):
        flash = machine.world().flash
        if self._info[4] != "vfs" or self._block != _BLOCK:
            raise OSError(*_FAIL)  # nothing of it is modelled
        return flash

    def _within(self, block, offset, size):
        """Raises OSError as esp_partition_read does for bytes that are not in it."""
        at = block * self._block + offset
        if not 0 <= at <= self._info[3]:
            raise OSError(*_INVALID_ARG)
        if at + size > self._info[3]:
            raise OSError(*_INVALID_SIZE)

    def get_next_update(self):
        slots = machine.world().slots
        if slots is None:
            raise OSError(_NO_ENTRY)
        return Partition(slots.next_of(self._info[4]))

    def set_boot(self):
        if self._info[0] != self.TYPE_APP:
            raise OSError(*_INVALID_ARG)
        slots = machine.world().slots
        if slots is None:
            raise OSError(*_NOT_FOUND)  # no otadata to write it into
        slots.choose(self._info[4])

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        slots = machine.world().slots
        if slots is None:
            raise OSError(*_NOT_FOUND)
        if not slots.works():
            raise OSError(*_FAIL)


def _lines(type: int, subtype: int, label) -> list:
    lines = machine.world().partitions
    return [line for line in lines if line[0] == type and subtype in (_ANY, line[1]) and label in (None, line[4])]


def NVS(namespace: str) -> NvsNamespace:
    """esp32.NVS over files in the bench's state folder; what one handle has set, the others see."""
    world = machine.world()
    known = getattr(world, "namespaces", None)
    if known is None:
        known = world.namespaces = {}
    if namespace not in known:
        known[namespace] = NvsNamespace(world.state_dir, namespace, world.cut, world.power_cut)
    return known[namespace]


HEAP_DATA = 4
HEAP_EXEC = 1


def idf_heap_info(capabilities: int) -> list:
    """[(bytes in all, free, largest free piece, least that was ever free)] of each area (MicroPython documentation)."""
    if capabilities != HEAP_DATA:
        raise ValueError("only HEAP_DATA on the bench")
    return machine.world().memory.idf.info()
