"""Between two transactions: merchant, time, Wi-Fi, host, and what to press."""

from .. import words
from ..widgets import icons
from ..widgets.canvas import MARGIN
from ..widgets.glyphs import LARGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def draw(c: "Canvas", merchant: str, clock: str, wifi: int, host: bool, note: int = words.HINT_IDLE, turn: int = 0) -> int:
    """`clock` "14:05" or "--:--"; `wifi` 0 (none) to 3; `host` True when it answered last; `note` is the bottom line.

    A low glass has one line for note and merchant: `turn` counts through them.  Returns how many turns there are.
    """
    if c.low:
        from . import low

        return low.idle(c, merchant, clock, wifi, host, note, turn)
    if not c.begin("idle", merchant, clock, wifi, host, note):
        return 1
    c.text(clock, MARGIN, 0)
    c.icon(wifi, 90, 0)
    c.icon(icons.HOST_UP if host else icons.HOST_DOWN, 110, 0)
    c.oled.hline(0, 15, c.columns, 1)
    if c.width(merchant, LARGE) <= c.columns - 2 * MARGIN:
        c.centre(merchant, 25, LARGE)
    else:
        for at, line in enumerate(_two_lines(c, merchant)):
            c.centre(line, 17 + 15 * at)
    c.centre(note, 48)
    c.show()
    return 1


def _two_lines(c: "Canvas", name: str) -> list:
    """A long name: rather a split word than a lost one, and of what two lines cannot hold as much as they can."""
    lines = c.balance(name)
    if len(lines) > 2:
        room = c.columns - 2 * MARGIN
        lines = ["", ""]
        at = 0
        for char in name:
            if not at and c.width(lines[0] + char) > room:
                at = 1
            if c.width(lines[at] + char) > room:
                break
            lines[at] += char
    return lines
