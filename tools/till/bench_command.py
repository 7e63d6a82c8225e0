"""`till bench` and `till run`."""

import asyncio
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

import click

from acquirer.ledger import LedgerError
from play.scripts import Script, ScriptError, ScriptFailed
from rig import demo, plain_line
from rig.bench_options import CODE, HEAPS
from rig.failures import Failed, reason, told
from rig.firmware import taptill_on_path
from rig.lab import Lab, OtherHost
from rig.option_types import Heap, Key, Speed, Trace
from rig.screen_text import boxed, can_show, render, render_small
from rig.state_lock import hold
from rig.supervisor import BenchError, Options

taptill_on_path()

from taptill.core import password


def _common(function):
    """Options that both commands have."""
    for option in reversed(
        (
            click.option("--host", "other", metavar="ADDR:PORT", help="Another host instead of the built-in acquirer."),
            click.option("--tls/--plain", default=True, show_default=True, help="TLS with pinned CA, or plain TCP."),
            click.option(
                "--ca",
                type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
                help="CA certificate (DER) of the other host.",
            ),
            click.option("--tls-name", default="", help="Name in the other host's certificate."),
            click.option("--tmk", type=Key(), envvar="TAPTILL_TMK", metavar="HEX", help="TMK at the other host."),
            click.option("--terminal", default="10000001", show_default=True, help="Terminal number (F41) there."),
            click.option("--merchant", default="100000000000001", show_default=True, help="Merchant number (F42) there."),
            click.option("--host-control", metavar="ADDR:PORT", help="Control socket of the other host."),
            click.option("--board", default="esp32_devkitc", show_default=True, help="Folder below boards/."),
            click.option(
                "--code",
                type=click.Choice(CODE),
                show_default="rom, but lfs where the board has PSRAM",
                help="The firmware in flash, executed in place, or loaded into the heap from LittleFS.",
            ),
            click.option(
                "--image",
                type=click.Path(exists=True, dir_okay=False),
                help="A file of till image, to run its code and not the project's.",
            ),
            click.option(
                "--heap",
                type=Heap(),
                show_default=f"{HEAPS['rom']}; {HEAPS['lfs']} with --code lfs",
                help="MicroPython heap of the firmware; port: it grows as on the board.",
            ),
            click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True),
            click.option(
                "--set",
                "settings",
                multiple=True,
                metavar="NAME=VALUE",
                help="A setting of the terminal, as answer_timeout_s=5; may be repeated.",
            ),
            click.option(
                "--speed", type=Speed(0.1, 1000), default=1.0, show_default=True, help="Let the terminal's clock run faster."
            ),
        )
    ):
        function = option(function)
    return function


def _address(text: str, option: str):
    address, colon, port = text.rpartition(":")
    if not colon or not address or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"{option} {text}: not ADDR:PORT")
    return address, int(port)


def settings_of(pairs, lang: str) -> dict:
    """The settings that --set and --lang name; `supervisor` is given in digits, the demonstration's where it is not named."""
    settings = {"language": lang, "supervisor": demo.SUPERVISOR}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set {pair}: not NAME=VALUE")
        try:
            # Numbers and true/false as JSON; everything with leading zeros, and all else, is text.
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    typed = str(settings["supervisor"])
    return {**settings, "supervisor": password.derive(typed, b"bench") if typed.isdigit() else typed}


def _lab(folder, values: dict, port: int = 0, listener=None, trace: str = "net,flash,apdu") -> Lab:
    other = None
    context = click.get_current_context()
    for name in ("ca", "tls_name", "terminal", "merchant", "host_control", "tmk") if not values["other"] else ():
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')}: only together with --host")
    if values["other"]:
        address, number = _address(values["other"], "--host")
        if not values["tmk"]:
            raise click.UsageError("--host: the terminal's TMK is needed too (--tmk or TAPTILL_TMK)")
        if values["tls"] and not values["ca"]:
            raise click.UsageError("--host: its CA is needed (--ca FILE), or --plain")
        control = _address(values["host_control"], "--host-control") if values["host_control"] else None
        other = OtherHost(
            address,
            number,
            values["tmk"],
            values["terminal"],
            values["merchant"],
            values["ca"].read_bytes() if values["tls"] else None,
            values["tls_name"],
            control,
        )
    options = Options(
        board=values["board"],
        code=values["code"] or "",
        image=values["image"] or "",
        heap=values["heap"] or "",
        speed=values["speed"],
        port=port,
        trace=trace,
    )
    return Lab(folder, values["tls"], settings_of(values["settings"], values["lang"]), options, other, listener)


def _own(command: str, state):
    """Own a folder that is kept, and its host's: another `till host` may be on that one alone."""
    return hold(command, state, state / "host") if state else contextlib.nullcontext()


@click.command("run")
@click.argument(
    "script_files",
    metavar="SCRIPT...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=pathlib.Path),
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="Keep terminal and host in this folder; by default each script begins afresh.",
)
@click.option("--show/--quiet", default=False, help="Print every screen.")
@_common
def run(script_files, state, show, **values) -> None:
    """Play bench scripts: exit code 0 when all went as expected, 1 when not, 2 for a script that cannot be read."""
    scripts = []
    for path in script_files:
        try:
            with click.open_file(str(path), encoding="utf-8") as file:
                scripts.append(Script(file.read(), str(path)))
        except ScriptError as error:
            raise Failed(str(error)) from None
        except UnicodeDecodeError:
            raise Failed(f"{path}: not a text in UTF-8") from None
        except OSError as error:
            raise Failed(f"{path}: {reason(error)}") from None
    with _own("till run", state):
        _play_all(scripts, state, values, show)


