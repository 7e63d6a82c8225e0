"""`make pictures`: the screens that README.md shows, taken from a terminal at work, in both languages.

They go into tools/pictures/: one PNG a screen, and one with all of them for each language.
"""

import asyncio
import io
import pathlib
import sys
import tempfile

from PIL import Image
from rich.console import Console

from acquirer.ledger import LedgerError
from rig.pictures import picture
from rig.supervisor import BenchError

from .story import CLOCK, NotSeen, Story
from .story_show import Show

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "pictures"
# The order of the picture with all of them.
NAMES = ("idle", "amount", "present", "approved", "declined", "reversing", "reversed", "desk")
_COLUMNS = 4
_SCALE = 3
_GAP = 12
_DESK_WORDS = ("No sale", "结清前")


class Gallery(Story):
    """Goes through every end that a sale can come to; `frames` holds the screens by name."""

    async def tell(self) -> None:
        try:
            await self.start()
            await self._approved()
            await self._declined()
            await self._reversed()
            await self._open()
        finally:
            await self.lab.stop()

    @property
    def frames(self) -> dict:
        return {shot.name: shot.frame for shot in self.shots}

    async def _approved(self) -> None:
        await self.act("press 1250")
        await self.see("amount", "12.50")
        await self.act("press #")
        await self.see("present", "12.50")
        await self.act("tap visa-credit")
        await self.see("approved", "12.50")
        await self.act("remove")
        await self._leave()

    async def _declined(self) -> None:
        await self.act("host decline 51 next")
        await self.ask(9900, "visa-debit", "declined")
        await self.see("declined", "51")
        await self._leave()

    async def _reversed(self) -> None:
        await self.act("host drop-answer next sale")
        await self.ask(880, "mastercard-credit", "reversed")
        await self.see("reversing", "8.80")
        await self.see("reversed")
        await self._leave()

    async def _open(self) -> None:
        """The host swallows an answer and cannot be reached any more: 冲正失败, the operator's desk."""
        await self.act("host drop-answer next sale")
        await self.ask(2500, "unionpay-credit", "open")
        await self.act("host refuse always")
        await self.see("desk", name="open-result")
        await self.act("press #")
        await self.see("desk", _DESK_WORDS[self._language == "zh"])

    async def _leave(self) -> None:
        await self.act("press #")
        await self.see("idle", CLOCK, name="left")


def picture_of(frame: bytes) -> Image.Image:
    """A frame as README.md shows it."""
    return picture(frame, _SCALE)


def together(frames: dict) -> Image.Image:
    """The pictures of NAMES in rows."""
    pictures = [picture_of(frames[name]) for name in NAMES]
    wide, high = pictures[0].size
    rows = (len(pictures) + _COLUMNS - 1) // _COLUMNS
    image = Image.new("RGBA", (_COLUMNS * (wide + _GAP) - _GAP, rows * (high + _GAP) - _GAP), (0, 0, 0, 0))
    for at, each in enumerate(pictures):
        image.paste(each, (at % _COLUMNS * (wide + _GAP), at // _COLUMNS * (high + _GAP)))
    return image


def make(language: str, folder: pathlib.Path) -> None:
    """Play the screens and write their pictures.  Raises NotSeen, BenchError, LedgerError, OSError."""
    quiet = Show(Console(file=io.StringIO(), width=100), language)
    with tempfile.TemporaryDirectory(prefix="till-pictures-") as state:
        gallery = Gallery(quiet, state, language)
        asyncio.run(gallery.tell())
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        picture_of(gallery.frames[name]).save(folder / f"{language}-{name}.png", optimize=True)
    together(gallery.frames).save(folder / f"{language}.png", optimize=True)


def main() -> int:
    """Write all pictures; 0, or 2 with one line of what went wrong."""
    for language in ("en", "zh"):
        try:
            make(language, FOLDER)
        except (NotSeen, BenchError, LedgerError, OSError) as error:
            print(f"pictures: {error}", file=sys.stderr)
            return 2
        print(f"tools/pictures/{language}.png and {len(NAMES)} screens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
