"""The self-test on the screen: all parts in one go, and those of which only a person can tell.

Imported when it is asked for (app.room): nobody needs it in a sale.  Who has just soldered a board does, before it has settings.
"""

from time import ticks_ms

from ...core import checks
from .. import words
from ..widgets import icons, pager
from ..widgets.canvas import LINE, MARGIN
from ..widgets.glyphs import BOLD
from . import menu, wait

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...core.checks import Finding
    from ...flows.health import Health
    from ..guidance import Guidance
    from ..roles import Face
    from ..widgets.canvas import Canvas, Text


ROWS = [words.CHECK_ALL, words.P_KEYPAD, words.P_DISPLAY, words.P_BUZZER]
_SHOWN_S = 60
_PATIENCE_MS = 15000
_CELL = 16
_ATTENTION = 3  # sounds
_BLIND = 4
_LABELS = {
    checks.KEYPAD: words.P_KEYPAD,
    checks.DISPLAY: words.P_DISPLAY,
    checks.BUZZER: words.P_BUZZER,
    checks.READER: words.P_READER,
    checks.FLASH: words.P_FLASH,
    checks.CLOCK: words.P_CLOCK,
    checks.MEMORY: words.P_MEMORY,
    checks.WIFI: words.NET_WIFI,
    checks.KEYS: words.P_KEYS,
}


async def show(ui: "Face", health: "Health", values: "list[tuple[str, str]]") -> None:
    """The menu of tests; `values` are names and check values of the keys that are there."""
    if not ui.visible():
        ui.sound(_BLIND)
        return
    at = await menu.choose(ui, words.SELF_TEST, ROWS)
    if at == 0:
        await _all(ui, health, values)
    elif at > 0:
        await (_keypad, _display, _buzzer)[at - 1](ui, health)


async def _all(ui: "Face", health: "Health", values: "list[tuple[str, str]]") -> None:
    def before(part: int) -> None:
        ui.working()
        wait.testing(ui.canvas, words.TESTING, _LABELS[part], part, len(checks.PARTS))

    await health.test(True, ticks_ms(), before)
    await ui.read(lambda page: draw(ui.canvas, ui.guidance, health, values, page), _SHOWN_S)


def draw(c: "Canvas", guidance: "Guidance", health: "Health", values: "list[tuple[str, str]]", page: int = 0) -> int:
    """What fails with its remedy, then a line for each part that works; `values` as in `show`."""
    parts = [health.found[part] for part in checks.PARTS if part in health.found]
    bad = [found for found in parts if found.fault not in (checks.WELL, checks.UNTESTED)]
    waiting = [found for found in parts if found.fault == checks.UNTESTED and found.part != checks.BUZZER]
    texts: "list[Text]" = [] if bad else [words.FINE_SO_FAR if waiting else words.PARTS_GOOD]
    for found in bad:
        told = guidance.part(found.fault)
        why: "Text" = (told.why, found.value) if found.fault in (checks.KEY_STUCK, checks.KEY_DEAD) else told.why
        texts += [why, told.step]
    texts += [(_LABELS[found.part], found.value or c.words(words.OK)) for found in parts if found.fault == checks.WELL]
    texts += [name + " " + value for name, value in values]
    worst = icons.CROSS if health.failed() else icons.WARNING if bad else icons.CHECK
    return pager.sentences(c, words.SELF_TEST, texts, worst, page)


async def _keypad(ui: "Face", health: "Health") -> None:
    """Every key once, in any order; who stops pressing ends it."""
    layout, columns = ui.keypad_layout
    seen = ""
    ui.forget_keys()
    while len(seen) < len(layout):
        draw_keypad(ui.canvas, layout, columns, seen)
        pressed = await ui.key(_PATIENCE_MS)
        if pressed is None:
            break
        if pressed[0] not in seen:
            seen += pressed[0]
    draw_keypad(ui.canvas, layout, columns, seen)
    missing = "".join([key for key in layout if key not in seen])
    fault = checks.KEY_DEAD if missing else checks.WELL
    await _note(ui, health, checks.Finding(checks.KEYPAD, fault, missing, "each key was asked for"))


