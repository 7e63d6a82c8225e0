"""`till load`: many terminals on one host, with lost and doubled messages, and books that are compared to the last answer."""

import asyncio
import json
import pathlib
import random

import pytest
from acquirer_bench import new_acquirer
from click.testing import CliRunner
from sqlalchemy import delete, select, update

from acquirer import books, testcards
from acquirer.rows import APPROVED, DECLINED
from acquirer.sql_ledger import SqlLedger
from acquirer.tables import transactions
from acquirer.vault import Keeper
from campaigns.load import cards, fill, provision
from campaigns.load.books import by_inquiry, in_ledger
from campaigns.load.command import load_command
from campaigns.load.fleet import Fleet
from campaigns.load.line import Address
from campaigns.load.place import started
from campaigns.load.provision import Control
from campaigns.load.run import load
from campaigns.load.scenarios import SCENARIOS
from campaigns.load.tally import Tally, quantile
from campaigns.load.terminal import LoadTerminal
from rig import open_files
from rig.failures import Failed

SEED = 20261130
MERCHANT = provision.MERCHANT


def at(acquirer) -> Address:
    return Address("127.0.0.1", acquirer.ports["tcp"])


async def fleet_of(acquirer, count: int, acts: int, scenario: str = "trouble") -> Fleet:
    """Terminals that have done `acts` things with a host in this process."""
    terminals, deck = provision.identities(count), cards.deal(5)
    provision.on_ledger(acquirer.ledger, terminals, deck)
    tally = Tally()
    made = [LoadTerminal(each, at(acquirer), deck, rng, tally) for each, rng in zip(terminals, provision.hands(SEED, count))]
    fleet = Fleet(made, SCENARIOS[scenario], provision.hands(SEED, 1)[0], tally, acts)
    await fleet.sign_on()
    await fleet.work()
    assert fleet.given_up == [] and tally.wrong == []
    return fleet


def test_a_load_of_duplicates_reversals_and_new_lines_leaves_equal_books(tmp_path):
    """On a host in a process of its own, whose ledger has been in use before."""
    figures = tmp_path / "figures.json"
    words = ["trouble", "--terminals", "10", "--acts", "250", "--rows", "1000", "--seed", str(SEED)]
    done = CliRunner().invoke(load_command, [*words, "--state", str(tmp_path / "state"), "--json", str(figures)])
    assert done.exit_code == 0, done.output
    assert "nothing is wrong" in done.output
    found = json.loads(figures.read_text("utf-8"))
    assert found["wrong"] == [] and found["answers_in_the_ledger"] > 120
    assert found["answers"]["duplicate same"] > 10 and found["lines"]["opened"] > 90
    assert found["answers"]["reversal 00"] + found["answers"].get("reversal 25", 0) > 25


def test_killed_in_the_middle_of_transactions_the_host_has_every_answer_that_it_gave(tmp_path):
    """kill -9 at moments of chance, each as soon as the host answers again."""
    figures = tmp_path / "figures.json"
    words = ["kill", "--kills", "2", "--terminals", "8", "--seed", str(SEED), "--json", str(figures)]
    done = CliRunner().invoke(load_command, [*words, "--state", str(tmp_path / "state")])
    assert done.exit_code == 0, done.output
    found = json.loads(figures.read_text("utf-8"))
    assert found["blows"] == {"kills": 2} and found["wrong"] == [] and found["answers_in_the_ledger"] > 10
    assert sum(count for what, count in found["lines"].items() if what != "opened") >= 2  # requests that nobody answered


def test_a_host_that_answers_before_it_is_durable_is_found_out_when_it_is_killed(tmp_path):
    """What the campaign of kills is for: hasty_host.py has the error in it."""

    async def work() -> list[str]:
        program = (pathlib.Path(__file__).parent / "hasty_host.py").read_text("utf-8")
        async with started(None, tmp_path, 8, 0, [], lambda text: None, program) as place:
            rng = random.Random(SEED)
            blows = [("kills", lambda: place.own.kill(rng))] * 2
            here = (place.address, place.terminals, place.deck)
            return (await load(SCENARIOS["kill"], *here, SEED, ledger=place.ledger, blows=blows)).wrong

    wrong = asyncio.run(asyncio.wait_for(work(), 120))
    assert any("approved, and not in the ledger" in line for line in wrong), wrong


