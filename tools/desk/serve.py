"""The desk from the console: `till demo`, and `till bench --terminals N`."""

import asyncio
import os
import pathlib
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable

import click

from acquirer.ledger import LedgerError
from rig import plain_line
from rig.addresses import is_loopback
from rig.failures import Failed, reason, told
from rig.state_lock import hold
from rig.supervisor import BenchError

from .errors import DeskError
from .figures import Meter
from .recorded import RecordedRoom, Recording
from .room import Room
from .server import Desk

_QUIET_S = 3.0  # how long the idle benches are looked at
_SOON_S = 60.0


def has_display() -> bool:
    """Is there a screen on which a browser could open?"""
    if "CI" in os.environ:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_desk(
    folder,
    count: int,
    bind: str,
    port: int,
    show: bool,
    measure: bool = False,
    settings: dict | None = None,
    options: dict | None = None,
    tls: bool = True,
    fresh: bool = False,
    owner: str = "till demo",
) -> None:
    """Serve `count` terminals until Ctrl-C; with `measure` until the figures are printed, `fresh` with empty books.

    `owner` is what another command is told that wants the same folder.  Raises Failed with one line.
    """
    folder = pathlib.Path(folder)
    try:
        with hold(owner, folder):
            if fresh:
                with hold(owner, folder / "host"):  # nobody else's; its lock goes with it, and is taken anew below
                    Room(folder).forget()
            with hold(owner, folder / "host"):
                _run(lambda: Room(folder, count, tls=tls, settings=settings, options=options), bind, port, show, measure)
    except (BenchError, DeskError, LedgerError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(told(error)) from None


def show_recording(recording: Recording, bind: str, port: int, show: bool) -> None:
    """Serve a recording until Ctrl-C.  Raises Failed with one line."""
    with tempfile.TemporaryDirectory(prefix="till-page-") as folder:
        _run(lambda: RecordedRoom(pathlib.Path(folder), recording), bind, port, show, False)


def _run(make: Callable[[], Room], bind: str, port: int, show: bool, measure: bool) -> None:
    try:
        asyncio.run(_serve(make, bind, port, show, measure))
    except (BenchError, DeskError, LedgerError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(f"desk: {error.filename or f'{bind}:{port}'}: {reason(error)}") from None
    except KeyboardInterrupt:
        click.echo("switched off")


async def _serve(make: Callable[[], Room], bind: str, port: int, show: bool, measure: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stopped.set)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends asyncio.run instead
            break
    room = make()
    desk = Desk(room, bind, port)
    began = time.monotonic()
    try:
        work = asyncio.ensure_future(_work(room, desk, began, show, measure))
        waiting = asyncio.ensure_future(stopped.wait())
        await asyncio.wait([work, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not work.done():
            work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if not work.cancelled():
            work.result()
    finally:
        await desk.stop()
        await room.stop()
    if stopped.is_set():
        click.echo("switched off")


async def _work(room: Room, desk: Desk, began: float, show: bool, measure: bool) -> None:
    await room.start()
    await desk.start()
    await room.ready(_SOON_S)
    click.echo(f"{room.count} terminal{'s' if room.count > 1 else ''} ready in {time.monotonic() - began:.1f} s")
    click.echo(f"page: {desk.address}" + ("" if is_loopback(desk.bind) else "   (the token is in the address)"))
    if not room.secure:
        plain_line.warn()
    if room.count > 1:
        click.echo(f"pages of the terminals: /1 … /{room.count}")
    if show and has_display():
        webbrowser.open(desk.address)
    if room.count > 1 or measure:
        await _figures(room, measure)
    if not measure:
        click.echo("Ctrl-C switches off")
        await asyncio.Event().wait()


async def _figures(room: Room, sale: bool) -> None:
    """Print what one bench costs while it is idle, and in a sale at all terminals at once."""
    meter = Meter(room)
    await asyncio.sleep(_QUIET_S)
    idle = meter.read()
    if idle is None:
        click.echo("what a bench costs cannot be learnt on this system")
        return
    share = idle["rss_server"] // room.count
    click.echo(
        f"one bench: {_mega(idle['rss_bench'])} of its own, {_mega(share)} as its share of the server "
        f"({_mega(idle['rss_server'])}); idle {100 * idle['cpu_bench'] / _QUIET_S:.1f} % of one processor, "
        f"server {100 * idle['cpu_server'] / _QUIET_S:.1f} %"
    )
    if not sale:
        return
    began = time.monotonic()
    await asyncio.gather(*[sell(terminal) for terminal in room.terminals])
    seconds = time.monotonic() - began
    sold = meter.read()
    if sold:
        bench, server = 1000 * sold["cpu_bench"], 1000 * sold["cpu_server"] / room.count
        click.echo(
            f"a sale at {room.count} terminal(s) at once: {seconds:.1f} s; each {bench:.0f} ms of processor "
            f"time in its bench and {server:.0f} ms in the server; then {_mega(sold['rss_bench'])} a bench"
        )


def _mega(size: int) -> str:
    return f"{size / 1048576:.1f} MB"


async def sell(terminal, amount: int = 1250, card: str = "visa-credit") -> None:
    """One sale through keypad, reader and host.  Raises asyncio.TimeoutError when it does not succeed in time."""
    bench = terminal.bench

    async def see(name: str) -> None:
        await bench.wait_text(lambda shown: name in shown.names, _SOON_S)

    await bench.wait_text(lambda shown: shown.idle, _SOON_S)
    for key in f"{amount}#":
        await terminal.command({"do": "key", "key": key})
    await see("PRESENT_CARD")
    await terminal.command({"do": "card", "card": card})
    await see("APPROVED")
    await terminal.command({"do": "card-off"})
    await terminal.command({"do": "key", "key": "#"})
    await bench.wait_text(lambda shown: shown.idle, _SOON_S)
