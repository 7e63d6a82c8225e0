"""How a command says that it cannot go on: one line on stderr, exit code 2 (1: it ran, and the answer is no)."""

import os
import re
import socket
import ssl

import click


class Failed(click.ClickException):
    """A command that ends with one line; `exit_code` 2 unless another is given."""

    def __init__(self, text: str, exit_code: int = 2):
        super().__init__(" ".join(str(text).split()))
        self.exit_code = exit_code


def reason(error: OSError) -> str:
    """Why the system refused, without number and file name: "Permission denied".

    asyncio wraps the system's words in a sentence of its own that repeats the address; the number has the bare words.
    """
    if error.errno and not isinstance(error, (socket.gaierror, ssl.SSLError)):
        return os.strerror(error.errno)
    return error.strerror or str(error) or type(error).__name__


def told(error: OSError) -> str:
    """The same with the file or folder that it is about, named once: "build/x: Permission denied"."""
    place = error.filename
    if place is None and (found := re.search(r"on address \('([^']*)', (\d+)", str(error))):
        place = f"{found[1]}:{found[2]}"  # asyncio's sentence names it, the error does not
    return f"{place}: {reason(error)}" if place is not None else reason(error)
