"""Every lesson, walked to its end on the page by clicks, in both languages, on a laptop and on a phone, with axe-core."""

import asyncio
import os

import pytest

from campaigns.browser import ARGUMENTS, DeskThread, NoBrowser, find
from desk.lesson_library import Library

try:
    from browser import axe
    from browser.student import STEP_MS, Student
    from playwright.async_api import Error, async_playwright
except ImportError:  # only without the test extra: told by the fixture
    async_playwright = None

# Waiting that teaches nothing is short; a lesson's own fast-forward is as it is.
SETTINGS = {"answer_timeout_s": 3, "reversal_pause_s": 0}
OPTIONS = {"bounce_us": 500}
LAPTOP = {"viewport": {"width": 1280, "height": 720}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
LESSONS = [lesson.id for lesson in Library().all()]
ODD, EVEN = LESSONS[::2], LESSONS[1::2]
# Two walks a lesson: each in both languages and at both sizes, and each pair of these with half of the lessons …
CLASSES = {
    "odd": [("en", LAPTOP, ODD), ("zh", PHONE, ODD)],
    "even": [("zh", LAPTOP, EVEN), ("en", PHONE, EVEN)],
}
if os.environ.get("TAPTILL_LESSONS") == "all":  # … and with the other half: `make lessons`
    CLASSES |= {
        "odd the other way": [("zh", LAPTOP, ODD), ("en", PHONE, ODD)],
        "even the other way": [("en", LAPTOP, EVEN), ("zh", PHONE, EVEN)],
    }


@pytest.fixture(scope="module")
def program():
    try:
        if async_playwright is None:
            raise NoBrowser("no browser: playwright is not installed (make test brings it)")
        return find()
    except NoBrowser as missing:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{missing}; here it must be")
        pytest.skip(str(missing))


async def walk_all(program: str, desk: DeskThread, classes: list) -> tuple:
    """Let the students of these classes walk; what went wrong, a line each, and how many states were looked at."""
    wrong: list = []
    looked_at = []

    async def study(browser, number: int, language: str, window: dict, names: list) -> None:
        context = await browser.new_context(locale=LOCALES[language], color_scheme="light", **window)
        context.set_default_timeout(STEP_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        student = Student(page, desk.url, number, language)
        await student.sit_down()
        for name in names:
            lesson = Library().find(name)
            try:
                await student.walk(lesson)
            except (AssertionError, Error) as error:
                wrong.append(f"{window['viewport']['width']} px: {error}")
                await student.give_up()
        looked_at.append(student.looked_at)
        await context.close()

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        try:
            await asyncio.gather(*[study(browser, number, *each) for number, each in enumerate(classes, 1)])
        finally:
            await browser.close()
    return wrong, sum(looked_at)


@pytest.mark.parametrize("classes", list(CLASSES.values()), ids=list(CLASSES))
def test_every_lesson_is_walked_by_clicks_to_its_end(program, classes):
    """F-D1, F-D2, F-D8, F-D12: the Continue button is there when it is wanted, Chinese lessons can be passed, and in every
    state of a lesson nothing is cut and axe-core finds nothing."""
    axe.source()
    steps = sum(len(Library().find(name).steps) for _, _, names in classes for name in names)
    with DeskThread(len(classes), settings=SETTINGS, options=OPTIONS) as desk:
        wrong, looked_at = asyncio.run(walk_all(program, desk, classes))
        assert wrong == []
        assert looked_at > steps
        for terminal in desk.room.terminals:  # nothing is left behind that would surprise the next student
            assert terminal.faults() == [] and terminal.wifi and terminal.speed == 1
            assert desk.run(terminal.journal())["pending"] is None
