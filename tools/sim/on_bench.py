"""A history played again on a real bench: MicroPython, the models of the chips, sockets, the host with its ledger in SQL.

Who sits at the keys is the score: each key comes when the screen stands at which it came in the simulation, and as long after.
"""

import asyncio
import dataclasses
import pathlib
import tempfile
import time

from acquirer import mac as macs
from acquirer import profiles, report
from acquirer.server import Acquirer
from acquirer.sql_ledger import SqlLedger
from acquirer.switch import Switch
from acquirer.testcards import DEMO_MERCHANT, DEMO_TERMINAL
from acquirer.vault import Keeper
from rig.supervisor import Bench, BenchError, Options, PowerLost
from words.screen_names import Shown

from . import compared
from .base import TMK
from .bench_faults import ActFaults, clock_from
from .bench_openings import Openings
from .fault_words import ordinal
from .score import Cue, Cut, Score, write_told
from .settings import WIFI

_SPEED = 2  # while something goes on
_HURRY = 20  # while nothing does
_LONG_MS = 3000
_SOON_S = 40.0  # for a screen, beyond the time that it took in the simulation
_KEY = {"ms": 40, "gap": 30}


class Parted(Exception):
    """The bench does something else than the simulation did; one line."""


@dataclasses.dataclass
class Found:
    """What the history came to on the bench.  `parted`: where it went another way, "" if nowhere; `cuts`: those that came at
    a step, before which all steps agreed; `books`: where journal and ledger part.
    """

    results: "list[tuple]"
    journal: dict
    ledger: "list[tuple]"
    parted: str = ""
    cuts: int = 0
    books: "list[str]" = dataclasses.field(default_factory=list)

    def differences(self, score: Score) -> "list[str]":
        """Lines, none when both came to the same."""
        pairs = (
            ("results", list(score.results), self.results),
            ("journal", compared.records(score.journal), compared.records(self.journal)),
            ("ledger", list(score.ledger), self.ledger),
        )
        lines = [f"{name}: simulation {one}, bench {other}" for name, one, other in pairs if one != other]
        return ([f"parted: {self.parted}"] if self.parted else []) + lines


def play(score: Score) -> Found:
    """Play a score that a bench can express.  Raises BenchError, OSError."""
    with tempfile.TemporaryDirectory(prefix="till-simulate-") as folder:
        return asyncio.run(_Player(pathlib.Path(folder), score).play())


