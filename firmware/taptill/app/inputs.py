"""Questions to the person: amount, PIN, password, a choice from a list.

Keys: # enter, * one step back and, when there is nothing left, cancel; D cancel; B up, C down.
"""

import time

from . import screens, screens_admin

_MAX_DIGITS = 8  # 999,999.99 with two decimals
_PIN_MIN = 4
_PIN_MAX = 12  # ISO 9564-1, 9.1


async def amount(ui, first: str = "", timeout_s: int = 60):
    """An amount in minor units (at least 1), or None (cancelled, or nothing pressed for `timeout_s`).

    `first` is a digit that was already pressed on the idle screen.
    """
    value = int(first) if first else 0
    while True:
        screens.amount(ui.canvas, value)
        pressed = await ui.key(timeout_s * 1000)
        if pressed is None or pressed[0] == "D":
            return None
        key = pressed[0]
        if key in "0123456789":
            grown = value * 10 + int(key)
            if grown < 10**_MAX_DIGITS:
                value = grown
            else:
                ui.sound(2)
        elif key == "*":
            if not value:
                return None
            value //= 10
        elif key == "#" and value:
            return value


async def pin(ui, value: int, timeout_s: int):
    """bytearray of 4 to 12 ASCII digits that the caller wipes, or None (cancelled, or `timeout_s` over).

    The time runs from the start of the entry.  Nothing of the digits stays behind here.
    """
    return await _secret(
        ui, lambda count, seconds: screens.pin(ui.canvas, value, count, seconds), _PIN_MIN, timeout_s
    )


async def password(ui, note: str = "", timeout_s: int = 60):
    """Supervisor password, as `pin`; `note` is shown above it."""
    return await _secret(ui, lambda count, seconds: screens_admin.password(ui.canvas, count, note), 1, timeout_s)


async def _secret(ui, draw, least: int, timeout_s: int):
    digits = bytearray(_PIN_MAX)
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
                if count < _PIN_MAX:
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
        for at in range(_PIN_MAX):
            digits[at] = 0


async def choose(ui, title: str, items: list, at: int = 0, timeout_s: int = 60) -> int:
    """Index of the chosen item, or -1 (back, cancel, time-out).  Digits choose at once."""
    while True:
        screens_admin.menu(ui.canvas, title, items, at)
        pressed = await ui.key(timeout_s * 1000)
        if pressed is None or pressed[0] in "*D":
            return -1
        key = pressed[0]
        if key == "B":
            at = (at - 1) % len(items)
        elif key == "C":
            at = (at + 1) % len(items)
        elif key == "#":
            return at
        elif key in "123456789" and int(key) <= len(items):
            return int(key) - 1
