"""What every command says that lets messages go over plain TCP."""

import click

WARNING = (
    "warning: plain TCP, no TLS: whoever is on the line reads card numbers, and under the dialect's MAC he turns a decline "
    "into an approval without a key"
)


def warn() -> None:
    """Say so on stderr: what a command prints for programs stays as it is."""
    click.echo(f"till: {WARNING}", err=True)
