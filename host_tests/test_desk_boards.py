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

import pytest
from test_desk_server import at_desk

from acquirer import desops
from desk import boards
from desk.errors import DeskError
from desk.guard import HEADER
from rig import addresses
from taptill.core import settings
from taptill.core.config import Config
from till import board_tree

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = "127.0.0.2"  # another address of this computer than the host's own
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


def test_every_folder_of_boards_and_every_setting_is_told():
    found = {each["folder"]: each for each in boards.folders()}
    assert set(found) == {path.parent.name for path in (ROOT / "boards").glob("*/board.py")}
    assert found["esp32s3_devkitc"]["chip"] == "ESP32-S3" and found["esp32s3_devkitc"]["data"] == "/data"
    assert {each["name"] for each in boards.rules()} == set(settings.RULES)
    assert json.loads(json.dumps(boards.rules())) == boards.rules()


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
    """All that boards.py, board_line.py and the check of what is asked for can say."""
    count = 0
    for name in ("boards", "board_line", "schema"):
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