class _Player:
    def __init__(self, folder: pathlib.Path, score: Score):
        self._score = score
        self._speed = float(_SPEED)
        self._began = time.monotonic()
        clock = clock_from(score.plan.begins, lambda: time.monotonic() - self._began)
        self._ledger = SqlLedger("sqlite://", clock, Keeper(folder))
        self._ledger.add_terminal(DEMO_TERMINAL, DEMO_MERCHANT, TMK)
        shop = score.plan.settings
        self._ledger.set_mac(DEMO_TERMINAL, shop.get("mac", macs.ECB))
        self._profile = shop.get("profile", profiles.DEFAULT)
        self._host = Acquirer(self._ledger, control_port=None, clock=clock, sleep=self._sleep)
        self._host.switch = Switch(self._ledger, shop.get("currency", "0156")[1:])
        self._faults = self._host.faults = ActFaults(self._ledger, DEMO_TERMINAL)
        options = Options(
            ssid=shop.get("wifi_ssid", WIFI[0]),
            password=WIFI[1],
            speed=_SPEED,
            trace="flash,net",
            bounce_us=0,
            reader_scale=0.01,
            port=None,
        )
        self._state = folder / "terminal"
        self._bench = Bench(self._state, options, self._hear)
        self._steps: dict[str, list[str]] = {"write": [], "net": []}  # since the last cue
        self._opening = False  # has the power gone at a connection that was not made?
        self._openings = Openings(self._bench, self._host)
        self._found = Found([], {"records": [], "pending": None}, [])

    # what is heard

    def _hear(self, event: dict) -> None:
        if event["ev"] == "result":
            self._found.results.append(compared.result(event))
        elif event["ev"] == "flash":
            self._steps["write"].append(write_told(event))
        elif event["ev"] == "net":
            self._steps["net"].append(event["step"])
            if event["step"] == "open":
                self._openings.opens()

    async def _sleep(self, seconds: float, terminal: str) -> None:
        """Of the host, in the terminal's time, whatever its speed becomes."""
        left = seconds
        while left > 0:
            step = min(0.05, left / self._speed)
            await asyncio.sleep(step)
            left -= step * self._speed

    # the run

    async def play(self) -> Found:
        try:
            await self._prepare()
            try:
                await self._play()
            except Parted as error:
                self._found.parted = str(error)
            return await self._end()
        finally:
            await self._bench.stop()
            await self._host.stop()
            self._ledger.close()

    async def _prepare(self) -> None:
        """Raises BenchError."""
        await self._host.start()
        self._state.mkdir()
        self._bench.options.route = self._host.ports[profiles.line_name(self._profile, False)]
        await self._bench.start(power=False)
        for config in self._score.configs:
            await self._bench.provision(config, TMK.hex())

    async def _play(self) -> None:
        cues = self._score.cues
        last = Cue("on", 0)
        for place, cue in enumerate(cues):
            following = next((one for one in cues[place + 1 :] if one.do in ("dark", "key", "card", "card-off")), None)
            try:
                if cue.do == "dark":
                    await self._darken(cue, last)
                else:
                    await self._follow(cue, last, following)
            except PowerLost:
                if following is None or following.do != "dark":
                    raise Parted(f"{cue.ms / 1000:.3f}: the terminal has lost its power") from None
            last = cue

    async def _follow(self, cue: Cue, last: Cue, following: "Cue | None") -> None:
        """Wait for the moment of a cue, arm the cut that comes before the next one, and do what it says."""
        if cue.do == "on":
            await self._power_on(following)
            return
        if cue.do == "act":
            acts = self._score.plan.acts
            act = acts[int(cue.what) - 1] if cue.what != "0" else None
            self._faults.begin(act)
            await self._openings.begin(act)
            return
        if cue.do == "reader":
            await self._do("fault", name="dead", value=not cue.on)
            return
        await self._moment(cue, last)
        cut = following.cut if following else None
        if cut and cut.n:
            await self._do("cut", after=cut.kind, n=cut.n, torn=cut.part, how=("before", "torn", "after")[cut.how - 1])
        self._forget()
        if cue.do == "key":
            await self._do("key", key=cue.what, **_KEY)
        elif cue.do == "card":
            await self._do("card", card=cue.what, **({} if cue.after is None else {"after": cue.after}))
        elif cue.do == "card-off":
            await self._do("card-off")
        elif cue.do == "wifi":
            self._bench.options.wifi = cue.on
            await self._do("wifi", up=cue.on)
        else:
            await self._do("display", there=cue.on)

    async def _power_on(self, following: "Cue | None") -> None:
        cut = following.cut if following and following.do == "dark" else None
        self._forget()
        words = f"{cut.kind}:{cut.n}:{cut.how}:{cut.part}" if cut and cut.n else ""
        try:
            await self._bench.power_on(cut=words)
        except BenchError:
            if not words:
                raise  # else the cut came before the process could report
        await self._openings.begins_anew(self._opening)
        self._opening = False

    async def _darken(self, cue: Cue, last: Cue) -> None:
        """The power goes: it was armed at a write, or goes now that a screen stands, or so long after the cue before."""
        cut = cue.cut
        assert cut
        if cut.n:
            await self._gone(cue)
            self._compare(cue, cut)
        else:
            await self._moment(cue, last)
        await self._bench.power_off("cut")

    def _forget(self) -> None:
        for steps in self._steps.values():
            steps.clear()

    def _compare(self, cue: Cue, cut: Cut) -> None:
        """Was it the same step?  The one at which the power fails is not told any more where it has no effect.  Raises Parted."""
        seen, wanted = self._steps[cut.kind], list(cut.steps)
        same = next((at for at, (one, other) in enumerate(zip(seen, wanted)) if one != other), min(len(seen), len(wanted)))
        if same < max(len(seen), len(wanted) - 1):
            ours, theirs = (steps[same] if same < len(steps) else "nothing more" for steps in (wanted, seen))
            where = f"{ordinal(same + 1)} of {len(wanted)} steps to the cut ({cut.kind})"
            raise Parted(f"{cue.ms / 1000:.3f}: the {where} is {ours!r} in the simulation and {theirs!r} on the bench")
        self._found.cuts += 1
        self._opening = cut.kind == "net" and cut.steps[-1] == "open"

    async def _gone(self, cue: Cue) -> None:
        """Until the armed cut has come."""
        until = time.monotonic() + _SOON_S
        while self._bench.on and time.monotonic() < until:
            await asyncio.sleep(0.02)
        if self._bench.on:
            raise Parted(f"{cue.ms / 1000:.3f}: the power is to fail at a step that does not come: {cue.cut}")

    async def _moment(self, cue: Cue, last: Cue) -> None:
        """Until the screen of a cue stands, as long as it stood in the simulation."""
        passed = max(0, cue.since_ms - last.ms)
        if cue.names:
            await self._hurry(passed > _LONG_MS)
            await self._screen(cue, passed)
        left = cue.ms - max(cue.since_ms, last.ms)
        await self._hurry(left > _LONG_MS)
        await asyncio.sleep(left / 1000 / self._speed)
        await self._hurry(False)

    async def _hurry(self, on: bool) -> None:
        speed = _HURRY if on else _SPEED
        if speed != self._speed:
            self._speed = speed
            self._bench.options.speed = speed
            if self._bench.on:
                await self._do("speed", factor=speed)

    async def _screen(self, cue: Cue, passed_ms: int) -> None:
        bench = self._bench
        limit = passed_ms / 1000 / self._speed + _SOON_S
        try:
            await bench.wait_text(lambda seen: not bench.on or _is(seen, cue), limit)
        except asyncio.TimeoutError:
            there = " / ".join(bench.text())
            raise Parted(f"{cue.ms / 1000:.3f}: {' / '.join(cue.names)} is to stand there, and it is: {there}") from None
        if not bench.on:
            raise PowerLost("the terminal lost its power")

    async def _do(self, what: str, **words: object) -> None:
        if not self._bench.on:
            return
        await self._bench.do(what, **words)

    async def _end(self) -> Found:
        found = self._found
        if self._bench.on:
            await asyncio.sleep(1 / self._speed)
            await self._bench.power_off()
        found.journal = await self._bench.journal()
        found.ledger = compared.rows(self._ledger)
        records = [{**record, "state": record["state_name"]} for record in found.journal["records"]]
        found.books = [str(line) for line in report.reconcile(records, self._ledger, DEMO_TERMINAL)]
        return found


def _is(seen: Shown, cue: Cue) -> bool:
    """Is it the screen of this cue?  A long text that has one page in the simulation has several here; a card that is left on
    an idle terminal is taken whatever it says of the network.
    """
    if cue.do == "card-off" and seen.idle:
        return True
    return seen.names[:1] == list(cue.names[:1]) and set(seen.names) <= set(cue.names)
