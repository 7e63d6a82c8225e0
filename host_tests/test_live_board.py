"""F-E1: `till deploy` asks a board what it is, and copies nothing to one on which the terminal cannot run."""

import dataclasses
import pathlib
import subprocess

import pytest
from board_stand_in import StandIn, modules
from click.testing import CliRunner

from rig.failures import Failed
from rig.interpreter import micropython
from till import board_port, deploy
from till.live_board import Facts, NoAnswer, facts, questions, refusal
from wiring import table
from wiring.table import Board, Wire

ROOT = pathlib.Path(__file__).resolve().parent.parent
MPY = 6


def wired(folder: str, chip: str, *gpios: int) -> Board:
    return Board(folder, tuple(Wire("part", "IO", gpio, "out") for gpio in gpios), {"CHIP": chip})


WROVER = wired("esp32_wrover", "ESP32", 4, 5, 18)
DEVKITC = wired("esp32_devkitc", "ESP32", 4, 16, 17)
S3 = wired("esp32s3_devkitc", "ESP32-S3", 4, 5, 18)
ALL = (DEVKITC, S3, WROVER)
GOOD = Facts(
    "micropython",
    (1, 25, 0),
    "esp32",
    "Generic ESP32 module with SPIRAM with ESP32",
    "ESP32_GENERIC-SPIRAM",
    MPY,
    4 << 20,
    True,
    (16, 17),
)
GOOD_S3 = dataclasses.replace(
    GOOD,
    machine="Generic ESP32S3 module with Octal-SPIRAM with ESP32-S3",
    build="ESP32_GENERIC_S3-SPIRAM_OCT",
    heap=8 << 20,
    lacking=(22, 25),
)
PLAIN = dataclasses.replace(GOOD, machine="Generic ESP32 module with ESP32", build="ESP32_GENERIC", heap=168 << 10, lacking=())
NO_PSRAM_S3 = dataclasses.replace(
    GOOD_S3, machine="Generic ESP32S3 module with ESP32-S3", build="ESP32_GENERIC_S3", heap=230 << 10
)


def why(board: Facts, wanted: Board = WROVER) -> "str | None":
    said = refusal(board, wanted, ALL, MPY)
    assert said is None or "\n" not in said and str(board) in said
    return said


@pytest.mark.parametrize(
    ("board", "wanted"),
    [
        (GOOD, WROVER),
        (GOOD_S3, S3),
        (
            dataclasses.replace(GOOD_S3, machine="Generic ESP32S3 module with ESP32-S3", build="ESP32_GENERIC_S3", heap=2 << 20),
            S3,
        ),
        (dataclasses.replace(GOOD, version=(1, 29, 0)), WROVER),
        (dataclasses.replace(GOOD, version=(2, 0, 0)), WROVER),
        (dataclasses.replace(GOOD, machine="TinyPICO with ESP32-PICO-D4", build="UM_TINYPICO"), WROVER),
        (dataclasses.replace(GOOD_S3, machine="TinyS3 with ESP32-S3-FN8", build="UM_TINYS3"), S3),
    ],
)
def test_f_e1_boards_on_which_it_runs(board, wanted):
    assert why(board, wanted) is None


