"""Settings, passwords and times as they should not be: told in words or left aside, never a crash later."""

from expect import raises
from taptill.adapters.clock import RtcClock
from taptill.core import password, stamp
from taptill.core.config import Config
from taptill.core.errors import ConfigError

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

    def datetime(self, value=None):
        if value is None:
            return self.value
        self.value = value


def test_a_host_time_that_is_none_is_left_aside():
    for f12, f13 in (("245959", "1122"), ("106059", "1122"), ("101560", "1122"), ("101530", "0230"), ("101530", "1322"),
                     ("", ""), ("101530", "1100")):  # fmt: skip
        clock = RtcClock(_Rtc(), "20260101", 0)
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
        assert not RtcClock(_Rtc(), "20260101", 0)._judge(bad), (at, value)
    none = bytearray(good)
    none[40:44] = bytes(4)
    assert not RtcClock(_Rtc(), "20260101", 0)._judge(none)
    assert not RtcClock(_Rtc(), "20260101", 0)._judge(good[:47])
    assert RtcClock(_Rtc(), "20260101", 0)._judge(good)
