"""`make wiring`: writes, or with --check compares, the wiring pictures and tables of boards/."""

import pathlib

import click

from . import page, picture, table
from .facts import modules

BOARDS = pathlib.Path(__file__).resolve().parents[2] / "boards"


def build(boards: pathlib.Path = BOARDS) -> dict[pathlib.Path, str]:
    """File -> what belongs into it.  Raises ValueError, which names what cannot be used."""
    made = {}
    for path in sorted(boards.glob("*/board.py")):
        board = table.read(path)
        if board.values.get("MODULE") not in modules():
            raise ValueError(f"{path}: MODULE is none of pins.txt ({', '.join(modules())})")
        made[path.parent / "wiring.svg"] = picture.draw(board)
        readme = path.parent / "README.md"
        if readme.exists():
            made[readme] = page.replaced(readme.read_text(encoding="utf-8"), board)
    return made


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file differs.")
def wiring(check: bool) -> None:
    """Draw the wires of every board, and write the tables of their READMEs, from board.py."""
    try:
        made = build()
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path, text in made.items():
        click.echo(f"{'stale' if path in stale else 'same '}  {path.relative_to(BOARDS.parent)}")
        if not check and path in stale:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        raise SystemExit(1)


if __name__ == "__main__":
    wiring(prog_name="make wiring")
