"""What provisioning gave, a second time: file `beside/given`, sealed, and copies of the settings and of the CA certificate.

`given` holds the TMK and the check values of `config.json` and `ca.der`, under a number that counts provisionings.  Of the three
that speak for a file – itself, its copy, its check value – two decide: one damaged bit, a file that is gone or one of an older
moment changes nothing.  So each lies in another folder, in blocks of its own (adapters.marks says why): the copies in `copies`.
Earlier firmware had all in one; they are moved.
"""

import binascii
import struct

from ..core.errors import SealBroken, StoreError
from .files import move
from .marks import BESIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.kinds import Buffer
    from .files import Folder
    from .sealed import Seal

_FILE = "given"
_MAGIC = 0x47
_COPIES = "copies"
_COPY = ".copy"
_FILES = ("config.json", "ca.der")


class Given:
    """`folder` is a files.Folder; `seal` a sealed.Seal, None on a device without a key.  Call `open()` once before use.

    `tmk` 16 bytes, None where none can be read; `count` says which provisioning it came with; `broken`: there is such a file, and
    it cannot be read.
    """

    def __init__(self, folder: "Folder", seal: "Seal | None"):
        self._folder = folder
        self._beside = folder.inner(BESIDE)
        self._copies = folder.inner(_COPIES)
        self._seal = seal
        self._checks: "dict[str, int]" = {}
        self.tmk: "bytes | None" = None
        self.count = 0
        self.broken = False

    def open(self) -> None:
        """Read it back.  Raises StoreError when flash cannot be read."""
        if not self._seal:
            return
        sealed = self._beside.read(_FILE)
        if not sealed:
            try:
                self._place()
            except StoreError as error:
                print("store:", error)  # it is read where it is
            sealed = self._beside.read(_FILE) or self._folder.read(_FILE)
        if not sealed:
            return
        try:
            self.count, _, clear = self._seal.open(_MAGIC, sealed)
        except SealBroken:
            self.broken = True
            return
        self.tmk = clear[:16]
        for at, name in enumerate(_FILES):
            (self._checks[name],) = struct.unpack("<I", clear[16 + 4 * at : 20 + 4 * at])

    def _place(self) -> None:
        """Have the folders, and the files of an earlier firmware in them, `given` last.  Raises StoreError."""
        for folder in (self._beside, self._copies):
            folder.own()
        if self._beside.size(_FILE) < 0:
            self._folder.settle()  # once: what goes with a bad bit there must not take these folders with it
        for name in _FILES:
            move(name + _COPY, self._folder, self._copies)
        move(_FILE, self._folder, self._beside)

    def keep(self, tmk: bytes, config: bytes, ca: bytes) -> None:
        """Another provisioning: all that it gives, durable before the files themselves are written.  Raises StoreError."""
        contents = (config, ca)
        clear = tmk + b"".join([struct.pack("<I", binascii.crc32(content)) for content in contents])
        if not self._seal:
            raise StoreError("given: the device has no key")
        self._place()
        self._beside.write(_FILE, self._seal.seal(_MAGIC, self.count + 1, 0, clear))
        self.count += 1
        self.tmk = tmk
        for name, content in zip(_FILES, contents):
            self._checks[name] = binascii.crc32(content)

    def copy(self, name: str, content: "Buffer") -> None:
        """The second copy of a file, written after the file itself.  Raises StoreError."""
        self._copies.write(name + _COPY, content)

    def file(self, name: str):
        """What was given as `name`, None when there is none.  Raises StoreError when neither it nor its copy can be read."""
        first = self._one(self._folder, name)
        if first is not None and binascii.crc32(first) == self._checks.get(name):
            return first  # two of the three agree
        second = self._one(self._copies, name + _COPY)
        if second is None:
            second = self._one(self._folder, name + _COPY)  # where an earlier firmware had it
        if first is None and second is None:
            if max(self._folder.size(name), self._copies.size(name + _COPY)) >= 0:
                raise StoreError(name + ": neither it nor its copy can be read")
            return None
        if second is not None and (first is None or binascii.crc32(second) == self._checks.get(name)):
            print("store: %s is not what was given" % name)
            return second
        return first

    def _one(self, folder: "Folder", name: str):
        try:
            return folder.read(name)
        except StoreError as error:
            print("store:", error)
            return None
