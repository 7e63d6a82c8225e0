"""The power-cut campaign: its short form, and the proof that it would see a terminal that breaks the rules."""

import asyncio
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from campaigns.judge import NOT_TAKEN, TAKEN
from campaigns.scenarios import AFTER, AMOUNT, SCENARIOS, Point, again_points, points_of
from campaigns.secret_search import Secrets, used
from campaigns.stand import Stand, StandError
from rig import compiled
from words import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
_LAST = re.compile(r"cut points: (\d+), violations: (\d+)")


def till(*words):
    return subprocess.run([sys.executable, "-m", "till.cli", *words], capture_output=True, text=True, cwd=ROOT)


def powercut(*words):
    done = till("powercut", "--workers", "2", *words)
    last = _LAST.fullmatch(done.stdout.splitlines()[-1] if done.stdout else "")
    assert last, done.stdout + done.stderr
    return done, int(last[1]), int(last[2])


def test_short_campaign():
    done, points, violations = powercut("--short")
    assert (done.returncode, violations) == (0, 0), done.stdout
    assert points >= 24
    for name in SCENARIOS:
        assert re.search(rf"^{name}: \d+ flash writes, \d+ network steps", done.stdout, re.MULTILINE)


def test_cut_the_recovery_too():
    done, points, violations = powercut("--scenario", "reversal", "--twice", "--sample", "6")
    assert (done.returncode, violations) == (0, 0), done.stdout
    assert points >= 12 and "second cuts: sample of 6 of " in done.stdout


def test_wrong_words():
    done = till("powercut", "--all", "--short")
    assert done.returncode == 2 and "--all" in done.stderr and len(done.stderr.splitlines()) == 1


# A terminal that breaks the rules


def variant(folder, module: str, *changes) -> str:
    """The firmware with `changes` (old, new) in one module; each must be there once."""
    sources = ROOT / "firmware"
    assert (sources / "taptill" / module).is_file(), module
    for path in sorted(sources.rglob("*")):
        target = folder / path.relative_to(sources)
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".py":
            shutil.copyfile(path, target)
            continue
        source = path.read_text(encoding="utf-8")
        if path == sources / "taptill" / module:
            for old, new in changes:
                assert source.count(old) == 1, (module, old)
                source = source.replace(old, new)
        compiled.compile_text(source, str(target.with_suffix(".mpy")), path.name, 2)
    return str(folder)


def found(folder, firmware: str, choose) -> dict:
    """Invariant -> texts that the checks found; `choose(stand)` is a coroutine function that gives the cut point."""

    async def run():
        stand = Stand(folder, heap="1M", firmware=firmware)  # its code is loaded into the heap
        try:
            await stand.open()
            point = await choose(stand)
            try:
                await stand.run(point)
            except StandError as error:
                return [*stand.violations(), ("campaign", str(error))]
            return stand.violations()
        finally:
            await stand.close()

    violations: dict = {}
    for invariant, text in asyncio.run(run()):
        violations.setdefault(invariant, []).append(text)
    return violations


def at(scenario: str, kind: str, n: int, how: int = AFTER, part: float = 0.0):
    async def choose(stand):
        return Point(scenario, kind, n, how, part)

    return choose


async def after_the_request(stand):
    """The last read of the answer: the host has the request, the terminal has recorded nothing yet."""
    steps = await stand.baseline("approved")
    return Point("approved", "net", steps["net"] - 1, AFTER, 0.0)


def test_the_honest_terminal_passes_at_the_same_points(tmp_path):
    for number, choose in enumerate((after_the_request, at("reversal", "net", 5))):
        assert found(tmp_path / str(number), "", choose) == {}


def test_sees_a_request_before_its_intent(tmp_path):
    firmware = variant(tmp_path / "fw", "flows/payment.py", ("        t.store.save_pending(asked)\n", "        pass\n"))
    seen = found(tmp_path / "stand", firmware, after_the_request)
    assert {"durable-first", "power-cut", "reconciled"} <= set(seen), seen
    assert any("not in the journal" in text for text in seen["reconciled"])


def test_sees_a_trace_used_twice(tmp_path):
    forward, back = "self._stan = reserved\n", "self._stan = max(reserved - _RESERVE, 0)\n"
    firmware = variant(tmp_path / "fw", "adapters/counter.py", (forward, back))
    seen = found(tmp_path / "stand", firmware, at("approved", "net", 1))
    assert any("came twice" in text for text in seen["unique-trace"]), seen


def test_sees_a_failure_that_is_none(tmp_path):
    firmware = variant(
        tmp_path / "fw",
        "flows/payment.py",
        (
            "return await _reverse(t, asked, _REASONS.get(stopped.why, pendings.OTHER), stopped.why)",
            "return stop(asked, stopped.why).result",
        ),
    )
    seen = found(tmp_path / "stand", firmware, at("timed-out", "net", 1000))
    assert any("while the debit stood" in text for text in seen["never-false-failure"]), seen


