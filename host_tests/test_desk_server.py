"""The desk's server: websocket, REST, and who may talk to it."""

import asyncio
import json

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError, web
from aiohttp.test_utils import TestClient, TestServer
from desk_room import IDLE, in_room, shown

from desk import api, server
from desk.commands import COMMANDS, checked
from desk.errors import DeskError
from desk.guard import COOKIE, POLICY, Guard, is_loopback
from desk.schema import check

SOON = 20


class Page:
    """A page: what it was told, in order."""

    def __init__(self, socket):
        self.socket = socket
        self.told: list = []
        self._next = 0

    async def until(self, wanted):
        """The first message from now on that is wanted."""

        async def look():
            while True:
                event = json.loads((await self.socket.receive(SOON)).data)
                self.told.append(event)
                if wanted(event):
                    return event

        return await asyncio.wait_for(look(), SOON)

    async def ask(self, **command):
        """Send a command and wait for its answer."""
        self._next += 1
        mark = f"t-{self._next}"
        await self.socket.send_json({**command, "id": mark})
        return await self.until(lambda event: event.get("id") == mark)

    async def see(self, word: str):
        return await self.until(lambda event: event["ev"] == "screen" and any(line.startswith(word) for line in event["text"]))

    async def entry(self, kind: str):
        return await self.until(lambda event: event["ev"] == "entry" and event["entry"]["kind"] == kind)


class Front:
    """The desk of a room behind a test client."""

    def __init__(self, room, desk, client):
        self.room, self.desk, self.client = room, desk, client

    async def page(self, number=1, **options):
        """A page that has been greeted; (page, hello)."""
        page = Page(await self.client.ws_connect(f"/ws/{number}", **options))
        return page, await page.until(lambda event: True)


def at_desk(folder, story, count: int = 1, bind: str = "127.0.0.1"):
    async def run(room):
        desk = server.Desk(room, bind)
        async with TestClient(TestServer(desk.application())) as client:
            return await story(Front(room, desk, client))

    return in_room(folder, run, count)


def test_a_sale_by_commands_reload_in_the_middle_and_two_pages(tmp_path):
    async def story(front):
        page, hello = await front.page()
        assert hello["ev"] == "hello" and hello["terminal"] == 1 and hello["terminals"] == 1
        assert hello["state"]["power"] and hello["state"]["screen"]["text"][-1] == IDLE
        assert len(hello["state"]["screen"]["bits"]) >= 1366 and hello["state"]["host"] == "up"
        assert [card["pan"] for card in hello["state"]["cards"]][0] == "476173******0010"
        other, _ = await front.page()
        for key in "1250#":
            assert (await page.ask(do="key", key=key))["ev"] == "ok"
        await other.see("12.50")
        assert (await page.ask(do="card", card="visa-credit"))["card"] == "visa-credit"
        await other.until(lambda event: event == {"ev": "card", "name": "visa-credit"})
        await other.entry("apdu")
        # A reload: everything again, with what happened until now.
        await page.socket.close()
        page, hello = await front.page()
        assert hello["state"]["card"] == "visa-credit" and hello["payment"]["amount"] == 1250
        entries = hello["payment"]["entries"]
        assert [entry["summary"] for entry in entries if entry["kind"] == "key"] == list("1250#")
        await shown(front.room.terminals[0], "APPROVED")
        assert (await page.ask(do="card-off"))["ev"] == "ok"
        await page.ask(do="key", key="#")
        ended = await other.until(lambda event: event["ev"] == "payment" and event["payment"]["ended_at"])
        assert ended["payment"]["result"] == "approved" and ended["payment"]["number"] == 1
        assert any(event == {"ev": "ledger", "changed": True} for event in other.told)
        whole = await (await front.client.get(f"/api/terminals/1/payments/{ended['payment']['id']}")).json()
        numbers = [entry["id"] for entry in whole["entries"]]
        assert numbers == sorted(set(numbers)) and numbers[: len(entries)] == [entry["id"] for entry in entries]
        ledger = await (await front.client.get("/api/ledger?terminal=1")).json()
        assert ledger["difference"] == 0 and ledger["problems"] == [] and len(ledger["transactions"]) == 1
        assert sum(hour["amount"] for hour in ledger["day"]) == 1250
        # Nowhere in all that was told is a card number.
        everything = json.dumps([hello, other.told, whole, ledger])
        assert "4761739001010010" not in everything and b"4761739001010010".hex() not in everything

    at_desk(tmp_path, story)


