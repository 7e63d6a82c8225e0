"""Model of the ESP-IDF's NVS as `esp32.NVS` shows it: namespaces of small integers and blobs.

A value that was set but not committed is lost with the power: the guide promises no more.  ESP-IDF in fact writes each
value when it is set, so that several values of one commit are not all or nothing there; nothing may rely on either.  The
errors are those of the port: OSError(-code, name).  Source: ESP-IDF programming guide, "Non-volatile storage library"; nvs.h.
"""

import binascii
import json
import os

from . import cut as cuts

NOT_FOUND = (-0x1102, "ESP_ERR_NVS_NOT_FOUND")
KEY_TOO_LONG = (-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
INVALID_LENGTH = (-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
INVALID_NAME = (-0x1106, "ESP_ERR_NVS_INVALID_NAME")

_MAX_NAME = 15


class NvsNamespace:
    """One namespace, kept in the file `folder`/nvs-`name`.json; `cut` and `on_cut` as in chips.flash."""

    def __init__(self, folder: str, name: str, cut=None, on_cut=None):
        if not 0 < len(name) <= _MAX_NAME:
            raise OSError(*INVALID_NAME)
        self._path = folder + "/nvs-" + name + ".json"
        self._cut = cut
        self._on_cut = on_cut
        try:
            with open(self._path) as file:
                self._values = json.load(file)
        except OSError:
            self._values = {}  # a namespace comes to be with its first value
        self._dirty = False

    def _set(self, key: str, value) -> None:
        if not 0 < len(key) <= _MAX_NAME:
            raise OSError(*KEY_TOO_LONG)
        self._values[key] = value
        self._dirty = True

    def set_i32(self, key: str, value: int) -> None:
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise OverflowError("value out of range of a 32-bit integer")
        self._set(key, value)

    def get_i32(self, key: str) -> int:
        value = self._values.get(key)
        if not isinstance(value, int):
            raise OSError(*NOT_FOUND)
        return value

    def set_blob(self, key: str, value) -> None:
        self._set(key, binascii.hexlify(bytes(value)).decode())

    def get_blob(self, key: str, buffer) -> int:
        """Copy the blob into `buffer`; its length."""
        value = self._values.get(key)
        if not isinstance(value, str):
            raise OSError(*NOT_FOUND)
        blob = binascii.unhexlify(value)
        if len(blob) > len(buffer):
            raise OSError(*INVALID_LENGTH)
        buffer[: len(blob)] = blob
        return len(blob)

    def erase_key(self, key: str) -> None:
        if key not in self._values:
            raise OSError(*NOT_FOUND)
        del self._values[key]
        self._dirty = True

    def commit(self) -> None:
        """Make everything set so far durable, all of it or nothing: one step of the power cut."""
        if not self._dirty:
            return
        how = self._cut.step(cuts.WRITE) if self._cut else cuts.GO_ON
        if how in (cuts.BEFORE, cuts.TORN):  # NVS drops an entry that was not written to its end
            self._on_cut()
        with open(self._path + ".new", "w") as file:
            json.dump(self._values, file)
        os.rename(self._path + ".new", self._path)
        self._dirty = False
        if how == cuts.AFTER:
            self._on_cut()
