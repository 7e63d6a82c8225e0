"""Dates as seconds since 2000-01-01 00:00 UTC and back; the ports differ in the epoch of their own functions."""

_DAY_S = 86400
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_of(year: int, month: int) -> int:
    """Days of a month, 1 to 12; 0 when there is no such month."""
    if not 1 <= month <= 12:
        return 0
    return 29 if month == 2 and _leap(year) else _DAYS[month - 1]


def exists(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> bool:
    """Is there such a moment, from 2000 on?"""
    return year >= 2000 and 1 <= day <= days_of(year, month) and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60


def seconds(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Seconds since 2000-01-01 of a moment that exists."""
    before = year - 1
    days = 365 * (year - 2000) + before // 4 - before // 100 + before // 400 - 484  # leap days before 2000
    for earlier in range(1, month):
        days += days_of(year, earlier)
    return ((days + day - 1) * 24 + hour) * 3600 + minute * 60 + second


def civil(moment: int) -> "tuple[int, int, int, int, int, int]":
    """(year, month, day, hour, minute, second) of seconds since 2000-01-01; what is before that is its first second.

    A clock that has fallen back to 2000 is before it where the time is behind UTC.
    """
    days, rest = divmod(max(moment, 0), _DAY_S)
    year = 2000
    while days >= 365 + _leap(year):
        days -= 365 + _leap(year)
        year += 1
    month = 1
    while days >= days_of(year, month):
        days -= days_of(year, month)
        month += 1
    return year, month, days + 1, rest // 3600, rest // 60 % 60, rest % 60


def parsed(text: str) -> "tuple[int, ...] | None":
    """The numbers of `YYYYMMDD` or `YYYYMMDDhhmmss`, or None when that is no moment from 2000 on."""
    if len(text) not in (8, 14) or not text.isdigit():
        return None
    moment = tuple([int(text[:4])] + [int(text[at : at + 2]) for at in range(4, len(text), 2)])
    return moment if exists(*moment) else None


def first(parts: "list[int]", earliest: int) -> int:
    """The first moment of [month, day, hour, minute, second] that is not before `earliest`; -1 when no year has it.

    29 February can be eight years away.
    """
    year = civil(max(earliest, 0))[0]
    for candidate in range(year, year + 9):
        if exists(candidate, *parts):
            moment = seconds(candidate, *parts)
            if moment >= earliest:
                return moment
    return -1


def _leap(year: int) -> int:
    return int(year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
