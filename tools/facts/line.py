"""One line of what a value means."""

from typing import NamedTuple

RESERVED, WRONG = "reserved", "wrong"


class Line(NamedTuple):
    """`at` says where ("2.8" is byte 2, bit 8; "4–7" bytes), "" for the whole; `value` is the same in every language.

    `kind` is RESERVED for what means nothing yet, WRONG for what cannot be, else "".
    """

    at: str
    english: str
    chinese: str
    value: str = ""
    kind: str = ""

    def words(self, zh: bool = False) -> str:
        """The line without its place."""
        text = self.chinese if zh else self.english
        return f"{text}{'：' if zh else ': '}{self.value}" if text and self.value else text or self.value

    def shown(self) -> dict:
        """{"at", "en", "zh", "value"?, "kind"?} for the page."""
        view = {"at": self.at, "en": self.english, "zh": self.chinese}
        if self.value:
            view["value"] = self.value
        if self.kind:
            view["kind"] = self.kind
        return view


class Context(NamedTuple):
    """What a value's meaning depends on besides its own bytes."""

    scheme: str = ""
    decimals: int = 2
    letters: str = ""


def place(first: int, last: int) -> str:
    """ "4" or "4–7"."""
    return str(first) if first == last else f"{first}–{last}"


def bits(byte: int, mask: int) -> str:
    """ "2.8", "2.8–7" or "2.6, 2.4": bits are counted from 8, the highest, to 1."""
    numbers = [bit for bit in range(8, 0, -1) if mask & 1 << (bit - 1)]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[-1] - 1, -1)):
        return f"{byte}.{numbers[0]}–{numbers[-1]}"
    return ", ".join(f"{byte}.{bit}" for bit in numbers)
