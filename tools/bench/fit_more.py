"""PN532 on UART or I2C, keypad at a PCF8574, a slip printer: only boards wired that way load this."""

from chips import keymatrix


class _Serial:
    """The wire between machine.UART and the chip's serial port."""

    def __init__(self, chip):
        from chips.pn532_uart import Pn532Uart

        self.tick = chip.tick  # what is due by now is on the wire, also for a driver that never gives way
        self._front = Pn532Uart(chip, self._sent)
        self._host = None
        self._baud = 115200

    def _sent(self, data) -> None:
        if self._host:
            self._host(data)

    def uart_attach(self, receive, baud: int) -> None:
        self._host = receive
        self._baud = baud

    def uart_write(self, data) -> None:
        self._front.receive(data, self._baud)


class _TwoWire:
    """The wire between machine.I2C and the chip's I2C port."""

    def __init__(self, chip):
        from chips.pn532_i2c import Pn532I2c

        self._front = Pn532I2c(chip)

    def i2c_write(self, data) -> bool:
        return self._front.write(data) == len(data)

    def i2c_read(self, count: int):
        return self._front.read(count)

    def i2c_held(self) -> int:
        """Microseconds for which the chip held the clock in the transfer that was just made."""
        return self._front.held_us


def fit(world, chip, wires) -> None:
    """Put the chip on the bus that `wires` (its pin -> GPIO) shows."""
    if "RX" in wires:
        world.uart_chips[wires["RX"]] = _Serial(chip)  # its RX is our TX
    else:
        world.i2c_chips[(wires["SDA"], 0x24)] = _TwoWire(chip)


class _PrinterLine:
    """The wire between machine.UART and the printer."""

    def __init__(self, world, chinese: bool, baud: int):
        from chips.escpos_printer import EscposPrinter

        self.printer = EscposPrinter(world.now_us, world.schedule, self._sent, self._printed, chinese, baud)
        self._world = world
        self._host = None
        self._baud = baud

    def tick(self) -> None:
        """What is due comes by itself."""

    def _sent(self, data) -> None:
        if self._host:
            self._host(data)

    def _printed(self, item) -> None:
        event = dict(item)
        event["ev"] = "paper"
        self._world.send(event)

    def uart_attach(self, receive, baud: int) -> None:
        self._host = receive
        self._baud = baud

    def uart_write(self, data) -> None:
        self.printer.receive(data, self._baud)


def fit_printer(world, chinese: bool, baud: int) -> None:
    """Put a slip printer on the serial line that the wiring has for it."""
    wires = world.wires["printer"]
    line = world.uart_chips[wires["RX"]] = _PrinterLine(world, chinese, baud)
    world.printer = line.printer
    if "BUSY" in wires:
        world.sources[wires["BUSY"]] = line.printer.busy


def fit_expander(world, address: int) -> None:
    """Put a PCF8574 on the bus that the wiring has for it; what of the keypad hangs at its pins is joined there."""
    from chips.pcf8574 import Pcf8574

    keys, wires = world.keypad, world.wires["pcf8574"]
    joined = keys.rows + keys.columns

    def level(pin):
        return keys.level(pin, drive) if pin in joined else int(chip is None or chip.drive(pin) != keymatrix.LOW)

    drive = lambda pin: chip.drive(pin) if chip else keymatrix.PULLED_UP
    chip = None
    chip = Pcf8574(level, lambda: keys.moved(drive))
    world.i2c_chips[(wires["SDA"], address)] = chip
    if "INT" in wires:
        world.sources[wires["INT"]] = chip.interrupt
