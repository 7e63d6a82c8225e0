"""`till demo`."""

import pathlib

import click

from desk.errors import DeskError
from desk.recorded import Recording, of_file
from desk.serve import run_desk, show_recording
from rig.failures import Failed

from .bench_command import settings_of


@click.command("demo")
@click.option("--port", default=8500, show_default=True, type=click.IntRange(0, 65535), help="Of the page; 0: any free.")
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDR",
    help="Address to listen on; another than this computer's own asks for a token.",
)
@click.option("--open/--no-open", "show", default=True, show_default=True, help="Open the page in the browser.")
@click.option("--fresh", is_flag=True, help="Begin with a new terminal and empty books.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the terminal.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the terminal, as profile=NAME for other messages; may be repeated.",
)
@click.option(
    "--state",
    default="build/desk",
    show_default=True,
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="Folder of terminal and host.",
)
@click.option(
    "--payment",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    help="Show a payment that was saved from the page, or the failing one of a plan of till simulate; nothing runs then.",
)
def demo(port: int, bind: str, show: bool, fresh: bool, lang: str, pairs, state, payment: "pathlib.Path | None") -> None:
    """A terminal in the browser: keypad, screen, cards, host, and every message between them.

    The address is printed; Ctrl-C switches off.
    """
    if payment:
        show_recording(_recorded(payment), bind, port, show)
        return
    run_desk(state, 1, bind, port, show, settings=settings_of(pairs, lang), fresh=fresh)


def _recorded(path: pathlib.Path) -> Recording:
    """Raises Failed."""
    from sim import plan_file  # which a terminal in the browser has no use for
    from sim.opened import recording_of
    from taptill.core.errors import ConfigError

    try:
        return recording_of(plan_file.read(path)) if plan_file.is_plan(path) else of_file(path)
    except (DeskError, plan_file.PlanError) as error:
        raise Failed(str(error)) from None
    except ConfigError as error:
        raise Failed(f"{path}: {error}") from None
