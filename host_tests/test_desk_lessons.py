"""Lessons: the text format with its errors, and every lesson played from start to end by a robot student."""

import asyncio
import time

import pytest

from desk.errors import DeskError
from desk.lesson_file import LessonError, load, parse
from desk.lesson_library import FOLDER, Library
from desk.lesson_robot import Robot, Stuck
from desk.lessons import LessonRun
from desk.room import Room
from play.acts import Act

SETTINGS = {"language": "en", "answer_timeout_s": 3, "reversal_pause_s": 0, "card_timeout_s": 20}
OPTIONS = {"heap": "320k", "bounce_us": 500, "reader_scale": 0.1}
NAMED = (
    "sale",
    "cryptogram",
    "wrong-pin",
    "lost-answer",
    "power-failure",
    "reversal-fails",
    "card-unusable",
    "tap-interrupted",
    "declined",
    "pending-first",
)

HEAD = """title
en: T
zh: 题
about
en: A
zh: 述
minutes: 5
"""
STEP = """step one
  en: Do it.
  zh: 做吧。
  until screen "1.00"
"""
QUESTION = """step
  en: Think.
  zh: 想想。
  ask
    en: Yes?
    zh: 是吗？
  choice right
    en: Yes
    zh: 是
  because
    en: So it is.
    zh: 就是。
  choice wrong
    en: No
    zh: 否
  because
    en: It is not.
    zh: 不是。
"""


def lessons() -> list:
    return Library().all()


# the format ---------------------------------------------------------------------------------


def test_a_lesson_is_read():
    lesson = parse(
        "# a comment\n"
        + HEAD
        + STEP.replace("Do it.", "Do it\n    now.\n\n    And rest.\n    - one\n    - two")
        + '  not screen "2.00" | "二元"\n    en: No.\n    zh: 不。\n  back to one\n  do host drop-answer next sale\n'
        + "  hint\n    en: H\n    zh: 提\n  robot press 1 0 0 #\n"
        + QUESTION,
        "try.txt",
    )
    assert (lesson.id, lesson.minutes, len(lesson.steps)) == ("try", 5, 2)
    step = lesson.steps[0]
    assert step.text == {"en": "Do it now.\n\nAnd rest.\n- one\n- two", "zh": "做吧。"}
    assert step.acts == [Act("host", ("drop-answer next sale",))]
    assert step.robot == [Act("press", ("100#",))]
    assert step.hints == [{"en": "H", "zh": "提"}]
    condition, text, back = step.unwanted[0]
    assert (
        [screen.words for screen in condition.values] == [("2.00",), ("二元",)]
        and text == {"en": "No.", "zh": "不。"}
        and back == "one"
    )
    question = lesson.steps[1].question
    assert [(choice.right, choice.because["en"]) for choice in question.choices] == [(True, "So it is."), (False, "It is not.")]
    shown = str(lesson.whole())
    assert "Yes?" in shown and "So it is" not in shown  # the answers stay with the engine


def test_chinese_lines_are_joined_without_a_blank():
    lesson = parse(HEAD + "step\n  en: A\n    b\n  zh: 第一行\n    第二行 # 键\n  until idle\n", "zh.txt")
    assert lesson.steps[0].text == {"en": "A b", "zh": "第一行第二行 # 键"}


