"""`till host`: the acquirer as a command."""

import asyncio
import contextlib
import json
import pathlib
import re
import signal
import sys
from collections.abc import Iterable

import click

from acquirer import faults, profiles
from acquirer.front import Crew
from acquirer.ledger import LedgerError
from acquirer.limits import Limits
from acquirer.mac import RETAIL
from acquirer.metrics import count_in
from acquirer.said import Said
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger, file_of
from acquirer.vault import Keeper, VaultError
from rig import open_files, plain_line
from rig.addresses import is_loopback
from rig.failures import Failed, told
from rig.state_lock import hold

from . import host_log, host_workers

_OTHER_FILES = 100  # ledger, log, control connections
_OTHERS = [name for name, (profile, _) in profiles.LINES.items() if profile != profiles.DEFAULT]


@click.command("host")
@click.option("--bind", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for a real board.")
@click.option("--port", default=8583, show_default=True, type=click.IntRange(0, 65535), help="TCP port; 0: any free.")
@click.option("--tls-port", default=8584, show_default=True, type=click.IntRange(0, 65535), help="TLS port; 0: any free.")
@click.option("--tls", "mode", flag_value="tls", help="Only TLS.")
@click.option("--plain", "mode", flag_value="plain", help="Only TCP without TLS.")
@click.option("--both", "mode", flag_value="both", default="both", help="TCP and TLS (the default).")
@click.option(
    "--control", default=8585, show_default=True, type=click.IntRange(0, 65535), help="Port of the control socket on 127.0.0.1."
)
@click.option("--sntp", type=click.IntRange(0, 65535), default=None, help="UDP port of a time server; none by default.")
@click.option(
    "--ledger",
    "url",
    default=None,
    metavar="URL",
    help="SQLAlchemy URL of the ledger; by default a SQLite file in the state folder.",
)
@click.option(
    "--state",
    default="build/host",
    show_default=True,
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="Folder of the CA, the certificate and the ledger file.",
)
@click.option("--fresh", is_flag=True, help="Begin with a ledger without transactions.")
@click.option(
    "--fault",
    "fault_lines",
    multiple=True,
    metavar='"KIND …"',
    help='A fault from the start, as "drop-answer next" or "delay 70 next reversal"; may be repeated.',
)
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="NAME=PORT",
    help=f"A port for another profile, as {_OTHERS[-1]}=8594; there are {', '.join(_OTHERS)}. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the ports as one JSON line, and no log unless --log asks for it.")
@click.option("--log", "log_form", type=click.Choice(host_log.FORMS), help="How each event is told; text by default.")
@click.option(
    "--metrics",
    type=click.IntRange(0, 65535),
    default=None,
    help="Answer http://127.0.0.1:PORT/metrics for Prometheus; not by default.",
)
@click.option(
    "--max-connections",
    type=click.IntRange(1),
    help=f"Open at once; by default {Limits.connections}, or what the system allows if that is less.",
)
@click.option(
    "--max-per-address", default=Limits.per_address, show_default=True, type=click.IntRange(1), help="The same from one address."
)
@click.option(
    "--stop-seconds",
    default=Limits.stop_seconds,
    show_default=True,
    type=click.FloatRange(0, 600),
    help="How long requests in flight may take when the host is ended (SIGTERM).",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that serve the ports; limits and the counting of faults are of each, --metrics is their sum.",
)
@click.option("--worker", type=click.IntRange(1), hidden=True, help="The number of this one among them.")
@click.option("--counted", type=click.Path(path_type=pathlib.Path), hidden=True, help="The folder of what they count.")
def host(bind, port, tls_port, mode, control, sntp, url, state, fresh, fault_lines, as_json, log_form, metrics, **bounds) -> None:
    """Run the acquirer: signs terminals on, decides sales, reverses them, keeps the ledger.

    Faults and questions go to the control socket, one line each (`help` lists them).
    """
    try:
        wanted = [faults.parse(line.split()) for line in fault_lines]
    except faults.FaultError as error:
        raise Failed(str(error)) from None
    connections = bounds["max_connections"] or min(Limits.connections, open_files.most() - _OTHER_FILES)
    limits = Limits(connections, bounds["max_per_address"], stop_seconds=bounds["stop_seconds"])
    open_files.allow(limits.connections + _OTHER_FILES, "till host")
    log_form = log_form or ("off" if as_json else "text")
    log = host_log.log(log_form)
    workers, worker = bounds["workers"], bounds["worker"]
    ports = {"tcp": None if mode == "tls" else port, "tls": None if mode == "plain" else tls_port}
    ports.update(_lines(bounds["lines"]))
    if worker is not None:  # whoever has started it owns the folder
        if bounds["counted"]:
            count_in(bounds["counted"], worker)
        _serve(bind, ports, control, sntp, url, state, fresh, wanted, as_json, log, metrics, limits, worker)
        return
    with hold("till host", state):
        if workers == 1:
            _serve(bind, ports, control, sntp, url, state, fresh, wanted, as_json, log, metrics, limits)
        else:
            host_workers.able(url is None or file_of(url) is not None)
            words = ["--log", log_form]
            _serve_with(workers, words, fault_lines, bind, ports, control, sntp, url, state, fresh, as_json, log, metrics, limits)


