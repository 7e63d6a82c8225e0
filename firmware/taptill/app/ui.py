"""What a person sees and presses: the screen port of the flows, keys, and how a flow ended.

One task (`run`) owns the keypad: while a flow runs, cancel is noted and other keys are dropped; otherwise keys wait for
`key`.  Questions (amount, PIN, password, lists) are in inputs.py.
"""

import asyncio
import time

from micropython import const

from ..core.emv import outcome
from ..flows import result as ends
from ..flows import terminal
from . import explain, inputs, screens, screens_admin, screens_result

_T_WAITING_HOST = const(14)
_T_CONNECTING = const(12)
_T_SIGNING_ON = const(16)
_T_ASKING = const(18)
_T_DECLINED = const(42)

_TICK_MS = const(500)
_REMOVE_MS = const(500)
_PAGE_S = const(3)
_QUEUE = const(16)
# Steps that tell the passing of time; the tap is left alone, it has half a second.
_TICKING = (terminal.CONNECTING, terminal.WAITING, terminal.SIGNING_ON, terminal.ASKING)

# Places of the patterns in `sounds`.
KEY = 0
GOOD = 1
BAD = 2
ATTENTION = 3


class Ui:
    """`canvas` (app.canvas.Canvas), `keypad` with `await get() -> (key, long)`, `buzzer` with `play(pattern)`.

    `sounds` are four patterns: key, good, bad, attention.  Times in seconds; `tries` is the round of a reversal.
    `run()` has to be a task before any key can arrive.
    """

    def __init__(
        self, canvas, keypad, buzzer, sounds, answer_timeout_s: int = 60, pin_timeout_s: int = 60, tries: int = 3
    ):
        self.canvas = canvas
        self.answer_timeout_s = answer_timeout_s
        self.pin_timeout_s = pin_timeout_s
        self.tries = tries
        self.alive = None  # called whenever the task that works here gets on: the watchdog's sign of life
        self._keypad = keypad
        self._buzzer = buzzer
        self._sounds = sounds
        self._keys = []
        self._event = asyncio.Event()
        self._cancel = False
        self._step = 0
        self._amount = 0
        self._detail = 0
        self._since = 0
        self._read_until = time.ticks_ms()
        self._told = 0

    @property
    def lines(self) -> list:
        """The words on the screen, top to bottom."""
        return self.canvas.lines

    @property
    def language(self) -> str:
        return self.canvas.texts.language

    def use(self, language: str) -> None:
        """Switch to "en" or "zh"; the next screen speaks it."""
        self.canvas.texts.use(language)

    def t(self, number: int) -> str:
        return self.canvas.t(number)

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
                if self._step:
                    if key in "D*":
                        self._cancel = True
                elif len(self._keys) < _QUEUE:
                    self._keys.append((key, long))
                    self._event.set()
        finally:
            ticking.cancel()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep_ms(_TICK_MS)
            if self._step in _TICKING and time.ticks_diff(self._read_until, time.ticks_ms()) <= 0:
                self._draw()

    # -- the port of the flows

    def working(self) -> None:
        """The task that works here gets on: told to the watchdog."""
        if self.alive:
            self.alive()

    def progress(self, step: int, amount: int = 0, detail: int = 0) -> None:
        self.working()
        self._step = step
        self._amount = amount
        self._detail = detail
        self._cancel = False
        self._since = time.ticks_ms()
        if step == terminal.REMOVE_CARD:
            self.sound(GOOD)
            self._read_until = time.ticks_add(self._since, _REMOVE_MS)
        elif step in _TICKING and time.ticks_diff(self._read_until, self._since) > 0:
            return  # "remove card" is still being read; the next tick tells what is awaited
        self._draw()

    def cancelled(self) -> bool:
        self.working()
        return self._cancel

    async def pin(self, amount: int):
        step, self._step = self._step, 0
        try:
            return await inputs.pin(self, amount, self.pin_timeout_s)
        finally:
            self._step = step

    def _draw(self) -> None:
        c, step, amount = self.canvas, self._step, self._amount
        gone = time.ticks_diff(time.ticks_ms(), self._since)
        beat = gone // _TICK_MS
        if step == terminal.PRESENT:
            screens.present(c, amount)
        elif step == terminal.READING:
            screens.reading(c, amount)
        elif step == terminal.REMOVE_CARD:
            screens.remove_card(c, amount)
        elif step == terminal.CONNECTING:
            screens.working(c, c.t(_T_CONNECTING), 0, beat)
        elif step == terminal.WAITING:
            screens.working(c, c.t(_T_WAITING_HOST), max(0, self.answer_timeout_s - gone // 1000), beat)
        elif step == terminal.REVERSING:
            screens_result.reversing(c, amount, self._detail, max(self.tries, self._detail))
        elif step == terminal.SIGNING_ON:
            screens.working(c, c.t(_T_SIGNING_ON), 0, beat)
        else:
            screens.working(c, c.t(_T_ASKING), 0, beat)

    def rest(self) -> None:
        """No flow runs any more: keys go to whoever asks, and old ones are forgotten."""
        self._step = 0
        self._cancel = False
        self.forget_keys()

    # -- keys

    def forget_keys(self) -> None:
        self._keys.clear()
        self._event.clear()

    async def key(self, timeout_ms: int = 0):
        """The next key as (key, long); None when `timeout_ms` (0: endless) has passed."""
        self.working()
        while not self._keys:
            self._event.clear()
            if not timeout_ms:
                await self._event.wait()
                continue
            try:
                await asyncio.wait_for_ms(self._event.wait(), timeout_ms)
            except asyncio.TimeoutError:
                return None
        return self._keys.pop(0)

    # -- texts with pages

    async def read(self, draw, timeout_s: int = 15, leave: str = "#*D0123456789A", until=None) -> str:
        """Show `draw(page) -> pages` until a key of `leave` (returned), or the time is up or `until()` is true ("").

        C and B turn pages; a text of several pages turns by itself.
        """
        self.rest()
        page = shown_s = 0
        pages = draw(0)
        while shown_s < timeout_s and not (until and until()):
            pressed = await self.key(_PAGE_S * 1000)
            if pressed is None:
                shown_s += _PAGE_S
                page += 1
            elif pressed[0] == "C":
                page += 1
            elif pressed[0] == "B":
                page -= 1
            elif pressed[0] in leave:
                return pressed[0]
            if pages > 1:
                pages = draw(page % pages)
        return ""

    async def message(self, title: int, text: int, step: int = 0, icon: int = -1, timeout_s: int = 15) -> str:
        """A bar with sentences, by their numbers; returns the key that ended it."""
        words = [self.t(number) for number in (text, step) if number]
        c, head = self.canvas, self.t(title)
        return await self.read(lambda page: screens_result.message(c, head, words, icon, page), timeout_s)

    async def blocked(self, text: int, step: int, value: str = "", timeout_s: int = 15) -> str:
        """The terminal cannot work: why (`value` stands for %s) and what to do."""
        why = self.t(text)
        if "%s" in why:
            why = why % value
        if self._told != text:  # a screen that stays beeps once
            self._told = text
            self.sound(ATTENTION)
        return await self.read(lambda page: screens_admin.blocked(self.canvas, why, self.t(step), page), timeout_s)

    async def result(self, found, timeout_s: int = 15) -> str:
        """Show how a flow ended (flows.result.Result); returns the key that ended the screen, or ""."""
        draw = self.ending(found)
        return await self.read(draw, timeout_s)

    def ending(self, found):
        """`draw(page) -> pages` of a Result, with its sound."""
        c = self.canvas
        if found.end in (ends.APPROVED, ends.PARTIAL):
            self.sound(GOOD)
            sign = found.cvm == outcome.CVM_SIGNATURE
            asked = found.asked if found.end == ends.PARTIAL else found.amount
            pan, stan, auth = found.pan, found.stan, found.auth
            return lambda page: screens_result.approved(c, found.amount, asked, pan, stan, auth, sign, page)
        told = explain.explain(found)
        title = c.t(told.title)
        if told.title == _T_DECLINED:
            title += " " + found.f39
        words = [c.t(number) for number in (told.money, told.why, told.step) if number]
        if found.end in (ends.UNKNOWN, ends.REVERSED, ends.MANUAL) and found.asked:
            words.append(screens_result.sale_line(c, found.asked, found.stan))
        self.sound(GOOD if found.end in (ends.DONE, ends.REVERSED) else ATTENTION if found.end == ends.UNKNOWN else BAD)
        return lambda page: screens_result.message(c, title, words, told.icon, page)
