"""Fields that mean the same in every ISO 8583:1987 message of a payment, whatever the profile."""

from .. import transactions
from ..errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..journal.pending import Pending
    from ..message import Message


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
    if transactions.of(intent.kind).settled == transactions.NOTHING:
        del fields[4]
    return fields


def asked(intent: "Pending", fields: dict) -> dict:
    """`fields` with what the request alone has: chip data, track 2, a PIN block, and what the answer to its original said."""
    row = transactions.of(intent.kind)
    if row.chip:
        fields[55] = intent.de55
    if intent.track2:
        fields[35] = intent.track2[:37]  # ISO/IEC 7813 has room for 37; some test cards pad with zeros beyond it
    if intent.pin_block:
        fields[26] = "12"
        fields[52] = intent.pin_block
    if row.of:
        fields[37] = intent.reference
        if intent.original_auth:
            fields[38] = intent.original_auth
    return fields


def undone(intent: "Pending", fields: dict, reason: str, de55: bytes) -> dict:
    """`fields` with what its reversal alone has: F39, some of the chip data, and the authorisation code once it has been told."""
    fields[39] = reason
    if de55:
        fields[55] = de55
    if intent.auth:
        fields[38] = intent.auth
    return fields


def about(fields: "dict | None", intent: "Pending", asking: "tuple[int, ...]") -> dict:
    """What an answer about that intent may repeat of it, of the `fields` as asked, as far as it is known: a lost one has no card,
    and of one whose kind this version does not know (None) there is only the amount.

    Not in it is what tells the question (`asking` are the numbers), and what a host gives itself; F38 is in it once it has been
    told.
    """
    if fields is None:
        fields = {4: "%012d" % intent.amount}
    known = {number: value for number, value in fields.items() if value and number not in asking}
    if intent.auth:
        known[38] = intent.auth
    return known


def balance(answer: "Message") -> int:
    """The amount of F54, minor units: account n2, kind n2, currency n3, C or D, amount n12; the first that can be used (02)."""
    text = answer.fields.get(54, "")
    for at in range(0, len(text) - 19, 20):
        if text[at + 2 : at + 4] == "02" and text[at + 8 : at + 20].isdigit():
            return int(text[at + 8 : at + 20]) * (-1 if text[at + 7] == "D" else 1)
    raise MessageError("F54", "no balance")
