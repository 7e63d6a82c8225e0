"""What provisioning gave, read back for who gave it (`till provision --show`): everything but what is secret."""

import json

from ..core.keycheck import kcv
from ..core.settings import PASSWORDS
from .files import Folder
from .given import Given
from .keystore import device_key
from .sealed import Seal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS

_HIDDEN = "(set)"


def shown(folder: str, nvs: "NVS") -> dict:
    """{"config": the settings, secret ones as "(set)", or None; "ca": DER, or b""; "check": check value of the TMK in
    hexadecimal, or "", "public": what the device's signatures are checked with in hexadecimal, or ""}.

    Raises StoreError, ValueError for settings that are not JSON.
    """
    key = device_key(nvs)
    seal = Seal(key) if key else None
    given = Given(Folder(folder), seal)
    given.open()
    text = given.file("config.json")
    config = json.loads(text) if text else None
    for name in PASSWORDS:
        if config and config.get(name):
            config[name] = _HIDDEN
    return {
        "config": config,
        "ca": given.file("ca.der") or b"",
        "check": kcv(given.tmk)[:3].hex().upper() if given.tmk else "",
        "public": seal.public_key().hex() if seal else "",
    }
