"""Buzzer patterns, and the Wi-Fi supervisor on the model of station and access point; on a clock of their own."""

import asyncio

from virtual_time import VirtualTime

from chips.wifi_ap import AccessPoint, Station
from taptill.drivers import wifi as wifi_module
from taptill.drivers.buzzer import ATTENTION, ERROR, KEY, OK, Buzzer
from taptill.drivers.wifi import CONNECTING, DISABLED, NO_AP, UP, WAITING, WRONG_PASSWORD, Wifi

_clocks = []  # the last one is that of the test that runs


def now():
    return _clocks[-1].ms


def in_time(coroutine):
    """Run it on a new clock; the seconds are those of the clock."""
    with VirtualTime(wifi_module) as clock:
        _clocks.append(clock)
        asyncio.run(asyncio.wait_for(coroutine(), 15))


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
            start = now()
            buzzer.play(pattern)
            await buzzer.wait()
            took = now() - start
            assert pwm.tones == [20 * pattern[at] for at in range(0, len(pattern), 3)]
            assert pwm.duty == 0
            sound = sum([pattern[at] for at in range(1, len(pattern), 3)])
            assert took >= 10 * sound - 5, took
        assert len(set((KEY, OK, ERROR, ATTENTION))) == 4

    in_time(body)


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

    in_time(body)


class Wlan:
    """network.WLAN over the station's model; `refuse` names a call that is refused once, by this exception."""

    def __init__(self, station):
        self.station = station
        self.starts = []
        self.refuse = {}

    def _asked(self, call):
        if call in self.refuse:
            raise self.refuse.pop(call)

    def active(self, on):
        self._asked("active")
        self.station.set_active(on)

    def config(self, reconnects):
        self._asked("config")
        self.station.set_reconnects(reconnects)

    def connect(self, ssid=None, password=""):
        self._asked("connect")
        if ssid:
            self.starts.append(now())
        self.station.connect(ssid, password)

    def disconnect(self):
        self._asked("disconnect")
        self.station.disconnect()

    def isconnected(self):
        self._asked("isconnected")
        return self.station.connected()

    def ifconfig(self):
        self._asked("ifconfig")
        return ("192.168.4.20",)

    def status(self, what=None):
        self._asked("status")
        return self.station.rssi() if what == "rssi" else self.station.status()


class Clock:
    """The model's milliseconds run faster, so that a scan that finds nothing does not take seconds."""

    def __call__(self):
        return now() * 20


def air(**options):
    point = AccessPoint("shop", "secret", 100, **options)
    wlan = Wlan(Station(point, Clock()))
    return point, wlan, Wifi(wlan, "shop", "secret")


async def until(wifi, state, ms=4000):
    start = now()
    seen = [wifi.state]
    while wifi.state != state:
        assert now() - start < ms, (wifi.state, seen)
        await asyncio.sleep_ms(5)
        if wifi.state != seen[-1]:
            seen.append(wifi.state)
    return seen


def quick(test):
    """Run with short pauses: the doubling is what is tested, not the seconds."""
    names = ("_TRY_MS", "_LOOK_MS", "_FIRST_PAUSE_MS", "_LONGEST_PAUSE_MS", "_WANTED_PAUSE_MS")
    kept = [getattr(wifi_module, name, 0) for name in names]
    for name, value in zip(names, (750, 10, 20, 160, 80)):
        setattr(wifi_module, name, value)

    try:
        in_time(test)
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
        gaps = [b - a for a, b in zip(wlan.starts, wlan.starts[1:])]
        assert gaps[4] >= 150 and gaps[0] < gaps[4], gaps
        task.cancel()

    quick(body)


def test_a_stack_in_the_wrong_state_is_started_afresh():
    async def body():
        point, wlan, wifi = air()
        wlan.refuse["connect"] = OSError("Wifi Internal State Error")
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


