"""Evidence of an incident from the terminal to the clerk: signed, by file and by QR codes, and without a secret anywhere."""

import asyncio
import base64
import contextlib
import json
import pathlib
import random
import shutil

import pytest
import zxingcpp
from click.testing import CliRunner
from test_bench_sale import IDLE, SETTINGS, SOON, Till, choose, leave_one_open, on_flash, options

from acquirer import testcards
from acquirer.profiles.cn_pos import wire
from campaigns.secret_search import Secrets, used
from evidence.paper import Damaged, Forged, read, together
from rig import pictures
from rig.firmware import FIRMWARE
from rig.lab import Lab
from taptill.core import evidence, tally
from taptill.core.journal import record as records
from till.evidence import FOREIGN, FORGED, UNSIGNED
from till.evidence import evidence as command
from words.tables import LANGUAGES

PIN = "2468"


class Ran:
    """What a full run left behind: the `file`, `codes` (pictures of QR codes), the flash `image`, what was `said`, `secrets`."""

    def __init__(self):
        self.file = ""
        self.cable = ""  # what the board says when it is asked over the cable
        self.codes: list = []
        self.image = b""
        self.said = ""
        self.state: pathlib.Path | None = None  # the bench's folder of the terminal, which is off
        self.secrets: list[Secrets] = []  # one a message
        self.cards: set[str] = set()  # whose numbers were sent

    def hear(self, direction: str, body: bytes) -> None:
        """A message as the host has it in clear: what of it must not be found anywhere."""
        fields = wire.decode(body).fields
        if direction == "in" and fields.get(2):
            pan, found = str(fields[2]), Secrets()
            found.card(pan, str(fields.get(35, "")))
            self.cards.add(pan)
            if fields.get(52):
                found.pin(PIN, pan, bytes(fields[52]))
            self.secrets.append(found)

    async def play(self, folder) -> None:
        """A flash that fails in a sale, the power cut in one, a sale with a PIN and its void, a card pulled away, an answer lost,
        and a reversal that stays open.
        """
        lab = Lab(folder, settings=SETTINGS, options=options(), on_message=self.hear)
        async with lab:
            till = Till(lab)
            await till.shows(IDLE)
            await flash_fails(till)
            await power_fails(till)
            await sold_and_voided(till)
            await till.sale("75", "visa-debit", "APPROVED")
            await till.present("99", "pulled-away")
            await till.shows("TAP_ENDED")
            await till.bench.do("card-off")
            await till.back()
            await till.lab.host("drop-answer next sale")
            await till.present("1250", "visa-credit")
            await till.shows("REVERSED", "12.50")
            await till.bench.do("card-off")
            await till.back()
            await leave_one_open(till)
            await choose(till, "4")
            await till.shows("EXPORT", "terminal")
            await till.press("#")
            await till.shows("EXPORTED", "QR_HINT")
            await till.press("A")
            await till.shows("1/")
            count = int(till.bench.text()[0].partition("/")[2])
            for number in range(count):
                await till.shows(f"{number + 1}/{count}")
                self.codes.append(base64.b64decode(till.bench.screen_event["bits"]))
                await till.press("C")
            await till.press("#")
            await till.shows("REVERSAL_FAILED", "PENDING_KEPT")
            await choose(till, "4")  # its modules were let go of, and come again
            await till.shows("EXPORT", "terminal")
            await till.press("#")
            await till.shows("EXPORTED", "QR_HINT")
            await till.press("#")
            await till.shows("REVERSAL_FAILED", "PENDING_KEPT")
            await till.bench.power_off()
            keys = Secrets()
            keys.key("TMK", lab.ledger.tmk(testcards.DEMO_TERMINAL))
            for name, key in zip(("PIK", "MAK"), lab.ledger.working_keys(testcards.DEMO_TERMINAL)):
                keys.key(name, key)
            keys.key("device key", device_key(till.bench.state))
            self.secrets.append(keys)
            self.said = "\n".join(
                event["text"] if event["ev"] == "log" else "\n".join(event["text"] or [])
                for _, event in till.bench.events
                if event["ev"] in ("log", "screen")
            )
            self.state = till.bench.state
            self.cable = on_flash(till.bench.state, cable(till.bench.state))
            self.file = on_flash(till.bench.state, "print(open('/data/evidence.txt').read(), end='')")
            self.image = (till.bench.state / "flash.img").read_bytes()


