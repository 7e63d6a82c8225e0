"""How the MicroPython process of the bench is started for one life of the terminal (tools/bench/bench.py says what it takes)."""

import pathlib

from .bench_options import Options, size_of

_MODELS_HEAP = 320 * 1024  # more than the chip models need beside the code image; the rest is withheld from the firmware


def command_line(
    options: Options, folders: dict, state: pathlib.Path, port: int, cause: int, rtc: tuple | None, cut: str
) -> list[str]:
    """Program and words: `folders` as rig.compiled.tree gives them, with the interpreter; `port` that the process calls.

    `cause` as machine.reset_cause(), `rtc` (offset, memory) of the life before, `cut` as Bench.power_on takes it.  Raises
    BenchError.
    """
    image = folders[options.code]
    heap = size_of(options.heap)
    arguments = {
        "lib": folders["lib"],
        "code": options.code,
        "image": image,
        "state": state,
        "control": f"127.0.0.1:{port}",
        "heap": heap,
        "speed": options.speed,
        "cause": cause,
        "trace": options.trace,
        "wifi": "up" if options.wifi else "down",
        "bounce": options.bounce_us,
        "rise": options.rise_us,
        "tick": options.tick_ms,
        "reader-scale": options.reader_scale,
    }
    if options.firmware:
        arguments["firmware"] = options.firmware
    if options.ssid:
        arguments["ssid"] = options.ssid
        arguments["password"] = options.password
    if options.route:
        arguments["route"] = options.route
    if options.hold_clock:
        arguments["hold-clock"] = 1
    if rtc:
        arguments["rtc"], arguments["rtc-memory"] = rtc
    if cut:
        arguments["cut"] = cut
    words = [word for name, value in arguments.items() for word in ("--" + name, str(value))]
    room = f"heapsize={heap + _MODELS_HEAP + image.stat().st_size}"
    return [str(folders["interpreter"]), "-X", room, str(folders["bench"] / "bench.py"), *words]
