"""One terminal of a room: its bench, its cards, its time line, and the pages that look at it."""

import asyncio
import json

from rig.bench_options import PowerLost
from rig.bench_watch import shown
from rig.supervisor import Bench, BenchError, Options

from . import books, wording
from .commands import checked
from .errors import DeskError
from .line import Line
from .timeline import Timeline
from .wallet import Wallet, script

_TRIES = 3  # a journal is read from the flash image of a running terminal: a read in the middle of a write is repeated
_AGAIN_S = 0.1
_LONG_PRESS_MS = 1200  # the firmware takes 800 for a long one
_FOLLOW_S = 5
_DARK: dict = {"bits": "", "text": [], "names": []}  # a screen without power


class Terminal:
    """`number` from 1 on.  `watchers` are functions that hear everything that the pages hear, as dictionaries."""

    def __init__(self, room, number: int, terminal_id: str, folder, options: Options, folders: dict | None = None):
        self.number, self.id = number, terminal_id
        self.bench = Bench(folder, options, self._hear, folders)
        self.wallet = Wallet(folder, number, room.ledger)
        loop = asyncio.get_running_loop()
        self.timeline = Timeline(self.tell, lambda: books.seal(room.ledger, terminal_id), loop.call_later)
        self.pages: set = set()
        self.watchers: set = set()
        self.speed = 1
        self.hurried = asyncio.Event()  # set and renewed at every change of the speed
        self.card: str | None = None
        self.wifi = options.wifi
        self.armed: dict | None = None  # the power cut that is to come
        self.room = room
        self.line: Line  # the room's doing
        self.language: str | None = None  # of the last idle screen
        self._wanted: str | None = None  # what the terminal is to speak
        self._own = False  # chosen for the terminal by a person: a page that opens does not change it
        self._following: asyncio.Task | None = None
        self.lesson = None  # the desk.lessons.LessonRun, while there is one
        self._journal: dict | None = None
        self._reading = asyncio.Lock()

    # events ---------------------------------------------------------------------------------

    def tell(self, event: dict) -> None:
        """Give an event to every page and watcher."""
        if self.pages:
            text = json.dumps(event, ensure_ascii=False)
            for page in list(self.pages):
                page.offer(text)
        for watcher in list(self.watchers):
            watcher(event)

    def _hear(self, event: dict) -> None:
        kind = event.get("ev")
        if "ahead" in event:
            self.timeline.set_ahead(event["ahead"])
        if kind == "screen":
            screen = shown(event)
            self.tell({"ev": "screen", "bits": event["bits"], "text": list(screen), "names": screen.names})
            self._spoke(screen.language)
        elif kind == "power":
            self._powered(event)
        elif kind in ("buzzer", "led"):
            self.tell(event)
        elif kind == "flash":
            self._journal = None
        self.timeline.hear(event)

    def _spoke(self, language: str | None) -> None:
        """The idle screen is there, in this language; None: another screen."""
        if language is None:
            return
        if language != self.language:
            if self.language and not self._following:
                self._wanted, self._own = language, True  # a person held A, or used the menu
            self.language = language
            self.tell({"ev": "speaks", "lang": language})
        if self._wanted and self._wanted != language and not self._following:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        """Change the language as a person does: A, held on the idle screen; again when another one is wanted meanwhile."""
        try:
            while self.bench.on and self._idle_language() not in (None, self._wanted):
                start, wanted = self.bench.count, self._wanted
                await self.bench.do("key", key="A", ms=_LONG_PRESS_MS)
                await self.bench.wait_event(
                    lambda event: event["ev"] == "screen" and shown(event).language == wanted, _FOLLOW_S, start
                )
        except (BenchError, PowerLost, asyncio.TimeoutError):
            return  # switched off, or a key came first: the next idle screen begins anew
        finally:
            self._following = None

    def _idle_language(self) -> str | None:
        screen = self.bench.screen_event
        return shown(screen).language if screen else None

    def _powered(self, event: dict) -> None:
        self.tell({"ev": "power", "on": bool(event["on"]), "why": str(event.get("why", ""))})
        if event["on"]:
            self.timeline.new_life()
            self.bench.options.wifi = self.wifi
            return
        if self.card is not None:  # the reader's field is gone, and the bench with the card in it
            self.card = None
            self.tell({"ev": "card", "name": None})
        if self.armed:
            self.armed = None
            self.tell_faults()
        self.tell({"ev": "ledger", "changed": True})

    def faults(self) -> list:
        """What is wrong on purpose and can hit this terminal."""
        found = [rule.describe() for rule in self.room.acquirer.faults.rules if rule.terminal in (None, self.id)]
        for rule in found:
            if rule["argument"] is not None:
                rule["argument"] = wording.fault_argument(rule["fault"], rule["argument"])
        found += self.line.fault()
        if self.armed:
            found.append({"fault": "cut", "argument": f"{self.armed['after']} {self.armed['n']}", "left": 1, "which": "any"})
        return found

    def tell_faults(self) -> None:
        """Tell the list of faults."""
        self.tell({"ev": "faults", "list": self.faults()})

    def host_event(self, name: str, detail: dict) -> None:
        """The acquirer has done something with a message of this terminal."""
        self.timeline.host(name, detail)
        if name == "decided":
            self.tell({"ev": "ledger", "changed": True})

    # what is now ----------------------------------------------------------------------------

    def state(self) -> dict:
        """The state of the web contract."""
        screen = self.bench.screen_event if self.bench.on else None
        seen = {name: screen.get(name) or empty for name, empty in _DARK.items()} if screen else dict(_DARK)
        return {
            "power": self.bench.on,
            "wifi": self.wifi,
            "card": self.card,
            "speed": self.speed,
            "faults": self.faults(),
            "host": "stopped" if self.room.acquirer.halted else "up",
            "screen": seen,
            "cards": self.wallet.shown(),
            "line": self.line.state(),
            "language": self.language,
        }

    def hello(self) -> dict:
        """All that a page has to know to begin, or to go on after a reload."""
        last = self.timeline.last
        return {
            "ev": "hello",
            "terminal": self.number,
            "terminal_id": self.id,
            "terminals": len(self.room.terminals),
            "state": self.state(),
            "payment": last.whole() if last else None,
            "lesson": self.lesson.event() if self.lesson else None,
        }

    async def journal(self) -> dict:
        """The terminal's own journal, read from its flash while it runs; not read again while nothing was written."""
        async with self._reading:
            found = self._journal
            if found is not None:
                return found
            for attempt in range(_TRIES):
                self._journal = found = None
                try:
                    async with self.room.readers:
                        self._journal = {}  # a write from now on makes it None again
                        found = await self.bench.journal()
                    break
                except BenchError as error:
                    if attempt == _TRIES - 1:
                        raise DeskError(str(error), 503, "暂时读不到终端的流水") from None
                    await asyncio.sleep(_AGAIN_S)
            self._journal = found if self._journal is not None else None
            return found

    # commands -------------------------------------------------------------------------------

    async def command(self, command) -> dict:
        """Carry out a command of the web contract; its {"ev": "ok", …}.  Raises DeskError."""
        command = checked(command)
        act = getattr(self, "_do_" + command["do"].replace("-", "_"))
        try:
            return {"ev": "ok", **(await act(command) or {})}
        except PowerLost:
            return {"ev": "ok", "text": "the power went"}
        except BenchError as error:
            raise DeskError(str(error), 409, "终端没有执行此操作") from None

    async def _do_key(self, command: dict) -> None:
        self._must_be_on("key")
        self.timeline.key(command["key"], command.get("ms", 0) >= 1000)
        await self.bench.do("key", **{name: command[name] for name in ("key", "ms") if name in command})

    async def _do_key_down(self, command: dict) -> None:
        self._must_be_on("key-down")
        self.timeline.key(command["key"])
        await self.bench.do("key-down", key=command["key"])

    async def _do_key_up(self, command: dict) -> None:
        if self.bench.on:
            await self.bench.do("key-up", key=command["key"])

    def _must_be_on(self, what: str) -> None:
        if not self.bench.on:
            raise DeskError(f"{what}: the terminal is switched off", 409, "终端已关机")

    async def _do_card(self, command: dict) -> dict:
        made = None
        if "made" in command:
            made = name = self.wallet.make(command["made"])
            self.tell({"ev": "cards", "cards": self.wallet.shown()})
        self._must_be_on("card")
        if "script" in command:
            name, label = "recorded", ""
            order = {"do": "card", "script": script(command["script"]), **command.get("options", {})}
            order.pop("locked", None)
        else:
            name = made or command["card"]
            order = self.wallet.order(name, command.get("options", {}))
            label = self.wallet.label(name)
        self.timeline.card(name, label)
        await self.bench.command(order)
        self.card = name
        self.tell({"ev": "card", "name": name})
        return {"card": name}

    async def _do_card_off(self, command: dict) -> None:
        if self.card is None:
            return
        self.timeline.card(None)
        self.card = None
        self.tell({"ev": "card", "name": None})
        if self.bench.on:
            await self.bench.do("card-off")

    async def _do_power(self, command: dict) -> None:
        self.bench.options.wifi = self.wifi
        await self.bench.do("power", on=command["on"])

    async def _do_wifi(self, command: dict) -> None:
        up = command["up"]
        if up != self.wifi:
            self.wifi = self.bench.options.wifi = up
            self.timeline.fault(wording.WIFI_BACK if up else wording.WIFI_AWAY, detail={"up": up}, to="terminal")
            self.tell({"ev": "wifi", "up": up})
        if self.bench.on:
            await self.bench.do("wifi", up=up)

    async def _do_cut(self, command: dict) -> None:
        if command.get("now"):
            await self.bench.do("power", on=False, why="cut")
            return
        if "after" not in command:
            return
        self._must_be_on("cut")
        n = command.get("n", 1)
        await self.bench.do("cut", after=command["after"], n=n, **({"torn": 0.5} if command.get("torn") else {}))
        self.armed = {"after": command["after"], "n": n}
        self.timeline.fault(wording.CUT_ARMED, wording.armed(command["after"], n), self.armed, to="terminal")
        self.tell_faults()

    async def _do_cut_off(self, command: dict) -> None:
        if self.armed and self.bench.on:
            await self.bench.do("cut-off")
        self.armed = None
        self.tell_faults()

    async def _do_hand(self, command: dict) -> None:
        await self.line.lay_hand(command["on"])

    async def _do_line(self, command: dict) -> None:
        if command.get("usual"):
            await self.line.set_usual()
        else:
            await self.line.set(command.get("tls"), command.get("mac"))

    async def _do_speed(self, command: dict) -> None:
        factor = command["factor"]
        self.speed = self.bench.options.speed = factor
        self.timeline.set_speed(factor)
        self.hurried.set()
        self.hurried = asyncio.Event()
        self.tell({"ev": "speed", "factor": factor})
        if self.bench.on:
            await self.look_at_the_clock()

    async def look_at_the_clock(self) -> None:
        """Ask the terminal how far it has fast-forwarded; one that is off has not."""
        try:
            found = await self.bench.do("speed", factor=self.speed)
        except (BenchError, PowerLost):
            return  # switched off meanwhile
        self.timeline.set_ahead(found.get("ahead", 0))

    async def _do_host(self, command: dict) -> dict:
        line = command["line"]
        answer = await self.room.host_line(line, self)
        clear = line.split()[:1] == ["clear"]
        if clear:
            await self._do_cut_off(command)
        if clear:
            self.timeline.fault(wording.CLEARED)
        elif "fault" in answer:
            ordered = wording.ordered(answer["fault"], answer["argument"])
            self.timeline.fault(wording.ORDERED, ordered, {"which": answer["which"]})
        return {"answer": answer}

    async def _do_host_stop(self, command: dict) -> None:
        await self.room.host_stop(command["stopped"])

    async def _do_language(self, command: dict) -> None:
        """The page's language, told when it opens, and again when a person changes it or the terminal's own.

        The terminal follows on its next idle screen, so that no sale is disturbed.  What was chosen for the terminal alone
        (by its switch, by A or by its menu) stays when a page is opened, and whatever it is when one
        more is opened; the page's switch is the later choice, for both.
        """
        chosen = command.get("chosen")
        if chosen or not (self._own or len(self.pages) > 1):  # a second page looks on
            self._wanted, self._own = command["lang"], chosen == "terminal"
        if self.bench.on:
            self._spoke(self._idle_language())

    async def _do_lesson_start(self, command: dict) -> dict:
        return await self.room.lesson(self, command.get("lesson") or str(command.get("id", "")))

    async def _do_lesson_stop(self, command: dict) -> dict:
        return await self.room.lesson(self, "")

    async def _do_lesson_hint(self, command: dict) -> None:
        if self.lesson:
            self.lesson.hint()

    async def _do_opened(self, command: dict) -> None:
        if self.lesson:
            self.lesson.opened(command.get("what", ""), command.get("entry"))

    async def _do_pressed(self, command: dict) -> None:
        if self.lesson:
            self.lesson.pressed()

    async def _do_answer(self, command: dict) -> None:
        if self.lesson:
            self.lesson.answer(command["choice"])
