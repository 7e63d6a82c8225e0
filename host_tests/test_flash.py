"""`till flash` and `till image`: the image that fits, checked; a new board gets all, a used one keeps all that is its own."""

import hashlib
import pathlib
import re
from collections.abc import Iterator

import espressif_image as images
import pytest
from board_double import SALE, SIZE, VFS, WROVER, Double, deployed
from board_stand_in import Unplugged
from click.testing import CliRunner
from rom_loader import esp32, esp32s3

from rig.failures import Failed
from till import board_data, board_port, board_tree, flash, littlefs_image, provision
from till.board_image import OWN, Image, Wanted, partitions, wanted
from till.image import image as image_command

ROOT = pathlib.Path(__file__).resolve().parent.parent
TMK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
SETTINGS = {"merchant_name": "M", "merchant_id": "1" * 15, "terminal_id": "1" * 8, "host": "h", "port": 1, "tls": False}
NVS = slice(0x9000, 0xF000)
DATA = slice(VFS, 4 << 20)


def own_name() -> str:
    """What our own image calls itself."""
    text = (ROOT / "boards" / "esp32_devkitc" / "mpconfigboard.h").read_text(encoding="utf-8")
    return re.search(r'MICROPY_HW_BOARD_NAME "(.+)"', text)[1]


@pytest.fixture
def place(tmp_path, monkeypatch) -> pathlib.Path:
    """A folder with images, as the current one."""
    for name, chip, build in (
        ("spiram.bin", images.ESP32, "ESP32_GENERIC-SPIRAM"),
        ("plain.bin", images.ESP32, "ESP32_GENERIC"),
        ("atom.bin", images.ESP32, "M5STACK_ATOM"),
        ("s3.bin", images.ESP32S3, "ESP32_GENERIC_S3"),
        ("s3-4m.bin", images.ESP32S3, "ESP32_GENERIC_S3-FLASH_4M"),
        ("oct.bin", images.ESP32S3, "ESP32_GENERIC_S3-SPIRAM_OCT"),
    ):
        (tmp_path / name).write_bytes(images.download(chip, build))
    banner = f"\0MicroPython v1.25.0 on 2025-04-15; {own_name()} with ESP32\0"
    (tmp_path / "own.bin").write_bytes(images.download(images.ESP32, "esp32_devkitc", more=banner.encode()))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(board: Double, *words: str):
    return CliRunner().invoke(flash.flash, ["--port", board.port, *words])


# Which image.


@pytest.mark.parametrize(
    ("chip", "words", "said"),
    [
        (esp32s3(8, 8), (), ("ESP32-S3, 8 MB of flash, 8 MB of PSRAM", "ESP32_GENERIC_S3-SPIRAM_OCT on", "/ESP32_GENERIC_S3/")),
        (
            esp32s3(2, 8),
            (),
            ("2 MB of PSRAM", "the .bin of ESP32_GENERIC_S3 on https://micropython.org/download/ESP32_GENERIC_S3/"),
        ),
        (esp32s3(2, 4), (), ("4 MB of flash, 2 MB of PSRAM", "the .bin of ESP32_GENERIC_S3-FLASH_4M on", "(variant FLASH_4M)")),
        (esp32(), ("--board", "esp32_wrover"), ("ESP32, 4 MB of flash, PSRAM unknown", "ESP32_GENERIC-SPIRAM", "variant SPIRAM")),
        (esp32(), ("--board", "esp32_devkitc"), ("TapTill's own image",)),
        (esp32(psram=True), (), ("2 MB of PSRAM", "ESP32_GENERIC-SPIRAM")),
    ],
)
def test_a_board_is_named_and_the_image_it_needs(tmp_path, chip, words, said):
    with Double(tmp_path, chip=chip) as board:
        done = write(board, *words)
    assert done.exit_code == 0 and all(word in done.output for word in said), done.output
    assert not board.erased


@pytest.mark.parametrize(
    ("chip", "words", "said"),
    [
        (esp32(), (), "name --board esp32_wrover if WROVER is printed on it"),
        (esp32s3(0), (), "an ESP32-S3 without PSRAM"),
        (esp32s3(8, 4), (), "octal PSRAM and less than 8 MB of flash: MicroPython has no image for it"),
        (esp32(), ("--board", "esp32s3_devkitc"), "boards/esp32s3_devkitc is the wiring of an ESP32-S3"),
        (esp32(), ("--board", "toaster"), "there is no boards/toaster/board.py"),
    ],
)
def test_what_cannot_be_chosen_is_one_line(tmp_path, chip, words, said):
    with Double(tmp_path, chip=chip) as board:
        done = write(board, *words)
    assert done.exit_code == 2 and said in done.output.splitlines()[-1] and not board.erased