@pytest.mark.parametrize(
    "text, line, word",
    [
        ("", 1, "title"),
        (HEAD, 1, "step"),
        (HEAD.replace("zh: 题\n", "") + STEP, 1, "zh:"),
        (HEAD + STEP.replace("  zh: 做吧。\n", ""), 8, "zh:"),
        (HEAD + STEP.replace('  until screen "1.00"\n', ""), 8, "nothing to wait for"),
        (HEAD + STEP + "  untill idle\n", 12, "untill"),
        (HEAD + STEP + "  until sunshine\n", 12, "sunshine"),
        (HEAD + STEP + "  until key 5\n", 12, "key"),
        (HEAD + STEP + "  until card visa-gold\n", 12, "visa-gold"),
        (HEAD + STEP + "  until message 0210\n", 12, "other way"),
        (HEAD + STEP + "  until answer 0210 code=00\n", 12, "F39=00"),
        (HEAD + STEP + "  until apdu GPO 90\n", 12, "status word"),
        (HEAD + STEP + "  until screen |\n", 12, "WORDS"),
        (HEAD + STEP + "  until screen DECLINE\n", 12, "DECLINE"),
        (HEAD + STEP + '  until screen "A\n', 12, "quotation"),
        (HEAD + STEP + "  do host drop-anser\n", 12, "drop-anser"),
        (HEAD + STEP + "  do host refuse always\n", 12, "every terminal"),
        (HEAD + STEP + "  do host day-cut\n", 12, "day-cut"),
        (HEAD + STEP + "  do speed 7\n", 12, "speed"),
        (HEAD + STEP + "  do clear\n", 12, "do clear: is written now: host clear"),
        (HEAD + STEP + "  do cut after write 2\n", 12, "is written now: cut write 2"),
        (HEAD + STEP + "  do tap visa-credit\n", 12, "do tap: not the lesson's"),
        (HEAD + STEP + "  do fault dead\n", 12, "do fault: not the lesson's"),
        (HEAD + STEP + "  en: twice\n", 12, "already"),
        (HEAD + STEP + "  robot press X\n", 12, "robot press: X is no key"),
        (HEAD + STEP + "  robot see HINT_IDLE\n", 12, "is written now: expect HINT_IDLE"),
        (HEAD + STEP + "  robot online\n", 12, "is written now: wait online"),
        (HEAD + STEP + "  robot cut now\n", 12, "robot cut: not the student's"),
        (HEAD + STEP + "  robot hold A 9s\n", 12, "5s at most"),
        (HEAD + STEP + "  robot tap visa-credit after=2\n", 12, "no options"),
        (HEAD + STEP + "  robot tap session.json\n", 12, "no card is named"),
        (HEAD + STEP + "  robot open\n", 12, "opened: what?"),
        (HEAD + STEP + "  back to one\n", 12, "behind a not"),
        (HEAD + STEP + "  not idle\n    en: a\n    zh: b\n  back to two\n", 15, "two"),
        (HEAD + STEP + "  check it\n", 8, "predicted"),
        (HEAD + STEP + STEP, 12, "line 8"),
        (HEAD + STEP + "  choice right\n", 12, "behind ask"),
        (HEAD + QUESTION.replace("choice right", "choice wrong"), 11, "one of them right"),
        (HEAD + QUESTION.replace("  because\n    en: It is not.\n    zh: 不是。\n", ""), 20, "because"),
        (HEAD.replace("5", "five") + STEP, 7, "minutes"),
        (HEAD + "  until idle\n", 8, "before the first step"),
        (HEAD + STEP + "  show cellar\n", 12, "cellar"),
    ],
)
def test_errors_name_file_and_line(text, line, word):
    with pytest.raises(LessonError) as caught:
        parse(text, "bad.txt")
    assert str(caught.value).startswith(f"bad.txt:{line}: ")
    assert word in str(caught.value)


def test_one_bad_file_does_not_hide_the_others(tmp_path):
    (tmp_path / "good.txt").write_text(HEAD + STEP, encoding="utf-8")
    (tmp_path / "bad.txt").write_text(HEAD + "step\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes(b"title\nen: \xe9\n")
    heads = Library([tmp_path]).heads()
    assert [head["id"] for head in heads["lessons"]] == ["good"]
    assert [error.split(":")[0] for error in heads["errors"]] == ["bad.txt", "latin.txt"]
    with pytest.raises(DeskError):
        Library([tmp_path]).find("bad")


def test_a_teachers_folder_may_replace_a_lesson(tmp_path):
    (tmp_path / "sale.txt").write_text(HEAD + STEP, encoding="utf-8")
    assert Library([FOLDER, tmp_path]).find("sale").title == {"en": "T", "zh": "题"}


# the lessons themselves ---------------------------------------------------------------------


def test_the_lessons_that_are_asked_for_are_there():
    found = [lesson.id for lesson in lessons()]
    assert set(NAMED) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.id)
def test_a_lesson_is_whole(lesson):
    assert 6 <= len(lesson.steps) <= 12
    assert any(step.question for step in lesson.steps)
    for text in _texts(lesson):
        assert text["en"].isascii() or "–" in text["en"], text["en"]
        assert any("\u4e00" <= sign <= "\u9fff" for sign in text["zh"]), text["zh"]
        assert not any(sign in text["zh"] for sign in ",;?!"), text["zh"]  # Chinese text has Chinese stops


def _texts(lesson):
    yield from (lesson.title, lesson.about)
    for step in lesson.steps:
        yield step.text
        yield from step.hints
        yield from (text for _, text, _ in step.unwanted)
        if step.question:
            yield step.question.text
            for choice in step.question.choices:
                yield from (choice.text, choice.because)


def test_the_example_of_the_readme_is_a_lesson():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    example = text.split("```text\n")[1].split("```")[0]
    assert parse(example, "example.txt").steps


# against a real terminal --------------------------------------------------------------------


def in_a_room(tmp_path, play, count=1, **more):
    """Run `play(room, terminal)` at each of these terminals, all at the same time; what came of it at the first one."""

    async def go():
        room = Room(tmp_path, count, tls=False, settings={**SETTINGS, **more}, options=OPTIONS)
        async with room:
            return (await asyncio.gather(*[play(room, terminal) for terminal in room.terminals]))[0]

    return asyncio.run(go())


