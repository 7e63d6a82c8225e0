"""Somebody at the counter: sees a screen, thinks, presses a key; means to do one act, and has habits.

Decides by what stands on the glass and by nothing else.
"""

import dataclasses
import re

from . import aio
from .glass import LAYOUT, Screen
from .roles import Counter

WHATS = ("sell", "void", "menu", "wait", "plug")  # of somebody at the counter, every day
OTHERS = {
    "BALANCE": "asks for the balance of {card}",
    "REFUND": "refunds {amount} of {which}",
    "PREAUTH": "holds {amount} of {card}",
    "COMPLETION": "takes {amount} of {which}",
    "PREAUTH_VOID": "lets go of {which}",
    "COMPLETION_VOID": "voids the taking of {which}",
}
_SOLD = "SELL"
# Of which rows each names an earlier one.
_ORIGINALS = {
    "REFUND": (_SOLD, "COMPLETION"),
    "COMPLETION": ("PREAUTH",),
    "PREAUTH_VOID": ("PREAUTH",),
    "COMPLETION_VOID": ("COMPLETION",),
}
OWNERS = {
    "PROVISION": "sets the terminal up anew",
    "KEYS": "loads another key",
    "BY_HAND": "copies other settings onto it by hand",
}
HABITS = {
    "typo": "types a digit too many and takes it back",
    "gives-up": "cancels at the amount, or at the trace",
    "no-card": "puts no card on the reader",
    "cancels": "cancels while a card is awaited",
    "hasty": "takes the card away while it is read",
    "second": "puts another card on the reader first",
    "wrong-pin": "types a PIN that is not the card's",
    "no-pin": "cancels at the PIN",
    "says-no": "does not agree when asked",
    "walks-away": "comes back late to where a result stands",
    "restless": "presses keys while the terminal works",
    "fidgets": "presses some key on every screen before anything else",
    "manual": "moves what stays open to the manual list",
    "asks": "has the host asked about what is open",
    "insists": "wants what is open reversed, whatever the terminal asks",
}
BY_CARD, LAST_SEEN = 0, -1  # traces of a void
MENU = ("LAST_SALE", "SIGN_ON", "ECHO", "NETWORK", "TALLY", "SELF_TEST", "LANGUAGE", "ABOUT")
_OPEN_ROWS = (("manual", "TO_MANUAL"), ("asks", "CHECK_STATUS"))  # habit, row of the menu where a reversal is open
_PASSWORD = "2580"
_AT_HAND = "visa-credit"  # of who means to pay nothing, where a card is asked for
_TRACE = re.compile(r"\b\d{6}\b")
_THINKING_MS = (250, 900)
_LOOKS_OPEN = 2  # so often the screen of an open reversal is seen before something is done about it
_MOST_LOOKS = 24  # with those at its menu; then it is left open
_MOST_MOVES = 400
_MOST_FIDGETS = 40
_FIDGETS_MS = 600_000  # after that it is seen what a key does
_RESTARTS = 3  # that somebody tries because the screen says so
_PATIENCE_MS = 20_000
_GONE_MS = 45_000
_READ_ON = ("sentences", "approved", "pairs", "qr", "question", "keypad", "lit", "chequered")


@dataclasses.dataclass(frozen=True)
class Act:
    """What somebody does: `what` of WHATS, "other" or "owner"; `amount` in minor units, `card` of the wallet, `trace` of what is
    meant (BY_CARD, LAST_SEEN or a number), `row` of the menu, of OTHERS, or of OWNERS, `minutes` to wait; `habits` of HABITS;
    `faults` strike in it.
    `settings` of the owner: what is other than in the plan's own from now on.
    """

    what: str
    amount: int = 0
    card: str = ""
    trace: int = 0
    row: str = ""
    minutes: int = 0
    apdus: int = 3
    habits: tuple[str, ...] = ()
    faults: tuple = ()
    settings: dict = dataclasses.field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        how = {
            "sell": f"sells {self.amount / 100:.2f} to {self.card}",
            "void": f"voids {self._which()}",
            "menu": f"opens {self.row} in the menu",
            "wait": f"waits {self.minutes} min",
            "plug": "pulls the plug and puts it back",
            "owner": self._owner(),
            "other": OTHERS.get(self.row, "").format(amount=f"{self.amount / 100:.2f}", card=self.card, which=self._which()),
        }[self.what]
        return how + "".join(f"; {HABITS[habit]}" for habit in self.habits)

    def _owner(self) -> str:
        changed = ", ".join(f"{name} {value!r}" for name, value in self.settings.items())
        return f"the owner {OWNERS.get(self.row, '')}: {changed or 'as at first'}"

    def _which(self) -> str:
        if self.trace == BY_CARD:
            return f"the newest one of {self.card}"
        return "the one that was approved last" if self.trace == LAST_SEEN else f"trace {self.trace}"


