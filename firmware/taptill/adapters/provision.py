"""Provisioning: what a new terminal is given once, over the cable, before it can work.

The TMK arrives in RAM and is sealed at once; it never touches flash in the clear.
"""

import binascii
import json

from ..core import config as config_rules
from ..core.errors import ConfigError, KeyError_, PendingDamaged
from .files import Folder
from .keystore import KeyStore, device_key, make_device_key
from .sealed import Seal
from .store import FlashStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS


def provision(folder: str, nvs: "NVS", config: dict, tmk_hex: str, ca_der: bytes = b"") -> None:
    """Check and write configuration, CA certificate and TMK below `folder`.

    Raises ConfigError or KeyError_ before anything is written.  A device that has a key keeps it, so an open reversal
    can still be read; and while one is open, its terminal, its merchant and its TMK stay as they are (pending-first).
    """
    settings = config_rules.Config(config)
    try:
        tmk = binascii.unhexlify(tmk_hex)
    except ValueError:
        raise KeyError_("TMK: not hexadecimal")
    if len(tmk) != 16:
        raise KeyError_("TMK: %d bytes, 16 expected" % len(tmk))
    key = device_key(nvs) or make_device_key(nvs)
    place = Folder(folder)
    place.ensure()
    seal = Seal(key)
    pending = _pending(place, seal)
    if pending and (pending.terminal, pending.merchant) != (config["terminal_id"], config["merchant_id"]):
        raise ConfigError("config: terminal and merchant cannot change while a reversal is pending")
    KeyStore(place, seal).inject(tmk, replace=not pending)
    if ca_der:
        place.write("ca.der", ca_der)
    place.write("config.json", json.dumps(config))
    place.write(config_rules.LANGUAGE_FILE, settings.language)  # what was chosen by key before ends here


def _pending(place: Folder, seal: "Seal"):
    """The open intent of this device, or None; a damaged one is the supervisor's business and changes nothing here."""
    store = FlashStore(place, seal)
    store.open()
    try:
        return store.pending()
    except PendingDamaged:
        return None
