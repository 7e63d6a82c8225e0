"""The parts of MicroPython's `esp32` that a terminal uses, on the bench."""

import machine

from chips.nvs import NvsNamespace


def NVS(namespace: str) -> NvsNamespace:
    """esp32.NVS over files in the bench's state folder."""
    world = machine.world()
    return NvsNamespace(world.state_dir, namespace, world.cut, world.power_cut)


def mcu_temperature() -> int:
    return 42
