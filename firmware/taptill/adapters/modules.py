"""Code that is needed once, or rarely, does not have to stay in the heap."""

import gc
import sys


def let_go(*names: str) -> None:
    """Forget modules and packages (with all below them), so that the heap gets them back; they load again when needed.

    What still refers to a module's functions or classes keeps that part alive, which is harmless.
    """
    for loaded in list(sys.modules):
        for name in names:
            if loaded == name or loaded.startswith(name + "."):
                module = sys.modules.pop(loaded)
                parent, _, last = loaded.rpartition(".")
                if parent in sys.modules and getattr(sys.modules[parent], last, None) is module:
                    delattr(sys.modules[parent], last)
                break
    gc.collect()
