"""What a flow reports: how it ended, where the money is, and why.

The app turns it into words; nothing here is text, so that both languages stay in one place.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.emv.outcome import CardRead
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


class Result:
    """One outcome.

    `kind` of core.transactions, 0 for an errand; `amount` in minor units is what stands (0 when nothing does), `asked` what was
    wanted; `stan` 0 when none was used; `pan` masked; `f39` the host's code or ""; `card` the CardRead of a tap (its reason and
    detail) or None; `tries` of a reversal; `detail` is for a log.
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
        self.tries = 0
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


def damaged(error: Exception) -> Result:
    """The intent on flash cannot be read, so nobody here knows what became of its money."""
    told = Result(UNKNOWN, MONEY_UNKNOWN, DAMAGED)
    told.detail = str(error)
    return told
