"""Everyday screens: start, idle, amount, tap.

Every function draws one screen from plain values on a `canvas.Canvas` and sends it; the words end up in `canvas.lines`.
Amounts are minor units.  The others are in screens_result.py and screens_admin.py.
"""

from micropython import const

from . import canvas as cv

_T_STARTING = const(1)
_T_HINT_IDLE = const(3)
_T_ENTER_AMOUNT = const(4)
_T_PRESENT_CARD = const(6)
_T_READING = const(7)
_T_HOLD_STILL = const(8)
_T_REMOVE_CARD = const(9)
_T_ENTER_PIN = const(10)
_T_SECONDS = const(11)
_T_KEYS_AMOUNT = const(30)
_T_KEYS_CANCEL = const(32)
_T_KEYS_PIN = const(33)
_T_WAITING = const(59)


def boot(c, version: str, step: int = 0) -> None:
    """Name, version and what is being done (`step` a text number, 0 for "starting")."""
    c.clear()
    c.icon(cv.WAVES, 14, 8)
    c.text("TapTill", 36, 8)
    c.oled.hline(14, 27, 100, 1)
    c.centre(c.t(step or _T_STARTING), 30)
    c.centre(version, 47)
    c.show()


def idle(c, merchant: str, clock: str, wifi: int, host: bool, note: int = 0) -> None:
    """`clock` "14:05" or "--:--"; `wifi` 0 (none) to 3; `host` True when it answered last; `note` replaces the hint."""
    c.clear()
    c.text(clock, 2, -2)
    c.icon(wifi, 94, -1)
    c.icon(cv.HOST_UP if host else cv.HOST_DOWN, 111, -1)
    c.oled.hline(0, 14, cv.WIDTH, 1)
    name = c.wrap(merchant)
    if len(name) > 2:
        name = [merchant[:16], merchant[16:32]]  # settings allow 32: rather a split word than a lost one
    y = 23 if len(name) == 1 else 16
    for line in name:
        c.centre(line, y)
        y += 15 if c.pitch == 12 else 16
    c.centre(c.t(note or _T_HINT_IDLE), 48)
    c.show()


def amount(c, value: int) -> None:
    """Entry of an amount: figures of 16 rows at the right edge, so that a digit costs little on the bus."""
    c.clear()
    c.bar(c.t(_T_ENTER_AMOUNT))
    c.oled.rect(0, 19, cv.WIDTH, 24, 1)
    start = c.bold(value, 122, 24)
    if start > 6 + c.width(c.currency) + 4:
        c.text(c.currency, 6, 23)
    c.legend(_T_KEYS_AMOUNT)
    c.show()


def present(c, value: int) -> None:
    """Amount for the customer, waves, "present card"."""
    c.clear()
    c.big(value, 3)
    c.oled.fill_rect(0, 40, cv.WIDTH, 24, 1)
    words = c.t(_T_PRESENT_CARD)
    x = (cv.WIDTH - 20 - c.width(words)) // 2
    c.text(words, x + 20, 44, True)
    c.icon(cv.WAVES, x, 44, True)
    c.show()


def reading(c, value: int, step: int = 0) -> None:
    """The card is being read: keep it there."""
    c.clear()
    c.bar(c.t(_T_READING), cv.WAVES)
    c.centre(c.t(_T_HOLD_STILL), 22)
    c.dots(step, 48)
    c.show()


def remove_card(c, value: int) -> None:
    c.clear()
    c.big(value, 3)
    c.icon(cv.CHECK, 8, 44)
    c.text(c.t(_T_REMOVE_CARD), 30, 44)
    c.show()


def pin(c, value: int, digits: int, seconds: int) -> None:
    """`digits` typed so far, never the digits themselves."""
    c.clear()
    c.bar(c.t(_T_ENTER_PIN), cv.LOCK, c.t(_T_SECONDS) % seconds)
    c.bold_middle(value, 16)
    secret(c, digits, 33, 6)
    c.legend(_T_KEYS_PIN)
    c.show()


def secret(c, digits: int, y: int, places: int) -> None:
    """A spot for every digit typed, a dash for every place still free."""
    c.say("*" * digits, y)
    count = max(digits, places)
    x = (cv.WIDTH - 10 * count) // 2
    for at in range(count):
        if at < digits:
            c.oled.fill_rect(x + 2, y + 4, 6, 6, 1)
            c.oled.fill_rect(x + 1, y + 5, 8, 4, 1)
            c.oled.fill_rect(x + 3, y + 3, 4, 8, 1)
        else:
            c.oled.hline(x + 2, y + 10, 6, 1)
        x += 10


def working(c, what: str, seconds: int, step: int = 0, cancel: bool = False) -> None:
    """What is awaited; `seconds` left (0: not counted); `cancel` when stopping is safe."""
    c.clear()
    c.bar(c.t(_T_WAITING), -1, c.t(_T_SECONDS) % seconds if seconds else "")
    lines = c.wrap(what)[:2]
    y = 24 if len(lines) == 1 else 17
    for line in lines:
        c.centre(line, y)
        y += c.pitch
    if cancel:
        c.legend(_T_KEYS_CANCEL)
    else:
        c.dots(step, 53)
    c.show()
