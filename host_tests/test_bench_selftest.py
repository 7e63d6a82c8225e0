"""The self-test on the bench: each part that fails is named with its remedy in both languages, and stops what needs it alone."""

import asyncio
import contextlib
import pathlib
import types

import pytest
from test_bench_sale import IDLE, SETTINGS, SOON, Till, on_flash, options

from rig.lab import Lab
from rig.supervisor import Bench
from words import tables
from words.screen_names import Shown

_TEXTS = {row.name: row for row in tables.sentences()}
_MENU_PLACE = "9"  # of the self-test; in it: 1 all, 2 keypad, 3 display, 4 buzzer
_ROM, _RAM, _ANTENNA = 1 << 1, 1 << 2, 1 << 7
_LONG_MS = 1500
_USUAL, _FAST = 5, 40  # times as fast as life
_WEAK_DBM = -82
_KEYS = "123A456B789C*0#D"
_HERE = pathlib.Path(__file__).resolve().parent
both = pytest.mark.parametrize("language", tables.LANGUAGES)


@contextlib.asynccontextmanager
async def _idle(folder, language: str = "en", **more):
    async with Lab(folder, settings={**SETTINGS, "language": language}, options=options(**more)) as lab:
        till = Till(lab)
        await till.shows(IDLE)
        yield till


def _says(lines: Shown, language: str, *names: str) -> None:
    """These sentences stand there, in the words of the language."""
    said = "".join(lines).replace(" ", "")
    for name in names:
        assert name in lines.names, lines
        assert _TEXTS[name].text(language).replace(" ", "") in said


async def _test(till: Till, place: str) -> None:
    """Choose a test in its menu."""
    await till.press("A")
    await till.shows("MENU")
    await till.press(_MENU_PLACE)
    await till.shows("SELF_TEST", "CHECK_ALL")
    await till.press(place)


async def _finds(till: Till, language: str, *names: str, back: str = IDLE) -> None:
    """The whole test ends in these sentences, page by page."""
    await _test(till, "1")
    for name in names:
        _says(await till.shows("SELF_TEST", name), language, name)
    await till.press("#")
    await till.shows(back)


async def _finds_in_both(till: Till, *names: str, back: str = IDLE) -> None:
    """The whole test ends in these sentences in each language; in English again."""
    for language, other in zip(tables.LANGUAGES, reversed(tables.LANGUAGES), strict=True):
        await _finds(till, language, *names, back=back)
        await till.bench.do("key", key="A", ms=_LONG_MS)
        await till.shows(back, _TEXTS[back].text(other).split()[0])


def _reports(till: Till, start: int) -> list[str]:
    said = [event["text"] for number, event in till.bench.events if number > start and event["ev"] == "log"]
    return [text for text in said if text.startswith("self-test: ")]


async def _refuses(till: Till, why: str) -> None:
    """A digit is answered with the reason, not with an amount."""
    start = till.bench.count
    await till.press("1")
    await till.shows("NOT_CHARGED", why)
    shown = [event for number, event in till.bench.events if number > start and event["ev"] == "screen"]
    assert not [event for event in shown if "ENTER_AMOUNT" in event["names"]]
    await till.press("#")


@both
def test_all_parts_work_and_the_report_has_a_line_for_each(tmp_path, language):
    async def run():
        async with _idle(tmp_path, language) as till:
            parts = ["keypad", "display", "buzzer", "reader", "flash", "clock", "memory", "wifi", "keys"]
            at_start = _reports(till, 0)
            assert [line.split()[1] for line in at_start[:9]] == parts
            start = till.bench.count
            await _finds(till, language, "PARTS_GOOD", "P_READER", "P_FLASH", "P_MEMORY", "P_KEYS")
            whole = _reports(till, start)
            assert [line.split()[1] for line in whole] == parts
            assert not [line for line in whole if "FAILED" in line]
            assert "line ok, rom ok, ram ok, antenna ok, field ok" in whole[3]
            await till.sale("75", "visa-credit", "APPROVED")
            await till.agrees("approved")

    asyncio.run(run())


def test_the_report_and_the_screens_hold_check_values_and_no_key(tmp_path):
    async def run():
        async with _idle(tmp_path) as till:
            await _finds(till, "en", "PARTS_GOOD", "P_KEYS")
            tmk = till.lab.ledger.tmk("10000001").hex().upper()
            said = " ".join(str(event) for _, event in till.bench.events).upper()
            assert "CHECK VALUES TMK" in said and " MAK " in said
            assert tmk not in said and tmk[:16] not in said and tmk[16:] not in said

    asyncio.run(run())


