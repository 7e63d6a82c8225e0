"""One load from its beginning to its figures and its verdict on the books."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from acquirer.ledger import Ledger

from . import books
from .cards import LoadCard
from .fleet import Fleet, Idle
from .line import Address
from .nemesis import Nemesis
from .provision import Control, hands
from .scenarios import Scenario
from .tally import Tally, quantile
from .terminal import Identity, LoadTerminal

_QUANTILES = (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0))


class Result:
    """What came of it: `tally`, `seconds`, and `wrong`, which is empty when the books hold."""

    def __init__(self, tally: Tally, scenario: Scenario, seconds: float):
        self.tally, self.scenario, self.seconds = tally, scenario, seconds
        self.wrong: list[str] = []
        self.answers = 0
        self.idle_kept = 0
        self.blows: dict[str, int] = {}

    @property
    def sales_per_second(self) -> float:
        """Approved sales alone."""
        return self.tally.codes["sale", "00"] / self.seconds

    def figures(self) -> "dict[str, Any]":
        """For a file: times in ms."""
        times = {
            what: {"count": len(each), **{name: round(1000 * quantile(each, part), 2) for name, part in _QUANTILES}}
            for what, each in sorted(self.tally.times.items())
        }
        return {
            "seconds": round(self.seconds, 2),
            "sales_per_second": round(self.sales_per_second, 1),
            "times_ms": times,
            "answers": {f"{what} {code}": count for (what, code), count in sorted(self.tally.codes.items())},
            "lines": dict(self.tally.lines),
            "idle_kept": self.idle_kept,
            "blows": self.blows,
            "answers_in_the_ledger": self.answers,
            "wrong": self.wrong,
        }

    def lines(self) -> "list[str]":
        """For a person."""
        said = [f"{self.sales_per_second:,.0f} sales/s in {self.seconds:.1f} s"]
        said.append(f"{'ms':<24}{'count':>9}" + "".join(f"{name:>9}" for name, _ in _QUANTILES))
        for what, each in sorted(self.tally.times.items()):
            cells = "".join(f"{1000 * quantile(each, part):9.1f}" for _, part in _QUANTILES)
            said.append(f"{what:<24}{len(each):>9,}{cells}")
        said.append("answers: " + _list({f"{what} {code}": count for (what, code), count in sorted(self.tally.codes.items())}))
        said.append("lines: " + _list(self.tally.lines))
        if self.scenario.idle:
            said.append(f"idle connections: {self.idle_kept:,} of {self.scenario.idle:,} held and still answered")
        if self.blows:
            said.append("meanwhile: " + _list(self.blows))
        said += self.wrong[:20]
        if self.wrong:
            said.append(f"{len(self.wrong):,} things are wrong")
        else:
            said.append(f"books: {self.answers:,} answers compared with the ledger, nothing is wrong")
        return said


def _list(counts: "dict[str, int]") -> str:
    return ", ".join(f"{what} {count:,}" for what, count in counts.items())


async def load(
    scenario: Scenario,
    address: Address,
    terminals: "list[Identity]",
    deck: "list[LoadCard]",
    seed: int,
    limit: int = 0,
    ledger: "Ledger | None" = None,
    control: "Control | None" = None,
    progress: "Callable[[str], None]" = lambda text: None,
    patience: float = 30.0,
    blows: "list[tuple[str, Callable[[], Awaitable[None]]]] | None" = None,
) -> Result:
    """Put a load on a host to which terminals and cards are known.  Raises Lost when it cannot begin.

    The books are read from `ledger`, else asked for over the wire and on the control socket.  `blows` are those of a Nemesis;
    with the last of them the load ends.
    """
    tally = Tally()
    fleet = Fleet(
        [LoadTerminal(each, address, deck, rng, tally, patience) for each, rng in zip(terminals, hands(seed, len(terminals)))],
        scenario,
        random.Random(seed),
        tally,
        limit,
    )
    idle = Idle(address, scenario.idle, patience)
    try:
        progress(f"opening {scenario.idle:,} idle connections" if scenario.idle else "signing on")
        await idle.open()
        await fleet.sign_on()
        tally.times.clear()
        progress(scenario.what)
        nemesis = Nemesis(blows or [], random.Random(f"{seed} nemesis"), tally, progress)
        if blows:
            fleet.goes_on = lambda: not nemesis.over
            await asyncio.gather(fleet.work(), nemesis.rage())
        else:
            await fleet.work()
        result = Result(tally, scenario, fleet.seconds)
        result.blows = nemesis.dealt
        result.idle_kept = await idle.still_answered(terminals[0].terminal, terminals[0].merchant)
        progress("comparing the books")
        figures = {what: list(each) for what, each in tally.times.items()}
        if ledger is not None:
            result.answers, wrong = books.in_ledger(fleet.terminals, ledger)
        else:
            result.answers, wrong = await books.by_inquiry(fleet.terminals)
            wrong += (await control.ask("ledger"))[0]["problems"] if control else []
        tally.times = figures  # without the inquiries of the comparison
    finally:
        await fleet.hang_up()
        await idle.close()
    result.wrong = [*tally.wrong, *fleet.given_up, *wrong]
    if result.idle_kept != scenario.idle:
        result.wrong.append(f"{scenario.idle - result.idle_kept:,} idle connections were not held")
    return result
