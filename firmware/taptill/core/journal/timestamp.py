"""Dates and times as the records keep them: one 32-bit number, second precision, 2000…2063.

A stamp is `year-2000 (6 bits) | month (4) | day (5) | hour (5) | minute (6) | second (6)`, 0 for "clock not set".
"""


def pack(now: "tuple[int, int, int, int, int, int] | None") -> int:
    """Stamp of (year, month, day, hour, minute, second), or 0 for None and for a year that does not fit."""
    if now is None or not 2000 <= now[0] <= 2063:
        return 0
    year, month, day, hour, minute, second = now
    return (year - 2000) << 26 | month << 22 | day << 17 | hour << 12 | minute << 6 | second


def unpack(stamp: int) -> "tuple[int, int, int, int, int, int] | None":
    """(year, month, day, hour, minute, second) of a stamp, or None for 0."""
    if not stamp:
        return None
    return (
        2000 + (stamp >> 26),
        stamp >> 22 & 15,
        stamp >> 17 & 31,
        stamp >> 12 & 31,
        stamp >> 6 & 63,
        stamp & 63,
    )


def month_day(stamp: int) -> str:
    """MMDD of a stamp as in F13, or "" while the clock was not set."""
    now = unpack(stamp)
    return "%02d%02d" % (now[1], now[2]) if now else ""


def text(stamp: int) -> str:
    """`2026-01-15 10:30:05`, or a row of dashes while the clock was not set."""
    now = unpack(stamp)
    return "%04d-%02d-%02d %02d:%02d:%02d" % now if now else "---------- --:--:--"
