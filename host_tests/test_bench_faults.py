"""What a program does to itself: tasks that die, links that go away under every screen, and look-ups in the file system."""

import ast
import asyncio
import pathlib
import re
import subprocess
import types

import pytest
from test_bench_sale import IDLE, SOON, Till, on_flash, options, play
from test_evidence import cable

from evidence import paper as paper_of
from rig.interpreter import micropython
from rig.supervisor import Bench
from taptill.core import tally

HERE = pathlib.Path(__file__).resolve().parent
FIRMWARE = HERE.parent / "firmware"
# MicroPython's extensible built-ins: every import of one looks into the file system first (py/builtinimport.c).
BUILT_IN = {
    "array", "asyncio", "binascii", "collections", "cryptolib", "deflate", "errno", "gc", "hashlib", "heapq", "io", "json",
    "machine", "math", "network", "os", "platform", "random", "re", "select", "socket", "ssl", "struct", "sys", "time", "tls",
}  # fmt: skip
# Run once, at the start.
START = {("main.py", "_app"), ("main.py", "_shop"), ("main.py", "_run"), ("main.py", "_watchdog"), ("parts.py", "wlan")}


@pytest.mark.parametrize("what", ["task", "drawing"])
def test_f_e4_a_task_that_dies_says_so_and_restarts_at_once(tmp_path, what):
    """F-E4: no living-looking dead screen; and what was open is settled after the restart."""

    async def story(till):
        await till.lab.host("drop-answer next sale")
        seen = till.lab.acquirer.count("sale")
        await till.present("1250", "visa-credit")
        await till.lab.acquirer.wait_request("sale", SOON, seen)
        start = till.bench.count
        (till.bench.state / "die").write_text(what)
        told = lambda event: event["ev"] == "screen" and (event["text"] or [])[:2] == ["FAULT", "Restarting now"]
        await till.bench.wait_event(told, SOON, start)
        await till.bench.wait_event(lambda event: event["ev"] == "power" and event["on"], SOON, start)
        await till.shows("REVERSED", "12.50")
        await till.back()
        await till.agrees("reversed")
        events = [event for number, event in till.bench.events if number > start]
        off = next(event for event in events if event["ev"] == "power" and not event["on"])
        assert "watchdog" not in off["why"]
        said = [event["text"] for event in events if event["ev"] == "log"]
        assert any(line.startswith("fault: ValueError") for line in said) and any("_dies" in line for line in said)
        assert "4761739001010010" not in "\n".join(said)

    play(tmp_path, story, bench_options=options(firmware=str(HERE / "bench_fault")))


def test_what_it_died_of_is_told_at_the_next_start_and_stands_in_the_log(tmp_path):
    """The place and the kind of the exception, not its words: they hold a card number."""

    async def story(till):
        start = till.bench.count
        (till.bench.state / "die").write_text("task")
        await till.bench.wait_event(lambda event: event["ev"] == "power" and event["on"], SOON, start)
        await till.shows("FAULT", "FAULT_WAS")
        await till.shows("FAULT", "ValueError")
        await till.press("#")
        await till.shows(IDLE)
        paper = await _evidence(till)
        at = [text for _, _, text in paper.log].index("fault: ValueError")
        assert re.fullmatch(r"at main.py:[1-9]\d* _dies", paper.log[at + 1][2]), paper.log
        assert any(re.fullmatch(r"at [a-z/]+\.py:[1-9]\d* \w+", text) for _, _, text in paper.log[at + 2 :])
        assert paper.counted[tally.FAULTS] == 1 and paper.counted[tally.HARD] == 1
        assert "4761739001010010" not in str(paper)
        await till.bench.power_on()
        await till.shows(IDLE)
        assert not [event for event in _shown(till, start) if "FAULT_WAS" in event][1:]

    play(tmp_path, story, bench_options=options(firmware=str(HERE / "bench_fault")))


def test_a_terminal_out_of_service_tells_once_what_it_died_of(tmp_path):
    """Without settings too: first the fault, until a key was pressed, then what is missing."""

    async def run():
        async with Bench(tmp_path, options()) as bench:
            till = Till(types.SimpleNamespace(bench=bench, ledger=None))
            await till.shows("B_CONFIG_MISSING")
            await bench.power_off()
            on_flash(bench.state, "write('log/fault', 'fault: ValueError at app/shop.py:12 _idle')")
            for _ in range(2):  # nobody there: it is told again
                await bench.power_on()
                await till.shows("FAULT", "FAULT_WAS")
                await till.shows("FAULT", "ValueError")
                await till.shows("B_CONFIG_MISSING", "S_PROVISION")
                await bench.power_off()
            await bench.power_on()
            await till.shows("FAULT", "FAULT_WAS")
            await till.press("#")
            await till.shows("B_CONFIG_MISSING")
            await bench.power_off()
            start = bench.count
            await bench.power_on()
            await bench.wait_event(lambda event: "B_CONFIG_MISSING" in (event.get("names") or []), SOON, start)
            assert not [names for names in _shown(till, start) if "FAULT_WAS" in names]

    asyncio.run(run())


