"""A sample of the damage matrix on the whole terminal: its own start, its own screens, its real files."""

import asyncio
import pathlib
import random
import shutil
import tempfile

import pytest
from test_bench_sale import IDLE, SETTINGS, SOON, Till, on_flash, options

from acquirer import testcards
from rig import demo
from rig.bench_options import BenchError
from rig.flash_image import journal
from rig.lab import Lab

BLOCK = 4096
# What is done to a file: the code on the flash, with the name of the file and what becomes of its `data`.
DAMAGE = """
with open('/data/{0}', 'rb') as file: data = bytearray(file.read())
before = bytes(data)
{1}
with open('/data/{0}', 'wb') as file: file.write(data)
with open('/data/{0}', 'rb') as file: after = file.read()
print(after == data and after != before)
"""


def _lab(folder, work) -> None:
    async def run():
        async with Lab(folder, settings=SETTINGS, options=options()) as lab:
            till = Till(lab)
            await till.shows(IDLE)
            await work(till)

    asyncio.run(run())


async def _damaged(till, code: str) -> None:
    """Switch off, do that to the flash, switch on."""
    await till.bench.power_off()
    said = on_flash(till.bench.state, code)
    assert said in ("", "True\n"), "the bytes on flash have not changed"
    await till.bench.power_on()


async def _tried(till) -> None:
    """The next try of an open reversal, which has no answer either."""
    start = till.bench.count
    await till.bench.wait_event(lambda event: event["ev"] == "result", SOON, start)


async def _left_open(till) -> None:
    """A sale whose answer and whose first reversals are lost."""
    await till.lab.host("drop-answer always")
    await till.present("1250", "visa-credit")
    await till.shows("REVERSAL_FAILED")
    await till.bench.do("card-off")


@pytest.mark.parametrize("name, change, unread", [
    ("journal.000", "data[-3] ^= 4", ["cannot be read"]),  # of the newest record: named, and put back behind it
    ("journal.000", "data = data[:-80]", []),
    ("counter", "data[2] ^= 4", []),
    ("keys", "data[40] ^= 4", []),
    ("config.json", "data[30] ^= 4", []),
    ("beside/marks", "data[9] ^= 4", []),
    ("beside/given", "data[30] ^= 4", []),
    ("pending", "data[40] ^= 4", []),
])  # fmt: skip
def test_f_m7_a_settled_terminal_goes_on_and_no_approved_sale_is_reversed(tmp_path, name, change, unread):
    """F-M7: the newest record lost or damaged, the counter, the keys; not in the row: the settings, and all that stands twice."""

    async def work(till):
        await till.sale("1250", "visa-credit", "APPROVED")
        await _damaged(till, DAMAGE.format(name, change))
        await till.shows(IDLE)
        await _journals(till, unread + ["approved"])
        await till.sale("75", "visa-debit", "APPROVED")
        await _journals(till, unread + ["approved", "approved"])

    _lab(tmp_path, work)


async def _journals(till, states: list) -> None:
    """The journal has these ends, nothing is open, and the host has taken what they say."""
    journal = await till.bench.journal()
    assert [record["state_name"] for record in journal["records"]] == states and journal["pending"] is None
    assert [row["state"] for row in till.rows()] == [state for state in states if state != "cannot be read"]


def _flips(image: bytes, chance: random.Random, most: int) -> list:
    """At most so many places (offset in `image`) in what is written of the blocks where the small files lie."""
    places, first = [], []
    for start in range(0, len(image), BLOCK):
        block = image[start : start + BLOCK]
        if b"pending" in block or b"marks" in block:
            used = len(block.rstrip(b"\xff"))
            found = [start + chance.randrange(at, min(at + 40, used)) for at in range(0, used, 40)]
            first.append(found[0])  # where the most goes
            places += found[1:]
    return sorted(first + chance.sample(places, min(most, len(places))))


async def _one_bit(till, most: int) -> dict:
    """What a start would find, by the place of the one bit that is flipped in the flash of a terminal that is switched off."""
    await till.bench.power_off()
    seed = random.randrange(1 << 32)
    print("seed", seed)
    state = pathlib.Path(till.bench.state)
    image = (state / "flash.img").read_bytes()
    turns = asyncio.Semaphore(2)

    async def at(place: int) -> "dict | BenchError":
        async with turns:
            with tempfile.TemporaryDirectory() as folder:
                copy = shutil.copytree(state, pathlib.Path(folder) / "state", ignore=lambda *_: ["flash.img"])
                (copy / "flash.img").write_bytes(_flipped(image, place))
                try:
                    return await journal(till.bench.folders, copy)
                except BenchError as error:
                    return error

    places = _flips(image, random.Random(seed), most)
    assert len(places) > most // 2
    return dict(zip(places, await asyncio.gather(*[at(place) for place in places])))


def _flipped(image: bytes, place: int) -> bytes:
    return image[:place] + bytes([image[place] ^ 4]) + image[place + 1 :]


def test_f_m7_one_bit_of_flash_does_not_reverse_a_settled_sale(tmp_path):
    """F-M7: LittleFS drops the commit with that bit and all behind it; what noticed a loss went with what was lost."""

    async def work(till):
        for _ in range(2):
            await till.sale("1250", "visa-credit", "APPROVED")
        for place, found in (await _one_bit(till, 40)).items():
            assert isinstance(found, dict), (place, found)
            assert found["pending"] is None or found["pending"]["trust"], (place, found)  # WHOLE would be reversed by itself
            approved = [record for record in found["records"] if record["state_name"] == "approved"]
            assert len(approved) == 2 or found["lost"] or not found["records"], (place, found)

    _lab(tmp_path, work)


