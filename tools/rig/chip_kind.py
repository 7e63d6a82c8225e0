"""What the bench's processor is: the facts about the chip and the module of a board, as the bench takes them."""

import json
import pathlib

from wiring import facts, table

from . import compiled, partitions

# Names in the bench's words (tools/bench/chip.py) -> in those of pins.txt.
_SCALE = 2  # tools/bench/memory.py: bytes of the bench's VM for one of the chip's
_PINS = {"inputs": "input", "flash": "flash", "not_high": "no-start-high", "not_low": "no-start-low"}


def beside(image: pathlib.Path, board: str) -> dict:
    """Write the processor of a folder of boards/ beside the image of its code: {"chip": that file, "home", "most", "vfs"}.

    "home" is where its code lives, as bench_options.CODE has it: with PSRAM, MicroPython's own download runs and loads its code
    from LittleFS.  "most" are the bytes of the bench that stand for all memory that a heap could grow to, "vfs" those of the file
    system where the code is at home.  Raises ValueError, which names what of board.py cannot be used; OSError.
    """
    found = of(compiled.BOARDS / board / "board.py")
    path = image.with_name("chip.json")
    compiled.replace(path, json.dumps(found).encode())
    most = _SCALE * sum(free for _, free in found["areas"])
    sizes = {code: partitions.file_system(table) for code, table in found["partitions"].items()}
    return {"chip": path, "home": "lfs" if found["psram"] else "rom", "most": most, "vfs": sizes}


def of(board_file: pathlib.Path) -> dict:
    """The processor of a board, as tools/bench/chip.py reads it.  Raises ValueError, OSError."""
    board = table.read(board_file)
    module = board.values.get("MODULE")
    if module not in facts.modules() or facts.modules()[module] != board.chip:
        raise ValueError(f"{board_file}: CHIP and MODULE are no pair of pins.txt ({', '.join(facts.modules())})")
    memory = facts.memory(module)
    size = lambda what: sum(numbers[0] for name, numbers in memory if name == what)
    areas = [list(numbers) for name, numbers in memory if name == "area"]
    psram = size("psram")
    return {
        "name": board.chip,
        "pins": sorted(facts.pins(module, "there") - facts.pins(module, "psram") - facts.pins(module, "no-pin")),
        **{name: sorted(facts.pins(module, what)) for name, what in _PINS.items()},
        "heap": size("heap"),
        "areas": areas + ([[psram, psram]] if psram else []),
        "psram": psram,
        "wifi": size("wifi"),
        "tls": size("tls"),
        "partitions": partitions.tables(board.chip),
    }
