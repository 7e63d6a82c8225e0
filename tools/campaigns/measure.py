"""`till measure`: the benchmark.  Numbers of the real thing, taken in this run; nothing here passes or fails.

<bus> is spi (2 MHz, IRQ), uart (115,200), uart_fast (921,600), i2c (SoftI2C, 400 kHz, IRQ) or i2c_hw (machine.I2C:
a frame is read a second time, as its length cannot be known before).  The tap is on_micropython/tap_session.json: six
APDUs whose frames have 134 bytes of requests, 948 of responses and 36 of ACKs, 1,118 together.

| name | unit | what it is | aim |
|---|---|---|---|
| tap_bus_bytes_<bus> | bytes | on the bus for the six APDUs, status and address bytes included | <= 1286 |
| tap_bus_transfers_<bus> | | transfers for them: chip selects, I2C starts, UART bursts | |
| tap_bus_ms_<bus> | ms | modelled time of these bytes on the line | |
| tap_fixed_sleep_ms_<bus> | ms | slept by the driver meanwhile without waiting for an answer | <= 0 |
| tap_late_poll_ms_<bus> | ms | by which its looks came later than the answers they were for | |
| tap_model_ms_<bus> | ms | line, sleeps and late looks together: the reader's share of the cardholder's time | |
| tap_whole_bytes_<bus> | bytes | the same with begin(), listing the card, release and field off | |
| tap_whole_transfers_<bus> | | transfers of that | |
| tap_whole_model_ms_<bus> | ms | line and own sleeps of that | |
| oled_bytes_first_digit | bytes | on the I2C bus for the first digit, which opens the amount screen | |
| oled_bytes_per_digit | bytes | for each further digit of 1 2 5 0, mean; address and control bytes included | <= 100 |
| oled_bytes_per_digit_max | bytes | the dearest of them | <= 100 |
| oled_bytes_full_screen | bytes | for a change of screen, mean over start, an approved and a reversed sale | <= 1031 |
| oled_bytes_full_screen_max | bytes | the dearest of them | |
| oled_screens | | changes of screen that were counted | |
| flash_erases_first_sale | | block erases of a new terminal's first approved sale | |
| flash_programs_first_sale | | program operations of it | |
| flash_erases_per_sale | | block erases of an approved sale, mean of sales 2 to 101 | <= 2 |
| flash_programs_per_sale | | program operations | |
| flash_bytes_per_sale | bytes | programmed | |
| flash_ms_per_sale | ms | modelled time of both (45 ms an erase, 0.7 ms a page) | |
| flash_erases_per_sale_long | | mean over all sales of the long run | <= 2 |
| flash_erases_first_sale_terminal | | the first sale again, through the whole terminal | |
| flash_programs_first_sale_terminal | | program operations of it | |
| flash_reads_start | | block reads of a new board's first start, until idle, code in flash | |
| flash_reads_idle | | block reads a second while nobody is there | <= 0 |
| flash_reads_per_sale | | block reads of an approved sale | |
| lookups_start | | names that imports look for in the file system until idle | |
| lookups_per_sale | | the same in a sale | <= 0 |
| flash_reads_start_lfs | | block reads of a start with the code loaded from LittleFS | |
| flash_reads_idle_lfs | | a second while nobody is there | <= 0 |
| flash_reads_per_sale_lfs | | of an approved sale | |
| heap_sale_kb | kB | least heap (64-bit, TLS inside) in which the firmware, its code in flash, starts and sells twice | <= 176 |
| heap_sale_lfs_kb | kB | the same with its code loaded from LittleFS, as on a board with PSRAM | |
| heap_reversal_kb | kB | the least heap for a sale whose answer is lost, its reversal and a sale, code in flash | |
| heap_void_kb | kB | for a sale, its void and a sale, code in flash | |
| heap_reversal_lfs_kb | kB | the reversal with the code loaded from LittleFS | |
| heap_void_lfs_kb | kB | the void likewise | |
| live_worst_32_kb | kB | worst state of sale, reversal, void: 32-bit, bytecode in flash, no TLS (frozen: make live-frozen) | |
| live_idle_32_kb | kB | the same when idle | |
| live_worst_64_kb | kB | the worst state on a 64-bit MicroPython | |
| live_idle_64_kb | kB | idle likewise | |
| heap_idle | bytes | in use after a collection: idle screen after the sign-on | |
| heap_amount | bytes | amount entered | |
| heap_present_card | bytes | waiting for the card | |
| heap_waiting | bytes | waiting for the host's answer, TLS connected | |
| heap_approved | bytes | APPROVED on the screen | |
| heap_terminal_after_1_sale | bytes | idle again after one sale | |
| heap_terminal_after_sales | bytes | idle again after heap_terminal_sales sales through the whole terminal | |
| heap_terminal_sales | | how many these were | |
| heap_flows_after_1_sale | bytes | flows, store and keys alone (no screen, reader or link): after one sale | |
| heap_flows_after_100_sales | bytes | after 100 | |
| heap_flows_after_long | bytes | after the long run | |
| heap_flows_long_sales | | sales of the long run | |
| heap_growth_per_sale | bytes | growth between the first sale and the last of the long run | <= 0 |
| pack_us | us | pack a sale of 253 bytes on CPython, least of many rounds | |
| unpack_us | us | unpack it | |
| pack_us_pyiso8583 | us | pyiso8583 packs the same, in rounds between ours | |
| unpack_us_pyiso8583 | us | pyiso8583 unpacks it | |
| codec_speed_against_pyiso8583 | | how many times as fast pack and unpack are together | >= 2 |
| pack_us_micropython | us | pack it under MicroPython on this computer | |
| unpack_us_micropython | us | unpack it | |
| mac_us_micropython | us | its MAC under a double-length key | |
| pack_heap_micropython | bytes | allocated by one pack | |
| unpack_heap_micropython | bytes | allocated by one unpack | |
| mac_heap_micropython | bytes | allocated by one MAC | |
| boot_s | s | power-on to the idle screen, signed on, at real speed on this computer | |
| boot_interpreter_s | s | of that: interpreter and chip models | |
| boot_firmware_s | s | firmware loaded and wired together, until its first screen | |
| boot_wifi_s | s | until the first connection to the host opens: Wi-Fi model and flash | |
| boot_sign_on_s | s | TLS, sign-on, new keys on flash, idle screen | |
| sale_tap_to_approved_s | s | card on the reader to APPROVED on the screen, least of a few sales | |
| sale_card_s | s | of that: until the card has said its last | |
| sale_prepare_s | s | until the connection to the host is opened | |
| sale_host_s | s | TLS, intent on flash, request, answer, journal, screen | |
| desk_key_to_pixel_ms | ms | key pressed in the browser to the first changed dot of the page's screen, median | |
| desk_tap_to_result_ms | ms | card clicked on the page to APPROVED on it, host on the same computer, median | |
| desk_bench_mb | MB | memory of one terminal's process beside others on the desk | |
| desk_bench_idle_cpu_percent | % | of one processor, for an idle terminal | |
| desk_bench_sale_cpu_ms | ms | processor time of its process in a sale | |
| desk_server_sale_cpu_ms | ms | processor time of host and web server for a sale | |
| load_sales_per_second_sqlite | | 100 terminals, 300,000 rows in the ledger, each sale durable before it is answered | >= 800 |
| load_p99_ms_sqlite | ms | from a sale to its answer, which 99 of 100 do not exceed | <= 250 |
| load_host_cpu_ms_sqlite | ms | processor time of the host for one of these sales | |
| load_sales_per_second_postgres | | the same in PostgreSQL, with two workers of the host | >= 600 |
| load_p99_ms_postgres | ms | likewise | <= 250 |
| load_host_cpu_ms_postgres | ms | likewise, without the database's own processes | |
| load_idle_held | | silent connections that one host holds and still answers | >= 10000 |
| load_connection_kb | kB | memory of the host for one of them, without the system's own | |
| load_connection_tls_kb | kB | the same of one with TLS | |
| sim_cut_ms | ms | processor time of a life after a cut in `make cuts`: start, what is open, a sale, both books | <= 20 |

The desk's first two figures need a browser, the others a system that tells what a process takes, live_*_32_kb need Node; where
these are missing, so are the figures, and a line says so.
"""

