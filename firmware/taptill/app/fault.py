"""A fault of the program: told on the serial console and on the screen, before the terminal restarts.

What was open when it struck is settled by the recovery at power-on, and the screen says so.
"""

import gc
import io
import sys

from .widgets import icons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Coroutine

    from .roles import Face
    from .widgets.canvas import Canvas


class TaskEnded(Exception):
    """A task that never ends has ended; the message is its name."""


async def endless(name: str, work: "Coroutine[Any, Any, None]") -> None:
    """Run the coroutine `work`, which never returns.  Raises what it raises, TaskEnded when it returns."""
    await work
    raise TaskEnded(name)


def raised(loop: "Any", context: dict) -> None:
    """asyncio's handler of an exception that nobody awaits: it ends the program, as any other task's does."""
    raise context["exception"]


def tell(ui: "Face | None", error: BaseException) -> None:
    """Say what happened; `ui` (app.ui.Ui) is None while there is no screen yet."""
    gc.collect()
    _report(error)
    if ui:
        _show(ui.canvas)


def _report(error: BaseException) -> None:
    """The traceback on the console, without messages that may hold a card's or a key's data."""
    try:
        text = io.StringIO()
        sys.print_exception(error, text)
        lines = text.getvalue().split("\n")
    except MemoryError:
        lines = ()
    for line in lines:
        if line.startswith("  File ") or line.startswith("Traceback"):
            print(line)
    said = ": %s" % error if isinstance(error, (OSError, TaskEnded)) else ""
    print("fault: " + type(error).__name__ + said)


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
    canvas.lines = ["FAULT", "Restarting now", "An open sale is", "settled next"]
    for at, line in enumerate(canvas.lines):
        canvas.oled.text(line, 0, 14 * at)
    canvas.show()
