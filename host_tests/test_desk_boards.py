"""What the desk tells a page that puts the firmware on a board: folders, tree, rules, and a board's introduction to the host."""

import ast
import asyncio
import base64
import hashlib
import json
import pathlib
import re
import socket
import ssl
import struct
import zlib

import pytest
from test_desk_server import at_desk

from acquirer import desops
from desk import board_look, boards
from desk.errors import DeskError
from desk.guard import HEADER
from rig import addresses
from taptill.core import profiles, settings
from taptill.core.config import Config
from till import board_tree, littlefs_image
from till.littlefs_image import BLOCK

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = "127.0.0.2"  # another address of this computer than the host's own
SIZE = 0x200000  # of a board's file system
DIALECT = {"merchant_name": "Corner shop"}


def test_a_tree_is_what_deploy_lays_out_and_the_display_driver(tmp_path):
    told = boards.tree("esp32s3_devkitc")
    laid = {path.as_posix(): (tmp_path / path).read_bytes() for path in board_tree.image("esp32s3_devkitc", tmp_path)}
    files = {each["path"]: each for each in told["files"]}
    assert set(files) == set(laid)
    for path, content in laid.items():
        assert base64.b64decode(files[path]["content"]) == content, path
        assert (files[path]["size"], files[path]["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert told["files"][-1]["path"] == "main.py"
    assert told["mpy"] == base64.b64decode(files["ssd1306.mpy"]["content"])[1]
    with pytest.raises(DeskError, match="board ../x"):
        boards.tree("../x")


def test_a_file_system_is_written_so_that_half_of_it_is_none():
    parts = [(each["offset"], base64.b64decode(each["content"])) for each in boards.packed("esp32s3_devkitc", SIZE)]
    flash = bytearray(b"\x55" * SIZE)
    for number, (offset, content) in enumerate(parts):
        assert number == 0 or littlefs_image.folder(lambda at, count: bytes(flash[at : at + count]), SIZE, "data") is None
        flash[offset : offset + len(content)] = content
    there = littlefs_image.folder(lambda at, count: bytes(flash[at : at + count]), SIZE, "taptill/adapters")
    wanted = {each["path"]: each["sha256"] for each in boards.tree("esp32s3_devkitc")["files"]}
    assert there.names()
    for name in there.names():
        assert hashlib.sha256(there.read(name, 1 << 17)).hexdigest() == wanted[f"taptill/adapters/{name}"]
    with pytest.raises(DeskError, match="take more than the 256 kB"):
        boards.packed("esp32s3_devkitc", 1 << 18)


def test_every_folder_of_boards_and_every_setting_is_told():
    found = {each["folder"]: each for each in boards.folders()}
    assert set(found) == {path.parent.name for path in (ROOT / "boards").glob("*/board.py")}
    assert found["esp32s3_devkitc"]["chip"] == "ESP32-S3" and found["esp32s3_devkitc"]["data"] == "/data"
    own = {name for profile in profiles.NAMES for name in profiles.settings(profile)}
    assert {each["name"] for each in boards.rules()} == set(settings.RULES) | own
    assert {each["name"] for each in boards.rules() if each["profiles"]} == own
    assert json.loads(json.dumps(boards.rules())) == boards.rules()


def seen(files: dict[str, bytes], spoil=lambda content: None) -> tuple[str, int]:
    """What is said of a file system whose blocks are given as they are asked for; how many it took."""
    content = bytearray(littlefs_image.packed(files, SIZE).content)
    spoil(content)
    blocks: dict[int, bytes] = {}
    while True:
        told = board_look.look(SIZE, blocks)
        if not told["need"]:
            return told["state"], len(blocks)
        assert not set(told["need"]) & set(blocks) and not told["state"]
        blocks |= {number: bytes(content[number * BLOCK : (number + 1) * BLOCK]) for number in told["need"]}


def test_a_file_system_is_judged_from_the_blocks_that_are_asked_for():
    tree = {"main.py": b"x" * 5000, **{f"taptill/{number}.mpy": b"M" * 9000 for number in range(20)}}
    used = {**tree, "data/config.json": b"{}", "data/language": b"zh"}
    owing = {**used, "data/pending": struct.pack("<BI", 0x50, 1) + bytes(80)}

    def first(byte: bytes, count: int):
        return lambda content: content.__setitem__(slice(0, count * BLOCK), byte * count * BLOCK)

    assert seen(tree)[0] == seen({**tree, "data/language": b"zh"})[0] == "new"
    assert seen(used)[0] == "settled"
    state, count = seen(owing)
    assert state == "open" and count < SIZE // BLOCK // 20
    assert seen(owing, first(b"\xff", 1))[0] == "open"  # the newer of its first two is enough
    assert seen(used, first(b"\x55", 2))[0] == "none"


def test_blocks_that_are_none_are_refused(tmp_path):
    async def story(front):
        for content, why in (("!!!!", "base64"), (deflated(b"short"), "4096 bytes"), (deflated(bytes(BLOCK + 1)), "4096 bytes")):
            asked = {"size": SIZE, "blocks": [{"number": 3, "content": content}]}
            answer = await front.client.post("/api/board/look", json=asked)
            told = await answer.json()
            assert answer.status == 400 and "block 3: " in told["error"] and why in told["error"], told
        told = await (await front.client.post("/api/board/look", json={"size": SIZE, "blocks": []})).json()
        assert told == {"need": [0, 1], "state": ""}

    def deflated(content: bytes) -> str:
        return base64.b64encode(zlib.compress(content)).decode()

    at_desk(tmp_path, story)


def test_a_board_is_introduced_to_the_rooms_host_and_finds_it(tmp_path):
    async def story(front):
        asked = {"address": HERE, "terminal_id": "10000101"}
        answer = await front.client.post("/api/board/introduce", json=asked)
        told = await answer.json()
        assert answer.status == 200, told
        assert answer.headers["Cache-Control"] == "no-store"
        assert Config({**DIALECT, **told["settings"]}).terminal_id == "10000101"
        assert told["settings"]["host"] == HERE and told["settings"]["tls"] is True
        assert told["tmk"] == front.room.ledger.tmk("10000101").hex().upper()
        assert told["kcv"] == desops.check_value(bytes.fromhex(told["tmk"])).hex().upper()
        again = await (await front.client.post("/api/board/introduce", json=asked)).json()
        assert (again["tmk"], again["settings"]["port"]) == (told["tmk"], told["settings"]["port"])
        context = ssl.create_default_context(cadata=base64.b64decode(told["ca"]))
        context.check_hostname = True
        _, writer = await asyncio.open_connection(
            HERE, told["settings"]["port"], ssl=context, server_hostname=told["settings"]["tls_name"]
        )
        writer.close()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendto(asking, bytes([0x23]) + bytes(47), (HERE, told["settings"]["ntp_port"]))
            assert len(await asyncio.wait_for(loop.sock_recv(asking, 100), 10)) == 48
        return told["settings"]["port"]

    port = at_desk(tmp_path, story)
    with socket.socket() as free:  # the desk has ended: nobody listens there any more
        assert free.connect_ex((HERE, port)) != 0


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"address": HERE, "terminal_id": "10000001"}, 400, "terminal_id 10000001"),
        ({"address": "here.local", "terminal_id": "10000101"}, 400, "address here.local"),
        ({"address": "0.0.0.0", "terminal_id": "10000101"}, 400, "address 0.0.0.0: no IPv4 address of a computer"),
        ({"address": "192.0.2.77", "terminal_id": "10000101"}, 409, "address 192.0.2.77: cannot listen"),
        ({"address": HERE, "terminal_id": "1"}, 400, "terminal_id"),
        ({"address": HERE}, 400, "terminal_id: is missing"),
    ],
)
def test_an_introduction_that_cannot_be_is_one_line(tmp_path, asked, status, said):
    async def story(front):
        answer = await front.client.post("/api/board/introduce", json=asked)
        assert answer.status == status
        assert said in (await answer.json())["error"]
        assert "tmk" not in await answer.text()

    at_desk(tmp_path, story)


