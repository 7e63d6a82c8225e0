"""A browser, a desk and a terminal of its own for each test that asks for them: once a file, shared by its tests."""

import os

import pytest

from campaigns.browser import DeskThread, NoBrowser, browser

TERMINALS = 16  # more than any file has tests: nobody has to clean up after the one before


@pytest.fixture(scope="module")
def chrome():
    try:
        with browser() as started:
            from playwright.sync_api import expect

            from .seat import SOON_MS

            expect.set_options(timeout=SOON_MS)
            yield started
            expect.set_options(timeout=5000)  # its own
    except NoBrowser as missing:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{missing}; here it must be")
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def desk(chrome):
    with DeskThread(TERMINALS, dark=True) as started:
        yield started


@pytest.fixture(scope="module")
def numbers():
    """Terminals that nobody has used."""
    return iter(range(1, TERMINALS + 1))


@pytest.fixture
def number(numbers, desk):
    """One of them, with power for as long as the test takes."""
    bench = desk.terminal(number := next(numbers)).bench
    desk.run(bench.power_on())
    yield number
    desk.run(bench.power_off())


@pytest.fixture
def seats(chrome, desk):
    from .seat import Seats

    opened = Seats(chrome, desk.url)
    yield opened
    assert opened.close() == []
