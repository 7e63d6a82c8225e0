"""A lesson that runs: a text that leads a student through a payment, with steps that check themselves.

A LessonRun hears everything that the pages of a terminal hear, compares it with the conditions of the running step and
tells the pages what to show.
"""

import asyncio

from acquirer.books import transactions
from play.acts import Act, perform
from rig.bench_watch import shown

from . import books
from .errors import DeskError
from .lesson_acts import TerminalPort
from .lesson_conditions import LOOKED_UP, opened_name, opened_names
from .lesson_file import Lesson, Step
from .lesson_ready import NO_FAULTS, PUT_RIGHT, READY

RUNNING, FINISHED, STOPPED = "running", "finished", "stopped"
_MOST_FACTS = 6000
_LOOK_S = 0.5  # how often what has to be looked up is looked up


class LessonRun:
    """One student's (or one class's) way through `lesson` at `terminal` (desk.terminal.Terminal).

    `send(event)` gives an event to the pages.  `on_event(event)` hears the terminal; `opened`, `pressed`, `answer` and
    `hint` are what the person does on the card of the lesson.
    """

    def __init__(self, lesson: Lesson, terminal, send):
        self.lesson, self.terminal = lesson, terminal
        self.state = RUNNING
        self.at = -1  # of lesson.steps; -1 while the terminal gets ready
        self._send = send
        self._port = TerminalPort(terminal.command)
        self._step: Step = READY
        self._news = asyncio.Event()
        self._facts: list = []  # (kind, value), as they came
        self._begin = 0  # of the step, in _facts
        self._sale = 0  # of the sale, in _facts
        self._watched = 0  # from here on what must not happen is looked for
        self._slow = False  # was the step before one for reading?  The terminal may have lost patience meanwhile
        self._payment = None
        self._met: set = set()  # conditions of this step that have come true
        self._unwanted_seen: list = []
        self._hints = 0  # of this step that have been given
        self._hint: dict | None = None
        self._chosen: list = []  # numbers of choices, in their order
        self._said: dict = {}  # prediction -> (Question, chosen number)
        self._ready = False
        self._continued = False
        self._show = ""
        self._told: dict | None = None  # the last event without its one-time parts

    # what happens ---------------------------------------------------------------------------

    def on_event(self, event: dict) -> None:
        """An event as the pages get it."""
        kind = event.get("ev")
        if kind == "screen":
            self._fact("screen", shown(event))
        elif kind == "card":
            self._fact("card", event.get("name"))
        elif kind == "power":
            self._fact("power", bool(event.get("on")))
        elif kind == "wifi":
            self._fact("wifi", bool(event.get("up")))
        elif kind == "payment":
            payment = event.get("payment") or {}
            if payment.get("kind") == "sale" and payment.get("id") != self._payment:
                self._payment = payment.get("id")
                self._sale = len(self._facts)
                self._met.clear()  # what came true in the sale before means nothing in this one
                self._fact("new", "sale")
        elif kind == "entry":
            self._entry(event.get("entry") or {})
        elif kind in ("faults", "ledger", "line"):
            self._news.set()

    def _entry(self, entry: dict) -> None:
        kind, detail = entry.get("kind"), entry.get("detail") or {}
        if kind == "key":
            self._fact("key", detail.get("key"))
        elif kind == "apdu":
            self._fact("apdu", (str(detail.get("name", "")), str(detail.get("sw", ""))))
        elif kind == "message" and not detail.get("late"):
            fields = {str(field.get("n")): str(field.get("value")) for field in detail.get("fields", ())}
            self._fact("message" if detail.get("dir") == "out" else "answer", (str(detail.get("mti", "")), fields))
        elif kind == "flash":
            self._fact("flash", detail.get("meaning", ""))
        elif kind == "fault" and entry.get("lane") == "host":
            self._fact("fault", detail.get("fault"))

    def _fact(self, kind: str, value) -> None:
        self._facts.append((kind, value))
        if len(self._facts) > _MOST_FACTS:
            gone = _MOST_FACTS // 2
            del self._facts[:gone]
            self._begin, self._sale = max(0, self._begin - gone), max(0, self._sale - gone)
            self._watched = max(0, self._watched - gone)
            self._unwanted_seen = [max(0, place - gone) for place in self._unwanted_seen]
        self._news.set()

    def opened(self, what: str = "", entry: int | None = None) -> None:
        """The person looks at something of the page: a tab, or an entry of the time line by its id."""
        names = set()
        if what:
            try:
                names.add(opened_name(what))
            except ValueError as error:
                raise DeskError(str(error)) from None
        for payment in self.terminal.timeline.payments if entry is not None else ():
            for each in payment.entries:
                if each["id"] == entry:
                    names |= opened_names(each)
        self._fact("opened", names)

    def pressed(self) -> None:
        """The button below the text; where there is none, a late click does no harm."""
        if not self.offers()["continue"]:
            return
        self._continued = True
        self._fact("pressed", "continue")

    def answer(self, number: int) -> None:
        """A choice of the question.  Raises DeskError."""
        question = self._step.question
        if question is None or not 0 <= number < len(question.choices):
            raise DeskError("answer: there is no such choice")
        if number not in self.offers()["choices"]:
            return  # a second click
        self._chosen.append(number)
        if question.name:
            self._said[question.name] = (question, number)
        self._tell()
        self._news.set()

    def hint(self) -> None:
        """The next hint, when there is one."""
        if self._hints < len(self._step.hints):
            self._hint = self._step.hints[self._hints]
            self._hints += 1
            self._tell()

    # the way --------------------------------------------------------------------------------

    async def run(self, first: asyncio.Task | None = None) -> None:
        """Play the lesson to its end, when `first` is done."""
        if first:
            self._ready = True
            self._tell()
            await asyncio.wait([first])
        await self._play()  # until the terminal is ready
        self.at, back = 0, ""
        while self.at < len(self.lesson.steps):
            self._step = self.lesson.steps[self.at]
            back = await self._play(self._hint if back else None)
            if back:
                self._sale = len(self._facts)  # what went astray is not to be taken for what comes
                self._slow = False
                self.at = next(number for number, step in enumerate(self.lesson.steps) if step.name == back)
            else:
                self.at += 1
        await self.end(FINISHED)

    async def end(self, state: str) -> None:
        """Over: nothing that the lesson has put wrong stays wrong."""
        self.state = state
        for act in PUT_RIGHT:
            await self._act(act)
        self._hint = None
        self._tell()

    def put_away(self) -> None:
        """A finished lesson is not shown any more."""
        self.state = STOPPED
        self._tell()

    async def _act(self, act: Act) -> None:
        try:
            await perform(act, self._port)
        except DeskError as error:
            self._hint = error.texts()

    async def _play(self, hint: dict | None = None) -> str:
        """One step; the name of a step to go back to, or "".  `hint` says why this step came again."""
        step = self._step
        self._begin = len(self._facts)
        if not self._slow:
            self._watched = self._begin
        self._slow = all(condition.kind == "pressed" for condition in step.until)
        self._met, self._chosen, self._hints, self._hint = set(), [], 0, hint
        self._unwanted_seen = [self._watched] * len(step.unwanted)
        self._continued = self._ready = False
        if hint:  # a fault that has not struck is not to be there twice
            await self._act(NO_FAULTS)
        for act in step.acts:
            await self._act(act)
        if self.at < 0 and await self._fulfilled():
            return ""  # ready at once: no words about it
        self._ready = True
        self._show = step.show
        self._tell()
        self._show = ""
        loop = asyncio.get_running_loop()
        told = loop.time()
        while True:
            self._news.clear()
            back = self._unwanted()
            if back:
                return back
            if await self._fulfilled():
                return ""
            self._tell_change()
            try:
                await asyncio.wait_for(self._news.wait(), _LOOK_S)
            except asyncio.TimeoutError:
                if loop.time() - told > step.patience and not self._only_reading():
                    told = loop.time()
                    self.hint()

    def _only_reading(self) -> bool:
        return self.wants() != "act"

    def _unwanted(self) -> str:
        for number, (condition, text, back) in enumerate(self._step.unwanted):
            place = self._find(condition, self._unwanted_seen[number])
            if place < 0:
                continue
            self._unwanted_seen[number] = place + 1
            self._hint = text
            self._tell()
            if back:
                return back
        return ""

    def _find(self, condition, start: int) -> int:
        for place in range(start, len(self._facts)):
            if condition.fits(*self._facts[place]):
                return place
        return -1

    async def _fulfilled(self) -> bool:
        for condition in self._step.until:
            if condition not in self._met and condition.kind not in LOOKED_UP and self._comes_true(condition):
                self._met.add(condition)
        if any(condition not in self._met and condition.kind not in LOOKED_UP for condition in self._step.until):
            return False
        question = self._step.question
        if question and not (self._decided() and (question.name or self._continued)):
            return False
        for condition in self._step.until:
            if condition.kind in LOOKED_UP and not await self._look_up(condition):
                return False
        return True

    def _comes_true(self, condition) -> bool:
        kind = condition.kind
        start = self._sale
        if condition.of_person or condition.is_idle or kind in ("power", "wifi", "card"):
            start = max(start, self._begin)  # of states an old one tells nothing
        return self._find(condition, start) >= 0 or condition.holds(self.terminal)

    async def _look_up(self, condition) -> bool:
        room, terminal = self.terminal.room, self.terminal
        if condition.kind == "booked":
            rows = transactions(room.ledger, terminal.id)
            return bool(rows) and rows[-1]["state"] == condition.values
        try:
            journal = await terminal.journal()
        except DeskError:
            return False  # it is being written; looked at again soon
        if condition.kind == "pending":
            return bool(journal["pending"]) == condition.values
        if condition.kind == "journal":
            records = journal["records"]
            return bool(records) and records[-1]["state_name"].startswith(condition.values)
        view = books.view(room.ledger, terminal.id, terminal.wallet.pans(), journal)
        return view["difference"] == 0 and not view["problems"]

    # what is shown --------------------------------------------------------------------------

    def _decided(self) -> bool:
        question = self._step.question
        if question is None or not self._chosen:
            return False
        return bool(question.name) or question.choices[self._chosen[-1]].right

    def wants(self) -> str:
        """What is wanted of the person now: "answer", "continue", or "act" at the terminal and on the page."""
        if self.state != RUNNING:
            return ""
        question = self._step.question
        if question and not self._decided():
            return "answer"
        # What is looked up (the books) comes by itself, and is looked up last: nobody has to do anything for it.
        waiting = [each for each in self._step.until if each not in self._met and each.kind not in LOOKED_UP]
        if question and not question.name and not self._continued:
            return "continue"
        return "continue" if waiting and all(each.kind == "pressed" for each in waiting) else "act"

    def offers(self) -> dict:
        """The controls on the card of the lesson that can be used now; the page draws these and no others."""
        running, question = self.state == RUNNING, self._step.question
        open_ = running and question is not None and not self._decided()
        return {
            "continue": self.wants() == "continue",
            "hint": running and self._hints < len(self._step.hints),
            "choices": [n for n in range(len(question.choices)) if n not in self._chosen] if open_ else [],
        }

    def event(self) -> dict:
        """What a page has to know, now or after a reload."""
        step = self._step
        running = self.state == RUNNING
        return {
            "ev": "lesson",
            "id": self.lesson.id,
            "title": self.lesson.title,
            "minutes": self.lesson.minutes,
            "step": min(self.at + 1, len(self.lesson.steps)),
            "of": len(self.lesson.steps),
            "text": step.text if running else {},
            "hint": self._hint,
            "hints_left": len(step.hints) - self._hints,
            "offers": self.offers(),
            "question": self._asked() if running else None,
            "prediction": self._recalled() if running else None,
            "wants": self.wants(),
            "show": self._show or None,
            "done": self.state == FINISHED,
            "state": self.state,
        }

    def _asked(self) -> dict | None:
        question = self._step.question
        if question is None:
            return None
        choices = []
        for number, choice in enumerate(question.choices):
            chosen = number in self._chosen
            judged = chosen and not question.name
            choices.append(
                {
                    "text": choice.text,
                    "chosen": chosen,
                    "right": choice.right if judged else None,
                    "because": choice.because if judged else None,
                }
            )
        return {"text": question.text, "prediction": bool(question.name), "choices": choices, "done": self._decided()}

    def _recalled(self) -> dict | None:
        """What was predicted, against what was seen."""
        if self._step.check not in self._said:
            return None
        question, number = self._said[self._step.check]
        right = next(choice for choice in question.choices if choice.right)
        said = question.choices[number]
        return {
            "text": question.text,
            "said": said.text,
            "right": said.right,
            "answer": right.text,
            "because": right.because if said.right else said.because,
        }

    def _tell(self) -> None:
        if self._ready or self.state != RUNNING:
            event = self.event()
            self._told = {**event, "show": None}
            self._send(event)

    def _tell_change(self) -> None:
        """Whatever has made it so: a page never shows what is so no more."""
        if self._told != {**self.event(), "show": None}:
            self._tell()
