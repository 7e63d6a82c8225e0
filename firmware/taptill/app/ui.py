"""What a person sees and presses: the screen port of the flows (ports.Screen), keys, and how a flow ended.

One task (`run`) owns the keypad: while a flow runs, cancel is noted and other keys are dropped; otherwise keys wait for
`key`.
"""

import asyncio
import time

from micropython import const

from ..core import transactions
from ..flows import result as ends
from ..flows import terminal
from . import words
from .pages import again, agree, pin, result, tap, wait
from .widgets import icons, pager
from .widgets.keys import Keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Coroutine

    from ..core.journal.pending import Pending
    from ..drivers.buzzer import Buzzer
    from ..drivers.keypad import Keypad
    from ..drivers.oled import Oled
    from .guidance import Guidance
    from .roles import Watcher
    from .widgets.canvas import Canvas, Text


_TICK_MS = const(500)
_LOOK_MS = const(50)
_REMOVE_MS = const(500)
_PAGE_S = const(3)
# What is awaited, of the steps that tell the passing of time; the tap is left alone, it has half a second.
_AWAITED = {
    terminal.CONNECTING: words.CONNECTING,
    terminal.WAITING: words.WAITING_HOST,
    terminal.SIGNING_ON: words.SIGNING_ON,
    terminal.ASKING: words.ASKING,
}
# What a person is asked to agree to.
_QUESTIONS = {
    transactions.VOID.kind: words.VOID,
    transactions.REFUND.kind: words.REFUND,
    transactions.PREAUTH_VOID.kind: words.PREAUTH_VOID,
    transactions.COMPLETION.kind: words.COMPLETION,
    transactions.COMPLETION_VOID.kind: words.COMPLETION_VOID,
}

# Places of the patterns in `sounds`.
KEY = 0
GOOD = 1
BAD = 2
ATTENTION = 3
BLIND = 4


