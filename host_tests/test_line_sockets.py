"""F-H5: what a web page can make a browser send to a line socket of its own computer is not obeyed.

F-D11: what is no command's value is one line, and a client that goes is gone.
"""

import asyncio
import contextlib
import http.client
import json
import socket
import struct

import pytest
from acquirer_bench import new_acquirer

from rig.bench_options import Options
from rig.bench_socket import PublicSocket
from rig.supervisor import Bench

SOON = 10
# What a stranger may say first: none of these is a command of either socket.
STRANGERS = [
    b"GET / HTTP/1.1\r\n",
    b"OPTIONS /status HTTP/1.1\r\n",
    b"\r\n",
    b"[1]\n",
    b"\x16\x03\x01\x02\n",
    b"\xff\xfe\n",
    b"Help\n",
    b"null\n",
    b"[" * 3000 + b"\n",
]


def post(port: int, body: str) -> bytes:
    """What `fetch(url, {method: "POST", mode: "no-cors", body})` sends; the answer, as far as there is one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "http://page.example", "Sec-Fetch-Mode": "no-cors"}
    with contextlib.closing(connection), contextlib.suppress(http.client.BadStatusLine, ConnectionError):
        connection.request("POST", "/status", body, headers)
        connection.getresponse()
        pytest.fail("an answer that a browser takes for HTTP")


async def said(port: int, data: bytes) -> list:
    """The JSON lines that come for `data`, until the other side hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    lines = (await asyncio.wait_for(reader.read(), SOON)).splitlines()
    writer.close()
    return [json.loads(line) for line in lines]


class Noted:
    """A bench that notes its commands."""

    on, screen_event, options = False, None, Options()

    def __init__(self):
        self.commands = []

    async def command(self, command: dict) -> dict:
        self.commands.append(command)
        return {"ev": "ok"}


def test_f_h5_a_web_page_cannot_command_the_host():
    async def work():
        async with new_acquirer(control_port=0) as acquirer:
            port = acquirer.ports["control"]
            await asyncio.to_thread(post, port, "decline 51 always\nstatus\n")
            # Several bodies: one that arrives apart from its head, and one that ends its connection at once.
            await asyncio.to_thread(post, port, "\n" * 5000 + "refuse always\n")
            assert acquirer.faults.rules == []
            for stranger in STRANGERS:
                answers = await said(port, stranger + b"decline 51 always\n")
                assert [answer["ok"] for answer in answers] == [False], stranger
            assert acquirer.faults.rules == []
            answers = await said(port, b"decline\nstatus\nquit\nstatus\n")  # a wrong argument is told, and no more
            assert [answer["ok"] for answer in answers] == [False, True, False]

    asyncio.run(asyncio.wait_for(work(), 60))


def test_f_h5_a_web_page_cannot_command_the_bench():
    async def work():
        bench = Noted()
        public = PublicSocket(bench)
        port = await public.open(0)
        await asyncio.to_thread(post, port, '{"do":"power","on":false}\n{"do":"journal"}\n')
        await asyncio.to_thread(post, port, "\n" * 5000 + '{"do":"power","on":false}\n')
        for stranger in STRANGERS:
            events = await said(port, stranger + b'{"do":"power","on":false}\n')
            assert [event["ev"] for event in events] == ["power", "error"], stranger
        assert bench.commands == []
        await said(port, b'{"do":"dance"}\n{"do":"journal","id":1}\nquit\n')
        assert [command["do"] for command in bench.commands] == ["dance", "journal"]
        public.close()

    asyncio.run(asyncio.wait_for(work(), 60))


def test_f_h5_a_stranger_at_the_process_socket_does_not_take_the_link(tmp_path):
    """The socket that the MicroPython process dials: its link stays its own when somebody else dials too."""

    async def work():
        bench = Bench(tmp_path, Options(port=None), folders={"firmware": tmp_path})
        await bench.start(power=False)
        port = bench._inner.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b'{"ev":"alive"}\n')
        while bench._link is None:
            await asyncio.sleep(0)
        link = bench._link
        for stranger in STRANGERS:
            assert await said(port, stranger + b'{"ev":"power","on":true}\n') == []
        assert bench._link is link and not bench.on
        writer.close()
        await bench.stop()

    asyncio.run(asyncio.wait_for(work(), 60))


