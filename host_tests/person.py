"""Somebody at a real terminal: `till` in a process of its own, on a pseudo-terminal."""

import os
import pathlib
import pty
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Person:
    """Somebody who types at a terminal, and sees what stands there."""

    def __init__(self, words: list):
        self._own, theirs = pty.openpty()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "till.cli", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**{k: v for k, v in os.environ.items() if k != "TILL_TMK"}, "PYTHONPATH": str(ROOT / "tools"), "TERM": "dumb"},
        )
        os.close(theirs)
        self.seen, self._at = "", 0

    def sees(self, words: str) -> None:
        """Wait for `words` behind what was seen last."""
        while words not in self.seen[self._at :]:
            try:
                got = os.read(self._own, 1024)
            except OSError:
                got = b""
            assert got, f"{words!r} does not come: {self.seen[self._at :]}"
            self.seen += got.decode()
        self._at = self.seen.index(words, self._at) + len(words)

    def presses(self, keys: bytes) -> None:
        os.write(self._own, keys)

    def types(self, asked: str, text: str) -> None:
        self.sees(asked)
        os.write(self._own, text.encode() + b"\n")

    def leaves(self) -> int:
        try:
            while got := os.read(self._own, 1024):
                self.seen += got.decode()
        except OSError:
            pass
        os.close(self._own)
        return self._child.wait(60)
