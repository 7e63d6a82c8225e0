"""Between two transactions: merchant, time, Wi-Fi, host, and what to press."""

from .. import words
from ..widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..widgets.canvas import Canvas


def draw(c: "Canvas", merchant: str, clock: str, wifi: int, host: bool, note: int = words.HINT_IDLE) -> None:
    """`clock` "14:05" or "--:--"; `wifi` 0 (none) to 3; `host` True when it answered last; `note` is the bottom line."""
    c.clear()
    c.text(clock, 2, -2)
    c.icon(wifi, 94, -1)
    c.icon(icons.HOST_UP if host else icons.HOST_DOWN, 111, -1)
    c.oled.hline(0, 14, c.columns, 1)
    name = c.wrap(merchant)
    if len(name) > 2:
        name = [merchant[:16], merchant[16:32]]  # settings allow 32: rather a split word than a lost one
    y = 23 if len(name) == 1 else 16
    for line in name:
        c.centre(line, y)
        y += 15 if c.pitch == 12 else 16
    c.centre(note, 48)
    c.show()
