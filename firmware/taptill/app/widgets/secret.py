"""Secret digits: a spot for each that was typed, and their entry."""

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from ..roles import Face
    from .canvas import Canvas


_LONGEST = 12  # ISO 9564-1, 9.1: a PIN has 4 to 12 digits


def spots(c: "Canvas", digits: int, y: int, places: int = 6) -> None:
    """A spot for every digit typed, a dash for every place still free; never the digits themselves."""
    c.say("*" * digits, y)
    count = max(digits, places)
    x = (c.columns - 10 * count) // 2
    for at in range(count):
        if at < digits:
            c.oled.fill_rect(x + 2, y + 4, 6, 6, 1)
            c.oled.fill_rect(x + 1, y + 5, 8, 4, 1)
            c.oled.fill_rect(x + 3, y + 3, 4, 8, 1)
        else:
            c.oled.hline(x + 2, y + 10, 6, 1)
        x += 10


async def ask(ui: "Face", draw: "Callable[[int, int], None]", least: int, timeout_s: int):
    """bytearray of `least` to 12 ASCII digits that the caller wipes, or None (cancelled, or `timeout_s` over).

    `draw(count, seconds left)` shows the screen.  The time runs from the start of the entry.  Nothing of the digits stays here.
    """
    digits = bytearray(_LONGEST)
    count = 0
    ui.forget_keys()
    start = time.ticks_ms()
    try:
        while True:
            left_ms = timeout_s * 1000 - time.ticks_diff(time.ticks_ms(), start)
            if left_ms <= 0:
                return None
            draw(count, (left_ms + 999) // 1000)
            pressed = await ui.key(min(left_ms, (left_ms - 1) % 1000 + 1))
            if pressed is None:
                continue
            key = pressed[0]
            if key in "0123456789":
                if count < _LONGEST:
                    digits[count] = ord(key)
                    count += 1
            elif key == "D" or (key == "*" and not count):
                return None
            elif key == "*":
                count -= 1
                digits[count] = 0
            elif key == "#" and count >= least:
                return bytearray(memoryview(digits)[:count])
    finally:
        for at in range(_LONGEST):
            digits[at] = 0
