"""`till` in a process of its own, also where the tools are not installed."""

import os
import pathlib

PROGRAM = "from till.cli import main; main()"  # for `python -c`


def environment() -> "dict[str, str]":
    """This process's own, with the folder of the tools."""
    tools = str(pathlib.Path(__file__).resolve().parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [tools, os.environ.get("PYTHONPATH", "")]))}
