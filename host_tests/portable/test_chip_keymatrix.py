"""The key matrix model: contacts, bounce, ghosts."""

from chips.keymatrix import FLOATING, HIGH, LOW, PULLED_UP, KeyMatrix

ROWS = (13, 14, 27, 26)
COLUMNS = (25, 33, 32, 4)
LAYOUT = "123A456B789C*0#D"


class Bench:
    def __init__(self, rise_us: int = 0):
        self.now = 0
        self.matrix = KeyMatrix(ROWS, COLUMNS, LAYOUT, lambda: self.now, rise_us=rise_us)
        self.low = -1
        self.others = FLOATING

    def drive(self, line):
        if line in COLUMNS:
            return PULLED_UP
        return LOW if line == self.low else self.others

    def pull(self, row: int) -> None:
        """Let go of the row that is low, take another one (-1: none)."""
        self.low = row
        self.matrix.moved(self.drive)

    def seen(self, settle_us: int = 0):
        """Keys that a simple scan finds."""
        found = ""
        for r, row in enumerate(ROWS):
            self.pull(row)
            self.now += settle_us
            for c, column in enumerate(COLUMNS):
                if not self.matrix.level(column, self.drive):
                    found += LAYOUT[r * 4 + c]
        return found


def test_every_key_closes_its_own_contact():
    bench = Bench()
    assert bench.seen() == ""
    for key in LAYOUT:
        bench.matrix.press(key)
        bench.now += 10000
        assert bench.seen() == key
        bench.matrix.release(key)
        bench.now += 10000
        assert bench.seen() == ""


def test_contacts_bounce_both_ways_and_then_settle():
    bench = Bench()
    for action, settled in ((bench.matrix.press, True), (bench.matrix.release, False)):
        action("5")
        states = set()
        for _ in range(39):
            states.add(bench.matrix.closed("5"))
            bench.now += 100
        assert states == {True, False}
        bench.now += 1000
        assert bench.matrix.closed("5") == settled


def test_three_corners_close_the_fourth():
    bench = Bench()
    for key in "124":
        bench.matrix.press(key)
    bench.now += 10000
    assert bench.seen() == "1245"


def test_two_driven_rows_on_one_column_fight():
    bench = Bench()
    bench.others = HIGH
    bench.matrix.press("1")
    bench.matrix.press("4")
    bench.now += 10000
    assert bench.seen()
    assert bench.matrix.fights


def pressed(keys: str, rise_us: int) -> Bench:
    bench = Bench(rise_us)
    for key in keys:
        bench.matrix.press(key)
    bench.now += 10000
    return bench


def test_f_c11_a_line_rises_only_after_its_time():
    bench = pressed("1", 65)
    bench.pull(13)
    assert bench.matrix.level(25, bench.drive) == 0
    bench.now += 1000  # held low for long: its rise begins when it is let go
    bench.pull(-1)
    for us, level in ((0, 0), (40, 0), (24, 0), (1, 1)):
        bench.now += us
        assert bench.matrix.level(25, bench.drive) == level, us
    assert bench.matrix.level(33, bench.drive) == 1, "a line that was never low is high"


def test_f_c11_a_scan_that_leaves_no_time_finds_keys_that_are_not_pressed():
    """Not in the row: a key in the last row is found in no other one, and a chain of contacts charges as one net."""
    assert pressed("5", 65).seen() == "580"
    assert pressed("5", 65).seen(66) == "5"
    assert pressed("D", 65).seen() == "D"
    assert pressed("124", 65).seen(66) == "1245"


def test_f_c11_an_output_drives_a_line_high_at_once():
    bench = pressed("1", 65)
    bench.pull(13)
    assert bench.matrix.level(25, bench.drive) == 0
    bench.others = HIGH
    bench.pull(-1)
    assert bench.matrix.level(25, bench.drive) == 1


def test_unknown_key_is_refused():
    bench = Bench()
    for key in ("X", "12", ""):
        try:
            bench.matrix.press(key)
        except ValueError as error:
            assert "keypad" in str(error)
        else:
            raise AssertionError("accepted " + key)
