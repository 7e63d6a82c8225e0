"""Evidence of an incident from the terminal to the clerk: signed, by file and by QR codes, and without a secret anywhere."""

import asyncio
import base64
import json
import random

import pytest
import zxingcpp
from click.testing import CliRunner
from test_bench_sale import IDLE, SETTINGS, SOON, Till, choose, leave_one_open, on_flash, options

from acquirer import testcards, wire
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
        self.secrets: list[Secrets] = []  # one a message: it knows one card

    def hear(self, direction: str, body: bytes) -> None:
        """A message as the host has it in clear: what of it must not be found anywhere."""
        fields = wire.decode(body).fields
        if direction == "in" and fields.get(2):
            pan, found = str(fields[2]), Secrets()
            found.card(pan, str(fields.get(35, "")))
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
        "import esp32, machine\nclass World:\n  cut = power_cut = None\n"
        f"World.state_dir = {str(state)!r}\nmachine.attach(World)\nsys.path.insert(1, {str(FIRMWARE)!r})\n"
        f"nvs = esp32.NVS('taptill')\n{code}"
    )


def cable(state) -> str:
    """What `till evidence --port` runs on the board, for a terminal that is switched off."""
    return on_board(state, "from taptill.adapters.export import tell\ntell('/data', nvs)")


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
    asked = []

    class Board:
        """Does not refuse, as one whose reversal is open would where that matters."""

        def __init__(self, port, settled):
            asked.append((port, settled))

        def __enter__(self):
            return self

        def __exit__(self, *error):
            return None

        def run(self, program, within_s):
            asked.append(program)
            return ran.cable.replace("\n", "\r\n")

        def reset(self):
            asked.append("reset")

    monkeypatch.setattr("till.board_port.stopped", Board)
    words = ["--port", "/dev/ttyUSB0", "--state", str(tmp_path), "--save", str(tmp_path / "kept.txt")]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 0 and "First time" in done.output and "STANDS OPEN" in done.output, done.output
    assert asked[0] == ("/dev/ttyUSB0", False) and "adapters.export" in asked[1] and asked[2:] == ["reset"]
    paper = read((tmp_path / "kept.txt").read_text())
    assert paper.public == read(ran.file).public and paper.open == read(ran.file).open
    states = [record.state for record, _ in paper.records]
    assert states == [records.REVERSED, records.REVERSED, records.APPROVED, records.APPROVED, records.APPROVED, records.REVERSED]
    again = CliRunner().invoke(command, words)
    assert again.exit_code == 0 and "Signed by this terminal" in again.output, again.output
    assert told(tmp_path, ran.file).exit_code == 0
    known(tmp_path, "02" + "11" * 32)
    other = CliRunner().invoke(command, words)
    assert other.exit_code == FOREIGN and "another device" in other.output, other.output
    assert read_keys(tmp_path)["10000001"] == "02" + "11" * 32  # a cable does not make it another's either


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
    for words in ([], ["x", "--port", "y"], ["x", "--save", "z"], [str(tmp_path / "none")], [str(tmp_path / "signed")]):
        done = CliRunner().invoke(command, [*words, "--state", str(tmp_path)])
        assert done.exit_code == 2 and len(done.output.splitlines()) == 1, done.output


def test_no_secret_is_on_flash_in_the_file_in_the_codes_or_on_the_console(ran):
    """Each card, PIN and key of the run as text, BCD, number, bytes and hexadecimal (campaigns.secret_search)."""
    names = [name for one in ran.secrets for name in (*one.text, *one.binary)]
    assert {"PAN", "track 2", "PIN", "PIN field"} <= set(names)
    assert all(any(name.startswith(key) for name in names) for key in ("TMK", "PIK", "MAK", "device key", "PIN block"))
    assert len({one.text["PAN"] for one in ran.secrets if "PAN" in one.text}) == 5  # cards that were read
    places = {
        "flash": used(ran.image),
        "file": ran.file.encode(),
        "codes": "".join(_read_codes(ran.codes)).encode(),
        "screens and console": ran.said.encode(),
        "cable": ran.cable.encode(),
    }
    for place, data in places.items():
        assert data and [name for one in ran.secrets for name in one.found_in(data)] == [], place