def test_every_lesson_is_played_to_its_end(tmp_path):
    """By three students at once: a lesson takes hardly any computing, and long waits."""
    left, told = list(reversed(lessons())), {}

    async def play(room, terminal):
        while left:
            lesson = left.pop()
            began = time.monotonic()
            robot = Robot(lesson, terminal)
            await robot.play()
            told[lesson.id] = time.monotonic() - began
            assert robot.seen[-1]["done"] and robot.seen[-1]["state"] == "finished"
            assert [event["step"] for event in robot.seen] == sorted(event["step"] for event in robot.seen)
            assert any(event["prediction"] for event in robot.seen) == any(step.check for step in lesson.steps)
            # The lesson leaves nothing behind that would surprise the next one.
            assert terminal.faults() == [] and terminal.wifi and terminal.speed == 1 and terminal.card is None
            assert (await terminal.journal())["pending"] is None

    in_a_room(tmp_path, play, 3)
    assert set(told) == {lesson.id for lesson in lessons()} and sum(told.values()) < 180, told


@pytest.mark.parametrize("condition", ["message 0420", 'screen "NEVER"', "journal partial", "opened 5F20"])
def test_a_lesson_that_cannot_be_done_is_noticed(tmp_path, condition):
    lesson = parse(HEAD + STEP.replace('screen "1.00"', condition) + "  robot press 100#\n", "never.txt")

    async def play(room, terminal):
        with pytest.raises(Stuck) as caught:
            await Robot(lesson, terminal, 1.5).play()
        assert "never.txt:8" in str(caught.value) and condition in str(caught.value)

    in_a_room(tmp_path, play)


def test_what_a_student_does_else_gives_a_hint_and_leads_back(tmp_path):
    text = (
        HEAD
        + STEP
        + "  patience 1\n  hint\n    en: Press 1 0 0.\n    zh: 按 1 0 0。\n"
        + (
            'step two\n  en: Go on with #.\n  zh: 按 # 继续。\n  until screen "Present card"\n'
            "  not idle\n    en: You have cancelled.\n    zh: 你取消了。\n  back to one\n"
        )
    )
    lesson = parse(text, "astray.txt")

    async def play(room, terminal):
        events = []
        news = asyncio.Event()

        def hear(event):
            events.append(event)
            news.set()

        async def until(wanted):
            while not (events and wanted(events[-1])):
                news.clear()
                await asyncio.wait_for(news.wait(), 10)

        await terminal.bench.wait_text(lambda lines: "Type an amount" in lines, 10)
        run = LessonRun(lesson, terminal, hear)
        terminal.watchers.add(run.on_event)
        task = asyncio.create_task(run.run())
        await until(lambda event: event["step"] == 1)
        await until(lambda event: event["hint"] == {"en": "Press 1 0 0.", "zh": "按 1 0 0。"})  # by the time alone
        assert events[-1]["hints_left"] == 0
        for key in "100":
            await terminal.command({"do": "key", "key": key})
        await until(lambda event: event["step"] == 2)
        await terminal.command({"do": "key", "key": "D"})
        await until(lambda event: event["step"] == 1 and event["hint"] == {"en": "You have cancelled.", "zh": "你取消了。"})
        for key in "100":
            await terminal.command({"do": "key", "key": key})
        await until(lambda event: event["step"] == 2)
        await terminal.command({"do": "key", "key": "#"})
        await until(lambda event: event["done"])
        await task

    in_a_room(tmp_path, play)


def test_a_lesson_is_begun_and_ended_by_a_page(tmp_path):
    async def play(room, terminal):
        await terminal.bench.wait_text(lambda lines: "Type an amount" in lines, 10)
        events = []
        terminal.watchers.add(lambda event: events.append(event) if event["ev"] == "lesson" else None)
        assert (await terminal.command({"do": "lesson-start", "lesson": "wrong-mac"}))["lesson"] == "wrong-mac"
        while not (events and events[-1]["step"] == 1):
            await asyncio.sleep(0)
        assert terminal.hello()["lesson"]["id"] == "wrong-mac"  # a reload shows it again
        assert [fault["fault"] for fault in terminal.faults()] == ["corrupt"]
        await terminal.command({"do": "lesson-stop"})
        assert terminal.faults() == [] and terminal.hello()["lesson"] is None
        assert events[-1]["state"] == "stopped"
        with pytest.raises(DeskError):
            await terminal.command({"do": "lesson-start", "lesson": "no-such"})
        await terminal.command({"do": "pressed", "what": "continue"})  # a late click does no harm

    in_a_room(tmp_path, play)


def test_lesson_files_are_utf8_and_short():
    for path in FOLDER.glob("*.txt"):
        load(path)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert len(line) <= 150, f"{path.name}:{number}"


# F-D1, F-D2, F-D4 ---------------------------------------------------------------------------