def test_f_m7_one_bit_of_flash_does_not_hide_an_open_reversal(tmp_path):
    """F-M7: it stays open, or a person is told; and the terminal itself says so where the most was lost."""

    async def work(till):
        await till.sale("75", "visa-debit", "APPROVED")
        await _left_open(till)
        worst: dict = {}
        for place, state in (await _one_bit(till, 40)).items():
            if isinstance(state, BenchError):
                assert "pending" in str(state), (place, state)  # it cannot be read
                worst["unread"] = place
            elif not state["records"] and not state["pending"]:
                worst["nothing"] = place  # the first commit of all: with the folders
            else:
                assert state["pending"] and state["pending"]["amount"] == 1250, (place, state)
                worst[" ".join(state["lost"])] = place
        flash = pathlib.Path(till.bench.state) / "flash.img"
        image = flash.read_bytes()
        assert len(worst) > 2
        for what, place in worst.items():
            flash.write_bytes(_flipped(image, place))
            await till.bench.power_on()
            await till.shows("B_MAY_BE_OPEN" if what == "nothing" else "B_DAMAGED" if what == "unread" else "REVERSAL_FAILED")
            await till.bench.power_off()

    _lab(tmp_path, work)


def test_f_m7_an_open_reversal_without_any_key_shows_its_way_on(tmp_path):
    """F-M7: both places of the TMK are gone: evidence is there, the same TMK is taken, and then it is settled."""

    async def work(till):
        await _left_open(till)
        await till.lab.host("clear")
        await _damaged(till, "[write(name, 'x' * 90) for name in ('keys', 'beside/given')]")
        await till.shows("REVERSAL_FAILED", "B_KEY_FILE")
        await till.bench.power_off()
        await demo.provision(till.bench, till.lab._own.introduction(testcards.DEMO_TERMINAL, True), SETTINGS)
        await till.bench.power_on()
        await till.shows("REVERSED", "12.50")

    _lab(tmp_path, work)


def test_f_m7_without_settings_an_open_reversal_is_told_and_its_evidence_is_there(tmp_path):
    """F-M7: both places of the settings are damaged; further: they are gone.  Then the same ones come again."""

    async def work(till):
        await _left_open(till)
        await till.lab.host("clear")
        gone = "[os.remove('/data/' + name) for name in ('config.json', 'copies/config.json.copy')]"
        for damage, why in (("settings('x')", "not JSON"), (gone, "B_CONFIG_MISSING")):
            await _damaged(till, damage)
            await till.shows("BLOCKED", why)
            await till.shows("PENDING_TEXT", "12.50 #")
            await till.press("#")
            await till.shows("EXPORT", "batch")
            await till.press("#")
            await till.shows("EXPORTED")
        await till.bench.power_off()
        kept = on_flash(till.bench.state, "print(open('/data/evidence.txt').read())")
        assert "amount: CNY 12.50" in kept and "host: 127.0.0.1:" in kept, kept
        await demo.provision(till.bench, till.lab._own.introduction(testcards.DEMO_TERMINAL, True), SETTINGS)
        await till.bench.power_on()
        await till.shows("REVERSED", "12.50")

    _lab(tmp_path, work)


def test_f_m10_a_terminal_on_a_flash_that_fails_at_random_goes_on(tmp_path):
    """F-M10: programs and erases fail at random while it sells; then flash is well again, and the books agree."""

    async def work(till):
        start = till.bench.count
        await till.bench.do("flash", programs=2500, erases=2500, seed=7)
        for _ in range(4):
            await till.present("1250", "visa-credit")
            await till.bench.wait_event(lambda event: event["ev"] == "result", SOON, start)
            await till.bench.do("card-off")
            await till.press("#")
        await till.bench.do("flash")
        assert [event for _, event in till.bench.events if event["ev"] == "power"][-1]["on"]
        await till.bench.power_off()
        await till.bench.power_on()
        await till.shows(IDLE)
        await till.sale("75", "visa-debit", "APPROVED")

    _lab(tmp_path, work)


def test_f_m8_a_flash_that_is_well_again_needs_nobody(tmp_path):
    """F-M8: after a write that failed the terminal starts anew by itself, once; idle and, further, while a reversal is open."""

    async def stuck(till, write) -> None:
        """Flash fails for as long as `write()` takes; then wait for the new start."""
        start = till.bench.count
        await till.bench.do("flash", programs=65536, erases=65536, seed=1)
        await write()
        await till.bench.do("flash")
        await till.bench.do("speed", factor=40)
        await till.bench.wait_event(lambda event: event["ev"] == "power" and event.get("restart"), SOON, start)

    async def work(till):
        await stuck(till, lambda: till.bench.do("key", key="A", ms=2000))  # the other language cannot be kept
        await till.shows(IDLE)
        await till.sale("75", "visa-debit", "APPROVED")
        await till.bench.power_off()
        await till.bench.power_on()
        await till.shows(IDLE)
        await _left_open(till)
        await stuck(till, lambda: _tried(till))
        await till.lab.host("clear")
        await till.shows("REVERSED", "12.50")

    _lab(tmp_path, work)
