"""Prints what the firmware writes into its log of results, steps, links, findings and boards that lack something, a line each.

Run by test_log_words.py: these texts are put together of parts that stand in tables of the firmware.
"""

import sys

sys.path.append("../../firmware")

from taptill.app import fault, out_of_service
from taptill.app.diary import Diary
from taptill.core import checks, transactions
from taptill.core.tally import Tally
from taptill.drivers import wifi
from taptill.flows import diagnosis, terminal
from taptill.flows import result as ends

_ANSWER = "it FAILED to answer"
_LOST = ("marks", "journal", "counter", "pending")


class _Log:
    """adapters.logbook.LogFiles: prints the texts."""

    def __init__(self):
        self.tally = Tally()

    def note(self, level, text):
        print(text)

    def note_fault(self, said, where):
        print(said)
        for place in where:
            print(place)

    def keep(self):
        return None

    def forget_details(self):
        return None


def _results(diary) -> None:
    """Every end and every reason of every kind of transaction."""
    whys = [getattr(ends, name) for name in dir(ends) if isinstance(getattr(ends, name), int)]
    for kind in [0] + [row.kind for row in transactions.ROWS]:
        for end in range(ends.APPROVED, ends.FAILED + 1):
            for why in sorted(set(whys)):
                for stan, asked in ((0, 0), (0, 1250), (7, 1250)):
                    found = ends.Result(end, ends.NOT_TAKEN, why, kind)
                    found.stan, found.asked, found.f39, found.detail = stan, asked, "55", "the card is silent or gone"
                    diary.result(found)


def _reports(diary) -> None:
    for part in checks.PARTS:
        for failing in range(checks.UNTESTED + 1):
            found = checks.Finding(part, failing, "12 %", _ANSWER)
            if found.stops and _of(part, failing):
                diary.report(found.line())
    for step in diagnosis.STEPS:
        found = diagnosis.Diagnosis()
        found.fine = [(diagnosis.JOIN, "a weak network")]
        found.failed, found.why, found.detail, found.weak = step, ends.ROUTER_SILENT, "router 10.0.0.1", True
        for line in found.lines():
            if " FAILED" in line or " weak" in line:
                diary.report(line)


def _of(part: int, failing: int) -> bool:
    """Is this fault one of that part?"""
    return failing in {
        checks.KEYPAD: (checks.KEY_STUCK,),
        checks.DISPLAY: (checks.DISPLAY_SILENT, checks.DISPLAY_OTHER),
        checks.READER: (checks.READER_SILENT, checks.READER_BROKEN),
        checks.FLASH: (checks.FLASH_REFUSES,),
        checks.MEMORY: (checks.MEMORY_LOW,),
        checks.KEYS: (checks.NO_MASTER_KEY,),
    }.get(part, ())


def _faults(log) -> None:
    for error in (OSError(5), fault.TaskEnded("ui"), fault.StartAnew("flash"), ValueError("text")):
        try:
            raise error
        except Exception as caught:
            said, where = fault._report(caught)
            log.note_fault(said, where)


log = _Log()
diary = Diary(log)
for step in range(terminal.PRESENT, terminal.ASKING + 1):
    for detail in (0, 2):
        diary.step(step, 1250, detail)
for state in range(wifi.NO_ADDRESS + 1):
    Diary(log).wifi(state, -55)
    joined = Diary(log)
    joined.wifi(wifi.UP, -55)
    joined.wifi(state, -55)
_results(diary)
_reports(diary)
_faults(log)
for name in out_of_service._WHY:
    print("out of service: " + name)
for name in _LOST:
    print("store: lost or damaged: " + name)
