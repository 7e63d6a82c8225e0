"""The model of the protocol, explored whole; and the proof that it would see what is wrong."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from campaigns import invariants
from model import claims, command
from model.bugs import BUGS
from model.explore import Broken, Graph, whole
from model.protocol import ON, actions
from model.state import BOOKED, OFF, State, in_journal, settled


def checked(rows) -> None:
    graph = Graph(rows).explore()
    graph.flows_end()
    graph.settles()


def test_every_invariant_holds_in_every_state():
    graph = whole()
    graph.flows_end()
    graph.settles()
    print(f"states: {len(graph.edges)}, transitions: {graph.transitions}")
    places = {s.at for s in graph.edges}
    assert places == {OFF, *ON}
    names = {action.name for steps in graph.edges.values() for action, _ in steps}
    never = {action.name for action in actions()} - names
    # What only a terminal with an error comes to.
    assert never == {"another host answers 25", "another host says that it has barred it"}
    # Nothing is left to a supervisor that the host would give its word on.
    alone = [s for s in graph.edges if not settled(s) and claims.needs_a_person(s)]
    assert alone and all(s.book == BOOKED for s in alone)


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found_by_the_invariant_that_it_breaks(bug):
    rows, wanted = BUGS[bug]
    with pytest.raises(Broken) as broken:
        checked(rows())
    assert broken.value.invariant in wanted, broken.value.steps
    assert broken.value.steps[0].endswith(" begins")


def test_the_way_to_a_broken_invariant_is_a_shortest_one():
    rows, _ = BUGS["the request leaves before the intent is saved"]
    with pytest.raises(Broken) as broken:
        checked(rows())
    assert broken.value.steps == ["a sale begins", "the 0200 leaves first"]


def test_the_sign_of_a_void():
    assert [in_journal(State(kind, record=record)) for kind in ("sale", "void") for record in ("", "approved")] == [0, 1, 1, 0]


def test_every_invariant_has_one_name():
    assert all(wanted in invariants.HOLDS for _, names in BUGS.values() for wanted in names)


def test_the_command():
    told = CliRunner().invoke(command.model, [])
    assert told.exit_code == 0 and told.output.splitlines()[-1].startswith("states: "), told.output
    done = subprocess.run([sys.executable, "-m", "till.cli", "model", "--bug", "12 closes"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout.startswith("no-silent-drop does not hold: "), done.stdout + done.stderr
    assert "0410 12 is taken" in done.stdout
