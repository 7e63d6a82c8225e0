"""The rules of the terminal's settings: checked once, named in every error.

They are a JSON object in `/data/config.json`, as provisioning wrote it, with its passwords sealed (adapters.passwords): another
one there is not used (adapters.given).
A setting that is missing takes its default; one without a default must be there; one that nobody knows is refused,
because it is most likely a slip of the pen.
"""

import binascii

from . import build, calendar, profiles
from .errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


# Settings that nobody is shown who reads the others back.
PASSWORDS = ("wifi_password", "supervisor")
# name -> (kind, default or None when it must be given, lowest, highest).  For texts: the lengths.
RULES = {
    "merchant_name": ("text", None, 1, 32),
    "merchant_name_zh": ("text", "", 0, 16),
    "merchant_id": ("ascii", None, 15, 15),
    "terminal_id": ("ascii", None, 8, 8),
    "serial": ("ascii", "00000001", 8, 8),
    "host": ("text", None, 1, 64),
    "port": ("number", None, 1, 65535),
    "tls": ("switch", True, 0, 0),
    "tls_name": ("text", "", 0, 64),
    "profile": ("choice", profiles.DEFAULT, profiles.NAMES, 0),  # how messages look; brings settings of its own
    "wifi_ssid": ("text", "", 0, 32),
    "wifi_password": ("text", "", 0, 64),
    "language": ("choice", "en", ("en", "zh"), 0),
    "country": ("digits", "0156", 4, 4),
    "currency": ("digits", "0156", 4, 4),
    "contactless_limit": ("number", 10000000, 1, 999999999999),
    "floor_limit": ("number", 0, 0, 999999999999),
    "cvm_limit": ("number", 100000, 0, 999999999999),
    "signature": ("switch", False, 0, 0),  # true where a slip is printed, which the cardholder can sign
    # With a printer: how many copies there are of a slip, whether the shop's is printed by itself, and in which language.
    "slip_copies": ("number", 2, 0, 2),
    "slip_auto": ("switch", True, 0, 0),
    "slip_language": ("choice", "screen", ("screen", "en", "zh"), 0),
    "answer_timeout_s": ("number", 60, 1, 90),  # 15 and more in service; shorter only to demonstrate
    "connect_timeout_s": ("number", 10, 1, 60),
    "card_timeout_s": ("number", 60, 5, 300),
    "pin_timeout_s": ("number", 60, 10, 300),
    "reversal_tries": ("number", 3, 1, 9),
    "reversal_pause_s": ("number", 2, 0, 60),
    "ntp_host": ("text", "pool.ntp.org", 0, 64),
    "ntp_port": ("number", 123, 1, 65535),
    "utc_offset_min": ("number", 480, -840, 840),
    "clock_floor": ("moment", build.DATE, 0, 0),  # UTC; `till provision` raises it to the CA's first moment
    "supervisor": ("text", "", 0, 128),
}


def fill(target: "Any", values: "dict[str, Any]") -> None:
    """Check `values` (the object of the file) and put every setting on `target`.  Raises ConfigError."""
    if not isinstance(values, dict):
        raise ConfigError("config: not an object of settings")
    _put(target, values, ("profile",), RULES)
    own = profiles.settings(target.profile)
    for name in values:
        if name not in RULES and name not in own:
            raise ConfigError("config: unknown setting " + str(name)[:32])
    _put(target, values, RULES, RULES)
    _put(target, values, own, own)
    target.clock_floor = max(target.clock_floor, build.DATE)
    if target.tls and not target.tls_name:
        raise ConfigError("config: tls_name is missing (the name in the host's certificate)")


def _put(target: "Any", values: "dict[str, Any]", names: "Iterable[str]", rules: "dict[str, Any]") -> None:
    for name in names:
        kind, default, low, high = rules[name]
        value = values.get(name, default)
        if value is None:
            raise ConfigError("config: " + name + " is missing")
        setattr(target, name, _checked(name, kind, value, low, high))


def _checked(name: str, kind: str, value: "Any", low: "Any", high: "Any") -> "Any":
    if kind == "number":
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ConfigError("config: %s must be a number from %d to %d" % (name, low, high))
    elif kind == "switch":
        if value is not True and value is not False:
            raise ConfigError("config: " + name + " must be true or false")
    elif kind == "choice":
        if value not in low:
            raise ConfigError("config: " + name + " must be one of " + ", ".join(low))
    else:
        if not isinstance(value, str):
            raise ConfigError("config: " + name + " must be a text")
        if kind == "moment":
            if calendar.parsed(value) is None:
                raise ConfigError("config: " + name + " must be YYYYMMDD or YYYYMMDDhhmmss, from 2000 on")
            return value
        size = len(value) // 2 if kind == "hex" else len(value)
        if not low <= size <= high or (kind == "hex" and len(value) % 2):
            raise ConfigError("config: %s must have %s" % (name, _span(low, high, kind)))
        if kind == "digits" and not value.isdigit():
            raise ConfigError("config: " + name + " must be digits")
        if kind == "ascii" and not all(" " <= sign <= "~" for sign in value):
            raise ConfigError("config: " + name + " must be letters, digits and signs of ASCII")
        if kind == "hex":
            try:
                return binascii.unhexlify(value)
            except ValueError:
                raise ConfigError("config: " + name + " must be hexadecimal")
    return value


def _span(low: int, high: int, kind: str) -> str:
    what = " bytes in hexadecimal" if kind == "hex" else " characters"
    return str(low) + what if low == high else "%d to %d%s" % (low, high, what)