def test_offsets_are_those_of_the_chips():
    assert wanted("ESP32", 2, None).offset == 0x1000 and wanted("ESP32-S3", 8, None).offset == 0


@pytest.mark.parametrize(
    ("name", "need", "said"),
    [
        ("plain.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "the image ESP32_GENERIC, which does not fit"),
        ("spiram.bin", Wanted("ESP32", ""), "the image ESP32_GENERIC-SPIRAM, which does not fit"),
        ("s3.bin", Wanted("ESP32-S3", "ESP32_GENERIC_S3-SPIRAM_OCT"), "does not fit this board; get MicroPython"),
        ("s3.bin", Wanted("ESP32-S3", "ESP32_GENERIC_S3-FLASH_4M"), "the image ESP32_GENERIC_S3, which does not fit"),
        ("own.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), f"the image {OWN}, which does not fit this board; get MicroPython"),
        ("atom.bin", Wanted("ESP32", ""), "an image that does not fit this board; get TapTill's own"),
        ("atom.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "an image that does not fit this board; get MicroPython"),
        ("oct.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "an image for ESP32-S3, and this is an ESP32"),
        ("lost.bin", Wanted("ESP32", ""), "No such file"),
        ("text.bin", Wanted("ESP32", ""), "no image for a chip of Espressif's"),
        ("old.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "MicroPython 1.24 is too old"),
        ("half.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "get it again"),
        ("loader.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "the second-stage loader is damaged"),
        ("program.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "the program is damaged"),
        ("table.bin", Wanted("ESP32", "ESP32_GENERIC-SPIRAM"), "its check sum is wrong"),
    ],
)
def test_an_image_that_does_not_fit_or_is_damaged_is_told(place, name, need, said):
    whole = bytearray((place / "spiram.bin").read_bytes())
    (place / "text.bin").write_text("<html>" * 9000)
    (place / "old.bin").write_bytes(images.download(images.ESP32, "ESP32_GENERIC-SPIRAM", "v1.24.1"))
    (place / "half.bin").write_bytes(whole[: len(whole) - 9000])
    for damaged, at in (("loader", 0x200), ("program", 0x10000 - 0x1000 + 0x2000), ("table", 0x7000 + 5)):
        (place / f"{damaged}.bin").write_bytes(whole[:at] + bytes((whole[at] ^ 1,)) + whole[at + 1 :])
    with pytest.raises(Failed, match=re.escape(said)):
        Image(pathlib.Path(name), need)


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("spiram.bin", wanted("ESP32", 2, None, 4)),
        ("own.bin", wanted("ESP32", 0, False, 4)),
        ("s3-4m.bin", wanted("ESP32-S3", 2, None, 4)),
        ("s3.bin", wanted("ESP32-S3", 2, None, 8)),
        ("oct.bin", wanted("ESP32-S3", 8, None, 16)),
    ],
)
def test_the_image_that_fits_is_taken(place, name, need):
    assert [offset for offset, _ in Image(pathlib.Path(name), need).parts] == [need.offset, 0x8000, 0x10000]


def test_the_sha256_of_the_file_is_looked_at(place):
    with Double(place / "board") as board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin", "--sha256", "0" * 64)
    assert done.exit_code == 2 and "not what was given: get it again" in done.output and not board.erased


def test_a_partition_table_is_read():
    assert [(each.name, each.kind, each.subtype, each.offset, each.size) for each in partitions(images.table())] == list(
        images.TABLE
    )
    with pytest.raises(ValueError, match="there is none"):
        partitions(b"\xff" * 4096)


# A new board.


@pytest.mark.parametrize("stub", ["--stub", "--no-stub"])
def test_a_new_board_gets_image_and_files_and_starts(place, tmp_path_factory, stub):
    if stub == "--no-stub":  # 64 bytes at a time: not with the whole file system
        small = {"main.py": b"# small\n", "taptill/__init__.mpy": b"M\x06"}
    else:
        small = board_tree.read("esp32_wrover", tmp_path_factory.mktemp("tree"))
    with pytest.MonkeyPatch.context() as patch, Double(place / "board") as board:
        patch.setattr(board_tree, "read", lambda *_: small)
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin", stub)
        assert done.exit_code == 0 and "the board starts" in done.output, done.output
    assert board.files() == small  # as the real MicroPython's LittleFS finds them
    written, given = board.flash.read_bytes(), (place / "spiram.bin").read_bytes()
    assert written[0x1000:0x9000] == given[:0x8000] and written[0x10000:].startswith(given[0xF000:])


def test_an_image_with_everything_in_it_gets_nothing_beside_it(place):
    """It would be found first: code would be loaded into a memory that has no room for it, and a folder hide what is frozen."""
    with Double(place / "board") as board:
        done = write(board, "--board", "esp32_devkitc", "--image", "own.bin")
        assert done.exit_code == 0, done.output
    assert set(board.files()) == set()


SMALL = {"main.py": b"# small\n" * 2000, "board.py": b"x", "taptill/core/build.mpy": bytes(range(256)) * 99}


def cut_flashes(board: Double) -> Iterator[bytes]:
    """Every content that the flash has had while one `till flash` ran; the last one is that of the end."""
    content, touched = bytearray(board.flash.read_bytes()), []
    with board:
        board.touched = lambda *change: touched.append(change)
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 0, done.output
    for at, piece in touched:
        if content[at : at + len(piece)] != piece:
            content[at : at + len(piece)] = piece
            yield bytes(content)
    assert bytes(content) == board.flash.read_bytes()


def again(folder: pathlib.Path, content: bytes) -> "tuple[str, bytes]":
    """`till flash` once more where that was left: what it says, and the flash after it."""
    board = Double(folder)
    board.flash.write_bytes(content)
    board.program = False
    with board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 0, done.output
    return done.output, board.flash.read_bytes()


def test_a_new_board_may_lose_its_power_at_every_sector(place, monkeypatch):
    monkeypatch.setattr(board_tree, "read", lambda *_: SMALL)
    *cuts, whole = cut_flashes(Double(place / "whole"))
    assert len(cuts) > 20
    for number, content in enumerate(cuts):
        assert again(place / "cut", content)[1] == whole, number


def test_a_board_that_is_unplugged_is_told_and_written_by_the_next_time(place, monkeypatch):
    monkeypatch.setattr(board_tree, "read", lambda *_: SMALL)
    with Double(place / "whole") as board:
        assert write(board, "--board", "esp32_wrover", "--image", "spiram.bin").exit_code == 0
        total = board.loader.answers
    for number in range(total - 44, total, 15):  # before that nothing is written
        board = Double(place / f"cut{number}")
        with board:
            unplugged(board, number)
            done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
            assert done.exit_code == 2 and done.output.splitlines()[-1].startswith("Error: board on /dev/"), done.output
        assert again(board.folder, board.flash.read_bytes())[1] == (place / "whole" / "flash.bin").read_bytes(), number


def unplugged(board: Double, number: int) -> None:
    def answered(count: int) -> None:
        if count >= number:
            raise Unplugged

    board.answered = answered


# A used board.


@pytest.fixture(scope="module")
def used_flash(tmp_path_factory, deployed_flash) -> dict:
    """Flashes of used boards: all is settled, or a reversal is open; with something in NVS, an older image and its table."""
    made = {}
    for settled in (True, False):
        board = deployed(tmp_path_factory.mktemp("used"), deployed_flash)
        board.do(provision.provisioning_code(SETTINGS, TMK, b""))
        board.do(SALE.format(settled=settled))
        content = bytearray(board.flash.read_bytes())
        content[NVS] = images.nvs("taptill")
        older = images.download(images.ESP32, "ESP32_GENERIC-SPIRAM", more=b"older")
        content[0x1000:0x9000] = older[:0x8000]
        board.flash.write_bytes(content)
        made[settled] = board.flash
    return made


def test_a_used_board_keeps_files_and_keys(place, used_flash):
    with deployed(place / "board", used_flash[True]) as board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 0 and "its files stay as they are" in done.output, done.output
    before, after = used_flash[True].read_bytes(), board.flash.read_bytes()
    assert before[NVS] == after[NVS] and before[DATA] == after[DATA]
    assert not [each for each in board.erased if each[0] < 0xF000 < each[0] + each[1] or each[0] + each[1] > VFS]
    assert after[0x10000:VFS] != before[0x10000:VFS]


def test_a_used_board_may_lose_its_power_at_every_sector(place, used_flash):
    before = used_flash[True].read_bytes()
    *cuts, whole = cut_flashes(deployed(place / "whole", used_flash[True]))
    assert len(cuts) > 10
    for number, content in enumerate(cuts):
        assert content[NVS] == before[NVS] and content[DATA] == before[DATA], number
        said, after = again(place / "cut", content)
        assert "its files stay as they are" in said and after == whole, number


def test_a_used_board_without_a_partition_table_is_known_by_its_files(place, used_flash):
    with deployed(place / "board", used_flash[True]) as board:
        content = bytearray(board.flash.read_bytes())
        content[0x8000:0x9000] = b"\xff" * 4096
        board.flash.write_bytes(content)
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 0 and "its files stay as they are" in done.output, done.output
    assert board.flash.read_bytes()[DATA] == bytes(content[DATA])
    assert partitions(board.flash.read_bytes()[0x8000:0x9000])


def test_another_division_of_the_flash_is_refused_on_a_used_board(place, used_flash):
    rows = (*images.TABLE[:2], ("factory", 0, 0, 0x10000, 0x180000), ("vfs", 1, 0x81, 0x190000, 0x270000))
    (place / "other.bin").write_bytes(images.download(images.ESP32, "ESP32_GENERIC-SPIRAM", rows=rows))
    with deployed(place / "board", used_flash[True]) as board:
        done = write(board, "--board", "esp32_wrover", "--image", "other.bin")
        assert done.exit_code == 2 and "divides the flash in another way" in done.output, done.output
    assert not board.erased


def test_an_open_reversal_stops_it_with_the_way_out(place, used_flash):
    with deployed(place / "board", used_flash[False]) as board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 2 and "a reversal is open (trace 000001): leave the terminal on" in done.output, done.output
        assert "where it does not start any more, till deploy puts its firmware right" in done.output
    assert not board.erased


def test_with_an_open_reversal_a_board_on_which_nothing_answers_gets_its_program_again(place, used_flash):
    """A damaged MicroPython, or firmware frozen into it that does not start: nothing else could settle it."""
    board = deployed(place / "board", used_flash[False])
    board.program = False
    with board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 0 and "done; a reversal is open (trace 000001): leave it on" in done.output, done.output
    before, after = used_flash[False].read_bytes(), board.flash.read_bytes()
    assert before[NVS] == after[NVS] and before[DATA] == after[DATA] and before != after


@pytest.mark.parametrize("there", [bytes(0x2000), b"\xff" * 0x2000])
def test_a_file_system_that_cannot_be_read_may_be_a_used_boards(place, used_flash, there):
    with deployed(place / "board", used_flash[True]) as board:
        content = bytearray(board.flash.read_bytes())
        content[VFS : VFS + 0x2000] = there
        board.flash.write_bytes(content)
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 2 and "whose journal may be in it" in done.output, done.output
    assert not board.erased


# The root folder's block becomes full in it, and is written anew.
FULL = "import os\nopen('/x', 'w').close()\nfor _ in range(60):\n    os.rename('/x', '/y')\n    os.rename('/y', '/x')\n"
ROOT_BLOCKS = (slice(VFS, VFS + 4096), slice(VFS + 4096, VFS + 8192))


def test_a_used_board_is_known_wherever_the_power_failed_in_its_root_folder(place, used_flash):
    """LittleFS erases one of two blocks then, and the other one alone is mounted: by the port, and here."""
    board = Double(place / "cut")

    def cut(number: int) -> bytes:
        board.flash.write_bytes(used_flash[False].read_bytes())
        board.cut(FULL, number)
        return board.flash.read_bytes()

    begun = lambda content: (
        [content[block][:4] for block in ROOT_BLOCKS] != [used_flash[False].read_bytes()[block][:4] for block in ROOT_BLOCKS]
    )
    before, erased = 0, 128  # the flash write that erases one of them lies between, and is looked for
    assert begun(cut(erased))
    while erased - before > 1:
        middle = (before + erased) // 2
        before, erased = (before, middle) if begun(cut(middle)) else (middle, erased)
    for number in range(erased - 2, erased + 6):
        content = cut(number)
        part = lambda at, count: content[VFS + at : VFS + at + count]
        assert board_data.standing(littlefs_image.folder(part, SIZE - VFS, "data")).open == "trace 000001", number
    content = bytearray(cut(erased))
    half = next(block for block in ROOT_BLOCKS if content[block][:4] == b"\xff" * 4)
    content[half] = b"\xff" * 4096  # the erase has come to its end, and nothing after it
    board.flash.write_bytes(content)
    before = board.flash.read_bytes()
    with board:
        done = write(board, "--board", "esp32_wrover", "--image", "spiram.bin")
        assert done.exit_code == 2 and "a reversal is open (trace 000001)" in done.output, done.output
    assert board.flash.read_bytes() == before


# The terminal's word.


def test_a_payment_is_not_stopped(tmp_path, deployed_flash, monkeypatch):
    """Not even to look which board it is; whoever cannot wait says so."""
    monkeypatch.setattr(board_port, "IDLE_S", 3)
    monkeypatch.setattr(board_port, "SILENT_S", 1)
    with deployed(tmp_path, deployed_flash) as board:
        board.standing = "busy"
        done = write(board, "--board", "esp32_wrover")
        assert done.exit_code == 2 and "not idle within 3 s: end what it is at" in done.output, done.output
        assert board.comes_to("terminal") and board.loader is None and b"\x03" not in board.typed_to_terminal
        done = write(board, "--board", "esp32_wrover", "--now")
        assert done.exit_code == 0 and "it needs" in done.output, done.output


def test_a_terminal_that_says_that_a_reversal_is_open_is_not_stopped(tmp_path, deployed_flash):
    with deployed(tmp_path, deployed_flash) as board:
        board.standing = "reversal open"
        done = write(board, "--board", "esp32_wrover")
        assert done.exit_code == 2 and "a reversal is open: leave the terminal on" in done.output, done.output
        assert board.comes_to("terminal") and board.loader is None


@pytest.mark.parametrize("program", [True, False])
def test_a_board_that_does_not_answer_is_asked_by_its_loader(tmp_path, deployed_flash, monkeypatch, program):
    """Where nothing runs nothing is stopped: a silent one after a while, a chip that says so itself at once."""
    monkeypatch.setattr(board_port, "SILENT_S", 1 if program else 60)
    board = deployed(tmp_path, deployed_flash)
    board.program, board.standing = program, ""
    with board:
        done = write(board, "--board", "esp32_wrover")
        assert done.exit_code == 0 and "no terminal answers there" in done.output and "it needs" in done.output, done.output


# The image of the file system.


def test_the_littlefs_image_is_the_tree_that_is_deployed(tmp_path, deployed_flash):
    done = CliRunner().invoke(image_command, ["--board", "esp32_wrover", "--littlefs", str(tmp_path / "code.lfs")])
    assert done.exit_code == 0, done.output
    with Double(tmp_path / "board", WROVER) as board:
        content = bytearray(board.flash.read_bytes())
        content[DATA] = (tmp_path / "code.lfs").read_bytes()
        board.flash.write_bytes(content)
    assert board.files() == deployed(tmp_path / "deployed", deployed_flash).files()


def test_a_tree_that_does_not_fit_is_told(tmp_path):
    done = CliRunner().invoke(image_command, ["--littlefs", str(tmp_path / "code.lfs"), "--size", "128"])
    assert done.exit_code == 2 and "take more than the 128 kB" in done.output and not (tmp_path / "code.lfs").exists()


def test_a_size_of_half_a_block_is_told(tmp_path):
    done = CliRunner().invoke(image_command, ["--littlefs", str(tmp_path / "code.lfs"), "--size", "1001"])
    assert done.exit_code == 2 and "--size 1001: not a whole number of blocks of 4 kB" in done.output, done.output
    assert done.output.count("\n") == 1 and not (tmp_path / "code.lfs").exists()


def test_without_a_board_it_is_that_of_the_first_choice(tmp_path, monkeypatch):
    monkeypatch.setattr(board_tree, "read", lambda name, _: {"board.py": name.encode()})
    done = CliRunner().invoke(image_command, ["--littlefs", str(tmp_path / "code.lfs"), "--size", "64"])
    assert done.exit_code == 0 and "boards/esp32s3_devkitc" in done.output, done.output
    assert b"esp32s3_devkitc" in (tmp_path / "code.lfs").read_bytes()


@pytest.mark.parametrize("reads", range(6))
def test_a_read_that_fails_is_no_answer(reads):
    """LittleFS goes on with whatever stands in its buffer: neither a new board nor half of a journal may come of that."""
    made, left = littlefs_image.packed({"data/journal.000": b"x" * 9000}, 1 << 18).content, [reads]

    def read(at: int, count: int) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            raise Failed("the cable is gone")
        return made[at : at + count]

    with pytest.raises(Failed, match="^the cable is gone$"):
        files = littlefs_image.folder(read, len(made), "data")
        assert files.read("journal.000", 1 << 16) == b"x" * 9000 and not left[0]


def test_half_a_file_system_is_none_and_what_stood_there_before_does_not_matter():
    made = littlefs_image.packed(SMALL, 1 << 18)
    there = bytearray(hashlib.sha256(b"before").digest() * (len(made.content) // 32))

    def found():
        return littlefs_image.folder(lambda at, count: bytes(there[at : at + count]), len(there), "taptill/core")

    parts = made.order(0)
    assert len(parts) > 2 and sum(len(content) for _, content in parts) < len(made.content) // 2
    for offset, content in parts[:-1]:
        there[offset : offset + len(content)] = content
        assert found() is None
    there[: len(parts[-1][1])] = parts[-1][1]
    assert found().read("build.mpy", 1 << 16) == SMALL["taptill/core/build.mpy"]