async def flash_fails(till) -> None:
    """From when the host has the sale flash takes nothing; then it is well again, and the next start settles what is open."""
    await till.lab.host("drop-answer next sale")
    seen = till.lab.acquirer.count("sale")
    await till.present("1250", "mastercard-credit")
    await till.lab.acquirer.wait_request("sale", SOON, seen)
    await till.bench.do("flash", programs=65536, erases=65536)
    await till.shows("REVERSAL_FAILED", "U_NOT_KEPT")
    await till.bench.do("flash")
    await till.bench.do("card-off")
    await till.bench.power_off()
    await till.bench.power_on()
    await till.shows("REVERSED", "12.50")
    await till.back()


async def power_fails(till) -> None:
    """The power goes while the host's answer is waited for; the next start reverses."""
    await till.lab.host("drop-answer next sale")
    seen = till.lab.acquirer.count("sale")
    await till.present("80", "unionpay-credit")
    await till.lab.acquirer.wait_request("sale", SOON, seen)
    await till.bench.do("card-off")
    await till.bench.power_off()
    await till.bench.power_on()
    await till.shows("REVERSED", "0.80")
    await till.back()


async def sold_and_voided(till) -> None:
    """With a PIN; the card that paid is laid down for the void too."""
    await till.present("120000", "visa-pin")
    await till.shows("ENTER_PIN")
    await till.press(PIN + "#")
    await till.shows("APPROVED")
    await till.bench.do("card-off")
    await till.back()
    await till.press("A2#")
    await till.shows("PRESENT_CARD")
    await till.bench.do("card", card="visa-pin")
    await till.shows("VOID", "1200.00", "KEYS_AGREE")
    await till.press("#")
    await till.shows("VOIDED")
    await till.bench.do("card-off")
    await till.back()


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    found = Ran()
    asyncio.run(found.play(tmp_path_factory.mktemp("evidence")))
    return found


def on_board(state, code: str) -> str:
    """A program for on_flash that finds the firmware's modules and the board's NVS as `nvs`."""
    return (
        "import esp32, machine\nclass World:\n  cut = power_cut = None\n  rtc_memory = b''\n"
        f"World.state_dir = {str(state)!r}\nmachine.attach(World)\nsys.path.insert(1, {str(FIRMWARE)!r})\n"
        f"nvs = esp32.NVS('taptill')\n{code}"
    )


def cable(state) -> str:
    """What `till evidence --port` runs on the board, for a terminal that is switched off."""
    return on_board(state, "from taptill.export import tell\ntell('/data', nvs, machine.RTC())")


def device_key(state) -> bytes:
    code = "from taptill.adapters.keystore import device_key\nprint(device_key(nvs).hex())"
    return bytes.fromhex(on_flash(state, on_board(state, code)))


def told(tmp_path, text: str, *words: str):
    """What `till evidence` says of a file with this text."""
    path = tmp_path / "evidence.txt"
    path.write_bytes(text.encode())
    return CliRunner().invoke(command, [str(path), "--state", str(tmp_path), *words])


def known(tmp_path, key: str) -> None:
    (tmp_path / "evidence-keys.json").write_text('{"10000001": "%s"}' % key)


def read_keys(tmp_path) -> dict:
    return json.loads((tmp_path / "evidence-keys.json").read_text())


class CableBoard:
    """A board that answers as one with the flash of `ran` does; `asked` is how it was opened and what it was to do."""

    def __init__(self, ran: Ran, kept: str):
        self._ran, self._kept = ran, kept
        self.asked: list = []

    @contextlib.contextmanager
    def stopped(self, port: str, settled: bool):
        self.asked.append((port, settled))
        yield self

    def run_firmware(self, program: str, within_s: float = 0) -> str:
        self.asked.append(program)
        return (self._ran.cable if "tell(" in program else self._kept).replace("\n", "\r\n")

    def reset(self) -> None:
        self.asked.append("reset")


