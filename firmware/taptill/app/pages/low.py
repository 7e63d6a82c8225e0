"""The screens of a glass of 32 rows, where they are not made of the same parts: imported only where there is such a glass.

Two rows: the title or what is asked for, and below it one line of what stands on three otherwise, which turn.  Every function
draws what the page of its name draws on a tall glass.
"""

from ...core.emv import outcome
from ...flows import result as ends
from .. import words
from ..widgets import icons, pager, secret
from ..widgets.canvas import LINE, MARGIN
from ..widgets.glyphs import BOLD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..guidance import Guide
    from ..widgets.canvas import Canvas, Text


_STEPS = 4  # of half a second: how long one of several lines stands
_FIGURES = LINE - 1  # their top below a bar


def boot(c: "Canvas", name: str, version: str, step: int, warning: int) -> None:
    if not c.begin("boot", version, step, warning):
        return
    if warning:
        c.centre(step, c.head)
        c.oled.fill_rect(0, c.bottom + 1, c.columns, LINE - 1, 1)
        c.text(warning, (c.columns - c.width(warning, BOLD)) // 2, c.bottom, True, BOLD)
    else:
        end = c.text(name, MARGIN, c.head, False, BOLD)
        if end + MARGIN + c.width(version) <= c.columns - MARGIN:
            c.right(version, c.columns - MARGIN, c.head)
        c.centre(step, c.body[0])
    c.show()


def idle(c: "Canvas", merchant: str, clock: str, wifi: int, host: bool, note: int, turn: int) -> int:
    """The note, then the merchant's name in as many lines as it needs: `turn` counts through them; returns how many there are."""
    lines: "list[Text]" = [note] + c.wrap(merchant)
    turn %= len(lines)
    if c.begin("idle", merchant, clock, wifi, host, note, turn):
        c.text(clock, MARGIN, c.head)
        c.icon(wifi, 90, 0)
        c.icon(icons.HOST_UP if host else icons.HOST_DOWN, 110, 0)
        c.mark(note)
        c.centre(lines[turn], c.body[0])
        c.show()
    return len(lines)


def amount(c: "Canvas", value: int) -> None:
    start = c.bold(value, c.columns - MARGIN, 1)
    c.mark(words.ENTER_AMOUNT)
    for label in (words.ENTER_AMOUNT, c.currency):
        if MARGIN + c.width(label) + 4 <= start:
            c.text(label, MARGIN, 15 - c.base)
            break
    c.legend(words.KEYS_AMOUNT)
    c.show()


def pin(c: "Canvas", value: int, digits: int) -> None:
    start = c.bold(value, c.columns - MARGIN, 1) if value else c.columns - MARGIN
    c.mark(words.ENTER_PIN)
    if MARGIN + c.width(words.ENTER_PIN) + 4 <= start:
        c.text(words.ENTER_PIN, MARGIN, 15 - c.base)
    else:
        c.icon(icons.LOCK, MARGIN - 1, 1)
    _entry(c, digits, words.KEYS_PIN)


def password(c: "Canvas", digits: int, note: "Text") -> None:
    c.mark(words.PASSWORD)
    c.bar(note or words.PASSWORD, icons.LOCK)
    _entry(c, digits, words.KEYS_PASSWORD)


def _entry(c: "Canvas", digits: int, keys: int) -> None:
    """What the keys do, until something is typed; then a spot for each digit."""
    if digits:
        secret.spots(c, digits, c.bottom + 1)
    else:
        c.legend(keys)
    c.show()


def earlier(c: "Canvas", title: int, label: int, value: int, shown: str, otherwise: int) -> None:
    c.mark(title)
    if value >= 1000000:
        c.centre(shown, c.head)
        c.legend(words.KEYS_AMOUNT)
    elif value or label != words.TRACE:
        pager.pair(c, label, shown, c.head)
        c.legend(words.KEYS_AMOUNT)
    else:
        c.centre(words.TYPE_TRACE, c.head)
        if otherwise:
            c.centre(otherwise, c.body[0])
        else:
            c.legend(words.KEYS_AMOUNT)
    c.show()


def tap(c: "Canvas", value: int, icon: int, what: int, inverse: bool) -> None:
    """The amount, and below it what to do with the card."""
    if value:
        c.bold_middle(value, 0)
    if inverse:
        c.oled.fill_rect(0, c.bottom + 1, c.columns, LINE - 1, 1)
    x = (c.columns - 20 - c.width(what)) // 2
    c.icon(icon, x, c.bottom, inverse)
    c.text(what, x + 20, c.bottom, inverse)
    c.show()


def wait(c: "Canvas", what: int, seconds: int, step: int) -> None:
    lines = c.wrap(what)
    turn = step // _STEPS % len(lines)
    if not c.begin("wait", what, seconds, turn):
        return
    c.bar(words.WAITING, -1, (words.SECONDS, seconds) if seconds else "")
    c.mark(what)
    c.centre(lines[turn], c.body[0])
    c.show()


def reversing(c: "Canvas", value: int, number: int, tries: int, step: int) -> None:
    turn = step // _STEPS % 4
    if not c.begin("reversing", value, number, tries, turn):
        return
    c.bar(words.UNKNOWN, icons.QUESTION)
    c.mark(words.NOW_REVERSING)
    trying: "Text" = (words.TRY_OF, number, tries) if number else words.NO_NETWORK
    if turn == 1:
        c.bold_middle(value, _FIGURES)
    else:
        c.centre((words.NOW_REVERSING, "", words.DO_NOT_REPEAT, trying)[turn], c.body[0])
    c.show()


def approved(c: "Canvas", title: int, found: ends.Result, page: int) -> int:
    """The amount, what has to be known of it, card, trace, authorisation."""
    pages = 5 if found.auth else 4
    page %= pages
    if not c.begin("approved", title, found.amount, found.asked, found.cvm, found.pan, found.stan, found.auth, page):
        return pages
    c.bar(title, icons.CHECK, "", True)
    y = c.body[0]
    if not page:
        c.bold_middle(found.amount, _FIGURES)
    elif page == 1:
        c.centre(_note(c, found), y)
    elif page == 2:
        c.text(found.pan[:6] + "******" + found.pan[-4:] if len(found.pan) > 10 else found.pan, MARGIN, y)
    elif page == 3:
        pager.pair(c, words.TRACE, "%06d" % found.stan, y)
    else:
        pager.pair(c, words.AUTH, found.auth, y)
    c.show()
    return pages


def _note(c: "Canvas", found: ends.Result) -> "Text":
    if found.end == ends.PARTIAL:
        return words.PART_OF, c.money(found.asked)
    if found.earlier:
        return words.EARLIER
    if found.cvm == outcome.CVM_SIGNATURE:
        return words.SIGNATURE
    return "*%s  %06d" % (found.pan[-4:], found.stan)


def agree(c: "Canvas", question: int, value: int, pan: str, stan: int, page: int) -> int:
    if c.begin("agree", question, value, pan, stan, page):
        if not page:
            c.bar(question, icons.QUESTION)
        elif page == 1:
            c.bold_middle(value, 1)
        else:
            pager.pair(c, "*" + pan[-4:], "#%06d" % stan, c.head)
        c.legend(words.KEYS_AGREE)
        c.show()
    return 3


def again(c: "Canvas", told: "Guide", ended: ends.Result, page: int) -> int:
    if c.begin("again", told.title, told.money, ended.f39, ended.asked, page):
        if not page:
            c.bar((told.title, ended.f39) if ended.f39 else told.title, icons.BACK)
        elif page == 1:
            c.centre(told.money or words.MONEY_NOT_TAKEN, c.head)
        else:
            c.bold_middle(ended.asked, 1)
        c.legend(words.KEYS_AGAIN)
        c.show()
    return 3 if ended.asked else 2
