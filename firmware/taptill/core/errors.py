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

    `kind` says where on the way it failed, from the air to the host's certificate.
    """

    LINK = 0  # none of the others
    RADIO = 1  # no access point
    PASSWORD = 2  # the access point refuses the password
    ADDRESS = 3  # joined, and nobody gives an address (DHCP)
    NAME = 4  # the host's name is not found (DNS)
    ROUTE = 5  # no way to its address
    REFUSED = 6  # its port is closed
    SILENT = 7  # nobody answers there
    TLS = 8  # no secure link comes about
    EXPIRED = 9  # the certificate has expired
    EARLY = 10  # the terminal's clock stands before its first day
    OTHER_NAME = 11  # it is made out to another name
    OTHER_CA = 12  # it is not of the CA that is trusted
    CERTIFICATE = 13  # it is refused for anything else
    MEMORY = 14  # there is no room for the link
    # What only a diagnosis finds out.
    ROUTER = 15  # the router does not answer
    TWICE = 16  # another station may be using our address
    LEASE = 17  # joined, and the address of before is not given again
    MASK = 18  # address, mask and router do not fit together
    NAME_SERVER = 19  # nobody answers who could know the host's name

    def __init__(self, text: str, sent: bool = False, kind: int = LINK):
        super().__init__(text)
        self.sent = sent
        self.kind = kind


class HostTimeout(TapTillError):
    """The request left and no answer that belongs to it came in time."""


class StoreError(TapTillError):
    """Flash refused a write or a read: nothing may be taken as durable.

    `full`: there was no room for it, and nothing else is wrong.  `corrupt`: the file system cannot follow the blocks of a file,
    of this or of another one; then it finds no free block for any.
    """

    def __init__(self, text: str, full: bool = False, corrupt: bool = False):
        super().__init__(text)
        self.full = full
        self.corrupt = corrupt


class PendingDamaged(StoreError):
    """A pending record exists but cannot be read back: its evidence must be kept."""


class CardLost(TapTillError):
    """The card left the field or stopped answering."""


class ReaderFault(TapTillError):
    """The reader chip itself does not answer or answers nonsense."""
