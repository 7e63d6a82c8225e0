"""What is open, as far as it stands in the clear on flash: for who has no key.

The marks keep the number of the newest intent, which payment it is and the newest record (adapters.marks); the number of a sealed
intent stands before what is sealed (adapters.sealed).  An intent is open while its number is greater than that of the newest
record (adapters.store).
"""

import struct

from .intent import FILE, MAGICS
from .journal import Journal
from .marks import Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..core.journal.pending import Pending
    from .files import Folder


_HEAD = "<BI"  # adapters.sealed: magic, number

NOTHING = 0  # nothing is seen to be open; whether that is so needs the key
KNOWN = 1  # the marks say which one is
ONE = 2  # an intent that only the key opens
DAMAGED = 3  # one of which not even its number can be read


class Standing:
    """`folder` is a files.Folder, or anything that reads like one; nothing is written.  Raises StoreError.

    `found` is one of NOTHING … DAMAGED, `opened` which it is where that is known, `journal` the journal.Journal, opened.
    """

    def __init__(self, folder: "Folder"):
        self.journal = Journal(folder)
        self.journal.open()
        marks = Marks(folder)
        marks.open()
        self.opened: "Pending | None" = None
        self.found = NOTHING
        newest = max(self.journal.seq, marks.newest.seq if marks.newest else 0)
        if marks.opened and marks.opened.seq > newest:
            self.found, self.opened = KNOWN, marks.opened
        elif folder.size(FILE) > 0:
            self.found = _of_file(folder.part(FILE, 0, struct.calcsize(_HEAD)), newest)


def _of_file(head: bytes, newest: int) -> int:
    if len(head) < struct.calcsize(_HEAD) or head[0] not in MAGICS:
        return DAMAGED
    return ONE if struct.unpack(_HEAD, head)[1] > newest else NOTHING
