"""Put it on a board, in a real browser: its serial port leads to the real MicroPython on a pseudo-terminal."""

import base64
import hashlib
import json
import pathlib
import re

import espressif_image as images
import pytest
import rom_board
from board_repl import ReplBoard
from browser import axe, eyes, layout, serial

from acquirer import desops
from campaigns.browser import DeskThread
from desk import boards
from rig import addresses
from till.provision import provisioning_code

try:
    from browser.seat import SOON_MS, Seat
    from playwright.sync_api import expect
except ImportError:  # only without the test extra: told by the fixture
    expect = None

ANSWERING = pathlib.Path(__file__).parent / "fixtures" / "answering_main.py"
HERE = "127.0.0.2"  # this computer's address in the board's network, as it were
SIZES = {"laptop": {"width": 1280, "height": 720}, "phone": {"width": 390, "height": 844}}
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
TMK = "0123456789ABCDEFFEDCBA9876543210"
WIFI = "a secret of the air"
FEW = ("board.py", "main.py", "taptill/__init__.mpy", "taptill/core/errors.mpy", "taptill/core/build.mpy")
# What is open is put there by the store that is on the board.
OPEN = """\
from esp32 import NVS
from taptill.adapters.files import Folder
from taptill.adapters.keystore import device_key
from taptill.adapters.sealed import Seal
from taptill.adapters.store import FlashStore
from taptill.core.journal.pending import Pending
store = FlashStore(Folder("/data"), Seal(device_key(NVS("taptill"))))
store.open()
one = Pending()
one.stan = store.next_stan()
one.amount = 1250
store.save_pending(one)
"""


@pytest.fixture(scope="module")
def desk(chrome):
    with DeskThread(1, dark=True) as started:
        yield started


@pytest.fixture
def network(monkeypatch):
    monkeypatch.setattr(addresses, "in_the_network", lambda: [HERE])


@pytest.fixture
def few(monkeypatch):
    """Of the tree a few files only: what is tried is how they come."""
    whole = boards.tree

    def tree(board: str) -> dict:
        told = whole(board)
        return {**told, "files": [each for each in told["files"] if each["path"] in FEW]}

    monkeypatch.setattr(boards, "tree", tree)


@pytest.fixture
def at(seats, tmp_path, network):
    """A function that opens the tab with a board on the wire: (seat, panel, wire)."""
    held = []

    def open_it(says: dict | None = None, language: str = "en"):
        board = ReplBoard(tmp_path / f"board-{len(held)}", says)
        board.start()
        held.append(board)
        page = seats.page(locale=LOCALES[language], viewport=SIZES["laptop"])
        wire = serial.Serial(page.context, board)
        seat = Seat(page, seats.url, 1)
        seat.go("?tab=board")
        panel = seat.find("#panel-board")
        expect(panel.locator("h2")).to_be_visible()
        return seat, panel, wire

    yield open_it
    for board in held:
        board.cut()


def step(panel, name: str):
    return panel.locator(f'[data-step="{name}"]')


def reaches(panel, name: str, state: str):
    """Wait until a step is so far; it."""
    found = step(panel, name)
    expect(found).to_have_attribute("data-state", state, timeout=SOON_MS)
    return found


def files_there(board) -> dict:
    return {path: content for path, content in board.listing().items() if not path.startswith("data/")}


def wanted() -> dict:
    return {each["path"]: base64.b64decode(each["content"]) for each in boards.tree("esp32s3_devkitc")["files"]}


