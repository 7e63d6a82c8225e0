"""The terminal's clock on the bench: it starts in the year 2000, and TLS looks at the dates of certificates (F-E3, F-E11)."""

import asyncio
import datetime
import socket

import pytest
from test_bench_sale import IDLE, SETTINGS, SOON, Till, options

from till.acquirer import tls
from till.lab import Lab
from till.scripts import contains

UTC = datetime.timezone.utc
FLOOR = datetime.datetime(2026, 1, 1, tzinfo=UTC)
AFTER_THE_FLOOR = datetime.datetime(2026, 2, 3, 14, 30, tzinfo=UTC)
OFF = {"ntp_host": ""}


def play(folder, story, settings=None, prepare=None, clock=None):
    """Run `story(till)` from power-on; `prepare(lab)` comes before the terminal is provisioned."""

    async def run():
        more = {"clock": clock} if clock else {}
        async with Lab(folder, settings={**SETTINGS, **(settings or {})}, options=options(trace="net"), **more) as lab:
            await story(Till(lab))

    asyncio.run(run())


def shown(till, words: str) -> bool:
    """Was this ever on the screen?"""
    return any(event["ev"] == "screen" and contains(event.get("text") or [], words) for _, event in till.bench.events)


def test_f_e3_tls_without_a_time_server_is_joined_at_the_floor(tmp_path):
    async def story(till):
        await till.shows(IDLE)  # signed on over TLS, and the host's answer has set the clock
        assert not contains(till.bench.text(), "--:--")
        await till.sale("1250", "visa-credit", "APPROVED")

    play(tmp_path, story, OFF)
