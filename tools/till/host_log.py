"""How `till host` tells what it does: in lines for a person, in lines of JSON, or not at all."""

from collections.abc import Callable

import click

from acquirer.said import as_json
from rig.failures import reason

FORMS = ("text", "json", "off")


def log(form: str) -> "Callable[[str], None] | None":
    """That of a form, one of FORMS."""
    tell = outward(click.echo)
    return {"text": tell, "json": lambda said: tell(as_json(said)), "off": None}[form]


def outward(tell: "Callable[[str], None]") -> "Callable[[str], None]":
    """`tell`, that is in nobody's way when it can tell no more (who has read it is gone, the disk is full): no answer of the host
    is lost by that.  It is said once, on stderr.
    """
    deaf = False

    def told_on(text: str) -> None:
        nonlocal deaf
        if deaf:
            return
        try:
            tell(text)
        except OSError as error:
            deaf = True
            click.echo(f"till host: the log cannot be written: {reason(error)}", err=True)

    return told_on
