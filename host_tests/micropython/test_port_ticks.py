"""The bench waits like the ESP32's port when it is asked to: pauses of the firmware end at ticks (F-E9)."""

import asyncio
import time


def test_f_e9_a_pause_ends_at_the_next_tick_that_it_reaches():
    for now, ms, takes in ((0, 5, 10), (0, 10, 10), (0, 15, 20), (1, 5, 9), (6, 5, 14), (9, 1, 1), (10, 15, 20), (3, 100, 107)):
        assert time.to_tick(now, ms, 10) == takes, (now, ms)
    assert time.to_tick(7, 0, 10) == 0 and time.to_tick(7, -3, 10) == -3  # giving way only


def test_f_e9_asyncio_waits_in_ticks_and_the_models_do_not():
    """Not in the row: asyncio.sleep, and what stands around the processor keeps its own time."""
    asked = []
    own = asyncio.core.sleep_ms, asyncio.sleep_ms
    ticks = time.ticks_ms
    asyncio.core.sleep_ms = asyncio.sleep_ms = asked.append
    try:
        time.ticks_ms = lambda: 1003
        time._exact = None
        time.wait_in_ticks(10)
        asyncio.sleep_ms(5)
        asyncio.core.sleep_ms(15)
        asyncio.sleep(0.021)
        time.exactly_ms(5)
        time.wait_in_ticks(10)  # a second time changes nothing
        asyncio.sleep_ms(5)
    finally:
        asyncio.core.sleep_ms, asyncio.sleep_ms = own
        time.ticks_ms = ticks
        time._exact = None
    assert asked == [7, 17, 27, 5, 7], asked