def _lines(texts: "Iterable[str]") -> "dict[str, int]":
    """{name of the line: port} of texts NAME=PORT.  Raises Failed."""
    found: dict[str, int] = {}
    for text in texts:
        name, _, port = text.partition("=")
        if name not in _OTHERS or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
            raise Failed(f"--line: {text} is not NAME=PORT with a name of {', '.join(_OTHERS)}")
        if name in found:
            raise Failed(f"--line: {name} is given twice; it has one port")
        found[name] = int(port)
    return found


def _opened(url: "str | None", state: pathlib.Path, fresh: bool, worker: "int | None" = None) -> SqlLedger:
    """The ledger.  Raises Failed."""
    try:
        ledger = SqlLedger(url or f"sqlite:///{(state / 'ledger.sqlite').as_posix()}", keeper=Keeper(state), worker=worker)
        if fresh:
            ledger.fresh()
        return ledger
    except LedgerError as error:
        raise Failed(str(error)) from None


def _serve(bind, ports, control, sntp, url, state, fresh, wanted, as_json, log, metrics, limits, worker=None) -> None:
    """Open the ledger and serve.  Raises Failed."""
    ledger = _opened(url, state, fresh, worker)
    options = {"log": log, "limits": limits, "metrics_port": metrics, "demo_data": worker is None, "shared_ports": bool(worker)}
    lines = {name: port for name, port in ports.items() if name in _OTHERS}
    acquirer = Acquirer(ledger, state, ports["tcp"], ports["tls"], control, sntp, bind, lines=lines, **options)

    async def serve() -> None:
        async with acquirer:
            for fault in wanted:
                await acquirer.add_fault(fault)
            await _told_until_stopped(acquirer.ports, state, as_json, bind, log, worker)
            await acquirer.finish()

    _whole(serve(), ledger, bind)