def test_from_an_empty_board_to_a_terminal_of_the_rooms_host(at, desk):
    """All of its files over the wire: host_tests/js/board_terminal.test.mjs; here most have come before."""
    seat, panel, wire = at()
    lay_out(wire.board)
    for path in FEW:
        (wire.board.files / path).unlink()
    panel.locator("#board-connect").click()
    connected = reaches(panel, "connect", "done")
    for said in ("ESP32-S3", "in use", "1.25.0 ESP32_GENERIC_S3-SPIRAM_OCT", "no terminal has been here yet"):
        expect(connected).to_contain_text(said)
    expect(panel.locator("#board-folder")).to_have_value("esp32s3_devkitc")
    reaches(panel, "image", "done")
    reaches(panel, "files", "now")
    panel.locator("#board-files-put").click()
    expect(step(panel, "files")).to_have_attribute("data-state", "done", timeout=120_000)
    assert files_there(wire.board) == wanted()
    keys = reaches(panel, "keys", "now")
    panel.locator("#board-set-wifi_ssid").fill("home")
    panel.locator("#board-set-wifi_password").fill(WIFI)
    panel.locator("#board-set-merchant_name").fill("")
    panel.locator("#board-keys-put").click()
    expect(panel.locator("#board-set-merchant_name-problem")).to_have_text("From 1 to 32 characters are wanted.")
    expect(panel.locator("#board-set-merchant_name")).to_be_focused()
    panel.locator("#board-set-merchant_name").fill("Corner shop")
    panel.locator("#board-keys-put").click()
    reaches(panel, "keys", "done")
    key = desk.room.ledger.tmk("10000101")
    expect(keys).to_contain_text(desops.check_value(key).hex().upper())
    config = json.loads((wire.board.files / "data" / "config.json").read_text(encoding="utf-8"))
    assert (config["merchant_name"], config["host"], config["terminal_id"], config["tls"]) == (
        "Corner shop",
        HERE,
        "10000101",
        True,
    )
    assert (wire.board.files / "data" / "ca.der").read_bytes() == desk.room.acquirer.ca_der
    log = reaches(panel, "log", "now").locator(".board-log")
    expect(log).to_contain_text("POWERON", timeout=SOON_MS)
    # The key went through the wire, once as a check and once to be kept; nothing of the page holds it.
    sent = b"".join(wire.sent)
    assert sent.count(key.hex().upper().encode()) == 2
    kept = seat.page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.documentElement.outerHTML])")
    for secret in (key.hex(), key.hex().upper(), WIFI):
        assert secret not in kept


def lay_out(board) -> None:
    """The whole firmware is on it already."""
    for path, content in wanted().items():
        place = board.files / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def provision(board, more: str = "") -> None:
    """It has lived: settings and key as `till provision` sends them, and `more` that happened since."""
    config = {"merchant_name": "Corner shop", "merchant_id": "100000000000001", "terminal_id": "10000101", "host": "192.0.2.1",
              "port": 1, "tls_name": "localhost"}  # fmt: skip
    board.run(provisioning_code(config, bytes.fromhex(TMK), b"\x30\x82certificate") + "\n" + more)


def test_a_key_of_two_people_for_another_host(at, desk, tmp_path):
    seat, panel, wire = at()
    lay_out(wire.board)
    panel.locator("#board-connect").click()
    expect(reaches(panel, "files", "done")).to_contain_text("byte for byte")
    panel.locator('[data-bank="other"]').click()
    panel.locator("#board-set-host").fill("192.168.1.10")
    panel.locator("#board-set-port").fill("70000")
    panel.locator("#board-set-tls_name").fill("localhost")
    panel.locator("#board-keys-put").click()
    expect(panel.locator("#board-set-port-problem")).to_contain_text("from 1 to 65535")
    panel.locator("#board-set-port").fill("8584")
    panel.locator("#board-keys-put").click()
    expect(panel.locator("#board-ca-problem")).to_contain_text("is needed")
    (tmp_path / "ca.der").write_bytes(b"no certificate")
    panel.locator("#board-ca").set_input_files(tmp_path / "ca.der")
    panel.locator("#board-keys-put").click()
    expect(panel.locator("#board-ca-problem")).to_contain_text("no certificate in DER")
    (tmp_path / "ca.der").write_bytes(desk.room.acquirer.ca_der)
    panel.locator("#board-ca").set_input_files(tmp_path / "ca.der")
    panel.locator("#board-keys-put").click()
    expect(panel.locator("#board-key-1-problem")).to_contain_text("32 hexadecimal digits")

    def components() -> None:
        panel.locator("#board-key-1").fill("F" * 32)
        panel.locator("#board-key-2").fill(f"{int(TMK, 16) ^ (1 << 128) - 1:032X}")

    components()
    panel.locator("#board-kcv").fill("123456")
    panel.locator("#board-keys-put").click()
    expect(reaches(panel, "keys", "trouble").locator(".board-problem")).to_contain_text("08D7B4FB, not 123456")
    assert not (wire.board.files / "data").exists()
    expect(panel.locator("#board-key-1")).to_have_value("")  # typed anew each time
    components()
    panel.locator("#board-kcv").fill("08d7b4")
    panel.locator("#board-keys-put").click()
    expect(reaches(panel, "keys", "done")).to_contain_text("08D7B4FB")
    config = json.loads((wire.board.files / "data" / "config.json").read_text(encoding="utf-8"))
    assert (config["host"], config["port"], config["mac"]) == ("192.168.1.10", 8584, "ecb")
    assert b"".join(wire.sent).count(TMK.encode()) == 3  # the wrong check value, the right one, and to be kept