import asyncio
import errno
import json
import os
import pathlib
import subprocess
import tempfile

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from acquirer.ledger import LedgerError
from desk.errors import DeskError
from rig import compiled
from rig.failures import Failed, told
from rig.interpreter import micropython
from rig.supervisor import BenchError

from . import measure_codec, measure_desk, measure_live, measure_load, measure_sim, measure_terminal

BUSES = ("spi", "uart", "uart_fast", "i2c", "i2c_hw")
_SCRIPTS = pathlib.Path(__file__).resolve().parent / "on_micropython"
_BOARD = "esp32_devkitc"
_GROUPS = {"pack": "codec", "unpack": "codec", "mac": "codec"}  # shown together, by the first word of the name


class MeasureError(Exception):
    """Something could not be measured; one line."""


class Size:
    """How much is done.  `sales` through flows and store alone, `terminal` through the whole terminal."""

    def __init__(self, quick: bool):
        self.sales = 120 if quick else 1000
        self.terminal = 3 if quick else 100
        self.taps = 1 if quick else 5
        self.keys = 3 if quick else 15
        self.desks = 2 if quick else 6
        self.rounds = 60 if quick else 4000
        self.micropython_rounds = 5 if quick else 100
        self.heap_step = 256 if quick else 4
        self.load = measure_load.Extent(300, 1.0, 10, 100, False) if quick else measure_load.Extent(300_000, 20.0, 100, 10_000)


