"""Every sentence by its number (app.words), read on demand: only a screenful of them is in the heap.

Layout of en.bin and zh.bin (little-endian, 2 bytes each): highest number, then highest + 2 offsets into the UTF-8 body.
"""

from ..data import opened

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Text = str | int | tuple[Any, ...]  # a plain string, a sentence, a sentence with values

LANGUAGES = ("en", "zh")
_KEPT = 12  # sentences of the screen in front: one that counts says them again twice a second


class Texts:
    """`get(number)`; `folder` holds en.bin and zh.bin, and currencies.bin."""

    def __init__(self, folder: str):
        self.folder = folder
        self._file: "Any" = None
        self._last = 0
        self._four = bytearray(4)
        self._kept: "list[tuple[int, str]]" = []  # (number, sentence), the one asked for last stands last
        self.language = ""

    def use(self, language: str) -> None:
        """Switch to "en" or "zh".  Raises ValueError for another name, OSError when its file is missing."""
        if language not in LANGUAGES:
            raise ValueError("language: not en or zh")
        if self._file:
            self._file.close()
        self._file = opened(self.folder + "/" + language + ".bin")
        self._file.readinto(self._four)
        self._last = self._four[0] | self._four[1] << 8
        self._kept.clear()
        self.language = language

    def currency(self, code: str):
        """(letters, decimals) of an ISO 4217 numeric code, "156" is ("CNY", 2); None for one that is not in the table.

        currencies.bin: 7 characters each, code, letters, decimals.
        """
        with opened(self.folder + "/currencies.bin") as file:
            while True:
                row = file.read(7).decode()
                if len(row) < 7:
                    return None
                if row[:3] == code:
                    return row[3:6], int(row[6])

    def get(self, number: int) -> str:
        """The sentence, or "#number" for a number that has none."""
        if not 0 < number <= self._last:
            return "#%d" % number
        kept = self._kept
        for asked in kept:
            if asked[0] == number:
                kept.remove(asked)
                break
        else:
            asked = (number, self._read(number))
            if len(kept) == _KEPT:
                kept.pop(0)
        kept.append(asked)
        return asked[1]

    def say(self, text: "Text") -> str:
        """A text in the language that is spoken: a plain string, a sentence, or (sentence, value, …).

        The values take the places of %s, or follow the sentence.
        """
        if isinstance(text, str):
            return text
        if isinstance(text, int):
            return self.get(text)
        sentence = self.get(text[0])
        if "%s" in sentence:
            return sentence % tuple(text[1:])
        return " ".join((sentence,) + tuple(text[1:]))

    def _read(self, number: int) -> str:
        four = self._four
        self._file.seek(2 + 2 * number)
        self._file.readinto(four)
        start = four[0] | four[1] << 8
        self._file.seek(2 + 2 * (self._last + 2) + start)
        return self._file.read((four[2] | four[3] << 8) - start).decode()
