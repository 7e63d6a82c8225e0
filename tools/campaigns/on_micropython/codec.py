"""Packing and unpacking a message and its MAC under MicroPython: microseconds and heap of one call.

    micropython codec.py ROUNDS FOLDER…

The folders (bench, firmware) go on the path.  Reads {"mti", "fields", "frame", "mak"} as JSON from its input (bytes in
hex, binary fields marked with "hex:"); prints {"pack": [us, bytes], "unpack": [us, bytes], "mac": [us, bytes]}.
"""

import gc
import sys

for _folder in sys.argv[2:]:
    sys.path.insert(1, _folder)

import binascii
import json
import time

from taptill.core import profiles
from taptill.core.des import Des

profile = profiles.load(profiles.DEFAULT)

_CALLS = 20


def _heap(call) -> int:
    """Bytes that one call allocates."""
    call()
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    call()
    used = gc.mem_alloc() - before
    gc.enable()
    return used


def _time(call) -> float:
    """Microseconds of a call, over a few in a row."""
    gc.collect()
    begin = time.ticks_us()
    for _ in range(_CALLS):
        call()
    return time.ticks_diff(time.ticks_us(), begin) / _CALLS


def main(rounds: int) -> None:
    given = json.loads(sys.stdin.read())
    fields = {}
    for number in given["fields"]:
        value = given["fields"][number]
        fields[int(number)] = binascii.unhexlify(value[4:]) if value.startswith("hex:") else value
    frame = binascii.unhexlify(given["frame"])
    des = Des(binascii.unhexlify(given["mak"]))
    tpdu, header = frame[:5], frame[5:11]
    if profile.build(given["mti"], fields, tpdu, header) != frame or profile.parse(frame).fields != fields:
        raise ValueError("the codec does not give the message back")
    covered = memoryview(frame)[profile.MAC_START : -8]
    calls = {
        "pack": lambda: profile.build(given["mti"], fields, tpdu, header),
        "unpack": lambda: profile.parse(frame),
        "mac": lambda: profile.mac_code("ecb", des, covered),
    }
    best = {}
    for _ in range(rounds):
        for name in calls:
            best[name] = min(best.get(name, 1e9), _time(calls[name]))
    print(json.dumps({name: [best[name], _heap(calls[name])] for name in calls}))


main(int(sys.argv[1]))
