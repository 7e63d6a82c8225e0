"""The field sets of the messages that the flows send (protocol page, "Terminal–host messages").

Each function gives the dict of fields for `core.profiles.cn_pos.build`; F64 is added there.
"""

from ..core import transactions
from ..core.errors import MessageError
from ..core.journal.pending import Pending
from ..core.profiles import cn_pos as profile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .terminal import Terminal


def request(intent: Pending) -> dict:
    """The request of an intent.  Raises MessageError for a kind that this version does not know."""
    row = transactions.of(intent.kind)
    fields = _as_asked(intent, row)
    if row.chip:
        fields[55] = intent.de55
    if intent.track2:
        fields[35] = intent.track2[:37]  # ISO/IEC 7813 has room for 37; some test cards pad with zeros beyond it
    if intent.pin_block:
        fields[26] = "12"
        fields[52] = intent.pin_block
        fields[53] = "2600000000000000"  # ISO 9564 format 0 with PAN, double-length key
    if row.original:
        fields[37] = intent.reference
        if intent.original_auth:
            fields[38] = intent.original_auth
    return fields


def reversal(intent: Pending, de55: bytes) -> dict:
    """The 0400 of the same intent: what is reversed is what was sent.  Raises MessageError as `request`.

    `de55` is empty for an intent that went without chip data.
    """
    row = transactions.of(intent.kind)
    fields = _as_asked(intent, row)
    fields[39] = intent.reversal_code()
    if de55:
        fields[55] = de55
    if not row.original:
        fields[61] = profile.f61(intent.batch, intent.stan)
    if intent.auth:
        fields[38] = intent.auth
    return fields


def about(intent: Pending) -> dict:
    """What an answer about that intent may repeat of it, {field: value}, as far as it is known: a lost one has no card.

    Not in it is what tells the question (F11, F41, F42, F60), and what a host gives itself: F12, F13, F15, F37, F39, F55, and
    F38 until it has been told.
    """
    try:
        row = transactions.of(intent.kind)
    except MessageError:
        fields = {4: "%012d" % intent.amount}
    else:
        fields = _as_asked(intent, row)
        for number in (11, 41, 42, 60):
            del fields[number]
        if not row.original:
            fields[61] = profile.f61(intent.batch, intent.stan)
    fields[38] = intent.auth
    return {number: value for number, value in fields.items() if value}


def _as_asked(intent: Pending, row: transactions.Transaction) -> dict:
    """What request and reversal have in common; terminal and merchant stay those of the intent, whatever the settings say."""
    message = row.message
    fields = {
        2: intent.pan,
        3: message.f3,
        4: "%012d" % intent.amount,
        11: "%06d" % intent.stan,
        22: intent.entry,
        25: message.f25,
        41: intent.terminal,
        42: intent.merchant,
        49: intent.currency,
        60: profile.f60(message, intent.batch),
    }
    if intent.expiry:
        fields[14] = intent.expiry
    if intent.psn:
        fields[23] = intent.psn
    if intent.original:
        fields[61] = profile.f61(intent.original[0], intent.original[1])
    return fields


def sign_on(t: "Terminal", stan: int) -> dict:
    """0800: asks for working keys; F62 names the device by maker and serial number."""
    fields = _identity(t)
    fields[11] = "%06d" % stan
    fields[60] = profile.f60(profile.SIGN_ON, t.store.batch())
    fields[62] = b"Sequence No12" + b"3060" + t.config.serial.encode()
    fields[63] = "001"
    return fields


def echo(t: "Terminal") -> dict:
    """0820: is the host there?"""
    fields = _identity(t)
    fields[60] = profile.f60(profile.ECHO, t.store.batch())
    return fields


def inquiry(t: "Terminal", stan: int, batch: int, asked_stan: int) -> dict:
    """0820: does the host know this trace, and in which state?  The profile's private extension."""
    fields = _identity(t)
    fields[11] = "%06d" % stan
    fields[60] = profile.f60(profile.STATUS, t.store.batch())
    fields[61] = profile.f61(batch, asked_stan)
    return fields


def _identity(t: "Terminal") -> dict:
    return {41: t.config.terminal_id, 42: t.config.merchant_id}