def documented() -> list:
    """Rows (name, unit, what, aim) of the table above."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in (__doc__ or "").splitlines()]
    return [tuple(row) for row in cells if len(row) == 4 and row[0] not in ("name", "---")]


def names() -> list:
    """Every figure's name, <bus> filled in."""
    return [name.replace("<bus>", bus) for name, *_ in documented() for bus in (BUSES if "<bus>" in name else ("",))]


def _run(script: str, arguments, given: str = "") -> str:
    """Run a script of on_micropython; what it printed.  Raises MeasureError."""
    done = subprocess.run(
        [micropython(), "-X", "heapsize=4M", str(_SCRIPTS / script), *[str(word) for word in arguments]],
        input=given,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "MICROPYPATH": ".frozen"},
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise MeasureError(f"{script}: {words[-1] if words else 'the process ended'}")
    return done.stdout.splitlines()[-1]


def taps(folders: dict, progress) -> dict:
    """Every bus."""
    found = {}
    for bus in BUSES:
        progress(f"a tap over {bus}")
        path = (folders["lib"], folders["firmware"], folders["bench"])
        tap = json.loads(_run("tap.py", (bus, _SCRIPTS / "tap_session.json", *path)))
        if (tap["apdus"], tap["requests"], tap["responses"]) != (6, 134, 948) or tap["misses"] or not tap["pan_read"]:
            raise MeasureError(f"tap over {bus}: not the six APDUs of the session")
        for name, value in (
            ("bus_bytes", tap["bytes"]),
            ("bus_transfers", tap["transfers"]),
            ("bus_ms", tap["bus_ms"]),
            ("fixed_sleep_ms", tap["fixed_sleep_ms"]),
            ("late_poll_ms", tap["late_ms"]),
            ("model_ms", tap["bus_ms"] + tap["fixed_sleep_ms"] + tap["late_ms"]),
            ("whole_bytes", tap["whole_bytes"]),
            ("whole_transfers", tap["whole_transfers"]),
            ("whole_model_ms", tap["whole_bus_ms"] + tap["whole_own_sleep_ms"]),
        ):
            found[f"tap_{name}_{bus}"] = value
    return found


def many_sales(folders: dict, count: int, progress) -> dict:
    """Flash and heap of `count` (at least 101) sales through flows and store."""
    progress(f"{count} sales through flows and store")
    with tempfile.TemporaryDirectory(prefix="till-measure-") as folder:
        done = json.loads(_run("sales.py", (count, folder, folders["lib"], folders["firmware"], folders["bench"])))
    if done["faults"] or done["journal"] != count:
        raise MeasureError(f"sales: {done['journal']} of {count} in the journal, {done['faults']} flash faults")
    rows = {row[0]: row[1:] for row in done["rows"]}
    new, first, hundred, last = rows[0], rows[1], rows[101], rows[count]
    return {
        "flash_erases_first_sale": first[0] - new[0],
        "flash_programs_first_sale": first[1] - new[1],
        "flash_erases_per_sale": (hundred[0] - first[0]) / 100,
        "flash_programs_per_sale": (hundred[1] - first[1]) / 100,
        "flash_bytes_per_sale": (hundred[2] - first[2]) / 100,
        "flash_ms_per_sale": (hundred[3] - first[3]) / 100 / 1000,
        "flash_erases_per_sale_long": (last[0] - new[0]) / count,
        "heap_flows_after_1_sale": first[4],
        "heap_flows_after_100_sales": rows[100][4],
        "heap_flows_after_long": last[4],
        "heap_flows_long_sales": count,
        "heap_growth_per_sale": (last[4] - first[4]) / (count - 1),
    }


def codec_on_micropython(folders: dict, rounds: int, progress) -> dict:
    progress("codec on MicroPython")
    said = _run("codec.py", (rounds, folders["firmware"], folders["bench"]), json.dumps(measure_codec.order()))
    found = {}
    for name, (microseconds, heap) in json.loads(said).items():
        found[name + "_us_micropython"] = microseconds
        found[name + "_heap_micropython"] = heap
    return found


