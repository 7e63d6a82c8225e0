"""What the terminal is to a card: places, limits, capabilities and the applications it takes."""

import binascii

from ..errors import ConfigError
from .schemes import AIDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _hex(name: str, text: str, length: int) -> bytes:
    try:
        value = binascii.unhexlify(text)
    except (ValueError, TypeError):
        value = b""
    if len(value) != length:
        raise ConfigError(name + ": wants %d hex digits" % (2 * length))
    return value


def _limit(name: str, amount: "int | None") -> "int | None":
    if amount is not None and (not isinstance(amount, int) or amount < 0):
        raise ConfigError(name + ": wants an amount in minor units")
    return amount


class EmvConfig:
    """Settings of one terminal.  Limits are in minor units; None is no limit.

    `aids` are rows as in schemes.AIDS, `serial` is 9F1E (8 characters), `extra` more terminal data a scheme may ask for
    (tag -> bytes).  Raises ConfigError naming the setting.  What the terminal can do is told as it is:

    `capabilities`, 9F33 (EMV Book 4, A2): no keys for a card number, no stripe, no contacts (contactless has no bit there);
    PIN to the host and no verification; no offline data authentication.  `signature`: a slip is printed that can be signed.
    `terminal_type`, 9F35 (A1): a merchant's, attended, online only.
    `ttq`, 9F66 before the limits are applied: EMV mode, online PIN; verification on the device counts.
    """

    def __init__(
        self,
        country: str = "0156",
        currency: str = "0156",
        contactless_limit: "int | None" = None,
        floor_limit: int = 0,
        cvm_limit: "int | None" = 100000,
        signature: bool = False,
        capabilities: str = "004800",
        terminal_type: str = "21",
        serial: str = "00000000",
        merchant_name: str = "",
        merchant_id: str = "",
        terminal_id: str = "",
        ttq: str = "24004000",
        aids: tuple = AIDS,
        extra: "Any" = None,
    ):
        self.country = _hex("country", country, 2)
        self.currency = _hex("currency", currency, 2)
        self.contactless_limit = _limit("contactless_limit", contactless_limit)
        self.floor_limit = _limit("floor_limit", floor_limit)
        self.cvm_limit = _limit("cvm_limit", cvm_limit)
        able = bytearray(_hex("capabilities", capabilities, 3))
        qualifiers = bytearray(_hex("ttq", ttq, 4))
        if signature:
            able[1] |= 0x20
            qualifiers[0] |= 0x02
        self.capabilities = bytes(able)
        self.ttq = bytes(qualifiers)
        self.terminal_type = _hex("terminal_type", terminal_type, 1)
        if len(serial) != 8:
            raise ConfigError("serial: wants 8 characters")
        self.serial = serial.encode()
        self.merchant_name = merchant_name.encode()
        self.merchant_id = merchant_id.encode()
        self.terminal_id = terminal_id.encode()
        self.aids = aids
        self.extra = extra or {}

    def application(self, aid: str) -> "tuple[str, str, str, int] | None":
        """The row of `aids` whose prefix begins `aid` (upper-case hex), or None."""
        for row in self.aids:
            if aid.startswith(row[0]):
                return row
        return None


class EmvTxn:
    """One transaction: amount in minor units, its Transaction Type `kind` (9C), date "YYMMDD", time "hhmmss", the unpredictable
    number (4 random bytes) and the transaction counter (at most 8 digits)."""

    def __init__(self, amount: int, date: str, un: bytes, counter: int, time: str = "000000", kind: int = 0):
        self.amount = amount
        self.kind = kind
        self.date = date
        self.un = un
        self.counter = counter
        self.time = time