@both
def test_without_a_reader_sales_are_refused_and_everything_else_goes_on(tmp_path, language):
    """Its cable is pulled: idle says so, sales are refused, a reversal is done, the menu is there; plugged in again, it sells."""

    async def run():
        async with _idle(tmp_path, language) as till:
            await till.lab.host("drop-answer next sale")
            seen = till.lab.acquirer.count("sale"), till.lab.acquirer.count("reversal")
            await till.present("1250", "visa-credit")
            await till.lab.acquirer.wait_request("sale", SOON, seen[0])
            await till.bench.do("fault", name="stuck", value=True)
            await till.lab.acquirer.wait_request("reversal", SOON, seen[1])
            await till.shows("REVERSED")
            await till.bench.do("card-off")
            await till.press("#")
            await till.shows(IDLE)
            await _finds(till, language, "N_READER", "S_READER", "P_FLASH", back="N_READER")
            await _refuses(till, "N_READER")
            await till.shows("N_READER")
            await till.bench.do("fault", name="stuck", value=False)
            await till.shows(IDLE)  # without a key
            await till.sale("75", "visa-credit", "APPROVED")
            await till.agrees("reversed", "approved")

    asyncio.run(run())


def test_a_terminal_that_starts_without_a_reader(tmp_path):
    async def run():
        async with _idle(tmp_path) as till:
            await till.bench.power_off()
            await till.bench.power_on()
            await till.bench.do("fault", name="stuck", value=True)
            await till.shows("N_READER")
            await _refuses(till, "N_READER")

    asyncio.run(run())


@both
def test_what_diagnose_finds_in_the_reader(tmp_path, language):
    """A broken memory stops sales; antenna and field are hints; a module that does not know the tests is none of these."""

    async def run():
        async with _idle(tmp_path, language) as till:
            for bad in (_ROM, _RAM, 1):
                await till.bench.do("fault", name="bad", value=bad)
                await _finds(till, language, "N_READER_BROKEN", "S_SERVICE", back="N_READER_BROKEN")
                await _refuses(till, "N_READER_BROKEN")
                await till.bench.do("fault", name="bad", value=0)
                await till.shows(IDLE)
            await till.bench.do("fault", name="bad", value=_ANTENNA)
            await _finds(till, language, "N_ANTENNA", "S_ANTENNA")
            await till.bench.do("fault", name="bad", value=0)
            await till.bench.do("fault", name="no_field", value=True)
            await _finds(till, language, "N_FIELD", "S_ANTENNA")
            await till.bench.do("fault", name="no_field", value=False)
            await till.bench.do("fault", name="no_diagnose", value=True)
            start = till.bench.count
            await _finds(till, language, "PARTS_GOOD")
            assert "rom not tested" in _reports(till, start)[3]
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


@both
def test_a_key_that_is_stuck_stops_sales_until_it_is_free(tmp_path, language):
    async def run():
        async with _idle(tmp_path, language) as till:
            await till.bench.do("key-down", key="8")
            await till.shows("ENTER_AMOUNT")
            await till.press("D")
            await till.shows(IDLE)
            await asyncio.wait_for(_until_stuck(till, language), SOON)
            await _refuses(till, "N_KEY_STUCK")
            await till.shows("N_KEY_STUCK")
            await till.bench.do("key-up", key="8")
            await till.shows(IDLE)
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


async def _until_stuck(till: Till, language: str) -> None:
    """Ask for the whole test until ten seconds of the terminal have passed."""
    while True:
        await _test(till, "1")
        lines = await till.bench.wait_text(lambda shown: "SELF_TEST" in shown.names and "CHECK_ALL" not in shown.names, SOON)
        await till.press("#")
        if "N_KEY_STUCK" in lines.names:
            _says(lines, language, "N_KEY_STUCK", "S_FREE_KEY")
            assert "8" in "".join(lines)
            return
        await till.shows(IDLE)


@both
def test_a_flash_that_takes_nothing_stops_sales(tmp_path, language):
    async def run():
        async with _idle(tmp_path, language) as till:
            await till.bench.do("flash", programs=65536, erases=65536)
            await _finds(till, language, "N_STORE", "S_RESTART", back="N_STORE")
            await _refuses(till, "N_STORE")
            assert till.rows() == []

    asyncio.run(run())


@both
def test_the_keypad_shows_which_keys_have_been_seen(tmp_path, language):
    async def run():
        async with _idle(tmp_path, language) as till:
            await _test(till, "2")
            await till.shows("P_KEYPAD", "PRESS_EACH")
            await till.press(_KEYS[:7])
            _says(await till.shows("P_KEYPAD", "7"), language, "PRESS_EACH")
            await till.press(_KEYS[:7] + _KEYS[7:])
            _says(await till.shows("P_KEYPAD", "OK"), language, "P_KEYPAD", "OK")
            await till.press("#")
            await till.shows(IDLE)
            await _test(till, "2")
            await till.shows("P_KEYPAD", "PRESS_EACH")
            await till.press(_KEYS.replace("8", ""))  # and nothing more: one of them is dead
            await till.bench.do("speed", factor=_FAST)
            lines = await till.shows("P_KEYPAD", "N_KEY_DEAD")
            await till.bench.do("speed", factor=_USUAL)
            _says(lines, language, "N_KEY_DEAD")
            assert "8" in "".join(lines)
            await till.press("#")
            await till.shows(IDLE)
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


