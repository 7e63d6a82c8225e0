"""The desk's web server: pages, one websocket a page, and the REST interface."""

import asyncio
import importlib.metadata
import json
import pathlib

from aiohttp import WSMsgType, web

from facts import page

from . import api
from .commands import checked
from .errors import DeskError
from .guard import COOKIE, Guard
from .room import Room
from .schema import check

STATIC = pathlib.Path(__file__).parent / "static"
VENDOR = pathlib.Path(__file__).parent / "vendor"  # of others, as they built it, each folder with its licence
_MOST_MESSAGE = 64 * 1024
_QUEUED = 1000  # messages that a page may be behind: then it is hung up, and comes again with a new hello
_AT_ONCE = 64  # commands of one page under way
_BEAT_S = 30.0


class Page:
    """One websocket.  Events are offered; what it does not fetch in time ends it, and nobody waits for it."""

    def __init__(self, socket: web.WebSocketResponse, transport):
        self._socket, self._transport = socket, transport
        self._queue: asyncio.Queue = asyncio.Queue(_QUEUED)
        self.slow = False
        self._writer = asyncio.create_task(self._write())

    def offer(self, text: str) -> None:
        """Send this when the page can take it."""
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            if not self.slow:
                self.slow = True
                self._writer.cancel()

    def say(self, event: dict) -> None:
        """The same of an event."""
        self.offer(json.dumps(event, ensure_ascii=False))

    async def _write(self) -> None:
        try:
            while True:
                await self._socket.send_str(await self._queue.get())
        except ConnectionError:
            return  # the reader sees the end too
        finally:
            if self.slow and self._transport:
                self._transport.abort()  # a polite close would wait for the one who does not read

    async def end(self) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)