@pytest.mark.parametrize(
    ("board", "wanted", "words"),
    [
        # no PSRAM in use: the module may have some, or not
        (
            PLAIN,
            DEVKITC,
            (
                "no PSRAM in use",
                "168 kB",
                "a module that has PSRAM (WROVER)",
                "ESP32_GENERIC-SPIRAM image",
                "needs an image of its own",
                "ESP32-S3 with PSRAM",
            ),
        ),
        (
            dataclasses.replace(GOOD, heap=168 << 10),
            WROVER,
            ("the module has none", "needs an image of its own", "ESP32-S3 with PSRAM"),
        ),
        (dataclasses.replace(PLAIN, build="ESP32_GENERIC-OTA"), DEVKITC, ("no PSRAM in use", "ESP32_GENERIC-SPIRAM")),
        (dataclasses.replace(PLAIN, machine="WESP32 with ESP32", build="SIL_WESP32"), DEVKITC, ("no PSRAM in use",)),
        (NO_PSRAM_S3, S3, ("no PSRAM in use", "octal PSRAM (N8R8, N16R8)", "ESP32_GENERIC_S3-SPIRAM_OCT", "without PSRAM")),
        (dataclasses.replace(GOOD_S3, heap=230 << 10), S3, ("quad PSRAM", "ESP32_GENERIC_S3 image", "without PSRAM")),
        (
            dataclasses.replace(PLAIN, machine="ESP32C3 module with ESP32-C3", build="ESP32_GENERIC_C3"),
            DEVKITC,
            ("no PSRAM in use", "ESP32-S3 with PSRAM", "WROVER"),
        ),
        (
            dataclasses.replace(PLAIN, machine="ESP32C6 module with ESP32-C6FH4", build="ESP32_GENERIC_C6"),
            DEVKITC,
            ("no PSRAM in use",),
        ),
        # another MicroPython, or none
        (dataclasses.replace(GOOD, version=(1, 24, 1)), WROVER, ("too old", "1.25")),
        (dataclasses.replace(GOOD, version=(1, 9, 4), mpy=0, build="", machine=""), WROVER, ("too old", "1.25")),
        (dataclasses.replace(GOOD, version=()), WROVER, ("too old",)),
        (dataclasses.replace(GOOD, mpy=7), WROVER, ("version 7, not 6", "own image")),
        (dataclasses.replace(GOOD, mpy=0), WROVER, ("reads no .mpy files",)),
        (dataclasses.replace(GOOD, wifi=False), WROVER, ("no Wi-Fi", "ESP32-S3 with PSRAM")),
        (dataclasses.replace(GOOD, name="circuitpython", version=(9, 2, 1)), WROVER, ("circuitpython 9.2.1", "MicroPython 1.25")),
        (Facts(), WROVER, ("MicroPython 1.25",)),
        (
            dataclasses.replace(GOOD, platform="rp2", machine="Raspberry Pi Pico W with RP2040", build="RPI_PICO_W"),
            WROVER,
            ("rp2 port", "ESP32-S3 with PSRAM"),
        ),
        (dataclasses.replace(GOOD, platform="esp8266", machine="ESP module with ESP8266"), WROVER, ("esp8266 port",)),
        (dataclasses.replace(GOOD, platform="linux", machine="linux [GCC] version"), WROVER, ("linux port",)),
        # another wiring
        (GOOD, DEVKITC, ("boards/esp32_devkitc wires GPIO 16, 17", "--board esp32_wrover")),
        (GOOD_S3, DEVKITC, ("boards/esp32_devkitc is the wiring of an ESP32", "--board esp32s3_devkitc")),
        (GOOD, S3, ("boards/esp32s3_devkitc is the wiring of an ESP32-S3", "--board esp32_wrover")),
        (dataclasses.replace(GOOD_S3, lacking=(5,)), S3, ("wires GPIO 5", "make a folder")),
        (
            dataclasses.replace(GOOD_S3, machine="ESP32S2 with ESP32-S2", build="X"),
            S3,
            ("wiring of an ESP32-S3", "make a folder"),
        ),
    ],
)
def test_f_e1_boards_on_which_it_cannot_run(board, wanted, words):
    said = why(board, wanted)
    assert said and all(word in said for word in words), said


@pytest.mark.parametrize(
    "said",
    [
        "",
        "MicroPython v1.25",
        "till-asks name micropython\n",
        "till-asks\n",
        "till-asks end x\ntill-asks mpy many\n",
        "till-asks colour red\ntill-asks end\n",
    ],
)
def test_f_e1_a_board_that_says_nothing_of_use(said):
    with pytest.raises(NoAnswer):
        facts(said)


def test_f_e1_the_questions_run_on_micropython_itself(tmp_path):
    path = tmp_path / "asked.py"
    path.write_text(questions((4, 16)))
    done = subprocess.run([micropython(), str(path)], capture_output=True, text=True, check=True)
    found = facts(done.stdout)
    assert found.name == "micropython" and found.version >= (1, 25) and found.mpy == MPY and found.heap > 100_000
    assert found.platform not in ("", "esp32") and not found.wifi
    assert "port, TapTill runs on the ESP32" in refusal(found, WROVER, ALL, MPY)


