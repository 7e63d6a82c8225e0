"""Waiting for what a terminal shows, without a terminal."""

import asyncio

from rig.bench_watch import Watched


def _screen(word: str) -> dict:
    return {"ev": "screen", "text": [word], "names": []}


def test_a_screen_that_gave_way_before_anybody_looked_was_shown() -> None:
    async def work() -> None:
        watched = Watched(10)
        watched.on = True
        watched.note(_screen("earlier"))
        watched.note(_screen("idle"))
        waiting = [asyncio.create_task(watched.wait_text(lambda shown, w=w: w in shown, 5)) for w in ("approved", "idle")]
        missed = asyncio.create_task(watched.wait_text(lambda shown: "earlier" in shown, 0.05))
        await asyncio.sleep(0)  # they wait from now on
        watched.note(_screen("approved"))
        watched.note(_screen("ready"))
        await watched.wake()
        assert [list(await each) for each in waiting] == [["approved"], ["idle"]]
        try:
            await missed
        except asyncio.TimeoutError:
            return
        raise AssertionError("what was shown before the wait began is taken for what comes")

    asyncio.run(work())
