"""The one intent on flash: file `pending`, sealed, and small enough for LittleFS to keep it inline."""

from ..core.errors import CodecError, SealBroken
from ..core.journal import pending as pendings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.kinds import Buffer
    from .files import Folder
    from .sealed import Seal

FILE = "pending"
_MAGIC = 0x51
_MAGIC_1 = 0x50  # of version 1, which had no version byte
MAGICS = (_MAGIC, _MAGIC_1)


class IntentFile:
    """`folder` is a files.Folder, `seal` a sealed.Seal.  Call `open()` once before use.

    `intent` is the last one, open or not, and `number` what it bears on flash for certain; `damage` says why it cannot be read,
    and `remains` is what can be read of it without any proof.
    """

    def __init__(self, folder: "Folder", seal: "Seal"):
        self._folder = folder
        self._seal = seal
        self._revision = 0
        self.intent: "pendings.Pending | None" = None
        self.number = 0
        self.damage = ""
        self.remains: "pendings.Pending | None" = None

    def exists(self) -> bool:
        """Is there such a file, with anything in it?"""
        return self._folder.size(FILE) > 0

    def open(self) -> None:
        """Read it back; what cannot be read is damage, no error."""
        sealed = self._folder.read(FILE)
        if not sealed:
            return  # none, or its creation was cut before anything was in it: nothing can have left
        try:
            first = sealed[0] == _MAGIC_1
            seq, self._revision, clear = self._seal.open(_MAGIC_1 if first else _MAGIC, sealed)
            self.intent = pendings.unpack_1(seq, clear) if first else pendings.unpack(seq, clear)
            self.number = seq
        except (SealBroken, CodecError) as error:
            self.damage = "pending: " + str(error)
            self.remains = self._salvaged(sealed)
        self._revision += 1

    def missed(self) -> None:
        """There should be one: whatever it was counts as damaged."""
        self.damage = "pending: missing"

    def save(self, intent: pendings.Pending, seq: int) -> None:
        """Make it durable under the number `seq`, in place of an earlier one.  Raises StoreError."""
        sealed = self._seal.seal(_MAGIC, seq, self._revision, intent.pack())
        # Also when the write is refused: flash may hold it all the same, and what settles the intent must settle that.
        intent.seq = seq
        self._folder.write(FILE, sealed)
        self._revision += 1
        self.intent, self.number = intent, seq

    def take_back(self, before: "pendings.Pending | None") -> None:
        """It may be on flash, but nothing will be sent on it: `before` stays the last one."""
        self.intent = before

    def keep_as(self, name: str) -> None:
        """A damaged one is kept under another name.  Raises StoreError."""
        if self.exists():
            self._folder.rename(FILE, name)
        self.forget()

    def forget(self) -> None:
        """A damaged one is of no interest any more."""
        self.damage = ""
        self.intent = self.remains = None

    def _salvaged(self, sealed: "Buffer") -> "pendings.Pending | None":
        try:
            seq, _, clear = self._seal.salvage(sealed)
            return pendings.unpack_1(seq, clear) if sealed[0] == _MAGIC_1 else pendings.unpack(seq, clear)
        except (SealBroken, CodecError):
            return None  # nothing of it can be read
