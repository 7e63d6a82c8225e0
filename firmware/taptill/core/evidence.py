"""What is known of a reversal that would not go through, in lines a bank can read.  No full PAN is in it."""

from .journal import timestamp as stamp
from .masking import mask_pan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .journal.pending import Pending


_WIFI = ("off", "connecting", "up", "waiting", "wrong password", "no access point")


def lines(pending: "Pending", amount: str, now: "tuple[int, int, int, int, int, int] | None", wifi_state: int, rssi: int) -> list:
    """Lines `name: value` for a core.journal.pending.Pending; `amount` as it is written, with its currency; `now` as in
    ports.Clock.now, `wifi_state` of drivers.wifi.
    """
    return [
        "terminal: " + pending.terminal,
        "merchant: " + pending.merchant,
        "batch: %06d" % pending.batch,
        "trace: %06d" % pending.stan,
        "amount: " + amount,
        "card: " + mask_pan(pending.pan),
        "sold: " + stamp.text(pending.requested_at),
        "reason: F39 " + pending.reversal_code(),
        "tries: %d" % pending.tries,
        "last cause: %d" % pending.cause,
        "wifi: %s %d dBm" % (_WIFI[wifi_state], rssi),
        "written: " + stamp.text(stamp.pack(now)),
    ]
