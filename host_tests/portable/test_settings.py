"""The rules of the settings: what each takes when it is missing, its borders, and what is said of one that breaks them."""

from expect import raises

from taptill.core import build, profiles, settings
from taptill.core.config import LANGUAGE_FILE, Config
from taptill.core.errors import ConfigError
from taptill.core.setup import emv_config

_GIVEN = {"merchant_name": "Shop", "merchant_id": "123456789012345", "terminal_id": "12345678", "host": "h", "port": 1,
          "tls_name": "bank"}  # fmt: skip

_DEFAULTS = {
    "merchant_name_zh": "",
    "serial": "00000001",
    "tls": True,
    "tpdu": b"\x60\x00\x03\x00\x00",
    "header": b"\x60\x31\x00\x31\x07\x30",
    "wifi_ssid": "",
    "wifi_password": "",
    "language": "en",
    "country": "0156",
    "currency": "0156",
    "contactless_limit": 10000000,
    "floor_limit": 0,
    "cvm_limit": 100000,
    "signature": False,
    "slip_copies": 2,
    "slip_auto": True,
    "slip_language": "screen",
    "answer_timeout_s": 60,
    "connect_timeout_s": 10,
    "card_timeout_s": 60,
    "pin_timeout_s": 60,
    "reversal_tries": 3,
    "reversal_pause_s": 2,
    "ntp_host": "pool.ntp.org",
    "ntp_port": 123,
    "utc_offset_min": 480,
    "clock_floor": build.DATE,
    "supervisor": "",
    "mac": "ecb",
    "profile": "cn_pos",
}
# Lowest and highest; of texts the lengths.
_NUMBERS = {
    "port": (1, 65535),
    "slip_copies": (0, 2),
    "contactless_limit": (1, 999999999999),
    "floor_limit": (0, 999999999999),
    "cvm_limit": (0, 999999999999),
    "answer_timeout_s": (1, 90),
    "connect_timeout_s": (1, 60),
    "card_timeout_s": (5, 300),
    "pin_timeout_s": (10, 300),
    "reversal_tries": (1, 9),
    "reversal_pause_s": (0, 60),
    "ntp_port": (1, 65535),
    "utc_offset_min": (-840, 840),
}
_TEXTS = {
    "merchant_name": (1, 32),
    "merchant_name_zh": (0, 16),
    "merchant_id": (15, 15),
    "terminal_id": (8, 8),
    "serial": (8, 8),
    "host": (1, 64),
    "tls_name": (1, 64),  # 0 without TLS
    "wifi_ssid": (0, 32),
    "wifi_password": (0, 64),
    "country": (4, 4),
    "currency": (4, 4),
    "ntp_host": (0, 64),
    "supervisor": (0, 128),
}


_RANGE = {"tls_name": 0}  # may be empty without TLS


def _config(**changed):
    return Config(dict(_GIVEN, **changed))


def _refused(name, value) -> str:
    text = str(raises(ConfigError, Config, dict(_GIVEN, **{name: value})))
    assert text.startswith("config: ") and name in text, text
    return text


def test_what_is_missing_takes_its_default_or_is_asked_for():
    config = _config()
    for name in _DEFAULTS:
        assert getattr(config, name) == _DEFAULTS[name], name
    for name in _GIVEN:
        given = dict(_GIVEN)
        del given[name]
        text = str(raises(ConfigError, Config, given))
        assert text.startswith("config: ") and name in text and "missing" in text, name
    assert _config(tls=False, tls_name="").tls_name == ""
    assert sorted(list(_DEFAULTS) + list(_GIVEN)) == sorted(list(settings.RULES) + list(profiles.settings("cn_pos")))
    assert LANGUAGE_FILE == "language"


def test_what_is_no_object_or_nobody_knows_is_refused():
    assert "object" in str(raises(ConfigError, Config, []))
    assert "prot" in str(raises(ConfigError, Config, dict(_GIVEN, prot=1)))
    assert str(raises(ConfigError, Config, dict(_GIVEN, **{"x" * 40: 1}))).endswith(" " + "x" * 32)


def test_numbers_have_borders():
    for name in _NUMBERS:
        low, high = _NUMBERS[name]
        assert getattr(_config(**{name: low}), name) == low and getattr(_config(**{name: high}), name) == high
        for bad in (low - 1, high + 1, "1", True, 1.5):
            assert "from %d to %d" % (low, high) in _refused(name, bad)


def test_texts_have_lengths():
    for name in _TEXTS:
        low, high = _TEXTS[name]
        for length in (low, high):
            assert getattr(_config(**{name: "1" * length}), name) == "1" * length
        told = "must have %d characters" % low if low == high else "must have %d to %d characters" % (_RANGE.get(name, low), high)
        assert _refused(name, "1" * (high + 1)).endswith(told)
        if low:
            assert "characters" in _refused(name, "1" * (low - 1)) or name == "tls_name"
        assert "text" in _refused(name, 12345678)


def test_hexadecimal_settings_become_bytes():
    assert _config(tpdu="60aB030000").tpdu == b"\x60\xab\x03\x00\x00"
    for name, size in (("tpdu", 5), ("header", 6)):
        assert "%d bytes in hexadecimal" % size in _refused(name, "00" * (size - 1))
        assert "%d bytes in hexadecimal" % size in _refused(name, "00" * size + "0")
        assert "must be hexadecimal" in _refused(name, "0g" * size)


def test_choices_switches_and_digits():
    assert _config(language="zh").language == "zh" and _config(tls=False).tls is False
    assert "en, zh" in _refused("language", "fr")
    for bad in (1, 0, "true"):
        assert "true or false" in _refused("tls", bad)
        assert "true or false" in _refused("signature", bad)
    for name in ("country", "currency"):
        assert "digits" in _refused(name, "01a6")
    for good in (" 2345678", "~2345678"):
        assert _config(terminal_id=good).terminal_id == good
    for bad in ("\x1f2345678", "\x7f2345678"):
        assert "ASCII" in _refused("terminal_id", bad)


def test_what_the_card_reading_gets_of_them():
    config = emv_config(_config(floor_limit=5, contactless_limit=7, cvm_limit=6, country="0276", currency="0978"))
    assert (config.floor_limit, config.contactless_limit, config.cvm_limit) == (5, 7, 6)
    assert (config.country, config.currency, config.serial) == (b"\x02\x76", b"\x09\x78", b"00000001")
    assert (config.merchant_name, config.merchant_id, config.terminal_id) == (b"Shop", b"123456789012345", b"12345678")


def test_f_d6_a_card_is_told_what_the_terminal_has():
    """F-D6: 9F33 claimed keys, stripe, contacts, SDA, DDA and CDA.  Beyond it: 9F35 claimed offline, 9F66 a signature."""
    for chosen, wanted in (
        ({}, (b"\x00\x48\x00", b"\x21", b"\x24\x00\x40\x00")),
        ({"signature": True}, (b"\x00\x68\x00", b"\x21", b"\x26\x00\x40\x00")),
    ):
        config = emv_config(_config(**chosen))
        assert (config.capabilities, config.terminal_type, config.ttq) == wanted
