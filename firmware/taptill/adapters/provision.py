"""Provisioning: what a new terminal is given once, over the cable, before it can work.

The TMK arrives in RAM and is sealed at once; it never touches flash in the clear.
"""

import binascii
import json

from ..core import config as config_rules
from ..core.errors import KeyError_
from .files import Folder
from .keystore import KeyStore, device_key, make_device_key
from .sealed import Seal


def provision(folder: str, nvs, config: dict, tmk_hex: str, ca_der: bytes = b"") -> None:
    """Check and write configuration, CA certificate and TMK below `folder`.

    Raises ConfigError or KeyError_ before anything is written.  A device that has a key keeps it, so an
    open reversal can still be read.
    """
    config_rules.Config(config)
    try:
        tmk = binascii.unhexlify(tmk_hex)
    except ValueError:
        raise KeyError_("TMK: not hexadecimal")
    if len(tmk) != 16:
        raise KeyError_("TMK: %d bytes, 16 expected" % len(tmk))
    key = device_key(nvs) or make_device_key(nvs)
    place = Folder(folder)
    place.ensure()
    if ca_der:
        place.write("ca.der", ca_der)
    KeyStore(place, Seal(key)).inject(tmk)
    place.write("config.json", json.dumps(config))
