"""More of the bench's `machine`, loaded when first used: PWM, Signal, UART, WDT, RTC, Timer and soft buses."""

import io
import time

import machine
from machine import I2C, SPI, Pin

# Requests to a stream, and the flags of one of them (MicroPython, py/stream.h).
_POLL = 3
_POLLIN = 1
_POLLOUT = 4
_RTC_MEMORY = 2048


class PWM:
    """Only the buzzer's pin is listened to: its tone goes out as {"ev": "buzzer"}."""

    def __init__(self, pin, freq=5000, duty_u16=None, duty=None, duty_ns=None):
        self._gpio = Pin(pin, Pin.OUT).gpio
        self._freq = freq
        self._duty = 32768 if duty_u16 is None else duty_u16
        self._tone = 0
        self._began = 0
        self._sound()

    def init(self, freq=None, duty_u16=None):
        if freq is not None:
            self._freq = freq
        if duty_u16 is not None:
            self._duty = duty_u16
        self._sound()

    def freq(self, value=None):
        if value is None:
            return self._freq
        if value < 1 or value > 40_000_000:
            raise ValueError("frequency must be from 1Hz to 40MHz")
        self._freq = value
        self._sound()

    def duty_u16(self, value=None):
        if value is None:
            return self._duty
        self._duty = min(65535, max(0, value))
        self._sound()

    def duty(self, value=None):
        if value is None:
            return self._duty >> 6
        self.duty_u16(value << 6)

    def deinit(self):
        self._duty = 0
        self._sound()

    def _sound(self):
        """Tell a tone when it has ended: its length is known then."""
        tone = self._freq if 0 < self._duty < 65535 else 0
        if tone == self._tone or self._gpio != machine.world().buzzer_pin:
            return
        now = machine.world().now_ms()
        if self._tone:
            machine.world().send({"ev": "buzzer", "hz": self._tone, "ms": time.ticks_diff(now, self._began)})
        self._tone = tone
        self._began = now


class Signal:
    """A pin with a sense, as machine.Signal."""

    def __init__(self, pin, invert=False):
        self._pin = pin
        self._invert = bool(invert)

    def value(self, value=None):
        if value is None:
            return self._pin.value() ^ self._invert
        self._pin.value(bool(value) ^ self._invert)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


