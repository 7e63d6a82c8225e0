"""The command: writes, or with --check compares, the files that the firmware reads."""

import pathlib

import click

from glyphs import pack, sources


def build(unifont: pathlib.Path) -> dict:
    """Path -> bytes of every generated file; without the font only the texts."""
    folder = sources.FIRMWARE / "texts"
    made = {folder / f"{name}.bin": pack.text_file(2 + at) for at, name in enumerate(sources.LANGUAGES)}
    rows = "".join(f"{code}{letters}{decimals}" for code, letters, decimals in sources.currencies())
    made[folder / "currencies.bin"] = rows.encode("ascii")
    if unifont.exists():
        made[sources.FIRMWARE / "fonts" / "glyphs.bin"] = pack.glyph_file(sources.unifont(unifont))
    return made


@click.command()
@click.option("--unifont", type=click.Path(path_type=pathlib.Path), default=sources.UNIFONT, show_default=True,
              help="GNU Unifont in its hex form (Debian package unifont).")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a file differs.")
def glyphs(unifont: pathlib.Path, check: bool) -> None:
    """Make the glyph file and the text files of the firmware."""
    if not unifont.exists() and not check:
        raise click.ClickException(f"{unifont}: no such file; install the Debian package unifont or use --unifont")
    try:
        made = build(unifont)
    except (ValueError, KeyError) as error:
        raise click.ClickException(str(error)) from error
    stale = [path for path, data in made.items() if not path.exists() or path.read_bytes() != data]
    for path, data in made.items():
        click.echo(f"{'stale' if path in stale else 'same '}  {len(data):6d} bytes  {path.name}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    if check and stale:
        raise SystemExit(1)
