"""The field sets of the messages that the flows send (protocol page, "Terminal–host messages").

Each function gives the dict of fields for `core.profile.build`; F64 is added there.
"""

from ..core import profile


def sale(t, stan: int, amount: int, card, de55: bytes, pin_block) -> dict:
    """0200 of a contactless sale; `pin_block` is 8 bytes or None."""
    fields = _identity(t)
    fields[2] = card.pan
    fields[3] = profile.SALE.f3
    fields[4] = "%012d" % amount
    fields[11] = "%06d" % stan
    fields[14] = card.expiry
    fields[22] = "071" if pin_block else "072"
    if card.psn:
        fields[23] = card.psn
    fields[25] = profile.SALE.f25
    if card.track2:
        fields[35] = card.track2[:37]  # ISO/IEC 7813 has room for 37; some test cards pad with zeros beyond it
    fields[49] = t.config.currency[1:]
    fields[55] = de55
    if pin_block:
        fields[26] = "12"
        fields[52] = pin_block
        fields[53] = "2600000000000000"  # ISO 9564 format 0 with PAN, double-length key
    fields[60] = profile.f60(profile.SALE, t.store.batch())
    return fields


def reversal(pending, de55: bytes) -> dict:
    """0400 of a pending record; terminal and merchant are those of the original, whatever the settings say now."""
    fields = {
        2: pending.pan,
        3: profile.SALE.f3,
        4: "%012d" % pending.amount,
        11: "%06d" % pending.stan,
        22: pending.entry,
        25: profile.SALE.f25,
        39: pending.f39(),
        41: pending.terminal,
        42: pending.merchant,
        49: pending.currency,
        55: de55,
        60: profile.f60(profile.SALE, pending.batch),
        61: profile.f61(pending.batch, pending.stan),
    }
    if pending.expiry:
        fields[14] = pending.expiry
    if pending.psn:
        fields[23] = pending.psn
    if pending.auth:
        fields[38] = pending.auth
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