def _serve_with(count, words, fault_lines, bind, ports, control, sntp, url, state, fresh, as_json, log, metrics, limits) -> None:
    """Open the ledger, and have `count` processes serve it.  Raises Failed."""
    ledger = _opened(url, state, fresh, worker=0)
    bounds = {"max-connections": limits.connections, "max-per-address": limits.per_address, "stop-seconds": limits.stop_seconds}
    words = [*words, "--bind", bind, *(word for name, value in bounds.items() for word in (f"--{name}", str(value)))]
    words += ["--ledger", url] if url else []

    async def serve() -> None:
        with contextlib.ExitStack() as kept:
            told = {}
            for name, wanted in ports.items():
                if wanted is not None:
                    told[name], sockets = host_workers.reserved(bind, wanted)
                    for each in sockets:
                        kept.enter_context(each)
            options = {"tcp": ("--port", ""), "tls": ("--tls-port", ""), **{name: ("--line", name + "=") for name in _OTHERS}}
            shared = [word for name, number in told.items() for word in (options[name][0], options[name][1] + str(number))]
            mode = "--both" if "tcp" in told and "tls" in told else "--plain" if "tcp" in told else "--tls"
            crew = Crew(told, list(fault_lines))
            own = [*words, mode, *shared]
            counted = None if metrics is None else kept.enter_context(host_workers.counting(state))
            workers = host_workers.Workers(count, own, state, counted, limits.stop_seconds, log, click.echo, crew)
            tls = any(profiles.LINES[name][1] for name in told)
            others = {"counted": counted, "metrics_port": metrics, "control_port": control, "sntp_port": sntp, "log": log}
            try:
                async with await host_workers.front(ledger, state, bind, tls, workers, **others) as front:
                    await _told_until_stopped({**crew.ports, **front.ports}, state, as_json, bind, log)
            finally:
                await workers.stop()

    _whole(serve(), ledger, bind)


def _whole(serve, ledger: SqlLedger, bind: str) -> None:
    """Serve to the end.  Raises Failed."""

    async def served() -> None:
        try:
            await serve
        finally:
            ledger.close()  # here, for the loop waits for the threads that still ask it

    try:
        asyncio.run(served())
    except OSError as error:
        raise Failed(f"cannot listen on {bind}: {told(error)}") from None
    except (LedgerError, ValueError) as error:
        raise Failed(str(error)) from None


async def _told_until_stopped(ports: "dict[str, int]", state, as_json, bind: str, log, worker: "int | None" = None) -> None:
    """Tell the ports, and wait for SIGINT or SIGTERM; a worker also for the end of who has started it."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stopped.set)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends asyncio.run instead
            break
    if worker is not None:
        loop.add_reader(sys.stdin.fileno(), stopped.set)  # nothing is ever written there: it is closed
    if as_json:
        click.echo(json.dumps({"ports": ports, "state": str(state)}))
    else:
        text = "acquirer: " + ", ".join(f"{name} {number}" for name, number in ports.items())
        (log or click.echo)(Said("listening", text, ports=ports))
    sys.stdout.flush()
    if worker is None:
        _warn_of_plain(ports, bind)
    await stopped.wait()
    if worker is not None:
        loop.remove_reader(sys.stdin.fileno())


def _warn_of_plain(ports: "dict[str, int]", bind: str) -> None:
    """Of each plain line that others can reach, or whose profile has no line with TLS beside it: who wants TLS cannot have it."""
    for name, (profile, tls) in profiles.LINES.items():
        if name in ports and not tls and not (is_loopback(bind) and profiles.line_name(profile, True) in ports):
            plain_line.warn("" if profile == profiles.DEFAULT else name, profiles.of(profile).MACS == (RETAIL,))


@click.command()
@click.argument("terminal")
@click.option("--ledger", "url", default=None, metavar="URL", help="As `till host` has it.")
@click.option(
    "--state",
    default="build/host",
    show_default=True,
    type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path),
    help="State folder of the host.",
)
def tmk(terminal, url, state) -> None:
    """Tell the TMK of TERMINAL (F41): for `till provision` of that very terminal, and for nobody else.

    It is read from the ledger with the host master key, so only who may read both learns it; a host that runs goes on.
    """
    url = url or f"sqlite:///{(state / 'ledger.sqlite').as_posix()}"
    try:
        file = file_of(url)
        if file is not None and not file.is_file():
            raise Failed(f"{file}: there is no ledger; `till host` makes one")
        ledger = SqlLedger(url, keeper=Keeper(state))
        try:
            click.echo(ledger.tmk(terminal).hex().upper())
        finally:
            ledger.close()
    except (LedgerError, VaultError) as error:
        raise Failed(str(error)) from None
