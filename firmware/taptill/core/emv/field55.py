"""Field 55: what the issuer gets of the tap, in the order of the profile."""

from ..tlv import append

_SALE = (
    0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33, 0x9F34,
    0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x9F63,
)  # fmt: skip
_REVERSAL = (0x95, 0x9F1E, 0x9F10, 0x9F36)
_MAX_PRODUCT_TAG = 16


def _build(read, order) -> bytes:
    data = bytearray()
    for tag in order:
        value = read.terminal.get(tag)
        if value is None:
            value = read.tags.get(tag)
        if value is None or (tag == 0x9F63 and len(value) > _MAX_PRODUCT_TAG):
            continue
        append(data, tag, value)
    return bytes(data)


def de55(read) -> bytes:
    """Field 55 of the request for a CardRead whose outcome is ONLINE: the very values the card was given."""
    return _build(read, _SALE)


def de55_reversal(read) -> bytes:
    """Field 55 of its reversal: 95, 9F1E, 9F10 (if the card gave it), 9F36."""
    return _build(read, _REVERSAL)
