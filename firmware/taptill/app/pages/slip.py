"""The slip on the screen, line by line; and what is asked of a person about its printing."""

from ...core.slips import lines
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import LINE, MARGIN
from ..widgets.glyphs import BOLD, TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.slips.lines import Line
    from ..guidance import Guide
    from ..roles import Face
    from ..widgets.canvas import Canvas, Text


_PATIENCE_MS = 60000
_BAR = 2  # columns of the sign at the right edge that says where in the slip one is
_TOPS = {"en": (0, 16, 32, 48), "zh": (0, 16, 31, 46)}  # of the rows: Chinese hangs lower in its row
_LOW = {"en": (0, 16), "zh": (0, 15)}


def set_rows(c: "Canvas", slip: "list[Line]") -> list:
    """The slip in rows of the glass: [(what, left, right)], what of core.slips.lines.  Rules and gaps have no row of their
    own.
    """
    out: "list[tuple[int, str, str]]" = []
    room = c.columns - 2 * MARGIN - _BAR
    for kind, left, right in slip:
        if kind in (lines.RULE, lines.GAP, lines.QR):
            continue
        if kind == lines.TOTAL:
            left = left.replace(lines.TAB, "  ")
        face = BOLD if kind in (lines.NAME, lines.TITLE, lines.MARK, lines.STRONG) else TEXT
        if right and c.width(left) + c.width(right) + 6 <= room:
            out.append((kind, left, right))
            continue
        out += [(kind, part, "") for part in c.wrap(left, room, face)]
        out += [(kind, "", part) for part in (c.wrap(right, room, face) if right else [])]
    return out


def draw(c: "Canvas", rows: list, first: int) -> None:
    """As many rows as the glass has, from `first` on."""
    if not c.begin("slip", tuple(rows), first):
        return
    tops = (_LOW if c.low else _TOPS)[c.texts.language]
    most = len(tops)
    for y, (kind, left, right) in zip(tops, rows[first:]):
        if kind in (lines.NAME, lines.TITLE, lines.MARK, lines.CENTRE):
            face = TEXT if kind == lines.CENTRE else BOLD
            room = c.columns - _BAR - c.width(left, face)
            c.text(left, max(MARGIN, room // 2), y, False, face)
            continue
        if left:
            c.text(left, MARGIN, y, False, BOLD if kind == lines.STRONG else TEXT)
        if right:
            c.right(right, c.columns - MARGIN - _BAR, y, False, BOLD if kind == lines.AMOUNT else TEXT)
    if len(rows) > most:
        height = c.oled.height
        size = max(6, height * most // len(rows))
        c.oled.fill_rect(c.columns - 1, (height - size) * first // (len(rows) - most), 1, size, 1)
    c.show()


async def read(ui: "Face", slip: "list[Line]", can_print: bool) -> bool:
    """Until a key that is not for turning: C and 0 go on, B goes back.  True when it is to be printed (#, where it can be)."""
    c = ui.canvas
    rows = set_rows(c, slip)
    most = c.oled.height // LINE
    last = max(0, len(rows) - most)
    first = 0
    ui.forget_keys()
    while True:
        draw(c, rows, first)
        pressed = await ui.key(_PATIENCE_MS)
        if pressed is None:
            return False
        if pressed[0] in "C0":
            first = min(first + most - 1 or 1, last) if first < last else 0
        elif pressed[0] == "B":
            first = max(0, first - (most - 1 or 1))
        else:
            return can_print and pressed[0] == "#"


def draw_printing(c: "Canvas", copy: int, turn: int) -> None:
    """The slip is on its way to the paper."""
    if not c.begin("printing", copy, turn % 3):
        return
    c.bar(words.SLIP)
    if c.low:
        c.centre(words.PRINTING, c.body[0])
    else:
        c.centre(copy, LINE + 2)
        c.centre(words.PRINTING, 2 * LINE + 1)
        c.dots(turn, 3 * LINE + 6)
    c.show()


async def ask(ui: "Face", question: int, copy: int, line: str, legend: int, timeout_ms: int) -> str:
    """The key that answers a question about a copy of a slip, "" when nobody was there."""
    pressed = await pager.question(ui, lambda page: draw_question(ui.canvas, question, copy, line, legend, page), timeout_ms)
    return pressed[0] if pressed else ""


def draw_question(c: "Canvas", question: int, copy: int, line: str, legend: int, page: int = 0) -> int:
    """What is asked, of which copy and payment (`line`), and what the keys do; returns how many pages there are."""
    return _asked(c, copy, [question, line], legend, page)


async def ask_fault(ui: "Face", told: "Guide", timeout_ms: int) -> str:
    """Tell what is wrong with the printer and what to do; the key that answers whether it is tried again."""
    pressed = await pager.question(ui, lambda page: draw_fault(ui.canvas, told, page), timeout_ms)
    return pressed[0] if pressed else ""


def draw_fault(c: "Canvas", told: "Guide", page: int = 0) -> int:
    """Why it was not printed, what now, and that the payment stands; returns how many pages there are."""
    return _asked(c, words.NOT_PRINTED, [told.why, told.step, words.STANDS_ALL_THE_SAME], words.KEYS_REPRINT, page, icons.WARNING)


def _asked(c: "Canvas", title: int, texts: "list[Text]", legend: int, page: int, icon: int = -1) -> int:
    """A bar, two lines of the texts a page, and the keys; a low glass has the keys on a page of their own."""
    said = [(text, part) for text in texts for part in c.wrap(text)]
    tops = c.body[:2] if not c.low else c.body
    pages = (len(said) + len(tops) - 1) // len(tops) + (1 if c.low else 0)
    page %= pages
    if not c.begin("asked", title, tuple(texts), legend, page):
        return pages
    if c.low and page == pages - 1:
        c.bar(title, icon)
        c.legend(legend)
        c.show()
        return pages
    c.bar(title, icon, "", pages > 1)
    for (text, part), y in zip(said[page * len(tops) : (page + 1) * len(tops)], tops):
        c.mark(text)
        c.text(part, MARGIN, y)
    if not c.low:
        c.legend(legend)
    c.show()
    return pages
