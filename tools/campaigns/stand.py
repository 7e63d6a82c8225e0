"""A terminal and its host in one place, set back to the same instant for every cut point.

The flash image and the host's ledger of a scenario's start are prepared once and put back before each run.
"""

import asyncio
import pathlib
import time

from acquirer import books, faults, testcards
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from play.scripts import contains
from rig import demo
from rig.bench_watch import shown
from rig.firmware import taptill_on_path
from rig.supervisor import Bench, BenchError, Options
from words.screen_names import Shown

taptill_on_path()

from taptill.core import password

from .judge import NOT_TAKEN, TAKEN, Judge
from .scenarios import AMOUNT, KEPT, NEXT_AMOUNT, ROWS, SALE, SCENARIOS, Point, Scenario

SPEED = 5
_LIMIT = 15.0  # seconds for anything that is waited for
_ENTRY, _PIN, _PASSWORD, _TRACE, _AGREE = "ENTER_AMOUNT", "ENTER_PIN", "PASSWORD", "TYPE_TRACE", "KEYS_AGREE"
_ASKED = (_PIN, _PASSWORD, _ENTRY, _TRACE, _AGREE)  # what a screen may want typed
_TITLES = (*TAKEN, *NOT_TAKEN, "BALANCE_IS", "NO_BALANCE")
_SETTINGS = {
    "answer_timeout_s": 3,
    "connect_timeout_s": 10,
    "reversal_pause_s": 1,
    "language": "en",
    "supervisor": password.derive(demo.SUPERVISOR, b"stand", 5),
}


class StandError(Exception):
    """A run could not be carried out; one line."""


class _PowerFailed(Exception):
    """The power went while something was awaited."""


class Outcome:
    """What a run brought: `violations` (invariant, text), `seconds`, and `steps` of the start that recovered."""

    def __init__(self, violations: list, seconds: float, steps: dict):
        self.violations, self.seconds, self.steps = violations, seconds, steps


class _Snapshot:
    """What survives without power, and what the host knows; `open_sale` (batch, STAN) when a reversal is pending."""

    def __init__(self, files: dict, ledger: dict, used_stans, open_sale=None):
        self.files, self.ledger, self.used_stans, self.open_sale = files, ledger, frozenset(used_stans), open_sale