@both
def test_display_and_buzzer_are_asked_of_the_person(tmp_path, language):
    async def run():
        async with _idle(tmp_path, language) as till:
            for answer, told in (("#", "OK"), ("D", "N_PICTURE")):
                start = till.bench.count
                await _test(till, "3")
                full = lambda event: event["ev"] == "screen" and not event["names"] and not event["text"]
                await till.bench.wait_event(full, SOON, start)
                assert till.bench.frame() == b"\xff" * 1024  # every point is lit
                await till.press("0")
                await till.press("0")
                _says(await till.shows("PICTURE_WHOLE"), language, "P_DISPLAY", "PICTURE_WHOLE")
                await till.press(answer)
                _says(await till.shows("P_DISPLAY", told), language, told)
                await till.press("#")
                await till.shows(IDLE)
            for answer, told in (("#", "OK"), ("D", "N_BUZZER")):
                start = till.bench.count
                await _test(till, "4")
                await till.shows("BUZZER_HEARD")
                await till.bench.wait_event(lambda event: event["ev"] == "buzzer" and event["ms"] > 100, SOON, start)
                await till.press(answer)
                _says(await till.shows("P_BUZZER", told), language, told)
                await till.press("#")
                await till.shows(IDLE)
            await _finds(till, language, "PARTS_GOOD")
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


def test_a_dark_display_is_in_the_report(tmp_path):
    """What a dark display stops is F-M14's (test_bench_dark.py); here it is named on the console."""

    async def run():
        async with _idle(tmp_path) as till:
            await till.bench.power_off()
            start = till.bench.count
            await till.bench.power_on()
            await till.bench.do("display", there=False)
            dark = lambda event: event["ev"] == "log" and event["text"].startswith("self-test: display FAILED")
            await till.bench.wait_event(dark, SOON, start)

    asyncio.run(run())


def test_once_a_day_the_whole_test_runs_by_itself_and_a_key_goes_before_it(tmp_path):
    """Its day has thirty seconds here; what it finds is on the console, and on the idle screen when it stops sales."""

    async def run():
        async with _idle(tmp_path, firmware=str(_HERE / "bench_daily"), heap="500k") as till:
            await till.bench.do("speed", factor=_FAST)
            whole = lambda event: event["ev"] == "log" and "rom ok, ram ok, antenna ok" in event["text"]
            for _ in range(2):
                start = till.bench.count
                await till.bench.wait_event(whole, SOON, start)
            await till.bench.do("fault", name="bad", value=_RAM)
            await till.shows("N_READER_BROKEN")
            await till.bench.do("speed", factor=_USUAL)
            await _refuses(till, "N_READER_BROKEN")
            await till.bench.do("fault", name="bad", value=0)
            await till.shows(IDLE)
            await till.sale("75", "visa-credit", "APPROVED")

    asyncio.run(run())


@both
def test_a_board_without_settings_is_tested_by_who_has_just_soldered_it(tmp_path, language):
    """Key 1, or another digit where that one is dead, tests what needs no settings; then it is back at what is missing."""

    async def run():
        async with Bench(tmp_path, options()) as bench:
            till = Till(types.SimpleNamespace(bench=bench, ledger=None))
            await till.shows("B_CONFIG_MISSING")
            if language == "zh":  # of a board that was somebody else's before
                await bench.power_off()
                on_flash(bench.state, "write('language', 'zh')")
                await bench.power_on()
            await till.shows("B_CONFIG_MISSING", "S_PROVISION", _TEXTS["S_SELF_TEST"].text(language))
            await till.press("1")
            await till.shows("SELF_TEST", "CHECK_ALL")
            start = bench.count
            await till.press("1")
            _says(await till.shows("SELF_TEST", "FINE_SO_FAR"), language, "FINE_SO_FAR", "P_KEYPAD")
            whole = {line.split()[1]: line for line in _reports(till, start)}
            assert [part for part, line in whole.items() if "not tested" in line] == ["buzzer", "clock", "wifi", "keys"]
            assert "line ok, rom ok, ram ok, antenna ok, field ok" in whole["reader"] and "kB free" in whole["flash"]
            await till.press("#")
            await till.shows("B_CONFIG_MISSING")
            await bench.do("fault", name="stuck", value=True)
            await till.press("7")
            await till.shows("SELF_TEST", "CHECK_ALL")
            await till.press("1")
            _says(await till.shows("SELF_TEST", "N_READER"), language, "N_READER", "S_READER")
            await till.press("#")
            await till.shows("B_CONFIG_MISSING")
            await till.press("A")
            await till.shows("SELF_TEST", "CHECK_ALL")
            await till.press("2")
            await till.shows("P_KEYPAD", "PRESS_EACH")
            await till.press(_KEYS)
            _says(await till.shows("P_KEYPAD", "OK"), language, "OK")
            await till.press("#")
            await till.shows("B_CONFIG_MISSING")

    asyncio.run(run())


