"""Of the profiles only the chosen one is in memory, by the modules that the real VM has loaded."""

import gc
import os
import sys

sys.path.append("../../firmware")

from taptill.core import profiles
from taptill.core.config import Config

_FIRMWARE = "../../firmware/taptill/"
_GIVEN = {"merchant_name": "x", "merchant_id": "1" * 15, "terminal_id": "1" * 8, "host": "h", "port": 1, "tls": False}


def _of_profiles() -> list:
    """Modules below core.profiles that are loaded, without that name in front."""
    inside = profiles.__name__ + "."
    return sorted([name[len(inside) :] for name in sys.modules if name.startswith(inside)])


def _load_the_rest() -> None:
    """All of core and flows, and who keeps keys and line."""
    for folder in ("core", "flows"):
        for name in sorted(os.listdir(_FIRMWARE + folder)):
            if name.endswith(".py") and name != "__init__.py":
                __import__("taptill.%s.%s" % (folder, name[:-3]))
    for name in ("hostlink", "keystore"):
        __import__("taptill.adapters." + name)


def test_only_the_chosen_profile_is_in_memory():
    _load_the_rest()
    assert _of_profiles() == []
    name = profiles.NAMES[-1]
    gc.collect()
    before = gc.mem_alloc()
    profiles.load(Config(dict(_GIVEN, profile=name)).profile)
    gc.collect()
    print("%s takes %d bytes of the heap" % (name, gc.mem_alloc() - before))
    loaded = _of_profiles()
    assert name + ".frame" in loaded and "shared" in loaded
    assert [each for each in loaded if each != "shared" and each.split(".")[0] != name] == [], loaded