def test_f_e2_the_link_comes_back_after_any_absence():
    """F-E2: the access point is away for 1, 5, 8 and 30 s; an old reason in status() is no verdict on the next try."""

    async def body():
        point, wlan, wifi = air()
        task = asyncio.create_task(wifi.run())
        assert await wifi.wait_up(3000)
        for away_s in (1, 5, 8, 30):
            point.up = False
            await until(wifi, CONNECTING)
            await asyncio.sleep_ms(away_s * 1000 // 20)
            point.up = True
            back = now()
            assert await wifi.wait_up(3000), (away_s, wlan.station.status())
            # A scan that was under way, a short pause, a join: below five seconds of the model's.
            assert now() - back < 250, away_s
        task.cancel()

    quick(body)


def test_f_e2_a_try_that_cannot_be_told_from_an_old_one_has_its_time():
    """F-E2: a chip that forgets to say that a join was broken off only makes the tries longer."""

    async def body():
        point, wlan, wifi = air(up=False)
        leave = wlan.station._leave

        def silently():
            reason = wlan.station._reason
            leave()
            wlan.station._reason = reason

        wlan.station._leave = silently
        task = asyncio.create_task(wifi.run())
        await until(wifi, NO_AP)
        await until(wifi, CONNECTING)
        start = now()
        await until(wifi, NO_AP)
        assert now() - start >= 700
        point.up = True
        assert await wifi.wait_up(2000)
        task.cancel()

    quick(body)


def test_f_e2_why_is_told_after_every_try():
    """F-E2: no access point and a wrong password are told from the reason, the hidden reasons too."""

    async def body():
        for up, refusal, state in ((False, 202, NO_AP), (True, 202, WRONG_PASSWORD), (True, 15, WRONG_PASSWORD)):
            point, wlan, wifi = air(up=up, refusal=refusal)
            point.password = "other"
            task = asyncio.create_task(wifi.run())
            for _ in range(3):
                await until(wifi, state)
                await until(wifi, CONNECTING)
            task.cancel()

    quick(body)


def test_f_e2_many_wait_at_the_same_time():
    """F-E2: every waiter learns of the link, one that gives up takes nothing from the others."""

    async def body():
        point, wlan, wifi = air(up=False)
        tasks = [asyncio.create_task(wifi.run())]
        await until(wifi, NO_AP)
        waits = [asyncio.create_task(wifi.wait_up(limit)) for limit in (3000, 100, 2500, 50, 3000)]
        await asyncio.sleep_ms(200)
        late = asyncio.create_task(wifi.wait_up(2000))
        point.up = True
        assert await asyncio.gather(*waits) == [True, False, True, False, True]
        assert await late and await wifi.wait_up(0)
        tasks[0].cancel()

    quick(body)


def test_f_e2_who_waits_ends_a_pause():
    """F-E2: a sale or a reversal that needs the link does not stand through a pause of a minute."""

    async def body():
        wifi_module._FIRST_PAUSE_MS = 10000
        wifi_module._LONGEST_PAUSE_MS = 10000
        point, wlan, wifi = air(up=False)
        task = asyncio.create_task(wifi.run())
        await until(wifi, NO_AP)
        assert not await wifi.wait_up(300)  # and again and again while it waits
        point.up = True
        assert await wifi.wait_up(2000)
        task.cancel()

    quick(body)


def test_f_e4_no_refused_call_ends_the_supervisor():
    """F-E4: whatever call the chip's driver refuses, at whatever moment, the supervisor goes on and finds the link."""

    async def body():
        for call in ("active", "config", "connect", "disconnect", "isconnected", "status"):
            for error in (OSError("Wifi Not Started"), RuntimeError("Wifi Unknown Error 0x0101")):
                point, wlan, wifi = air()
                task = asyncio.create_task(wifi.run())
                await until(wifi, UP)
                wlan.refuse[call] = error
                while wlan.refuse:  # the point goes and comes, till that call is made
                    point.up = False
                    while wifi.state not in (NO_AP, WAITING):
                        await asyncio.sleep_ms(5)
                    point.up = True
                    await until(wifi, UP)
                assert not task.done(), (call, error)
                task.cancel()

    quick(body)


def test_f_e4_signal_and_address_of_a_link_that_has_just_gone():
    """F-E4: between the loss and the supervisor's next look the chip refuses to say; that is a signal of 0."""

    async def body():
        point, wlan, wifi = air()
        task = asyncio.create_task(wifi.run())
        assert await wifi.wait_up(3000)
        assert wifi.rssi() == -55 and wifi.addresses()[0] == wifi.address_before == "192.168.4.20"
        wlan.refuse["ifconfig"] = OSError("Wifi Not Started")
        assert wifi.addresses() == ("", "", "", "") and wifi.address_before == "192.168.4.20"
        point.up = False
        assert wifi.state == UP and wifi.rssi() == 0
        task.cancel()

    quick(body)
