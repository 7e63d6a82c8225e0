"""F-H5: what a web page can make a browser send to a line socket of its own computer is not obeyed."""

import asyncio
import contextlib
import http.client
import json

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

    on, screen_event = False, None

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
