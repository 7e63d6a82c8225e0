"""The keypad driver on the key matrix model: contacts that bounce, ghosts, order of the rows, long presses."""

import asyncio
import gc
import time

import taptill.drivers.keypad as module
from chips import keymatrix
from taptill.drivers.keypad import Keypad, PinLines

LAYOUT = "123A456B789C*0#D"


_CALL_US = 5  # what MicroPython takes to set or read a pin


class Wire:
    """A pin on a line of the matrix: an open-drain row or a pulled-up column."""

    def __init__(self, pad, line):
        self._pad = pad
        self._line = line
        self.out = 1

    def __call__(self, value=None):
        self._pad.us += _CALL_US
        if value is None:
            return self._pad.matrix.level(self._line, self._pad.drive)
        self.out = value
        self._pad.matrix.moved(self._pad.drive)
        if not value:
            self._pad.driven.append(self._line)


class Pad:
    """Matrix and driver on a clock of their own, which the driver is given too: `run(ms)` scans as the keypad's task would.

    With `tick_ms` waiting ends at ticks, as on the ESP32's port; `late_us()` is what the other tasks of a turn take.
    """

    def __init__(self, bounce_us=4000, rise_us=0, tick_ms=0, late_us=None, random=None, **options):
        self.us = 0
        self.driven = []
        self.matrix = keymatrix.KeyMatrix(range(4), range(4, 8), LAYOUT, lambda: self.us, bounce_us, rise_us)
        self.rows = [Wire(self, line) for line in range(4)]
        self.columns = [Wire(self, line) for line in range(4, 8)]
        self.seed = 1
        self.keypad = Keypad(PinLines(self.rows, self.columns), LAYOUT, random or self.random, **options)
        self.next = 0
        self.tick_us = tick_ms * 1000
        self.late_us = late_us or (lambda: 0)
        module.ticks_ms = lambda: self.us // 1000
        module.sleep_us = self.wait_us

    def wait_us(self, us):
        self.us += us

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
            self.us = max(self.us, self.next + self.late_us())
            wait = self.keypad.step()
            assert 1 <= wait <= 20
            self.next = self.us + wait * 1000
            if self.tick_us:
                self.next = -(-self.next // self.tick_us) * self.tick_us
        self.us = max(self.us, end)
        return self.taken()

    def type(self, keys, ms, gap):
        """Press one key after another; what was reported meanwhile."""
        text = ""
        for key in keys:
            self.matrix.press(key)
            text += self.run(ms)
            self.matrix.release(key)
            text += self.run(gap)
        return text

    def taken(self):
        text = ""
        while self.keypad._waiting:
            key, long = asyncio.run(self.keypad.get())
            text += key + ("+" if long else "")
        return text


def test_every_key_is_reported_once_under_heavy_bounce():
    for bounce in (0, 4000, 9000):
        pad = Pad(bounce_us=bounce)
        for key in LAYOUT.replace("A", ""):
            pad.matrix.press(key)
            assert pad.run(100) == key, (bounce, key)
            pad.matrix.release(key)
            assert pad.run(100) == "", (bounce, key)
            assert pad.keypad.held() == 0


def test_bounce_longer_than_the_debouncing_gives_one_event_at_most_per_stable_level():
    pad = Pad(bounce_us=12000)
    for turn in range(40):
        pad.us += 777 * turn % 5000
        pad.matrix.press("5")
        assert pad.run(120) == "5"
        pad.matrix.release("5")
        assert pad.run(120) == ""


def test_a_spike_shorter_than_the_debouncing_is_no_key():
    pad = Pad(bounce_us=0)
    pad.matrix.press("8")
    pad.run(8)
    pad.matrix.release("8")
    assert pad.run(100) == ""


def test_a_gap_shorter_than_the_debouncing_is_no_release():
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
    assert reads[0] <= 4 * 170, reads
    assert len(pad.driven) <= 8, pad.driven  # one scan, then all rows are low and stay so: nothing moves on the wires


def test_f_c11_a_key_that_comes_while_the_rows_rest_is_seen_alone():
    """The rows rise one by one when it is seen; on slow lines no key of another row may look pressed."""
    for rise in (0, 65):
        pad = Pad(rise_us=rise, bounce_us=0)
        for key in LAYOUT.replace("A", ""):
            pad.run(50)
            assert [row.out for row in pad.rows] == [0, 0, 0, 0]
            pad.matrix.press(key)
            assert pad.run(60) == key, (rise, key)
            assert [row.out for row in pad.rows] == [1, 1, 1, 1]
            pad.matrix.release(key)
            assert pad.run(60) == "", (rise, key)


def test_long_and_short_presses():
    pad = Pad(long_ms=800)
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


def quietly(pad, turns):
    """Scan without taking keys."""
    for _ in range(turns):
        pad.us = max(pad.us, pad.next)
        pad.next = pad.us + pad.keypad.step() * 1000


def test_a_full_queue_keeps_what_came_first():
    pad = Pad(bounce_us=0)
    for turn in range(20):
        key = "1" if turn < 10 else "2"
        pad.matrix.press(key)
        quietly(pad, 12)
        pad.matrix.release(key)
        quietly(pad, 12)
    assert pad.taken() == "1" * 10 + "2" * 6


def test_clear_forgets():
    pad = Pad(bounce_us=0)
    pad.matrix.press("1")
    quietly(pad, 12)
    pad.keypad.clear()
    assert pad.taken() == ""


# The cable: F-C11.


def test_f_c11_lines_that_rise_slowly_give_the_keys_that_were_pressed():
    """Up to 65 us, 70 cm of cable; every key, in an order that puts each row behind each other one."""
    for rise in (0, 5, 10, 15, 20, 30, 50, 65):
        pad = Pad(rise_us=rise)
        for keys in ("1250", "147*0#D8B5269C37", "9630852074*#BCD1"):
            assert pad.type(keys, 90, 60) == keys, (rise, keys)


def test_f_c11_slow_lines_with_keys_held_together():
    """Not in the row: two keys of a column, of a row, three corners, and a key that is let go while another is down."""
    for rise in (20, 65):
        pad = Pad(rise_us=rise)
        for one, other in ("28", "45", "3D", "7#"):
            pad.matrix.press(one)
            assert pad.run(80) == one, (rise, one)
            pad.matrix.press(other)
            assert pad.run(80) == other, (rise, other)
            pad.matrix.release(one)
            assert pad.run(80) == "" and pad.keypad.held() == 1
            pad.matrix.release(other)
            assert pad.run(80) == "" and pad.keypad.held() == 0
        for key in "124":
            pad.matrix.press(key)
            pad.run(80)
        assert pad.keypad.held() == 2  # and no 5


def test_f_c11_without_the_settling_time_the_model_shows_extra_keys():
    pad = Pad(rise_us=30, settle_us=0)
    assert pad.type("1250", 90, 60) != "1250"


def test_while_nobody_looks_no_press_becomes_long():
    """A stall in the middle of a press, and a computer so late that every scan is: the finger is on the key for 16 looks."""
    for stalls_ms in ((0,) * 6 + (2000,) + (0,) * 9, (70,) * 16):
        late = list(stalls_ms)
        pad = Pad()
        pad.matrix.press("A")
        while late:
            pad.us = max(pad.us, pad.next) + late.pop(0) * 1000
            pad.next = pad.us + pad.keypad.step() * 1000
        pad.matrix.release("A")
        assert pad.run(200) == "A", stalls_ms


def test_f_c11_a_longer_cable_needs_what_the_board_says():
    pad = Pad(rise_us=200, settle_us=250)
    assert pad.type("1250#", 90, 60) == "1250#"


# The port's ticks: F-E9.


def test_f_e9_typing_at_60_ms_a_key_is_seen_where_waiting_goes_by_ticks():
    """Whenever in a tick the typing begins, and however the other tasks delay a scan within it."""
    for phase in range(10):
        for late in (0, 500, 3500):
            pad = Pad(tick_ms=10)
            pad.late_us = lambda: pad.random() % (late + 1)
            pad.run(200)
            pad.us += 1000 * phase + 137
            assert pad.type("3A3A123", 30, 30) + pad.run(100) == "3A3A123", (phase, late)


def test_f_e9_ticks_neither_double_a_bouncing_key_nor_swallow_a_quick_double_press():
    """Not in the row: heavy bounce, the same key twice, rolling from key to key, and the long press."""
    for bounce in (4000, 9000):
        pad = Pad(bounce_us=bounce, tick_ms=10)
        assert pad.type("1555508#", 60, 50) == "1555508#", bounce
    pad = Pad(tick_ms=10)
    text = ""
    for before, key in zip(" 369", "369 "):  # the next one goes down before the last one is up
        if key != " ":
            pad.matrix.press(key)
        text += pad.run(20)
        if before != " ":
            pad.matrix.release(before)
        text += pad.run(30)
    assert text + pad.run(60) == "369" and pad.keypad.held() == 0
    pad.matrix.press("A")
    assert pad.run(900) == "A+"


def test_a_change_that_was_half_seen_when_ghosts_came_is_seen_anew_after_them():
    pad = Pad(bounce_us=0)
    for key in "12":
        pad.matrix.press(key)
    assert pad.run(60) == "12"
    pad.matrix.press("6")  # seen once …
    pad.run(8)
    pad.matrix.press("4")  # … then 4 is there, and 5 with it
    pad.run(200)
    pad.matrix.release("6")
    pad.matrix.release("2")
    assert pad.run(100) == "4"


def test_the_scan_allocates_nothing():
    pins = [lambda value=None: 1 for _ in range(8)]
    keypad = Keypad(PinLines(pins[:4], pins[4:]), LAYOUT, lambda: 77)
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
        module.ticks_ms, module.sleep_us = time.ticks_ms, time.sleep_us
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


def test_a_key_is_stuck_after_ten_seconds_and_until_it_is_let_go():
    pad = Pad()
    pad.run(50)
    pad.matrix.press("5")
    assert pad.run(9500) == "5" and pad.keypad.stuck() == ""
    pad.run(1000)
    assert pad.keypad.stuck() == "5"
    pad.matrix.press("A")
    pad.run(12000)
    assert pad.keypad.stuck() == "A5"
    pad.matrix.release("5")
    pad.run(50)
    assert pad.keypad.stuck() == "A"
    pad.matrix.release("A")
    pad.run(50)
    assert pad.keypad.stuck() == "" and pad.keypad.held() == 0
    assert pad.run(11000) == ""


def test_a_key_that_is_down_at_the_first_scan_is_stuck_and_no_other_is():
    pad = Pad()
    pad.matrix.press("7")
    pad.run(50)
    assert pad.keypad.stuck() == "7"
    pad.matrix.press("3")
    assert pad.run(500) == "3" and pad.keypad.stuck() == "7"
    pad.matrix.release("7")
    pad.run(50)
    assert pad.keypad.stuck() == ""
    pad.matrix.press("7")
    assert pad.run(100) == "7" and pad.keypad.stuck() == ""


def test_a_key_stays_stuck_however_long_the_port_counts():
    """Its ticks begin anew after 12 days."""
    pad = Pad()
    pad.run(50)
    pad.matrix.press("0")
    pad.run(11000)
    for _ in range(14):
        pad.us += 24 * 3600 * 1000000
        pad.next = pad.us // 1000 * 1000
        pad.run(50)
        assert pad.keypad.stuck() == "0"
