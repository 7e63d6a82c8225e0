"""The virtual terminal: the firmware, unchanged, in the middle of chip models.  Runs under MicroPython's unix port.

    micropython -X heapsize=700k bench.py --chip FILE --code rom|lfs --image FILE [--firmware FOLDER] --lib FOLDER
        --state FOLDER --control HOST:PORT --heap BYTES --heap-grows 0|1
        [--speed N] [--cause N] [--rtc SECONDS] [--rtc-memory HEX] [--trace net,flash,bus,apdu,host]
        [--cut KIND:N:HOW:PART] [--wifi up|down] [--ssid NAME --password TEXT] [--bounce MICROSECONDS]
        [--rise MICROSECONDS] [--tick MILLISECONDS] [--hold-clock 1]

`--chip` is what the processor is (chip.py), `--image` the terminal's code as its flash holds it (codeflash.py), `--firmware` a
folder whose modules take the place of those in the image, `--lib` the packages chips and cards; `--heap` is what the firmware
may use, which grows as the port's when `--heap-grows`.  The supervisor (rig.supervisor) starts it and listens at `--control`;
JSON lines go both ways.
"""

import sys


def _options(arguments) -> dict:
    options = {}
    for at in range(0, len(arguments), 2):
        options[arguments[at][2:]] = arguments[at + 1]
    return options


def main(arguments) -> None:
    options = _options(arguments)
    sys.path.insert(1, options["lib"])
    import codeflash

    codeflash.mount(options["code"], options["image"])
    sys.path.insert(1, codeflash.POINT)
    if "firmware" in options:
        sys.path.insert(1, options["firmware"])
    import time

    speed = float(options.get("speed", "1"))
    if speed != 1:
        time.scale(speed)
    if int(options.get("tick", "0")):
        time.wait_in_ticks(int(options["tick"]))
    if "rtc" in options:
        time.set_offset(int(options["rtc"]))
    if "hold-clock" in options:
        time.hold()
    import control
    import garbage

    garbage.weigh()
    control.Control(options).run()


main(sys.argv[1:])
