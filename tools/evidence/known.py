"""The devices that are known: the public key of each terminal's, as a computer learned it over the cable.

A file of JSON in the state folder, `evidence-keys.json`: terminal number → public key (core.p256), 33 bytes in hexadecimal.
"""

import json
import pathlib

from rig.failures import Failed, reason

NAME = "evidence-keys.json"


class Known:
    """The devices that the state folder `state` knows; an empty one where there is no file yet.  Raises Failed."""

    def __init__(self, state: pathlib.Path):
        self.path = state / NAME
        self._keys = _read(self.path)

    def key(self, terminal: str) -> bytes:
        """The key of `terminal`'s device, b"" where none is known."""
        return self._keys.get(terminal, b"")

    def learn(self, terminal: str, public: bytes) -> None:
        """From now on this is the device of `terminal`.  Raises Failed."""
        self._keys[terminal] = public
        save(self.path, json.dumps({name: key.hex() for name, key in self._keys.items()}, indent=1) + "\n")


def _read(path: pathlib.Path) -> dict[str, bytes]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
    except ValueError as error:
        raise Failed(f"{path}: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Failed(f"{path}: not an object of keys")
    try:
        return {terminal: bytes.fromhex(key) for terminal, key in found.items()}
    except (ValueError, TypeError):
        raise Failed(f"{path}: a key in it is not in hexadecimal") from None


def save(path: pathlib.Path, text: str) -> None:
    """Have `text` in the file, whole or not at all.  Raises Failed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from None
