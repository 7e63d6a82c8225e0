"""What the diary writes down of steps, ends, records and the Wi-Fi, and what it counts."""

import sys

sys.path.append("../../tools")
sys.path.append("../../firmware")

from taptill.app.diary import Diary
from taptill.core import logbook, tally
from taptill.core.journal import record as records
from taptill.drivers import wifi as wlan
from taptill.flows import result as ends
from taptill.flows import terminal

_SALE = 22


class _Log:
    """adapters.logbook.LogFiles without files."""

    def __init__(self):
        self.tally = tally.Tally()
        self.said = []

    def note(self, level, text):
        self.said.append((level, text))

    def date(self, place):
        self.tally.values[place] = 840000000

    def forget_details(self):
        self.said = [one for one in self.said if one[0] != logbook.DETAIL]


def _made():
    log = _Log()
    return log, Diary(log)


def _ended(end, why=ends.OK, stan=0, f39=""):
    found = ends.Result(end, ends.NOT_TAKEN, why, _SALE)
    found.asked, found.stan, found.f39 = 1250, stan, f39
    return found


def test_details_stay_only_before_an_end_that_somebody_asks_about():
    for end, why, stays in (
        (ends.APPROVED, ends.OK, False),
        (ends.DECLINED, ends.HOST_CODE, False),
        (ends.NOT_SENT, ends.CANCELLED, False),
        (ends.NOT_SENT, ends.NO_WIFI, True),
        (ends.REVERSED, ends.TIMEOUT, True),
        (ends.UNKNOWN, ends.TIMEOUT, True),
    ):
        log, diary = _made()
        diary.step(terminal.CONNECTING, 1250, 0)
        diary.step(terminal.REVERSING, 1250, 2)
        diary.result(_ended(end, why, 7))
        steps = [(logbook.DETAIL, "step connect 0"), (logbook.DETAIL, "step reverse 2")]
        level = logbook.WARNING if end in (ends.REVERSED, ends.UNKNOWN) else logbook.INFO
        last = (level, "sale 7 1250 end %d why %d" % (end, why))
        assert log.said == (steps if stays else []) + [last], (end, why, log.said)


def test_every_step_has_its_name():
    log, diary = _made()
    for step in range(terminal.PRESENT, terminal.ASKING + 1):
        diary.step(step, 0, 0)
    assert [text for _, text in log.said] == [
        "step %s 0" % name for name in "present read remove connect wait reverse sign-on ask".split()
    ]
    assert log.tally.values[tally.TAPS] == 1


def test_readings_that_failed_are_counted_by_their_cause():
    log, diary = _made()
    for why in (ends.CARD_LOST, ends.NO_PAYMENT_CARD, ends.CARD, ends.READER, ends.CANCELLED):
        diary.result(_ended(ends.NOT_SENT, why))
    found = log.tally.values
    assert [found[place] for place in range(tally.CARD_LOST, tally.READER + 1)] == [1, 1, 1, 1]
    assert found[tally.NOT_SENT] == 5


def test_records_are_counted_once_and_reversals_by_their_reason():
    log, diary = _made()
    for state, reversal, place in (
        (records.APPROVED, "", tally.APPROVED),
        (records.PARTIAL, "", tally.APPROVED),
        (records.DECLINED, "", tally.DECLINED),
        (records.UNSENT, "", tally.NOT_SENT),
        (records.MANUAL, "98", tally.MANUAL),
        (records.REVERSED, "98", tally.REVERSED_98),
        (records.NOT_FOUND, "A0", tally.REVERSED_A0),
        (records.NOT_APPROVED, "96", tally.REVERSED_96),
        (records.REVERSED, "06", tally.REVERSED_06),
    ):
        before = log.tally.values[:]
        record = records.Record(_SALE, state, 1, 2, 3)
        record.reversal = reversal
        diary.recorded(record)
        before[place] += 1
        assert log.tally.values == before, state
    before = log.tally.values[:]
    diary.recorded(records.Record(_SALE, records.REVERSED, 1, 2, 3))  # only asked about: no 0400 was sent
    assert log.tally.values == before


def test_an_end_that_is_told_again_is_not_counted_again():
    log, diary = _made()
    again = _ended(ends.NOT_SENT, ends.CARD_LOST)
    again.earlier = True
    diary.result(again)
    assert log.said == [] and sum(log.tally.values) == 0


def test_an_access_point_that_stays_away_is_one_line():
    log, diary = _made()
    diary.wifi(wlan.UP, -60)
    for _ in range(20):
        diary.wifi(wlan.CONNECTING, 0)
        diary.wifi(wlan.NO_AP, 0)
    diary.wifi(wlan.WRONG_PASSWORD, 0)
    diary.wifi(wlan.UP, -70)
    said = [text for _, text in log.said]
    assert said == ["wifi up -60 dBm", "wifi lost", "wifi no access point", "wifi wrong password", "wifi up -70 dBm"]
    assert log.tally.values[tally.WIFI_DROPS] == 1


def test_the_words_of_an_error_go_with_its_end():
    log, diary = _made()
    found = _ended(ends.NOT_SENT, ends.NO_LINK)
    found.detail = "host: no connection within 10 s"
    diary.result(found)
    diary.signed_on()
    assert log.said[-1] == (logbook.INFO, "detail: " + found.detail)
    assert log.tally.values[tally.SIGNED_ON_AT] == 840000000
