"""How the MicroPython process of the bench is started for one life of the terminal (tools/bench/bench.py says what it takes)."""

import pathlib

from .bench_options import PORT, Options, size_of

_MODELS_HEAP = 512 * 1024  # more than chip models and names need beside the code image; the rest is withheld from the firmware
_WALLS = 8 * 16384  # tools/bench/memory.py: between the pieces of a chip's memory, which are six or fewer


def command_line(
    options: Options, folders: dict, state: pathlib.Path, port: int, cause: int, rtc: tuple | None, cut: str
) -> list[str]:
    """Program and words: `folders` as rig.compiled.tree gives them, with the interpreter and what rig.chip_kind adds; `port`
    is what the process calls.

    `cause` as machine.reset_cause(), `rtc` (offset, memory) of the life before, `cut` as Bench.power_on takes it.  Raises
    BenchError.
    """
    image = pathlib.Path(options.image or folders[options.code])
    heap = size_of(options.heap, folders["most"])
    arguments = {
        "chip": folders["chip"],
        "lib": folders["lib"],
        "code": options.code,
        "image": image,
        "state": state,
        "control": f"127.0.0.1:{port}",
        "heap": heap,
        "heap-grows": int(options.heap == PORT),
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
    models = _MODELS_HEAP + (_WALLS if options.heap == PORT else 0)
    room = f"heapsize={heap + heap // 64 + models + image.stat().st_size}"  # a 64th of a heap are its own tables
    return [str(folders["interpreter"]), "-X", room, str(folders["bench"] / "bench.py"), *words]
