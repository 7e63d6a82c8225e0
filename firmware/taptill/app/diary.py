"""What is written down of the day: every payment with its end, what led up to those that ended badly, and how often.

Hears of steps and ends as the debug link does, and of journal records and the Wi-Fi's state.  Lines are made for
`till evidence`, which explains them; they hold numbers of flows.result and core.journal, no card data.
"""

from ..core import logbook, transactions
from ..core import tally as tallies
from ..core.journal import record as records
from ..drivers import wifi as wlan
from ..flows import result as ends
from ..flows import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.record import Record
    from .roles import Log


# Names of the steps of flows.terminal, from 1 on.
_STEPS = "present read remove connect wait reverse sign-on ask"


class Diary:
    """`log` is an adapters.logbook.LogFiles."""

    def __init__(self, log: "Log"):
        self._log = log
        self._wifi = wlan.DISABLED  # what was said of it last
        self._linked = False

    def step(self, step: int, amount: int, detail: int) -> None:
        """A flow got to another step."""
        if step == terminal.READING:
            self._log.tally.add(tallies.TAPS)
        self._log.note(logbook.DETAIL, "step %s %d" % (_STEPS.split()[step - 1], detail))

    def result(self, found: ends.Result) -> None:
        """A flow ended, and the person is told how."""
        if found.earlier:
            return  # that was written down when it ended, if it could be
        place = _read_failed(found.why)
        if place:
            self._log.tally.add(place)
        if found.end == ends.NOT_SENT and not found.stan:  # else it has a record
            self._log.tally.add(tallies.NOT_SENT)
        if _nobody_asks(found):
            self._log.forget_details()
        name = transactions.of(found.kind).name if found.kind else "errand"
        level = logbook.WARNING if found.end in (ends.UNKNOWN, ends.REVERSED, ends.MANUAL) else logbook.INFO
        ended = "%s %d %d end %d why %d %s" % (name, found.stan, found.asked, found.end, found.why, found.f39)
        self._log.note(level, ended.rstrip())
        detail = found.detail or (found.card.detail if found.card else "")
        if detail:
            self._log.note(logbook.INFO, "detail: " + detail)

    def recorded(self, record: "Record") -> None:
        """A record is in the journal."""
        place = tallies.of_reversal(record.reversal)
        if record.state in (records.APPROVED, records.PARTIAL):
            place = tallies.APPROVED
        elif record.state == records.DECLINED:
            place = tallies.DECLINED
        elif record.state == records.UNSENT:
            place = tallies.NOT_SENT
        elif record.state == records.MANUAL:
            place = tallies.MANUAL
        if place:
            self._log.tally.add(place)

    def signed_on(self) -> None:
        """The host has given working keys."""
        self._log.date(tallies.SIGNED_ON_AT)

    def wifi(self, state: int, rssi: int) -> None:
        """The link's state is another one.  Tries that fail again and again for the same reason are one line."""
        if state == wlan.UP:
            self._say_wifi(state, "up %d dBm" % rssi)
        elif self._linked:
            self._log.tally.add(tallies.WIFI_DROPS)
            self._say_wifi(state, "lost")
        elif state == wlan.WRONG_PASSWORD:
            self._say_wifi(state, "wrong password")
        elif state == wlan.NO_AP:
            self._say_wifi(state, "no access point")
        elif state == wlan.NO_ADDRESS:
            self._say_wifi(state, "no address")
        self._linked = state == wlan.UP

    def _say_wifi(self, state: int, said: str) -> None:
        if state != self._wifi:
            self._wifi = state
            self._log.note(logbook.INFO, "wifi " + said)

    def report(self, line: str) -> None:
        """What self-test and diagnosis have found, for the serial console; only what is not well is written down."""
        if " FAILED" in line or " weak" in line:
            self._log.note(logbook.WARNING, line)  # which the console hears too
        else:
            print(line)

    def warn(self, text: str) -> None:
        """Something is wrong; for the serial console too."""
        self._log.note(logbook.WARNING, text)


def _read_failed(why: int) -> int:
    """The place of the tally where a reading counts that ended so; 0: it is no failure of the reading."""
    if why == ends.CARD_LOST:
        return tallies.CARD_LOST
    if why == ends.NO_PAYMENT_CARD:
        return tallies.NO_PAYMENT_CARD
    if why == ends.CARD:
        return tallies.CARD_REFUSED
    return tallies.READER if why == ends.READER else 0


def _nobody_asks(found: ends.Result) -> bool:
    """Is it an end of which nobody asks what led up to it?"""
    plain = found.end in (ends.APPROVED, ends.PARTIAL, ends.DECLINED, ends.DONE)
    return plain or found.why in (ends.CANCELLED, ends.NO_CARD, ends.PIN_CANCELLED)
