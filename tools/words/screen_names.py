"""Screens by the names of the sentences on them (sentences.txt), as the terminal tells them, in whatever language it speaks."""

import re
from dataclasses import dataclass

from . import tables

LANGUAGES = tables.LANGUAGES
READY = ("HINT_IDLE", "HINT_STAR")  # an amount may be typed, on a keypad of sixteen and of twelve keys
# The one sentence of a terminal that waits for an amount, or says why it takes none.
IDLE = (*READY, "NO_NETWORK", "B_SIGN_ON", "CLOCK_UNSET", "N_READER", "N_READER_BROKEN", "N_KEY_STUCK", "N_STORE", "N_MEMORY")
_SENTENCES = {row.name: row for row in tables.sentences()}
_TOKEN = re.compile(r'"(?P<quoted>[^"]*)"|(?P<bar>\|)|(?P<bare>[^\s"|]+)')


class Shown(list[str]):
    """The lines on a screen, top to bottom, and the `names` of the sentences among them, the title first."""

    def __init__(self, lines: list[str] | None = None, names: list[str] | None = None):
        super().__init__(lines or [])
        self.names = list(names or [])

    @property
    def idle(self) -> bool:
        """Does the terminal wait for an amount?"""
        return len(self.names) == 1 and self.names[0] in IDLE

    @property
    def language(self) -> str | None:
        """The language of the idle screen; None for any other screen."""
        if not self.idle:
            return None
        return next((code for code in LANGUAGES if _SENTENCES[self.names[0]].text(code) in self), None)


@dataclass(frozen=True)
class Seen:
    """One screen that is waited for: `names` of sentences that stand on it, and `words` as they were written.

    The first name, when it is a title, is the screen's title.
    """

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def fits(self, shown: Shown) -> bool:
        """Is it this screen?"""
        spaced, joined = " ".join(shown), "".join(shown)
        if not all(word in spaced or word in joined for word in self.words):
            return False
        if self.names and _SENTENCES[self.names[0]].section == "title" and shown.names[:1] != [self.names[0]]:
            return False
        return set(self.names) <= set(shown.names)


def text(name: str, language: str) -> str:
    """A sentence in "en" or "zh".  Raises KeyError for a name that no sentence has."""
    return _SENTENCES[name].text(language)


def read(line: str) -> tuple[Seen, ...]:
    """The alternatives of `NAME NAME "WORDS" | NAME`, each a Seen.  Raises ValueError."""
    alternatives: list[Seen] = []
    names: list[str] = []
    words: list[str] = []
    end = 0
    for token in [*_TOKEN.finditer(line), None]:
        if line[end : token.start() if token else len(line)].strip():
            raise ValueError("screen: a quotation mark is missing")
        if token is None or token["bar"]:
            if not (names or words):
                raise ValueError('screen: NAME of tools/words/sentences.txt, or "WORDS"')
            alternatives.append(Seen(tuple(names), tuple(words)))
            names, words = [], []
        elif token["quoted"] is not None:
            if not token["quoted"].strip():
                raise ValueError('screen: "WORDS" are missing')
            words.append(token["quoted"])
        else:
            if token["bare"] not in _SENTENCES:
                raise ValueError(f"screen: {token['bare']}: no sentence of tools/words/sentences.txt has this name")
            names.append(token["bare"])
        end = token.end() if token else end
    return tuple(alternatives)


def any_of(screens: tuple[Seen, ...], shown: Shown) -> bool:
    """Is it one of `screens`?"""
    return any(screen.fits(shown) for screen in screens)
