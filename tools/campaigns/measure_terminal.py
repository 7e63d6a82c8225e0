"""Figures of the whole terminal on the bench, with the acquirer beside it: display, times, heap."""

import asyncio
import pathlib
import tempfile
import time
from collections.abc import Iterable

from rig.lab import Lab
from rig.supervisor import BenchError, Options

_AMPLE = "1M"  # a heap that is no obstacle, where the heap is not what is measured
_SOON = 20
_STEP = 4  # kB: how exactly the smallest heap is looked for
_LOW, _HIGH = 96, 1024  # kB: between these it is looked for
_AMOUNT = "1250"
_LEFT_ALONE_S = 3
COUNTED = str(pathlib.Path(__file__).resolve().parent / "on_micropython" / "counted")
_IDLE = "HINT_IDLE"
_GIVES_UP = ("NOT_CHARGED", "FAILED", "BLOCKED")


class _Stage:
    """A lab in a folder of its own, and what came out of it with the time of arrival."""

    def __init__(self, settings=None, **options):
        self._folder = tempfile.TemporaryDirectory(prefix="till-measure-")
        self.seen: list = []  # (seconds, event)
        self.lab = Lab(self._folder.name, settings=settings, options=Options(**options), listener=self._note)
        self.bench = self.lab.bench

    def _note(self, event: dict) -> None:
        self.seen.append((time.perf_counter(), event))

    async def __aenter__(self):
        try:
            await self.lab.start(power=False)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error):
        await self.lab.stop()
        self._folder.cleanup()

    def when(self, wanted, since: float = 0.0) -> float:
        """When the first such event came, not before `since`."""
        for at, event in self.seen:
            if at >= since and wanted(event):
                return at
        raise BenchError("measure: an event is missing in what the bench told")

    async def shows(self, *names, seconds: float = _SOON) -> None:
        """Wait until one of these sentences is on the screen; BenchError when the terminal gives up, or goes off."""
        told = (*names, *_GIVES_UP)
        waiting = asyncio.ensure_future(self.bench.wait_text(lambda lines: any(name in lines.names for name in told), seconds))
        while not waiting.done():
            await asyncio.wait([waiting], timeout=0.1)
            if not self.bench.on and not waiting.done():
                waiting.cancel()
                raise BenchError("the terminal went off: " + self._why_off())
        if not any(name in waiting.result().names for name in names):
            raise BenchError("the terminal gives up: " + ", ".join(waiting.result()))

    def _why_off(self) -> str:
        for _, event in reversed(self.seen):
            if event["ev"] == "power" and not event["on"]:
                return event["why"]
        return "nobody said why"

    async def press(self, keys: str) -> None:
        for key in keys:
            await self.bench.do("key", key=key)

    async def to_idle(self) -> None:
        await self.bench.power_on()
        await self.shows(_IDLE)

    async def void(self) -> None:
        """The newest sale of the card is voided."""
        await self.press("A2#")
        await self.shows("PRESENT_CARD")
        await self.bench.do("card", card="visa-credit")
        await self.shows("KEYS_AGREE")
        await self.press("#")
        await self.shows("VOIDED")
        await self.bench.do("card-off")
        await self.away()

    async def sale(self, *ends) -> float:
        """From idle to a result that shows one of `ends`, and back; seconds from the card to the result."""
        await self.press(_AMOUNT + "#")
        await self.shows("PRESENT_CARD")
        begin = time.perf_counter()
        await self.bench.do("card", card="visa-credit")
        await self.shows(*ends)
        taken = time.perf_counter() - begin
        await self.bench.do("card-off")
        return taken

    async def away(self) -> None:
        """From a result back to idle."""
        await self.press("#")
        await self.shows(_IDLE)


def _event(kind: str, **values):
    return lambda event: event["ev"] == kind and all(event.get(name) == value for name, value in values.items())


def _approved(event: dict) -> bool:
    return event["ev"] == "screen" and event["names"][:1] == ["APPROVED"]


