"""Lesson files: plain text that a teacher writes; lessons/README.md describes them.

A file is read line by line.  The first word says what a line is; blocks that hold words for people are followed by
`en:` and `zh:`, and a text goes on in lines that are indented deeper than its `en:`.  Every error names file and line.
"""

import pathlib

from acquirer import faults
from play.acts import Act, nothing, number

from .errors import DeskError
from .lesson_acts import do, robot
from .lesson_conditions import Condition

_LANGUAGES = ("en", "zh")
_TABS = ("wire", "faults", "ledger")
PATIENCE_S = 60.0
MOST_STEPS = 60


class LessonError(Exception):
    """A lesson that cannot be read: names file and line."""


class Step:
    """One step.  Texts are {"en", "zh"}.

    `acts` are done before the text is shown; `until` conditions that must all come true;
    `hints` texts; `unwanted` [(condition, text, name of a step to go back to or "")]; `question` a Question or None;
    `check` the name of the prediction that is looked at now; `show` a tab; `robot` the acts of the robot student.
    """

    def __init__(self, name: str, line: int):
        self.name, self.line = name, line
        self.text: dict = {}
        self.acts: list[Act] = []
        self.until: list = []
        self.hints: list = []
        self.unwanted: list = []
        self.question: Question | None = None
        self.check = ""
        self.show = ""
        self.patience = PATIENCE_S
        self.robot: list[Act] = []


class Question:
    """`name` is "" for a question that is judged at once, else a prediction that is kept until `check NAME`."""

    def __init__(self, name: str, line: int):
        self.name, self.line = name, line
        self.text: dict = {}
        self.choices: list = []


class Choice:
    """An answer that can be chosen, whether it is right, and why."""

    def __init__(self, right: bool, line: int):
        self.right, self.line = right, line
        self.text: dict = {}
        self.because: dict = {}


class Lesson:
    """A whole lesson: `id`, `title`, `about`, `minutes`, `order` (place in the list), `steps`."""

    def __init__(self, name: str):
        self.id = name
        self.title: dict = {}
        self.about: dict = {}
        self.minutes = 0
        self.order = 1000
        self.steps: list = []

    def head(self) -> dict:
        """For the list of lessons."""
        return {"id": self.id, "title": self.title, "about": self.about, "minutes": self.minutes, "steps": len(self.steps)}

    def whole(self) -> dict:
        """With the texts of the steps, but without what would give the answers away."""
        steps = []
        for step in self.steps:
            shown = {"text": step.text, "hints": step.hints}
            if step.question:
                shown["question"] = {"text": step.question.text, "choices": [each.text for each in step.question.choices]}
            steps.append(shown)
        return {**self.head(), "steps": steps}


def load(path) -> Lesson:
    """The lesson in a file.  Raises LessonError, OSError."""
    path = pathlib.Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LessonError(f"{path.name}:1: not UTF-8 ({error.reason})") from None
    return parse(text, path.name)


def parse(text: str, name: str) -> Lesson:
    """The lesson in a text; its id is `name` without ".txt".  Raises LessonError."""
    return _Reader(text, name).lesson


