"""A part that fails takes with it what needs it, and nothing else: every combination of failures, and every fault by itself."""

from expect import run
from stage import PAN, Stage
from unsettled import sell, unsettled

from taptill.core import checks
from taptill.core.checks import Finding
from taptill.flows import again, result, reversal, sale, void
from taptill.flows.health import Health

# A fault of each part that a payment needs → why it is not begun.
_STOPS = (
    (checks.DISPLAY, checks.DISPLAY_SILENT, result.NO_DISPLAY),
    (checks.KEYPAD, checks.KEY_STUCK, result.KEY_STUCK),
    (checks.READER, checks.READER_SILENT, result.READER),
    (checks.FLASH, checks.FLASH_REFUSES, result.STORE),
    (checks.MEMORY, checks.MEMORY_LOW, result.NO_MEMORY),
    (checks.KEYS, checks.NO_MASTER_KEY, result.KEY_FILE),
)
_OTHER_STOPS = (
    (checks.DISPLAY, checks.DISPLAY_OTHER, result.NO_DISPLAY),
    (checks.READER, checks.READER_BROKEN, result.READER_BROKEN),
)
_HINTS = (
    (checks.KEYPAD, checks.KEY_DEAD),
    (checks.DISPLAY, checks.DISPLAY_PICTURE),
    (checks.BUZZER, checks.BUZZER_UNHEARD),
    (checks.BUZZER, checks.UNTESTED),
    (checks.READER, checks.NO_ANTENNA),
    (checks.READER, checks.NO_FIELD),
    (checks.FLASH, checks.FLASH_FILLING),
    (checks.CLOCK, checks.CLOCK_UNKNOWN),
    (checks.WIFI, checks.NO_NETWORK),
    (checks.WIFI, checks.SIGNAL_LOW),
    (checks.KEYS, checks.NO_WORKING_KEYS),
)


class Parts:
    """ports.Parts: `faults` by part; `asked` notes (part, thorough)."""

    def __init__(self, faults=()):
        self.faults = dict(faults)
        self.asked = []

    async def ask(self, part, thorough):
        self.asked.append((part, thorough))
        return Finding(part, self.faults.get(part, checks.WELL), "", "", thorough)


def whole_test(stage, faults, told=None):
    """The stage's terminal after a whole test with these faults."""
    parts = Parts(faults)
    stage.t.health = Health(parts, told)
    run(stage.t.health.test(True, 0))
    return parts


def test_every_combination_of_failing_parts_stops_payments_and_no_reversal():
    for chosen in range(1 << len(_STOPS)):
        failing = [row for at, row in enumerate(_STOPS) if chosen >> at & 1]
        stage = unsettled()
        whole_test(stage, [row[:2] for row in failing])
        outcome = run(reversal.recover(stage.t))
        assert outcome.end == result.REVERSED, failing
        assert stage.bank.debited() == stage.journaled() == 0 and stage.store.pending() is None
        before = len(stage.bank.requests)
        outcome = sell(stage)
        if failing:
            assert (outcome.end, outcome.money, outcome.why) == (result.NOT_SENT, result.NOT_TAKEN, failing[0][2]), failing
            assert len(stage.bank.requests) == before and stage.again().store.pending() is None
        else:
            assert outcome.end == result.APPROVED


def test_each_fault_by_itself_a_void_is_stopped_like_a_sale():
    for part, fault, why in _STOPS + _OTHER_STOPS:
        stage = Stage()
        assert sell(stage).end == result.APPROVED
        whole_test(stage, [(part, fault)])
        for flow in (sale.sale(stage.t, 700), void.void(stage.t, 1), again.pay(stage.t, lambda: sale.sale(stage.t, 700))):
            outcome = run(flow)
            assert (outcome.end, outcome.why) == (result.NOT_SENT, why), fault
        assert stage.bank.debited() == stage.journaled() != 0


def test_hints_stop_nothing():
    for part, fault in _HINTS:
        stage = Stage()
        whole_test(stage, [(part, fault)])
        assert sell(stage).end == result.APPROVED, fault
    stage = Stage()
    whole_test(stage, _HINTS)  # the last one of each part, all at once
    assert sell(stage).end == result.APPROVED


def test_every_fault_is_a_stop_or_a_hint():
    named = [fault for _, fault, _ in _STOPS + _OTHER_STOPS] + [fault for _, fault in _HINTS]
    assert sorted(named) == list(range(1, 20))
    assert [part for part, _, _ in _STOPS] == list(checks.FOR_PAYMENT)


def test_what_was_mended_is_asked_before_anything_is_refused_for_it():
    for part, fault, _ in _STOPS:
        stage = Stage()
        parts = whole_test(stage, [(part, fault)])
        parts.asked = []
        parts.faults = {}
        assert sell(stage).end == result.APPROVED, part
        assert (part, True) in parts.asked and not stage.t.health.failed()


def test_a_payment_asks_no_part_that_works_but_the_keypad():
    stage = Stage()
    parts = whole_test(stage, ())
    parts.asked = []
    assert sell(stage).end == result.APPROVED
    assert parts.asked == [(checks.KEYPAD, False)]


def test_a_key_that_gets_stuck_after_the_test_stops_the_next_sale():
    stage = Stage()
    parts = whole_test(stage, ())
    parts.faults = {checks.KEYPAD: checks.KEY_STUCK}
    assert sell(stage).why == result.KEY_STUCK
    parts.faults = {}
    assert sell(stage).end == result.APPROVED


def test_a_reader_that_fails_in_a_sale_is_known_to_fail():
    stage = Stage()
    parts = whole_test(stage, ())
    stage.reader.script = "silent"
    assert sell(stage).why == result.READER
    assert stage.t.health.failed().fault == checks.READER_SILENT
    parts.faults = {checks.READER: checks.READER_SILENT}
    run(stage.t.health.again())
    assert stage.t.health.failed()
    parts.faults = {}
    run(stage.t.health.again())
    assert stage.t.health.failed() is None


def test_what_was_broken_in_a_whole_test_is_put_to_a_whole_test_again():
    stage = Stage()
    parts = whole_test(stage, [(checks.READER, checks.READER_BROKEN)])
    parts.asked = []
    assert sell(stage).why == result.READER_BROKEN
    assert (checks.READER, True) in parts.asked


def test_the_report_has_a_line_a_part_and_says_what_is_new():
    lines, stage = [], Stage()
    parts = whole_test(stage, [(checks.READER, checks.READER_SILENT), (checks.CLOCK, checks.CLOCK_UNKNOWN)], lines.append)
    assert len(lines) == len(checks.PARTS)
    assert lines[3] == "self-test: reader FAILED" and lines[5] == "self-test: clock look" and lines[0] == "self-test: keypad ok"
    run(stage.t.health.again())
    assert len(lines) == len(checks.PARTS) + 1  # of a whole test everything is told
    parts.faults = {}
    for _ in range(3):
        run(stage.t.health.ask(checks.CLOCK))
    assert lines[-1] == "self-test: clock ok" and len(lines) == len(checks.PARTS) + 2
    assert not [line for line in lines if PAN in line]


def test_a_whole_test_is_due_once_a_day():
    day = 24 * 3600 * 1000
    stage = Stage()
    assert not stage.t.health.due(lambda then: 2 * day)  # nobody to ask
    whole_test(stage, ())
    now = [0]
    due = lambda: stage.t.health.due(lambda then: now[0] - then)
    seen = []
    for hour in range(73):
        now[0] = hour * 3600 * 1000
        if due():
            seen.append(hour)
            run(stage.t.health.test(True, now[0]))
    assert seen == [24, 48, 72]
