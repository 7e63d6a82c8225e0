"""The benchmark runs as a whole and gives every figure that it documents; how good they are is not tested here."""

import ast
import json
import os
import pathlib
import subprocess
import sys

import pytest

from campaigns import measure, measure_desk, measure_live, measure_load
from campaigns.browser import NoBrowser, find
from rig import compiled

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What no healthy run can leave, wide apart: (beginning of the name, lowest, highest).
_PLAUSIBLE = (
    ("tap_bus_bytes_", 1118, 5000),
    ("tap_bus_transfers_", 12, 500),
    ("tap_bus_ms_", 1, 500),
    ("tap_fixed_sleep_ms_", 0, 2000),
    ("tap_late_poll_ms_", 0, 20000),
    ("tap_model_ms_", 1, 20000),
    ("tap_whole_bytes_", 1118, 10000),
    ("tap_whole_transfers_", 12, 1000),
    ("tap_whole_model_ms_", 1, 40000),
    ("oled_screens", 5, 200),
    ("oled_bytes_", 10, 3000),
    ("flash_reads_start", 100, 200000),
    ("flash_reads_idle", 0, 10),
    ("flash_reads_per_sale", 1, 5000),
    ("lookups_", 0, 500),
    ("flash_erases_", 0, 50),
    ("flash_programs_", 1, 500),
    ("flash_bytes_", 100, 100000),
    ("flash_ms_", 1, 5000),
    ("heap_sale_kb", 64, 640),
    ("heap_sale_lfs_kb", 64, 1024),
    ("heap_reversal_kb", 64, 1024),
    ("heap_void_kb", 64, 1024),
    ("heap_reversal_lfs_kb", 64, 1024),
    ("heap_void_lfs_kb", 64, 1024),
    ("heap_terminal_sales", 1, 100000),
    ("heap_flows_long_sales", 101, 100000),
    ("heap_growth_per_sale", -1000, 1000),
    ("heap_", 20000, 1000000),
    ("codec_speed_", 0.2, 100),
    ("pack_heap_", 100, 100000),
    ("unpack_heap_", 100, 100000),
    ("mac_heap_", 0, 100000),
    ("pack_us", 0.5, 100000),
    ("unpack_us", 0.5, 100000),
    ("mac_us", 0.5, 100000),
    ("boot_", 0, 60),
    ("sale_", 0, 60),
    ("live_", 40, 400),
    ("desk_key_", 1, 5000),
    ("desk_tap_", 50, 60000),
    ("desk_bench_mb", 1, 100),
    ("sim_cut_ms", 0.5, 2000),
    ("load_sales_per_second_", 1, 100000),
    ("load_p99_ms_", 1, 30000),
    ("load_host_cpu_ms_", 0.1, 1000),
    ("load_idle_held", 100, 100000),
    ("load_connection_", 0, 200),
    ("desk_", 0, 60000),
)


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("measure") / "deep" / "bench.json"
    words = [sys.executable, "-m", "till.cli", "measure", "--quick", "--json", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"})
    assert done.returncode == 0, done.stdout + done.stderr
    for name, *_ in measure.documented():
        assert name.replace("_<bus>", "") in done.stdout
    return json.loads(path.read_text(encoding="utf-8"))


def test_every_documented_figure_is_there_and_no_other(figures) -> None:
    try:
        find()
        missing = ()
    except NoBrowser:
        missing = measure_desk.BROWSER
    try:
        measure_live._on_32(compiled.tree("esp32_devkitc")["firmware"])
    except measure_live.NoNode:
        missing = (*missing, *measure_live.WITH_NODE)
    missing = (*missing, *measure_load.WITH_POSTGRES)  # not in the quick run
    assert list(figures) == [name for name in measure.names() if name not in missing]
    assert len(set(figures)) == len(figures) > 70


def test_every_figure_is_a_plausible_number(figures) -> None:
    for name, value in figures.items():
        assert type(value) in (int, float), name
        low, high = next((low, high) for start, low, high in _PLAUSIBLE if name.startswith(start))
        assert low <= value <= high, (name, value)


def test_figures_agree_with_one_another(figures) -> None:
    # An answer is read at least once, and the ACK of every command: 18 frames.
    for bus in measure.BUSES:
        assert figures[f"tap_whole_bytes_{bus}"] > figures[f"tap_bus_bytes_{bus}"] >= 1118
        assert figures[f"tap_bus_transfers_{bus}"] >= 18
        assert figures[f"tap_model_ms_{bus}"] >= figures[f"tap_bus_ms_{bus}"]
    assert figures["tap_bus_ms_uart"] == pytest.approx(1118 * 10 / 115.2)
    assert figures["oled_bytes_per_digit"] <= figures["oled_bytes_per_digit_max"]
    assert figures["oled_bytes_full_screen"] <= figures["oled_bytes_full_screen_max"]
    assert max(figures[name] for name in figures if name.startswith("heap_terminal_after")) < 1024 * 640
    parts = [name for name in figures if name.startswith("boot_") and name != "boot_s"]
    assert sum(figures[name] for name in parts) == pytest.approx(figures["boot_s"])
    assert figures["sale_card_s"] + figures["sale_host_s"] <= figures["sale_tap_to_approved_s"] + 0.001


def test_the_walk_of_live_bytes_loads_what_an_everyday_start_loads() -> None:
    """`live.MODULES` is what main.py imports, but for what it imports only when something is missing or was asked for."""
    source = (ROOT / "firmware" / "main.py").read_text(encoding="utf-8")
    seldom = {"taptill.app.out_of_service", "taptill.adapters.netprobe", "taptill.adapters.tls", "taptill.debuglink"}
    seldom |= {"taptill.adapters.slip_printer"}  # of a board with a printer
    imported = set()
    for function in (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("taptill"):
                for name in node.names:
                    inner = f"{node.module}.{name.name}"
                    module = ROOT / "firmware" / pathlib.Path(*inner.split("."))
                    imported.add(inner if module.with_suffix(".py").is_file() or module.is_dir() else node.module)
    walk = ast.parse((ROOT / "tools" / "campaigns" / "live" / "live.py").read_text(encoding="utf-8"))
    (given,) = (node.value for node in walk.body if isinstance(node, ast.Assign) and node.targets[0].id == "MODULES")
    of_the_board = {"taptill.drivers.parts", "taptill.drivers.pn532.spi"}
    assert imported - seldom == set(ast.literal_eval(given)) - of_the_board


def test_aims_are_read_as_they_are_written() -> None:
    assert measure.outside("<= 100", 101) and not measure.outside("<= 100", 100)
    assert measure.outside(">= 2", 1.9) and not measure.outside(">= 2", 2) and not measure.outside("", 5)
    for _, _, _, aim in measure.documented():
        measure.outside(aim, 1)