class _Reader:
    def __init__(self, text: str, name: str):
        self.name = name
        self.lesson = Lesson(name.removesuffix(".txt"))
        self._step: Step | None = None
        self._question: Question | None = None
        self._choice: Choice | None = None
        self._text: dict | None = None  # the block that en: and zh: belong to
        self._blocks: list = []  # (line, what, text): checked for both languages at the end
        self._open = ""  # language of the text that may go on
        self._depth = self._line = 0
        self._names: dict = {}
        self._backs: list = []
        self._gap = False
        for self._line, line in enumerate(text.splitlines(), 1):
            try:
                self._take(line)
            except (ValueError, DeskError, faults.FaultError) as error:
                raise self._error(str(error)) from None
        self._finish()

    def _error(self, text: str, line: int = 0) -> LessonError:
        return LessonError(f"{self.name}:{line or self._line}: {text}")

    def _take(self, line: str) -> None:
        if line.startswith("#"):
            return
        bare = line.strip()
        if not bare:
            self._gap = True
            return
        depth = len(line) - len(line.lstrip())
        if self._open and depth > self._depth:
            self._go_on(bare)
            return
        self._open = ""
        for language in _LANGUAGES:
            if bare.startswith(language + ":"):
                self._begin_text(language, bare[3:].strip(), depth)
                return
        word, _, rest = bare.partition(" ")
        take = getattr(self, "_take_" + word.rstrip(":").replace("-", "_"), None)
        if take is None:
            raise ValueError(f"{word}: no such word; a text goes on only in lines that are indented deeper than its en: or zh:")
        take(rest.strip())

    def _begin_text(self, language: str, words: str, depth: int) -> None:
        if self._text is None:
            raise ValueError(f"{language}: belongs to nothing here")
        if language in self._text:
            raise ValueError(f"{language}: is already there")
        self._text[language] = words
        self._open, self._depth, self._gap = language, depth, False

    def _go_on(self, words: str) -> None:
        before = self._text[self._open]
        if self._gap and before:
            joint = "\n\n"
        elif words.startswith("- "):
            joint = "\n"
        else:
            joint = _joint(before, words)
        self._text[self._open] = before + joint + words
        self._gap = False

    def _block(self, what: str, text: dict) -> None:
        self._text = text
        self._blocks.append((self._line, what, text))

    def _in_step(self, what: str) -> Step:
        if self._step is None:
            raise ValueError(f"{what}: before the first step")
        return self._step

    # of the lesson --------------------------------------------------------------------------

    def _take_title(self, rest: str) -> None:
        nothing("title", rest)
        if self.lesson.title:
            raise ValueError("title: there is one already")
        self._block("title", self.lesson.title)

    def _take_about(self, rest: str) -> None:
        nothing("about", rest)
        self._block("about", self.lesson.about)

    def _take_minutes(self, rest: str) -> None:
        self.lesson.minutes = number("minutes", rest, 1, 90)

    def _take_order(self, rest: str) -> None:
        self.lesson.order = number("order", rest, 1, 999)

    # of a step ------------------------------------------------------------------------------

    def _take_step(self, rest: str) -> None:
        if rest in self._names and rest:
            raise ValueError(f"step {rest}: the name is used in line {self._names[rest]}")
        if len(rest.split()) > 1:
            raise ValueError(f"step {rest}: a name is one word")
        self._names[rest] = self._line
        self._step = Step(rest, self._line)
        self._question = self._choice = None
        self.lesson.steps.append(self._step)
        if len(self.lesson.steps) > MOST_STEPS:
            raise ValueError(f"step: more than {MOST_STEPS}")
        self._block("step", self._step.text)

    def _take_do(self, rest: str) -> None:
        self._in_step("do").acts.append(do(rest))

    def _take_until(self, rest: str) -> None:
        self._in_step("until").until.append(Condition(rest))

    def _take_hint(self, rest: str) -> None:
        nothing("hint", rest)
        text: dict = {}
        self._in_step("hint").hints.append(text)
        self._block("hint", text)

    def _take_not(self, rest: str) -> None:
        step = self._in_step("not")
        text: dict = {}
        step.unwanted.append([Condition(rest), text, ""])
        self._block("not", text)

    def _take_back(self, rest: str) -> None:
        step = self._in_step("back")
        if not step.unwanted or not rest.startswith("to "):
            raise ValueError("back to STEP: belongs behind a not and its texts")
        step.unwanted[-1][2] = rest[3:].strip()
        self._backs.append((self._line, step.unwanted[-1][2]))

    def _take_show(self, rest: str) -> None:
        if rest not in _TABS:
            raise ValueError(f"show {rest}: one of {', '.join(_TABS)}")
        self._in_step("show").show = rest

    def _take_patience(self, rest: str) -> None:
        self._in_step("patience").patience = float(number("patience", rest.removesuffix("s"), 1, 600))

    def _take_robot(self, rest: str) -> None:
        self._in_step("robot").robot.append(robot(rest))

    # questions ------------------------------------------------------------------------------

    def _take_ask(self, rest: str) -> None:
        nothing("ask", rest)
        self._ask("")

    def _take_predict(self, rest: str) -> None:
        if len(rest.split()) != 1:
            raise ValueError("predict: a name of one word")
        self._ask(rest)

    def _ask(self, name: str) -> None:
        step = self._in_step("ask")
        if step.question:
            raise ValueError("a step has one question")
        step.question = self._question = Question(name, self._line)
        self._choice = None
        self._block("predict" if name else "ask", self._question.text)

    def _take_choice(self, rest: str) -> None:
        if self._question is None:
            raise ValueError("choice: belongs behind ask or predict")
        if rest not in ("right", "wrong"):
            raise ValueError("choice: right or wrong")
        self._choice = Choice(rest == "right", self._line)
        self._question.choices.append(self._choice)
        self._block("choice", self._choice.text)

    def _take_because(self, rest: str) -> None:
        nothing("because", rest)
        if self._choice is None or self._choice.because:
            raise ValueError("because: belongs behind a choice, once")
        self._block("because", self._choice.because)

    def _take_check(self, rest: str) -> None:
        self._in_step("check").check = rest

    # the whole ------------------------------------------------------------------------------

    def _finish(self) -> None:
        lesson = self.lesson
        for what, there in (
            ("title", lesson.title),
            ("about", lesson.about),
            ("minutes", lesson.minutes),
            ("step", lesson.steps),
        ):
            if not there:
                raise self._error(f"{what}: is missing", 1)
        for line, what, text in self._blocks:
            for language in _LANGUAGES:
                if not text.get(language):
                    raise self._error(f"{what}: {language}: is missing", line)
        predictions: set = set()
        for step in lesson.steps:
            if not step.until and not step.question:
                raise self._error("step: nothing to wait for (until, ask or predict)", step.line)
            if step.check and step.check not in predictions:
                raise self._error(f"check {step.check}: nothing of that name was predicted before", step.line)
            question = step.question
            if not question:
                continue
            rights = sum(choice.right for choice in question.choices)
            if len(question.choices) < 2 or rights != 1:
                raise self._error("a question has at least two choices, one of them right", question.line)
            for choice in question.choices:
                if not choice.because:
                    raise self._error("choice: because is missing", choice.line)
            if question.name:
                if question.name in predictions:
                    raise self._error(f"predict {question.name}: the name is used before", question.line)
                predictions.add(question.name)
        for line, name in self._backs:
            if name not in self._names or not name:
                raise self._error(f"back to {name}: no step has this name", line)


def _joint(before: str, after: str) -> str:
    """Nothing between two Chinese signs, a blank elsewhere."""
    if not before or not after:
        return ""
    return "" if ord(before[-1]) > 0x2E7F and ord(after[0]) > 0x2E7F else " "
