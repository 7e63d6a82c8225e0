"""Settings, passwords and times as they should not be: told in words or left aside, never a crash later."""

from expect import raises

from taptill.adapters.clock import RtcClock
from taptill.core import build, calendar, password
from taptill.core.config import Config
from taptill.core.errors import ConfigError
from taptill.core.journal import timestamp as stamp

_SETTINGS = {"merchant_name": "Shop", "merchant_id": "123456789012345", "terminal_id": "12345678", "host": "h",
             "port": 1, "tls": False}  # fmt: skip


def _with(name, value):
    return dict(_SETTINGS, **{name: value})


def test_what_goes_into_messages_is_ascii():
    Config(_SETTINGS)
    for name, value in (("terminal_id", "终端123456"), ("merchant_id", "1234567890\t2345"), ("serial", "é0000001")):
        assert name in str(raises(ConfigError, Config, _with(name, value)))


def test_a_supervisor_setting_that_cannot_be_met():
    good = password.derive("1234", b"salt", 3)
    assert password.fits("1234", good) and not password.fits("1235", good)
    for bad in ("", "1234", "x:00:", "3:0:", "0:00:", "999999:00:"):
        raises(ConfigError, password.parts, bad + "0" * 64)
    raises(ConfigError, password.parts, "3:00:")


def test_a_year_that_no_stamp_holds_is_no_time():
    assert stamp.pack((2104, 1, 1, 0, 0, 0)) == stamp.pack((1999, 1, 1, 0, 0, 0)) == 0
    assert stamp.unpack(stamp.pack((2063, 12, 31, 23, 59, 59))) == (2063, 12, 31, 23, 59, 59)


class _Rtc:
    def __init__(self):
        self.value = (2000, 1, 1, 0, 0, 0, 0, 0)
        self.kept = b""

    def datetime(self, value=None):
        if value is None:
            return self.value
        self.value = value

    def memory(self, value=None):
        if value is None:
            return self.kept
        self.kept = value


def _clock(rtc, floor="20260101", offset_min=0):
    clock = RtcClock(rtc, floor, offset_min)
    clock.start()
    return clock


def _ntp(year, month, day, hour=0):
    """A time server's answer."""
    answer = bytearray(48)
    answer[0], answer[1] = 0x1C, 2
    answer[40:44] = (calendar.seconds(year, month, day, hour) + 3155673600).to_bytes(4, "big")
    return answer


def test_f_e3_the_rtc_is_never_below_the_floor_and_such_a_time_is_not_known():
    rtc = _Rtc()
    clock = _clock(rtc, "20260203143000", 480)
    assert rtc.value[:3] + rtc.value[4:7] == (2026, 2, 3, 14, 30, 0)
    assert clock.now() is None and clock.today() == "260203"
    assert not clock._judge(_ntp(2026, 2, 3, 14)) and clock.now() is None  # a time that is past cannot be now


def test_f_e3_the_rtc_is_in_utc_and_the_clock_in_local_time():
    rtc = _Rtc()
    clock = _clock(rtc, offset_min=480)
    assert clock._judge(_ntp(2026, 7, 14, 18))
    assert rtc.value[:3] + rtc.value[4:7] == (2026, 7, 14, 18, 0, 0)
    assert clock.now() == (2026, 7, 15, 2, 0, 0) and clock.today() == "260715"
    rtc = _Rtc()
    clock = _clock(rtc, offset_min=-300)
    clock.set_from_host("221530", "0714")
    assert rtc.value[:3] + rtc.value[4:7] == (2026, 7, 15, 3, 15, 30) and clock.now() == (2026, 7, 14, 22, 15, 30)


def test_f_e3_a_known_time_lives_through_a_reset_and_not_without_power():
    rtc = _Rtc()
    _clock(rtc)._judge(_ntp(2026, 7, 14))
    assert _clock(rtc, offset_min=60).now() == (2026, 7, 14, 1, 0, 0)  # the next life: calendar and memory ran on
    rtc.value = (2000, 1, 1, 0, 0, 0, 0, 0)
    assert _clock(rtc).now() is None and rtc.kept == b""  # the calendar stopped: whatever the memory says
    assert _clock(rtc).now() is None
    rtc.value, rtc.kept = (2026, 7, 14, 0, 0, 0, 0, 0), b""
    assert _clock(rtc).now() is None  # a date that somebody set over the cable is not known either


