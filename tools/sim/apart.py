"""Work in a process of its own: one that has loaded the simulation is of no other use."""

import concurrent.futures
import multiprocessing
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from rig import with_parent

Given = ParamSpec("Given")
Made = TypeVar("Made")


def apart(work: "Callable[Given, Made]", *given: "Given.args", **named: "Given.kwargs") -> Made:
    """What `work` makes of what it is given; raises what it raises."""
    with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), with_parent.stay) as pool:
        return pool.submit(work, *given, **named).result()
