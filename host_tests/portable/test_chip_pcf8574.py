"""The PCF8574 model against the data sheet's rules, with a switch at its pins."""

from chips import keymatrix
from chips.pcf8574 import PINS, Pcf8574


class Outside:
    """What hangs at the pins: `low` are held low by somebody else."""

    def __init__(self):
        self.low = set()
        self.changes = 0
        self.chip = None
        self.chip = Pcf8574(self.level, self.changed)

    def level(self, pin):
        return 0 if pin in self.low or self.chip.drive(pin) == keymatrix.LOW else 1

    def changed(self):
        self.changes += 1


def test_after_power_on_every_pin_is_an_input_that_is_pulled_up():
    outside = Outside()
    assert outside.chip.i2c_read(1) == b"\xff"
    outside.low = {"P0", "P7"}
    assert outside.chip.i2c_read(2) == b"\x7e\x7e"
    assert all(outside.chip.drive(pin) == keymatrix.PULLED_UP for pin in PINS)


def test_a_pin_that_is_written_0_is_held_low_and_reads_so():
    outside = Outside()
    outside.chip.i2c_write(b"\xf0")
    assert [outside.chip.drive(pin) for pin in ("P3", "P4")] == [keymatrix.LOW, keymatrix.PULLED_UP]
    assert outside.chip.i2c_read(1) == b"\xf0" and outside.changes == 2
    outside.chip.power_on()
    assert outside.chip.i2c_read(1) == b"\xff"


def test_the_last_byte_of_a_write_stays():
    outside = Outside()
    outside.chip.i2c_write(b"\x00\x55")
    assert outside.chip.latch == 0x55 and outside.changes == 3


def test_the_interrupt_is_low_from_a_change_to_the_next_transfer_or_until_it_is_as_before():
    outside = Outside()
    chip = outside.chip
    assert chip.interrupt() == 1
    outside.low = {"P2"}
    assert chip.interrupt() == 0
    chip.i2c_read(1)
    assert chip.interrupt() == 1
    outside.low = set()
    assert chip.interrupt() == 0
    outside.low = {"P2"}
    assert chip.interrupt() == 1
    outside.low = {"P2", "P3"}
    chip.i2c_write(b"\xff")
    assert chip.interrupt() == 1
