"""The terminal's settings.  Their rules are in `core.settings`, which is needed once, at the start."""

from .settings import fill

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


LANGUAGE_FILE = "language"  # beside config.json: "en" or "zh", as last chosen by key


class Config:
    """Settings as attributes of the names in core.settings.

    Raises ConfigError naming the setting.  `tpdu` and `header` are bytes; everything else is as in the file.
    """

    def __init__(self, values: "dict[str, Any]"):
        fill(self, values)
