"""How it ended.  Each of these screens answers: was money taken?  why did it stop?  what now?"""

from micropython import const

from . import canvas as cv

_T_APPROVED = const(40)
_T_PARTIAL = const(41)
_T_UNKNOWN = const(44)
_T_NOW_REVERSING = const(45)
_T_PART_OF = const(65)
_T_TRY_OF = const(64)
_T_NO_NETWORK = const(19)
_T_DO_NOT_REPEAT = const(66)
_T_SIGNATURE = const(25)
_T_TRACE = const(241)
_T_AUTH = const(244)


def message(c, title: str, words: list, icon: int = -1, page: int = 0) -> int:
    """A bar and sentences (each begins a line).  Draws `page` (counted round) and returns how many there are."""
    lines = []
    for text in words:
        if text:
            lines += c.wrap(text)
    room = c.body_lines
    pages = max(1, (len(lines) + room - 1) // room)
    page %= pages
    c.clear()
    c.bar(title, icon, "", pages > 1)
    # A page that is not full sits in the middle, the first line of a long text always at the top.
    shown = lines[page * room : (page + 1) * room]
    y = c.line_y(1)
    if pages == 1:
        y += (room - len(shown)) * c.pitch // 2
    x = 2
    for line in shown:
        if c.width(line) > 124:
            x = 0  # a full line needs every column, and all begin alike
    for line in shown:
        c.text(line, x, y)
        y += c.pitch
    c.show()
    return pages


def approved(c, amount: int, asked: int, pan: str, stan: int, auth: str = "", sign: bool = False, page: int = 0) -> int:
    """Page 0: the amount; page 1: card, trace, authorisation.  `asked` differs from `amount` in a partial approval."""
    part = amount != asked
    c.clear()
    title = c.t(_T_PARTIAL if part else _T_APPROVED)
    c.bar(title, cv.CHECK, "", True)
    if page % 2 == 0:
        c.big(amount, 15)
        if part:
            c.centre(c.t(_T_PART_OF) % c.money(asked), 48)
        elif sign:
            c.centre(c.t(_T_SIGNATURE), 48)
        else:
            c.text("*" + pan[-4:], 2, 48)
            c.right("%06d" % stan, 126, 48)
    else:
        c.text(short_pan(pan), 0, c.line_y(1))
        pair(c, c.t(_T_TRACE), "%06d" % stan, c.line_y(2))
        if auth:
            pair(c, c.t(_T_AUTH), auth, c.line_y(3))
    c.show()
    return 2


def reversing(c, amount: int, number: int, tries: int) -> None:
    """Never "failed": the fate of the money is not known while this is shown.  Try `number` of `tries`; 0: no network."""
    c.clear()
    wide = c.pitch == 16
    block = 32 if wide else 28
    c.oled.fill_rect(0, 0, cv.WIDTH, block, 1)
    c.icon(cv.QUESTION, 10, block // 2 - 8, True)
    c.text(c.t(_T_UNKNOWN), 36, 0 if wide else -1, True)
    c.text(c.t(_T_NOW_REVERSING), 36, 16 if wide else 12, True)
    y = block + (1 if wide else 0)
    c.text(c.t(_T_TRY_OF) % (number, tries) if number else c.t(_T_NO_NETWORK), 2, y)
    c.bold(amount, 126, y + (0 if wide else 1))
    c.text(c.t(_T_DO_NOT_REPEAT), 2, 48 if wide else 46)
    c.show()


def sale_line(c, amount: int, stan: int) -> str:
    """Which sale is meant: amount and trace."""
    return "%s #%06d" % (c.money(amount), stan)


def short_pan(pan: str) -> str:
    """First six, a star, last four: the same width for every card."""
    return pan[:6] + "******" + pan[-4:] if len(pan) > 10 else pan


def pair(c, label: str, value: str, y: int, inverse: bool = False) -> None:
    """A label on the left, its value on the right."""
    c.text(label, 2, y, inverse)
    if 2 + c.width(label) + 4 + c.width(value) > 126:
        c.overflow += 1
    c.right(value, 126, y, inverse)
