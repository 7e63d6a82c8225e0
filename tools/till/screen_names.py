"""Screens by the names of their sentences (tools/glyphs/texts.txt), whatever language the terminal speaks.

Two sentences can have the same words: 未扣款 is the title NOT_CHARGED and the second line MONEY_NOT_TAKEN of a decline.
So a title counts on the first line alone, and a sentence only where it fills whole lines.
"""

import re

from glyphs import sources

LANGUAGES = ("en", "zh")
_TITLES = range(40, 60)  # numbers of texts.txt that are titles of screens
_ROWS = {name: (number, {"en": english, "zh": chinese}) for number, name, english, chinese in sources.sentences()}
_TITLE_ROWS = {name: texts for name, (number, texts) in _ROWS.items() if number in _TITLES}
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bar>\|)|(?P<bare>[^\s"|]+)')


def both(*names: str) -> tuple:
    """The words of these sentences in every language, for a comparison with lines.  Raises ValueError."""
    return tuple(_texts(name)[language] for name in names for language in LANGUAGES)


def title(line: str) -> str | None:
    """The name of the title that this first line of a screen is; what stands behind it (a code, a page) is free."""
    found = [(len(text), name) for name, texts in _TITLE_ROWS.items() for text in texts.values()
             if line == text or line.startswith(text + " ")]
    return max(found)[1] if found else None


def language(lines: list) -> str | None:
    """The language of the idle screen; None for any other screen."""
    for name in IDLE_NAMES:
        for code, text in _texts(name).items():
            if text in lines:
                return code
    return None


class Seen:
    """One screen that is waited for: `names` of sentences that stand on it, and `words` as they were written.

    The first name, when it is a title, is the screen's title; A+B are two sentences side by side in one line.
    """

    def __init__(self, names: tuple = (), words: tuple = ()):
        self.names, self.words = names, words
        self._title = names[0] if names and names[0] in _TITLE_ROWS else None
        rest = names[1:] if self._title else names
        self._patterns = {language: [_pattern(name, language) for name in rest] for language in LANGUAGES}

    def fits(self, lines: list) -> bool:
        """Is it this screen?"""
        whole, spaced, joined = "\n".join(lines), " ".join(lines), "".join(lines)
        if not all(word in spaced or word in joined for word in self.words):
            return False
        if self._title and not (lines and title(lines[0]) == self._title):
            return False
        return any(all(pattern.search(whole) for pattern in patterns) for patterns in self._patterns.values())


def read(line: str) -> tuple:
    """The alternatives of `NAME NAME "WORDS" | NAME`, each a Seen.  Raises ValueError."""
    alternatives, names, words, end = [], [], [], 0
    for token in [*_TOKEN.finditer(line), None]:
        if line[end : token.start() if token else len(line)].strip():
            raise ValueError("screen: a quotation mark is missing")
        if token is None or token["bar"]:
            if not (names or words):
                raise ValueError('screen: NAME of tools/glyphs/texts.txt, or "WORDS"')
            alternatives.append(Seen(tuple(names), tuple(words)))
            names, words = [], []
        elif token["quoted"] is not None:
            if not token["quoted"].strip():
                raise ValueError('screen: "WORDS" are missing')
            words.append(token["quoted"])
        else:
            for name in token["bare"].split("+"):
                _texts(name)
            names.append(token["bare"])
        end = token.end() if token else end
    return tuple(alternatives)


def _texts(name: str) -> dict:
    if name not in _ROWS:
        raise ValueError(f"screen: {name}: no sentence of tools/glyphs/texts.txt has this name")
    return _ROWS[name][1]


def _pattern(name: str, language: str):
    """A sentence that begins a line, or follows another one in it; it may be broken over lines."""
    parts = [_broken(_texts(part)[language], language) for part in name.split("+")]
    return re.compile(r"(?:^|\n)" + r"\s+".join(parts) + r"(?=\s|$)")


def _broken(text: str, language: str) -> str:
    pieces = []
    for piece in text.split("%s"):
        if language == "zh":
            pieces.append(r"\n?".join(r"\s+" if sign == " " else re.escape(sign) for sign in piece))
        else:
            pieces.append(r"\s+".join(map(re.escape, piece.split(" "))))
    return r"\S+".join(pieces)


IDLE_NAMES = ("HINT_IDLE", "NO_NETWORK")  # what the last line of a terminal says that waits for an amount
