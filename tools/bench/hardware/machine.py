"""MicroPython's `machine` for the ESP32, on the bench: the same calls over the models of bench/world.py.

Source: MicroPython documentation, "machine" and "Quick reference for the ESP32"; ports/esp32.
The rarer classes live in machine_more.py and are loaded when they are asked for.
"""

from chips import keymatrix

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5
# Of esp_reset_reason() the port makes (ports/esp32/modmachine.c, mp_machine_reset_cause); all others, SDIO among them, are 0.
OF_CHIP = {
    "POWERON": PWRON_RESET, "BROWNOUT": PWRON_RESET, "INT_WDT": WDT_RESET, "TASK_WDT": WDT_RESET, "WDT": WDT_RESET,
    "DEEPSLEEP": DEEPSLEEP_RESET, "SW": HARD_RESET, "PANIC": HARD_RESET, "EXT": HARD_RESET,
}  # fmt: skip

_world = None
_scratch = None  # the transfer that is under way: made once, so that the bus costs the firmware no heap


def attach(world) -> None:
    """Put the processor into a world (the bench does it before the firmware starts)."""
    global _world, _scratch
    _world = world
    _scratch = memoryview(bytearray(1100))


def _copied(buf, start: int = 0):
    """A copy of `buf`, behind `start` free bytes, in the scratch buffer if it fits."""
    size = start + len(buf)
    copy = _scratch[:size] if size <= len(_scratch) else memoryview(bytearray(size))
    copy[start:] = buf
    return copy


def world():
    """The world of this process."""
    return _world


def __getattr__(name: str):
    if name in ("PWM", "Signal", "UART", "WDT", "RTC", "Timer", "SoftSPI", "SoftI2C", "time_pulse_us"):
        import machine_more

        found = getattr(machine_more, name)
        globals()[name] = found
        return found
    raise AttributeError("machine has no " + name)


class _Pad:
    """State of one GPIO."""

    def __init__(self, gpio: int):
        self.gpio = gpio
        self.mode = Pin.IN
        self.pull = None
        self.out = 0
        self.handler = None
        self.trigger = 0
        self.seen = 1
        self.pin = None
        self.pulls = gpio not in _world.chip.inputs

    def drive(self) -> int:
        if self.mode == Pin.OUT:
            return keymatrix.HIGH if self.out else keymatrix.LOW
        if self.mode == Pin.OPEN_DRAIN and not self.out:
            return keymatrix.LOW
        if self.pulls:
            if self.pull == Pin.PULL_UP:
                return keymatrix.PULLED_UP
            if self.pull == Pin.PULL_DOWN:
                return keymatrix.PULLED_DOWN
        return keymatrix.FLOATING

    def edge(self, level: int) -> None:
        if level == self.seen:
            return
        self.seen = level
        if self.handler and self.trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            self.handler(self.pin)


class Pin:
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2
    DRIVE_0 = 0
    DRIVE_1 = 1
    DRIVE_2 = 2
    DRIVE_3 = 3

    def __init__(self, id, mode=-1, pull=-1, value=None, drive=None, hold=None):
        if isinstance(id, Pin):
            id = id.gpio
        if not isinstance(id, int) or id not in _world.chip.pins:
            raise ValueError("invalid pin")
        self.gpio = id
        pad = _world.pads.get(id)
        if not pad:
            pad = _world.pads[id] = _Pad(id)
        self._pad = pad
        if mode != -1 or pull != -1 or value is not None:
            self.init(mode, pull, value)

    def init(self, mode=-1, pull=-1, value=None, drive=None, hold=None):
        pad = self._pad
        if mode in (-1, Pin.IN):
            _not_flash(self.gpio)
        else:
            _output(self.gpio)
        if value is not None:
            pad.out = 1 if value else 0
        if mode != -1:
            pad.mode = mode
        if pull != -1:
            pad.pull = pull
        _world.driven(self.gpio)

    def value(self, value=None):
        pad = self._pad
        if value is None:
            return _world.level(pad.gpio)
        value = 1 if value else 0
        if value != pad.out:
            pad.out = value
            _world.driven(pad.gpio)

    __call__ = value  # the short way, as on the port: the keypad's look at its lines goes through here

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self._pad.out)

    def irq(self, handler=None, trigger=IRQ_FALLING | IRQ_RISING, wake=None, hard=False):
        pad = self._pad
        pad.pin = self
        pad.handler = handler
        pad.trigger = trigger
        pad.seen = int(_world.level(pad.gpio))
        return self

    def __repr__(self):
        return "Pin(%d)" % self.gpio


def _not_flash(gpio: int) -> None:
    """The port takes a pin that leads to the flash, and then the processor has no program any more: the watchdog ends it."""
    if gpio in _world.chip.flash:
        _world.reset(OF_CHIP["WDT"], "GPIO %d leads to the flash" % gpio)


def _output(gpio: int) -> int:
    """A pin that is to be driven.  Raises ValueError for one that cannot be."""
    _not_flash(gpio)
    if gpio in _world.chip.inputs:
        raise ValueError("pin can only be input")
    return gpio


_REVERSED = b"\x00\x08\x04\x0c\x02\x0a\x06\x0e\x01\x09\x05\x0d\x03\x0b\x07\x0f"


def _mirror(data):
    for at in range(len(data)):
        byte = data[at]
        data[at] = _REVERSED[byte & 15] << 4 | _REVERSED[byte >> 4]