class Stand:
    """`folder` is its own; `firmware` another folder with a main.py, to try the checks themselves."""

    def __init__(self, folder, tls: bool = True, heap: str = "320k", firmware: str = ""):
        self._folder = pathlib.Path(folder)
        self._state = self._folder / "terminal"
        self._options = {
            "heap": heap,
            "speed": SPEED,
            "trace": "",
            "bounce_us": 0,
            "reader_scale": 0.01,
            "restart": False,
            "firmware": firmware,
        }
        self._tls = tls
        self._rig = demo.DemoHost(
            self._folder,
            "sqlite://",
            tcp_port=None if tls else 0,
            tls_port=0 if tls else None,
            on_message=self._heard,
            log=self._logged,
        )
        self._snapshots: dict = {}
        self._judge: Judge | None = None
        self._bench: Bench | None = None
        self._ledger: SqlLedger | None = None
        self._host: Acquirer | None = None

    async def open(self) -> None:
        """Start the host and prepare the images.  Raises StandError, BenchError, OSError."""
        await self._rig.start()
        self._ledger, self._host = self._rig.ledger, self._rig.acquirer
        self._bench = Bench(self._state, self._bench_options())
        await self._bench.start(power=False)
        await demo.provision(self._bench, self._rig.introduction(testcards.DEMO_TERMINAL, self._tls), _SETTINGS)
        self._judge = self._new_judge(None, "")
        await self._boot()
        for row in KEPT:  # a further record of the journal costs an erase
            await self._play(next(plan for plan in SCENARIOS.values() if plan.row == row and not plan.fault))
        await self._bench.power_off()
        await self._keep("young")
        await self._prepare_reversal()
        await self._bench.stop()

    async def close(self) -> None:
        """Stop everything."""
        if self._bench:
            await self._bench.stop()
        await self._rig.stop()

    async def _prepare_reversal(self) -> None:
        """A sale whose answer never came, and no power to wait for it."""
        await self._boot()
        await self._host.add_fault(faults.parse(["drop-answer", "next", "sale"]))
        before = self._host.count("sale")
        await self._type_amount(SCENARIOS["approved"], AMOUNT)
        await self._host.wait_request("sale", _LIMIT, before)
        await self._bench.power_off()
        await self._keep("young reversal")

    async def _keep(self, name: str) -> None:
        await self._host.wait_closed(_LIMIT)
        pending = (await self._bench.journal())["pending"]
        self._snapshots[name] = _Snapshot(
            self._files(), self._ledger.snapshot(), self._judge.used_stans, pending and (pending["batch"], pending["stan"])
        )

    def _files(self) -> dict:
        return {path.name: path.read_bytes() for path in self._state.iterdir() if path.is_file()}

    def _at_rest(self) -> dict:
        """What the terminal itself keeps: its flash and its NVS."""
        return {name: data for name, data in self._files().items() if name != "cards.json"}

    # One run --------------------------------------------------------------------------------

    async def baseline(self, scenario: str, base: str = "young") -> dict:
        """Steps of a scenario that nothing disturbs: kind -> number.  Raises StandError when it does not end well."""
        plan = SCENARIOS[scenario]
        await self._set_back(plan, base)
        try:
            before = {"write": 0, "net": 0}
            if not plan.from_power_on:
                await self._boot()
                before = (await self._bench.do("state"))["steps"]
            await self._play(plan)
            after = (await self._bench.do("state"))["steps"]
            await self._bench.power_off()
            self._judge.at_idle(await self._bench.journal(), self._at_rest())
            if self._judge.violations:
                raise StandError(f"{scenario}: without any cut: " + "; ".join(map(": ".join, self._judge.violations)))
            return {kind: after[kind] - before[kind] for kind in after}
        finally:
            await self._bench.stop()

    async def run(self, point: Point) -> Outcome:
        """One cut point (and the second cut of `point.again`).  Raises StandError when it could not be tried."""
        started = time.monotonic()
        plan = SCENARIOS[point.scenario]
        await self._set_back(plan, point.base)
        try:
            await self._until_cut(plan, point)
            await self._after_cut()
            if point.again:
                await self._power_on(point.again)
                try:
                    await self._to_idle()
                except _PowerFailed:
                    await self._after_cut()
                else:
                    raise StandError("the second cut was not reached")
            steps = await self._recover()
        finally:
            await self._bench.stop()
        return Outcome(self._judge.violations, time.monotonic() - started, steps)

    def violations(self) -> list:
        """What the judge has found so far in a run that did not come to its end."""
        return list(self._judge.violations) if self._judge else []

    async def _set_back(self, plan, base: str) -> None:
        snapshot = self._snapshots[base + " reversal" if plan.from_power_on else base]
        self._state.mkdir(exist_ok=True)
        for path in self._state.iterdir():
            path.unlink()
        for name, data in snapshot.files.items():
            (self._state / name).write_bytes(data)
        self._ledger.restore(snapshot.ledger)
        await self._host.clear_faults()
        self._judge = self._new_judge(snapshot, plan.pin)
        self._bench = Bench(self._state, self._bench_options(), self._event)
        await self._bench.start(power=False)

    def _bench_options(self) -> Options:
        return demo.on_air(Options(**self._options))

    def _new_judge(self, snapshot, pin: str) -> Judge:
        return Judge(
            self._ledger,
            testcards.DEMO_TERMINAL,
            testcards.DEMO_MERCHANT,
            snapshot.used_stans if snapshot else (),
            pin,
            snapshot.open_sale if snapshot else None,
        )

    async def _until_cut(self, plan, point: Point) -> None:
        try:
            if plan.from_power_on:
                await self._power_on(point)
            else:
                await self._boot()
                await self._bench.do(
                    "cut", after=point.kind, n=point.n, torn=point.part, how=("before", "torn", "after")[point.how - 1]
                )
            await self._play(plan)
        except _PowerFailed:
            return
        raise StandError("the cut was not reached")

    async def _power_on(self, point: Point | None = None) -> None:
        try:
            await self._bench.power_on(cut=point.cut() if point else "")
        except BenchError:
            if not self._cut_event():  # a cut in the first instants takes the process before it reports
                raise

    async def _after_cut(self) -> None:
        event = self._cut_event()
        if not event:
            raise StandError("the terminal stopped: " + self._why_off())
        await self._bench.power_off()
        await self._host.wait_closed(_LIMIT)
        await self._host.clear_faults()
        self._judge.after_cut(await self._bench.journal(), self._at_rest())

    def _why_off(self) -> str:
        for _, event in reversed(self._bench.events):
            if event["ev"] == "power" and not event["on"]:
                return event["why"]
        return "nobody knows why"

    def _cut_event(self) -> bool:
        return self._why_off().startswith("cut at")

    async def _recover(self) -> dict:
        """Start again, settle, check; sell once more, check.  The steps of that start."""
        try:
            await self._boot()
            steps = (await self._bench.do("state"))["steps"]
            self._judge.at_idle(await self._bench.journal(), self._at_rest())
            await self._sell(SCENARIOS["approved"], NEXT_AMOUNT)
        except _PowerFailed:
            raise StandError("after the cut the terminal stopped: " + self._why_off()) from None
        await self._bench.power_off()
        await self._host.wait_closed(_LIMIT)
        self._judge.at_idle(await self._bench.journal(), self._at_rest())
        return steps

    # The terminal's keys and screens --------------------------------------------------------

    async def _boot(self) -> None:
        await self._power_on()
        await self._to_idle()

    async def _to_idle(self) -> None:
        """Leave every result that a start shows, until it is idle."""
        while True:
            lines = await self._until(lambda shown: "HINT_IDLE" in shown.names or self._title(shown), "idle")
            if not self._title(lines):
                return
            await self._press("#", lambda lines: not self._title(lines))

    async def _play(self, plan) -> None:
        if plan.fault:
            await self._host.add_fault(faults.parse(plan.fault.split()))
        if plan.from_power_on:
            self._judge.begin_sale(int(AMOUNT))
            if not self._bench.on and not self._cut_event():
                await self._power_on()
            await self._to_idle()
        elif plan.row == SALE:
            await self._sell(plan, AMOUNT)
        else:
            await self._other(plan)

    async def _other(self, plan: Scenario) -> None:
        """From idle to idle: a row of the menu, about what has the amount AMOUNT."""
        self._judge.begin_sale(int(AMOUNT))
        await self._do("card", card=plan.card)
        await self._do("key", key="A")  # A that stays down is another key
        menu = "MENU"
        for key in ROWS[plan.row]:
            await self._until(lambda shown: menu in shown.names, menu)
            await self._press(key, lambda shown: menu not in shown.names)
            menu = "MORE_PAYMENTS"
        while True:
            lines = await self._until(lambda shown: self._title(shown) or set(_ASKED) & set(shown.names), plan.ends)
            if self._title(lines):
                break
            asked = next(name for name in _ASKED if name in lines.names)
            await self._type(asked, self._keys(plan, asked))
        await self._to_the_end(plan)

    def _keys(self, plan: Scenario, asked: str) -> str:
        """What is typed there.  All but a refund is about the newest of its card."""
        if asked == _TRACE and plan.row == "REFUND":
            return str(max(row["stan"] for row in books.transactions(self._ledger) if row["kind"] == "sale"))
        return {_PIN: plan.pin, _PASSWORD: demo.SUPERVISOR, _ENTRY: AMOUNT}.get(asked, "")

    async def _type(self, asked: str, keys: str) -> None:
        """`keys` one by one, and #."""
        for count, key in enumerate(keys, 1):
            if asked == _ENTRY:
                money = f"{int(keys[:count]) // 100}.{int(keys[:count]) % 100:02d}"
                await self._press(key, lambda lines: contains(lines, money))
            elif asked == _TRACE:
                typed = f"{int(keys[:count]):06d}"
                await self._press(key, lambda lines: contains(lines, typed))
            else:
                await self._press(key, lambda lines: "*" * count in lines)
        gone = (asked, "TRACE") if asked == _TRACE else (asked,)
        await self._press("#", lambda shown: not set(gone) & set(shown.names))

    async def _type_amount(self, plan: Scenario, keys: str) -> None:
        """The card lies on the reader already; amount and #."""
        self._judge.begin_sale(int(keys))
        await self._do("card", card=plan.card)
        await self._type(_ENTRY, keys)

    async def _sell(self, plan, keys: str) -> None:
        """A sale from idle to idle."""
        await self._type_amount(plan, keys)
        if plan.pin:
            await self._until(lambda shown: _PIN in shown.names, _PIN)
            await self._type(_PIN, plan.pin)
        await self._to_the_end(plan)

    async def _to_the_end(self, plan) -> None:
        """It must end with the scenario's title."""
        lines = await self._until(self._title, plan.ends)
        if lines.names[0] != plan.ends:
            raise StandError(f"{plan.ends} expected, the screen: {' / '.join(lines)}")
        await self._do("card-off")
        await self._press("#", lambda shown: "HINT_IDLE" in shown.names)

    @staticmethod
    def _title(shown) -> bool:
        return bool(shown.names) and shown.names[0] in _TITLES

    async def _press(self, key: str, wanted) -> None:
        """A finger stays on the key until the screen has answered, and the keypad sees it leave before the next comes."""
        await self._do("key-down", key=key)
        await self._until(wanted, f"after key {key}")
        await self._do("key-up", key=key, gap=60)

    async def _do(self, what: str, **words) -> None:
        try:
            await self._bench.do(what, **words)
        except BenchError:
            if self._bench.on:
                raise
            raise _PowerFailed from None

    async def _until(self, wanted, what: str) -> Shown:
        bench = self._bench
        try:
            lines = await bench.wait_text(lambda lines: not bench.on or wanted(lines), _LIMIT)
        except asyncio.TimeoutError:
            raise StandError(f"{what}: not in time; the screen: {' / '.join(bench.text())}") from None
        if not bench.on:
            raise _PowerFailed
        return lines

    # What the judge is told -----------------------------------------------------------------

    def _event(self, event: dict) -> None:
        if event["ev"] == "screen":
            self._judge.see(shown(event))
        elif event["ev"] == "log":
            self._judge.say(event["text"])

    def _heard(self, direction: str, body: bytes) -> None:
        if self._judge:
            self._judge.hear(direction, body)

    def _logged(self, text: str) -> None:
        if self._judge:
            self._judge.say(text)
