"""A real browser and a desk for it: what the browser tests, the README's pictures and the benchmark share."""

import asyncio
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import tempfile
import threading

from desk.room import Room
from desk.server import Desk

# Chromium without its windows first: it does the same with a fifth less processor time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PLACES = (
    "/usr/bin/chromium-headless-shell",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# No sandbox: containers refuse it, and no page but ours is opened.  The rest keeps the browser from calling anybody.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--js-flags=--no-opt --no-maglev",  # to make the page's scripts faster takes longer here than to run them
)  # fmt: skip
_START_S = 120.0
_CALL_S = 60.0


class NoBrowser(Exception):
    """No browser can be had here; one line says what is missing."""


def find() -> str:
    """The program of a Chromium or Chrome.  TAPTILL_BROWSER goes first.  Raises NoBrowser."""
    asked = os.environ.get("TAPTILL_BROWSER")
    for place in (asked,) if asked else _PLACES:
        if pathlib.Path(place).is_file():
            return place
    for name in () if asked else _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise NoBrowser(f"no browser: {asked or 'neither Chromium nor Chrome'} is not there (Debian: apt install {_NAMES[0]})")


@contextlib.contextmanager
def browser():
    """Playwright's Browser object for it, without a window.  Raises NoBrowser."""
    program = find()
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise NoBrowser("no browser: playwright is not installed (make test brings it)") from None
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=program, headless=True, args=list(ARGUMENTS))
        except Error as error:
            raise NoBrowser(f"no browser: {program} does not start: {str(error).splitlines()[0]}") from None
        try:
            yield started
        finally:
            started.close()


class DeskThread:
    """A desk with `count` terminals in a thread of its own, as the browser's driver wants this one.

    `with DeskThread(2) as desk:` desk.url is the page's address without the terminal's number; `room` the Room, which
    is touched only through `run`.  With `dark` no terminal has power until somebody switches it on; `options` are the Room's.
    Raises BenchError, DeskError, LedgerError, OSError.
    """

    def __init__(self, count: int = 1, dark: bool = False, **options):
        self.count = count
        self._dark = dark
        self.room: Room | None = None
        self.url = ""
        self._options = options
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._ready: concurrent.futures.Future = concurrent.futures.Future()
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)

    def __enter__(self):
        self._thread.start()
        self._ready.result(_START_S)
        return self

    def __exit__(self, *error):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_CALL_S)

    def _work(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # told to the one who waits in __enter__
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        with tempfile.TemporaryDirectory(prefix="till-desk-") as folder:
            room = Room(folder, self.count, **self._options)
            try:
                await room.start(power=not self._dark)
                desk = Desk(room)
                await desk.start()
                self.room, self.url = room, desk.address
                self._ready.set_result(None)
                try:
                    await self._end.wait()
                finally:
                    await desk.stop()
            finally:
                await room.stop()

    def begin(self, coroutine) -> concurrent.futures.Future:
        """Let a coroutine of the room or of its terminals run in the desk's thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def run(self, coroutine, seconds: float = _CALL_S):
        """What it gives, waited for in this thread."""
        return self.begin(coroutine).result(seconds)

    def terminal(self, number: int):
        """desk.terminal.Terminal, from 1 on."""
        return self.room.terminal(number)