class SoftSPI(SPI):
    def __init__(self, baudrate=500000, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        if firstbit != SPI.MSB:
            raise ValueError("firstbit must be MSB")
        self._set_up(baudrate, polarity, phase, bits, firstbit, sck, mosi, miso)


class SoftI2C(I2C):
    """With the primitive operations of the soft bus: start, write and readinto byte by byte, stop."""

    def __init__(self, scl, sda, freq=400000, timeout=50000):
        self._set_up(scl, sda, freq)
        self.timeout = timeout
        self._address = None  # of the transfer under way, with its R/W bit
        self._moved = bytearray()  # written so far
        self._answer = None  # what the addressed chip says, and how far it was read
        self._at = 0

    def start(self):
        self._finish()
        machine.world().count("i2c", 0, 0)

    def stop(self):
        self._finish()

    def _finish(self):
        """A write reaches the chip as a whole, at its end."""
        if self._address is not None and not self._address & 1:
            chip = machine.world().i2c_chips[(self._sda, self._address >> 1)]
            chip.i2c_write(self._moved)
            self._stretched(chip)
        self._address = self._answer = None
        self._moved = bytearray()

    def _clocked(self, count):
        world = machine.world()
        world.bus_bytes["i2c"] += count
        world.bus_us["i2c"] += count * 9_000_000 // self.freq

    def write(self, buf):
        """Bytes that were acknowledged; the first one after start() is the address."""
        self._clocked(len(buf))
        data = bytes(buf)
        acknowledged = 0
        if self._address is None and data:
            chip = machine.world().i2c_chips.get((self._sda, data[0] >> 1))
            if chip is None:
                return 0
            if data[0] & 1:
                self._answer = chip.i2c_read(320)
                self._at = 0
                if self._answer is None:
                    return 0
                self._stretched(chip)
            self._address = data[0]
            data = data[1:]
            acknowledged = 1
        self._moved.extend(data)
        return acknowledged + len(data)

    def readinto(self, buf, nack=True):
        self._clocked(len(buf))
        part = (self._answer or b"")[self._at : self._at + len(buf)]
        buf[:] = part + b"\xff" * (len(buf) - len(part))
        self._at += len(buf)


class UART(io.IOBase):
    """A serial port; `rxbuf` bytes are kept, what comes on top is lost as on the chip.

    It is a stream for asyncio: reading waits until the chip on the other side has sent something.
    """

    INV_TX = 0x24
    INV_RX = 0x09
    IRQ_RX = 1
    IRQ_BREAK = 2
    IRQ_RXIDLE = 4096

    def __init__(self, id, baudrate=115200, **options):
        if id not in (0, 1, 2):
            raise ValueError("UART(%d) does not exist" % id)
        self._input = bytearray()
        self._rxbuf = 256
        self.lost = 0
        self._timeout = 0
        self._chip = None
        self._handler = None
        self.init(baudrate, **options)

    def init(
        self,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        tx=None,
        rx=None,
        rxbuf=None,
        txbuf=None,
        timeout=None,
        timeout_char=None,
        flow=0,
        invert=0,
    ):
        self.baudrate = baudrate
        if rxbuf is not None:
            if rxbuf <= 128:
                raise ValueError("rxbuf must be above 128")
            self._rxbuf = rxbuf
        if timeout is not None:
            self._timeout = timeout
        if tx is not None:
            self._chip = machine.world().uart_chips.get(Pin(tx).gpio)
            if self._chip:
                self._chip.uart_attach(self._receive, self.baudrate)
        elif self._chip:
            self._chip.uart_attach(self._receive, self.baudrate)

    def _receive(self, data):
        machine.world().count("uart", len(data), len(data) * 10_000_000 // self.baudrate)
        room = self._rxbuf - len(self._input)
        if len(data) > room:
            self.lost += len(data) - room
            data = data[:room]
        self._input.extend(data)
        if self._handler:
            self._handler(self)

    def irq(self, handler=None, trigger=0, hard=False):
        """A chip's frame comes in one piece: received and idle again are the same moment here."""
        if trigger & ~(UART.IRQ_RX | UART.IRQ_RXIDLE | UART.IRQ_BREAK):
            raise ValueError("trigger 0x%04x unsupported" % trigger)
        self._handler = handler if trigger & (UART.IRQ_RX | UART.IRQ_RXIDLE) else None
        return self

    def deinit(self):
        self._chip = None

    def any(self):
        if self._chip:
            self._chip.tick()
        return len(self._input)

    def _take(self, count):
        end = time.ticks_add(time.ticks_ms(), self._timeout)
        while self.any() < count and time.ticks_diff(end, time.ticks_ms()) > 0:
            time.sleep_ms(1)
        data = bytes(self._input[:count])
        self._input = self._input[len(data) :]
        return data

    def read(self, nbytes=-1):
        data = self._take(self.any() if nbytes is None or nbytes < 0 else nbytes)
        return data or None

    def readinto(self, buf, nbytes=None):
        data = self._take(len(buf) if nbytes is None else min(nbytes, len(buf)))
        buf[: len(data)] = data
        return len(data) or None

    def readline(self):
        end = self._input.find(b"\n")
        return self._take(end + 1) if end >= 0 else self.read()

    def write(self, buf):
        machine.world().count("uart", len(buf), len(buf) * 10_000_000 // self.baudrate)
        if self._chip:
            self._chip.uart_write(bytes(buf))
        return len(buf)

    def ioctl(self, request, flags):
        """What select.poll asks of a stream: may be read, may be written."""
        if request == _POLL:
            return flags & (_POLLOUT | (_POLLIN if self.any() else 0))
        return 0

    def flush(self):
        """The model takes every byte at once."""

    def txdone(self):
        return True


def WDT(id=0, timeout=5000):
    """The one watchdog that there is (ports/esp32/machine_wdt.c): asked for again, it has another patience."""
    if id != 0:
        raise ValueError
    if timeout < 1:
        raise ValueError("WDT timeout too short")
    world = machine.world()
    if world.watchdog is None:
        world.watchdog = _Watchdog(world, timeout)
    else:
        world.watchdog.begin(timeout)
    return world.watchdog


class _Watchdog:
    """Once begun it cannot be stopped, and when it is not fed the processor is reset."""

    def __init__(self, world, timeout: int):
        self._world = world
        self.begin(timeout)
        self._watch()

    def begin(self, timeout: int) -> None:
        self._timeout = timeout
        self._fed = time.ticks_ms()
        self._world.send({"ev": "wdt", "ms": timeout})

    def _watch(self):
        left = self._timeout - time.ticks_diff(time.ticks_ms(), self._fed)
        if left <= 0:
            self._world.reset(machine.OF_CHIP["TASK_WDT"], "watchdog")
        self._world.send({"ev": "alive"})
        self._world.at(min(left, self._timeout // 2) + 1, self._watch)

    def feed(self):
        self._fed = time.ticks_ms()


class RTC:
    """The calendar that time.time() shows; (year, month, day, weekday, hour, minute, second, microsecond).

    Calendar and memory live through every reset and are gone with the power (ports/esp32/machine_rtc.c: RTC_NOINIT_ATTR);
    so each change is told to the supervisor, who hands both to the next life.
    """

    def __init__(self, id=0):
        pass

    def datetime(self, value=None):
        if value is None:
            y, m, d, hh, mm, ss, weekday, _ = time.gmtime()
            return (y, m, d, weekday, hh, mm, ss, 0)
        y, m, d, _, hh, mm, ss, _ = value
        time.set_time(time.mktime((y, m, d, hh, mm, ss, 0, 0)))
        self._tell()

    def init(self, value):
        self.datetime(value)

    def memory(self, data=None):
        world = machine.world()
        if data is None:
            return world.rtc_memory
        if len(data) > _RTC_MEMORY:
            raise ValueError("buffer too long")
        world.rtc_memory = bytes(data)
        self._tell()

    def _tell(self):
        world = machine.world()
        world.send({"ev": "rtc", "offset": time.offset(), "memory": world.rtc_memory.hex()})


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id, **options):
        self._turn = 0
        if options:
            self.init(**options)

    def init(self, mode=PERIODIC, period=-1, callback=None, freq=0, hard=False):
        self._turn += 1
        self._period = 1000 // freq if freq else period
        self._mode = mode
        self._callback = callback
        self._arm(self._turn)

    def _arm(self, turn):
        def due():
            if turn != self._turn:
                return
            if self._mode == Timer.PERIODIC:
                self._arm(turn)
            self._callback(self)

        machine.world().at(self._period, due)

    def deinit(self):
        self._turn += 1


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    """Length of the next pulse, -2 when it did not begin in time, -1 when it did not end."""
    start = time.ticks_us()
    while pin.value() != pulse_level:
        if time.ticks_diff(time.ticks_us(), start) > timeout_us:
            return -2
    start = time.ticks_us()
    while pin.value() == pulse_level:
        if time.ticks_diff(time.ticks_us(), start) > timeout_us:
            return -1
    return time.ticks_diff(time.ticks_us(), start)
