"""The keypad driver on the key matrix model: contacts that bounce, ghosts, order of the rows, long presses."""

import asyncio
import gc
import time

from chips import keymatrix
from taptill.drivers.keypad import Keypad

LAYOUT = "123A456B789C*0#D"


class Wire:
    """A pin on a line of the matrix: an open-drain row or a pulled-up column."""

    def __init__(self, pad, line, row):
        self._pad = pad
        self._line = line
        self._row = row
        self.out = 1

    def __call__(self, value=None):
        if value is None:
            return self._pad.matrix.level(self._line, self._pad.drive)
        self.out = value
        if not value:
            self._pad.driven.append(self._line)


class Pad:
    """Matrix and driver on a clock of their own: `run(ms)` scans as the keypad's task would."""

    def __init__(self, bounce_us=4000, random=None, **options):
        self.us = 0
        self.driven = []
        self.matrix = keymatrix.KeyMatrix(range(4), range(4, 8), LAYOUT, lambda: self.us, bounce_us)
        self.rows = [Wire(self, line, True) for line in range(4)]
        self.columns = [Wire(self, line, False) for line in range(4, 8)]
        self.seed = 1
        self.keypad = Keypad(self.rows, self.columns, LAYOUT, random or self.random, **options)
        self.next = 0

    def random(self):
        self.seed = (self.seed * 1103515245 + 12345) & 0x3FFFFFFF
        return self.seed >> 8

    def drive(self, line):
        if line >= 4:
            return keymatrix.PULLED_UP
        return keymatrix.FLOATING if self.rows[line].out else keymatrix.LOW

    def run(self, ms):
        """Let that much time pass; returns the keys that were reported, long ones with a plus."""
        end = self.us + ms * 1000
        while self.next <= end:
            self.us = self.next
            wait = self.keypad.step()
            assert 1 <= wait <= 20
            self.next += wait * 1000
        self.us = end
        return self.taken()

    def taken(self):
        text = ""
        while self.keypad._waiting:
            key, long = asyncio.run(self.keypad.get())
            text += key + ("+" if long else "")
        return text


def with_clock(test):
    """The driver asks the clock of the test: its long presses are measured in the matrix's time."""
    import taptill.drivers.keypad as module

    real = module.ticks_ms
    try:
        test(module)
    finally:
        module.ticks_ms = real


def test_every_key_is_reported_once_under_heavy_bounce():
    for bounce in (0, 4000, 9000):
        pad = Pad(bounce_us=bounce)
        for key in LAYOUT.replace("A", ""):
            pad.matrix.press(key)
            assert pad.run(100) == key, (bounce, key)
            pad.matrix.release(key)
            assert pad.run(100) == "", (bounce, key)
            assert pad.keypad.held() == 0


def test_bounce_longer_than_the_three_samples_gives_one_event_at_most_per_stable_level():
    pad = Pad(bounce_us=12000)
    for turn in range(40):
        pad.us += 777 * turn % 5000
        pad.matrix.press("5")
        assert pad.run(120) == "5"
        pad.matrix.release("5")
        assert pad.run(120) == ""


def test_a_spike_shorter_than_three_samples_is_no_key():
    pad = Pad(bounce_us=0)
    pad.matrix.press("8")
    pad.run(16)
    pad.matrix.release("8")
    assert pad.run(100) == ""


def test_a_gap_shorter_than_three_samples_is_no_release():
    pad = Pad(bounce_us=0)
    pad.matrix.press("8")
    assert pad.run(60) == "8"
    pad.matrix.release("8")
    pad.run(8)
    pad.matrix.press("8")
    assert pad.run(100) == ""
    assert pad.keypad.held() == 1


def test_two_keys_at_once_are_two_keys():
    pad = Pad()
    pad.matrix.press("1")
    first = pad.run(10)
    pad.matrix.press("5")
    assert first + pad.run(100) == "15"
    pad.matrix.release("1")
    pad.matrix.release("5")
    assert pad.run(100) == "" and pad.keypad.held() == 0