def test_a_host_that_runs_is_asked_over_its_own_sockets():
    async def work():
        async with new_acquirer(control_port=0) as acquirer:
            testcards.load(acquirer.ledger)
            control = Control("127.0.0.1", acquirer.ports["control"])
            terminals = provision.identities(3)
            deck = await control.provision(terminals)
            scenario = SCENARIOS["day"]._replace(idle=5)
            result = await load(scenario, at(acquirer), terminals, deck, SEED, 60, control=control)
            assert result.wrong == [] and result.answers > 40 and result.idle_kept == 5
            with pytest.raises(Failed, match="control socket: batch"):
                await control.ask("batch 00000000 5")

    asyncio.run(asyncio.wait_for(work(), 60))


# What is done to the ledger behind the host's back -> a word of what is then said
LIES = {
    "in the journal, unknown": lambda row: delete(transactions).where(transactions.c.id == row),
    "in the journal, declined": lambda row: update(transactions).where(transactions.c.id == row).values(state=DECLINED),
    "rrn": lambda row: update(transactions).where(transactions.c.id == row).values(rrn="000000000000"),
}


@pytest.mark.parametrize("said", LIES)
def test_a_ledger_that_lost_or_changed_an_answer_is_found_out(said):
    async def work():
        async with new_acquirer() as acquirer:
            fleet = await fleet_of(acquirer, 3, 60)
            answers, wrong = in_ledger(fleet.terminals, acquirer.ledger)
            assert answers > 40 and wrong == []
            assert await by_inquiry(fleet.terminals) == (answers, [])
            with acquirer.ledger.connection() as connection:
                sale = connection.scalars(
                    select(transactions.c.id).where(transactions.c.state == APPROVED, transactions.c.kind == "sale")
                ).first()
                connection.execute(LIES[said](sale))
            assert any(said in line for line in in_ledger(fleet.terminals, acquirer.ledger)[1])
            assert any(said in line for line in (await by_inquiry(fleet.terminals))[1])

    asyncio.run(asyncio.wait_for(work(), 60))


# What is done to a row behind the host's back -> (whose rows, a word of what is then said, is it seen over the wire too?)
LATER_LIES = {
    "a decline is gone": ("51", delete(transactions), "declined with 51, and not in the ledger", True),
    "a bar is gone": ("25", delete(transactions), "barred by its reversal, and not in the ledger", True),
    "reversed otherwise": ("25", update(transactions).values(reversal_code="00"), "reversal_code 25 was answered", False),
    "another reference": ("00", update(transactions).values(reversal_rrn="0"), "reversal_rrn", False),
}


@pytest.mark.parametrize("lie", LATER_LIES)
def test_a_ledger_that_lost_a_decline_or_changed_a_reversal_is_found_out(lie):
    code, change, said, seen = LATER_LIES[lie]

    async def work():
        async with new_acquirer() as acquirer:
            terminals, deck = provision.identities(1), cards.deal(5)[4:]  # others are the host's own already
            provision.on_ledger(acquirer.ledger, terminals, deck)
            terminal = LoadTerminal(terminals[0], at(acquirer), deck, provision.hands(SEED, 1)[0], Tally())
            if code == "51":
                await acquirer.command("decline 51 next sale")
            if code == "25":
                await acquirer.command("close before next sale")
            await terminal.do({"51": "sale", "25": "sale", "00": "reversal"}[code])
            assert in_ledger([terminal], acquirer.ledger) == (code != "25", [])
            assert await by_inquiry([terminal]) == (code != "25", [])
            with acquirer.ledger.connection() as connection:
                assert connection.execute(change).rowcount == 1
            assert any(said in line for line in in_ledger([terminal], acquirer.ledger)[1])
            answers, wrong = await by_inquiry([terminal])
            assert any(said in line for line in wrong) == seen
            assert answers == 0 or not seen  # what was not found was not compared
            await terminal.hang_up()

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_host_that_answers_a_duplicate_otherwise_is_found_out():
    async def work():
        async with new_acquirer() as acquirer:
            terminals, deck = provision.identities(1), cards.deal(1)
            provision.on_ledger(acquirer.ledger, terminals, deck)
            assert (await acquirer.command("mismatch stan next sale"))["ok"]
            scenario = SCENARIOS["sales"]._replace(mix={"duplicate": 1})
            result = await load(scenario, at(acquirer), terminals, deck, SEED, 1, ledger=acquirer.ledger)
            assert any("the second answer is not the first" in line for line in result.wrong)
            assert any("answered with STAN" in line for line in result.wrong)

    asyncio.run(asyncio.wait_for(work(), 60))


