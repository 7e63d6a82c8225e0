"""The key matrix model: contacts, bounce, ghosts."""

from chips.keymatrix import FLOATING, HIGH, LOW, PULLED_UP, KeyMatrix

ROWS = (13, 14, 27, 26)
COLUMNS = (25, 33, 32, 4)
LAYOUT = "123A456B789C*0#D"


class Bench:
    def __init__(self):
        self.now = 0
        self.matrix = KeyMatrix(ROWS, COLUMNS, LAYOUT, lambda: self.now)
        self.low = -1
        self.others = FLOATING

    def drive(self, line):
        if line in COLUMNS:
            return PULLED_UP
        return LOW if line == self.low else self.others

    def seen(self):
        """Keys that a simple scan finds."""
        found = ""
        for r, row in enumerate(ROWS):
            self.low = row
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


def test_unknown_key_is_refused():
    bench = Bench()
    for key in ("X", "12", ""):
        try:
            bench.matrix.press(key)
        except ValueError as error:
            assert "keypad" in str(error)
        else:
            raise AssertionError("accepted " + key)
