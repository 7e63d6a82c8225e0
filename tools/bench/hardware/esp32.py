"""The parts of MicroPython's `esp32` that a terminal uses, on the bench.

Source: MicroPython documentation, "esp32"; ports/esp32/esp32_partition.c; ESP-IDF's esp_ota_ops.c for what it answers.
"""

import machine

from chips.nvs import NvsNamespace
from chips.slots import SLOTS

_FAIL = (1, "ESP_FAIL")
_NO_ROLLBACK = (-261, "ESP_ERR_NOT_FOUND")
_NO_ENTRY = 2


class Partition:
    """A line of the partition table, as TapTill's own image has it; MicroPython's download has one application and no slots."""

    BOOT, RUNNING = 0, 1
    TYPE_APP, TYPE_DATA = 0, 1

    # type, subtype, address, size, label, encrypted
    _SLOTS = ((0, 16, 0x10000, 0x180000, SLOTS[0], False), (0, 17, 0x190000, 0x180000, SLOTS[1], False))
    _ALONE = ((0, 0, 0x10000, 0x1F0000, "factory", False),)

    def __init__(self, id):
        slots = machine.world().slots
        if id in (self.BOOT, self.RUNNING):
            id = "factory" if slots is None else slots.boot if id == self.BOOT else slots.running
        found = self.find(label=id)
        if not found:
            raise OSError(_NO_ENTRY)
        self._info = found[0]._info

    @classmethod
    def find(cls, type=0, subtype=0xFF, label=None):
        found = []
        for info in cls._ALONE if machine.world().slots is None else cls._SLOTS:
            if info[0] == type and subtype in (0xFF, info[1]) and label in (None, info[4]):
                one = object.__new__(cls)
                one._info = info
                found.append(one)
        return found

    def info(self):
        return self._info

    def get_next_update(self):
        slots = machine.world().slots
        if slots is None:
            raise OSError(_NO_ENTRY)
        return Partition(slots.next_of(self._info[4]))

    def set_boot(self):
        machine.world().slots.choose(self._info[4])

    @staticmethod
    def mark_app_valid_cancel_rollback():
        slots = machine.world().slots
        if slots is None:
            raise OSError(*_NO_ROLLBACK)
        if not slots.works():
            raise OSError(*_FAIL)


def NVS(namespace: str) -> NvsNamespace:
    """esp32.NVS over files in the bench's state folder."""
    world = machine.world()
    return NvsNamespace(world.state_dir, namespace, world.cut, world.power_cut)


HEAP_DATA = 4
HEAP_EXEC = 1


def idf_heap_info(capabilities: int) -> list:
    """[(bytes in all, free, largest free piece, least that was ever free)] of each area (MicroPython documentation)."""
    if capabilities != HEAP_DATA:
        raise ValueError("only HEAP_DATA on the bench")
    return machine.world().memory.idf.info()
