"""Buzzer patterns, and the Wi-Fi supervisor on the model of station and access point."""

import asyncio
import time

from chips.wifi_ap import AccessPoint, Station

from taptill.drivers import wifi as wifi_module
from taptill.drivers.buzzer import ATTENTION, ERROR, KEY, OK, Buzzer
from taptill.drivers.wifi import CONNECTING, DISABLED, NO_AP, UP, WAITING, WRONG_PASSWORD, Wifi


class Pwm:
    def __init__(self):
        self.hz = 0
        self.duty = 0
        self.tones = []

    def freq(self, hz):
        assert 20 <= hz <= 10000
        self.hz = hz

    def duty_u16(self, duty):
        if duty and not self.duty:
            self.tones.append(self.hz)
        self.duty = duty


def test_patterns_sound_and_end_silent():
    async def body():
        for pattern in (KEY, OK, ERROR, ATTENTION):
            assert len(pattern) % 3 == 0
            pwm = Pwm()
            buzzer = Buzzer(pwm)
            start = time.ticks_ms()
            buzzer.play(pattern)
            await buzzer.wait()
            took = time.ticks_diff(time.ticks_ms(), start)
            assert pwm.tones == [20 * pattern[at] for at in range(0, len(pattern), 3)]
            assert pwm.duty == 0
            sound = sum([pattern[at] for at in range(1, len(pattern), 3)])
            assert took >= 10 * sound - 5, took
        assert len(set((KEY, OK, ERROR, ATTENTION))) == 4

    asyncio.run(body())


def test_a_new_pattern_cuts_the_old_one_off():
    async def body():
        pwm = Pwm()
        buzzer = Buzzer(pwm)
        buzzer.play(ERROR)
        await asyncio.sleep_ms(20)
        buzzer.play(KEY)
        await asyncio.sleep_ms(5)
        assert pwm.duty and pwm.hz == KEY[0] * 20
        await buzzer.wait()
        assert pwm.tones == [ERROR[0] * 20, KEY[0] * 20] and pwm.duty == 0
        buzzer.play(ERROR)
        await asyncio.sleep_ms(10)
        buzzer.stop()
        await asyncio.sleep_ms(5)
        assert pwm.duty == 0 and len(pwm.tones) == 3

    asyncio.run(body())


class Wlan:
    """network.WLAN over the station's model."""

    def __init__(self, station):
        self.station = station
        self.starts = []
        self.refuse = 0

    def active(self, on):
        self.station.set_active(on)

    def config(self, reconnects):
        self.station.set_reconnects(reconnects)

    def connect(self, ssid, password):
        if self.refuse:
            self.refuse -= 1
            raise OSError("Wifi Internal State Error")
        self.starts.append(time.ticks_ms())
        self.station.connect(ssid, password)

    def disconnect(self):
        self.station.disconnect()

    def isconnected(self):
        return self.station.connected()

    def status(self, what=None):
        return -55 if what == "rssi" else self.station.status()


class Clock:
    """The model's milliseconds run faster, so that a scan that finds nothing does not take seconds."""

    def __call__(self):
        return time.ticks_ms() * 20


def air(**options):
    point = AccessPoint("shop", "secret", 100, **options)
    wlan = Wlan(Station(point, Clock()))
    return point, wlan, Wifi(wlan, "shop", "secret")


async def until(wifi, state, ms=4000):
    start = time.ticks_ms()
    seen = [wifi.state]
    while wifi.state != state:
        assert time.ticks_diff(time.ticks_ms(), start) < ms, (wifi.state, seen)
        await asyncio.sleep_ms(5)
        if wifi.state != seen[-1]:
            seen.append(wifi.state)
    return seen


def quick(test):
    """Run with short pauses: the doubling is what is tested, not the seconds."""
    names = ("_LOOK_MS", "_FIRST_PAUSE_MS", "_LONGEST_PAUSE_MS")
    kept = [getattr(wifi_module, name) for name in names]
    wifi_module._LOOK_MS, wifi_module._FIRST_PAUSE_MS, wifi_module._LONGEST_PAUSE_MS = 10, 20, 160

    async def body():
        await asyncio.wait_for(test(), 15)

    try:
        asyncio.run(body())
    finally:
        for name, value in zip(names, kept):
            setattr(wifi_module, name, value)


def test_up_lost_and_up_again():
    async def body():
        point, wlan, wifi = air()
        assert wifi.state == DISABLED
        task = asyncio.create_task(wifi.run())
        assert await wifi.wait_up(3000)
        assert wlan.station.reconnects() == 0  # one owner of the retries
        assert wifi.state == UP and wifi.rssi() == -55
        point.up = False
        await until(wifi, NO_AP)
        assert wifi.rssi() == 0 and not await wifi.wait_up(30)
        point.up = True
        assert await wifi.wait_up(3000)
        assert wifi.tries == 0 and wifi.pause_ms == 20
        task.cancel()

    quick(body)


def test_wrong_password_and_missing_point_are_named_and_tried_again():
    async def body():
        point, wlan, wifi = air()
        point.password = "other"
        task = asyncio.create_task(wifi.run())
        await until(wifi, WRONG_PASSWORD)
        point.password = "secret"
        assert await wifi.wait_up(3000)
        task.cancel()

        point, wlan, wifi = air(up=False)
        task = asyncio.create_task(wifi.run())
        seen = await until(wifi, NO_AP)
        assert CONNECTING in seen
        task.cancel()

    quick(body)


def test_the_pause_doubles_up_to_its_cap():
    async def body():
        point, wlan, wifi = air()
        point.password = "other"
        task = asyncio.create_task(wifi.run())
        pauses = []
        while len(pauses) < 6:
            await until(wifi, WRONG_PASSWORD)
            pauses.append(wifi.pause_ms)
            await until(wifi, CONNECTING)
        assert pauses == [40, 80, 160, 160, 160, 160], pauses
        gaps = [time.ticks_diff(b, a) for a, b in zip(wlan.starts, wlan.starts[1:])]
        assert gaps[4] >= 150 and gaps[0] < gaps[4], gaps
        task.cancel()

    quick(body)


def test_a_stack_in_the_wrong_state_is_started_afresh():
    async def body():
        point, wlan, wifi = air()
        wlan.refuse = 1
        task = asyncio.create_task(wifi.run())
        await until(wifi, WAITING)
        assert await wifi.wait_up(3000)
        task.cancel()

    quick(body)


def test_disable_and_enable():
    async def body():
        point, wlan, wifi = air()
        task = asyncio.create_task(wifi.run())
        assert await wifi.wait_up(3000)
        wifi.enable(False)
        await until(wifi, DISABLED)
        await asyncio.sleep_ms(30)
        assert not wlan.station.active and not wlan.isconnected()
        wifi.enable(True)
        assert await wifi.wait_up(3000)
        task.cancel()

    quick(body)


def test_enable_ends_a_pause():
    async def body():
        wifi_module._FIRST_PAUSE_MS = 10000
        wifi_module._LONGEST_PAUSE_MS = 10000
        point, wlan, wifi = air(up=False)
        task = asyncio.create_task(wifi.run())
        await until(wifi, NO_AP)
        point.up = True
        wifi.enable(True)
        assert await wifi.wait_up(2000)
        task.cancel()

    quick(body)
