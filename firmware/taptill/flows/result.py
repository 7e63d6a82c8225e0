"""What a flow reports: how it ended, where the money is, and why.

The app turns it into words; nothing here is text, so that both languages stay in one place.
"""

from ..core.journal import record as records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.emv.outcome import CardRead
    from ..core.journal.pending import Told
    from ..core.journal.record import Record


# Ends.
APPROVED = 1
PARTIAL = 2  # approved for `amount` only
DECLINED = 3  # a valid declining answer
NOT_SENT = 4  # stopped before the request left
REVERSED = 5  # left, and settled by a reversal
UNKNOWN = 6  # left, and its reversal is still pending
MANUAL = 7  # moved to the manual list
DONE = 8  # sign-on, echo, inquiry: as asked
FAILED = 9  # sign-on, echo, inquiry: not

# Money.
NOT_TAKEN = 1
TAKEN = 2
MONEY_UNKNOWN = 3

# Why.  Numbers are kept in records and pending records: never reuse one.
OK = 0
HOST_CODE = 1  # see f39
CARD = 2  # see the card reading's reason and detail
NO_CARD = 3  # nobody tapped in time
CANCELLED = 4
CARD_LOST = 5  # 挥卡交易终止
NO_PAYMENT_CARD = 6  # 此卡无法交易: not an ISO 14443-4 card
READER = 7
OVER_LIMIT = 8
PIN_CANCELLED = 9
NO_LINK = 10  # no connection could be made
LINK_BROKEN = 11  # the connection broke after the request may have left
TIMEOUT = 12
BAD_MAC = 13
BAD_ANSWER = 14
NO_KEYS = 15
STORE = 16
PENDING = 17  # an earlier reversal has to be settled first
DAMAGED = 18  # the pending record cannot be read
REFUSED = 19  # the host refused the reversal
OTHER_DAY = 20  # in records of earlier versions only: the host said "not approved, or another business day"
SUPERVISOR = 21
KEYS_REFUSED = 22  # a sign-on brought keys with a wrong check value
JOURNAL_FULL = 23
BAD_AMOUNT = 24
NO_MEMORY = 25  # the heap ran out in the middle
CLOCK = 26  # TLS needs the time, and the terminal does not know it
CERTIFICATE = 27  # the host's certificate is refused
IN_DOUBT = 28  # the host's F39 says that it does not know either (09, 68, 96, 98)
DUPLICATE = 29  # the host says that the trace was used before (94)
STANDS = 30  # the host refuses the reversal and says that the sale is on its books
DIFFERS = 31  # the host holds another amount under this trace (64)
UNKNOWN_CODE = 32  # the host's F39 is none of the table
UNFIT = 33  # a value does not fit its field of the message
NO_ORIGINAL = 34  # no such transaction in this batch, or it does not stand any more
OTHER_CARD = 35  # not the card of the original
UNREADABLE = 36  # a record of the journal that may be the one cannot be read
DOUBTED = 37  # the end of the journal cannot be read: the open sale may have been settled
LOST = 38  # the intent is gone, only its trace and amount are known
NOT_KEPT = 39  # the host has given its word, and flash does not take it
OTHER_HOST = 40  # the open reversal belongs to another host than the one of the settings
# No connection could be made, and where it failed: core.errors.LinkDown has the same words.
NO_WIFI = 41
WIFI_PASSWORD = 42
NO_ADDRESS = 43
NO_NAME = 44
NO_ROUTE = 45
PORT_CLOSED = 46
HOST_SILENT = 47
TLS_FAILED = 48
CERT_EXPIRED = 49
CERT_EARLY = 50  # and the terminal knows the time: CLOCK if it does not
CERT_NAME = 51
CERT_CA = 52
KEY_FILE = 53  # the file of the keys is damaged or missing: the TMK has to be loaded again
NO_DISPLAY = 54  # nobody can see the amount, nor how it ends
# Of the self-test (core.checks).
KEY_STUCK = 60
READER_BROKEN = 61
# Of the network diagnosis (flows.diagnosis): what else may be behind a host that is not reached.
ROUTER_SILENT = 62
ADDRESS_TWICE = 63
LEASE_LOST = 64
WRONG_MASK = 65
DNS_SILENT = 66
# Of transactions that are about an earlier one, and of those that are not reversed.
TOO_MUCH = 70  # more than is left of the original
NOT_KNOWN = 71  # asked what became of it, the host does not know it, and it may still come
NO_CONNECTION = (
    NO_LINK, CLOCK, CERTIFICATE, NO_WIFI, WIFI_PASSWORD, NO_ADDRESS, NO_NAME, NO_ROUTE, PORT_CLOSED, HOST_SILENT, TLS_FAILED,
    CERT_EXPIRED, CERT_EARLY, CERT_NAME, CERT_CA, ROUTER_SILENT, ADDRESS_TWICE, LEASE_LOST, WRONG_MASK, DNS_SILENT,
)  # fmt: skip