def test_keys_are_given_to_this_computer_alone():
    class Values:
        remote, body = "192.0.2.9", {"address": HERE, "terminal_id": "10000101"}

    with pytest.raises(DeskError, match="only given to a page on this very computer") as refused:
        asyncio.run(boards.introduce(None, Values))
    assert refused.value.status == 403 and refused.value.zh


def test_an_error_that_a_page_meets_there_is_told_in_both_languages():
    """All that boards.py, board_line.py, board_look.py and the check of what is asked for can say."""
    count = 0
    for name in ("boards", "board_line", "board_look", "schema"):
        tree = ast.parse((ROOT / "tools" / "desk" / f"{name}.py").read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "DeskError":
                assert len(call.args) == 3 and re.search("[\u4e00-\u9fff]", ast.unparse(call.args[2])), f"{name}.py:{call.lineno}"
                count += 1
    assert count > 8


def test_a_token_is_asked_for_before_anything_of_a_board_is_told(tmp_path):
    async def story(front):
        for path in ("/api/board", "/api/board/tree/esp32s3_devkitc", "/vendor/esptool-js/bundle.js"):
            assert (await front.client.get(path)).status == 401
            assert (await front.client.get(path, headers={HEADER: front.desk.guard.token})).status == 200

    at_desk(tmp_path, story, bind="0.0.0.0")


def test_a_ca_says_before_when_no_clock_may_stand(tmp_path):
    async def story(front):
        ca = base64.b64encode(front.room.acquirer.ca_der).decode()
        told = await front.client.post("/api/board/certificate", json={"ca": ca})
        assert told.status == 200 and set(await told.json()) == {"clock_floor"}
        for wrong in ("AAAA", "not base64"):
            told = await front.client.post("/api/board/certificate", json={"ca": wrong})
            assert told.status == 400 and (await told.json())["error"] == "ca: no certificate in DER"

    at_desk(tmp_path, story)


def test_addresses_are_those_that_others_can_reach():
    assert not [each for each in addresses.in_the_network() if addresses.is_loopback(each)]
