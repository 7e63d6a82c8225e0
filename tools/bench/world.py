"""What surrounds the processor on the bench: which chip sits on which pin and bus.

The wires come from the board's own table (`board.WIRING`).  The replaced hardware modules (machine,
network, esp32) ask the one World for levels, transfers and time; the models stay unaware of them.
"""

import time

from chip import Chip

from chips import cut as cuts
from chips import keymatrix

# Pins of parts that rest high before anybody drives them: the modules' pull-ups, a serial line.
_REST_HIGH = ("SDA", "SCL", "TX")


class World:
    """`send(event)` takes a dictionary for the supervisor; `wait_for_the_end()` never returns.

    Parts are fitted by `fit_…`, only those that the wiring has.
    """

    def __init__(self, wiring: str, send, wait_for_the_end, chip: "Chip | None" = None):
        self.chip = chip or Chip()
        self.wires = {}  # part -> {its pin: GPIO, or "P0" … "P7" of a PCF8574}
        for line in wiring.split("\n"):
            words = line.split()
            if words:
                place = words[2] if words[2][0] == "P" else int(words[2])
                self.wires.setdefault(words[0], {})[words[1]] = place
        self.send = send
        self.wait_for_the_end = wait_for_the_end
        self.cut = cuts.Cut()
        self.dead = False
        self.pads = {}  # GPIO -> machine's pad
        self.sources = {}  # GPIO -> function giving the level that a chip drives
        self.sinks = {}  # GPIO -> function told the level that a pin drives
        self.spi_chips = []  # (SCK, NSS, chip, least significant bit first)
        self.i2c_chips = {}  # (SDA, address) -> chip
        self.uart_chips = {}  # TX -> chip
        self.keypad = None
        self._keypad_lines = ()
        self._drive = self.drive  # bound once: a look at a pin costs the heap nothing
        self.oled = None
        self.pn532 = None
        self.printer = None
        self.buzzer_pin = self.wires.get("buzzer", {}).get("IO", -1)
        self.station = None
        self.lan = None
        self.route = 0  # port of this computer to which the access point leads every connection; 0: as asked for
        self.state_dir = "."
        self.trace = ""
        self.memory = None  # memory.Memory
        self.watchdog = None  # machine's, once it has begun
        self.reset_cause = 1
        self.partitions = ()  # as Chip.partitions has those of this image
        self.flash = None  # chips.flash.Flash of the one that is called "vfs"
        self.slots = None  # chips.slots.Slots of an image that has them
        self.rtc_memory = b""
        self.bus_bytes = {"spi": 0, "i2c": 0, "uart": 0}
        self.bus_transfers = {"spi": 0, "i2c": 0, "uart": 0}
        self.bus_us = {"spi": 0, "i2c": 0, "uart": 0}
        self.last_look = None  # called before a restart: the panel keeps its picture through it

    def traced(self, what: str) -> bool:
        """Is this kind of event asked for?"""
        return what in self.trace

    # time -----------------------------------------------------------------------------------

    now_us = staticmethod(time.ticks_us)
    now_ms = staticmethod(time.ticks_ms)

    def at(self, delay_ms: int, action) -> None:
        """Call `action()` in `delay_ms` from the running asyncio loop."""
        import asyncio

        asyncio.create_task(_wait_and_do(delay_ms, action))

    # pins -----------------------------------------------------------------------------------

    def drive(self, gpio: int) -> int:
        """What the pin on a line does, in the words of chips.keymatrix."""
        pad = self.pads.get(gpio)
        return pad.drive() if pad else keymatrix.FLOATING

    def level(self, gpio: int) -> int:
        """Level (0 or 1) that a pin sees now."""
        source = self.sources.get(gpio)
        if source:
            return source()
        if gpio in self._keypad_lines:
            return self.keypad.level(gpio, self._drive)
        return 1 if self.drive(gpio) in (keymatrix.HIGH, keymatrix.PULLED_UP) else 0

    def driven(self, gpio: int) -> None:
        """A pad's output changed."""
        sink = self.sinks.get(gpio)
        if sink:
            sink(self.level(gpio))
        elif gpio in self._keypad_lines:
            self.keypad.moved(self._drive)
            self.look(self.keypad.columns)

    def held(self, gpio: int) -> "int | None":
        """Level at which a part holds a line when nothing of the chip drives it; None when none does."""
        for pins in self.wires.values():
            for pin in _REST_HIGH:
                if pins.get(pin) == gpio:
                    return 1
        source = self.sources.get(gpio)
        return source() if source else None

    def look(self, gpios) -> None:
        """Levels of these lines may have changed: give the interrupts that are due."""
        for gpio in gpios:
            pad = self.pads.get(gpio)
            if pad and pad.handler:
                pad.edge(self.level(gpio))

    # parts ----------------------------------------------------------------------------------

    def fit_keypad(self, layout: str, bounce_us: int = 4000, rise_us: int = 0, address: int = 0) -> None:
        """The keys at pins of the chip, or at the PCF8574 that has this address."""
        wires = self.wires["keypad"]
        rows = [wires[name] for name in sorted(wires) if name[0] == "R"]
        columns = [wires[name] for name in sorted(wires) if name[0] == "C"]
        self.keypad = keymatrix.KeyMatrix(rows, columns, layout, self.now_us, bounce_us, rise_us)
        if "pcf8574" in self.wires:
            import fit_more

            fit_more.fit_expander(self, address)
        else:
            self._keypad_lines = tuple(rows + columns)

    def key(self, key: str, down: bool) -> None:
        """A finger on a key, or off it; the interrupts of the columns come now and when the bouncing is over."""
        if down:
            self.keypad.press(key)
        else:
            self.keypad.release(key)
        look = lambda: self.look(self.keypad.columns)
        look()
        self.at(self.keypad.bounce_us // 1000 + 1, look)

    def fit_oled(self, address: int, on_change, height: int = 64) -> None:
        from chips.ssd1306 import Ssd1306

        self.oled = Ssd1306(on_change, height)
        self.i2c_chips[(self.wires["oled"]["SDA"], address)] = self.oled

    def fit_pn532(self, scale: float = 1.0) -> None:
        """The reader chip on the bus that the wiring has for it: SPI (NSS), UART (TX, RX) or I2C (SDA)."""
        from chips.pn532 import Pn532Chip

        wires = self.wires["pn532"]
        self.pn532 = chip = Pn532Chip(self.now_us, self.schedule, scale)
        if "NSS" in wires:
            from chips.pn532_spi import Pn532Spi

            front = Pn532Spi(chip)
            self.spi_chips.append((wires["SCK"], wires["NSS"], front, True))
            self.sinks[wires["NSS"]] = lambda level: front.deselect() if level else front.select()
        else:
            import fit_more

            fit_more.fit(self, chip, wires)
        if "IRQ" in wires:
            self.sources[wires["IRQ"]] = lambda: chip.irq
            chip.on_irq = lambda level: self.look((wires["IRQ"],))
        if "RSTPDN" in wires:
            self.sinks[wires["RSTPDN"]] = chip.reset_pin
        if self.traced("apdu"):
            from apdu_trace import ApduTrace

            chip.trace = ApduTrace(self.send)

    def schedule(self, delay_us: int, action) -> None:
        """Call `action()` in so many microseconds."""
        # Late is allowed, early is not: a tick of the clock may be nearly over when the waiting begins.
        self.at((delay_us + 999) // 1000 + 1, action)

    # buses ----------------------------------------------------------------------------------

    def count(self, bus: str, size: int, us: int) -> None:
        self.bus_bytes[bus] += size
        self.bus_transfers[bus] += 1
        self.bus_us[bus] += us
        if "bus" in self.trace:
            self.send({"ev": "bus", "bus": bus, "bytes": size})

    # the end --------------------------------------------------------------------------------

    def step(self, kind: str) -> int:
        """Count one step of `kind` towards the armed power cut."""
        return self.cut.step(kind)

    def power_cut(self, why: str = "cut") -> None:
        """The power is gone, the printer's too: tell the supervisor and never run again."""
        if self.printer and not self.dead:
            self.printer.power_off()
        self.stop({"ev": "power", "on": False, "why": why})

    def reset(self, cause: int, why: str) -> None:
        """The processor restarts; the supervisor does it by starting a new process."""
        if self.memory:
            self.memory.end()
        if self.last_look and not self.dead:
            self.last_look()
        self.stop({"ev": "power", "on": False, "why": why, "restart": cause})

    def aborted(self, why: str) -> None:
        """ESP-IDF's abort(): a panic, after which the processor restarts."""
        from machine import OF_CHIP

        self.reset(OF_CHIP["PANIC"], why)

    def stop(self, event) -> None:
        if not self.dead:
            self.dead = True
            self.send(event)
        self.wait_for_the_end()


async def _wait_and_do(delay_ms: int, action):
    await time.exactly_ms(delay_ms)
    action()
