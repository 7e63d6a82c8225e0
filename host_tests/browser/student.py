"""A student who walks through a lesson on the page: real clicks, on what can be seen and used, and nothing else.

Playwright clicks only what is visible, enabled, still, and not covered; what cannot be clicked so ends the walk.
"""

import re

from playwright.async_api import Error, expect

from play import acts
from words import screen_names

from . import axe, layout

STEP_MS = 20_000  # a bound for a busy computer, not a wait
_CARD_CORNER = {"x": 20, "y": 12}  # cards overlap; this corner of each is free
FINISHED = {"en": "Lesson finished", "zh": "课程完成"}
_IDLE = screen_names.read("HINT_IDLE")
# What is seen in a row of the wire, where a lesson asks for something inside it.
_INSIDE = {"F52": "0200", "9F26": "GENERATE AC|GET PROCESSING", "APDU": "GENERATE AC|GET PROCESSING|READ|SELECT"}

# Tags, classes and attributes of everything in the card of the lesson: what of a state makes a difference to axe-core.
_KINDS = r"""() => [...new Set([...document.querySelectorAll("#lead, #lead *")].map((element) => [element.localName,
  ...[...element.attributes].map((each) => each.name === "class" || each.name === "role" ? each.value : each.name)].join(" ")))]
  .sort().join("\n")"""
# Who reads the card scrolls to it, when a click elsewhere has left its head behind the tabs that stay: whatever lies under
# them there can be reached by nobody, and axe-core calls a button that is half under another too small.
_TO_THE_CARD = """() => {
  const head = document.querySelector("#lesson .lesson-head");
  if (head && head.getBoundingClientRect().top < document.querySelector("#tabs").getBoundingClientRect().bottom) {
    document.getElementById("lesson").scrollIntoView({ block: "start" });
  }
}"""


