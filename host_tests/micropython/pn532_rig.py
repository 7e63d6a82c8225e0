"""A PN532 model on a bus, with the pins and bus objects that the firmware's transports are given.

Everything runs on a clock of its own, with the chip's own times scaled down.
"""

import asyncio

from virtual_time import VirtualTime

from chips.iso14443 import Type4Target
from chips.pn532 import Pn532Chip
from chips.pn532_i2c import Pn532I2c
from chips.pn532_spi import Pn532Spi
from chips.pn532_uart import Pn532Uart
from taptill.drivers.pn532 import chip as driver
from taptill.drivers.pn532 import i2c, link, ready
from taptill.drivers.pn532.chip import Pn532
from taptill.drivers.pn532.i2c import I2cTransport
from taptill.drivers.pn532.spi import SpiTransport
from taptill.drivers.pn532.uart import UartTransport

_I2C_BYTE_US = 23
BUSES = ("spi", "spi-poll", "uart", "uart-fast", "i2c", "i2c-soft", "i2c-poll")


class App:
    """A card application: `answers` is a list of R-APDUs, or a function of the C-APDU."""

    def __init__(self, answers):
        self.answers = answers
        self.seen = []
        self.starts = 0
        self.cost_us = 500

    def activated(self):
        self.starts += 1

    def delay_us(self, capdu):
        return self.cost_us

    def transmit(self, capdu):
        self.seen.append(bytes(capdu))
        if callable(self.answers):
            return self.answers(capdu)
        return self.answers[len(self.seen) - 1]


def card(answers, **options):
    return Type4Target(App(answers), b"\x08\x11\x22\x33", **options)


class Irq:
    """The ESP32's end of P70_IRQ."""

    IRQ_FALLING = 2

    def __init__(self, chip):
        self._chip = chip
        self._handler = None
        chip.on_irq = self._level

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_FALLING
        self._handler = handler

    def value(self):
        return self._chip.irq

    def _level(self, level):
        if not level and self._handler:
            self._handler(self)


class Bus:
    """Counts bytes and transfers (from chip select or start to its end); `spoil` changes what is read."""

    def __init__(self):
        self.bytes = self.transfers = self.status_reads = 0
        self.spoil = None

    def clear(self):
        self.bytes = self.transfers = self.status_reads = 0


class SpiBus(Bus):
    def __init__(self, chip):
        super().__init__()
        self._spi = Pn532Spi(chip)

    def select(self, level):
        if level:
            self._spi.deselect()
        else:
            self._spi.select()
            self.transfers += 1

    def write(self, data):
        for byte in data:
            self._spi.xchg(byte)
        self.bytes += len(data)

    def readinto(self, buf, write=0):
        for at in range(len(buf)):
            buf[at] = self._spi.xchg(write)
        self.bytes += len(buf)
        if self.spoil:
            self.spoil(buf)

    def write_readinto(self, out, buf):
        assert len(out) == len(buf)
        for at in range(len(buf)):
            buf[at] = self._spi.xchg(out[at])
        self.bytes += len(buf)
        if out[0] == 2:
            self.status_reads += 1
        elif self.spoil:
            self.spoil(memoryview(buf)[1:])


