"""The field sets of the messages that the flows send (protocol page, "Terminal–host messages").

Each function gives the dict of fields for `core.profile.build`; F64 is added there.
"""

from ..core import profile, transactions


def request(intent, track2, de55: bytes, pin_block) -> dict:
    """The request of an intent (core.pending.Pending); `track2` digits with D or None, `pin_block` 8 bytes or None.

    Raises MessageError for a kind that this version does not know.
    """
    fields = _as_asked(intent)
    fields[55] = de55
    if track2:
        fields[35] = track2[:37]  # ISO/IEC 7813 has room for 37; some test cards pad with zeros beyond it
    if pin_block:
        fields[26] = "12"
        fields[52] = pin_block
        fields[53] = "2600000000000000"  # ISO 9564 format 0 with PAN, double-length key
    return fields


def reversal(intent, de55: bytes) -> dict:
    """The 0400 of the same intent: what is reversed is what was sent.  Raises MessageError as `request`."""
    fields = _as_asked(intent)
    fields[39] = intent.f39()
    fields[55] = de55
    fields[61] = profile.f61(intent.batch, intent.stan)
    if intent.auth:
        fields[38] = intent.auth
    return fields


def _as_asked(intent) -> dict:
    """What request and reversal have in common; terminal and merchant stay those of the intent, whatever the settings say."""
    row = transactions.of(intent.kind).message
    fields = {
        2: intent.pan,
        3: row.f3,
        4: "%012d" % intent.amount,
        11: "%06d" % intent.stan,
        22: intent.entry,
        25: row.f25,
        41: intent.terminal,
        42: intent.merchant,
        49: intent.currency,
        60: profile.f60(row, intent.batch),
    }
    if intent.expiry:
        fields[14] = intent.expiry
    if intent.psn:
        fields[23] = intent.psn
    return fields


def sign_on(t, stan: int) -> dict:
    """0800: asks for working keys; F62 names the device by maker and serial number."""
    fields = _identity(t)
    fields[11] = "%06d" % stan
    fields[60] = profile.f60(profile.SIGN_ON, t.store.batch())
    fields[62] = b"Sequence No12" + b"3060" + t.config.serial.encode()
    fields[63] = "001"
    return fields


def echo(t) -> dict:
    """0820: is the host there?"""
    fields = _identity(t)
    fields[60] = profile.f60(profile.ECHO, t.store.batch())
    return fields


def inquiry(t, stan: int, batch: int, asked_stan: int) -> dict:
    """0820: does the host know this trace, and in which state?  The profile's private extension."""
    fields = _identity(t)
    fields[11] = "%06d" % stan
    fields[60] = profile.f60(profile.STATUS, t.store.batch())
    fields[61] = profile.f61(batch, asked_stan)
    return fields


def _identity(t) -> dict:
    return {41: t.config.terminal_id, 42: t.config.merchant_id}
