"""ESP32-DevKitC with a WROVER module (PSRAM) with a 4×4 keypad, an SSD1306 OLED, a PN532 on SPI and a buzzer.

The only place where pins of this board are named.  Every function builds its machine object anew;
nothing is touched at import.  `WIRING` is the same as the table in README.md: one line a wire, as
`part pin GPIO direction` with the direction seen from the ESP32.
"""

from machine import I2C, PWM, SPI, Pin

NAME = "ESP32-DevKitC WROVER"
CHIP = "ESP32"
DATA = "/data"

WIRING = """\
pn532 SCK 18 out
pn532 MOSI 23 out
pn532 MISO 35 in
pn532 NSS 5 out
pn532 RSTPDN 15 out
pn532 IRQ 34 in
oled SDA 21 both
oled SCL 22 both
keypad R1 13 out
keypad R2 14 out
keypad R3 27 out
keypad R4 26 out
keypad C1 25 in
keypad C2 33 in
keypad C3 32 in
keypad C4 4 in
buzzer IO 19 out
"""

KEYPAD_LAYOUT = "123A456B789C*0#D"  # row by row
OLED_ADDRESS = 0x3C
OLED_WIDTH = 128
OLED_HEIGHT = 64

debug_link = None  # a function that is told of everything, in a lab; it would see card data


def spi():
    """The PN532's bus: mode 0, least significant bit first, below the chip's 5 MHz."""
    return SPI(2, baudrate=2_000_000, polarity=0, phase=0, bits=8, firstbit=SPI.LSB, sck=Pin(18), mosi=Pin(23), miso=Pin(35))


def pn532_select():
    """NSS, active low; high (not selected) from the start, as GPIO5's strapping wants it."""
    return Pin(5, Pin.OUT, value=1)


def pn532_reset():
    """RSTPDN, active low; high (running) from the start, as GPIO15's strapping wants it."""
    return Pin(15, Pin.OUT, value=1)


def pn532_irq():
    """IRQ, low while the chip has something to say.  GPIO34 has no pull-up: the chip drives it both ways."""
    return Pin(34, Pin.IN)


def pn532_transport():
    """The bus with select and interrupt, as drivers.pn532 takes it."""
    from taptill.drivers.pn532_spi import SpiTransport

    return SpiTransport(spi(), pn532_select(), pn532_irq())


def i2c():
    """The OLED's bus; the module carries the pull-ups."""
    return I2C(0, scl=Pin(22), sda=Pin(21), freq=400_000)


def keypad_rows():
    """Row lines, top to bottom: low when driven, else floating, so that two keys never short two outputs."""
    return [Pin(number, Pin.OPEN_DRAIN, value=1) for number in (13, 14, 27, 26)]


def keypad_columns():
    """Column lines, left to right, pulled up by the chip: low where a key joins them to a driven row."""
    return [Pin(number, Pin.IN, Pin.PULL_UP) for number in (25, 33, 32, 4)]


def buzzer():
    """A passive buzzer, silent."""
    return PWM(Pin(19), freq=2700, duty_u16=0)


def wlan():
    """The Wi-Fi station interface."""
    import network

    return network.WLAN(network.STA_IF)