def test_a_task_that_stands_still_is_named_before_the_watchdog_bites(tmp_path):
    async def story(till):
        start = till.bench.count
        (till.bench.state / "die").write_text("late")
        await till.bench.wait_event(lambda event: event["ev"] == "power" and event.get("restart") == 3, 3 * SOON, start)
        await till.shows("FAULT", "watchdog")
        await till.press("#")
        await till.shows(IDLE)
        paper = await _evidence(till)
        assert "watchdog: keypad is late" in [text for _, _, text in paper.log]
        assert paper.counted[tally.WATCHDOG] == 1 and paper.counted[tally.FAULTS] == 0

    play(tmp_path, story, bench_options=options(firmware=str(HERE / "bench_fault"), speed=10))


def test_the_bench_answers_as_the_port_does_why_it_began_anew():
    """ports/esp32/modmachine.c, mp_machine_reset_cause: a brown-out is a power-on, a panic a hard reset, every watchdog one."""
    code = (
        "import machine; m = machine; print([m.OF_CHIP[n] for n in ('POWERON', 'BROWNOUT', 'SW', 'PANIC', 'EXT', 'INT_WDT',"
        " 'TASK_WDT', 'WDT', 'DEEPSLEEP')], 'SDIO' in m.OF_CHIP)"
    )
    bench = HERE.parent / "tools" / "bench" / "hardware"
    path = f"{bench}:{bench.parent}:{HERE.parent / 'tools'}:.frozen"
    done = subprocess.run([micropython(), "-c", code], env={"MICROPYPATH": path}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1, 1, 2, 2, 2, 3, 3, 3, 4] False"


def _shown(till, start: int) -> list:
    return [event.get("names") or [] for number, event in till.bench.events if number > start and event["ev"] == "screen"]


async def _evidence(till):
    """What `till evidence --port` would be told; the terminal is off afterwards."""
    await till.bench.power_off()
    return paper_of.read(on_flash(till.bench.state, cable(till.bench.state)))


def test_f_e4_the_access_point_goes_away_under_every_screen(tmp_path):
    """F-E4: status("rssi"), disconnect() and the others are refused without a link; none of it ends the program."""

    async def story(till):
        start = till.bench.count
        await till.bench.do("wifi", up=False)
        await till.shows("NO_NETWORK")
        await till.press("A")
        await till.shows("LAST_SALE")
        await till.press("6")
        await till.shows("NETWORK")
        await till.press("#")
        await till.shows("NO_NETWORK")
        await till.present("1250", "visa-credit")
        await till.shows("NOT_CHARGED", "N_WIFI")
        await till.bench.do("card-off")
        await till.press("#")
        await till.bench.do("wifi", up=True)
        await till.shows(IDLE)
        await till.sale("75", "visa-debit", "APPROVED")
        events = [event for number, event in till.bench.events if number > start and event["ev"] in ("power", "log")]
        assert [event for event in events if not event.get("text", "").startswith("network: ")] == []  # but for the diagnosis

    play(tmp_path, story)


def test_f_e8_no_scan_and_no_idle_screen_looks_into_the_file_system(tmp_path):
    """F-E8: an import of a built-in reads flash each time it is executed: 93 flash commands a keypad scan, once."""

    async def story(till):
        start = till.bench.count
        await till.press("1250")
        await till.shows("ENTER_AMOUNT", "12.50")
        await till.press("D")
        await till.shows(IDLE)

        def many(event: dict) -> bool:
            return event["ev"] == "scans" and event["scans"] >= 1000 and event["draws"] >= 8

        told = await till.bench.wait_event(many, SOON, start)
        assert told["start"] > 10  # the start looks for its modules: the count works
        assert told["names"] == []
        assert told["sent"] <= 4  # F-E10: the first of each stay, and a minute that passed

    play(tmp_path, story, bench_options=options(firmware=str(HERE / "bench_lookups")))


def test_f_e8_no_function_that_runs_more_than_once_imports_a_built_in():
    """F-E8: all of them stand at the top of their modules."""
    found = []
    for path in sorted(FIRMWARE.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) or (path.name, function.name) in START:
                continue
            for node in ast.walk(function):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module or ""]
                found += [f"{path.name}: {function.name}: {name}" for name in names if name.split(".")[0] in BUILT_IN]
    assert found == []
