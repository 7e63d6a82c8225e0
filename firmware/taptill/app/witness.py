"""Makes the file about an incident: what is open or was last, the numbers, the log, and the device's signature under it."""

import asyncio
import sys

from ..core.build import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .roles import Exports, Log, Signer


FILE = "evidence.txt"
_TURNS = 8  # of the signature's work between two looks at the other tasks


class Witness:
    """`folder` (adapters.files.Folder) takes the file, `log` is an adapters.logbook.LogFiles; `signer` has the device's key
    (adapters.sealed.Seal), None on a device without one; `zone` in minutes east of UTC, None while it is not known.
    """

    def __init__(self, folder: "Exports", log: "Log", signer: "Signer | None", zone: "int | None" = None):
        self._folder = folder
        self._log = log
        self._signer = signer
        self._zone = zone

    async def text(self, about: list, most: int = 0) -> str:
        """The file: the lines `about` the incident, numbers, the newest lines of the log (at most `most`, 0: all), signature."""
        from ..core import evidence

        lines = evidence.heading(VERSION, "%d.%d.%d" % sys.implementation.version[:3], self._zone) + about
        lines.append(evidence.counted(self._log.tally.values))
        text = evidence.text_of(lines + evidence.logged(self._log.lines(), most))
        if self._signer is None:
            return evidence.signed(text, b"", b"")
        signing = self._signer.signing(text.encode())
        for turn, _ in enumerate(signing):
            if turn % _TURNS == 0:
                await asyncio.sleep_ms(0)
        return evidence.signed(text, signing.public, signing.signature)

    def keep(self, text: str) -> None:
        """Put the file where the cable finds it.  Raises StoreError."""
        self._folder.write(FILE, text)
