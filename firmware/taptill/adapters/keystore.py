"""Device key and key store: ports.Keys over a sealed file.

The device key is 16 random bytes in NVS, outside the file system.  The file `keys` holds, sealed under it, the TMK
and the working keys as the host wrapped them (F62): no clear key is ever on flash.
"""

import os

from ..core.des import Des
from ..core.errors import KeyError_, SealBroken, StoreError
from ..core.profiles.cn_pos import keys as key_rules
from ..core.profiles.cn_pos import mac as mac_rules
from ..core.profiles.cn_pos import pinblock
from .sealed import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS

    from ..core.kinds import Buffer
    from .files import Folder


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


class KeyStore:
    """Keys in the file `keys` of `folder` (files.Folder).  `open()` loads them; without a TMK it raises KeyError_."""

    def __init__(self, folder: "Folder", seal: Seal):
        self._folder = folder
        self._seal = seal
        self._tmk: "bytes | None" = None
        self._pik: "Des | None" = None
        self._mak: "Des | None" = None

    def open(self) -> None:
        """Load what is stored.  Raises KeyError_ (no TMK, or a file this device cannot open), StoreError."""
        sealed = self._folder.read("keys")
        if not sealed:
            raise KeyError_("TMK: none is loaded")
        try:
            _, _, clear = self._seal.open(_MAGIC_KEYS, sealed)
        except SealBroken:
            raise KeyError_("TMK: the key file is damaged or of another device")
        self._tmk = clear[:16]
        length = clear[16]
        if length:
            self._use(clear[17 : 17 + length])

    def inject(self, tmk: "Buffer", replace: bool = True) -> None:
        """Store a new TMK (16 bytes): provisioning.  Working keys are gone until the next sign-on.

        Without `replace` only the TMK that is there already is taken, and nothing changes.
        """
        if len(tmk) != 16:
            raise KeyError_("TMK: %d bytes, 16 expected" % len(tmk))
        if not replace:
            self.open()
            if self._tmk != bytes(tmk):
                raise KeyError_("TMK: another one cannot be taken while a reversal is pending")
            return
        self._save(bytes(tmk), b"")
        self._tmk = bytes(tmk)
        self._pik = self._mak = None

    def ready(self) -> bool:
        return self._mak is not None

    def install(self, f62: "Buffer") -> None:
        if self._tmk is None:
            raise KeyError_("TMK: none is loaded")
        f62 = bytes(f62)
        key_rules.unwrap_working_keys(self._tmk, f62)  # refuses a wrong check value before anything is written
        try:
            self._save(self._tmk, f62)
        except StoreError as error:
            raise KeyError_("working keys: " + str(error))
        self._use(f62)

    def mac(self, data: "Buffer") -> bytes:
        if self._mak is None:
            raise KeyError_("MAK: none is loaded")
        return mac_rules.profile_mac(self._mak, data)

    def pin_block(self, pin: "Buffer", pan: str) -> bytes:
        if self._pik is None:
            raise KeyError_("PIK: none is loaded")
        clear = pinblock.format0(pin, pan)
        try:
            return self._pik.encrypt(clear)
        finally:
            for at in range(len(clear)):
                clear[at] = 0

    def _use(self, f62: "Buffer") -> None:
        pik, mak = key_rules.unwrap_working_keys(self._tmk or b"", f62)
        self._pik, self._mak = Des(pik), Des(mak)

    def _save(self, tmk: bytes, f62: bytes) -> None:
        self._folder.write("keys", self._seal.seal(_MAGIC_KEYS, 0, 0, tmk + bytes((len(f62),)) + f62))