# Each is one command of the bench with one value that it cannot use, and the word that the answer names.
UNUSABLE = {
    '{"do":["key"]}': "do",
    '{"do":{"x":1}}': "do",
    '{"do":null}': "do",
    '{"do":"dance"}': "do",
    "{}": "do",
    '{"do":"key"}': "key",
    '{"do":"key","key":5}': "key",
    '{"do":"key","key":"55"}': "key",
    '{"do":"key","key":"\\ud800"}': "key",
    '{"do":"key","key":"5","ms":1e308}': "ms",
    '{"do":"key","key":"5","ms":-5}': "ms",
    '{"do":"key","key":"5","ms":true}': "ms",
    '{"do":"key","key":"5","ms":1000000000000000000000000000000}': "ms",
    '{"do":"key","key":"5","gap":"x"}': "gap",
    '{"do":"key-down","key":"5","gap":NaN}': "gap",
    '{"do":"key-up","key":[]}': "key",
    '{"do":"card"}': "card",
    '{"do":"card","card":{"a":1}}': "card",
    '{"do":"card","card":["visa-credit"]}': "card",
    '{"do":"card","card":null}': "card",
    '{"do":"card","card":"\\u0000"}': "card",
    '{"do":"card","card":"visa-credit","as":{}}': "as",
    '{"do":"card","card":"visa-credit","atc":65536}': "atc",
    '{"do":"card","card":"visa-credit","after":1.5}': "after",
    '{"do":"card","card":"visa-credit","delay_ms":Infinity}': "delay_ms",
    '{"do":"card","card":"visa-credit","pan":4761739001010010}': "pan",
    '{"do":"card","card":"visa-credit","label":"\\ud800"}': "label",
    '{"do":"card","card":"visa-credit","random":5}': "random",
    '{"do":"card","card":"visa-credit","on_atc":5}': "on_atc",
    '{"do":"card","card":"visa-credit","script":{"exchanges":[]}}': "card",
    '{"do":"card","script":[]}': "script",
    '{"do":"card","script":{"exchanges":[["00"]]}}': "script.exchanges[0]",
    '{"do":"card","script":{"exchanges":[["00","90\\ud800"]]}}': "script.exchanges[0][1]",
    '{"do":"card","script":{"exchanges":[["00","%s"]]}}' % ("90" * 12001): "script",
    '{"do":"card-off","now":1}': "now",
    '{"do":"wifi"}': "up",
    '{"do":"wifi","up":null}': "up",
    '{"do":"wifi","up":true,"leases":"no"}': "leases",
    '{"do":"power","on":"no"}': "on",
    '{"do":"power","on":false,"why":7}': "why",
    '{"do":"cut","after":["write"]}': "after",
    '{"do":"cut","after":"write","n":0}': "n",
    '{"do":"cut","after":"write","n":100000000000000000000}': "n",
    '{"do":"cut","after":"write","torn":NaN}': "torn",
    '{"do":"cut","after":"write","torn":1.1}': "torn",
    '{"do":"cut","after":"write","how":["torn"]}': "how",
    '{"do":"route","to":-1}': "to",
    '{"do":"route","to":"host"}': "to",
    '{"do":"fault","name":"__class__"}': "name",
    '{"do":"fault","name":"corrupt","value":"x"}': "value",
    '{"do":"flash","programs":"x"}': "programs",
    '{"do":"flash","erases":-1}': "erases",
    '{"do":"flash","seed":1e400}': "seed",
    '{"do":"display","there":0}': "there",
    '{"do":"display","identity":256}': "identity",
    '{"do":"speed"}': "factor",
    '{"do":"speed","factor":NaN}': "factor",
    '{"do":"speed","factor":-Infinity}': "factor",
    '{"do":"speed","factor":0}': "factor",
    '{"do":"speed","factor":true}': "factor",
    '{"do":"journal","x":1}': "x",
    '{"do":"state","x":{}}': "x",
}


def test_f_d11_every_value_of_a_command_of_the_bench_is_checked(tmp_path, caplog):
    """F-D11: a card that is no text, a time of 1e308 ms, a factor that is no number: one line each, and it goes on listening."""

    async def work():
        bench = Bench(tmp_path, Options(port=0), folders={"firmware": tmp_path})
        await bench.start(power=False)
        lines = [line[:-1] + (", " if len(line) > 2 else "") + '"id":7}' for line in UNUSABLE]
        for line, word in zip(lines, UNUSABLE.values(), strict=True):
            told, answer, state, _ = await said(bench.port, line.encode() + b'\n{"do":"state"}\nquit\n')
            assert told["ev"] == "power" and state == {"ev": "ok", "on": False}, line
            assert (answer["ev"], answer["id"]) == ("error", 7) and word in answer["text"].split(": ")[:2], answer
            assert "\n" not in answer["text"] and len(answer["text"]) < 300, answer
        assert bench.options.speed == 1
        for mark in ("NaN", "[]", "{}", "true", "1.5", '"%s"' % ("x" * 65), "1e400"):
            answer = (await said(bench.port, b'{"do":"state","id":%s}\nquit\n' % mark.encode()))[1]
            assert answer["ev"] == "error" and answer["text"].startswith("id: ") and "id" not in answer
        await bench.stop()

    asyncio.run(asyncio.wait_for(work(), 60))
    assert not caplog.records


def test_f_d11_a_client_that_leaves_while_events_stream_is_dropped_without_noise(caplog):
    async def work():
        public = PublicSocket(Noted())
        port = await public.open(0)
        leaving = socket.create_connection(("127.0.0.1", port), SOON)
        staying = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        await staying[0].readline()
        while len(public._clients) < 2:
            await asyncio.sleep(0)
        leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # as a process that is killed
        leaving.close()
        for number in range(100):  # no pause: the reader has not heard of it
            public.tell({"ev": "net", "n": number})
        assert len(public._clients) == 1
        numbers = [json.loads(await asyncio.wait_for(staying[0].readline(), SOON))["n"] for _ in range(100)]
        assert numbers == list(range(100))
        staying[1].close()
        public.close()

    asyncio.run(asyncio.wait_for(work(), 60))
    assert not caplog.records


def test_f_d11_a_client_that_reads_nothing_is_hung_up_on(caplog):
    async def work():
        public = PublicSocket(Noted())
        port = await public.open(0)
        deaf = socket.create_connection(("127.0.0.1", port), SOON)
        while not public._clients:
            await asyncio.sleep(0)
        for _ in range(200):
            public.tell({"ev": "log", "text": "x" * 100000})
        assert not public._clients
        deaf.close()
        public.close()

    asyncio.run(asyncio.wait_for(work(), 60))
    assert not caplog.records
