"""The parts of a terminal as machine objects, on the pins of a board's wiring table: the same for every board.

boards/README.md says what a board.py is, and what it does when a part of it hangs on another bus.
"""

from machine import I2C, PWM, SPI, Pin

TYPE_CHECKING = False
if TYPE_CHECKING:
    import network

    from .pn532.spi import SpiTransport


class Parts:
    """`wiring` has one line a wire, as `part pin GPIO direction`; `spi_bus` is the number of the PN532's SPI on that chip.

    Every function builds its object anew; nothing is touched before.
    """

    def __init__(self, wiring: str, spi_bus: int):
        self._wiring = wiring
        self._spi_bus = spi_bus

    def _gpio(self, part: str, pin: str) -> int:
        return self._gpios(part, pin)[0]

    def _gpios(self, part: str, begins: str) -> "list[int]":
        """GPIOs of the wires to pins of `part` whose names begin so, in the table's order.  Raises ValueError if none does."""
        wires = [wire.split() for wire in self._wiring.split("\n")]
        found = [int(wire[2]) for wire in wires if wire and wire[0] == part and wire[1].startswith(begins)]
        if not found:
            raise ValueError("board: no wire to " + part + " " + begins)
        return found

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

    def pn532_transport(self) -> "SpiTransport":
        """The bus with select (active low; not selected from the start) and interrupt, as drivers.pn532 takes it.

        IRQ is low while the chip has something to say; the chip drives it both ways, so it needs no pull-up.
        """
        from .pn532.spi import SpiTransport

        select = Pin(self._gpio("pn532", "NSS"), Pin.OUT, value=1)
        return SpiTransport(self.spi(), select, Pin(self._gpio("pn532", "IRQ"), Pin.IN))

    def pn532_reset(self) -> Pin:
        """RSTPDN, active low; high (running) from the start."""
        return Pin(self._gpio("pn532", "RSTPDN"), Pin.OUT, value=1)

    def i2c(self) -> I2C:
        """The OLED's bus; the module carries the pull-ups."""
        return I2C(0, scl=Pin(self._gpio("oled", "SCL")), sda=Pin(self._gpio("oled", "SDA")), freq=400_000)

    def keypad_rows(self) -> "list[Pin]":
        """Row lines, top to bottom: low when driven, else floating, so that two keys never short two outputs."""
        return [Pin(number, Pin.OPEN_DRAIN, value=1) for number in self._gpios("keypad", "R")]

    def keypad_columns(self) -> "list[Pin]":
        """Column lines, left to right, pulled up by the chip: low where a key joins them to a driven row."""
        return [Pin(number, Pin.IN, Pin.PULL_UP) for number in self._gpios("keypad", "C")]

    def buzzer(self) -> PWM:
        """A passive buzzer, silent."""
        return PWM(Pin(self._gpio("buzzer", "IO")), freq=2700, duty_u16=0)

    def wlan(self) -> "network.WLAN":
        """The Wi-Fi station interface."""
        import network

        return network.WLAN(network.STA_IF)