def test_a_terminal_is_stopped_when_it_is_idle_or_by_a_persons_word(at, few):
    seat, panel, wire = at()
    standing, stopped = wire.board.files / "standing", wire.board.files / "stopped"
    (wire.board.files / "main.py").write_bytes(ANSWERING.read_bytes())
    standing.write_text("")  # in the middle of a payment
    wire.board.cut()
    wire.board.start()
    panel.locator("#board-connect").click()
    expect(step(panel, "connect")).to_contain_text("in the middle of a payment")
    panel.locator("#board-leave").click()
    expect(step(panel, "connect")).to_have_attribute("data-state", "now")
    standing.write_text("reversal open")
    panel.get_by_role("button", name="Connect again").click()
    expect(reaches(panel, "connect", "trouble").locator(".board-problem")).to_contain_text("so it is not stopped")
    expect(step(panel, "image")).to_have_attribute("data-state", "todo")
    standing.write_text("")
    panel.get_by_role("button", name="Connect again").click()
    panel.locator("#board-stop").wait_for()
    assert not stopped.exists()
    panel.locator("#board-stop").click()
    reaches(panel, "files", "now")
    assert stopped.exists()


def test_a_board_that_owes_something_is_not_written_on(at):
    seat, panel, wire = at()
    lay_out(wire.board)
    provision(wire.board, OPEN)
    before = wire.board.listing()
    panel.locator("#board-connect").click()
    connected = reaches(panel, "connect", "trouble")
    expect(connected.locator(".board-problem")).to_contain_text("A reversal is open on this terminal")
    expect(connected).to_contain_text("a reversal is open")
    expect(step(panel, "files")).to_have_attribute("data-state", "todo")
    expect(step(panel, "image")).to_have_attribute("data-state", "todo")
    expect(panel.locator(".board-log")).to_contain_text("POWERON", timeout=SOON_MS)  # it goes on by itself
    assert wire.board.listing() == before


def test_a_used_board_that_owes_nothing_gets_what_changed_and_keeps_its_data(at):
    seat, panel, wire = at()
    lay_out(wire.board)
    provision(wire.board)
    (wire.board.files / "board.py").write_text("# an older one\n")
    before = {path: content for path, content in wire.board.listing().items() if path.startswith("data/")}
    panel.locator("#board-connect").click()
    expect(reaches(panel, "connect", "done")).to_contain_text("nothing is open")
    expect(step(panel, "files")).to_contain_text(re.compile(r"^.*2 of \d+ files differ"))
    panel.locator("#board-files-put").click()
    reaches(panel, "files", "done")
    assert files_there(wire.board) == wanted()
    assert {path: content for path, content in wire.board.listing().items() if path.startswith("data/")} == before
    panel.locator("#board-keys-skip").click()
    reaches(panel, "log", "now")
    expect(panel.locator(".board-log")).to_contain_text("POWERON", timeout=SOON_MS)


def test_a_watchdog_is_fed_while_a_person_thinks(at, few):
    seat, panel, wire = at()
    seat.page.add_init_script("{ const real = setInterval; window.setInterval = (act, ms) => real(act, ms / 100); }")
    seat.page.reload()
    panel.locator("#board-connect").click()
    reaches(panel, "files", "now")
    fed = sum(b"_fed()" == each for each in wire.sent)
    for _ in range(200):
        if sum(b"_fed()" == each for each in wire.sent) >= fed + 3:
            break
        seat.page.wait_for_timeout(50)
    else:
        pytest.fail("nobody feeds it")
    panel.locator("#board-files-put").click()
    reaches(panel, "files", "done")
    assert files_there(wire.board) == wanted()


