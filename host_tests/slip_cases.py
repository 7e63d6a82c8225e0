"""Slips of every kind, for the fixtures of test_slips.py: name -> what makes its lines of an issuer."""

from taptill.app import words
from taptill.app.slips import payment, totals
from taptill.core import transactions
from taptill.core.journal import record as records
from taptill.core.journal import timestamp
from taptill.core.journal.pending import Pending
from taptill.core.slips.card import CardFacts
from taptill.flows import result as ends

SALE, VOID, REFUND = transactions.SALE.kind, transactions.VOID.kind, transactions.REFUND.kind
HOLD, COMPLETION = transactions.PREAUTH.kind, transactions.COMPLETION.kind
BEGUN = timestamp.pack((2026, 1, 15, 10, 29, 58))
ENDED = timestamp.pack((2026, 1, 15, 10, 30, 5))
CARD = CardFacts("A000000333010102", "UnionPay Credit", "1122334455667788", "0000008000")
PAN = "6228483141591234"


class Shop:
    merchant_name = "City Coffee"
    merchant_name_zh = "城市咖啡馆"
    merchant_id = "100000000000001"
    terminal_id = "10000001"


def record(state, kind=SALE, **more):
    made = records.Record(kind, state, 1, 123, 1250)
    made.seq, made.requested_at, made.ended_at, made.pan = 5, BEGUN, ENDED, "622848******1234"
    if state == records.APPROVED:
        made.approved, made.f39, made.rrn, made.auth = 1250, "00", "301510293501", "834412"
    for name, value in more.items():
        setattr(made, name, value)
    return made


def pending(kind=SALE, original=None):
    made = Pending()
    made.kind, made.batch, made.stan, made.amount, made.pan = kind, 1, 124, 1250, PAN
    made.original = original
    made.expiry, made.currency, made.requested_at, made.tries, made.cause = "3012", "156", BEGUN, 3, ends.TIMEOUT
    return made


def of(state, copy=payment.MERCHANT, again=False, card=CARD, kind=SALE, operator="", **more):
    return lambda by: payment.ended(by, record(state, kind, **more), copy, again, card, operator)


SUMS = [(words.K_SALE, 12, 123456), (words.K_VOID, 2, -2500), (words.K_REFUND, 1, -1250), (words.K_COMPLETION, 3, 30000)]
ABOUT = (1, 122, "0115")
REVERSED = {"reversal": "98", "tries": 2, "cause": ends.TIMEOUT}
CASES = {
    "sale": of(records.APPROVED, operator="01"),
    "sale, the customer's": of(records.APPROVED, payment.CUSTOMER, cvm=1),
    "sale, signed, again": of(records.APPROVED, again=True, cvm=2, amount=123456789, approved=123456789),
    "sale, on the phone": of(records.APPROVED, cvm=3),
    "sale, nothing known of the card": of(records.APPROVED, card=None),
    "part of a sale": of(records.PARTIAL, approved=1000, f39="10", rrn="301510293501", auth="834412"),
    "declined": of(records.DECLINED, card=None, f39="51"),
    "not sent": of(records.UNSENT, card=None, cause=ends.NO_WIFI),
    "void": of(records.APPROVED, kind=VOID, card=None, original=ABOUT),
    "reversed": of(records.REVERSED, card=None, **REVERSED),
    "void, reversed": of(records.REVERSED, card=None, kind=VOID, original=ABOUT, **REVERSED),
    "refund": of(records.APPROVED, kind=REFUND, card=None, batch=2, original=ABOUT),
    "refund, the customer's": of(
        records.APPROVED, payment.CUSTOMER, kind=REFUND, card=None, original=ABOUT, amount=250, approved=250
    ),
    "refund, not made": of(records.NOT_FOUND, kind=REFUND, card=None, original=ABOUT, tries=2, cause=ends.TIMEOUT),
    "refund, open": lambda by: payment.opened(by, pending(REFUND, ABOUT)),
    "balance": of(records.APPROVED, payment.CUSTOMER, kind=transactions.BALANCE.kind, approved=1234567, amount=0, cvm=1),
    "pre-authorisation": of(records.APPROVED, kind=HOLD, cvm=1),
    "pre-authorisation, signed": of(records.APPROVED, kind=HOLD, cvm=2),
    "pre-authorisation, the customer's": of(records.APPROVED, payment.CUSTOMER, kind=HOLD, cvm=3),
    "pre-authorisation, reversed": of(records.REVERSED, kind=HOLD, card=None, **REVERSED),
    "pre-authorisation, void": of(records.APPROVED, kind=transactions.PREAUTH_VOID.kind, card=None, batch=2, original=ABOUT),
    "completion": of(records.APPROVED, kind=COMPLETION, card=None, batch=2, original=ABOUT, amount=1400, approved=1400),
    "completion, declined": of(records.DECLINED, kind=COMPLETION, card=None, original=ABOUT, f39="51"),
    "completion, void": of(records.APPROVED, kind=transactions.COMPLETION_VOID.kind, card=None, original=ABOUT),
    "manual list": of(records.MANUAL, card=None, reason=3, **REVERSED),
    "open": lambda by: payment.opened(by, pending()),
    "settlement": lambda by: totals.totals(
        by, totals.SETTLEMENT, SUMS, (18, 149706), BEGUN, ENDED, 1, "01", (words.APPROVED, words.KEEP_COPY)
    ),
    "shift": lambda by: totals.totals(by, totals.SHIFT, SUMS, (18, 149706), BEGUN, ENDED, operator="02", again=True),
    "day": lambda by: totals.totals(by, totals.DAY, SUMS, (18, 149706), BEGUN, ENDED),
}
