"""The receipt printer's model against the rules of the ESC/POS command reference: line, status, buffer, paper."""

from chips.escpos_printer import BUFFER, EscposPrinter


class Bench:
    """A printer on a clock that is moved by hand; `sent` is what it transmits, `out` what comes out of it."""

    def __init__(self, chinese=True, baud=9600):
        self.now = 0
        self.waiting = []
        self.sent = bytearray()
        self.out = []
        self.printer = EscposPrinter(lambda: self.now, self.later, self.sent.extend, self.out.append, chinese, baud)

    def later(self, delay, action):
        self.waiting.append((self.now + delay, len(self.waiting), action))

    def run(self, until=1 << 60):
        while self.waiting:
            due = min(self.waiting, key=lambda entry: entry[:2])
            if due[0] > until:
                break
            self.waiting.remove(due)
            self.now = max(self.now, due[0])
            due[2]()
        if until < 1 << 60:
            self.now = until

    def say(self, data):
        self.printer.receive(data, 9600)
        self.run()

    def lines(self):
        return [b"".join([bytes.fromhex(span[5]) for span in item["spans"]]) for item in self.out if item["kind"] == "line"]


def test_a_line_is_printed_by_lf_and_wraps_at_its_end():
    bench = Bench()
    bench.say(b"Hello")
    assert bench.lines() == []
    bench.say(b"\n" + b"x" * 33 + b"\n")
    assert bench.lines() == [b"Hello", b"x" * 32, b"x"]
    assert bench.now >= 30 * 1000000 // 960  # a byte takes its time on the line


def test_align_size_and_emphasis_hold_until_esc_at():
    bench = Bench()
    bench.say(b"\x1ba\x01\x1bE\x01\x1d!\x11ab\n\x1ba\x02c\n\x1b@d\n")
    spans = [item["spans"][0][:5] for item in bench.out if item["kind"] == "line"]
    assert spans == [[168, 24, 48, 1, 0], [360, 24, 48, 1, 0], [0, 12, 24, 0, 0]]


def test_chinese_takes_two_columns_and_none_without_it_in_rom():
    text = b"\xbd\xf0\xb6\xee" + b"A\n"
    bench = Bench()
    bench.say(b"\x1c&" + text)
    (line,) = [item["spans"] for item in bench.out if item["kind"] == "line"]
    assert [(span[0], span[1], span[4]) for span in line] == [(0, 24, "gb18030"), (48, 12, 0)]
    for data in (b"\x1c." + text,):
        other = Bench()
        other.say(data)
        assert other.out[0]["spans"][0][1] == 12  # code page, a byte a letter
    without = Bench(chinese=False)
    without.say(b"\x1c&" + text)
    assert len(without.out[0]["spans"]) == 1 and without.out[0]["spans"][0][4] == 0


def test_a_raster_comes_out_as_it_is_and_a_cut_is_told():
    bench = Bench()
    data = bytes(range(6 * 30))
    bench.say(b"\x1dv0\x00\x06\x00\x1e\x00" + data + b"\x1dV\x00")
    dots = [item for item in bench.out if item["kind"] == "dots"]
    assert "".join([item["data"] for item in dots]) == data.hex() and {item["across"] for item in dots} == {6}
    assert bench.out[-1]["kind"] == "cut"


def test_status_in_real_time_while_off_line_and_gs_r_when_its_turn_comes():
    bench = Bench()
    bench.say(b"\x10\x04\x01\x10\x04\x04")
    assert bytes(bench.sent) == b"\x12\x12"
    told = len(bench.sent)
    bench.printer.paper_left = 0
    bench.say(b"text\n\x1dr\x01\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04")
    assert bytes(bench.sent)[told:] == b"\x1a\x32\x12\x7e" and bench.lines() == []
    bench.printer.load()
    bench.run()
    assert bytes(bench.sent)[told + 4 :] == b"\x00" and bench.lines() == [b"text"]


def test_each_cause_of_being_off_line_shows_in_its_bit():
    for act, causes in (
        (lambda printer: printer.open_lid(), (0x1A, 0x16, 0x12)),
        (lambda printer: printer.heat(True), (0x1A, 0x52, 0x52)),
        (lambda printer: setattr(printer, "broken", True), (0x1A, 0x52, 0x32)),
        (lambda printer: setattr(printer, "paper_left", 700), (0x12, 0x12, 0x12)),
    ):
        bench = Bench()
        act(bench.printer)
        assert tuple([bench.printer.status(n) for n in (1, 2, 3)]) == causes
    assert bench.printer.status(4) == 0x1E  # near the end only


def test_the_buffer_holds_4_kb_is_busy_before_its_end_and_loses_what_comes_on_top():
    bench = Bench()
    bench.printer.open_lid()
    assert bench.printer.busy() == 1
    bench = Bench(baud=9600)
    bench.printer.paper_left = 100
    bench.say(b"\n" * 20)
    assert bench.printer.busy() == 1
    bench.say(b"x" * BUFFER)
    assert bench.printer.overrun > 0
    bench.say(b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
    bench.out[:] = []
    bench.printer.load()
    bench.run()
    assert bench.out == [] and bench.printer.busy() == 0  # forgotten


def test_power_off_in_the_middle_of_a_line_leaves_a_part_of_it():
    bench = Bench()
    bench.printer.receive(b"12345\n67890\n", 9600)
    bench.run(40000)
    bench.printer.power_off()
    (item,) = bench.out
    assert 0 < item["part"] < 1
    bench.run()
    bench.printer.power_on()
    bench.say(b"new\n")
    assert bench.lines()[1:] == [b"new"]


def test_another_rate_is_rubbish():
    bench = Bench()
    bench.printer.receive(b"Hello\n", 115200)
    bench.run()
    assert b"Hello" not in bench.lines()


def test_an_unknown_command_is_told_and_the_rest_goes_on():
    bench = Bench()
    bench.say(b"\x1b\x01ok\n")
    assert bench.printer.settings.unknown == ["1b01"] and bench.lines() == [b"ok"]
