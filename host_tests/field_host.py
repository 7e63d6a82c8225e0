"""A computer with a PN532 model on one of its buses, for other people's drivers: what they import is here, they are unchanged.

CircuitPython's `digitalio`, `busio` and `micropython`; Linux's `/dev/ttyS0` (pyserial), `/dev/spidev0.0` (spidev) and
`/dev/i2c-1` (ioctl); and the clock.  Time passes only where a driver sleeps, waits or uses a bus, so nothing hangs on how
fast this computer is.
"""

import contextlib
import errno
import sys
import types

from chip_bench import VirtualClock

from chips.pn532 import Pn532Chip
from chips.pn532_i2c import ADDRESS, Pn532I2c
from chips.pn532_spi import Pn532Spi, reversed_bits
from chips.pn532_uart import Pn532Uart

CALL_US = 400  # Python and the kernel around one use of a bus, on a Raspberry Pi
BUSES = ("spi", "i2c", "uart")


class Host:
    """`chip` on `bus`; `reset` tells whether a wire goes to RSTPDN.  The power has been on for a while."""

    def __init__(self, bus: str, reset: bool):
        self.clock = VirtualClock()
        self.chip = Pn532Chip(self.clock.now_us, self.clock.schedule)
        self.commands: list = []
        self.chip.trace = lambda way, payload: self.commands.append(bytes(payload[1:])) if way == "in" else None
        self.heard = bytearray()
        self.baud = 115200
        self.front = {
            "spi": lambda: Pn532Spi(self.chip),
            "i2c": lambda: Pn532I2c(self.chip),
            "uart": lambda: Pn532Uart(self.chip, self._arrives),
        }[bus]()
        self.reset = DigitalInOut(self.chip.reset_pin) if reset else None
        self.clock.sleep_us(500_000)

    # The clock, in the shape of the module `time`.

    def sleep(self, seconds: float) -> None:
        self.clock.sleep_us(max(1, int(seconds * 1_000_000)))

    def monotonic(self) -> float:
        self.clock.sleep_us(1)  # a loop that only looks at the clock ends too
        return self.clock.now / 1_000_000

    time = monotonic

    def busy(self, count: int, rate: int) -> None:
        """A transfer of `count` bytes, with what the computer itself takes for it."""
        self.clock.sleep_us(CALL_US + count * 9_000_000 // rate)

    # The buses.

    def shift(self, out, rate: int) -> bytes:
        """Bytes over SPI, while the chip is selected, most significant bit first as all these masters do it."""
        answer = bytearray()
        for byte in out:
            self.clock.sleep_us(max(1, 8_000_000 // rate))
            answer.append(reversed_bits(self.front.xchg(reversed_bits(byte))))
        return bytes(answer)

    def selected(self, out, rate: int) -> bytes:
        self.busy(0, rate)
        self.front.select()
        answer = self.shift(out, rate)
        self.front.deselect()
        return answer

    def i2c_write(self, address: int, data) -> None:
        self.busy(1 + len(data), 100_000)
        if address != ADDRESS or self.front.write(bytes(data)) != len(data):
            raise OSError(errno.EIO, "no acknowledge")
        self.clock.sleep_us(self.front.held_us)

    def i2c_read(self, address: int, count: int) -> bytes:
        data = self.front.read(count) if address == ADDRESS else None
        held = self.front.held_us
        self.busy(1 + count, 100_000)
        self.clock.sleep_us(held)
        if data is None:
            raise OSError(errno.EIO, "no acknowledge")
        return data

    def _arrives(self, data) -> None:
        spoiled = self.front.baud != self.baud
        self.heard.extend(bytes(byte ^ 0xA5 for byte in data) if spoiled else data)

    def serial_write(self, data) -> None:
        self.front.receive(bytes(data), self.baud)
        self.busy(0, self.baud)

    def serial_read(self, count: int, timeout_s: float) -> bytes:
        end = self.clock.now + int(timeout_s * 1_000_000)
        while len(self.heard) < count and self.clock.now < end:
            self.clock.sleep_us(50)
        data = bytes(self.heard[:count])
        del self.heard[:count]
        return data


# CircuitPython.


class Direction:
    INPUT, OUTPUT = "in", "out"


class DigitalInOut:
    """A pin that tells `sink(level)` what it drives."""

    def __init__(self, sink):
        self._sink, self._value, self.direction = sink, True, Direction.INPUT

    def switch_to_output(self, value: bool = False) -> None:
        self.direction = Direction.OUTPUT
        self.value = value

    @property
    def value(self) -> bool:
        return self._value

    @value.setter
    def value(self, level: bool) -> None:
        self._value = level
        if self.direction == Direction.OUTPUT:
            self._sink(1 if level else 0)


class _Bus:
    def __init__(self, host: Host):
        self.host, self._locked = host, False

    def try_lock(self) -> bool:
        was, self._locked = self._locked, True
        return not was

    def unlock(self) -> None:
        self._locked = False


class CircuitSpi(_Bus):
    def configure(self, baudrate: int, polarity: int, phase: int) -> None:
        assert (polarity, phase) == (0, 0) and baudrate <= 5_000_000
        self._rate = baudrate

    def select(self, level: int) -> None:
        self.host.busy(0, self._rate if hasattr(self, "_rate") else 100_000)
        (self.host.front.deselect if level else self.host.front.select)()

    def write(self, data) -> None:
        self.host.shift(data, self._rate)

    def write_readinto(self, out, into) -> None:
        into[:] = self.host.shift(bytes(out), self._rate)


class CircuitI2c(_Bus):
    def writeto(self, address: int, data, start: int = 0, end=None) -> None:
        self.host.i2c_write(address, bytes(data)[start:end])

    def readfrom_into(self, address: int, into, start: int = 0, end=None) -> None:
        part = memoryview(into)[start:end]
        part[:] = self.host.i2c_read(address, len(part))


class CircuitUart:
    def __init__(self, host: Host, timeout: float = 0.1):
        self.host, self._timeout = host, timeout

    @property
    def in_waiting(self) -> int:
        return len(self.host.heard)

    def reset_input_buffer(self) -> None:
        self.host.heard.clear()

    def write(self, data) -> None:
        self.host.serial_write(data)

    def read(self, count: int) -> bytes:
        return self.host.serial_read(count, self._timeout)


# Linux.


class Serial:
    """pyserial's port; `host` is set on a subclass."""

    host: Host

    def __init__(self, port: str = "", baudrate: int = 9600, timeout: float = 0):
        self.port, self.timeout = port, timeout
        self.baudrate = baudrate

    @property
    def baudrate(self) -> int:
        return self.host.baud

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        self.host.baud = value

    def open(self) -> None:
        self.host.heard.clear()

    close = flushInput = flushOutput = open

    def inWaiting(self) -> int:
        return len(self.host.heard)

    def read(self, count: int = 1) -> bytes:
        return self.host.serial_read(count, self.timeout)

    def write(self, data) -> None:
        self.host.serial_write(data)


class SpiDev:
    """spidev's device: chip select is low for the length of one call."""

    host: Host
    mode, cshigh, max_speed_hz = 0, False, 500_000

    def open(self, bus: int, device: int) -> None:
        assert (bus, device) == (0, 0)

    def xfer2(self, data: list) -> list:
        assert self.mode == 0 and self.max_speed_hz <= 5_000_000
        return list(self.host.selected(data, self.max_speed_hz))

    def writebytes(self, data: list) -> None:
        self.xfer2(data)

    def readbytes(self, count: int) -> list:
        return self.xfer2([0] * count)


def i2c_ioctl(host: Host):
    """The kernel's I2C_RDWR on a file that `open` gave: reads and writes of one transaction."""

    def ioctl(fd: int, request: int, argument) -> None:
        assert (fd, request) == (7, 0x0707)
        for at in range(argument.nmsgs):
            message = argument.msgs[at]
            if message.flags & 1:
                for place, byte in enumerate(host.i2c_read(message.addr, message.len)):
                    message.buf[place] = bytes((byte,))
            else:
                host.i2c_write(message.addr, message.buf[: message.len])

    return ioctl


@contextlib.contextmanager
def importing(**modules):
    """While a driver is imported these modules are there, whatever this computer has by their names."""
    before = {name: sys.modules.get(name) for name in modules}
    for name, names in modules.items():
        module = types.ModuleType(name)
        module.__dict__.update(names)
        sys.modules[name] = module
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def on_our_clock(monkeypatch, host: Host, package: str) -> None:
    """Every loaded module of the driver that knows `time` is given the host's."""
    import time

    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == package and getattr(module, "time", None) is time:
            monkeypatch.setattr(module, "time", host)