@pytest.mark.parametrize(
    "sent, said",
    [
        ("rubbish", "not JSON"),
        ("[1]", "JSON object"),
        ("[" * 20000, "not JSON"),
        ('{"do": "fly"}', "no command"),
        ('{"do": "key"}', "key: is missing"),
        ('{"do": "key", "key": "x"}', "key: one of"),
        ('{"do": "key", "key": "1", "more": 1}', "more: unknown"),
        ('{"do": "speed", "factor": 7}', "factor: one of"),
        ('{"do": "power", "on": 1}', "on: boolean"),
        ('{"do": "card"}', "one of card"),
        ('{"do": "card", "card": "no-such"}', "none is named"),
        ('{"do": "card", "card": "visa-credit", "options": {"after": -1}}', "options.after: from 0"),
        ('{"do": "card", "script": {"exchanges": [["00", "zz"]]}}', "not hexadecimal"),
        ('{"do": "card", "made": {"scheme": "diners"}}', "made.scheme: one of"),
        ('{"do": "host", "line": "provision 10000001"}', "not among"),
        ('{"do": "host", "line": "explode"}', "not among"),
        ('{"do": "host", "line": "delay soon"}', "soon is not"),
        ('{"do": "cut"}', "after"),
        ('{"do": "lesson-start", "lesson": "no-such-lesson"}', "lesson"),
    ],
)
def test_bad_commands_are_one_clear_line(desk_of_all, sent, said):
    reply = desk_of_all.socket_says(sent)
    assert reply["ev"] == "error" and said in reply["text"] and "\n" not in reply["text"]


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("GET", "/api/nothing", None, 404),
        ("GET", "/9", None, 404),
        ("GET", "/0", None, 404),
        ("GET", "/ws/9", None, 404),
        ("GET", "/lessons/no-such-lesson", None, 404),
        ("GET", "/ws/1", None, 400),
        ("GET", "/api/terminals/9", None, 404),
        ("GET", "/api/terminals/1/payments/999", None, 404),
        ("GET", "/api/terminals/1/payments/²", None, 404),
        ("GET", "/api/ledger?terminal=x", None, 404),
        ("DELETE", "/api/state", None, 405),
        ("POST", "/api/host", "{", 400),
        ("POST", "/api/host", "{}", 400),
        ("POST", "/api/host", '{"line": 1}', 400),
        ("POST", "/api/host", '{"line": "explode"}', 400),
        ("POST", "/api/host", json.dumps({"line": "x" * 300}), 400),
        ("POST", "/api/host", json.dumps({"line": "x" * 70000}), 413),
        ("POST", "/api/host/stop", '{"stopped": "yes"}', 400),
        ("POST", "/api/terminals/1/command", '{"do": "key", "key": "Z"}', 400),
        ("POST", "/api/terminals/7/command", '{"do": "key", "key": "1"}', 404),
        ("GET", "/static/../server.py", None, 404),
        ("GET", "/static/%2e%2e/server.py", None, 404),
        ("GET", "/static/base/../../server.py", None, 404),
        ("GET", "/static/base/%2e%2e/%2e%2e/server.py", None, 404),
        ("GET", "/static/base", None, 403),
    ],
)
def test_bad_requests_are_one_clear_line(desk_of_all, method, path, body, status):
    answer, text = desk_of_all.request(method, path, data=body, headers={"Content-Type": "application/json"})
    assert answer.status == status, text
    said = json.loads(text)["error"]
    assert said and "\n" not in said and "Traceback" not in said
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_pages_and_documents(desk_of_all):
    for path in ("/1", "/api", "/lessons.json", "/static/api/api.js", "/api/openapi.json", "/api/state", "/api/cards"):
        answer, _ = desk_of_all.request("GET", path)
        assert answer.status == 200, path
        assert answer.headers["Content-Security-Policy"] == POLICY and "unsafe" not in POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("index.html", "overview/overview.html", "api/api.html"):
        text = (server.STATIC / name).read_text(encoding="utf-8")
        assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text
        assert " style=" not in text and " onclick=" not in text and "<style" not in text


def test_a_file_of_a_panel_comes_as_what_it_is(desk_of_all):
    for path, kind in (
        ("app.js", "javascript"),
        ("base/ui.js", "javascript"),
        ("wire/wire.css", "css"),
        ("base/icons.svg", "svg+xml"),
        ("explain/steps.json", "json"),
    ):
        answer, text = desk_of_all.request("GET", "/static/" + path)
        assert answer.status == 200 and text == (server.STATIC / path).read_text(encoding="utf-8")
        assert answer.headers["Content-Type"].partition(";")[0].partition("/")[2] == kind, path


