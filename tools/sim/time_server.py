"""What the time server of a history answers."""

import datetime

from .plan import Plan

_SINCE_1900 = 2208988800


def answer(plan: Plan, now: datetime.datetime) -> "bytes | None":
    """48 bytes (SNTP, RFC 4330), None where it is silent.  Raises OSError where it is not reached."""
    if plan.ntp == "unreachable":
        raise OSError(113, "")
    if plan.ntp == "silent":
        return None
    seconds = int(now.timestamp()) + _SINCE_1900 + plan.ntp_off_s
    return bytes((0x1C, 2)) + bytes(38) + (seconds & 0xFFFFFFFF).to_bytes(4, "big") + bytes(4)
