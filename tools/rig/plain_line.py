"""What every command says that lets messages go over plain TCP."""

import click

OVERHEARD = "warning: plain TCP, no TLS: whoever is on the line reads card numbers"
WARNING = f"{OVERHEARD}, and under the dialect's MAC he turns a decline into an approval without a key"


def warn(line: str = "", sound_mac: bool = False) -> None:
    """Say so on stderr: what a command prints for programs stays as it is.  `line` is the name of one among several."""
    click.echo(f"till: {line and line + ': '}{OVERHEARD if sound_mac else WARNING}", err=True)
