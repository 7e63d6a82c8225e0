"""The simulation's asyncio says, case by case, what MicroPython's says."""

import pathlib
import subprocess

import pytest
from asyncio_cases import cases

from rig.interpreter import micropython
from sim import aio

HERE = pathlib.Path(__file__).resolve().parent
CASES = cases(aio)


@pytest.fixture(scope="module")
def said_by_micropython() -> "list[list[str]]":
    done = subprocess.run([micropython(), str(HERE / "asyncio_cases.py")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    said: list[list[str]] = [[] for _ in CASES]
    for line in done.stdout.splitlines():
        at, words = line.split(" ", 1)
        said[int(at)].append(words)
    return said


@pytest.mark.parametrize("at", range(len(CASES)), ids=[name for name, _ in CASES])
def test_as_micropython_has_it(at: int, said_by_micropython) -> None:
    said: list[str] = []
    aio.begin()
    task = aio.create_task(CASES[at][1](said.append))
    task.awaited = True
    aio.loop.run(task.done, 60_000)
    assert task.error is None
    assert said == said_by_micropython[at] and said


def test_time_is_virtual_and_ends_at_its_bound() -> None:
    loop = aio.begin()
    task = aio.create_task(aio.sleep_ms(86_400_000))
    assert not loop.run(task.done, 3_600_000) and loop.now == 3_600_000
    assert loop.run(task.done, 90_000_000) and loop.now == 86_400_000


def test_a_life_ends_as_a_whole() -> None:
    aio.begin()
    said: list[str] = []

    async def lives(name: str) -> None:
        try:
            while True:
                await aio.sleep_ms(10)
        finally:
            said.append(name)
            await aio.sleep_ms(10)  # refused
            said.append("never")

    life = aio.Life()
    for name in "ab":
        aio.create_task(lives(name), life)
    aio.loop.run(lambda: False, 100)
    life.end()
    assert sorted(said) == ["a", "b"] and not life.tasks
    aio.loop.run(lambda: False, 200)
    assert sorted(said) == ["a", "b"]


def test_what_nobody_awaits_goes_to_its_life() -> None:
    aio.begin()

    async def falls() -> None:
        raise ValueError("alone")

    life = aio.Life()
    fallen: list[BaseException] = []
    life.fell = fallen.append  # type: ignore[method-assign]
    aio.create_task(falls(), life)
    aio.loop.run(lambda: False, 10)
    assert [str(error) for error in fallen] == ["alone"]
    aio.create_task(falls())
    with pytest.raises(ValueError, match="alone"):
        aio.loop.run(lambda: False, 20)
