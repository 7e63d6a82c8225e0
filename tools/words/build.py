"""From the readable tables to what the firmware reads: constants, and files that are looked into on demand.

The layouts are described where they are read: app/widgets/texts.py, app/guidance.py, core/responses.py,
app/widgets/han.py.
"""

import itertools
import pathlib
import struct

from glyphs import pack, sources
from rig.firmware import taptill_on_path

from . import tables
from .tables import FIRMWARE, WordsError

taptill_on_path()

from taptill.core import checks, profiles, transactions
from taptill.core.emv import outcome
from taptill.core.journal import record as records
from taptill.flows import result

_SIGN_ON = "S_SIGN_ON"  # the step of a code that a sign-on mends
_WORDS = '''"""One name a sentence: `words.STARTING`.  Made of tools/words/sentences.txt by `make words`; look for it there."""

TYPE_CHECKING = False
if TYPE_CHECKING:
%s
_NUMBERS = (
%s)


def name(number: int) -> str:
    """The name of a sentence, "" where there is none."""
    end = _NUMBERS.find(":%%d " %% number)
    return _NUMBERS[_NUMBERS.rfind(" ", 0, end) + 1 : end] if end >= 0 else ""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> int:  # PEP 562: found when it is asked for, so that no name takes room in the heap
        at = _NUMBERS.find(" " + name + ":")
        if at < 0:
            raise AttributeError("no sentence is called " + name)
        at += len(name) + 2
        return int(_NUMBERS[at : _NUMBERS.find(" ", at)])
'''
_TABLES = {"end": (1, result), "why": (2, result), "card": (3, outcome), "state": (4, records), "part": (5, checks)}
_KIND = 6


def build() -> dict[pathlib.Path, bytes]:
    """Path -> content of every generated file.  Raises WordsError, or ValueError for a glyph that the font lacks."""
    folder = FIRMWARE / "texts"
    made = {folder / f"{language}.bin": text_file(language) for language in tables.LANGUAGES}
    made[folder / "currencies.bin"] = "".join(f"{c.code}{c.letters}{c.decimals}" for c in tables.currencies()).encode()
    made[folder / "guidance.bin"] = guidance_file()
    made[FIRMWARE / "app" / "words.py"] = constants().encode()
    made[FIRMWARE / "core" / "profiles" / profiles.DEFAULT / "response_codes.py"] = response_codes().encode()
    made[FIRMWARE / "fonts" / "glyphs.bin"] = pack.glyph_file(_characters())
    made[folder / "gb.bin"] = gb_file(_characters() | sources.extra())
    return made


def _characters() -> set[str]:
    """Every character of every sentence."""
    return {char for row in tables.sentences() for char in row.english + row.chinese}


def gb_file(characters: set[str]) -> bytes:
    """Bytes of gb.bin: of all that is not ASCII, sorted, the code points and then their codes of GB 18030, of two bytes."""
    codes = {ord(char): char.encode("gb18030") for char in characters if ord(char) > 0x7F}
    rows = sorted((code, gb[0] << 8 | gb[1]) for code, gb in codes.items() if len(gb) == 2)
    return struct.pack(f"<{2 * len(rows)}H", *(code for code, _ in rows), *(gb for _, gb in rows))


def constants() -> str:
    """The module app/words.py: a name a sentence, all in one text: that stays in flash, and constants would not."""
    rows = [tables.sentences()[at : at + 5] for at in range(0, len(tables.sentences()), 5)]
    names = "".join(f"    {' = '.join(row.name for row in some)} = 0\n" for some in rows)
    numbers = "".join(f'    "{"".join(f" {row.name}:{row.number}" for row in some)}"\n' for some in rows)
    return _WORDS % (names, numbers + '    " "\n')


def response_codes() -> str:
    """The module response_codes.py of the default profile, whose codes the table has."""
    lines = [
        '"""Response codes (F39) by their fate.  Made of tools/words/responses.txt by `make words`; change them there."""\n\n'
    ]
    for fate in tables.FATES:
        codes = [row.code for row in tables.responses() if row.fate == fate]
        rows = [f'"{" ".join(codes[at : at + 30])} "' for at in range(0, len(codes), 30)]
        body = rows[0] if len(rows) == 1 else "(\n" + "".join(f"    {row}\n" for row in rows) + ")"
        lines.append(f"{fate.upper().replace('-', '_')} = {body}\n")
    lines.append(f'SIGN_ON = "{" ".join(row.code for row in tables.responses() if row.step == _SIGN_ON)} "\n')
    return "".join(lines)


def text_file(language: str) -> bytes:
    """Bytes of en.bin or zh.bin."""
    texts = [row.text(language).encode() for row in tables.sentences()]
    offsets, body = [0, 0], b""
    for text in texts:
        body += text
        offsets.append(len(body))
    return struct.pack(f"<H{len(offsets)}H", len(texts), *offsets) + body


def guidance_file() -> bytes:
    """Bytes of guidance.bin: rows of one size, sorted by their key."""
    numbers = {row.name: row.number for row in tables.sentences()}
    numbers[""] = 0
    rows = []
    for guide in tables.guidance():
        if guide.table == "kind":
            key = bytes((_KIND, _kind(guide.name), 0))
            rows.append(_row(key, numbers, guide.title, guide.money, guide.why, guide.step, guide.who))
            continue
        table, module = _TABLES[guide.table]
        number = getattr(module, guide.name, None)
        if not isinstance(number, int):
            raise WordsError(f"guidance.txt: {guide.table} {guide.name}: {module.__name__} has no such name")
        kind = _kind(guide.transaction) if guide.transaction else 0
        rows.append(_row(bytes((table, number, kind)), numbers, guide.title, guide.money, guide.why, guide.step, guide.who))
    for row in tables.responses():
        rows.append(_row(row.code.encode() + b"\x00", numbers, "", "", row.why, row.step, row.who))
    rows.sort()
    for one, other in itertools.pairwise(rows):
        if one[:3] == other[:3]:
            name = next((name for name, (table, _) in _TABLES.items() if table == one[0]), "kind")
            raise WordsError(f"guidance.txt: two names of {name} have the number {one[1]}")
    return b"".join(rows)


def _kind(name: str) -> int:
    for row in transactions.ROWS:
        if row.name == name:
            return row.kind
    raise WordsError(f"guidance.txt: {name} is no transaction (core/transactions.py)")


def _row(key: bytes, numbers: dict[str, int], title: str, money: str, why: str, step: str, who: str) -> bytes:
    cause = tables.WHO.index(who) + 1 if who else 0
    return struct.pack("<3sHHHHB", key, numbers[title], numbers[money], numbers[why], numbers[step], cause)