def test_in_the_open_loop_who_waits_is_counted_from_when_he_came():
    """One terminal, ten acts that come at once: the last one waits for nine others."""

    async def work():
        async with new_acquirer() as acquirer:
            terminals, deck = provision.identities(1), cards.deal(1)
            provision.on_ledger(acquirer.ledger, terminals, deck)
            scenario = SCENARIOS["sales"]._replace(rate=100000.0)
            result = await load(scenario, at(acquirer), terminals, deck, SEED, 10, ledger=acquirer.ledger)
            waited, served = result.tally.times["any, from its arrival"], result.tally.times["sale"]
            assert result.wrong == [] and len(waited) == len(served) == 10
            assert max(waited) > sum(served[1:])

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_filled_ledger_has_the_rows_and_books_that_add_up(tmp_path):
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", keeper=Keeper(tmp_path))
    deck, fillers = cards.deal(7), provision.identities(3, "F")
    provision.on_ledger(ledger, fillers, deck)
    names = [each.terminal for each in fillers]
    before = ledger.terminal(names[0])["batch"]
    provision.on_ledger(ledger, fillers, deck)
    assert ledger.terminal(names[0])["batch"] == before + 1  # no STAN of an earlier load is met again
    assert fill.fill(ledger, 100, names, MERCHANT, deck, lambda text: None) == 100
    assert fill.fill(ledger, 250, names, MERCHANT, deck, lambda text: None) == 150
    assert fill.fill(ledger, 250, names, MERCHANT, deck, lambda text: None) == 0
    assert books.totals(ledger)["approved"] == {"count": 250, "amount": 250 * 1250}
    assert books.problems(ledger) == [] and ledger.merchant_balance(MERCHANT) == 250 * 1250
    ledger.close()


def test_quantiles_are_the_nearest_ranks():
    times = [float(number) for number in range(1, 1001)]
    assert [quantile(times, part) for part in (0.5, 0.99, 0.999, 1.0)] == [500, 990, 999, 1000]
    assert quantile([7.0], 0.5) == 7.0


@pytest.mark.parametrize(
    "words, said",
    [
        (["--host", "nowhere"], "nowhere is not HOST:PORT"),
        (["--host", "127.0.0.1:1", "--workers", "2"], "are for a host that is started here"),
        (["--host", "127.0.0.1:1", "--control", "1"], "control socket 127.0.0.1:1: Connection refused"),
        (["--ledger", "nonsense"], "ledger: cannot open it"),
        (["kill", "--host", "127.0.0.1:1"], "only a host that is started here"),
        (["supper"], "supper"),
    ],
)
def test_a_load_that_cannot_begin_says_why_in_one_line(tmp_path, words, said):
    done = CliRunner().invoke(load_command, [*words, "--state", str(tmp_path)])
    assert done.exit_code == 2 and said in done.output and "Traceback" not in done.output


def test_more_connections_than_the_system_allows_are_one_line():
    with pytest.raises(Failed, match="till load: 1,000,000,000 open connections and files are more than"):
        open_files.allow(10**9, "till load")
