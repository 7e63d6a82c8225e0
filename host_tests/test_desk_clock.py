"""The desk's terminals show the time of the computer that they stand beside (F-D7)."""

import datetime
import time
import zoneinfo

import pytest
from desk_room import in_room

from rig import demo

# Whole hours, halves and quarters, both ends of the world, and summer time on both sides of the equator.
ZONES = ("UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago")
SHOWN_IN = ("America/St_Johns", "Asia/Kathmandu")
UTC = datetime.timezone.utc


@pytest.fixture
def zone(request, monkeypatch):
    """This process lives in a zone for a while."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process cannot be changed here")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("zone", ZONES, indirect=True)
def test_f_d7_the_offset_is_the_computers(zone):
    wanted = datetime.datetime.now(zoneinfo.ZoneInfo(zone)).utcoffset()
    assert datetime.timedelta(minutes=demo.offset_min()) == wanted


@pytest.mark.parametrize(
    "name, winter, summer", [("Europe/Berlin", 60, 120), ("America/St_Johns", -210, -150), ("Australia/Lord_Howe", 630, 660)]
)
def test_f_d7_summer_time_counts(name, winter, summer):
    """A case that the row does not name: the offset is that of the day, not that of the zone."""
    found = []
    for month in (1, 7):
        moment = datetime.datetime(2026, month, 10, 12, tzinfo=UTC).astimezone(zoneinfo.ZoneInfo(name))
        found.append(demo.offset_min(lambda moment=moment: moment))
    assert sorted(found) == [winter, summer]


@pytest.mark.parametrize("zone", SHOWN_IN, indirect=True)
def test_f_d7_the_idle_screen_shows_the_computers_time(tmp_path, zone):
    """Seen on the screen of a room's terminal; with UTC+8 built in it is hours away."""

    async def story(room):
        bench = room.terminals[0].bench

        def right(lines) -> bool:
            here = datetime.datetime.now()
            near = [here - datetime.timedelta(minutes=1), here]
            return any(line == moment.strftime("%H:%M") for line in lines for moment in near)

        await bench.wait_text(right, 20)

    in_room(tmp_path, story)
