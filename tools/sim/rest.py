"""What must lie nowhere in the clear: the secrets that one history has used, and the search for them.

Cards and PIN blocks become known as they are sent, the working keys as the host gives them.  Flash is searched whenever a life
ends: new blocks for all of them, the others for those that have become known since.
"""

import re
from collections.abc import Iterable

from acquirer.wire import Message
from campaigns.secret_search import Secrets

from .nor import BLANK

_DIGITS = bytes.maketrans(bytes(range(256)), bytes(120 if chr(byte) in "0123456789ABCDEFabcdef=" else 32 for byte in range(256)))
_MOST_KEPT = 2000
_NONE = 0, 0
_SUSPECT = b"x" * 8  # in a row of so many there may be a card number, a key or a track
_SUSPECTS = re.compile(_SUSPECT + b"+")
_FIGURES = re.compile(r"\d+\.\d+")


class Rest:
    """`named` are keys and words that are secret from the beginning: (name, bytes or text)."""

    def __init__(self, named: "Iterable[tuple[str, bytes | str]]"):
        self._secrets = Secrets()
        self._searched: dict[bytes, tuple[int, int]] = {}  # blocks, and how many secrets were looked for in each
        self._known: set[object] = set()
        for name, secret in named:
            if isinstance(secret, bytes):
                self._secrets.key(name, secret)
            else:
                self._secrets.word(name, secret)

    def sent(self, message: Message) -> None:
        """A request of the terminal."""
        pan, track2, block = message.text(2), message.text(35), message.fields.get(52)
        if pan and pan not in self._known:
            self._known.add(pan)
            self._secrets.card(pan, track2)
        if isinstance(block, bytes) and block not in self._known:
            self._known.add(block)
            self._secrets.key("PIN block", block)

    def pin(self, pin: str, pan: str) -> None:
        """It is typed for this card."""
        if (pin, pan) not in self._known:
            self._known.add((pin, pan))
            self._secrets.pin(pin, pan, digits=False)

    def keys(self, keys: "Iterable[bytes | None]") -> None:
        """PIK and MAK of the host, as they are now."""
        for name, key in zip(("PIK", "MAK"), keys):
            if key and key not in self._known:
                self._known.add(key)
                self._secrets.key(name, key)

    def on_flash(self, blocks: "list[bytes]") -> "list[str]":
        """Names of the secrets in the blocks of a flash, of those that have not been looked for in them yet."""
        if len(self._searched) > _MOST_KEPT:
            self._searched.clear()
        now = self._secrets.known()
        parts: dict[tuple[int, int], list[bytes]] = {}
        for block in blocks:
            before = self._searched.get(block, _NONE)
            if before != now and block != BLANK:
                self._searched[block] = now
                parts.setdefault(before, []).append(block.rstrip(b"\xff"))
        found = []
        for (binary, text), used in parts.items():
            found += self._secrets.as_bytes(b"".join(used), binary)
            found += [name for block in used for name in self._words(block, text)]
        return found

    def in_words(self, text: str) -> "list[str]":
        """Names of the secrets in what is shown or said."""
        return self._words(text.encode())

    def _words(self, data: bytes, first: int = 0) -> "list[str]":
        marks = data.translate(_DIGITS)
        if _SUSPECT not in marks:
            return []
        return self._secrets.as_words(b" ".join(data[row.start() : row.end()] for row in _SUSPECTS.finditer(marks)), first)

    @staticmethod
    def shows(pin: str, lines: "tuple[str, ...]") -> bool:
        """Do these digits stand among the words, apart from amounts?"""
        return any(re.search(rf"(?<!\d){pin}(?!\d)", _FIGURES.sub("", line)) for line in lines)
