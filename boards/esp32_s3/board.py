"""ESP32-S3-DevKitC-1 with PSRAM (N8R8, N16R8) with a 4×4 keypad, an SSD1306 OLED, a PN532 on SPI and a buzzer.

The only place where pins of this board are named.  Every function builds its machine object anew;
nothing is touched at import.  `WIRING` is the same as the table in README.md: one line a wire, as
`part pin GPIO direction` with the direction seen from the ESP32.
"""

from machine import I2C, PWM, SPI, Pin

NAME = "ESP32-S3-DevKitC-1"
CHIP = "ESP32-S3"
DATA = "/data"

WIRING = """\
pn532 SCK 12 out
pn532 MOSI 11 out
pn532 MISO 13 in
pn532 NSS 10 out
pn532 RSTPDN 14 out
pn532 IRQ 21 in
oled SDA 8 both
oled SCL 9 both
keypad R1 4 out
keypad R2 5 out
keypad R3 6 out
keypad R4 7 out
keypad C1 15 in
keypad C2 16 in
keypad C3 17 in
keypad C4 18 in
buzzer IO 47 out
"""

KEYPAD_LAYOUT = "123A456B789C*0#D"  # row by row
OLED_ADDRESS = 0x3C
OLED_WIDTH = 128
OLED_HEIGHT = 64

debug_link = None  # a function that is told of everything, in a lab; it would see card data


def spi():
    """The PN532's bus: mode 0, least significant bit first, below the chip's 5 MHz."""
    return SPI(1, baudrate=2_000_000, polarity=0, phase=0, bits=8, firstbit=SPI.LSB, sck=Pin(12), mosi=Pin(11), miso=Pin(13))


def pn532_select():
    """NSS, active low; high (not selected) from the start."""
    return Pin(10, Pin.OUT, value=1)


def pn532_reset():
    """RSTPDN, active low; high (running) from the start."""
    return Pin(14, Pin.OUT, value=1)


def pn532_irq():
    """IRQ, low while the chip has something to say.  The chip drives it both ways."""
    return Pin(21, Pin.IN)


def pn532_transport():
    """The bus with select and interrupt, as drivers.pn532 takes it."""
    from taptill.drivers.pn532_spi import SpiTransport

    return SpiTransport(spi(), pn532_select(), pn532_irq())


def i2c():
    """The OLED's bus; the module carries the pull-ups."""
    return I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000)


def keypad_rows():
    """Row lines, top to bottom: low when driven, else floating, so that two keys never short two outputs."""
    return [Pin(number, Pin.OPEN_DRAIN, value=1) for number in (4, 5, 6, 7)]


def keypad_columns():
    """Column lines, left to right, pulled up by the chip: low where a key joins them to a driven row."""
    return [Pin(number, Pin.IN, Pin.PULL_UP) for number in (15, 16, 17, 18)]


def buzzer():
    """A passive buzzer, silent."""
    return PWM(Pin(47), freq=2700, duty_u16=0)


def wlan():
    """The Wi-Fi station interface."""
    import network

    return network.WLAN(network.STA_IF)
