"""The settings of a history: every one that the firmware has (taptill.core.settings and the profiles') and what it may be.

One stands in no table here: the supervisor's password is the same in all shops, so that somebody knows it.
"""

import random
from typing import Any

from acquirer import profiles
from acquirer.testcards import DEMO_MERCHANT, DEMO_TERMINAL

FIRST, SECOND = "host", "second-host"
PORTS = dict(zip(profiles.NAMES, range(7001, 7001 + len(profiles.NAMES))))  # a host speaks each profile at a port of its own
TERMINALS = {DEMO_TERMINAL: DEMO_MERCHANT, "10000002": "100000000000002"}  # and their merchants, as the banks know them
WIFI = ("shop", "a-shop-password")
WIFI_SLIP = "a-slip-of-the-pen"
DECIMALS = {"0156": 2, "0392": 0, "0048": 3}  # of currencies (ISO 4217): CNY, JPY, BHD

# name -> values, and how often each is drawn
_SHOP: "dict[str, tuple[tuple, tuple]]" = {
    "merchant_name": (("Corner shop", "M", "The corner shop at the old bridge"[:32]), (4, 1, 1)),
    "merchant_name_zh": (("", "街角小店"), (3, 1)),
    "serial": (("00000001", "Z 999999"), (3, 1)),
    "tls": ((False, True), (1, 1)),
    "tls_name": (("host", "bank.example"), (3, 1)),
    "language": (("en", "zh"), (1, 1)),
    "country": (("0156", "0840"), (3, 1)),
    "currency": (tuple(DECIMALS), (8, 1, 1)),
    "contactless_limit": ((50000, 10000000), (1, 7)),
    "floor_limit": ((0, 2000, 999999999999), (2, 1, 1)),
    "cvm_limit": ((0, 4000, 100000), (2, 1, 2)),
    "signature": ((False, True), (2, 1)),
    "answer_timeout_s": ((2, 15, 30, 60, 90), (4, 4, 4, 4, 1)),
    "connect_timeout_s": ((1, 5, 10, 60), (4, 4, 4, 1)),
    "card_timeout_s": ((5, 60, 300), (4, 4, 1)),
    "pin_timeout_s": ((10, 60, 300), (4, 4, 1)),
    "reversal_tries": ((1, 2, 3, 9), (1, 1, 1, 1)),
    "reversal_pause_s": ((0, 2, 10, 60), (3, 3, 3, 1)),
    "ntp_host": (("", "time"), (1, 1)),
    "ntp_port": ((123, 1123), (3, 1)),
    "utc_offset_min": ((480, 0, -300, 840), (3, 3, 3, 1)),
    "clock_floor": (("20250101", "20260930120000"), (1, 1)),
    "wifi_ssid": ((WIFI[0], "The shop next door, 2.4 GHz"), (3, 1)),
}
# Of those that a profile brings; which of them, and which MAC it has, it says itself.
_OF_PROFILES: "dict[str, tuple[tuple, tuple]]" = {
    "tpdu": (("6000030000", "6000040001"), (3, 1)),
    "header": (("603100310730", "613200320840"), (3, 1)),
}
_PROFILE, _MAC = "profile", "mac"
_PROFILES = (3, 1)  # how often each is drawn
# What the owner alone changes, in the middle of a history: the first value is that of all others.
_OWNERS: "dict[str, tuple[object, ...]]" = {
    "host": (FIRST, SECOND),
    "port": tuple(PORTS.values()),
    "terminal_id": tuple(TERMINALS),
    "merchant_id": tuple(TERMINALS.values()),
    "wifi_password": (WIFI[1], WIFI_SLIP),
}
OWNED = tuple(_OWNERS)


# Drawn from a chance of their own: what else a seed has stays as it was before there were slips.
_SLIPS: "dict[str, tuple[tuple, tuple]]" = {
    "slip_copies": ((0, 1, 2), (1, 1, 2)),
    "slip_auto": ((False, True), (1, 1)),
    "slip_language": (("screen", "en", "zh"), (2, 1, 1)),
}


def kinds() -> "dict[str, type]":
    """The type of each setting that a plan may have."""
    found: dict[str, type] = {_PROFILE: str, _MAC: str, **{name: type(values[0]) for name, values in _OWNERS.items()}}
    return {**found, **{name: type(values[0]) for name, (values, _) in {**_SHOP, **_SLIPS, **_OF_PROFILES}.items()}}


def drawn(source: random.Random) -> "dict[str, Any]":
    """Those of a shop; which host, terminal and password of the Wi-Fi are the usual ones."""
    profile = source.choices(profiles.NAMES, _PROFILES)[0]
    found = {name: source.choices(*choice)[0] for name, choice in {**_SHOP, **_OF_PROFILES}.items()}
    own = random.Random(repr(found))
    found.update((name, own.choices(*choice)[0]) for name, choice in _SLIPS.items())
    return fitting({**found, _PROFILE: profile, _MAC: source.choice(profiles.of(profile).MACS)})


def redrawn(source: random.Random) -> "dict[str, Any]":
    """Some of them, as an owner may change them."""
    found = drawn(source)
    return {name: found[name] for name in source.sample(sorted(found.keys() - _SLIPS.keys()), source.randint(1, 6))}


def fitting(given: dict) -> dict:
    """Settings without those that their profile does not know."""
    profile = given.get(_PROFILE, profiles.DEFAULT)
    own = _rules(profile)
    found = {name: value for name, value in given.items() if name not in _OF_PROFILES or name in own}
    if given.get(_MAC) not in (None, *profiles.of(profile).MACS):
        del found[_MAC]
    return found


def _rules(profile: str) -> dict:
    """Of the settings that a profile brings."""
    from taptill.core import profiles as terminals

    return terminals.settings(profile)


def decimals(settings: dict) -> int:
    """Of the amounts on the glass."""
    return DECIMALS[settings.get("currency", "0156")]
