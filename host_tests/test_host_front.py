"""The control socket of a host with workers: whom a fault reaches, and when.  The workers are hosts in this process."""

import asyncio
import contextlib

import pytest
from acquirer_bench import new_acquirer

from acquirer.front import Crew, FrontControl

LASTING, ONCE = "decline 05 always sale", "drop-answer next void"


def run(test, fault_lines=()) -> None:
    """`test(crew, front, workers)`, of which none has joined."""

    async def work() -> None:
        async with contextlib.AsyncExitStack() as running:
            workers = [await running.enter_async_context(new_acquirer(control_port=0)) for _ in range(2)]
            own = await running.enter_async_context(new_acquirer(control_port=0))
            crew = Crew({"tls": 1234}, list(fault_lines))
            await test(crew, FrontControl(own, crew), workers)

    asyncio.run(asyncio.wait_for(work(), 60))


def kinds(acquirer) -> "list[str]":
    return [rule.describe()["fault"] for rule in acquirer.faults.rules]


def test_after_clear_a_new_worker_begins_without_the_faults_of_the_command_line():
    async def test(crew, front, workers):
        assert crew.begin(1) == [LASTING, ONCE]
        await crew.join(1, workers[0].ports)
        crew.leave(1)
        assert crew.begin(1) == [LASTING]  # what was for the next request is over
        await crew.join(1, workers[0].ports)
        assert (await front.execute("clear")) == {"ok": True}
        crew.leave(1)
        assert crew.begin(1) == []

    run(test, [LASTING, ONCE])


def test_what_is_told_while_a_worker_starts_reaches_it_too():
    async def test(crew, front, workers):
        crew.begin(1)
        await crew.join(1, workers[0].ports)
        assert crew.begin(2) == []
        assert (await front.execute("decline 05 always sale"))["ok"]
        assert (await front.execute("clear"))["ok"]
        assert (await front.execute("drop-answer next void"))["ok"]
        assert (await front.execute("decline 51 always void"))["ok"]
        assert kinds(workers[1]) == []
        await crew.join(2, workers[1].ports)
        assert kinds(workers[1]) == kinds(workers[0]) and len(kinds(workers[0])) == 2
        status = await front.execute("status")
        assert status["workers"] == 2 and len(status["faults"]) == 4 and status["ports"]["tls"] == 1234
        crew.leave(2)
        assert crew.begin(2) == ["decline 51 always void"]

    run(test)


def test_without_any_worker_everything_is_answered_in_one_line():
    async def test(crew, front, workers):
        crew.begin(1)
        crew.leave(1)
        assert await front.execute("clear") == {"ok": True}
        refused = await front.execute(ONCE)
        assert refused == {"ok": False, "error": "drop-answer: no worker runs just now; try again"}
        assert (await front.execute("decline 05 always sale"))["ok"]
        assert (await front.execute("status"))["workers"] == 0
        assert crew.begin(1) == ["decline 05 always sale"]  # it holds for those that come

    run(test)


def test_a_worker_that_has_just_ended_is_in_nobodys_way():
    async def test(crew, front, workers):
        for number, worker in enumerate(workers, 1):
            crew.begin(number)
            await crew.join(number, worker.ports)
        await workers[0].stop()
        assert (await front.execute("decline 05 always sale"))["ok"] and len(kinds(workers[1])) == 1
        assert (await front.execute("status"))["workers"] == 1
        assert (await front.execute("clear"))["ok"] and kinds(workers[1]) == []

    run(test)


@pytest.mark.parametrize(
    "line, said", [("wait-request sale", "not of a host with --workers"), ("decline", "decline"), ("", "empty")]
)
def test_what_cannot_be_done_is_said(line, said):
    async def test(crew, front, workers):
        answer = await front.execute(line)
        assert answer["ok"] is False and said in answer["error"]

    run(test)
