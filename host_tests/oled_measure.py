"""The OLED refresh under MicroPython: bytes on the bus and heap, printed as JSON (run by test_oled.py)."""

import json
import sys

import micropython

here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.insert(0, here + "/../firmware")
sys.path.insert(1, here + "/../tools")
sys.path.append(sys.argv[1])

from chips.ssd1306 import Ssd1306
from taptill.app import words as sentences
from taptill.app.pages import amount, idle, pin, supervisor, wait
from taptill.app.widgets import canvas, glyphs, texts
from taptill.drivers.oled import Oled


class Counter:
    """Counts I2C bytes, address included, without using heap; hands them to a display model when there is one."""

    def __init__(self):
        self.bytes = 0
        self.transfers = 0
        self.chip = None
        self.broken = False

    def writeto(self, addr, data, stop=True):
        if self.broken:
            raise OSError(19)
        self.bytes += 1 + len(data)
        self.transfers += 1
        if self.chip:
            self.chip.i2c_write(data)

    def writeto_mem(self, addr, register, data, addrsize=8):
        self.bytes += 2 + len(data)
        self.transfers += 1
        if self.chip:
            self.chip.i2c_write(bytes([register]) + bytes(data))


def random_pictures(oled, bus):
    """Random boxes and points: after every refresh the model's memory must equal the buffer."""
    seed = 12345
    wrong = dearer = 0
    for _ in range(200):
        for _ in range(1 + seed % 5):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            x, y, w, h = seed >> 3 & 127, seed >> 10 & 63, seed >> 16 & 31, seed >> 21 & 31
            oled.fill_rect(x, y, 1 + w, 1 + h, seed >> 27 & 1)
        before = bus.bytes
        oled.show()
        wrong += bytes(bus.chip.ram) != bytes(oled.buffer)
        dearer += bus.bytes - before > 1034
    return wrong, dearer


class Reads:
    """A file that counts how often it is read."""

    count = 0

    def __init__(self, file):
        self._file = file

    def seek(self, place):
        return self._file.seek(place)

    def close(self):
        self._file.close()

    def read(self, size):
        Reads.count += 1
        return self._file.read(size)

    def readinto(self, buffer):
        Reads.count += 1
        return self._file.readinto(buffer)


def waits(c, language):
    """What screens that wait cost after the first time: {name: [reads, bus transfers, most bytes of one]}."""
    c.texts.use(language)
    c.texts._file = Reads(c.texts._file)
    shop = "城市咖啡馆" if language == "zh" else "City Coffee"
    bus = c.oled.i2c
    found = {}
    for name, draw, turns in (
        ("idle", lambda turn: idle.draw(c, shop, "14:05", 3, True), 60),
        ("idle, a minute later", lambda turn: idle.draw(c, shop, "14:0%d" % (5 + turn), 3, True), 2),
        ("waiting, counted", lambda turn: wait.draw(c, sentences.WAITING_HOST, 60 - turn // 2, turn), 40),
        ("waiting", lambda turn: wait.draw(c, sentences.SIGNING_ON, 0, turn), 40),
        ("PIN", lambda turn: pin.draw(c, 1250, 4, 60 - turn), 20),
        ("locked", lambda turn: supervisor.draw(c, 0, (sentences.LOCKED, 20 - turn // 2)), 20),
    ):
        draw(0)
        reads, transfers, most = Reads.count, bus.transfers, 0
        for turn in range(1, turns):
            before = bus.bytes
            draw(turn)
            most = max(most, bus.bytes - before)
        found[language + " " + name] = [Reads.count - reads, bus.transfers - transfers, most]
    return found


def main():
    bus = Counter()
    bus.chip = Ssd1306()
    oled = Oled(128, 64, bus)
    silent = bus.bytes
    oled.start()
    wrong, dearer = random_pictures(oled, bus)

    words = texts.Texts(here + "/../firmware/taptill/texts")
    words.use("en")
    shapes = glyphs.Glyphs(here + "/../firmware/taptill/fonts/glyphs.bin")
    shapes.open()
    shapes._file = Reads(shapes._file)
    c = canvas.Canvas(oled, shapes, words)
    digits = {}
    for typed in ("1250", "98765", "99999999"):
        amount.draw(c, 0)
        value = 0
        costs = []
        for digit in typed:
            value = value * 10 + int(digit)
            before = bus.bytes
            amount.draw(c, value)
            costs.append(bus.bytes - before)
        digits[typed] = costs

    before = bus.bytes
    oled.show()
    nothing = bus.bytes - before

    waiting = waits(c, "en")
    waiting.update(waits(c, "zh"))

    # A refresh must not allocate: with the heap locked an allocation raises MemoryError.
    bus.chip = None
    oled.fill_rect(3, 5, 40, 20, 1)
    oled.fill_rect(90, 50, 3, 3, 1)
    locked = True
    micropython.heap_lock()
    try:
        oled.show()
    except MemoryError:
        locked = False
    micropython.heap_unlock()

    # A bus that fails is counted, and the next refresh sends everything.
    bus.broken = True
    oled.pixel(0, 0, 1 - oled.pixel(0, 0))
    oled.show()
    faults = oled.faults
    bus.broken = False
    before = bus.bytes
    idle.draw(c, "City Coffee", "14:05", 3, True)
    after_fault = bus.bytes - before
    bus.broken = True
    c.clear()
    idle.draw(c, "City Coffee", "14:06", 3, True)
    bus.broken = False
    before = bus.bytes
    idle.draw(c, "City Coffee", "14:06", 3, True)  # the same, but the glass has not got it
    mended = bus.bytes - before
    print(
        json.dumps(
            {
                "silent": silent,
                "wrong": wrong,
                "dearer": dearer,
                "digits": digits,
                "nothing": nothing,
                "without_heap": locked,
                "faults": faults,
                "after_fault": after_fault,
                "mended": mended,
                "waiting": waiting,
            }
        )
    )
    bus.broken = True
    try:
        oled.start()
    except OSError:
        print("start refused")


main()