class Ui:
    """`canvas` (widgets.canvas.Canvas), `guidance` (app.guidance.Guidance), `keypad` with `await get() -> (key, long)`, `buzzer`
    with `play(pattern)`, `sounds`: patterns: key, good, bad, attention, blind.

    `alive()` is called whenever the task that works here gets on: the watchdog's sign of life.  `watchers` (app.diary.Diary,
    debuglink.DebugLink) hear of every step and every end, `warn(text)` of a display that goes and comes.  `run()` has to be a
    task before any key can arrive.
    """

    def __init__(
        self,
        canvas: "Canvas",
        guidance: "Guidance",
        keypad: "Keypad",
        buzzer: "Buzzer",
        sounds: tuple,
        alive: "Callable[[], None] | None" = None,
        watchers: "tuple[Watcher, ...]" = (),
        warn: "Callable[[str], None]" = print,
    ):
        self.canvas = canvas
        self.guidance = guidance
        self._keypad = keypad
        self._buzzer = buzzer
        self._sounds = sounds
        self._alive = alive
        self._watchers = watchers
        self._warn = warn
        self._keys = Keys()
        self._cancel = False
        self._step = 0
        self._amount = 0
        self._detail = 0
        self._since = 0
        self._read_until = time.ticks_ms()
        self._blocked: "Text" = 0
        self._dark = False
        self.follow(60, 60, 3)

    def follow(self, answer_timeout_s: int, pin_timeout_s: int, tries: int) -> None:
        """The settings that screens speak of: patience for an answer and for a PIN, and the tries of a reversal's round."""
        self._answer_timeout_s = answer_timeout_s
        self._pin_timeout_s = pin_timeout_s
        self._tries = tries

    @property
    def language(self) -> str:
        return self.canvas.texts.language

    @property
    def keypad_layout(self) -> "tuple[str, int]":
        """Its keys row by row, and how many a row has."""
        return self._keypad.layout, self._keypad.columns

    def use(self, language: str) -> None:
        """Switch to "en" or "zh"; the next screen speaks it."""
        self.canvas.texts.use(language)

    def sound(self, which: int) -> None:
        self._buzzer.play(self._sounds[which])

    # -- tasks

    async def run(self) -> None:
        """Take keys from the keypad for ever, and let waiting screens count."""
        ticking = asyncio.create_task(self._tick())
        try:
            while True:
                key, long = await self._keypad.get()
                self.sound(KEY)
                if not self._step:
                    self._keys.put((key, long))
                elif key in "D*":
                    self._cancel = True
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep_ms(_TICK_MS)
            turns = self._step == terminal.REVERSING and self.canvas.low
            if (self._step in _AWAITED or turns) and time.ticks_diff(self._read_until, time.ticks_ms()) <= 0:
                self._draw()

    # -- the port of the flows

    def working(self) -> None:
        """The task that works here gets on: told to the watchdog."""
        if self._alive:
            self._alive()

    def progress(self, step: int, amount: int = 0, detail: int = 0) -> None:
        self.working()
        self._step = step
        self._amount = amount
        self._detail = detail
        self._cancel = False
        self._since = time.ticks_ms()
        for watcher in self._watchers:
            watcher.step(step, amount, detail)
        if step == terminal.REMOVE_CARD:
            self.sound(GOOD)
            self._read_until = time.ticks_add(self._since, _REMOVE_MS)
        elif step in _AWAITED and time.ticks_diff(self._read_until, self._since) > 0:
            return  # "remove card" is still being read; the next tick tells what is awaited
        self._draw()

    def visible(self) -> bool:
        oled = self.canvas.oled
        dark = not oled.answers()
        if dark != self._dark:
            self._dark = dark
            if dark:
                self._warn("display: %s - no new payments" % _missing(oled))
                self.sound(BLIND)
            else:
                self._warn("display: there again")
        return not dark

    def cancelled(self) -> bool:
        self.working()
        return self._cancel

    async def pin(self, amount: int):
        step, self._step = self._step, 0
        try:
            return await pin.ask(self, amount, self._pin_timeout_s)
        finally:
            self._step = step

    async def agree(self, asked: "Pending", stan: int) -> bool:
        step, self._step = self._step, 0
        try:
            return await agree.ask(self, _QUESTIONS[asked.kind], asked, stan)
        finally:
            self._step = step

    async def again(self, ended: ends.Result) -> bool:
        step, self._step = self._step, 0
        self.sound(ATTENTION)
        for watcher in self._watchers:
            watcher.result(ended)
        try:
            return await again.ask(self, ended)
        finally:
            self._step = step

    def _draw(self) -> None:
        c, step, amount = self.canvas, self._step, self._amount
        gone_ms = time.ticks_diff(time.ticks_ms(), self._since)
        if step == terminal.PRESENT:
            tap.present(c, amount)
        elif step == terminal.READING:
            tap.reading(c)
        elif step == terminal.REMOVE_CARD:
            tap.remove_card(c, amount)
        elif step == terminal.REVERSING:
            wait.reversing(c, amount, self._detail, max(self._tries, self._detail), gone_ms // _TICK_MS)
        else:
            left_s = max(0, self._answer_timeout_s - gone_ms // 1000) if step == terminal.WAITING else 0
            wait.draw(c, _AWAITED[step], left_s, gone_ms // _TICK_MS)

    def rest(self) -> None:
        """No flow runs any more: keys go to whoever asks, and old ones are forgotten."""
        self._step = 0
        self._cancel = False
        self.forget_keys()

    # -- keys

    def forget_keys(self) -> None:
        self._keys.forget()

    async def unless_key(self, work: "Coroutine[Any, Any, Any]"):
        """What the coroutine `work` returns; None when a key that was pressed meanwhile has cut it off.  The key waits."""
        task = asyncio.create_task(work)
        while not task.done():
            self.working()
            if self._keys.there():
                task.cancel()
            await asyncio.sleep_ms(_LOOK_MS)
        try:
            return await task
        except asyncio.CancelledError:
            return None

    async def key(self, timeout_ms: int = 0):
        """The next key as (key, long); None when `timeout_ms` (0: endless) has passed."""
        self.working()
        return await self._keys.get(timeout_ms)

    # -- texts with pages

    async def read(
        self,
        draw: "Callable[[int], int]",
        timeout_s: int = 15,
        leave: str = "#*D0123456789A",
        until: "Callable[[], bool] | None" = None,
    ) -> str:
        """Show `draw(page) -> pages` until a key of `leave` (returned), or the time (0: endless) is up or `until()` is true ("").

        C and B turn pages, on a keypad without them 0; a text of several pages turns by itself, at least once through all.
        """
        self.rest()
        page = shown_s = 0
        pages = draw(0)
        while (not timeout_s or shown_s < max(timeout_s, pages * _PAGE_S)) and not (until and until()):
            pressed = await self.key(_PAGE_S * 1000)
            if pressed is None:
                shown_s += _PAGE_S
                page += 1
            elif pressed[0] == "C" or (pressed[0] == "0" and self.canvas.few_keys and pages > 1):
                page += 1
            elif pressed[0] == "B":
                page -= 1
            elif pressed[0] in leave:
                return pressed[0]
            if pages > 1:
                pages = draw(page % pages)
        return ""

    async def message(self, title: int, text: int, step: int = 0, timeout_s: int = 15) -> str:
        """A bar with one or two sentences; returns the key that ended it."""
        return await self.read(lambda page: pager.sentences(self.canvas, title, [text, step], -1, page), timeout_s)

    async def blocked(self, why: "Text", step: int, more: "list[Text] | None" = None, timeout_s: int = 15) -> str:
        """The terminal cannot work: why, what to do, and what has to be known besides."""
        if self._blocked != why:  # a screen that stays beeps once
            self._blocked = why
            self.sound(ATTENTION)
        c = self.canvas
        texts = [why, step] + (more or [])
        return await self.read(lambda page: pager.sentences(c, words.BLOCKED, texts, icons.WARNING, page), timeout_s)

    async def result(self, found: ends.Result, timeout_s: int = 15) -> str:
        """Show how a flow ended; returns the key that ended the screen, or ""."""
        for watcher in self._watchers:
            watcher.result(found)
        if found.end in (ends.APPROVED, ends.PARTIAL, ends.DONE, ends.REVERSED):
            self.sound(GOOD)
        else:
            self.sound(ATTENTION if found.end == ends.UNKNOWN else BAD)
        return await self.read(result.page_of(self.canvas, self.guidance, found), timeout_s)


def _missing(oled: "Oled") -> str:
    """What is wrong with the display, for the serial console."""
    if oled.other_chip:
        return "an SH1106 answers at 0x%02X, an SSD1306 is wanted" % oled.addr
    try:
        there = ", ".join(["0x%02X" % address for address in oled.i2c.scan()])
    except OSError:
        there = ""
    return "nothing answers at 0x%02X (on the bus: %s)" % (oled.addr, there or "nothing")