def _year_of(floor, f12, f13, offset=0, seen=None):
    """What the clock makes of a host's time: `floor` of the settings, `seen` the newest local time on flash."""
    clock = RtcClock(_Rtc(), floor, offset)
    clock.start(seen)
    clock.set_from_host(f12, f13)
    return clock.now()


def test_a_host_time_without_a_year_is_the_first_one_not_before_the_floor():
    for floor, offset, f13, f12, wanted in (
        ("20260301", 0, "0214", "101530", (2027, 2, 14, 10, 15, 30)),
        ("20260101", -300, "1231", "220000", (2025, 12, 31, 22, 0, 0)),  # New Year at UTC, not yet here
        ("20251231", 480, "0101", "003000", (2026, 1, 1, 0, 30, 0)),
        ("20260101", 0, "0229", "101530", (2028, 2, 29, 10, 15, 30)),
    ):
        assert _year_of(floor, f12, f13, offset) == wanted, (floor, offset, f13)


def test_f_m11_the_year_goes_on_from_the_newest_time_on_flash():
    """F-M11: years after the floor was set, over New Year in both directions, and on 29 February.

    Not in the row: a clock that stood a little ahead of the host's, and a terminal that was off for most of a year.
    """
    for seen, f13, f12, wanted in (
        ((2026, 12, 31, 23, 59, 50), "0101", "000010", (2027, 1, 1, 0, 0, 10)),
        ((2027, 1, 1, 0, 0, 30), "1231", "235950", (2026, 12, 31, 23, 59, 50)),  # the host is a minute behind
        ((2027, 7, 1, 8, 0, 0), "0102", "090000", (2028, 1, 2, 9, 0, 0)),
        ((2029, 3, 1, 8, 0, 0), "0301", "090000", (2029, 3, 1, 9, 0, 0)),
        ((2028, 2, 28, 23, 0, 0), "0229", "000100", (2028, 2, 29, 0, 1, 0)),
        ((2028, 3, 1, 1, 0, 0), "0229", "235900", (2028, 2, 29, 23, 59, 0)),
        ((2029, 6, 1, 1, 0, 0), "0229", "120000", (2032, 2, 29, 12, 0, 0)),
        ((2027, 2, 1, 0, 0, 0), "1101", "120000", (2027, 11, 1, 12, 0, 0)),  # nine months in a drawer
        ((2026, 5, 20, 12, 0, 0), "0519", "120000", (2026, 5, 19, 12, 0, 0)),  # the host's clock is in another zone
        ((2026, 5, 20, 12, 0, 0), "0401", "120000", (2027, 4, 1, 12, 0, 0)),  # in a drawer for ten months
        ((2020, 5, 20, 0, 0, 0), "0401", "120000", (2026, 4, 1, 12, 0, 0)),  # before the floor: not believed
    ):
        for offset in (-300, 0, 480):
            assert _year_of("20260101", f12, f13, offset, seen) == wanted, (seen, f13, offset)


def test_f_m11_a_host_never_sets_a_time_that_is_past_by_months():
    """F-M11: off for any number of days within a year, from any day of four years: the true date, or two days too early at most.

    What is left is a year all but two days (all but three over 29 February): a host that is a little behind says the same.
    """
    floor = calendar.seconds(2026, 1, 1)
    for start in range(0, 4 * 366, 7):
        for days in (0, 1, 30, 59, 60, 200, 300, 304, 305, 306, 330, 360, 362, 363, 364):
            seen = floor + start * 86400 + 36000
            true = seen + days * 86400
            year, month, day, hour, minute, second = calendar.civil(true)
            told = _year_of(
                "20260101", "%02d%02d%02d" % (hour, minute, second), "%02d%02d" % (month, day), 0, calendar.civil(seen)
            )
            got = calendar.seconds(*told)
            assert got == true or (days >= 363 and seen - 2 * 86400 <= got <= seen), (calendar.civil(seen), days, told)


def test_f_m11_a_calendar_that_ran_on_counts_as_seen():
    """F-M11: the RTC, not known but running since it was lifted to the floor; not in the row."""
    rtc = _Rtc()
    clock = _clock(rtc, "20261201")
    rtc.value = (2027, 1, 31, 0, 0, 0, 0, 0)
    clock.set_from_host("101530", "0131")
    assert clock.now() == (2027, 1, 31, 10, 15, 30)
    assert calendar.first([2, 30, 0, 0, 0], 0) == -1 and calendar.first([13, 1, 0, 0, 0], 0) == -1
    assert calendar.first([2, 29, 0, 0, 0], calendar.seconds(2096, 3, 1)) == calendar.seconds(2104, 2, 29)