def test_sees_a_reversal_that_is_forgotten(tmp_path):
    firmware = variant(
        tmp_path / "fw",
        "flows/reversal.py",
        (
            "    if pending is None:\n        return None\n    return await settle_pending(t)\n",
            "    t.store._intent.intent = None\n    return None\n",
        ),
    )
    seen = found(tmp_path / "stand", firmware, at("reversal", "net", 5))
    assert {"pending-first", "no-silent-drop", "reconciled"} <= set(seen), seen


def test_sees_clear_card_data_on_flash(tmp_path):
    saving = "        self._folder.write(FILE, sealed)\n"
    clear = '        self._folder.write("debug", intent.pack())\n'
    firmware = variant(tmp_path / "fw", "adapters/intent.py", (saving, saving + clear))
    seen = found(tmp_path / "stand", firmware, at("approved", "net", 30))["no-secrets-at-rest"]
    assert any(text.startswith("PAN (BCD") and text.endswith("in flash.img") for text in seen), seen


def test_sees_a_clear_key_on_flash(tmp_path):
    saving = "    def _save(self, tmk: bytes, wrapped: bytes) -> None:\n"
    clear = '        self._folder.write("debug", tmk)\n'
    firmware = variant(tmp_path / "fw", "adapters/keystore.py", (saving, saving + clear))
    seen = found(tmp_path / "stand", firmware, at("approved", "net", 30))["no-secrets-at-rest"]
    assert any(text.startswith("TMK") and text.endswith("in flash.img") for text in seen), seen


# The parts of the campaign


def test_every_step_is_a_point_in_every_way():
    points = points_of("approved", "young", {"write": 2, "net": 3})
    assert len(points) == len(set(points)) == 2 * 5 + 3
    assert {f"{point.kind} {point.n}" for point in points} == {"write 1", "write 2", "net 1", "net 2", "net 3"}
    pairs = again_points(points[0], {"write": 1, "net": 1})
    assert len(pairs) == 6 and all(pair.again and pair.scenario == "approved" for pair in pairs)
    assert str(pairs[1]) == "write 1 before, then write 1 torn 10 %"


def test_titles_are_those_of_the_firmware():
    titles = {row.name for row in tables.sentences() if row.section == "title"}
    assert {*TAKEN, *NOT_TAKEN, *(each.ends for each in SCENARIOS.values())} <= titles
    assert int(AMOUNT) > 0


@pytest.mark.parametrize(
    "data, name",
    [
        (b"..4761739001010010..", "PAN"),
        (bytes.fromhex("FF4761739001010010FF"), "PAN (BCD, shifted 0)"),
        (bytes.fromhex("F4761739001010010F"), "PAN (BCD, shifted 1)"),
        ((4761739001010010).to_bytes(8, "little"), "PAN (number, little end first)"),
        ((4761739001010010).to_bytes(8, "big"), "PAN (number, big end first)"),
        (b"=31122010000000000", "track 2"),
        (bytes.fromhex("D311220100000000"), "track 2 (BCD, shifted 0)"),
        (b" 2468 ", "PIN"),
        (bytes.fromhex("042468FFFFFFFFFF"), "PIN field"),
        (b"042468ffffffffff", "PIN field in hex"),
        (bytes(range(16)), "MAK 0001…"),
        (bytes(range(8, 16)), "MAK 0809…"),
        (bytes(range(16)).hex().upper().encode(), "MAK 0001… in hex"),
    ],
)
@pytest.mark.parametrize("others", [False, True])
def test_secrets_are_found_in_every_shape(data, name, others):
    """… also of a card that is not the newest."""
    secrets = Secrets()
    secrets.card("4761739001010010", "4761739001010010D31122010000000000")
    secrets.pin("2468", "4761739001010010")
    if others:
        secrets.card("5413330089020011", "5413330089020011D31122010000000000")
        secrets.pin("1357", "5413330089020011")
    secrets.key("MAK", bytes(range(16)))
    assert name in secrets.found_in(b"\x00" * 9 + data + b"\x00" * 9)
    assert secrets.found_in(b"476173******0010 #000018 12468 01020304050607") == []


def test_what_a_plain_test_number_has_in_its_middle_is_no_secret():
    """6200000000000047 begins and ends like hardly another; 32 and 4 as numbers of four bytes stand in every intent."""
    secrets = Secrets()
    secrets.card("6200000000000047")
    assert secrets.found_in(bytes.fromhex("000000200000000000040000")) == []
    assert secrets.found_in(bytes.fromhex("00F62000000000000470")) == ["PAN (BCD, shifted 1)"]
    secrets.card("6200000000000000003")
    assert secrets.found_in(bytes.fromhex("00F6200000000000000003")) == ["PAN (BCD, shifted 1)"]


def test_only_written_blocks_are_searched():
    image = b"\xff" * 4096 + b"a" * 4096 + b"\xff" * 4096
    assert used(image) == b"a" * 4096
