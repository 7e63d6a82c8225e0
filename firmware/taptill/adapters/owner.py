"""File `owner`: the host that payments go to, in words, beside the mark that an intent keeps of it.

It is written when nothing is open and the settings have changed.  So when settings are replaced while something is open, it
still says whom that belongs to.  Nothing is decided by it: a file that is gone or damaged only costs the name.
"""

import json

from ..core.errors import StoreError
from ..core.owner import Owner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Folder

_FILE = "owner"


class OwnerFile:
    """`folder` is a files.Folder."""

    def __init__(self, folder: "Folder"):
        self._folder = folder

    def read(self) -> "Owner | None":
        """Who it was when it was last written; None when that cannot be read."""
        try:
            values = json.loads(self._folder.read(_FILE) or b"")
        except (StoreError, ValueError):
            return None
        if not isinstance(values, dict):
            return None
        return Owner({name: value for name, value in values.items() if isinstance(value, str)})

    def keep(self, owner: Owner) -> None:
        """Nothing is open: from now on payments are this one's.  Raises StoreError."""
        known = self.read()
        if known is None or known.values != owner.values:
            self._folder.write(_FILE, json.dumps(owner.values))
