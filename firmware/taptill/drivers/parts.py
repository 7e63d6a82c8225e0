"""The parts of a terminal as machine objects, on the pins of a board's wiring table: the same for every board.

The table says which bus a part hangs on: the PN532 on SPI, UART or I2C, the keypad at pins of the chip or of a PCF8574
(boards/README.md).
"""

from machine import I2C, PWM, SPI, UART, Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import network

    from .keypad import Lines
    from .printer import Printer


_PN532_BAUD = 921600  # a tap takes 12 ms of line, and 97 at the 115,200 with which the chip begins
_UART = 1  # 0 is the serial console
_UART_PRINTER = 2
_EXPANDER_HZ = 100_000  # the most that a PCF8574 follows, and so everything on its bus


class Parts:
    """`wiring` has one line a wire, as `part pin GPIO direction`, or `part pin P0 direction` for a pin of the PCF8574.

    `spi_bus` is the number of the PN532's SPI on that chip, `pcf8574` the address of the PCF8574, `printer_baud` the rate of the
    slip printer; where there are such.
    Every function builds its object anew; nothing is touched before.
    """

    def __init__(self, wiring: str, spi_bus: int, pcf8574: int, printer_baud: int = 9600):
        self._wires = [line.split() for line in wiring.split("\n") if line]
        self._spi_bus = spi_bus
        self._pcf8574 = pcf8574
        self._printer_baud = printer_baud

    def _places(self, part: str, begins: str) -> "list[str]":
        """Where the wires to pins of `part` whose names begin so end, in the table's order."""
        return [wire[2] for wire in self._wires if wire[0] == part and wire[1].startswith(begins)]

    def _gpio(self, part: str, pin: str) -> int:
        """Raises ValueError if no wire goes there."""
        found = self._places(part, pin)
        if not found:
            raise ValueError("board: no wire to " + part + " " + pin)
        return int(found[0])

    def _input(self, part: str, pin: str) -> "Pin | None":
        return Pin(self._gpio(part, pin), Pin.IN) if self._places(part, pin) else None

    def _i2c(self, part: str) -> I2C:
        """The bus of a part: parts with the same SDA share one, and with a PCF8574 on it its speed."""
        buses = []
        for wire in self._wires:
            if wire[1] == "SDA" and wire[2] not in buses:
                buses.append(wire[2])
        sda = self._gpio(part, "SDA")
        slow = self._places("pcf8574", "SDA") == [str(sda)]
        return I2C(buses.index(str(sda)), scl=Pin(self._gpio(part, "SCL")), sda=Pin(sda), freq=_EXPANDER_HZ if slow else 400_000)

    def spi(self) -> SPI:
        """The PN532's bus: mode 0, least significant bit first, below the chip's 5 MHz."""
        return SPI(
            self._spi_bus,
            baudrate=2_000_000,
            polarity=0,
            phase=0,
            bits=8,
            firstbit=SPI.LSB,
            sck=Pin(self._gpio("pn532", "SCK")),
            mosi=Pin(self._gpio("pn532", "MOSI")),
            miso=Pin(self._gpio("pn532", "MISO")),
        )

    def pn532_transport(self) -> "Any":
        """The PN532 on its bus, as drivers.pn532 takes it: SPI if NSS is wired, I2C if SDA is, else UART.

        On SPI it is not selected from the start.  IRQ is low while the chip has something to say; the chip drives it both
        ways, so it needs no pull-up.
        """
        if self._places("pn532", "NSS"):
            from .pn532.spi import SpiTransport

            select = Pin(self._gpio("pn532", "NSS"), Pin.OUT, value=1)
            return SpiTransport(self.spi(), select, self._input("pn532", "IRQ"))
        if self._places("pn532", "SDA"):
            from .pn532.i2c import I2cTransport

            return I2cTransport(self._i2c("pn532"), self._input("pn532", "IRQ"), exact=False)
        from .pn532.uart import UartTransport

        # The table names the chip's pins: what it hears we send.
        sends, hears = Pin(self._gpio("pn532", "RX")), Pin(self._gpio("pn532", "TX"))
        return UartTransport(UART(_UART, 115200, tx=sends, rx=hears, rxbuf=1024, timeout=0), _PN532_BAUD)

    def pn532_reset(self) -> "Pin | None":
        """RSTPDN, active low; high (running) from the start.  None where it is not wired."""
        return Pin(self._gpio("pn532", "RSTPDN"), Pin.OUT, value=1) if self._places("pn532", "RSTPDN") else None

    def i2c(self) -> I2C:
        """The OLED's bus; the module carries the pull-ups."""
        return self._i2c("oled")

    def keypad_lines(self) -> "Lines":
        """Rows top to bottom, columns left to right, at a PCF8574 or at pins.

        Rows are low when driven, else floating, so that two keys never short two outputs; columns are pulled up by the chip: low
        where a key joins them to a driven row.
        """
        rows, columns = self._places("keypad", "R"), self._places("keypad", "C")
        if not rows or not columns:
            raise ValueError("board: no wires to keypad R… and C…")
        if rows[0][0] == "P":
            from .pcf8574 import Pcf8574

            pins = lambda names: [int(name[1:]) for name in names]
            return Pcf8574(self._i2c("pcf8574"), self._pcf8574, pins(rows), pins(columns))
        from .keypad import PinLines

        return PinLines(
            [Pin(int(gpio), Pin.OPEN_DRAIN, value=1) for gpio in rows], [Pin(int(gpio), Pin.IN, Pin.PULL_UP) for gpio in columns]
        )

    def buzzer(self) -> PWM:
        """A passive buzzer, silent."""
        return PWM(Pin(self._gpio("buzzer", "IO")), freq=2700, duty_u16=0)

    def printer(self) -> "Printer | None":
        """The slip printer on its serial line, None where none is wired."""
        if not self._places("printer", "RX"):
            return None
        from .printer import Printer

        # The table names the printer's pins: what it hears we send.
        sends, hears = Pin(self._gpio("printer", "RX")), Pin(self._gpio("printer", "TX"))
        baud = self._printer_baud
        return Printer(UART(_UART_PRINTER, baud, tx=sends, rx=hears, timeout=0), baud, self._input("printer", "BUSY"))

    def wlan(self) -> "network.WLAN":
        """The Wi-Fi station interface."""
        import network

        return network.WLAN(network.STA_IF)