def test_two_keys_of_one_column_do_not_short_two_outputs():
    pad = Pad()
    pad.matrix.press("2")
    pad.matrix.press("8")
    assert sorted(pad.run(100)) == ["2", "8"]
    assert pad.matrix.fights == 0


def test_three_corners_report_no_ghost():
    pad = Pad()
    for key in "12":
        pad.matrix.press(key)
    assert sorted(pad.run(100)) == ["1", "2"]
    pad.matrix.press("4")  # 1 2 4 close the way that 5 would
    assert pad.run(300) == ""
    pad.matrix.release("2")
    assert pad.run(100) == "4"  # resolved: 4 is really down
    pad.matrix.release("1")
    pad.matrix.release("4")
    assert pad.run(100) == "" and pad.keypad.held() == 0


def test_the_order_of_the_rows_is_not_constant():
    pad = Pad()
    pad.matrix.press("5")
    pad.run(60)
    orders = {}
    for _ in range(480):
        del pad.driven[:]
        pad.keypad.step()
        assert sorted(pad.driven) == [0, 1, 2, 3]
        order = tuple(pad.driven)
        orders[order] = orders.get(order, 0) + 1
    assert len(orders) == 24, len(orders)
    assert max(orders.values()) < 60, orders


def test_idle_scanning_looks_at_the_columns_once():
    pad = Pad()
    reads = [0]
    level = pad.matrix.level

    def counted(line, drive):
        reads[0] += 1
        return level(line, drive)

    pad.matrix.level = counted
    pad.run(1000)
    assert reads[0] <= 4 * 70, reads
    assert not [row for row in pad.rows if not row.out]  # all released between looks


def test_long_and_short_presses():
    def body(module):
        pad = Pad(long_ms=800)
        module.ticks_ms = lambda: pad.us // 1000
        pad.matrix.press("A")
        assert pad.run(500) == ""
        pad.matrix.release("A")
        assert pad.run(100) == "A"
        pad.matrix.press("A")
        assert pad.run(780) == ""
        assert pad.run(100) == "A+"
        assert pad.run(2000) == ""
        pad.matrix.release("A")
        assert pad.run(100) == ""
        pad.matrix.press("5")  # not among the keys with a long meaning: reported when pressed, and once
        assert pad.run(2000) == "5"

    with_clock(body)


def test_a_full_queue_keeps_what_came_first():
    pad = Pad(bounce_us=0)
    for turn in range(20):
        pad.matrix.press("1" if turn < 10 else "2")
        pad.next = pad.us
        for _ in range(12):
            pad.us = pad.next
            pad.next += pad.keypad.step() * 1000
        pad.matrix.release("1" if turn < 10 else "2")
        for _ in range(12):
            pad.us = pad.next
            pad.next += pad.keypad.step() * 1000
    assert pad.taken() == "1" * 10 + "2" * 6


def test_clear_forgets():
    pad = Pad(bounce_us=0)
    pad.matrix.press("1")
    for _ in range(12):
        pad.us = pad.next
        pad.next += pad.keypad.step() * 1000
    pad.keypad.clear()
    assert pad.taken() == ""


def test_the_scan_allocates_nothing():
    pins = [lambda value=None: 1 for _ in range(8)]
    keypad = Keypad(pins[:4], pins[4:], LAYOUT, lambda: 77)
    keypad._pressed = 1  # so that every step is a whole scan
    keypad.step()
    gc.collect()
    gc.disable()
    try:
        before = gc.mem_alloc()
        for _ in range(200):
            keypad.step()
        grown = gc.mem_alloc() - before
    finally:
        gc.enable()
    assert grown <= 64, grown


def test_run_and_get_together_in_real_time():
    async def body():
        matrix = keymatrix.KeyMatrix(range(4), range(4, 8), LAYOUT, time.ticks_us, 3000)
        pad = Pad()
        pad.matrix = matrix
        task = asyncio.create_task(pad.keypad.run())
        for key in "1250#":
            matrix.press(key)
            assert await asyncio.wait_for(pad.keypad.get(), 2) == (key, False)
            matrix.release(key)
            while pad.keypad.held():
                await asyncio.sleep_ms(5)
        task.cancel()

    asyncio.run(body())