class SPI:
    MSB = 0
    LSB = 1

    def __init__(self, id=-1, baudrate=500000, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        if id not in (1, 2):
            raise ValueError("SPI(%s) doesn't exist" % id)
        self._set_up(baudrate, polarity, phase, bits, firstbit, sck, mosi, miso)

    def _set_up(self, baudrate, polarity, phase, bits, firstbit, sck, mosi, miso):
        if baudrate is not None:
            self.baudrate = min(baudrate, 80_000_000)
        if polarity is not None:
            self.mode = (polarity, phase)
        if bits not in (None, 8):
            raise ValueError("bits must be 8 on the bench")
        if firstbit is not None:
            self.firstbit = firstbit
        if sck is not None:
            self._sck = _output(Pin(sck).gpio)
            self._mosi = _output(Pin(mosi).gpio) if mosi is not None else -1
            self._miso = Pin(miso).gpio if miso is not None else -1

    def init(self, baudrate=None, polarity=None, phase=None, bits=None, firstbit=None, sck=None, mosi=None, miso=None):
        self._set_up(baudrate, polarity, phase, bits, firstbit, sck, mosi, miso)

    def deinit(self):
        self._sck = -1

    def write(self, buf):
        self._transfer(_copied(buf))

    def read(self, nbytes, write=0):
        data = bytearray(bytes([write]) * nbytes)
        self._transfer(data)
        return bytes(data)

    def readinto(self, buf, write=0):
        for at in range(len(buf)):
            buf[at] = write
        self._transfer(buf)

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        read_buf[:] = write_buf
        self._transfer(read_buf)

    def _transfer(self, data):
        """Bytes out of MOSI, in place replaced by those on MISO; silence is FF."""
        _world.count("spi", len(data), len(data) * 8_000_000 // self.baudrate)
        talked = False
        for sck, select, chip, lsb_first in _world.spi_chips:
            if sck != self._sck or _world.drive(select) != keymatrix.LOW:
                continue
            turn = lsb_first != (self.firstbit == SPI.LSB)
            if turn:
                _mirror(data)
            if self.mode == (0, 0) and self.baudrate <= 5_000_000:
                for at in range(len(data)):
                    data[at] = chip.xchg(data[at])
            else:  # outside what the chip can follow: rubbish
                for at in range(len(data)):
                    data[at] = chip.xchg(data[at] >> 1) >> 1
            if turn:
                _mirror(data)
            talked = True
        if not talked:
            for at in range(len(data)):
                data[at] = 0xFF


class I2C:
    def __init__(self, id=-1, scl=None, sda=None, freq=400000, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C(%s) doesn't exist" % id)
        self._set_up(scl, sda, freq)
        self.timeout = timeout

    def _set_up(self, scl, sda, freq):
        if sda is None or scl is None:
            raise ValueError("sda and scl must be named on the bench")  # the port's own differ from board to board
        self._sda = _output(Pin(sda).gpio)
        _output(Pin(scl).gpio)
        self.freq = freq

    def init(self, scl=None, sda=None, freq=400000):
        self._set_up(scl, sda, freq)

    def deinit(self):
        self._sda = -1

    def _chip(self, address, size):
        _world.count("i2c", size + 1, (size + 1) * 9_000_000 // self.freq)
        chip = _world.i2c_chips.get((self._sda, address))
        if chip is None or self.freq > getattr(chip, "fastest", self.freq):
            raise OSError(19)  # ENODEV: nobody acknowledges
        return chip

    def scan(self):
        return sorted(address for sda, address in _world.i2c_chips if sda == self._sda)

    def writeto(self, addr, buf, stop=True):
        chip = self._chip(addr, len(buf))
        if chip.i2c_write(buf) is False:
            raise OSError(19)
        self._stretched(chip)
        return len(buf)

    def _stretched(self, chip):
        """Wait while the chip holds the clock; longer than `timeout` microseconds is an error, as on the chip."""
        held = getattr(chip, "i2c_held", None)
        us = held() if held else 0
        if us:
            import time

            time.sleep_us(us)
            if us > self.timeout:
                raise OSError(116)  # ETIMEDOUT

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join([bytes(part) for part in vector]), stop)

    def readfrom(self, addr, nbytes, stop=True):
        chip = self._chip(addr, nbytes)
        data = chip.i2c_read(nbytes)
        if data is None:
            raise OSError(19)
        self._stretched(chip)
        return bytes(data)

    def readfrom_into(self, addr, buf, stop=True):
        buf[:] = self.readfrom(addr, len(buf), stop)

    def _address(self, memaddr, addrsize):
        return memaddr.to_bytes(addrsize // 8, "big")

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        head = self._address(memaddr, addrsize)
        message = _copied(buf, len(head))
        message[: len(head)] = head
        self.writeto(addr, message)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        self.writeto(addr, self._address(memaddr, addrsize), False)
        return self.readfrom(addr, nbytes)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        buf[:] = self.readfrom_mem(addr, memaddr, len(buf), addrsize=addrsize)


def reset():
    _world.reset(OF_CHIP["SW"], "reset")  # esp_restart()


def soft_reset():
    _world.reset(SOFT_RESET, "soft reset")


def reset_cause() -> int:
    return _world.reset_cause


def unique_id() -> bytes:
    return b"\x24\x6f\x28\x00\x00\x01"


def freq(value=None):
    if value is None:
        return 160_000_000


def disable_irq() -> int:
    return 0  # handlers run between two bytecodes of the one loop: nothing to hold back


def enable_irq(state) -> None:
    """Counterpart of disable_irq()."""


def idle() -> None:
    """Nothing to save on the bench."""


def lightsleep(time_ms=0):
    import time

    time.sleep_ms(time_ms)
