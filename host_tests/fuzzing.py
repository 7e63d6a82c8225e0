"""How many examples a fuzz test tries: a smoke inside `make test`, a campaign under `make fuzz`.

A failing example is printed with what reproduces it.
"""

import os

from hypothesis import HealthCheck, settings

_LONG = 60  # times as many


def examples(count: int) -> settings:
    """Settings for `count` examples of the smoke."""
    factor = _LONG if os.environ.get("TAPTILL_FUZZ") == "long" else 1
    # Neither a deadline nor "too slow": a busy computer is no fault of the code.
    return settings(max_examples=count * factor, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
