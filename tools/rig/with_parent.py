"""A process of a pool that ends when the one that began it does, however that has ended."""

import multiprocessing
import multiprocessing.connection
import os
import threading


def stay() -> None:
    """To be called in the new process, once: an initializer of a pool."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_wait, args=(parent.sentinel,), daemon=True).start()


def _wait(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