class I2cBus(Bus):
    """Both the calls of machine.I2C and the primitives of machine.SoftI2C.  Its bytes take their time at 400 kHz."""

    def __init__(self, chip, clock):
        super().__init__()
        self._clock = clock
        self._i2c = Pn532I2c(chip)
        self._open = False

    def writeto(self, address, data):
        assert address == 0x24
        self.transfers += 1
        self.bytes += 1 + len(data)
        self._clock.pass_us(_I2C_BYTE_US * (1 + len(data)))
        if self._i2c.write(data) < 0:
            raise OSError(19)
        self._clock.pass_us(self._i2c.held_us)
        return len(data)

    def readfrom_into(self, address, buf):
        self.transfers += 1
        self.bytes += 1 + len(buf)
        data = self._i2c.read(len(buf))
        if data is None:
            raise OSError(19)
        self._clock.pass_us(self._i2c.held_us)
        buf[:] = data
        if self.spoil and len(buf) > 1:
            self.spoil(memoryview(buf)[1:])

    # SoftI2C.

    def start(self):
        assert not self._open
        self._open = True
        self._data = None
        self._at = 0
        self._refused = False
        self.transfers += 1

    def write(self, data):
        assert self._open and bytes(data) == b"\x49"
        self.bytes += 1
        data = self._i2c.read(320)
        if data is None:
            return 0
        self._data = data
        return 1

    def readinto(self, buf, nack):
        assert self._open and not self._refused
        self._refused = nack
        buf[:] = self._data[self._at : self._at + len(buf)]
        self._at += len(buf)
        self.bytes += len(buf)
        if self.spoil and len(buf) > 1:
            self.spoil(buf)

    def stop(self):
        # Letting go without refusing the last byte hangs the real bus.
        assert self._data is None or self._refused or self.spoil
        self._open = False


class Uart(Bus):
    def __init__(self, chip):
        super().__init__()
        self._input = bytearray()
        self._uart = Pn532Uart(chip, self._arrive)
        self._baud = 115200
        self._chip = chip

    def _arrive(self, data):
        data = bytearray(data)
        if self.spoil:
            self.spoil(data)
        if self._uart.baud != self._baud:
            for at in range(len(data)):
                data[at] ^= 0xA5
        self._input.extend(data)
        self.bytes += len(data)
        self.transfers += 1
        assert len(self._input) <= 1024

    def any(self):
        self._chip.tick()
        return len(self._input)

    def write(self, data):
        self.bytes += len(data)
        self.transfers += 1
        self._uart.receive(bytes(data), self._baud)

    def init(self, baudrate):
        self._baud = baudrate

    def readinto(self, buf):
        count = min(len(buf), len(self._input))
        buf[:count] = self._input[:count]
        self._input = self._input[count:]
        return count or None

    def read(self, count):
        data = bytes(self._input[:count])
        self._input = self._input[count:]
        return data


class Rig:
    """`chip` the model, `bus` what counts and spoils, `reader` the driver under test, `clock` the time that it is."""

    def __init__(self, clock, bus, scale=0.2, reset=True):
        self.clock = clock
        self.chip = chip = Pn532Chip(clock.ticks_us, self._schedule, scale)
        self.resets = 0
        irq = None
        if bus[:4] == "uart":
            self.bus = Uart(chip)
            transport = UartTransport(self.bus, 921600 if bus == "uart-fast" else 115200)
        elif bus[:3] == "spi":
            self.bus = SpiBus(chip)
            irq = None if bus == "spi-poll" else Irq(chip)
            transport = SpiTransport(self.bus, self.bus.select, irq)
        else:
            self.bus = I2cBus(chip, clock)
            irq = None if bus == "i2c-poll" else Irq(chip)
            transport = I2cTransport(self.bus, irq, bus == "i2c-soft")
        self.irq = irq
        self.transport = transport
        self.reader = Pn532(transport, self._reset if reset else None)
        self.commands = []
        chip.trace = self._trace

    def _trace(self, direction, payload):
        if direction == "in":
            self.commands.append(bytes(payload[1:]))

    def count(self, code):
        return len([command for command in self.commands if command[0] == code])

    def _reset(self, level):
        self.chip.reset_pin(level)
        if not level:
            self.resets += 1

    def _schedule(self, delay_us, action):
        async def later():
            await asyncio.sleep_ms((delay_us + 999) // 1000 + 1)  # late is allowed, early is not
            action()

        asyncio.create_task(later())


def rigs(body, buses=BUSES, **options):
    """Run `await body(rig)` for each bus in a loop of its own."""
    for bus in buses:
        with VirtualTime(driver, i2c, link, ready) as clock:
            rig = Rig(clock, bus, **options)
            try:
                asyncio.run(asyncio.wait_for(body(rig), 20))
            except Exception:
                print("on", bus)
                raise


async def fails(kind, coroutine):
    """The error of class `kind` that the coroutine must raise."""
    try:
        await coroutine
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__)
