"""The station's states as the ESP32 port reports them."""

from expect import raises

from chips import wifi_ap


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
    assert bench.station.status() == wifi_ap.WRONG_PASSWORD  # the old reason; the new join is under way
    bench.now = 8000
    assert bench.station.status() == wifi_ap.NO_AP_FOUND


def test_f_e2_the_last_reason_stands_until_there_is_an_address():
    bench = Bench(up=False)
    station = bench.station
    station.set_active(True)
    station.set_reconnects(0)
    station.connect("shop", "secret")
    assert station.status() == wifi_ap.STAT_CONNECTING
    bench.now = 3000
    assert station.status() == wifi_ap.NO_AP_FOUND
    bench.point.up = True
    for act in (station.disconnect, lambda: station.set_active(False), lambda: station.set_active(True)):
        act()  # without a join or a link nothing is left, so the reason stays
        assert station.status() == wifi_ap.NO_AP_FOUND
    station.connect("shop", "secret")
    assert station.status() == wifi_ap.NO_AP_FOUND and station.joining()
    bench.now = 3300
    assert station.status() == wifi_ap.STAT_GOT_IP
    bench.point.up = False
    assert station.status() == wifi_ap.BEACON_TIMEOUT
    station.connect("shop", "secret")
    assert station.status() == wifi_ap.STAT_CONNECTING  # this reason hides nothing
    station.disconnect()  # a join broken off
    assert station.status() == wifi_ap.STAT_IDLE
    station.connect("shop", "secret")
    assert station.status() == wifi_ap.STAT_IDLE and station.joining()


def test_a_reason_that_the_port_does_not_name_is_hidden_while_the_driver_joins():
    bench = Bench(refusal=wifi_ap.HANDSHAKE_4WAY)
    station = bench.station
    station.set_active(True)
    station.set_reconnects(0)
    for _ in range(2):
        station.connect("shop", "wrong")
        assert station.status() == wifi_ap.STAT_CONNECTING
        bench.now += 300
        assert station.status() == wifi_ap.HANDSHAKE_4WAY
    bench.point.refusal = wifi_ap.CONNECTION_FAIL
    station.connect("shop", "wrong")
    bench.now += 300
    assert station.status() == wifi_ap.WRONG_PASSWORD


def test_f_e4_what_the_port_refuses_is_refused():
    bench = Bench()
    station = bench.station
    for call in (station.disconnect, station.connect, station.rssi, lambda: station.set_reconnects(0)):
        raises(OSError, call)
    station.set_active(True)
    raises(OSError, station.rssi)
    station.connect("shop", "secret")
    raises(OSError, station.connect)  # "sta is connecting": the join goes on
    bench.now = 300
    assert station.connected() and station.rssi() == -55
    bench.point.up = False
    raises(OSError, station.rssi)
    station.set_active(False)
    raises(OSError, station.disconnect)


def test_driver_retries_by_itself_unless_told_not_to():
    bench = Bench(up=False)
    bench.station.set_active(True)
    bench.station.connect("shop", "secret")
    for _ in range(10):
        bench.now += 3000
        assert bench.station.status() == wifi_ap.NO_AP_FOUND and bench.station.joining()
    assert bench.station.attempts > 5
    bench.point.up = True
    bench.now += 300
    assert bench.station.connected()


def test_driver_stops_after_the_retries_that_it_was_given():
    bench = Bench(up=False)
    bench.station.set_active(True)
    bench.station.set_reconnects(2)
    bench.station.connect("shop", "secret")
    for _ in range(10):
        bench.now += 3000
        bench.station.status()
    assert bench.station.attempts == 3 and not bench.station.joining()