def test_f_e1_every_board_folder_tells_its_chip_and_pins():
    wirings = {each.folder: each for each in map(table.read, (ROOT / "boards").glob("*/board.py"))}
    assert wirings["esp32_devkitc"].chip == "ESP32" and set(wirings["esp32_devkitc"].gpios) > {16, 17, 34}
    assert all(each.chip in ("ESP32", "ESP32-S3") and len(each.gpios) == 17 for each in wirings.values())


# The whole command, over a serial line: fields of the stand-in, options, words of the one line.
CASES = {
    "plain ESP32": (
        {"machine": "Generic ESP32 module with ESP32", "build": "ESP32_GENERIC", "heap": 160 << 10},
        (),
        ("no PSRAM in use", "needs an image of its own"),
    ),
    "SPIRAM image on a WROOM": (
        {"machine": "Generic ESP32 module with SPIRAM with ESP32", "build": "ESP32_GENERIC-SPIRAM", "heap": 160 << 10},
        (),
        ("the module has none",),
    ),
    "old": ({"machine": "ESP32 module with ESP32", "version": (1, 19, 1), "mpy": None}, (), ("micropython 1.19.1: too old",)),
    "Pico": ({"machine": "Raspberry Pi Pico with RP2040", "platform": "rp2", "wifi": False}, (), ("rp2 port",)),
    "CircuitPython": ({"machine": "", "name": "circuitpython", "platform": "Espressif"}, (), ("circuitpython",)),
    "other wiring": (
        {"machine": "Generic ESP32S3 module with ESP32-S3", "build": "ESP32_GENERIC_S3"},
        ("--board", "esp32_devkitc"),
        ("boards/esp32_devkitc is the wiring of an ESP32;", "name --board esp32s3_devkitc"),
    ),
    "WROVER": (
        {
            "machine": "Generic ESP32 module with SPIRAM with ESP32",
            "build": "ESP32_GENERIC-SPIRAM",
            "gpios": [*range(16), *range(18, 40)],
        },
        ("--board", "esp32_devkitc"),
        ("wires GPIO 16, 17", "name --board esp32_wrover"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_f_e1_nothing_is_copied_to_a_board_that_cannot_run_it(name):
    fields, options, words = CASES[name]
    with StandIn(modules(**fields), before="boot.py says hello\n") as board:
        done = CliRunner().invoke(deploy.deploy, ["--port", board.port, *options])
        assert done.exit_code == 2 and done.output.count("\n") == 1, done.output
        assert all(word in done.output for word in words) and board.port in done.output, done.output
        assert len(board.ran) == 1 and "mem_free" in board.ran[0], "more than a question was asked"


@pytest.mark.parametrize(
    ("folder", "fields"),
    [
        (
            "esp32_wrover",
            {
                "machine": "Generic ESP32 module with SPIRAM with ESP32",
                "build": "ESP32_GENERIC-SPIRAM",
                "gpios": [*range(16), *range(18, 24), *range(25, 28), *range(32, 40)],
            },
        ),
        (
            "esp32s3_devkitc",
            {
                "machine": "Generic ESP32S3 module with Octal-SPIRAM with ESP32-S3",
                "build": "ESP32_GENERIC_S3-SPIRAM_OCT",
                "gpios": [*range(22), *range(38, 49)],
            },
        ),
    ],
)
def test_f_e1_a_board_that_fits_passes(folder, fields):
    with StandIn(modules(**fields)) as board, board_port.stopped(board.port) as line:
        deploy.check_board(line, folder, MPY)
        assert len(board.ran) == 1


def test_f_e1_a_board_that_cannot_be_asked_is_one_line(monkeypatch):
    monkeypatch.setattr(board_port, "IDLE_S", 3)
    with StandIn({}, answers=False) as board:
        done = CliRunner().invoke(deploy.deploy, ["--port", board.port])
        assert done.exit_code == 2 and f"board on {board.port}: no answer within 3 s" in done.output
    monkeypatch.undo()
    with StandIn({}) as board:  # not even sys: whatever it is, it is no MicroPython
        done = CliRunner().invoke(deploy.deploy, ["--port", board.port])
        assert done.exit_code == 2 and f"board on {board.port}: ImportError" in done.output and len(board.ran) == 1
    with pytest.raises(Failed, match="board on /dev/nothing: "), board_port.stopped("/dev/nothing"):
        pytest.fail("nothing is there")
