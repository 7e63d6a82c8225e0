"""Model of the ESP32's application slots: which image the boot loader starts, and when it goes back to the one before.

Source: ESP-IDF programming guide, "Over The Air Updates (OTA)", App Rollback: an image that was just chosen is NEW; the boot
loader makes it PENDING when it starts it for the first time; what is still PENDING at the next start is ABORTED, and the image
that worked before is started.  An image that says of itself that it works is VALID.
"""

import json
import os

SLOTS = ("ota_0", "ota_1")
# States, as ESP-IDF's esp_ota_img_states_t names them.
NEW, PENDING, VALID, INVALID, ABORTED, UNDEFINED = "new", "pending-verify", "valid", "invalid", "aborted", "undefined"
_BOOTS = (VALID, UNDEFINED)


class Slots:
    """Two slots, kept in the file `folder`/slots.json as otadata keeps them; `running` is the one that was started."""

    def __init__(self, folder: str):
        self._path = folder + "/slots.json"
        self.boot = SLOTS[0]  # an otadata partition that was never written
        self.states = {slot: UNDEFINED for slot in SLOTS}
        self._kept = False
        try:
            with open(self._path) as file:
                kept = json.load(file)
            self.boot, self.states, self._kept = kept["boot"], kept["states"], True
        except OSError:
            pass  # nothing was ever written
        self.running = self._start()

    def _start(self) -> str:
        """What the boot loader does."""
        state = self.states[self.boot]
        if state == NEW:
            self.states[self.boot] = PENDING
            self._keep()
        elif state not in _BOOTS:
            if state == PENDING:
                self.states[self.boot] = ABORTED
            other = self.next_of(self.boot)
            if self.states[other] in _BOOTS:
                self.boot = other
            self._keep()
        return self.boot

    @staticmethod
    def next_of(slot: str) -> str:
        """The slot that an update would go to."""
        return SLOTS[1 - SLOTS.index(slot)]

    def choose(self, slot: str) -> None:
        """Start this one next; until it has said that it works, once only."""
        self.boot = slot
        self.states[slot] = NEW
        self._keep()

    def works(self) -> bool:
        """The running image says that it works; False where otadata was never written: nothing keeps a state then."""
        if not self._kept:
            return False
        if self.states[self.running] != VALID:
            self.states[self.running] = VALID
            self._keep()
        return True

    def _keep(self) -> None:
        self._kept = True
        with open(self._path + ".new", "w") as file:
            json.dump({"boot": self.boot, "states": self.states}, file)
        os.rename(self._path + ".new", self._path)
