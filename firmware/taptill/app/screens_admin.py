"""Screens for the operator: menus, password, network, last sale, and the ones that say why the terminal is blocked."""

from micropython import const

from . import canvas as cv
from .screens import secret
from .screens_result import message, pair

_T_BLOCKED = const(51)
_T_NETWORK = const(56)
_T_LAST_SALE = const(55)
_T_PASSWORD = const(79)
_T_KEYS_PASSWORD = const(37)


def menu(c, title: str, items: list, at: int) -> None:
    """A list with a cursor at item `at`; the bar shows where one is."""
    c.clear()
    place = "%d/%d" % (at + 1, len(items))
    if c.width(title) + c.width(place) < 118:
        c.bar(title, -1, place)
    else:
        c.bar(title, -1, "", True)
    if c.pitch == 16:
        c.oled.hline(0, 15, cv.WIDTH, 0)  # keeps the bar apart from a cursor in the first row
    first = min(max(0, at - 1), max(0, len(items) - 3))
    y = 16
    for row in range(first, min(first + 3, len(items))):
        here = row == at
        if here:
            c.oled.fill_rect(0, y, cv.WIDTH, 16, 1)
        c.text(items[row], 4, y if c.pitch == 16 else y - 1, here)
        y += 16
    c.show()


def password(c, digits: int, note: str = "") -> None:
    """Supervisor password; `note` such as "wrong password"."""
    c.clear()
    c.bar(c.t(_T_PASSWORD), cv.LOCK)
    if note:
        c.centre(note, 17)
    secret(c, digits, 31 if note else 26, 6)
    c.legend(_T_KEYS_PASSWORD)
    c.show()


def pairs(c, title: str, rows: list, page: int = 0) -> int:
    """Labels and values [(label, value)]; a value too long for its line takes the next ones."""
    lines = []
    for label, value in rows:
        if 2 + c.width(label) + 4 + c.width(value) <= 126:
            lines.append((label, value))
        else:
            lines.append((label, ""))
            for part in c.wrap(value, 124):
                lines.append(("", part))
    room = c.body_lines
    pages = max(1, (len(lines) + room - 1) // room)
    page %= pages
    c.clear()
    c.bar(title, -1, "", pages > 1)
    y = c.line_y(1)
    for label, value in lines[page * room : (page + 1) * room]:
        pair(c, label, value, y)
        y += c.pitch
    c.show()
    return pages


def network(c, rows: list, page: int = 0) -> int:
    """Result of the network diagnosis: [(label, value)] from Wi-Fi up to the host."""
    return pairs(c, c.t(_T_NETWORK), rows, page)


def last_sale(c, rows: list, page: int = 0) -> int:
    return pairs(c, c.t(_T_LAST_SALE), rows, page)


def blocked(c, why: str, step: str, page: int = 0) -> int:
    """The terminal cannot work: the reason and what to do."""
    return message(c, c.t(_T_BLOCKED), [why, step], cv.WARNING, page)