class Student(acts.Port):
    """At terminal `number` of the desk at `url`; `language` is the page's, "en" or "zh"."""

    def __init__(self, page, url: str, number: int, language: str):
        self.page, self.language = page, language
        self._judged: set = set()  # by axe-core until now, as kinds of elements
        self._url, self.number = f"{url}{number}", number
        self._card = page.locator("#lesson")
        self.looked_at = 0  # states of lessons that were looked at
        self._place = self._card.locator(".lesson-place")

    async def sit_down(self) -> None:
        """Open the page and wait for the idle terminal, which speaks the page's language."""
        await self.page.goto(self._url)
        words = {"en": "Type an amount", "zh": "请输入金额"}[self.language]
        await expect(self.page.locator("#screen-text")).to_have_attribute("aria-label", re.compile(words), timeout=STEP_MS)
        await axe.load(self.page)

    async def screen(self) -> screen_names.Shown:
        """The lines of the OLED, as a screen reader gets them."""
        words = self.page.locator("#screen-text")
        label, names = await words.get_attribute("aria-label"), await words.get_attribute("data-names")
        return screen_names.Shown(re.sub(r"^[^:：]*[:：] ?", "", label).split(". "), names.split())

    async def walk(self, lesson) -> None:
        """From the list of lessons to "Lesson finished".  Raises AssertionError, playwright's Error."""
        await self.page.locator("#tab-lessons").click()
        await self.page.locator(f'[data-lesson="{lesson.id}"]').click()
        for number, step in enumerate(lesson.steps, 1):
            try:
                await self._step(lesson, number, step)
            except (AssertionError, Error) as error:
                said = re.sub(r"\x1b\[\d+m", "", str(error)).strip().splitlines()
                raise AssertionError(
                    f"{lesson.id} step {number} of {len(lesson.steps)} ({self.language}): "
                    f"{' '.join(line.strip() for line in said[:3] + said[3:][-6:])}; the screen: "
                    f"{' / '.join(await self.screen())}"
                ) from None
        await expect(self._place).to_have_text(FINISHED[self.language], timeout=STEP_MS)
        await self._look()
        await self._card.locator("[data-part=stop]").click()
        await expect(self._card).to_be_hidden(timeout=STEP_MS)

    async def give_up(self) -> None:
        """Out of a lesson that cannot be walked: end it, and the power off and on again."""
        power = self.page.locator("#power")
        stop = self._card.locator("[data-part=stop]")
        if await stop.is_visible():
            await stop.click()
        if await power.get_attribute("aria-pressed") == "true":
            await power.click()
            await expect(power).to_have_attribute("aria-pressed", "false", timeout=STEP_MS)
        await power.click()
        for _ in range(4):
            if await self.page.locator("#card-on-reader").count():
                await self.page.locator("#card-on-reader").click()
            if screen_names.any_of(_IDLE, await self.screen()):
                return
            await self.page.wait_for_timeout(1500)
            await self.key("#")

    async def _step(self, lesson, number: int, step) -> None:
        pressed = (step.question and not step.question.name) or any(until.kind == "pressed" for until in step.until)
        here = self._places(lesson, [number])
        if not (step.robot or step.question or pressed):  # it goes on by itself, maybe before it could be seen
            await expect(self._place).to_have_text(self._places(lesson, range(number, len(lesson.steps) + 1)), timeout=STEP_MS)
            await self._look()
            await expect(self._place).not_to_have_text(here, timeout=STEP_MS)
            return
        await expect(self._place).to_have_text(here, timeout=STEP_MS)
        if number == 1:  # a lesson that begins here is what is seen, whole and with the tabs above it
            await expect(self._card.locator(".lesson-text")).to_be_in_viewport(ratio=1, timeout=STEP_MS)
        await self._look()
        for act in step.robot:
            if act.name == "open":
                await self._open(act.words[0])
            else:
                await acts.perform(act, self)
        if step.question:
            await self._choose(step.question)
        if pressed:
            await self._card.locator("[data-part=continue]").click(timeout=STEP_MS)
        await expect(self._place).not_to_have_text(here, timeout=STEP_MS)

    def _places(self, lesson, numbers) -> re.Pattern:
        """What stands in the head of the card at one of these steps, or after the last of the lesson."""
        last = len(lesson.steps)
        words = [{"en": f"Step {number} of {last}", "zh": f"第 {number} 步，共 {last} 步"}[self.language] for number in numbers]
        return re.compile(f"^({'|'.join(words + ([FINISHED[self.language]] if len(words) > 1 else []))})$")

    async def _look(self) -> None:
        """Nothing is wrong with the card of the lesson as it is now, and nothing of it or of the page is cut."""
        await self.page.evaluate(_TO_THE_CARD)
        kinds = await self.page.evaluate(_KINDS)
        if kinds not in self._judged:  # a judgement takes half a second, and nothing in this state is new to it
            self._judged.add(kinds)
            found = await axe.violations(self.page, "#lead")
            assert found == [], found
        cut = await self.page.evaluate(layout.CUT, "#lesson")
        assert cut == [], cut
        self.looked_at += 1

    # acts -----------------------------------------------------------------------------------

    async def key(self, key: str, hold_s: float = 0.0) -> None:
        await self.page.locator(f'[data-key="{key}"]').click(delay=hold_s * 1000)

    async def card(self, card: str, options: dict) -> None:
        await self.page.locator(f'.cards [data-name="{card}"]').click(position=_CARD_CORNER)
        await expect(self.page.locator("#card-on-reader")).to_be_visible(timeout=STEP_MS)

    async def card_off(self) -> None:
        await self.page.locator("#card-on-reader").click()

    async def power(self, on: bool) -> None:
        switch = self.page.locator("#power")
        await expect(switch).to_have_attribute("aria-pressed", str(not on).lower(), timeout=STEP_MS)
        await switch.click()

    async def hand(self, on: str) -> None:
        await self.page.locator("#tab-faults").click()
        switch = self.page.locator("#fault-hand")
        await switch.click()
        await expect(switch).to_have_attribute("aria-pressed", str(on == "on").lower(), timeout=STEP_MS)

    async def line(self, how: str) -> None:
        """What guards the line; the terminal is set up anew for it and restarts."""
        await self.page.locator("#tab-faults").click()
        choice = self.page.locator(f"#line-{how}")
        await choice.click()
        await expect(choice).to_have_attribute("aria-pressed", "true", timeout=STEP_MS)
        await expect(choice).to_be_enabled(timeout=STEP_MS)

    mac = line

    async def expect(self, screens: tuple, there: bool, seconds: float) -> None:
        """For the page's own time, which a busy computer may need."""
        for _ in range(STEP_MS // 50):
            if screen_names.any_of(screens, await self.screen()) == there:
                return
            await self.page.wait_for_timeout(50)
        raise AssertionError(f"the screen says {' / '.join(await self.screen())}")

    async def wait(self, state: str, seconds: float) -> None:
        if state == "idle":
            await self.expect(_IDLE, True, seconds)
            return
        assert state in ("on", "off"), f"nothing on the page tells that the terminal is {state}"
        await expect(self.page.locator("#power")).to_have_attribute("aria-pressed", str(state == "on").lower(), timeout=STEP_MS)

    async def _open(self, what: str) -> None:
        await self.page.locator("#tab-wire").click()
        words = re.compile(_INSIDE.get(what) or re.escape(what))
        await self.page.locator("#panel-wire .wire-rows").get_by_role("button", name=words).last.click()

    async def _choose(self, question) -> None:
        right = next(at for at, choice in enumerate(question.choices) if choice.right)
        if not question.name:
            wrong = (right + 1) % len(question.choices)
            await self._card.locator(f'[data-choice="{wrong}"]').click()
            await expect(self._card.locator(".lesson-because.wrong")).to_be_visible(timeout=STEP_MS)
            await self._look()
        await self._card.locator(f'[data-choice="{right}"]').click()