def draw_keypad(c: "Canvas", layout: str, columns: int, seen: str) -> None:
    """The keys as they lie; a key that was seen is lit."""
    if not c.begin("keypad", seen):
        return
    if c.low:  # no room for the keys as they lie: those that are not yet seen
        c.bar((words.SEEN, len(seen), len(layout)))
        c.mark(words.PRESS_EACH)
        c.centre("".join([key for key in layout if key not in seen]), c.body[0])
        c.show()
        return
    c.text(words.P_KEYPAD, MARGIN, 0, False, BOLD)
    c.text(words.PRESS_EACH, MARGIN, LINE)
    c.text((words.SEEN, len(seen), len(layout)), MARGIN, 2 * LINE)
    left = c.columns - columns * _CELL
    for at, key in enumerate(layout):
        x, y = left + at % columns * _CELL, at // columns * _CELL
        if key in seen:
            c.oled.fill_rect(x + 1, y, _CELL - 2, LINE - 1, 1)
        c.text(key, x + (_CELL - c.width(key)) // 2 + 1, y, key in seen)
    c.show()


async def _display(ui: "Face", health: "Health") -> None:
    """Everything lit, then a chequered field in a frame; the person says whether it was whole."""
    c = ui.canvas
    ui.forget_keys()
    draw_lit(c)
    await ui.key(_PATIENCE_MS)
    draw_chequered(c)
    await ui.key(_PATIENCE_MS)
    whole = await _asks(ui, words.P_DISPLAY, words.PICTURE_WHOLE)
    fault = checks.WELL if whole else checks.DISPLAY_PICTURE
    await _note(ui, health, checks.Finding(checks.DISPLAY, fault, "", "looked at by a person"))


def draw_lit(c: "Canvas") -> None:
    if c.begin("lit"):
        c.oled.fill(1)
        c.show()


def draw_chequered(c: "Canvas") -> None:
    """Squares of 8 in a frame: a line, a column or a page of the chip that is missing shows."""
    if not c.begin("chequered"):
        return
    width, height = c.oled.width, c.oled.height
    for y in range(0, height, 8):
        for x in range(y & 8, width, 16):
            c.oled.fill_rect(x, y, 8, 8, 1)
    c.oled.rect(0, 0, width, height, 1)
    c.show()


async def _buzzer(ui: "Face", health: "Health") -> None:
    ui.sound(_ATTENTION)
    heard = await _asks(ui, words.P_BUZZER, words.BUZZER_HEARD)
    fault = checks.WELL if heard else checks.BUZZER_UNHEARD
    await _note(ui, health, checks.Finding(checks.BUZZER, fault, "", "asked of a person"))


async def _asks(ui: "Face", title: int, question: int) -> bool:
    """True for #; any other key, and nobody there, is a no."""
    ui.forget_keys()
    draw_question(ui.canvas, title, question)
    pressed = await ui.key(_PATIENCE_MS)
    return pressed is not None and pressed[0] == "#"


def draw_question(c: "Canvas", title: int, question: int) -> None:
    if not c.begin("question", title, question):
        return
    if c.low:
        c.mark(title)
        c.centre(question, c.head)
    else:
        c.bar(title, icons.QUESTION)
        c.centre(question, 24)
    c.legend(words.KEYS_AGREE)
    c.show()


async def _note(ui: "Face", health: "Health", found: "Finding") -> None:
    """Remember what was found about a part, and say so."""
    health.note(found)
    if found.fault == checks.WELL:
        await ui.message(_LABELS[found.part], words.OK)
        return
    told = ui.guidance.part(found.fault)
    why: "Text" = (told.why, found.value) if found.value else told.why
    await ui.read(lambda page: pager.sentences(ui.canvas, _LABELS[found.part], [why, told.step], icons.CROSS, page))
