"""Field 55: what the issuer gets of the tap, in the order of the profile."""

from ..tlv import append

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kinds import Buffer
    from .outcome import CardRead


_SALE = (
    0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33, 0x9F34,
    0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x9F63,
)  # fmt: skip
_MAX_PRODUCT_TAG = 16


def de55(read: "CardRead") -> bytes:
    """Field 55 of the request for a CardRead whose outcome is ONLINE: the very values the card was given."""
    data = bytearray()
    for tag in _SALE:
        value = read.terminal.get(tag)
        if value is None:
            value = read.tags.get(tag)
        if value is None or (tag == 0x9F63 and len(value) > _MAX_PRODUCT_TAG):
            continue
        append(data, tag, value)
    return bytes(data)


def de55_reversal(tvr: "Buffer", serial: "Buffer", iad: "Buffer", atc: "Buffer") -> bytes:
    """Field 55 of a reversal: 95, 9F1E, 9F10 (empty when the card gave none), 9F36."""
    data = bytearray()
    append(data, 0x95, tvr)
    append(data, 0x9F1E, serial)
    if iad:
        append(data, 0x9F10, iad)
    append(data, 0x9F36, atc)
    return bytes(data)
