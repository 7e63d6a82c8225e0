"""A small program in the place of the firmware: what it finds of the chip's pins and memory, told on the console."""

import gc

import board
import esp32
import machine


def told(what: str, *values) -> None:
    print("chip:", what, *values)


def pins() -> None:
    there, driven = [], []
    for gpio in range(60):
        try:
            pin = machine.Pin(gpio)
        except ValueError as error:
            assert str(error) == "invalid pin"
            continue
        there.append(gpio)
        if not 6 <= gpio <= 11 or board.CHIP != "ESP32":  # those lead to the flash
            try:
                pin.init(machine.Pin.OUT)
            except ValueError as error:
                assert str(error) == "pin can only be input"
                continue
        driven.append(gpio)
    told("pins", there)
    told("outputs", driven)


def memory(what: str) -> None:
    gc.collect()
    areas = esp32.idf_heap_info(esp32.HEAP_DATA)
    told(what, gc.mem_free(), sum([area[1] for area in areas]), max([area[2] for area in areas]))


def largest() -> int:
    """Bytes of this VM that its largest free block has."""
    size = step = 1 << 26
    while step > 1024:
        step //= 2
        try:
            bytearray(size)
            size += step
        except MemoryError:
            size -= step
    return size


def fill(to: int) -> list:
    """Keep memory until that many of the chip's bytes are taken."""
    kept = []
    gc.collect()
    while gc.mem_alloc() < to:
        kept.append(bytearray(8192))
        gc.collect()
    return kept


def main() -> None:
    if machine.reset_cause() == machine.PWRON_RESET:
        pins()
        memory("start")
        told("largest", largest())
        kept = fill(140_000)
        memory("full")
        board.wlan()
        told("end", len(kept))
    else:
        told("cause", machine.reset_cause())
        board.wlan()
        memory("wifi")
        told("end")
