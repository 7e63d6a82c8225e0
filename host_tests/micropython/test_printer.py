"""The receipt printer's driver on a clock of its own: what it makes of answers that come late, beside each other, or not."""

import asyncio

from virtual_time import VirtualTime

from taptill.core import checks
from taptill.core.slips.fault import PrinterFault
from taptill.drivers import escpos
from taptill.drivers.printer import Printer

READY, OFF_LINE = b"\x12", b"\x1a"


class Line:
    """A UART to a printer that says what a test has it say: `says[asked]` are (milliseconds later, bytes)."""

    def __init__(self, clock, says):
        self.clock = clock
        self.says = says
        self.input = b""
        self.output = b""

    def any(self):
        return len(self.input)

    def read(self, count):
        data, self.input = self.input[:count], self.input[count:]
        return data or None

    def write(self, data):
        data = bytes(data)
        self.output += data
        for later, said in self.says.get(data, ()):
            self.clock.at(self.clock.ms + later, lambda said=said: self._come(said))
        return len(data)

    def _come(self, said):
        self.input += said


def ask(n):
    return bytes((0x10, 0x04, n))


def printed(says):
    """(how it ended, milliseconds) of a slip of one row, with a printer that says this."""
    clock = VirtualTime()
    line = Line(clock, says)
    printer = Printer(line, 115200)

    async def slip():
        began = clock.ms
        try:
            await printer.begin()
            await printer.put(b"row\n")
            await printer.done()
        except PrinterFault as error:
            return error.fault, clock.ms - began, line
        return checks.WELL, clock.ms - began, line

    with clock:
        return asyncio.run(slip())


def test_it_is_done_when_the_report_comes():
    fault, took, line = printed({ask(1): [(2, READY)], escpos.REPORT: [(300, b"\x00")]})
    assert fault == checks.WELL and 300 < took < 500
    assert line.output == ask(1) + escpos.CLEAR + escpos.RESET + b"row\n" + escpos.REPORT


def test_a_report_that_comes_while_the_state_is_asked_is_not_lost():
    for later in range(480, 560, 4):
        fault, took, line = printed({ask(1): [(30, READY)], escpos.REPORT: [(later, b"\x00")]})
        assert fault == checks.WELL and took < 1200, later
    fault, took, line = printed({ask(1): [(2, READY)], escpos.REPORT: [(600, b"\x00\x12")]})
    assert fault == checks.WELL and took < 1200  # in one piece with another answer


def test_a_report_of_before_is_none_of_this_slip():
    clock = VirtualTime()
    line = Line(clock, {ask(1): [(2, READY)]})
    line.input = b"\x00"
    printer = Printer(line, 115200)

    async def slip():
        await printer.begin()
        try:
            await printer.done()
        except PrinterFault as error:
            return error.fault

    with clock:
        assert asyncio.run(slip()) == checks.PRINTER_BROKEN


def test_what_is_wrong_is_told_and_what_waits_is_forgotten():
    for answers, wanted in (
        ({}, checks.PRINTER_SILENT),
        ({1: OFF_LINE}, checks.PRINTER_SILENT),  # it has hung up since
        ({1: OFF_LINE, 2: b"\x16"}, checks.PRINTER_OPEN),
        ({1: OFF_LINE, 4: b"\x72"}, checks.PAPER_OUT),
        ({1: OFF_LINE, 4: b"\x12", 2: b"\x32"}, checks.PAPER_OUT),
        ({1: OFF_LINE, 4: b"\x12", 2: b"\x52", 3: b"\x52"}, checks.PRINTER_HOT),
        ({1: OFF_LINE, 4: b"\x12", 2: b"\x52", 3: b"\x32"}, checks.PRINTER_BROKEN),
    ):
        fault, _, line = printed({ask(n): [(2, said)] for n, said in answers.items()})
        assert fault == wanted and line.output.endswith(escpos.CLEAR), (answers, fault)
