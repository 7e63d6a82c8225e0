"""The story in both languages: every screen as recorded, books that agree, nothing secret on the console.

Fixtures: fixtures/story/hashes.json and one contact sheet a language.  Record again:
`python host_tests/test_story.py --record`; on failure a picture of the difference is in build/story/.
"""

import asyncio
import io
import pathlib
import re
import sys
import tempfile

import pytest
from click.testing import CliRunner
from rich.console import Console

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from pictures import HEIGHT, WIDTH, Fixtures, digest

FIXTURES = Fixtures(HERE / "fixtures" / "story", HERE.parent / "build" / "story")
LANGUAGES = ("en", "zh")
# What passes by while the terminal works: there or not, as fast as the machine is.
PASSING = ("reading", "remove", "connecting")
# What counts seconds and lets dots run: compared without them.
MOVING = ("sign-on", "waiting", "connecting")


class Told:
    """One telling: its story, what the console got, and the keys that must not be there."""

    def __init__(self, language: str):
        from acquirer import testcards
        from play.story import Story
        from play.story_show import Show

        output = io.StringIO()
        console = Console(file=output, width=140 if language == "en" else 100, color_system=None)
        with tempfile.TemporaryDirectory() as folder:
            self.story = Story(Show(console, language), folder, language)
            asyncio.run(self.story.tell())
            ledger = self.story.lab.ledger
            keys = (ledger.tmk(testcards.DEMO_TERMINAL), *ledger.working_keys(testcards.DEMO_TERMINAL))
            self.secrets = [key.hex() for key in keys]
            ledger.close()
        self.text = output.getvalue()


