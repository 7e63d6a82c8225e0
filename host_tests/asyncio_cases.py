"""What the firmware needs of MicroPython's asyncio, case by case: run by MicroPython, and by the simulation's own loop.

`cases(asyncio)` gives (name, coroutine function); each takes `say` and says what happens in its order.
"""


def cases(asyncio):
    async def nap(say, name, milliseconds):
        say("begin " + name)
        try:
            await asyncio.sleep_ms(milliseconds)
        except asyncio.CancelledError:
            say("cancelled " + name)
            raise
        say("end " + name)
        return name

    async def order(say):
        tasks = [asyncio.create_task(nap(say, name, wait)) for name, wait in (("a", 60), ("b", 20), ("c", 40))]
        say(str(await asyncio.gather(*tasks)))

    async def nothing_runs_before_an_await(say):
        asyncio.create_task(nap(say, "a", 0))
        say("made")
        await asyncio.sleep_ms(0)
        say("awaited once")
        await asyncio.sleep_ms(20)

    async def in_time(say):
        say(await asyncio.wait_for_ms(nap(say, "a", 10), 200))

    async def too_late(say):
        try:
            await asyncio.wait_for_ms(nap(say, "a", 400), 30)
        except asyncio.TimeoutError:
            say("time is up")

    async def what_it_raises(say):
        async def falls():
            await asyncio.sleep_ms(5)
            raise ValueError("fell")

        try:
            await asyncio.wait_for_ms(falls(), 200)
        except ValueError as error:
            say("raised " + str(error))
        task = asyncio.create_task(falls())
        try:
            await task
        except ValueError as error:
            say("raised again " + str(error))
        say(str(task.done()))

    async def who_will_not_be_cancelled(say):
        async def stubborn():
            try:
                await asyncio.sleep_ms(400)
            except asyncio.CancelledError:
                say("not I")
            return "stayed"

        try:
            say(str(await asyncio.wait_for_ms(stubborn(), 20)))
        except asyncio.TimeoutError:
            say("time is up")

    async def cancelled_while_it_waits_for_another(say):
        async def waits():
            try:
                await asyncio.wait_for_ms(nap(say, "inner", 400), 300)
            except asyncio.CancelledError:
                say("outer too")
                raise

        task = asyncio.create_task(waits())
        await asyncio.sleep_ms(20)
        say(str(task.cancel()))
        try:
            await task
        except asyncio.CancelledError:
            say("over")
        say(str(task.done()) + " " + str(task.cancel()))

    async def cancelled_before_it_has_begun(say):
        task = asyncio.create_task(nap(say, "a", 10))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            say("never begun")

    async def events(say):
        event = asyncio.Event()

        async def waits(name):
            await event.wait()
            say("woken " + name)

        tasks = [asyncio.create_task(waits(name)) for name in "ab"]
        await asyncio.sleep_ms(10)
        say(str(event.is_set()))
        event.set()
        say("set")
        await asyncio.sleep_ms(10)
        await event.wait()  # does not wait
        event.clear()
        try:
            await asyncio.wait_for_ms(event.wait(), 20)
        except asyncio.TimeoutError:
            say("cleared")
        for task in tasks:
            await task

    async def set_and_cleared_at_once(say):
        event = asyncio.Event()

        async def waits():
            await event.wait()
            say("woken, set: " + str(event.is_set()))

        task = asyncio.create_task(waits())
        await asyncio.sleep_ms(10)
        event.set()
        event.clear()
        await asyncio.wait_for_ms(task, 100)

    async def finally_runs(say):
        async def cleans():
            try:
                await asyncio.sleep_ms(400)
            finally:
                await asyncio.sleep_ms(10)
                say("cleaned")

        task = asyncio.create_task(cleans())
        await asyncio.sleep_ms(10)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            say("after that")

    async def several_wait_for_one(say):
        task = asyncio.create_task(nap(say, "one", 20))

        async def waits(name):
            say(name + " has " + await task)

        await asyncio.gather(waits("a"), waits("b"))
        say(await task)

    async def gather_and_one_that_falls(say):
        async def falls():
            await asyncio.sleep_ms(10)
            raise ValueError("one")

        other = asyncio.create_task(nap(say, "other", 40))
        try:
            await asyncio.gather(falls(), other)
        except ValueError as error:
            say("gathered " + str(error))
        await asyncio.sleep_ms(60)

    async def gather_and_the_last_one_that_falls_first(say):
        async def falls():
            await asyncio.sleep_ms(10)
            raise ValueError("last")

        other = asyncio.create_task(nap(say, "other", 40))
        try:
            await asyncio.gather(other, falls())
        except ValueError as error:
            say("gathered " + str(error))
        await asyncio.sleep_ms(60)

    found = [
        order, nothing_runs_before_an_await, in_time, too_late, what_it_raises, who_will_not_be_cancelled,
        cancelled_while_it_waits_for_another, cancelled_before_it_has_begun, events, set_and_cleared_at_once, finally_runs,
        several_wait_for_one, gather_and_one_that_falls, gather_and_the_last_one_that_falls_first,
    ]  # fmt: skip
    return [(case.__name__ if hasattr(case, "__name__") else str(at), case) for at, case in enumerate(found)]


if __name__ == "__main__":
    import asyncio

    for at, (_, case) in enumerate(cases(asyncio)):

        def say(words, at=at):
            print(at, words)

        asyncio.run(case(say))
        asyncio.new_event_loop()
