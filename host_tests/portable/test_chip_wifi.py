"""The station's states as the ESP32 port reports them."""

from chips import wifi_ap
from expect import raises


class Bench:
    def __init__(self, **options):
        self.now = 0
        self.point = wifi_ap.AccessPoint("shop", "secret", **options)
        self.station = wifi_ap.Station(self.point, lambda: self.now)


def test_connects_after_a_while_and_is_lost_with_the_point():
    bench = Bench()
    raises(OSError, bench.station.connect, "shop", "secret")
    bench.station.set_active(True)
    assert bench.station.status() == wifi_ap.STAT_IDLE
    bench.station.set_reconnects(0)
    bench.station.connect("shop", "secret")
    assert bench.station.status() == wifi_ap.STAT_CONNECTING
    bench.now = 300
    assert bench.station.status() == wifi_ap.STAT_GOT_IP
    bench.point.up = False
    assert not bench.station.connected()
    assert bench.station.status() == wifi_ap.BEACON_TIMEOUT
    bench.point.up = True
    bench.now = 10000
    assert not bench.station.connected()
    assert bench.station.attempts == 1


def test_wrong_password_and_absent_point():
    bench = Bench()
    bench.station.set_active(True)
    bench.station.set_reconnects(0)
    bench.station.connect("shop", "wrong")
    bench.now = 5000
    assert bench.station.status() == wifi_ap.WRONG_PASSWORD
    bench.station.connect("elsewhere", "secret")
    bench.now = 6000
    assert bench.station.status() == wifi_ap.STAT_CONNECTING
    bench.now = 8000
    assert bench.station.status() == wifi_ap.NO_AP_FOUND


def test_driver_retries_by_itself_unless_told_not_to():
    bench = Bench(up=False)
    bench.station.set_active(True)
    bench.station.connect("shop", "secret")
    for _ in range(10):
        bench.now += 3000
        assert bench.station.status() == wifi_ap.STAT_CONNECTING
    assert bench.station.attempts > 5
    bench.point.up = True
    bench.now += 300
    assert bench.station.connected()