class Desk:
    """The web application around a room; its lessons are served too."""

    def __init__(self, room: Room, bind: str = "127.0.0.1", port: int = 0):
        self.room, self.bind, self.port = room, bind, port
        self.guard = Guard(bind)
        self.pages: set = set()
        self._runner: web.AppRunner | None = None
        self.version = _version()

    @property
    def address(self) -> str:
        """Where a browser finds it; with the token, when one is asked for."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self.bind, self.bind)
        return f"http://{host}:{self.port}/" + (f"?token={self.guard.token}" if self.guard.token else "")

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[self._watch], client_max_size=_MOST_MESSAGE)
        for route in api.ROUTES:
            app.router.add_route(route.method, route.path, self._rest(route))
        app.router.add_get("/api/openapi.json", self._openapi)
        app.router.add_get("/api", self._file("api/api.html"))
        app.router.add_get("/", self._overview)
        app.router.add_get(r"/{n:\d{1,3}}", self._page)
        app.router.add_get("/ws/{n}", self._socket)
        app.router.add_get("/lessons.json", self._lessons)
        app.router.add_get("/lessons/{id}", self._lesson)
        app.router.add_get("/static/explain/facts.json", self._facts)
        app.router.add_static("/static/", STATIC)
        app.router.add_static("/vendor/", VENDOR)
        app.on_response_prepare.append(self._dress)
        app.on_shutdown.append(self._hang_up)
        return app

    async def start(self) -> None:
        """Listen.  Raises OSError."""
        self._runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.bind, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Hang up and close."""
        if self._runner:
            await self._runner.cleanup()

    # around every request -------------------------------------------------------------------

    @web.middleware
    async def _watch(self, request: web.Request, handler):
        refusal = self.guard.refusal(request)
        if refusal:
            return _wrong(refusal, 403)
        if not self.guard.knows(request):
            if request.path.startswith(("/api/", "/ws/", "/static/", "/vendor/", "/lessons")) or request.path == "/api":
                return _wrong("a token is needed; it was printed where the desk was started", 401)
            return web.Response(text=_ASK, status=401, content_type="text/html")
        if self.guard.token and "token" in request.query and not request.path.startswith(("/api/", "/ws/")):
            # Into a cookie and out of the address, so that it is in no picture of the screen.
            rest = [(name, value) for name, value in request.query.items() if name != "token"]
            answer = web.Response(status=303, headers={"Location": str(request.rel_url.with_query(rest))})
            answer.set_cookie(COOKIE, self.guard.token, httponly=True, samesite="Strict", path="/")
            return answer
        try:
            return await handler(request)
        except DeskError as error:
            return web.json_response({"error": str(error), "texts": error.texts()}, status=error.status)
        except web.HTTPRequestEntityTooLarge:
            return _wrong(f"a request has at most {_MOST_MESSAGE} bytes", 413)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _wrong(f"{request.method} {ascii(request.path)[1:-1][:80]}: {error.reason}", error.status)

    async def _dress(self, request: web.Request, response: web.StreamResponse) -> None:
        self.guard.dress(response)

    async def _hang_up(self, app: web.Application) -> None:
        for socket in list(self.pages):
            await socket.close(code=1001, message=b"the desk ends")

    # pages ----------------------------------------------------------------------------------

    def _file(self, name: str):
        async def serve(request: web.Request) -> web.StreamResponse:
            return web.FileResponse(STATIC / name)

        return serve

    async def _overview(self, request: web.Request) -> web.StreamResponse:
        if len(self.room.terminals) == 1:
            raise web.HTTPFound("/1")
        return web.FileResponse(STATIC / "overview" / "overview.html")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self.room.terminal(request.match_info["n"])
        return web.FileResponse(STATIC / "index.html")

    async def _lessons(self, request: web.Request) -> web.Response:
        return web.json_response(self.room.lessons.heads())

    async def _facts(self, request: web.Request) -> web.Response:
        return web.Response(text=page.as_json(), content_type="application/json")

    async def _lesson(self, request: web.Request) -> web.Response:
        return web.json_response(self.room.lessons.find(request.match_info["id"]).whole())

    # REST -----------------------------------------------------------------------------------

    def _rest(self, route: api.Route):
        async def serve(request: web.Request) -> web.Response:
            body = None
            if route.body is not None:
                if request.content_type != "application/json":
                    raise DeskError("Content-Type: application/json wanted", 415)
                try:
                    body = json.loads(await request.read())
                except (ValueError, RecursionError):
                    raise DeskError("body: not JSON") from None
                if "oneOf" in route.body:
                    checked(body)
                else:
                    check(body, route.body)
            values = api.Values(request.match_info, request.query, body, request.remote)
            headers = {"Cache-Control": "no-store"} if route.secret else None
            return web.json_response(await route.handler(self.room, values), headers=headers)

        return serve

    async def _openapi(self, request: web.Request) -> web.Response:
        return web.json_response(api.document(self.version, token=self.guard.token is not None))

    # the websocket --------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        terminal = self.room.terminal(request.match_info["n"])
        socket = web.WebSocketResponse(heartbeat=_BEAT_S, max_msg_size=_MOST_MESSAGE, compress=False)
        await socket.prepare(request)
        page = Page(socket, request.transport)
        page.say(terminal.hello())
        terminal.pages.add(page)
        self.pages.add(socket)
        running: set = set()
        try:
            async for message in socket:
                if message.type != WSMsgType.TEXT:
                    page.say({"ev": "error", "text": "only text messages are understood"})
                    continue
                if len(running) >= _AT_ONCE:
                    page.say({"ev": "error", "text": "too much at once"})
                    continue
                task = asyncio.create_task(self._obey(terminal, page, message.data))
                running.add(task)
                task.add_done_callback(running.discard)
        finally:
            terminal.pages.discard(page)
            self.pages.discard(socket)
            await page.end()
        return socket

    async def _obey(self, terminal, page: Page, text: str) -> None:
        mark = None
        try:
            try:
                command = json.loads(text)
            except (ValueError, RecursionError):
                raise DeskError("not JSON") from None
            if isinstance(command, dict) and isinstance(command.get("id"), (str, int)):
                mark = command["id"]
            reply = await terminal.command(command)
        except DeskError as error:
            reply = {"ev": "error", "text": str(error), "texts": error.texts()}
        page.say(reply if mark is None else {**reply, "id": mark})


def _wrong(text: str, status: int) -> web.Response:
    return web.json_response({"error": text}, status=status)


def _version() -> str:
    try:
        return importlib.metadata.version("taptill")
    except importlib.metadata.PackageNotFoundError:
        return "0"


_ASK = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>TapTill</title></head><body>
<main><h1>TapTill</h1>
<form method="get" action="/"><p><label>Token, as printed where the desk was started
 <span lang="zh-CN">启动时打印的口令</span><br><input name="token" type="password" autocomplete="off" autofocus required>
</label></p><p><button>OK</button></p></form></main></body></html>
"""
