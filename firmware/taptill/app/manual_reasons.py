"""Why a supervisor takes an open reversal over; the journal keeps the place in this list, from 1."""

from . import words

REASONS = (
    words.REASON_HOST_DEBIT, words.REASON_HOST_NONE, words.REASON_NO_HOST, words.REASON_CASH, words.REASON_OTHER,
)  # fmt: skip
