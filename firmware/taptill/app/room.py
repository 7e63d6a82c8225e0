"""What is seldom needed is imported when it is, and let go of again."""

import gc
import sys


class Room:
    """`with Room():` forgets the modules that were imported inside, once nobody else holds anything of them."""

    def __enter__(self) -> None:
        self._before = set(sys.modules)

    def __exit__(self, *error: object) -> None:
        for name in list(sys.modules):
            if name not in self._before:
                del sys.modules[name]
                at = name.rfind(".")
                parent = sys.modules.get(name[:at])
                if parent is not None and hasattr(parent, name[at + 1 :]):
                    delattr(parent, name[at + 1 :])
        gc.collect()
