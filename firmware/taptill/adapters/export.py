"""Evidence over the cable: what `till evidence --port` runs on the board while the terminal itself is stopped."""

import json
import sys

from ..core import evidence
from ..core.build import VERSION
from ..core.errors import PendingDamaged, StoreError
from .files import Folder
from .keystore import device_key
from .logbook import LogFiles
from .sealed import Seal
from .store import FlashStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS


_RECORDS = 8


def tell(folder: str, nvs: "NVS") -> None:
    """Print the file (core.evidence) of the terminal whose files are in `folder`, as it stands on flash.

    Raises StoreError when flash cannot be read.
    """
    key = device_key(nvs)
    log = LogFiles(Folder(folder + "/log"), lambda: 0, lambda: 0)
    log.look()
    lines, zone = _place(folder)
    if key:
        store = FlashStore(Folder(folder), Seal(key))
        store.open()
        lines += _about(store)
    lines = evidence.heading(VERSION, "%d.%d.%d" % sys.implementation.version[:3], zone) + lines
    lines.append(evidence.counted(log.tally.values))
    text = evidence.text_of(lines + evidence.logged(log.lines(), 0))
    if not key:
        print(evidence.signed(text, b"", b""))
        return
    signing = Seal(key).signing(text.encode())
    for _ in signing:
        continue
    print(evidence.signed(text, signing.public, signing.signature))


def _place(folder: str) -> "tuple[list, int | None]":
    """Whose terminal it is, as far as its settings can be read, and its zone."""
    try:
        settings = json.loads(Folder(folder).read("config.json") or b"{}")
    except (StoreError, ValueError):
        settings = {}
    host = "%s:%s" % (settings.get("host", "-"), settings.get("port", "-"))
    terminal, merchant = settings.get("terminal_id", "-"), settings.get("merchant_id", "-")
    return evidence.place(terminal, merchant, host, None), settings.get("utc_offset_min")


def _about(store: FlashStore) -> list:
    """What is open, and the newest records."""
    lines = []
    try:
        pending = store.pending()
        if pending:
            lines = evidence.lines(pending, str(pending.amount), "", None, 0, 0) + [evidence.opened(pending)]
    except PendingDamaged as error:
        lines = ["damaged: %s" % error]
    return lines + [evidence.recorded(record) for record in store.recent(_RECORDS)]