def test_a_plug_that_is_pulled_is_told_and_a_repeat_repairs_it(at, few):
    """At every other moment: host_tests/js/board.test.mjs."""
    seat, panel, wire = at()
    panel.locator("#board-connect").click()
    reaches(panel, "files", "now")
    wire.cut_after = wire.writes + 40
    panel.locator("#board-files-put").click()
    expect(reaches(panel, "files", "trouble").locator(".board-problem")).to_contain_text("The board is gone")
    assert "main.py" not in wire.board.listing()
    wire.plug()
    panel.locator("#board-again").click()
    reaches(panel, "files", "now")
    panel.locator("#board-files-put").click()
    reaches(panel, "files", "done")
    assert files_there(wire.board) == wanted()


def test_a_port_that_is_not_chosen_or_taken_and_a_board_that_cannot_run_it(at, few):
    """Every other board that cannot: test_page_logic.py."""
    seat, panel, wire = at({"heap": 200000, "build": "ESP32_GENERIC_S3"})
    wire.chosen = False
    panel.locator("#board-connect").click()
    expect(step(panel, "connect")).to_have_attribute("data-state", "now")
    wire.chosen, wire.taken = True, True
    panel.locator("#board-connect").click()
    expect(reaches(panel, "connect", "trouble").locator(".board-problem")).to_contain_text("another program")
    wire.taken = False
    panel.locator("#board-connect").click()
    expect(step(panel, "connect").locator(".board-problem")).to_contain_text("SPIRAM_OCT")
    expect(step(panel, "files")).to_have_attribute("data-state", "todo")
    reaches(panel, "image", "now")
    assert wire.board.listing() == {}


@pytest.mark.parametrize("language", list(LOCALES))
def test_a_browser_without_web_serial_is_told_which_has_it(seats, desk, language):
    page = seats.page(locale=LOCALES[language])
    page.context.add_init_script(serial.NONE)
    page.goto(f"{seats.url}1?tab=board")
    expect(page.locator(".board-lacking")).to_contain_text("Chrome")
    expect(page.locator("#panel-board button")).to_have_count(0)
    page.locator("#tab-wire").click()
    expect(page.locator("#panel-wire")).to_be_visible()


@pytest.mark.parametrize("language", list(LOCALES))
def test_every_step_is_laid_out_and_can_be_read(at, few, language):
    seat, panel, wire = at(language=language)
    axe.load(seat.page)
    wrong = []

    def judge(what: str) -> None:
        for size in SIZES:
            seat.page.set_viewport_size(SIZES[size])
            wrong.extend(f"{what}, {size}: {line}" for line in axe.violations(seat.page, "#panel-board"))
            wrong.extend(f"{what}, {size}: {line}" for line in seat.page.evaluate(layout.CUT, "body"))
            wrong.extend(f"{what}, {size}: {line}" for line in eyes.hard_to_read(seat.page)[1])

    judge("begin")
    wire.taken = True
    panel.locator("#board-connect").click()
    reaches(panel, "connect", "trouble")
    judge("trouble")
    wire.taken = False
    panel.locator("#board-connect").click()
    reaches(panel, "files", "now")
    judge("files")
    panel.locator("#board-files-put").click()
    reaches(panel, "keys", "now")
    panel.locator("#board-set-merchant_name").fill("")
    panel.locator("#board-keys-put").click()
    judge("room")
    panel.locator('[data-bank="other"]').click()
    panel.locator("summary").click()
    judge("other")
    panel.locator("#board-keys-skip").click()
    reaches(panel, "log", "now")
    expect(panel.locator(".board-log")).to_contain_text("POWERON", timeout=SOON_MS)
    judge("log")
    assert not wrong, "\n".join(wrong)


# MicroPython's image ------------------------------------------------------------------------------


# What else is looked at before an image is written, and what interruptions leave: host_tests/js/board_flash.test.mjs.
IMAGE = images.download(images.ESP32S3, "ESP32_GENERIC_S3-SPIRAM_OCT")