def test_without_time_keys_or_network_a_payment_asks_for_them_itself(tmp_path):
    """The clock not set, not signed on, a weak signal, no access point: hints, which no menu, sign-on or reversal minds."""

    async def run():
        lab = Lab(tmp_path, settings={**SETTINGS, "ntp_host": ""}, options=options())
        try:
            await lab.start(power=False)
            await lab.host("refuse always")
            await lab.bench.power_on()
            till = Till(lab)
            await till.shows("FAILED", "N_PORT")
            await till.press("#")
            await till.shows("B_SIGN_ON")
            await _finds_in_both(till, "CLOCK_UNSET", "S_TIME_SERVER", "B_SIGN_ON", "S_SIGN_ON", back="B_SIGN_ON")
            await lab.host("clear")
            await till.press("75")
            await till.shows("ENTER_AMOUNT", "0.75")
            await till.press("#")
            await till.shows("NOT_CHARGED", "KEYS_AGAIN")  # it has signed on by itself, and the host has told the time
            await till.press("#")
            await till.shows("PRESENT_CARD")
            await till.bench.do("card", card="visa-credit")
            await till.shows("APPROVED")
            await till.bench.do("card-off")
            await till.back()
            await till.bench.do("wifi", up=True, level=_WEAK_DBM)
            await _finds_in_both(till, "N_SIGNAL", "S_CLOSER", "P_CLOCK", "P_KEYS")
            await lab.host("drop-answer next sale")
            await till.present("1250", "visa-credit")
            await till.shows("REVERSED")
            await till.bench.do("card-off")
            await till.back()
            await _signs_on(till, "SIGNED_ON")
            await till.bench.do("wifi", up=False)
            await till.shows("NO_NETWORK")
            await _finds_in_both(till, "N_WIFI", "S_ROUTER", back="NO_NETWORK")
            await till.present("990", "visa-credit")
            await till.shows("NOT_CHARGED", "N_WIFI")
            await till.bench.do("card-off")
            await till.bench.do("wifi", up=True)
            await till.back()
            await till.sale("80", "visa-credit", "APPROVED")
            await till.agrees("approved", "reversed", "approved")
        finally:
            await lab.stop()

    asyncio.run(run())


async def _signs_on(till: Till, end: str) -> None:
    await till.press("A")
    await till.shows("MENU")
    await till.press("4")
    await till.shows("SIGN_ON", end)
    await till.press("#")


def test_a_journal_that_is_nearly_full_is_told_and_sells(tmp_path):
    """Its last files have begun.  (A file system without room: micropython/test_parts.py.)"""

    async def run():
        async with _idle(tmp_path) as till:
            await till.bench.power_off()
            on_flash(till.bench.state, "for number in range(59): write('journal.%03d' % number, '')")
            await till.bench.power_on()
            await till.shows(IDLE)
            await _finds_in_both(till, "N_FILLING", "S_CLEAR_MEMORY")
            await till.sale("75", "visa-credit", "APPROVED")
            last = (await till.bench.journal())["records"][-1]
            assert (last["state_name"], last["amount"]) == ("approved", 75) and len(till.rows()) == 1

    asyncio.run(run())


def test_too_little_memory_stops_sales_alone(tmp_path):
    """A reversal that is open is done, signing on works, the menu is there; a start with enough memory sells again."""

    async def run():
        async with _idle(tmp_path) as till:
            await till.lab.host("drop-answer next sale")
            seen = till.lab.acquirer.count("sale")
            await till.present("1250", "visa-credit")
            await till.lab.acquirer.wait_request("sale", SOON, seen)
            await till.bench.power_off()
            till.bench.options.firmware = str(_HERE / "bench_hungry")
            await till.bench.power_on()
            await till.shows("REVERSED")
            await till.press("#")
            await till.shows("N_MEMORY")
            await _finds_in_both(till, "N_MEMORY", "S_RESTART", back="N_MEMORY")
            await _signs_on(till, "SIGNED_ON")
            await till.shows("N_MEMORY")
            await _refuses(till, "N_MEMORY")
            await till.bench.power_off()
            till.bench.options.firmware = ""
            await till.bench.power_on()
            await till.shows(IDLE)
            await till.sale("75", "visa-credit", "APPROVED")
            await till.agrees("reversed", "approved")

    asyncio.run(run())