def still(name: str, frame: bytes) -> bytes:
    """The frame without what moves: the seconds in its bar, the dots at its foot."""
    if not name.endswith(MOVING):
        return frame
    return bytes(
        [0 if at // WIDTH >= HEIGHT // 8 - 2 or (at // WIDTH < 2 and at % WIDTH >= 88) else byte for at, byte in enumerate(frame)]
    )


def frames(language: str, told: Told) -> dict:
    """ "en/idle" -> frame, in the order of the story."""
    return {f"{language}/{shot.name}": still(shot.name, shot.frame) for shot in told.story.shots}


def record() -> None:
    found = {name: frame for language in LANGUAGES for name, frame in frames(language, Told(language)).items()}
    FIXTURES.record(found)
    print(f"recorded {len(found)} screens")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story(language: str) -> None:
    """One telling, looked at from every side."""
    told = Told(language)
    screens_are_as_recorded(language, told)
    pictures_of_the_readme_are_those_of_the_story(language, told)
    books_agree(told)
    every_mac_is_right(language, told)
    no_card_number_and_no_key_on_the_console(told)


def screens_are_as_recorded(language: str, told: Told) -> None:
    wanted = {name: found for name, found in FIXTURES.hashes().items() if name.startswith(language + "/")}
    found = frames(language, told)
    changed = [name for name, frame in found.items() if wanted.get(name) != digest(frame)]
    pictures = [str(FIXTURES.difference(name, found[name])) for name in changed]
    assert not changed, "changed (look, then record again): " + ", ".join(pictures)
    assert [name for name in found if not name.endswith(PASSING)] == [name for name in wanted if not name.endswith(PASSING)]


def books_agree(told: Told) -> None:
    story = told.story
    assert story.problems == []
    kinds = [(direction, body[11:13].hex()) for direction, body in story.messages]
    # Sign-on, an approved sale, two sales without an answer and their reversals; after the power cut another sign-on.
    assert kinds == [
        ("in", "0800"),
        ("out", "0810"),
        ("in", "0200"),
        ("out", "0210"),
        ("in", "0200"),
        ("in", "0400"),
        ("out", "0410"),
        ("in", "0200"),
        ("in", "0400"),
        ("out", "0410"),
        ("in", "0800"),
        ("out", "0810"),
    ]


def no_card_number_and_no_key_on_the_console(told: Told) -> None:
    from cards import issuers

    text = told.text
    plain = re.sub(r"\s", "", text).upper()
    for card in issuers.CARDS:
        assert card["pan"] not in plain and card["pan"].encode().hex().upper() not in plain
    for key in told.secrets:
        assert key.upper() not in plain
    assert not re.search(r"\bF52\b", text)
    assert "476173******0010" in text and "541333******0044" in text
    assert max(len(line) for line in text.splitlines()) <= 140


def every_mac_is_right(language: str, told: Told) -> None:
    text = told.text
    right = {"en": "MAC correct", "zh": "MAC 正确"}[language]
    # Eight messages: two answers were swallowed, and sign-ons have no MAC.
    assert sum(line.rstrip().endswith(right) for line in text.splitlines()) == 8
    assert "WRONG" not in text and "错误" not in text


def pictures_of_the_readme_are_those_of_the_story(language: str, told: Told) -> None:
    """Renew them with `make pictures`."""
    from PIL import Image

    from play.gallery import FOLDER, NAMES, picture_of

    shots = {shot.name: shot.frame for shot in told.story.shots}
    same = {
        "idle": "idle",
        "amount": "first-amount",
        "present": "first-present",
        "approved": "approved",
        "reversing": "lost-reversing",
    }
    for name in NAMES:
        with Image.open(FOLDER / f"{language}-{name}.png") as shown:
            shown = shown.convert("RGB")
        if name in same:
            assert shown.tobytes() == picture_of(shots[same[name]]).tobytes(), name


def command(monkeypatch, **how):
    """Run the command with a story that ends in a given way."""
    from play import story

    class Fake:
        def __init__(self, *arguments):
            self.problems, self.shots, self.messages = how.get("problems", []), [], []

        async def tell(self):
            if "error" in how:
                raise how["error"]

    monkeypatch.setattr(story, "Story", Fake)
    return CliRunner().invoke(story.story, ["--fast"])


def test_exit_codes(monkeypatch) -> None:
    from play.story import NotSeen
    from rig.supervisor import BenchError

    assert command(monkeypatch).exit_code == 0
    differs = command(monkeypatch, problems=["batch 000001 STAN 000003: 880 in the journal, 0 at the host"])
    assert differs.exit_code == 1 and "STAN 000003" in differs.output
    unseen = command(monkeypatch, error=NotSeen("Present card: not seen within 20 s"))
    assert unseen.exit_code == 1 and "Present card" in unseen.output
    broken = command(monkeypatch, error=BenchError("bench: no interpreter"))
    assert broken.exit_code == 2 and "no interpreter" in broken.output


@pytest.mark.parametrize(
    "width, encoding, wanted",
    [
        (200, "utf-8", "▀"),
        (100, "utf-8", "⣿"),
        (60, "utf-8", "| PLEASE WAIT"),
        (100, "ascii", "| PLEASE WAIT"),
    ],
)
def test_a_screen_on_every_console(width: int, encoding: str, wanted: str) -> None:
    from play.story_show import Show

    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding, errors="strict")
    show = Show(Console(file=file, width=width, color_system=None), "en")
    frame = bytes([0x01] * 512 + [0xFF] * 512)
    message = bytes.fromhex("6000030000603100310730") + bytes.fromhex("08000020000000000000000001")
    show.shot("waiting", frame, ["PLEASE WAIT 4s", "Waiting for", "the bank"], [("in", message, None)])
    show.note(show.say("to"))
    show.books([(2, 1250, "476173******0010", "approved", "approved", True)], 1250, 0)
    file.flush()
    lines = buffer.getvalue().decode(encoding).splitlines()
    assert any(wanted in line for line in lines) and any("F11 Trace number (STAN)" in line for line in lines)
    assert max(len(line) for line in lines) <= width


if __name__ == "__main__":
    for folder in (HERE.parent / "tools", HERE.parent / "firmware"):
        sys.path.insert(0, str(folder))
    if sys.argv[1:] != ["--record"]:
        raise SystemExit("usage: python host_tests/test_story.py --record")
    record()
