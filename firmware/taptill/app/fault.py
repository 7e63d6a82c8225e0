"""A fault of the program: told on the serial console and on the screen, before the terminal restarts.

What was open when it struck is settled by the recovery at power-on, and the screen says so.
"""

import gc
import io
import sys

from ..core import logbook
from .widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Coroutine

    from .roles import Face, Log
    from .widgets.canvas import Canvas, Text


_PLACES = 4  # of a traceback, for the log
_TOLD_S = 6  # at a start, until a person presses a key


class TaskEnded(Exception):
    """A task that never ends has ended; the message is its name."""


class StartAnew(Exception):
    """Nothing is wrong but what a start mends; the message says what."""


async def endless(name: str, work: "Coroutine[Any, Any, None]") -> None:
    """Run the coroutine `work`, which never returns.  Raises what it raises, TaskEnded when it returns."""
    await work
    raise TaskEnded(name)


def raised(loop: "Any", context: dict) -> None:
    """asyncio's handler of an exception that nobody awaits: it ends the program, as any other task's does."""
    raise context["exception"]


def tell(ui: "Face | None", error: BaseException, log: "Log | None" = None) -> None:
    """Say what happened, and keep it; `ui` (app.ui.Ui) is None while there is no screen yet, `log` while there is none."""
    gc.collect()
    said, where = _report(error)
    if ui:
        _show(ui.canvas)
    if log is None:
        print(said)
    elif isinstance(error, StartAnew):
        log.note(logbook.WARNING, said)
        log.keep()
    else:
        log.note_fault(said, where)


def _report(error: BaseException) -> "tuple[str, list[str]]":
    """The traceback on the console, without messages that may hold a card's or a key's data.

    (What it was, in a line, and the innermost places where it was, the innermost first.)  Of the exception's own words only those
    are told that no data can be in: errno, the name of a task.
    """
    try:
        text = io.StringIO()
        sys.print_exception(error, text)
        lines = [line for line in text.getvalue().split("\n") if line.startswith("  File ")]
    except MemoryError:
        lines = []
    for line in lines:
        print(line)
    said = ": %s" % error if isinstance(error, (OSError, TaskEnded, StartAnew)) else ""
    return "fault: " + type(error).__name__ + said, [_place(line) for line in reversed(lines[-_PLACES:])]


def _place(line: str) -> str:
    """`  File "taptill/app/shop.py", line 123, in _idle` as `at app/shop.py:123 _idle`; of a file elsewhere the name alone."""
    parts = line.split('"')
    number, _, name = parts[-1][len(", line ") :].partition(", in ")
    path = parts[1] if len(parts) == 3 else ""
    own = path.partition("taptill/")[2] or path[path.rfind("/") + 1 :]
    return "at %s:%s %s" % (own, number, name)


async def tell_again(ui: "Face", log: "Log") -> None:
    """What the last life ended of, until a person has seen it; nothing when it ended well."""
    if not log.fault or not ui.visible():
        return
    from . import words
    from .widgets import pager

    texts: "list[Text]" = [words.FAULT_WAS, log.fault]
    if await ui.read(lambda page: pager.sentences(ui.canvas, words.FAULT, texts, icons.WARNING, page), _TOLD_S):
        log.fault_seen()


def _show(canvas: "Canvas") -> None:
    try:
        from . import words
        from .widgets import pager

        pager.sentences(canvas, words.FAULT, [words.FAULT_RESTARTS, words.FAULT_OPEN], icons.WARNING)
    except Exception as error:  # the drawing itself may be what is broken
        _report(error)
        _show_plainly(canvas)


def _show_plainly(canvas: "Canvas") -> None:
    """The display's built-in letters: no glyph file, no texts, and hardly any memory."""
    canvas.clear()
    canvas.lines = ["FAULT", "Restarting now", "An open sale is", "settled next"][: canvas.oled.height // 14]
    for at, line in enumerate(canvas.lines):
        canvas.oled.text(line, 0, 14 * at)
    canvas.show()
