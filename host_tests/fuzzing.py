"""How many examples a fuzz test tries: a smoke inside `make test`, a campaign under `make fuzz`.

A failing example is printed with what reproduces it.
"""

import os

from hypothesis import settings

_LONG = 60  # times as many


def examples(count: int) -> settings:
    """Settings for `count` examples of the smoke."""
    factor = _LONG if os.environ.get("TAPTILL_FUZZ") == "long" else 1
    return settings(max_examples=count * factor, deadline=None, print_blob=True)
