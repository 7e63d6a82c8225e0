"""The virtual terminal: the firmware, unchanged, in the middle of chip models.  Runs under MicroPython's unix port.

    micropython -X heapsize=512k bench.py --board FOLDER --firmware FOLDER --lib FOLDER [--core FOLDER] --state FOLDER
        --control HOST:PORT --heap BYTES [--speed N] [--cause N] [--rtc SECONDS] [--rtc-memory HEX] [--trace net,flash,bus,apdu,host]
        [--cut KIND:N:HOW:PART] [--wifi up|down] [--ssid NAME --password TEXT] [--bounce MICROSECONDS]
        [--hold-clock 1]

`--board` holds board.py, `--firmware` main.py, `--lib` the packages chips and cards and the drivers that mip would
install, `--core` the package taptill when the firmware is another one; `--heap` is what the firmware may use.  The
supervisor (till.supervisor) starts it and listens at `--control`; JSON lines go both ways.
"""

import sys


def _options(arguments) -> dict:
    options = {}
    for at in range(0, len(arguments), 2):
        options[arguments[at][2:]] = arguments[at + 1]
    return options


def main(arguments) -> None:
    options = _options(arguments)
    for name in ("lib", "board", "firmware"):
        sys.path.insert(1, options[name])
    if "core" in options:
        sys.path.append(options["core"])
    import time

    speed = float(options.get("speed", "1"))
    if speed != 1:
        time.scale(speed)
    if "rtc" in options:
        time.set_offset(int(options["rtc"]))
    if "hold-clock" in options:
        time.hold()
    import control

    control.Control(options).run()


main(sys.argv[1:])
