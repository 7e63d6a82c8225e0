"""ESP32-DevKitC (ESP32-WROOM-32) with a 4×4 keypad, an SSD1306 OLED, a PN532 on SPI and a buzzer.

The only place where pins of this board are named; ../README.md says what every name here is for.
"""

from taptill.drivers.parts import Parts

NAME = "ESP32-DevKitC"
CHIP = "ESP32"
MODULE = "ESP32-WROOM-32"
DATA = "/data"

WIRING = """\
pn532 SCK 18 out
pn532 MOSI 23 out
pn532 MISO 35 in
pn532 NSS 17 out
pn532 RSTPDN 16 out
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

KEYPAD_LAYOUT = "123A456B789C*0#D"  # row by row, a key for each crossing of R1 … and C1 …
KEYPAD_SETTLE_US = 100  # how long the columns take to rise; enough for 70 cm of cable
PCF8574_ADDRESS = 0x20  # of one that the table has, else of no meaning
OLED_ADDRESS = 0x3C
OLED_WIDTH = 128
OLED_HEIGHT = 64
PRINTER_BAUD = 9600  # of one that the table has, else of no meaning, as is the next
PRINTER_CHINESE = True  # it has Chinese characters in its ROM

debug_link = None  # a function that is told of everything, in a lab; it would see card data

_parts = Parts(WIRING, spi_bus=2, pcf8574=PCF8574_ADDRESS, printer_baud=PRINTER_BAUD)
spi = _parts.spi
i2c = _parts.i2c
pn532_transport = _parts.pn532_transport
pn532_reset = _parts.pn532_reset
keypad_lines = _parts.keypad_lines
buzzer = _parts.buzzer
printer = _parts.printer
wlan = _parts.wlan
