"""Provisioning: what a new terminal is given once, over the cable, before it can work.

The TMK and the passwords arrive in RAM and are sealed at once; they never touch flash in the clear.
"""

import binascii
import json

from ..core import config as config_rules
from ..core import owner, profiles
from ..core.errors import ConfigError, KeyError_, PendingDamaged, StoreError
from . import passwords
from .files import Folder
from .given import Given
from .keystore import KeyStore, device_key, make_device_key
from .owner import OwnerFile
from .sealed import Seal
from .store import FlashStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from esp32 import NVS

    from ..core.journal.pending import Pending


def provision(folder: str, nvs: "NVS", config: dict, tmk_hex: str, ca_der: bytes = b"") -> None:
    """Check and write configuration, CA certificate and TMK below `folder`; without `ca_der` the one that is there stays.

    Raises ConfigError or KeyError_ before anything is written.  A device that has a key keeps it, so an open reversal
    can still be read; and while one is open, its host, its terminal, its merchant, its currency and its TMK stay as they are
    (pending-first).
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
    place.begin()
    seal = Seal(key)
    store = FlashStore(place, seal)
    store.open()
    pending, damaged = _open(store)
    if pending and pending.currency and pending.currency != settings.currency[1:]:
        raise ConfigError("config: a reversal is open over %s; until it is settled currency cannot change" % pending.currency)
    if pending or damaged:
        _stays(place, pending, owner.of(settings, ca_der or place.read("ca.der")))
    given = Given(place, seal)
    given.open()
    ca = ca_der or given.file("ca.der") or b""
    text = json.dumps(passwords.sealed(config, seal, given.count + 1)).encode()
    keys = KeyStore(place, seal, profiles.load(settings.profile), settings.mac, given)
    stored = keys.check(tmk, replace=not pending)
    given.keep(tmk, text, ca)
    if stored:
        keys.inject(tmk)
    for name, content in (("ca.der", ca), ("config.json", text)):
        if content:
            place.write(name, content)
            given.copy(name, content)
    place.write(config_rules.LANGUAGE_FILE, settings.language)  # what was chosen by key before ends here


def _open(store: FlashStore) -> "tuple[Pending | None, bool]":
    """(the open intent or None, is there one that cannot be read?)."""
    try:
        return store.pending(), False
    except PendingDamaged:
        return None, True


def _stays(place: Folder, pending: "Pending | None", new: owner.Owner) -> None:
    """Something is open: the settings have to lead to the host that it was sent to.  Raises ConfigError naming what does not."""
    mark = pending.owner if pending else b""
    if mark and mark == new.mark:
        return
    for known in (OwnerFile(place).read(), _set(place)):
        if known and (not mark or known.mark == mark):
            break
    else:
        known = None
    if known:
        what = known.differences(new)
    elif mark:
        what = ["host, terminal and merchant"]
    else:  # nothing says whose it is but, of an earlier firmware's, the intent itself
        asked = (("terminal_id", pending.terminal), ("merchant_id", pending.merchant)) if pending else ()
        what = [name for name, value in asked if new.values[name] != value]
    if what:
        whose = known.place if known else "another host"
        text = "config: a reversal is open and belongs to %s; until it is settled %s cannot change"
        raise ConfigError(text % (whose, ", ".join(what)))


def _set(place: Folder) -> "owner.Owner | None":
    """Whose payments are with the settings on flash; None when they cannot be read."""
    try:
        text = place.read("config.json")
        return owner.of(config_rules.Config(passwords.opened(json.loads(text), None)), place.read("ca.der")) if text else None
    except (ConfigError, StoreError, ValueError):
        return None
