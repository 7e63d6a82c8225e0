"""`till board check`: the tables of boards/ against the rules of their chips, without a board."""

import pathlib

import click

from rig import compiled
from rig.failures import Failed, told
from wiring import rules, table


@click.group("board")
def board() -> None:
    """What a board's folder says: its wires."""


@board.command()
@click.argument("folders", nargs=-1, metavar="[FOLDER]…")
def check(folders: tuple[str, ...]) -> None:
    """Hold the wires of every folder of boards/ (or of those named) against the rules of its chip.

    One line for each thing that is wrong, and what to do; exit code 1 when one of them is an error.
    """
    severe = False
    for path in _files(folders):
        try:
            found = table.read(path)
        except ValueError as error:
            raise Failed(str(error)) from None
        except OSError as error:
            raise Failed(told(error)) from None
        findings = rules.check(found)
        for finding in findings:
            click.echo(str(finding))
        if not findings:
            click.echo(f"boards/{found.folder}: {len(found.wires)} wires, nothing wrong")
        severe = severe or any(finding.severe for finding in findings)
    if severe:
        raise click.exceptions.Exit(1)


def _files(folders: tuple[str, ...]) -> list[pathlib.Path]:
    """board.py of each folder: one of boards/, or any other by its path.  Raises Failed."""
    if not folders:
        return sorted(compiled.BOARDS.glob("*/board.py"))
    found = []
    for folder in folders:
        places = [compiled.BOARDS / folder / "board.py", pathlib.Path(folder) / "board.py"]
        there = next((place for place in places if place.is_file()), None)
        if there is None:
            known = ", ".join(path.parent.name for path in sorted(compiled.BOARDS.glob("*/board.py")))
            raise Failed(f"board {folder}: neither in boards/ nor a folder with a board.py (known: {known})")
        found.append(there.resolve())
    return found