def _play_all(scripts: list, state, values: dict, show: bool) -> None:
    for script in scripts:
        folder = state or pathlib.Path(tempfile.mkdtemp(prefix="till-run-"))
        try:
            asyncio.run(_play(script, folder, values, show))
        except ScriptFailed as error:
            raise Failed(str(error), 1) from None
        except (BenchError, LedgerError) as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(told(error)) from None
        finally:
            if not state:
                shutil.rmtree(folder, ignore_errors=True)
        click.echo(f"{script.name}: ok, {len(script.steps)} steps")


def _warn(lab: Lab) -> None:
    if not lab.secure:
        plain_line.warn()


async def _play(script: Script, folder, values: dict, show: bool) -> None:
    async with _lab(folder, values, listener=_printer(values["lang"]) if show else None) as lab:
        _warn(lab)
        await script.run(lab, click.echo)


def _printer(language: str):
    import base64

    if language == "zh" and not can_show("请", sys.stdout.encoding):
        click.echo(f"till: this console ({sys.stdout.encoding}) has no Chinese characters; with LANG=C.UTF-8 it has", err=True)
    wide = shutil.get_terminal_size((80, 24)).columns >= 130
    dots = can_show("▀⠀│", sys.stdout.encoding)

    def print_event(event: dict) -> None:
        if event["ev"] == "screen":
            frame = base64.b64decode(event["bits"])
            click.echo((render(frame) if wide else render_small(frame)) if dots else boxed(event.get("text") or []))
        elif event["ev"] == "power":
            click.echo(f"power {'on' if event['on'] else 'off'}: {event['why']}")
        elif event["ev"] == "log":
            click.echo(event["text"], err=True)

    return print_event


@click.command("bench")
@click.option(
    "--port",
    default=8590,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port of the JSON-lines socket on 127.0.0.1; 0: any free.",
)
@click.option(
    "--state",
    default="build/terminal",
    show_default=True,
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="Folder of the terminal and its host.",
)
@click.option(
    "--trace", type=Trace(), default="net,flash,apdu", show_default=True, help="Events wanted: net, flash, apdu, bus, host."
)
@click.option("--show/--quiet", default=True, help="Print every screen.")
@click.option("--clear", is_flag=True, help="Tell PAN, tracks and PIN block on the socket unmasked.")
@click.option("--terminals", type=click.IntRange(1, 99), help="So many terminals at one host, each with a page.")
@click.option(
    "--page-port", default=8500, show_default=True, type=click.IntRange(0, 65535), help="Port of the pages; 0: any free."
)
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDR",
    help="Address of the pages; another than this computer's own asks for a token.",
)
@click.option("--open/--no-open", "open_page", default=False, show_default=True, help="Open the pages in the browser.")
@click.option("--measure", is_flag=True, help="With --terminals: a sale at all of them, print what it costs, and end.")
@_common
def bench(port, state, trace, show, clear, terminals, page_port, bind, open_page, measure, **values) -> None:
    """Run a virtual terminal until Ctrl-C; clients drive it over a socket of JSON lines.

    With --terminals N there are pages instead: http://127.0.0.1:8500/1 and so on, and one ledger.

    \b
    {"do":"key","key":"5"}   {"do":"card","card":"visa-credit"}   {"do":"card-off"}
    {"do":"wifi","up":false} {"do":"power","on":false}            {"do":"cut","after":"write","n":2}
    {"do":"screenshot"}      {"do":"state"}                       {"do":"journal"}
    Replies bear the command's "id"; events are screen, buzzer, apdu, bus, net, flash, power, log, host; in apdu and host
    card data are starred.
    """
    if terminals or measure:
        _desk(state, terminals or 1, bind, page_port, open_page, measure, values)
        return
    from desk.cover import covered

    lab = _lab(state, values, port, _printer(values["lang"]) if show else None, trace)
    lab.options.cover = dict if clear else covered()
    try:
        with _own("till bench", state):
            asyncio.run(_serve(lab))
    except (BenchError, LedgerError) as error:
        raise Failed(str(error)) from None
    except OSError as error:
        raise Failed(told(error)) from None
    except KeyboardInterrupt:
        click.echo("switched off")


def _desk(state, terminals: int, bind: str, port: int, show: bool, measure: bool, values: dict) -> None:
    if values["other"]:
        raise click.UsageError("--terminals: works with the built-in acquirer, not with --host")
    from desk.serve import run_desk

    run_desk(
        state,
        terminals,
        bind,
        port,
        show,
        measure,
        settings_of(values["settings"], values["lang"]),
        {name: values[name] or "" for name in ("board", "code", "image", "heap")} | {"speed": values["speed"]},
        values["tls"],
        owner="till bench",
    )


async def _serve(lab: Lab) -> None:
    async with lab:
        _warn(lab)
        click.echo(f"bench: 127.0.0.1:{lab.bench.port}")
        if lab.acquirer:
            click.echo(f"host control: 127.0.0.1:{lab.acquirer.ports['control']}")
        await asyncio.Event().wait()
