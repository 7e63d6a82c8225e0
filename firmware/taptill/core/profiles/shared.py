"""Fields that mean the same in every ISO 8583:1987 message of a payment, whatever the profile."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..journal.pending import Pending


def as_asked(intent: "Pending") -> dict:
    """What request and reversal have in common; terminal and merchant stay those of the intent, whatever the settings say."""
    fields = {
        2: intent.pan,
        4: "%012d" % intent.amount,
        11: "%06d" % intent.stan,
        22: intent.entry,
        41: intent.terminal,
        42: intent.merchant,
        49: intent.currency,
    }
    if intent.expiry:
        fields[14] = intent.expiry
    if intent.psn:
        fields[23] = intent.psn
    return fields


def original_told(intent: "Pending") -> dict:
    """What the answer to the original said, which a request about it repeats."""
    fields = {37: intent.reference}
    if intent.original_auth:
        fields[38] = intent.original_auth
    return fields


def about(fields: dict, intent: "Pending", asking: "tuple[int, ...]") -> dict:
    """What an answer about that intent may repeat of it, of the `fields` as asked, as far as it is known: a lost one has no card.

    Not in it is what tells the question (`asking` are the numbers), and what a host gives itself; F38 is in it once it has been
    told.
    """
    known = {number: value for number, value in fields.items() if value and number not in asking}
    if intent.auth:
        known[38] = intent.auth
    return known
