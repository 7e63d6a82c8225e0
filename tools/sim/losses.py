"""What flash has lost of a terminal's payments: nothing that can be read there may be missing, and no loss may be kept quiet.

Damage to flash excuses the payments that it has really taken, each once that is shown: no file that can still be read has it
(`left`), and the start that misses it says that something is lost.
"""

from collections.abc import Iterable
from typing import Any

from campaigns import invariants

from . import port
from .left import Key
from .roles import Scene, Verdict

_UNREADABLE = 63  # core.journal.record.UNREADABLE


def unset(store: Any) -> bool:
    """Are the settings not where this store is, nor their copy (adapters.given)?"""
    folder = store._folder
    return folder.size("config.json") < 0 and folder.inner("copies").size("config.json.copy") < 0


class Losses:
    """`gone`: payments that flash has taken.  `said`: names of what any start has said to be lost."""

    def __init__(self, world: Scene, judge: Verdict):
        self._world = world
        self._judge = judge
        self.gone: set[Key] = set()
        self.said: set[str] = set()
        self._since: set[str] = set()  # the last look

    def look(self, store: Any, records: "list[Any]", sent: "Iterable[Key]", unset: bool = False) -> None:
        """A store has read its flash, and lists these records: of all payments whose request was `sent` it should know.

        `unset`: the settings are gone with them.
        """
        told, known = set(store.lost), {(record.batch, record.stan) for record in records}
        try:
            pending = store.pending()
            if pending is not None:
                known.add((pending.batch, pending.stan))
        except port.of("core.errors").PendingDamaged:
            told.add("pending")
        if any(record.state == _UNREADABLE for record in records):
            told.add("journal")
        if unset:
            told.add("settings")  # a device with a key says then that something may be open, too (main._unset)
        told |= self._since
        self._since = set()
        self.said |= told
        self.gone -= known
        missing = [key for key in sent if key not in known and key not in self.gone]
        if told and not self._world.flash_struck:
            self._judge.wrong(invariants.POWER_CUT, f"{sorted(told)} is said to be lost, and flash has lost nothing")
        if missing:
            left = self._world.left_for_this_life()
            for key in missing:
                self._missing(key, left.knows(key), bool(told - {"counter"}))

    def _missing(self, key: Key, there: bool, told: bool) -> None:
        name = f"STAN {key[1]:06d}"
        if not self._world.flash_struck:
            self._judge.wrong(invariants.POWER_CUT, f"{name} was sent, and is neither recorded nor pending")
        elif there and (self._world.board.flash.doubtful or self._world.board.flash.misread):
            return  # at the end, when no read fails or lies, it must be there
        elif there:
            self._judge.wrong(invariants.POWER_CUT, f"{name} can be read on flash, and the terminal does not know it")
        elif not self._world.flash_damaged:
            self._judge.wrong(invariants.POWER_CUT, f"{name} was sent, and is neither recorded nor pending")
        elif not told:
            self._judge.wrong(invariants.NO_SILENT_DROP, f"{name} is gone from flash, and nobody says that anything is lost")
        else:
            self._world.note(f"flash has lost {name}, and it is said that something is lost")
        self.gone.add(key)

    def hear(self, store: Any) -> None:
        """What a store says to be lost in the middle of a life is said, too."""
        self._since |= set(store.lost)