@pytest.fixture
def bare(seats, tmp_path, network):
    """A function that opens the tab with a chip without MicroPython on the wire: (panel, wire, chip)."""
    held = []

    def open_it():
        chip = rom_board.RomBoard(tmp_path / f"chip-{len(held)}")
        held.append(chip)
        page = seats.page(locale="en-GB", viewport=SIZES["laptop"])
        wire = serial.Serial(page.context, chip)
        Seat(page, seats.url, 1).go("?tab=board")
        (tmp_path / "SPIRAM_OCT.bin").write_bytes(IMAGE)
        return page.locator("#panel-board"), wire, chip

    yield open_it
    for chip in held:
        chip.cut()


def choose_image(panel, path) -> None:
    """Ask an empty board, which says that it has no program, and choose the image for it."""
    panel.locator("#board-connect").click()
    expect(reaches(panel, "connect", "trouble").locator(".board-problem")).to_contain_text("does not answer")
    reaches(panel, "image", "now")
    panel.locator("#board-image").set_input_files(path)


def test_a_chip_without_micropython_gets_its_image_and_then_the_firmware(bare, few, tmp_path):
    panel, wire, chip = bare()
    chip.flash[0x200000:0x200100] = b"what somebody else left there...".ljust(256, b".")
    damaged = bytearray(IMAGE)
    damaged[0x10000 + 30000] ^= 4
    (tmp_path / "damaged.bin").write_bytes(damaged)
    choose_image(panel, tmp_path / "damaged.bin")
    about = step(panel, "image")
    expect(reaches(panel, "image", "trouble").locator(".board-problem")).to_contain_text("damaged")
    (tmp_path / "plain.bin").write_bytes(images.download(images.ESP32, "ESP32_GENERIC"))
    panel.locator("#board-image-folder").select_option("esp32_wrover")
    panel.locator("#board-image").set_input_files(tmp_path / "plain.bin")
    expect(about.locator(".board-problem")).to_contain_text("the image ESP32_GENERIC; the board needs ESP32_GENERIC-SPIRAM")
    panel.locator("#board-image").set_input_files(tmp_path / "SPIRAM_OCT.bin")
    expect(about.locator(".board-problem")).to_contain_text("esp32_wrover is the wiring of an ESP32; this is for an ESP32-S3")
    expect(panel.locator("#board-flash")).to_have_count(0)
    panel.locator("#board-image-folder").select_option("esp32s3_devkitc")
    expect(about).to_contain_text(hashlib.sha256(IMAGE).hexdigest())
    expect(about).to_contain_text("ESP32_GENERIC_S3-SPIRAM_OCT, for ESP32-S3, begins at 0x0")
    panel.locator("#board-flash").click()
    expect(step(panel, "connect")).to_contain_text("Written and compared", timeout=60_000)
    assert not chip.refused
    assert bytes(chip.flash[: len(IMAGE)]) == IMAGE
    panel.locator("#board-connect").click()
    reaches(panel, "connect", "done")
    expect(reaches(panel, "files", "done")).to_contain_text("byte for byte")  # they came with it
    assert files_there(chip) == wanted()


def test_where_it_cannot_be_told_what_is_open_a_person_has_to_say_so(bare, few, tmp_path):
    panel, wire, chip = bare()
    chip.flash[: len(IMAGE)] = IMAGE
    chip.flash[0x10000] = 0  # its program is damaged
    chip.flash[0x9000:0x9100] = b"taptill".ljust(256, b"\0")
    chip.flash[0x200000:0x200100] = b"what was a file system".ljust(256, b"\0")
    before = bytes(chip.flash)
    choose_image(panel, tmp_path / "SPIRAM_OCT.bin")
    panel.locator("#board-flash").click()
    expect(reaches(panel, "image", "trouble").locator(".board-problem")).to_contain_text("it cannot be told", timeout=60_000)
    assert bytes(chip.flash) == before
    panel.locator("#board-sure").click()
    expect(step(panel, "connect")).to_contain_text("Written and compared", timeout=60_000)
    assert bytes(chip.flash[0x10000 : len(IMAGE)]) == IMAGE[0x10000:]
    assert bytes(chip.flash[0x9000:0x10000]) == before[0x9000:0x10000] and bytes(chip.flash[0x200000:]) == before[0x200000:]
