"""Device key and key store: ports.Keys over a sealed file.

The device key is 16 random bytes in NVS, outside the file system.  The file `keys` holds, sealed under it, the TMK
and the working keys as the host wrapped them: no clear key is ever on flash.
"""

import os
from binascii import hexlify

from ..core import pinblock
from ..core.des import Des
from ..core.errors import KeyError_, SealBroken, StoreError
from ..core.keycheck import kcv, kcv_of
from .sealed import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from esp32 import NVS

    from ..core.kinds import Buffer
    from ..core.profiles import Profile
    from .files import Folder
    from .given import Given


_MAGIC_KEYS = 0x4B
_DEVICE_KEY = "device_key"
_NVS_NOT_FOUND = 0x1102  # ESP_ERR_NVS_NOT_FOUND


def device_key(nvs: "NVS"):
    """The device key (16 bytes) of `nvs` (esp32.NVS), or None when the device has none yet.

    Raises StoreError for any other failure: a key that cannot be read now must never be replaced by a new one.
    """
    key = bytearray(16)
    try:
        length = nvs.get_blob(_DEVICE_KEY, key)
    except OSError as error:
        if error.errno in (_NVS_NOT_FOUND, -_NVS_NOT_FOUND):
            return None
        raise StoreError("device key: cannot be read, error " + str(error.errno))
    if length != 16:
        raise StoreError("device key: %d bytes, 16 expected" % length)
    return key


def make_device_key(nvs: "NVS") -> bytes:
    """Give the device a new key from the hardware random source.  What was sealed under an older one is lost."""
    key = os.urandom(16)
    nvs.set_blob(_DEVICE_KEY, key)
    nvs.commit()
    return key


def trouble(folder: "Folder", given: "Given", proven: "Callable[[], bool]") -> str:
    """What is wrong when no TMK can be read (a name of app.out_of_service): files that are sealed and all of them broken tell of
    another device key, unless `proven()` by what this one opens.
    """
    if folder.size("keys") <= 0 and not given.broken:
        return "keys-missing"
    return "device-key" if given.broken and folder.size("keys") > 0 and not proven() else "key-file"


class KeyStore:
    """Keys in the file `keys` of `folder` (files.Folder).  `open()` loads them; without a TMK it raises KeyError_.

    `profile` says how working keys come and what `mac` is: the setting of that name, which code `mac()` makes, and what is asked
    of a MAK.  `told()` hears of working keys that came, `warn(text)` of a flash that did not take them.
    """

    def __init__(
        self,
        folder: "Folder",
        seal: Seal,
        profile: "Profile",
        mac: str,
        given: "Given | None" = None,
        told: "Callable[[], None] | None" = None,
        warn: "Callable[[str], None]" = print,
    ):
        self._folder = folder
        self._told = told
        self._warn = warn
        self._seal = seal
        self._profile = profile
        self._kind = mac
        self._given = given
        self._count = given.count if given else 0
        self._tmk: "bytes | None" = None
        self._pik: "Des | None" = None
        self._mak: "Des | None" = None

    def open(self) -> None:
        """Load what is stored; a file that is lost costs the working keys alone as long as the TMK stands in `given` too.

        Raises KeyError_ (no TMK, or files this device cannot open), StoreError.
        """
        clear, error = self._stored()
        if self._given and self._given.tmk and clear[:16] != self._given.tmk:
            self._tmk = self._given.tmk
            return
        if error:
            raise error
        self._tmk = clear[:16]
        wrapped = clear[17 : 17 + clear[16]]
        if self._profile.knows_keys(wrapped):
            pik, mak = self._unwrapped(wrapped)
            if self._profile.mac_fits(self._kind, mak):  # others wait for the next sign-on
                self._pik, self._mak = pik, mak

    def _stored(self) -> "tuple[bytes, KeyError_ | None]":
        """(content of the file, None), or (b"", what is wrong with it).  One of an earlier provisioning is none."""
        sealed = self._folder.read("keys")
        if not sealed:
            return b"", KeyError_("TMK: none is loaded")
        try:
            count, _, clear = self._seal.open(_MAGIC_KEYS, sealed)
        except SealBroken:
            return b"", KeyError_("TMK: the key file is damaged or of another device")
        if count > self._count:
            self._count, self._given = count, None  # the other one is of an earlier provisioning
        return clear, None

    def check(self, tmk: "Buffer", replace: bool) -> bool:
        """May this TMK (16 bytes) come; True when it has to be stored.  Raises KeyError_.

        Without `replace` only the TMK that is there already is taken, and nothing changes; where none can be read, any is.
        """
        if len(tmk) != 16:
            raise KeyError_("TMK: %d bytes, 16 expected" % len(tmk))
        if replace:
            return True
        try:
            self.open()
        except KeyError_:
            return True
        if self._tmk != bytes(tmk):
            raise KeyError_("TMK: another one cannot be taken while a reversal is pending")
        return False

    def inject(self, tmk: "Buffer", replace: bool = True) -> None:
        """Store a TMK that `check` lets pass: provisioning.  Working keys are gone until the next sign-on."""
        if not self.check(tmk, replace):
            return
        self._count = max(self._given.count if self._given else 0, self._count)
        self._save(bytes(tmk), b"")
        self._tmk = bytes(tmk)
        self._pik = self._mak = None

    def has_master(self) -> bool:
        return self._tmk is not None

    def ready(self) -> bool:
        return self._mak is not None

    def check_values(self) -> "list[tuple[str, str]]":
        """(name, check value in hex) of the keys that are there: TMK, PIK, MAK.  Never a key."""
        there: "list[tuple[str, str]]" = []
        if self._tmk:
            there.append(("TMK", hexlify(kcv(self._tmk)).decode().upper()))
        for name, key in (("PIK", self._pik), ("MAK", self._mak)):
            if key:
                there.append((name, hexlify(kcv_of(key)).decode().upper()))
        return there

    def install(self, wrapped: "Buffer") -> None:
        if self._tmk is None:
            raise KeyError_("TMK: none is loaded")
        wrapped = bytes(wrapped)
        pik, mak = self._unwrapped(wrapped)  # refuses a wrong check value before anything is written
        if not self._profile.mac_fits(self._kind, mak):
            raise KeyError_("MAK: the retail MAC takes 16 bytes of two different halves")
        # From now on the host takes no others, so an open reversal needs them whether flash takes them or not.
        self._pik, self._mak = pik, mak
        if self._told:
            self._told()
        try:
            self._save(self._tmk, wrapped)
        except StoreError as error:
            self._warn("keys: %s" % error)  # the next start signs on again

    def mac(self, data: "Buffer") -> bytes:
        if self._mak is None:
            raise KeyError_("MAK: none is loaded")
        return self._profile.mac_code(self._kind, self._mak, data)

    def pin_block(self, pin: "Buffer", pan: str) -> bytes:
        if self._pik is None:
            raise KeyError_("PIK: none is loaded")
        clear = pinblock.format0(pin, pan)
        try:
            return self._pik.encrypt(clear)
        finally:
            for at in range(len(clear)):
                clear[at] = 0

    def _unwrapped(self, wrapped: "Buffer") -> "tuple[Des, Des]":
        """PIK and MAK, ready for use.  Raises KeyError_."""
        pik, mak = self._profile.unwrap(self._tmk or b"", wrapped)
        return Des(pik), Des(mak)

    def _save(self, tmk: bytes, wrapped: bytes) -> None:
        self._folder.write("keys", self._seal.seal(_MAGIC_KEYS, self._count, 0, tmk + bytes((len(wrapped),)) + wrapped))