async def times(sales: int, progress) -> dict:
    """Power-on to idle in its parts, and the tap to APPROVED; the least of `sales` sales and two starts."""
    starts, taps = [], []
    for number in range(2):
        async with _Stage(heap=_AMPLE, trace="net,apdu") as stage:
            begin = time.perf_counter()
            await stage.to_idle()
            marks = [
                begin,
                stage.when(_event("ready"), begin),
                stage.when(lambda event: event["ev"] == "screen" and event.get("text"), begin),
                stage.when(_event("net", step="open"), begin),
                time.perf_counter(),
            ]
            starts.append([later - earlier for earlier, later in zip(marks, marks[1:])])
            if not number:
                continue
            for turn in range(sales):
                begin = time.perf_counter()
                taken = await stage.sale("APPROVED")
                opened = stage.when(_event("net", step="open"), begin)
                apdus = [at for at, event in stage.seen if begin <= at < opened and event["ev"] == "apdu"]
                shown = stage.when(_approved, opened)
                taps.append((taken, apdus[-1] - (shown - taken), opened - apdus[-1], shown - opened))
                await stage.away()
                progress(f"a sale from the tap: {turn + 1} of {sales}")
    best, tap = min(starts, key=sum), min(taps)
    return {
        "boot_s": sum(best),
        "boot_interpreter_s": best[0],
        "boot_firmware_s": best[1],
        "boot_wifi_s": best[2],
        "boot_sign_on_s": best[3],
        "sale_tap_to_approved_s": tap[0],
        "sale_card_s": tap[1],
        "sale_prepare_s": tap[2],
        "sale_host_s": tap[3],
    }


async def display(progress) -> dict:
    """I2C bytes of the display: each digit, and each change of screen of an approved and of a reversed sale."""
    settings = {"answer_timeout_s": 3, "reversal_pause_s": 0}
    async with _Stage(settings, heap=_AMPLE, trace="", firmware=COUNTED) as stage:
        await stage.to_idle()
        progress("bytes of the display")
        digits = []
        for key in _AMOUNT:
            place = len(stage.seen)
            await stage.press(key)
            digits.append(sum(event["bytes"] for _, event in stage.seen[place:] if event["ev"] == "refresh"))
        await stage.press("*" * (len(_AMOUNT) + 1))
        await stage.shows(_IDLE)
        await stage.sale("APPROVED")
        await stage.away()
        progress("bytes of the display, a sale without an answer")
        await stage.lab.host("drop-answer next")
        await stage.sale("REVERSED")
        await stage.away()
        changes, before = [], None
        for _, event in stage.seen:
            if event["ev"] != "refresh":
                continue
            text = event["text"] or []
            # The same screen with another number in it is no change of screen.
            kind = [line for line in text if not any(c.isdigit() for c in line)]
            if kind != before:
                changes.append(event["bytes"])
            before = kind
    return {
        "oled_bytes_first_digit": digits[0],
        "oled_bytes_per_digit": sum(digits[1:]) / len(digits[1:]),
        "oled_bytes_per_digit_max": max(digits[1:]),
        "oled_screens": len(changes),
        "oled_bytes_full_screen": sum(changes) / len(changes),
        "oled_bytes_full_screen_max": max(changes),
    }


async def reads(sales: int, progress) -> dict:
    """What the terminal reads of its flash for a start, while idle, and for a sale; code executed in place, and from LittleFS."""
    codes = (("rom", "flash_reads_{}"), ("lfs", "flash_reads_{}_lfs"))
    return _together(await asyncio.gather(*[_reads(sales, code, name, progress) for code, name in codes]))


def _together(parts: Iterable[dict]) -> dict:
    return {name: value for part in parts for name, value in part.items()}


async def _reads(sales: int, code: str, name: str, progress) -> dict:
    """… of one kind of code."""
    progress(f"reads of flash, code in {code}")
    async with _Stage(heap=_AMPLE, trace="", firmware=COUNTED, code=code) as stage:

        async def count(bench=stage.bench) -> tuple:
            flash = (await bench.do("state"))["flash"]
            return flash["reads"] + flash["code_reads"], flash["lookups"]

        await stage.to_idle()
        start = await count()
        await asyncio.sleep(_LEFT_ALONE_S)
        idle = await count()
        for _ in range(sales):
            await stage.sale("APPROVED")
            await stage.away()
        sold = await count()
    found = {
        name.format("start"): start[0],
        name.format("idle"): (idle[0] - start[0]) / _LEFT_ALONE_S,
        name.format("per_sale"): (sold[0] - idle[0]) / sales,
    }
    if code == "lfs":
        found |= {"lookups_start": start[1], "lookups_per_sale": (sold[1] - idle[1]) / sales}
    return found