def test_every_route_is_in_the_document_and_the_other_way_round(desk_of_all):
    _, text = desk_of_all.request("GET", "/api/openapi.json")
    found = json.loads(text)
    assert found["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert described == {(route.method, route.path) for route in api.ROUTES}
    for methods in found["paths"].values():
        for operation in methods.values():
            assert operation["summary"] and "200" in operation["responses"]
    for route in api.ROUTES:
        if route.method == "GET" and route.path != "/api/terminals/{n}/payments/{id}":
            answer, body = desk_of_all.request("GET", route.path.replace("{n}", "1").replace("{folder}", "esp32_devkitc"))
            assert answer.status == 200
            check(json.loads(body), route.answer)


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Host": "192.168.1.7"}, 403),
        ({"Host": "localhost:8500"}, 200),
        ({"Host": "[::1]:8500"}, 200),
        ({"Host": "127.0.0.1"}, 200),
    ],
)
def test_only_own_names_are_served(desk_of_all, headers, status):
    assert desk_of_all.request("GET", "/api/state", headers=headers)[0].status == status


def test_another_page_may_not_command(desk_of_all):
    send = {"data": '{"stopped": false}'}
    kind = {"Content-Type": "application/json"}
    for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
        answer, _ = desk_of_all.request("POST", "/api/host/stop", headers={**kind, "Origin": origin}, **send)
        assert answer.status == 403
        assert desk_of_all.handshake({"Origin": origin}) == 403
    answer, _ = desk_of_all.request("POST", "/api/host/stop", headers={**kind, "Sec-Fetch-Site": "cross-site"}, **send)
    assert answer.status == 403
    # A form of another page can send text, never JSON.
    answer, _ = desk_of_all.request("POST", "/api/host/stop", headers={"Content-Type": "text/plain"}, **send)
    assert answer.status == 415
    own = desk_of_all.own_origin()
    answer, _ = desk_of_all.request("POST", "/api/host/stop", headers={**kind, "Origin": own}, **send)
    assert answer.status == 200 and desk_of_all.handshake({"Origin": own}) == 101


def test_messages_too_long_end_the_socket(tmp_path):
    async def story(front):
        page, _ = await front.page()
        await page.socket.send_str(json.dumps({"do": "host", "line": "x" * 100000}))
        while True:
            message = await page.socket.receive(SOON)
            if message.type != WSMsgType.TEXT:
                break
        assert page.socket.close_code == 1009
        page, _ = await front.page()
        assert (await page.ask(do="card-off"))["ev"] == "ok"

    at_desk(tmp_path, story)


def test_a_page_that_does_not_read_is_dropped_and_nobody_waits(tmp_path):
    async def story(front):
        terminal = front.room.terminals[0]
        slow, _ = await front.page()
        assert len(terminal.pages) == 1
        # It never reads: transport buffers fill, then its queue.
        for number in range(30000):
            terminal.tell({"ev": "screen", "bits": "A" * 1400, "text": [str(number)]})
            if number % 500 == 0:
                await asyncio.sleep(0)
            if not terminal.pages:
                break
        page, hello = await front.page()
        assert hello["ev"] == "hello"
        assert (await page.ask(do="key", key="1"))["ev"] == "ok"

        async def gone():
            while len(terminal.pages) > 1:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(gone(), SOON)

    at_desk(tmp_path, story)


def test_a_token_is_asked_for_beyond_this_computer(tmp_path):
    async def story(front):
        client, token = front.client, front.desk.guard.token
        assert token and len(token) >= 20 and token in front.desk.address
        for path in ("/", "/1", "/api/state", "/static/app.js", "/api"):
            answer = await client.get(path, allow_redirects=False)
            assert answer.status == 401, path
            assert token not in await answer.text()
        assert (await client.get("/?token=wrong", allow_redirects=False)).status == 401
        with pytest.raises(WSServerHandshakeError):
            await client.ws_connect("/ws/1")
        for headers in ({"Authorization": f"Bearer {token}"}, {"X-TapTill-Token": token}):
            assert (await client.get("/api/state", headers=headers)).status == 200
        answer = await client.get(f"/1?token={token}&terminal=1", allow_redirects=False)
        assert answer.status == 303 and answer.headers["Location"] == "/1?terminal=1"
        cookie = answer.cookies[COOKIE]
        assert cookie["httponly"] and cookie["samesite"] == "Strict"
        # The client keeps no cookies of IP addresses: given by hand.
        kept = {"Cookie": f"{COOKIE}={cookie.value}"}
        assert (await client.get("/1", headers=kept)).status == 200
        socket = await client.ws_connect("/ws/1", headers=kept)
        assert json.loads((await socket.receive(SOON)).data)["ev"] == "hello"
        assert (await client.get("/api/state", headers={**kept, "Host": "evil.example"})).status == 403
        document = await (await client.get("/api/openapi.json", headers=kept)).json()
        assert document["security"] == [{"token": []}]

    at_desk(tmp_path, story, bind="0.0.0.0")


