"""Packing and unpacking a sale: the terminal's codec beside pyiso8583 in one run on CPython, and on MicroPython."""

import gc
import time
from typing import Any

import iso8583

from acquirer import profiles as host_profiles
from rig.firmware import taptill_on_path

_CALLS = 25  # a round is short, so that a busy moment of this computer spoils few of them
_TPDU, _HEADER = "6000030000", "603100310730"
_MAK = "0123456789ABCDEFFEDCBA9876543210"
_BINARY = (52, 55, 62, 64)

# A contactless sale without PIN, 253 bytes: message D3 of the public vectors iso8583_vectors.md.
SALE: dict = {
    2: "6200000000000005",
    3: "000000",
    4: "000000000100",
    11: "000002",
    14: "3012",
    22: "072",
    23: "001",
    25: "00",
    35: "6200000000000005D30122010000000000000",
    41: "12345678",
    42: "123456789012345",
    49: "156",
    55: bytes.fromhex(
        "9F260895BBE372271DDA7C9F2701809F101307010103A00000010A010000000000ED538FE49F37047F9F349E9F36020157950500000000"
        "009A032601019C01009F02060000000001005F2A02015682027C009F1A0201569F03060000000000009F33030048009F3501219F1E0831"
        "323334353637388408A0000003330101029F0902008C9F410400000002"
    ),
    60: "2200000100060",
    64: bytes.fromhex("4235354439373345"),
}


def _round(call) -> float:
    """Microseconds of one call."""
    begin = time.perf_counter_ns()
    for _ in range(_CALLS):
        call()
    return (time.perf_counter_ns() - begin) / _CALLS / 1000


def on_cpython(rounds: int, progress) -> dict:
    """Figures of both codecs; the least of `rounds` interleaved rounds.  `progress(text)` is told now and then."""
    taptill_on_path()
    from taptill.core import profiles

    profile: Any = profiles.load(profiles.DEFAULT)
    host: Any = host_profiles.of(host_profiles.DEFAULT)
    spec = host.SPEC
    document = {"t": "0200"}
    for number, value in SALE.items():
        document[str(number)] = value.hex().upper() if isinstance(value, bytes) else value
    tpdu, header = bytes.fromhex(_TPDU), bytes.fromhex(_HEADER)
    frame = bytes(profile.build("0200", SALE, tpdu, header))
    body = frame[profile.MAC_START :]
    if bytes(iso8583.encode(document, spec)[0]) != body or profile.parse(frame).fields != SALE:
        raise ValueError("the two codecs do not agree about the sale")
    calls = {
        "pack_us": lambda: profile.build("0200", SALE, tpdu, header),
        "pack_us_pyiso8583": lambda: iso8583.encode(document, spec),
        "unpack_us": lambda: profile.parse(frame),
        "unpack_us_pyiso8583": lambda: iso8583.decode(body, spec),
    }
    best = dict.fromkeys(calls, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for turn in range(rounds):
            for name, call in calls.items():
                best[name] = min(best[name], _round(call))
            if turn % 200 == 0:
                progress(f"codec on CPython: round {turn} of {rounds}")
    finally:
        gc.enable()
    ours, theirs = best["pack_us"] + best["unpack_us"], best["pack_us_pyiso8583"] + best["unpack_us_pyiso8583"]
    return {**best, "codec_speed_against_pyiso8583": theirs / ours}


def order() -> dict:
    """What on_micropython/codec.py wants on its input."""
    taptill_on_path()
    from taptill.core import profiles

    profile: Any = profiles.load(profiles.DEFAULT)
    frame = profile.build("0200", SALE, bytes.fromhex(_TPDU), bytes.fromhex(_HEADER))
    fields = {number: "hex:" + value.hex() if number in _BINARY else value for number, value in SALE.items()}
    return {"mti": "0200", "fields": fields, "frame": frame.hex(), "mak": _MAK}