# State of a journal record → end and money.
STOOD = {
    records.APPROVED: (APPROVED, TAKEN),
    records.PARTIAL: (PARTIAL, TAKEN),
    records.DECLINED: (DECLINED, NOT_TAKEN),
    records.UNSENT: (NOT_SENT, NOT_TAKEN),
    records.REVERSED: (REVERSED, NOT_TAKEN),
    records.NOT_FOUND: (REVERSED, NOT_TAKEN),
    records.NOT_APPROVED: (REVERSED, NOT_TAKEN),
    records.MANUAL: (MANUAL, MONEY_UNKNOWN),
}


class Result:
    """One outcome.

    `kind` of core.transactions, 0 for an errand; `amount` in minor units is what stands (0 when nothing does), `asked` what was
    wanted; `stan` 0 when none was used; `pan` masked; `f39` the host's code or ""; `card` the CardRead of a tap (its reason and
    detail) or None; `tries` of a reversal; `earlier`: it ended before the terminal started; `detail` is for a log.

    For a slip: `facts` as in core.journal.pending, or None; `unkept` the record of what no journal has (a balance), or None.

    `wants_sign_on`: keys or batch are out of step.  Of flows.again: `after_sign_on`: it was the second time; `not_signed_on`: how
    the sign-on failed; `told`: a person has seen it, and wants no second time.
    """

    def __init__(self, end: int, money: int, why: int = OK, kind: int = 0):
        self.end = end
        self.money = money
        self.why = why
        self.kind = kind
        self.amount = 0
        self.asked = 0
        self.stan = 0
        self.pan = ""
        self.f39 = ""
        self.auth = ""
        self.rrn = ""
        self.cvm = 0
        self.card: "CardRead | None" = None
        self.facts: "Told | None" = None
        self.unkept: "Record | None" = None
        self.tries = 0
        self.earlier = False
        self.wants_sign_on = False
        self.after_sign_on = False
        self.not_signed_on: "Result | None" = None
        self.told = False
        self.detail = ""


def of(record: "Record", end: int, money: int, why: int = OK) -> Result:
    """How a payment ended, by its core.journal.record.Record."""
    told = Result(end, money, why, record.kind)
    told.amount = record.approved
    told.asked = record.amount
    told.stan = record.stan
    told.pan = record.pan
    told.f39 = record.f39
    told.auth = record.auth
    told.rrn = record.rrn
    told.cvm = record.cvm
    told.tries = record.tries
    return told


def again(record: "Record") -> "Result | None":
    """What was told, or should have been, when the payment of a journal record ended; None of a record that tells no end."""
    end, money = STOOD.get(record.state, (0, 0))
    if not end:
        return None
    why = HOST_CODE if end == DECLINED else SUPERVISOR if end == MANUAL else OK if money == TAKEN else record.cause
    told = of(record, end, money, why)
    told.earlier = True
    if end == REVERSED:
        told.f39 = ""  # that was the code of the reversal, not of the payment
    return told


def damaged(error: Exception) -> Result:
    """The intent on flash cannot be read, so nobody here knows what became of its money."""
    told = Result(UNKNOWN, MONEY_UNKNOWN, DAMAGED)
    told.detail = str(error)
    return told
