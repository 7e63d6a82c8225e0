"""`make words`: writes, or with --check compares, what the firmware reads of sentences, guidance, codes and glyphs."""

import click

from .build import build


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file differs.")
def words(check: bool) -> None:
    """Make the words of the firmware: constants, texts, guidance, response codes, currencies, glyphs."""
    try:
        made = build()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    stale = [path for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    for path, data in made.items():
        click.echo(f"{'stale' if path in stale else 'same '}  {len(data):6d} bytes  {path.name}")
        if not check and path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    if check and stale:
        raise SystemExit(1)


if __name__ == "__main__":
    words(prog_name="make words")
