"""`till demo`."""

import pathlib

import click

from desk.serve import run_desk


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
    "--state",
    default="build/desk",
    show_default=True,
    type=click.Path(file_okay=False, path_type=pathlib.Path),
    help="Folder of terminal and host.",
)
def demo(port: int, bind: str, show: bool, fresh: bool, lang: str, state) -> None:
    """A terminal in the browser: keypad, screen, cards, host, and every message between them.

    The address is printed; Ctrl-C switches off.
    """
    run_desk(state, 1, bind, port, show, settings={"language": lang}, fresh=fresh)
