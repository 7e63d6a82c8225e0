"""Every lesson, walked to its end on the page by clicks, in both languages, on a laptop and on a phone."""

import asyncio
import os

import pytest

from campaigns.browser import ARGUMENTS, DeskThread, NoBrowser, find
from desk.lesson_library import Library

try:
    from browser.student import STEP_MS, Student
    from playwright.async_api import Error, async_playwright
except ImportError:  # only without the test extra: told by the fixture
    async_playwright = None

# Waiting that teaches nothing is short; a lesson's own fast-forward is as it is.
SETTINGS = {"answer_timeout_s": 3, "reversal_pause_s": 0, "card_timeout_s": 20}
OPTIONS = {"bounce_us": 500}
LAPTOP = {"viewport": {"width": 1280, "height": 720}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
STUDENTS = 4  # at the same time: most of a lesson is waiting
LESSONS = [lesson.id for lesson in Library().all()]
ON_THE_PHONE = ["sale", "wrong-pin", "power-failure", "reversal-fails"]


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


def joined(desk: DeskThread, number: int) -> bool:
    """Has the terminal an address?"""
    return desk.run(desk.terminal(number).bench.do("state")).get("wifi") == 1010  # network.STAT_GOT_IP of the ESP32


async def walk_all(program: str, desk: DeskThread, language: str, names: list, window: dict) -> list:
    """Let the students walk through these lessons; what went wrong, a line each."""
    waiting, wrong = list(names), []

    async def study(browser, number: int) -> None:
        context = await browser.new_context(locale=LOCALES[language], color_scheme="light", **window)
        context.set_default_timeout(STEP_MS)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        student = Student(page, desk.url, number, language, lambda: joined(desk, number))
        await student.sit_down()
        while waiting:
            lesson = Library().find(waiting.pop(0))
            try:
                await student.walk(lesson)
            except (AssertionError, Error) as error:
                wrong.append(str(error))
                await student.give_up()
        await context.close()

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        try:
            await asyncio.gather(*[study(browser, number) for number in range(1, desk.count + 1)])
        finally:
            await browser.close()
    return wrong


@pytest.mark.parametrize("language", list(LOCALES))
@pytest.mark.parametrize("window, names", [(LAPTOP, LESSONS), (PHONE, ON_THE_PHONE)], ids=["laptop", "phone"])
def test_every_lesson_is_walked_by_clicks_to_its_end(program, language, window, names):
    """F-D1, F-D2: the Continue button is there when it is wanted, and Chinese lessons can be passed."""
    with DeskThread(min(STUDENTS, len(names)), settings={**SETTINGS, "language": language}, options=OPTIONS) as desk:
        assert asyncio.run(walk_all(program, desk, language, names, window)) == []
        for terminal in desk.room.terminals:  # nothing is left behind that would surprise the next student
            assert terminal.faults() == [] and terminal.wifi and terminal.speed == 1
            assert desk.run(terminal.journal())["pending"] is None