def test_what_is_loopback():
    assert all(is_loopback(each) for each in ("127.0.0.1", "127.8.8.8", "::1", "localhost"))
    assert not any(is_loopback(each) for each in ("0.0.0.0", "::", "192.168.1.1", "desk.example"))
    assert Guard("127.0.0.1").token is None and Guard("0.0.0.0").token != Guard("0.0.0.0").token


def test_the_overview_of_several_terminals(tmp_path):
    async def story(front):
        answer = await front.client.get("/")
        assert answer.status == 200 and "overview.js" in await answer.text()
        two, hello = await front.page(2)
        assert hello["terminals"] == 2 and hello["terminal_id"] == "10000002"
        state = await (await front.client.get("/api/state")).json()
        assert [terminal["number"] for terminal in state["terminals"]] == [1, 2]
        assert state["terminals"][1]["pages"] == 1
        # What happens at one terminal is not told at another.
        await front.client.post("/api/terminals/1/command", json={"do": "key", "key": "4"})
        await two.ask(do="card-off")
        assert not any(event["ev"] in ("screen", "entry") for event in two.told)
        one = await (await front.client.get("/api/cards?terminal=1")).json()
        other = await (await front.client.get("/api/cards?terminal=2")).json()
        own = [{card["name"] for card in each["cards"]} for each in (one, other)]
        assert own[0] == own[1]

    at_desk(tmp_path, story, 2)


def test_commands_are_described_as_they_are_checked():
    for name, schema in COMMANDS.items():
        assert schema["properties"]["do"] == {"const": name} and schema["description"]
    assert checked({"do": "cut", "now": True}) == {"do": "cut", "now": True}
    for wrong in (None, 1, "key", [], {"do": []}, {"do": "cut", "now": True, "after": "write"}):
        with pytest.raises(DeskError):
            checked(wrong)


class Kept:
    """A desk that several tests share, driven from outside its loop."""

    def __init__(self, loop, front):
        self._loop, self._front = loop, front

    def _run(self, work):
        return self._loop.run_until_complete(asyncio.wait_for(work, SOON))

    def socket_says(self, text: str) -> dict:
        async def ask():
            page, _ = await self._front.page()
            await page.socket.send_str(text)
            reply = await page.until(lambda event: event["ev"] in ("ok", "error"))
            await page.socket.close()
            return reply

        return self._run(ask())

    def request(self, method: str, path: str, **options):
        async def ask():
            answer = await self._front.client.request(method, path, **options)
            return answer, await answer.text()

        return self._run(ask())

    def handshake(self, headers: dict) -> int:
        async def ask():
            try:
                socket = await self._front.client.ws_connect("/ws/1", headers=headers)
            except WSServerHandshakeError as error:
                return error.status
            await socket.close()
            return 101

        return self._run(ask())

    def own_origin(self) -> str:
        return str(self._front.client.make_url("")).rstrip("/")


@pytest.fixture(scope="module")
def desk_of_all(tmp_path_factory):
    from desk.room import Room

    loop = asyncio.new_event_loop()

    async def begin():
        room = Room(tmp_path_factory.mktemp("desk"), 1)
        await room.start()
        await shown(room.terminals[0], IDLE)
        desk = server.Desk(room)
        client = TestClient(TestServer(desk.application()))
        await client.start_server()
        return room, Front(room, desk, client)

    async def end():
        await front.client.close()
        await room.stop()

    room, front = loop.run_until_complete(begin())
    yield Kept(loop, front)
    loop.run_until_complete(end())
    loop.close()


def test_the_port_is_told_and_an_address_in_use_is_an_oserror(tmp_path):
    async def story(room):
        first = server.Desk(room)
        await first.start()
        assert first.port and first.address == f"http://127.0.0.1:{first.port}/"
        second = server.Desk(room, port=first.port)
        with pytest.raises(OSError):
            await second.start()
        await second.stop()
        await first.stop()
        assert isinstance(first.application(), web.Application)

    in_room(tmp_path, story)