def ask(ran, tmp_path, monkeypatch, *words: str, kept: str | None = None):
    """(what `till evidence --port` says of such a board, the board); `kept` is what its terminal saved, if not the file."""
    board = CableBoard(ran, ran.file if kept is None else kept)
    monkeypatch.setattr("till.board_port.stopped", board.stopped)
    return CliRunner().invoke(command, ["--port", "/dev/ttyUSB0", "--state", str(tmp_path), *words]), board


def test_the_file_tells_what_is_open_and_what_led_up_to_it(ran):
    paper = read(ran.file)
    assert (paper.open.kind, paper.open.amount) == (22, 1250)
    assert [record.state for record, _ in paper.records] == [records.APPROVED, records.REVERSED]
    count = paper.counted
    assert count[tally.TAPS] >= 5 and count[tally.CARD_LOST] == 1 and count[tally.APPROVED] == 3
    assert count[tally.REVERSED_98] == 3 and count[tally.POWER_ON] == 3 and count[tally.SIGNED_ON_AT] > 0
    said = [text for _, _, text in paper.log]
    assert any(text.startswith("start ") for text in said)
    assert any(" end 6 why 12" in text for text in said)
    last = said[::-1]
    assert last.index("step reverse 1") < last.index("step connect 0")


def test_every_language_tells_it_in_words(ran, tmp_path):
    known(tmp_path, read(ran.file).public.hex())
    for language, words in zip(LANGUAGES, (("May be charged", "STANDS OPEN", "CNY 12.50"), ("可能已扣款", "未结", "CNY 12.50"))):
        done = told(tmp_path, ran.file, "--language", language)
        assert done.exit_code == 0, done.output
        assert all(word in done.output for word in words)


def test_who_signed_is_told_only_where_the_key_is_known(ran, tmp_path):
    unknown = told(tmp_path, ran.file)
    assert unknown.exit_code == FOREIGN and "not proven" in unknown.output
    known(tmp_path, "02" + "11" * 32)
    foreign = told(tmp_path, ran.file)
    assert foreign.exit_code == FOREIGN and "another device" in foreign.output and len(foreign.output.splitlines()) == 1


def test_without_a_signature_it_says_so(ran, tmp_path):
    body = ran.file[: ran.file.index("key: ")]
    done = told(tmp_path, body + "signature: none\n")
    assert done.exit_code == UNSIGNED and "Not signed" in done.output


