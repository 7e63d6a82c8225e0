"""The errors of TapTill's rules: one clear line each, naming what and where.

All derive from `TapTillError`, so a caller can tell a refused input from a bug.  No message ever holds
a PAN, track data, a PIN or a key: texts name fields, tags, offsets and lengths only.
"""


class TapTillError(Exception):
    """Base of every error that TapTill raises on purpose."""


class CodecError(TapTillError):
    """Bytes that do not follow their format.

    `where` is the field, tag or table that is wrong; `offset` the byte counted from the start of the
    input that was handed in, or -1 where no single byte is to blame.
    """

    def __init__(self, where: str, what: str, offset: int = -1):
        text = where + ": " + what
        if offset >= 0:
            text += " at byte " + str(offset)
        super().__init__(text)
        self.where = where
        self.what = what
        self.offset = offset


class TlvError(CodecError):
    """Malformed BER-TLV or DOL."""


class MessageError(CodecError):
    """Malformed ISO 8583 message or a value that does not fit its field."""


class KeyError_(TapTillError):
    """A key that cannot be used: wrong length, wrong check value, or none loaded."""


class ConfigError(TapTillError):
    """A configuration value that is missing or wrong; the text names the setting."""


class SealBroken(TapTillError):
    """Bytes that were not sealed with this device's key, or that are damaged."""


class LinkDown(TapTillError):
    """The link to the host failed.  `sent` is True when a byte of the request may have left.

    `kind`: LINK; EARLY, the terminal's clock stands before the first day of the host's certificate; or CERTIFICATE, it
    is refused for anything else.
    """

    LINK = 0
    EARLY = 1
    CERTIFICATE = 2

    def __init__(self, text: str, sent: bool = False, kind: int = LINK):
        super().__init__(text)
        self.sent = sent
        self.kind = kind


class HostTimeout(TapTillError):
    """The request left and no answer that belongs to it came in time."""


class StoreError(TapTillError):
    """Flash refused a write or a read: nothing may be taken as durable."""


class PendingDamaged(StoreError):
    """A pending record exists but cannot be read back: its evidence must be kept."""


class CardLost(TapTillError):
    """The card left the field or stopped answering."""


class ReaderFault(TapTillError):
    """The reader chip itself does not answer or answers nonsense."""
