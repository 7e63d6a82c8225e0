"""`till host`: the acquirer as a command."""

import asyncio
import json
import pathlib
import signal
import sys
from collections.abc import Callable

import click

from acquirer import faults
from acquirer.ledger import LedgerError
from acquirer.limits import Limits
from acquirer.said import as_json as json_line
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger, file_of
from acquirer.vault import Keeper, VaultError
from rig import open_files, plain_line
from rig.addresses import is_loopback
from rig.failures import Failed, told
from rig.state_lock import hold

_OTHER_FILES = 100  # ledger, log, control connections
_LOGS: "dict[str, Callable[[str], None] | None]" = {
    "text": click.echo,
    "json": lambda said: click.echo(json_line(said)),
    "off": None,
}


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
@click.option("--json", "as_json", is_flag=True, help="Print the ports as one JSON line, and no log unless --log asks for it.")
@click.option("--log", "log_form", type=click.Choice(["text", "json", "off"]), help="How each event is told; text by default.")
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
    log = _LOGS[log_form or ("off" if as_json else "text")]
    with hold("till host", state):
        _serve(bind, port, tls_port, mode, control, sntp, url, state, fresh, wanted, as_json, log, metrics, limits)


def _serve(bind, port, tls_port, mode, control, sntp, url, state, fresh, wanted, as_json, log, metrics, limits) -> None:
    """Open the ledger and serve.  Raises Failed."""
    try:
        ledger = SqlLedger(url or f"sqlite:///{(state / 'ledger.sqlite').as_posix()}", keeper=Keeper(state))
        if fresh:
            ledger.fresh()
    except LedgerError as error:
        raise Failed(str(error)) from None
    acquirer = Acquirer(
        ledger,
        state,
        None if mode == "tls" else port,
        None if mode == "plain" else tls_port,
        control,
        sntp,
        bind,
        log=log,
        limits=limits,
        metrics_port=metrics,
    )
    try:
        asyncio.run(_run(acquirer, wanted, as_json, bind))
    except OSError as error:
        raise Failed(f"cannot listen on {bind}: {told(error)}") from None
    except (LedgerError, ValueError) as error:
        raise Failed(str(error)) from None
    finally:
        ledger.close()


async def _run(acquirer: Acquirer, wanted: "list[faults.Fault]", as_json: bool, bind: str) -> None:
    """Serve until SIGINT or SIGTERM; then what is in flight is answered."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stopped.set)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends asyncio.run instead
            break
    async with acquirer:
        for fault in wanted:
            await acquirer.add_fault(fault)
        if as_json:
            click.echo(json.dumps({"ports": acquirer.ports, "state": str(acquirer.state)}))
        else:
            click.echo("acquirer: " + ", ".join(f"{name} {number}" for name, number in acquirer.ports.items()))
        sys.stdout.flush()
        if "tcp" in acquirer.ports and ("tls" not in acquirer.ports or not is_loopback(bind)):
            plain_line.warn()
        await stopped.wait()
        await acquirer.finish()


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