def all_figures(size: Size, progress) -> tuple:
    """All figures, name -> number, and lines about those that are left out.

    `progress(text, part)` is told what is going on and how far it is (0…1).
    """
    folders = compiled.tree(_BOARD)
    found = {}
    left_out = []

    def desk(tell) -> dict:
        figures, why = measure_desk.figures(size.keys, size.taps, size.desks, tell)
        if why:
            left_out.append(f"{', '.join(measure_desk.BROWSER)} left out: {why}")
        if "desk_bench_mb" not in figures:
            left_out.append("desk_bench_* and desk_server_* left out: this system does not tell what a process takes")
        return figures

    def live(tell) -> dict:
        figures, why = measure_live.figures(folders, tell)
        if why:
            left_out.append(f"{', '.join(measure_live.WITH_NODE)} left out: {why}")
        return figures

    def load(tell) -> dict:
        figures, why = measure_load.figures(size.load, tell)
        if why:
            left_out.append(f"{', '.join(measure_load.WITH_POSTGRES)} left out: {why}")
        return figures

    parts = (
        (3, lambda tell: taps(folders, tell)),
        (5, lambda tell: many_sales(folders, size.sales, tell)),
        (3, lambda tell: codec_on_micropython(folders, size.micropython_rounds, tell)),
        (10, lambda tell: measure_codec.on_cpython(size.rounds, tell)),
        (9, lambda tell: asyncio.run(measure_terminal.times(size.taps, tell))),
        (64, lambda tell: asyncio.run(measure_terminal.counted(size.taps, size.heap_step, size.terminal, tell))),
        (2, live),
        (12, desk),
        (30, load),
        (1, measure_sim.figures),
    )
    whole = sum(weight for weight, _ in parts)
    before = 0
    for weight, part in parts:
        found.update(part(lambda text: progress(text, before / whole)))
        before += weight
    progress("done", 1.0)
    return {name: found[name] for name in names() if name in found}, left_out


def _shown(value) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"


def outside(aim: str, value) -> bool:
    """Is a figure outside of its aim (`<= 100`, `>= 2` or none)?"""
    if not aim:
        return False
    sign, limit = aim.split()
    return value > float(limit) if sign == "<=" else value < float(limit)


def tables(found: dict) -> list:
    """For people: the tap with a column for each bus, and everything else."""
    taps_ = Table(title="A tap of six APDUs")
    others = Table(title="TapTill in numbers")
    taps_.add_column("figure", no_wrap=True)
    for bus in BUSES:
        taps_.add_column(bus, justify="right", no_wrap=True)
    others.add_column("figure", no_wrap=True)
    others.add_column("value", justify="right", no_wrap=True)
    for each in (taps_, others):
        each.add_column("unit")
        each.add_column("aim", no_wrap=True)
        each.add_column("what it is")
    group = None
    for name, unit, what, aim in documented():
        if "<bus>" in name:
            cells = [_cell(found[name.replace("<bus>", bus)], aim) for bus in BUSES]
            taps_.add_row(name.replace("_<bus>", ""), *cells, unit, aim, what)
            continue
        head = _GROUPS.get(name.split("_")[0], name.split("_")[0])
        if group not in (None, head):
            others.add_section()
        group = head
        others.add_row(name, _cell(found.get(name), aim), unit, aim, what)
    return [taps_, others]


def _cell(value, aim: str) -> str:
    if value is None:
        return "–"
    return f"[bold]{_shown(value)} ![/bold]" if outside(aim, value) else _shown(value)


def _beside(path: pathlib.Path) -> pathlib.Path:
    """The file that becomes `path` when all is measured, made now: minutes later would be a bad time to learn that it
    cannot be.  Raises Failed.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        part.unlink(missing_ok=True) if part.is_file() else None
        raise Failed(f"--json {path}: {told(error)}") from None
    return part


@click.command("measure")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    help="Write the figures to this file too, as name -> number.",
)
@click.option("--quick", is_flag=True, help="Fewer rounds and sales: to try it, not for the record.")
def measure(path, quick) -> None:
    """Measure the terminal: bus, display, flash, heap, codec, times.  Nothing passes or fails; ! marks a missed aim."""
    part = _beside(path) if path else None
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    try:
        with bar:
            task = bar.add_task("starting", total=1.0)
            found, left_out = all_figures(Size(quick), lambda text, part: bar.update(task, description=text, completed=part))
        if path:
            figures = {name: found[name] for name in names() if name in found}
            part.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
            part.replace(path)
    except (MeasureError, measure_load.LoadError, BenchError, DeskError, LedgerError, compiled.CompileError) as error:
        raise Failed(str(error)) from None
    except (asyncio.TimeoutError, subprocess.TimeoutExpired):
        raise Failed("measure: the terminal did not do its part in time") from None
    except OSError as error:
        raise Failed(told(error)) from None
    finally:
        if part:
            part.unlink(missing_ok=True)
    out = Console(width=max(Console().width, 120))
    for each in tables(found):
        out.print(each)
    for line in left_out:
        out.print(line)
    if path:
        out.print(f"written: {path}")