@pytest.mark.parametrize(
    "change, code, words",
    [
        (lambda text: text.replace("amount: CNY 12.50", "amount: CNY 1.25"), FORGED, "does not fit"),
        (lambda text: text.replace(" A 75 75 ", " A 75 7500 "), FORGED, "does not fit"),
        (lambda text: text[: len(text) // 2], 2, "its end is missing"),
        (lambda text: "", 2, "no evidence file"),
        (lambda text: text.replace("evidence: 1", "evidence: 9"), 2, "layout"),
        (lambda text: text.replace("open: ", "open: x "), 2, "open cannot be read"),
        (lambda text: text.replace("batch: ", "batch "), 2, "is not `name: value`"),
        (lambda text: text.replace("key: A", "key: !"), 2, "cannot be read"),
        (lambda text: text + "é", 2, "none of a terminal's letters"),
    ],
)
def test_a_damaged_or_changed_file_is_one_line(ran, tmp_path, change, code, words):
    done = told(tmp_path, change(ran.file))
    assert done.exit_code == code and words in done.output and len(done.output.splitlines()) == 1, done.output


def test_any_changed_sign_is_noticed(ran):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance = random.Random(seed)
    end = ran.file.index("signature: ")
    for _ in range(300):
        at = chance.randrange(end)
        other = chr(chance.randrange(32, 127))
        changed = ran.file[:at] + other + ran.file[at + 1 :]
        if changed == ran.file:
            continue
        try:
            read(changed)
        except (Damaged, Forged):
            continue
        raise AssertionError(f"byte {at} as {other!r} was believed")


def _read_codes(frames) -> list:
    found = []
    for frame in frames:
        seen = zxingcpp.read_barcodes(pictures.picture(frame))
        assert len(seen) == 1
        found.append(seen[0].text)
    return found


def test_every_code_is_read_from_the_glass_and_they_make_a_signed_file_in_any_order(ran, tmp_path):
    texts = _read_codes(ran.codes)
    random.Random(5).shuffle(texts)
    whole = together("\n".join(texts))
    paper = read(whole)
    assert paper.public == read(ran.file).public and paper.open == read(ran.file).open
    known(tmp_path, paper.public.hex())
    assert told(tmp_path, "\n".join(texts)).exit_code == 0
    assert told(tmp_path, "\n".join(text.rstrip() for text in texts + texts[:2])).exit_code == 0


def test_over_the_cable_the_board_tells_it_and_a_key_that_was_not_known_is_from_then_on(ran, tmp_path, monkeypatch):
    done, board = ask(ran, tmp_path, monkeypatch, "--save", str(tmp_path / "kept.txt"))
    assert done.exit_code == 0 and "First time" in done.output and "STANDS OPEN" in done.output, done.output
    # Not refused, as it would be where an open reversal matters.
    assert board.asked[0] == ("/dev/ttyUSB0", False) and "export import tell" in board.asked[1] and board.asked[-1] == "reset"
    paper = read((tmp_path / "kept.txt").read_text())
    assert paper.public == read(ran.file).public and paper.open == read(ran.file).open
    states = [record.state for record, _ in paper.records]
    assert states == [records.REVERSED, records.REVERSED, records.APPROVED, records.APPROVED, records.APPROVED, records.REVERSED]
    again, _ = ask(ran, tmp_path, monkeypatch)
    assert again.exit_code == 0 and "Signed by this terminal" in again.output, again.output
    assert told(tmp_path, ran.file).exit_code == 0
    known(tmp_path, "02" + "11" * 32)
    other, _ = ask(ran, tmp_path, monkeypatch)
    assert other.exit_code == FOREIGN and "another device" in other.output, other.output
    assert read_keys(tmp_path)["10000001"] == "02" + "11" * 32  # a cable does not make it another's either


def test_the_cable_tells_the_same_of_a_flash_as_its_file(ran, tmp_path):
    file, wire = read(ran.file), read(ran.cable)
    for name in ("terminal", "merchant", "host", "amount", "card", "sold", "reason", "tries", "zone", "currency"):
        assert wire.values[name] == file.values[name], name
    assert wire.values["amount"] == "CNY 12.50" and ran.cable.count("\nhost: ") == 1
    assert "wifi" not in wire.values and "written" not in wire.values  # nobody has looked, and the clock lost its power
    known(tmp_path, file.public.hex())
    by_file, by_cable = told(tmp_path, ran.file).output, told(tmp_path, ran.cable).output
    for line in by_file[: by_file.index("COUNTED")].splitlines()[4:]:
        assert line in by_cable
    assert "Yes: CNY 1200.00" in by_cable and "VOIDED" in by_cable and "CNY 1200.00 was given back" in by_cable


@pytest.mark.parametrize(
    "lost, said",
    [
        ((), "Sale of CNY 12.50"),
        (("beside/marks",), "One of which nothing can be read"),
        (("beside/marks", "pending"), "cannot be told"),
    ],
)
def test_without_its_key_a_device_never_says_that_nothing_is_open(ran, tmp_path, lost, said):
    state = tmp_path / "terminal"
    shutil.copytree(ran.state, state)
    (state / "nvs-taptill.json").unlink()
    on_flash(state, f"for name in {lost!r}: os.remove('/data/' + name)")
    done = told(tmp_path, on_flash(state, cable(state)))
    assert done.exit_code == UNSIGNED and said in done.output, done.output
    assert ("STANDS OPEN" in done.output) is ("pending" not in lost) and "Nothing stands open" not in done.output
    assert "CNY 1200.00" in done.output and "10000001" in done.output


def test_another_key_is_taken_for_the_terminals_only_when_a_person_says_so(ran, tmp_path, monkeypatch):
    known(tmp_path, "02" + "11" * 32)
    done, _ = ask(ran, tmp_path, monkeypatch, "--save", str(tmp_path / "kept.txt"))
    assert done.exit_code == FOREIGN and "--accept-key" in done.output and len(done.output.splitlines()) == 1, done.output
    assert "11" * 32 in (tmp_path / "evidence-keys.json").read_text() and (tmp_path / "kept.txt").exists()
    done, _ = ask(ran, tmp_path, monkeypatch, "--accept-key")
    assert done.exit_code == 0 and "Signed by this terminal" in done.output, done.output
    assert told(tmp_path, ran.file).exit_code == 0


def test_what_was_saved_at_the_incident_is_named_and_fetched(ran, tmp_path, monkeypatch):
    done, _ = ask(ran, tmp_path, monkeypatch)
    written = read(ran.file).values["written"]
    assert f"saved a file at the incident too (written {written})" in done.output, done.output
    done, _ = ask(ran, tmp_path, monkeypatch, "--saved", "--save", str(tmp_path / "kept.txt"))
    assert done.exit_code == 0 and f"Written {written}" in done.output and "saved a file" not in done.output, done.output
    assert (tmp_path / "kept.txt").read_text() == ran.file
    assert "cannot be read" in ask(ran, tmp_path, monkeypatch, kept=ran.file[:900])[0].output
    none, _ = ask(ran, tmp_path, monkeypatch, "--saved", kept="")
    assert none.exit_code == 2 and "has saved no evidence" in none.output and len(none.output.splitlines()) == 1
    assert "saved a file" not in ask(ran, tmp_path, monkeypatch, kept="")[0].output
    there = "from taptill.export import saved\nsaved('/data')"
    assert on_flash(ran.state, f"sys.path.insert(1, {str(FIRMWARE)!r})\n{there}").strip() == ran.file.strip()


def test_missing_and_mixed_codes_are_named(ran, tmp_path):
    texts = [evidence.piece(ran.file, at).decode() for at in range(evidence.pieces(ran.file))]
    without = told(tmp_path, "\n".join(texts[:2] + texts[3:5] + texts[6:]))
    assert without.exit_code == 2 and f"of {len(texts)} codes these are missing: 3, 6" in without.output
    mixed = told(tmp_path, "\n".join([*texts[:-1], "TT" + ("00" if texts[0][2:4] != "00" else "01") + texts[-1][4:]]))
    assert mixed.exit_code == 2 and "different files" in mixed.output
    twice = told(tmp_path, "\n".join([*texts, texts[3][:-1] + "!"]))
    assert twice.exit_code == 2 and "code 4 is there twice" in twice.output
    strange = told(tmp_path, "\n".join([*texts, "https://example.com"]))
    assert strange.exit_code == 2 and "is no code of this file" in strange.output
    changed = told(tmp_path, "\n".join([texts[0].replace("evidence", "evidemce"), *texts[1:]]))
    assert changed.exit_code == 2 and "do not make the file" in changed.output


def test_usage_errors_are_one_line(tmp_path):
    (tmp_path / "evidence-keys.json").write_text('{"10000001": "x"}')
    (tmp_path / "signed").write_text("evidence: 1\nterminal: 1\nsignature: none\n")
    for words in (
        [],
        ["x", "--port", "y"],
        ["x", "--save", "z"],
        ["x", "--saved"],
        ["x", "--accept-key"],
        [str(tmp_path / "none")],
        [str(tmp_path / "signed")],
    ):
        done = CliRunner().invoke(command, [*words, "--state", str(tmp_path)])
        assert done.exit_code == 2 and len(done.output.splitlines()) == 1, done.output


def test_no_secret_is_on_flash_in_the_file_in_the_codes_or_on_the_console(ran):
    """Each card, PIN and key of the run as text, BCD, number, bytes and hexadecimal (campaigns.secret_search)."""
    names = [name for one in ran.secrets for name in one.names()]
    assert {"PAN", "track 2", "PIN", "PIN field"} <= set(names)
    assert all(any(name.startswith(key) for name in names) for key in ("TMK", "PIK", "MAK", "device key", "PIN block"))
    assert len(ran.cards) == 5
    places = {
        "flash": used(ran.image),
        "file": ran.file.encode(),
        "codes": "".join(_read_codes(ran.codes)).encode(),
        "screens and console": ran.said.encode(),
        "cable": ran.cable.encode(),
    }
    for place, data in places.items():
        assert data and [name for one in ran.secrets for name in one.found_in(data)] == [], place
