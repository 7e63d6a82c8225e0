"""Figures of the desk: what a person waits for at the page in a real browser, and what one bench costs."""

import asyncio
import statistics

from desk.figures import Meter
from desk.serve import sell

from .browser import DeskThread, NoBrowser, browser

BROWSER = ("desk_key_to_pixel_ms", "desk_tap_to_result_ms")  # without a browser these are left out
_PAUSE_MS = 250  # between two key presses: a finger's, and longer than the bench holds a key
_KEYS = "1*"
_QUIET_S = 1.0
_SOON_MS = 30_000

# Both note when the browser had the input, and look at every frame for what came of it.
_KEY = """() => {
  const canvas = document.querySelector("canvas.oled");
  const dots = () => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const before = dots();
  window.measured = new Promise((resolve) => {
    document.addEventListener("keydown", (event) => {
      const look = (now) => {
        const found = dots();
        if (found.length === before.length && found.every((part, at) => part === before[at])) {
          requestAnimationFrame(look);
        } else resolve(performance.now() - event.timeStamp);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}"""
_TAP = """() => {
  const words = document.getElementById("screen-text");
  window.measured = new Promise((resolve) => {
    document.addEventListener("click", (event) => {
      const look = () => {
        if (words.getAttribute("aria-label").includes("APPROVED")) resolve(performance.now() - event.timeStamp);
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}"""


def times(keys: int, taps: int, progress) -> dict:
    """Medians of `keys` key presses and `taps` sales on the page.  Raises NoBrowser, BenchError, DeskError."""
    progress("the page in a browser")
    with browser() as chrome, DeskThread(1) as desk:
        page = chrome.new_page(viewport={"width": 1366, "height": 768})
        page.set_default_timeout(_SOON_MS)
        page.goto(f"{desk.url}1?lang=en")

        def shows(word: str) -> None:
            page.locator(f'#screen-text[aria-label*="{word}"]').wait_for(state="attached")

        shows("Type an amount")
        presses, results = [], []
        for number in range(keys):
            page.wait_for_timeout(_PAUSE_MS)
            page.evaluate(_KEY)
            page.keyboard.press(_KEYS[number % len(_KEYS)].replace("*", "Backspace"))
            presses.append(page.evaluate("() => window.measured"))
        page.keyboard.press("Escape")
        page.keyboard.press("#")
        shows("Type an amount")
        for number in range(taps):
            progress(f"a sale on the page, {number + 1} of {taps}")
            page.keyboard.type("1250#")
            shows("Present card")
            page.evaluate(_TAP)
            page.locator('.cards [data-name="visa-credit"]').click(position={"x": 20, "y": 12})
            results.append(page.evaluate("() => window.measured"))
            page.locator("#card-on-reader").click()
            page.keyboard.press("#")
            shows("Type an amount")
    return dict(zip(BROWSER, (statistics.median(presses), statistics.median(results))))


def costs(count: int, progress) -> dict:
    """Memory and processor time of one of `count` benches; nothing where the system does not tell.

    Raises BenchError, DeskError.
    """
    progress(f"what one of {count} benches costs")
    with DeskThread(count) as desk:
        idle, sold = desk.run(_costs(desk.room))
    if not idle or not sold:
        return {}
    return {
        "desk_bench_mb": idle["rss_bench"] / 1048576,
        "desk_bench_idle_cpu_percent": 100 * idle["cpu_bench"] / _QUIET_S,
        "desk_bench_sale_cpu_ms": 1000 * sold["cpu_bench"],
        "desk_server_sale_cpu_ms": 1000 * sold["cpu_server"] / count,
    }


async def _costs(room) -> tuple:
    await asyncio.gather(*[terminal.bench.wait_text(lambda shown: shown.idle, 60) for terminal in room.terminals])
    meter = Meter(room)
    await asyncio.sleep(_QUIET_S)
    idle = meter.read()
    await asyncio.gather(*[sell(terminal) for terminal in room.terminals])
    return idle, meter.read()


def figures(keys: int, taps: int, count: int, progress) -> tuple:
    """(figures, why some are left out or "")."""
    found, why = {}, ""
    try:
        found.update(times(keys, taps, progress))
    except NoBrowser as missing:
        why = str(missing)
    found.update(costs(count, progress))
    return found, why