def test_f_d1_the_robot_presses_only_what_the_page_offers(tmp_path, monkeypatch):
    """A page that is not told that Continue is wanted now shows no button, and the robot has nothing to press."""
    monkeypatch.setattr(LessonRun, "_tell_change", lambda run: None)
    lesson = parse(
        HEAD + "step\n  en: Do it.\n  zh: 做吧。\n  until screen PRESENT_CARD\n  until pressed continue\n  robot press 100#\n",
        "silent.txt",
    )

    async def play(room, terminal):
        with pytest.raises(Stuck, match="Continue is not offered"):
            await Robot(lesson, terminal, 1.5).play()

    in_a_room(tmp_path, play)


@pytest.mark.parametrize("act, said", [("remove", "card-off"), ("power on", "power"), ("open 0200", "shows no 0200")])
def test_f_d1_the_robot_finds_no_control_for(tmp_path, act, said):
    lesson = parse(HEAD + STEP + f"  robot {act}\n", "none.txt")

    async def play(room, terminal):
        with pytest.raises(Stuck, match=said):
            await Robot(lesson, terminal, 1.5).play()

    in_a_room(tmp_path, play)


def test_f_d2_conditions_name_screens_and_quote_only_figures():
    for lesson in lessons():
        for step in lesson.steps:
            for condition in [*step.until, *(row[0] for row in step.unwanted)]:
                if condition.kind == "screen":
                    words = [word for screen in condition.values for word in screen.words]
                    assert all(word.replace(".", "").isdigit() for word in words), f"{lesson.id}: {condition.line}"


def test_f_d2_the_chinese_lesson_of_the_wrong_pin_is_passed(tmp_path):
    async def play(room, terminal):
        await Robot(Library().find("wrong-pin"), terminal).play()

    in_a_room(tmp_path, play, language="zh")


def test_f_d4_a_lesson_that_is_left_in_its_middle_does_not_block_the_next(tmp_path):
    lesson = parse(HEAD + STEP, "next.txt")

    class Shelf(Library):
        def find(self, name):
            return lesson if name == "next" else super().find(name)

    async def play(room, terminal):
        room.lessons = Shelf()
        await terminal.bench.wait_text(lambda lines: "Type an amount" in lines, 10)
        await terminal.command({"do": "lesson-start", "lesson": "pending-first"})
        events = []
        news = asyncio.Event()

        def hear(event):
            if event["ev"] == "lesson":
                events.append(event)
                news.set()

        async def step(number):
            while not (events and events[-1]["step"] == number):
                news.clear()
                await asyncio.wait_for(news.wait(), 30)

        terminal.watchers.add(hear)
        await step(1)
        for key in "600#":
            await terminal.command({"do": "key", "key": key})
        await step(2)
        await terminal.command({"do": "card", "card": "visa-debit"})
        await step(4)
        assert (await terminal.journal())["pending"]
        await terminal.command({"do": "lesson-stop"})
        events.clear()
        await terminal.command({"do": "lesson-start", "lesson": "next"})
        await terminal.bench.wait_text(lambda lines: "REVERSED" in lines.names, 30)
        await terminal.command({"do": "key", "key": "#"})  # it says so for 15 seconds, or until somebody has seen it
        await step(1)
        assert (await terminal.journal())["pending"] is None and terminal.speed == 1 and terminal.wifi

    in_a_room(tmp_path, play)


def test_f_d4_a_terminal_that_lost_patience_while_a_question_was_read_leads_back(tmp_path):
    text = (
        HEAD
        + STEP
        + QUESTION.replace("  ask\n", "  predict it\n")
        + (
            "step two\n  en: Go on.\n  zh: 继续。\n  until screen PRESENT_CARD\n"
            "  not idle\n    en: It is idle again.\n    zh: 终端已空闲。\n  back to one\n"
        )
    )
    lesson = parse(text, "slow.txt")

    async def play(room, terminal):
        await terminal.bench.wait_text(lambda lines: "Type an amount" in lines, 10)
        events = []
        news = asyncio.Event()

        def hear(event):
            events.append(event)
            news.set()

        async def until(wanted):
            while not (events and wanted(events[-1])):
                news.clear()
                await asyncio.wait_for(news.wait(), 10)

        run = LessonRun(lesson, terminal, hear)
        terminal.watchers.add(run.on_event)
        task = asyncio.create_task(run.run())
        await until(lambda event: event["step"] == 1)
        for key in "100":
            await terminal.command({"do": "key", "key": key})
        await until(lambda event: event["step"] == 2)
        await terminal.command({"do": "key", "key": "D"})
        await terminal.bench.wait_text(lambda lines: "Type an amount" in lines, 10)
        run.answer(0)
        await until(lambda event: event["step"] == 1 and event["hint"] == {"en": "It is idle again.", "zh": "终端已空闲。"})
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    in_a_room(tmp_path, play)