class Person:
    """One act at a time on the terminal of a `world`; `done` when it is over."""

    def __init__(self, world: Counter):
        self._world = world
        self._news = aio.Event()
        self._act = Act("wait")
        self._stage = 0
        self._looks = 0
        self._moves = 0
        self._restarts = self._began = 0
        self._trace, self._card = 0, ""  # of the sale that was approved last, as it stood on the glass
        self._approved: list[tuple[str, int, str]] = []  # row, trace and card of what else was approved
        self.screen = Screen()
        self.pin = "none"  # that is typed where one is asked for
        self.done = True

    def saw(self, screen: Screen) -> None:
        if screen.page == "approved":
            found = _TRACE.search(" ".join(screen.lines))
            if found:
                self._remember(int(found[0]))
        self.screen = screen
        self._news.set()

    def _remember(self, trace: int) -> None:
        act = self._act
        if act.what != "other":
            self._trace, self._card = trace, act.card
        self._approved.append((act.row if act.what == "other" else _SOLD, trace, self._named()))

    def _seen(self) -> "tuple[int, str]":
        """Trace and card of what was approved last, and the act may be about; 0 and "" where there is none."""
        if self._act.what != "other":
            return self._trace, self._card
        rows = _ORIGINALS.get(self._act.row, ())
        return next(((trace, card) for row, trace, card in reversed(self._approved) if row in rows), (0, ""))

    def begin(self, act: Act) -> None:
        """From now on this is what is meant; whatever stands on the glass is looked at again."""
        self._act, self._stage, self._looks, self._moves = act, 0, 0, 0
        self._began = self._world.loop.now
        self._restarts = 0
        self.done = False
        self._news.set()

    async def work(self) -> None:
        """Never returns; a task of the world."""
        random = self._world.random
        while True:
            if not self._news.is_set():
                await self._news.wait()
            self._news.clear()
            if self.done or not self._world.board.power:
                continue
            await aio.sleep_ms(random.randint(*_THINKING_MS))
            if self._news.is_set() and self.screen.page not in ("wait", "reversing", "idle"):
                continue  # it changed meanwhile
            screen = self.screen
            self._moves += 1
            if self._moves > _MOST_MOVES:
                self.done = True
                continue
            await self._move(screen)

    async def _type(self, keys: str) -> None:
        for key in keys:
            if not self._world.board.power:
                return
            self._world.press(key)
            await aio.sleep_ms(60)

    async def _move(self, screen: Screen) -> None:
        act, habits, page = self._act, self._act.habits, screen.page
        title = screen.names[0] if screen.names else ""
        if "fidgets" in habits and self._moves <= _MOST_FIDGETS and self._world.loop.now < self._began + _FIDGETS_MS:
            await self._type(self._world.random.choice(LAYOUT))
        if "S_RESTART" in screen.names and "insists" in habits and self._restarts < _RESTARTS:
            self._restarts += 1
            self._world.pull_the_plug()  # as the screen says
        elif page == "idle":
            await self._at_idle(screen)
        elif page == "amount":
            if "gives-up" in habits:
                await self._type("D")
            else:
                digits = str(act.amount)[act.what == "sell" :]
                await self._type(("7*" if "typo" in habits else "") + digits + "#")
        elif page == "trace":
            trace = self._seen()[0] if act.trace == LAST_SEEN else act.trace
            slip = {"AUTH", "DATE"} & set(screen.names)  # of another terminal, which nobody has here
            await self._type("D" if "gives-up" in habits or slip else (str(trace) if trace else "") + "#")
        elif page == "present":
            await self._at_reader()
        elif page == "remove":
            self._world.tray.take()
        elif page == "pin":
            self.pin = self._world.pin(self._named(), "wrong-pin" in habits)
            await self._type("D" if "no-pin" in habits else self.pin + "#")
        elif page == "agree":
            await self._type("D" if "says-no" in habits and "insists" not in habits else "#")
        elif page == "again":
            await self._type("*" if "says-no" in habits else "#")
        elif page == "menu":
            await self._in_menu(screen)
        elif page == "password":
            await self._type(_PASSWORD + "#")
        elif page in ("wait", "reversing", "reading"):
            if "restless" in habits and not self._moves % 3:
                await self._type("15#"[self._moves % 3])
        elif title in ("REVERSAL_FAILED", "REFUND_OPEN"):
            await self._at_open()
        elif title == "BLOCKED":
            self._world.stuck()
            self.done = True
        elif page in _READ_ON:
            if "walks-away" in habits:
                await aio.sleep_ms(_GONE_MS)
            await self._type("#")

    async def _at_idle(self, screen: Screen) -> None:
        act = self._act
        self._world.tray.take()
        if self._stage:
            self.done = True
            return
        self._stage = 1
        self._world.loop.after(_PATIENCE_MS, lambda: self._nothing_came_of(act))
        if act.what == "sell":
            await self._type(str(act.amount)[0])
        elif act.what in ("void", "menu", "other"):
            await self._type("A")
        elif act.what == "wait":
            await aio.sleep_ms(60_000 * act.minutes)
            self.done = True
        elif act.what == "owner":
            self.done = True  # it works again
        else:
            self._world.pull_the_plug()
            self.done = True

    def _nothing_came_of(self, act: Act) -> None:
        """A key that nobody could see the meaning of was dropped, and the screen has not changed: look at it once more."""
        if act is self._act and act.what != "wait" and self.screen.page == "idle" and not self.done:
            self._news.set()

    async def _at_reader(self) -> None:
        act, habits, tray = self._act, self._act.habits, self._world.tray
        if "cancels" in habits:
            await self._type("D")
        elif "second" in habits:
            tray.put(self._world.cards.of("not-emv"))
        elif "no-card" not in habits:
            tray.put(self._world.cards.of(self._named()), act.apdus if "hasty" in habits else None)

    def _named(self) -> str:
        """The card that is used: where the act is about an earlier payment, the one that it was paid with."""
        if self._act.what in ("void", "other") and self._act.trace == LAST_SEEN and self._seen()[1]:
            return self._seen()[1]
        return self._act.card or _AT_HAND

    async def _in_menu(self, screen: Screen) -> None:
        """Down to the row that is meant; back when it is not there."""
        title = screen.names[0] if screen.names else ""
        if title == "REASON":
            await self._type("1")
            return
        if title in ("REVERSAL_FAILED", "REFUND_OPEN"):
            self._looks += 1
            if self._looks > _MOST_LOOKS:
                self.done = True  # whatever is chosen there, it stays open
                return
            again = "TRY_AGAIN" if title == "REVERSAL_FAILED" else "CHECK_STATUS"  # a refund is only asked about
            wanted = next((row for habit, row in _OPEN_ROWS if habit in self._act.habits), again)
        elif self._act.what == "other" and title != "MORE_PAYMENTS":
            wanted = "MORE_PAYMENTS"
        else:
            wanted = "VOID" if self._act.what == "void" else self._act.row
        if self._world.name(screen.cursor) == wanted:
            await self._type("#")
        elif self._stage > 30:
            await self._type("D")
        else:
            self._stage += 1
            await self._type("C")

    async def _at_open(self) -> None:
        """A reversal is open, and the screen says so: it tries again by itself, or somebody does something."""
        self._looks += 1
        self._stage = max(self._stage, 1)
        if self._looks <= _LOOKS_OPEN:
            return
        if {"manual", "asks", "insists"} & set(self._act.habits) and self._looks < 4 * _LOOKS_OPEN:
            self._stage = 1
            await self._type("#")
        else:
            self.done = True  # it stays open: the next act finds it so