def test_f_e3_the_floor_is_a_moment_and_never_before_the_firmware_was_made():
    assert Config(_SETTINGS).clock_floor == build.DATE == Config(_with("clock_floor", "20200101")).clock_floor
    assert Config(_with("clock_floor", "20310203143000")).clock_floor == "20310203143000"
    for bad in ("", "2026", "20260230", "20261301", "2026020314", "20260203243000", "19991231", "2026-2-3"):
        assert "clock_floor" in str(raises(ConfigError, Config, _with("clock_floor", bad))), bad


def test_dates_and_seconds():
    assert calendar.seconds(2000, 1, 1) == 0 and calendar.seconds(2000, 3, 1) == 60 * 86400
    for moment in ((2000, 2, 29, 0, 0, 0), (2026, 12, 31, 23, 59, 59), (2028, 2, 29, 12, 0, 1), (2063, 1, 1, 0, 0, 0)):
        assert calendar.civil(calendar.seconds(*moment)) == moment


def test_a_clock_that_has_fallen_back_where_the_time_is_behind_utc_tells_a_date_that_exists():
    for moment in (-1, -14 * 3600, -86400 * 400):
        assert calendar.civil(moment) == (2000, 1, 1, 0, 0, 0)


def test_a_host_time_that_is_none_is_left_aside():
    for f12, f13 in (("245959", "1122"), ("106059", "1122"), ("101560", "1122"), ("101530", "0230"), ("101530", "1322"),
                     ("", ""), ("101530", "1100")):  # fmt: skip
        clock = _clock(_Rtc())
        clock.set_from_host(f12, f13)
        assert clock.now() is None, (f12, f13)
    clock.set_from_host("101530", "1122")
    assert clock.now() == (2026, 11, 22, 10, 15, 30)


def test_a_time_server_that_refuses_or_knows_no_time_is_not_believed():
    good = bytearray(48)
    good[0], good[1], good[40:44] = 0x1C, 2, (4000000000).to_bytes(4, "big")
    for at, value in ((0, 0x1B), (0, 0xDC), (1, 0), (1, 16)):
        bad = bytearray(good)
        bad[at] = value
        assert not _clock(_Rtc())._judge(bad), (at, value)
    none = bytearray(good)
    none[40:44] = bytes(4)
    assert not _clock(_Rtc())._judge(none)
    assert not _clock(_Rtc())._judge(good[:47])
    assert _clock(_Rtc())._judge(good)


def test_the_last_moment_of_every_month_and_the_first_of_the_next():
    days = 0
    for year, lengths in ((2000, "312931303130313130313031"), (2001, "312831303130313130313031")):
        for month in range(1, 13):
            length = int(lengths[2 * month - 2 : 2 * month])
            assert calendar.days_of(year, month) == length
            assert calendar.exists(year, month, length) and not calendar.exists(year, month, length + 1)
            assert calendar.seconds(year, month, 1) == days * 86400
            assert calendar.civil(days * 86400) == (year, month, 1, 0, 0, 0)
            days += length
            assert calendar.civil(days * 86400 - 1) == (year, month, length, 23, 59, 59)
    assert calendar.days_of(2000, 0) == calendar.days_of(2000, 13) == 0
    assert calendar.days_of(2100, 2) == 28 and calendar.days_of(2400, 2) == 29 and calendar.days_of(2101, 2) == 28
    assert calendar.seconds(2101, 1, 1) - calendar.seconds(2100, 1, 1) == 365 * 86400
    assert calendar.seconds(2401, 1, 1) - calendar.seconds(2400, 1, 1) == 366 * 86400


def test_what_is_no_moment():
    assert calendar.exists(2000, 1, 1) and not calendar.exists(1999, 12, 31)
    for moment in ((2026, 1, 0), (2026, 1, 1, 24), (2026, 1, 1, 0, 60), (2026, 1, 1, 0, 0, 60), (2026, 1, 1, -1)):
        assert not calendar.exists(*moment), moment
    assert calendar.parsed("20260203") == (2026, 2, 3) and calendar.parsed("20260203040506") == (2026, 2, 3, 4, 5, 6)
    for text in ("2026020", "202602034", "2026020a", "20260203040560"):
        assert calendar.parsed(text) is None, text
