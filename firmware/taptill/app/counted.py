"""What the terminal has counted, in words; when it last signed on and was checked, and its versions."""

from ..core import calendar
from ..core import tally as tallies
from . import words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .widgets.canvas import Text


def rows(values: "list[int]", offset_min: int, firmware: str, python: str) -> "list[tuple[Text, Text]]":
    """[(label, value)]: `values` of a core.tally.Tally, dates `offset_min` minutes east of UTC, the versions of both."""
    restarts = 0
    for place in (tallies.HARD, tallies.DEEP_SLEEP, tallies.SOFT, tallies.OTHER_RESET):
        restarts += values[place]
    free = values[tallies.LEAST_FREE]
    return [
        (words.T_TAPS, str(values[tallies.TAPS])),
        (words.T_CARD_LOST, str(values[tallies.CARD_LOST])),
        (words.T_NO_PAYMENT, str(values[tallies.NO_PAYMENT_CARD])),
        (words.T_REFUSED, str(values[tallies.CARD_REFUSED])),
        (words.T_READER, str(values[tallies.READER])),
        (words.T_APPROVED, str(values[tallies.APPROVED])),
        (words.T_DECLINED, str(values[tallies.DECLINED])),
        (words.T_NOT_SENT, str(values[tallies.NOT_SENT])),
        (words.T_98, str(values[tallies.REVERSED_98])),
        (words.T_A0, str(values[tallies.REVERSED_A0])),
        (words.T_96, str(values[tallies.REVERSED_96])),
        (words.T_06, str(values[tallies.REVERSED_06])),
        (words.T_MANUAL, str(values[tallies.MANUAL])),
        (words.T_WIFI, str(values[tallies.WIFI_DROPS])),
        (words.T_ERASES, str(values[tallies.ERASES])),
        (words.T_POWER, str(values[tallies.POWER_ON])),
        (words.T_RESTARTS, str(restarts)),
        (words.T_WATCHDOG, str(values[tallies.WATCHDOG])),
        (words.T_FAULTS, str(values[tallies.FAULTS])),
        (words.T_FREE, "%d kB" % (free // 1024) if free else "-"),
        (words.T_DROPPED, str(values[tallies.DROPPED])),
        (words.T_SIGNED_ON, _date(values[tallies.SIGNED_ON_AT], offset_min)),
        (words.T_CHECKED, _date(values[tallies.CHECKED_AT], offset_min)),
        ("TapTill", firmware),
        ("MicroPython", python),
    ]


def _date(moment: int, offset_min: int) -> str:
    """`07-14 14:05`, or a dash when there was none."""
    return "%02d-%02d %02d:%02d" % calendar.civil(moment + offset_min * 60)[1:5] if moment else "-"
