"""The terminal's settings.  Their rules are in `core.settings`, which is needed once, at the start."""

from .settings import fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


LANGUAGE_FILE = "language"  # beside config.json: "en" or "zh", as last chosen by key


def spoken(chosen: "bytes | None", configured: str) -> str:
    """The language of a terminal: as LANGUAGE_FILE has it, `configured` when it has none."""
    return "zh" if chosen == b"zh" else "en" if chosen == b"en" else configured


class Config:
    """Settings as attributes of the names in core.settings.

    Raises ConfigError naming the setting.  `tpdu` and `header` are bytes; everything else is as in the file.
    """

    if TYPE_CHECKING:
        merchant_name: str
        merchant_name_zh: str
        merchant_id: str
        terminal_id: str
        serial: str
        host: str
        port: int
        tls: bool
        tls_name: str
        profile: str
        wifi_ssid: str
        wifi_password: str
        language: str
        country: str
        currency: str
        contactless_limit: int
        floor_limit: int
        cvm_limit: int
        signature: bool
        slip_copies: int
        slip_auto: bool
        slip_language: str
        answer_timeout_s: int
        connect_timeout_s: int
        card_timeout_s: int
        pin_timeout_s: int
        reversal_tries: int
        reversal_pause_s: int
        ntp_host: str
        ntp_port: int
        utc_offset_min: int
        clock_floor: str
        supervisor: str
        # of the profile (core.profiles), where it has them
        tpdu: bytes
        header: bytes
        mac: str

    def __init__(self, values: "dict[str, Any]"):
        fill(self, values)