async def counted(sales: int, step: int, many: int, progress) -> dict:
    """All that is counted and not timed, at the same time: `sales` for the reads of flash, `many` for the heap over sales."""
    parts = (display(progress), reads(sales, progress), smallest_heaps(step, progress), heap_over_sales(many, progress))
    return _together(await asyncio.gather(*parts))


async def heap_over_sales(sales: int, progress) -> dict:
    """Heap of the firmware after a full collection at places of a sale, and after many sales; flash of the first."""
    figures = {}
    async with _Stage(heap=_AMPLE, trace="", speed=8) as stage:
        bench = stage.bench

        async def used() -> int:
            return (await bench.do("state"))["heap"]

        await stage.to_idle()
        figures["heap_idle"] = await used()
        await stage.press(_AMOUNT)
        figures["heap_amount"] = await used()
        await stage.press("#")
        await stage.shows("PRESENT_CARD")
        figures["heap_present_card"] = await used()
        before = (await bench.do("state"))["flash"]
        await stage.lab.host("delay 1 next sale")
        await bench.do("card", card="visa-credit")
        await stage.shows("WAITING_HOST")
        figures["heap_waiting"] = await used()
        await stage.shows("APPROVED")
        figures["heap_approved"] = await used()
        flash = (await bench.do("state"))["flash"]
        figures["flash_erases_first_sale_terminal"] = flash["erases"] - before["erases"]
        figures["flash_programs_first_sale_terminal"] = flash["programs"] - before["programs"]
        await bench.do("card-off")
        await stage.away()
        figures["heap_terminal_after_1_sale"] = await used()
        for number in range(2, sales + 1):
            await stage.sale("APPROVED")
            await stage.away()
            if number % 5 == 0:
                progress(f"sales through the whole terminal: {number} of {sales}")
        figures["heap_terminal_after_sales"] = await used()
        figures["heap_terminal_sales"] = sales
    return figures


async def _passes(kilobytes: int, code: str, kind: str = "sale") -> bool:
    """Does a terminal with so much heap start, sign on, do this `kind` of thing and sell?"""
    settings = {"answer_timeout_s": 4 if kind == "reversal" else 10, "reversal_pause_s": 0}
    try:
        async with _Stage(settings, heap=f"{kilobytes}k", code=code, trace="", restart=False, speed=2) as stage:
            await stage.to_idle()
            if kind == "reversal":
                await stage.lab.host("drop-answer next sale")
            await stage.sale("REVERSED" if kind == "reversal" else "APPROVED")
            await stage.away()
            if kind == "void":
                await stage.void()
            await stage.sale("APPROVED")  # it has the heap that the first one left in pieces
            await stage.away()
            return True
    except (BenchError, asyncio.TimeoutError):
        return False


async def smallest_heaps(step: int, progress) -> dict:
    """The least heap of both kinds of code, for two sales, a reversal and a void."""
    codes = (("rom", "{}_kb"), ("lfs", "{}_lfs_kb"))
    return _together(await asyncio.gather(*[_smallest_heaps(step, code, name, progress) for code, name in codes]))


async def _smallest_heaps(step: int, code: str, name: str, progress) -> dict:
    """… of one kind of code."""
    sale = await _smallest_heap(step, code, progress)
    found = {name.format("heap_sale"): sale}
    for kind in ("reversal", "void"):
        least = sale
        progress(f"smallest heap for a {kind}, code in {code}")
        while not await _passes(least, code, kind):
            least += step
            if least > 2 * _HIGH:
                raise BenchError(f"measure: no {kind} within a heap of {least} kB")
        found[name.format("heap_" + kind)] = least
    return found


async def _smallest_heap(step: int, code: str, progress) -> int:
    """The least heap, in steps of `step` kB, with which a terminal starts, signs on over TLS and sells twice."""
    fails, passes = _LOW // step, -(-_HIGH // step)
    if not await _passes(passes * step, code):
        raise BenchError(f"measure: no sale within a heap of {passes * step} kB")
    while passes - fails > 1:
        middle = (fails + passes) // 2
        progress(f"smallest heap for a sale, code in {code}: {fails * step} to {passes * step} kB")
        if await _passes(middle * step, code):
            passes = middle
        else:
            fails = middle
    return passes * step
