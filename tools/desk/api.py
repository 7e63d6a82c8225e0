"""The REST interface: one table of routes, from which the server routes and the OpenAPI 3.1 document is made."""

import asyncio

from acquirer.books import problems, totals

from . import board_look, boards, books
from .commands import ANY_COMMAND
from .errors import DeskError

_TEXT = {"type": "string"}
_MONEY = {"type": "integer", "description": "minor units"}
_OBJECT = {"type": "object"}
_NUMBER = {"type": "integer", "minimum": 1}
LINE = {
    "type": "object",
    "required": ["line"],
    "additionalProperties": False,
    "properties": {
        "line": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "as on the host's control socket: drop-answer next sale",
        }
    },
}
CERTIFICATE = {
    "type": "object",
    "required": ["ca"],
    "additionalProperties": False,
    "properties": {"ca": {"type": "string", "minLength": 4, "maxLength": 8192, "description": "DER in base64"}},
}
BOARD = {
    "type": "object",
    "required": ["address", "terminal_id"],
    "additionalProperties": False,
    "properties": {
        "address": {
            "type": "string",
            "minLength": 7,
            "maxLength": 15,
            "description": "of this computer, for the board",
        },
        "terminal_id": {"type": "string", "pattern": "[0-9]{8}"},
    },
}
_FILE_SYSTEM_BYTES = {"type": "integer", "minimum": 8192, "maximum": 1 << 27, "description": "of the file system, bytes"}
FILE_SYSTEM = {
    "type": "object",
    "required": ["board", "size"],
    "additionalProperties": False,
    "properties": {"board": {"type": "string", "minLength": 1, "maxLength": 64}, "size": _FILE_SYSTEM_BYTES},
}
BLOCKS = {
    "type": "object",
    "required": ["size", "blocks"],
    "additionalProperties": False,
    "properties": {
        "size": _FILE_SYSTEM_BYTES,
        "blocks": {
            "type": "array",
            "maxItems": board_look.MOST_BLOCKS,
            "items": {
                "type": "object",
                "required": ["number", "content"],
                "additionalProperties": False,
                "properties": {
                    "number": {"type": "integer", "minimum": 0, "maximum": 1 << 15},
                    "content": {"type": "string", "minLength": 4, "maxLength": 8192, "description": "deflated, in base64"},
                },
            },
        },
    },
}
STOP = {"type": "object", "required": ["stopped"], "additionalProperties": False, "properties": {"stopped": {"type": "boolean"}}}


def _list(of: dict) -> dict:
    return {"type": "array", "items": of}


def _object(**properties) -> dict:
    return {"type": "object", "properties": properties}


_LEDGER = _object(
    accounts=_list(_object(kind=_TEXT, name=_TEXT, number=_TEXT, balance=_MONEY)),
    transactions=_list(
        _object(
            terminal_id=_TEXT,
            batch=_NUMBER,
            stan=_NUMBER,
            state=_TEXT,
            amount=_MONEY,
            approved_amount=_MONEY,
            pan_masked=_TEXT,
            code=_TEXT,
            created=_TEXT,
        )
    ),
    terminals=_list(_object(terminal=_TEXT, merchant=_TEXT, batch=_NUMBER, signed_on={"type": "boolean"})),
    journal={"type": ["array", "null"], "items": _OBJECT},
    pending={"type": ["object", "null"]},
    sums={"type": ["object", "null"], "properties": {"host": _MONEY, "journal": _MONEY, "manual": _MONEY}},
    difference={
        "type": ["integer", "null"],
        "description": "host minus journal minus manual list, minor units; 0 when all is settled",
    },
    problems=_list(_object(en=_TEXT, zh=_TEXT)),
    day=_list(_object(hour={"type": "integer"}, count={"type": "integer"}, amount=_MONEY)),
)


class Route:
    """`handler(room, request values)` is a coroutine function; `body` and `answer` are JSON schemas.

    `secret`: the answer holds a key, which no cache may keep.
    """

    def __init__(
        self,
        method: str,
        path: str,
        handler,
        summary: str,
        answer: dict,
        query: dict | None = None,
        body: dict | None = None,
        secret: bool = False,
    ):
        self.method, self.path, self.handler, self.summary = method, path, handler, summary
        self.answer, self.query, self.body, self.secret = answer, query or {}, body, secret

    @property
    def in_path(self) -> list:
        """Names in the path."""
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


class Values:
    """What a request brought: `path` and `query` as text by name, `body` checked; `remote` is the address it comes from."""

    def __init__(self, path: dict, query: dict, body, remote: str | None = None):
        self.path, self.query, self.body, self.remote = path, query, body, remote


async def _state(room, values: Values) -> dict:
    sums, wrong = await asyncio.to_thread(lambda: (totals(room.ledger), problems(room.ledger)))
    return {
        "terminals": [_line(terminal) for terminal in room.terminals],
        "host": "stopped" if room.acquirer.halted else "up",
        "faults": [{**rule.describe(), "terminal": rule.terminal} for rule in room.acquirer.faults.rules],
        "totals": sums,
        "problems": wrong,
    }


def _line(terminal) -> dict:
    last = terminal.timeline.last
    return {
        "number": terminal.number,
        "terminal": terminal.id,
        "power": terminal.bench.on,
        "wifi": terminal.wifi,
        "card": terminal.card,
        "speed": terminal.speed,
        "text": terminal.bench.text(),
        "pages": len(terminal.pages),
        "payment": last.head() if last else None,
    }


async def _terminals(room, values: Values) -> dict:
    return {"terminals": [_line(terminal) for terminal in room.terminals]}


async def _terminal(room, values: Values) -> dict:
    return {key: value for key, value in room.terminal(values.path["n"]).hello().items() if key != "ev"}


async def _payments(room, values: Values) -> dict:
    return {"payments": [payment.head() for payment in room.terminal(values.path["n"]).timeline.payments]}


async def _payment(room, values: Values) -> dict:
    number = values.path["id"]
    timeline = room.terminal(values.path["n"]).timeline
    payment = timeline.find(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if payment is None:
        raise DeskError(f"payment {ascii(number)[1:-1][:12]}: not remembered", 404)
    return payment.whole()


async def _ledger(room, values: Values) -> dict:
    asked = values.query.get("terminal")
    if asked is None:
        return await asyncio.to_thread(books.view, room.ledger)
    terminal = room.terminal(asked)
    about = terminal.id, terminal.wallet.pans(), await terminal.journal()
    return await asyncio.to_thread(books.view, room.ledger, *about)


async def _cards(room, values: Values) -> dict:
    return {"cards": room.terminal(values.query.get("terminal", "1")).wallet.shown()}


async def _command(room, values: Values) -> dict:
    return {name: value for name, value in (await room.terminal(values.path["n"]).command(values.body)).items() if name != "ev"}


async def _host(room, values: Values) -> dict:
    return await room.host_line(values.body["line"])


async def _host_stop(room, values: Values) -> dict:
    await room.host_stop(values.body["stopped"])
    return {"host": "stopped" if room.acquirer.halted else "up"}


_IN_PATH = {"folder": _TEXT}  # the others are numbers
_ASKED_TERMINAL = {"terminal": ("number of a terminal, from 1", False)}

ROUTES = (
    Route(
        "GET",
        "/api/state",
        _state,
        "All at a glance: terminals, host, faults, totals of the ledger",
        _object(terminals=_list(_OBJECT), host=_TEXT, faults=_list(_OBJECT), totals=_OBJECT, problems=_list(_TEXT)),
    ),
    Route(
        "GET",
        "/api/ledger",
        _ledger,
        "The host's books; with a terminal beside that terminal's own journal",
        _LEDGER,
        _ASKED_TERMINAL,
    ),
    Route("GET", "/api/terminals", _terminals, "The terminals and what is on their screens", _object(terminals=_list(_OBJECT))),
    Route(
        "GET",
        "/api/terminals/{n}",
        _terminal,
        "One terminal: its state and its running or last payment",
        _object(terminal=_NUMBER, terminals=_NUMBER, state=_OBJECT, payment={"type": ["object", "null"]}),
    ),
    Route("GET", "/api/terminals/{n}/payments", _payments, "The payments that are remembered", _object(payments=_list(_OBJECT))),
    Route("GET", "/api/terminals/{n}/payments/{id}", _payment, "One payment with its time line", _OBJECT),
    Route(
        "POST",
        "/api/terminals/{n}/command",
        _command,
        "What a page can do: keys, cards, power, faults",
        _OBJECT,
        body=ANY_COMMAND,
    ),
    Route("GET", "/api/cards", _cards, "The cards of a terminal's wallet", _object(cards=_list(_OBJECT)), _ASKED_TERMINAL),
    Route("POST", "/api/host", _host, "A line for the host, for all terminals", _OBJECT, body=LINE),
    Route(
        "GET",
        "/api/board",
        boards.setup,
        "For a real board: the folders of boards/, what a board is asked, the rules of the settings",
        _object(boards=_list(_OBJECT), questions=_TEXT, oldest=_TEXT, settings=_list(_OBJECT), addresses=_list(_TEXT)),
    ),
    Route(
        "GET",
        "/api/board/tree/{folder}",
        boards.files,
        "The files of a board, with size, SHA-256 and content in base64; main.py is the last",
        _object(board=_TEXT, mpy=_NUMBER, files=_list(_object(path=_TEXT, size=_NUMBER, sha256=_TEXT, content=_TEXT))),
    ),
    Route(
        "POST",
        "/api/board/certificate",
        boards.certificate,
        "The moment before which no clock may stand that trusts this CA",
        _object(clock_floor=_TEXT),
        body=CERTIFICATE,
    ),
    Route(
        "POST",
        "/api/board/files",
        boards.file_system,
        "The files of a board as a file system of that size: what is written where in it, in this order",
        _object(parts=_list(_object(offset={"type": "integer"}, content=_TEXT))),
        body=FILE_SYSTEM,
    ),
    Route(
        "POST",
        "/api/board/look",
        board_look.answer,
        "What stands in a board's file system, or the blocks that are needed to tell",
        _object(need=_list({"type": "integer"}), state=_TEXT),
        body=BLOCKS,
    ),
    Route(
        "POST",
        "/api/board/introduce",
        boards.introduce,
        "Make a board known to the room's host, and open the host at that address; only for a page on this computer",
        _object(settings=_OBJECT, tmk=_TEXT, kcv=_TEXT, ca=_TEXT),
        body=BOARD,
        secret=True,
    ),
    Route("POST", "/api/host/stop", _host_stop, "Stop the host, or let it run again", _object(host=_TEXT), body=STOP),
)


def document(version: str, routes=ROUTES, token: bool = False) -> dict:
    """The OpenAPI 3.1 document of the routes; `token`: one is asked for."""
    paths: dict = {}
    wrong = {
        "description": "one line on what is wrong",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for route in routes:
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": _IN_PATH.get(name, _NUMBER)} for name in route.in_path
        ]
        parameters += [
            {"name": name, "in": "query", "required": needed, "description": about, "schema": _NUMBER}
            for name, (about, needed) in route.query.items()
        ]
        operation = {
            "summary": route.summary,
            "operationId": route.method.lower() + route.path.title().replace("/", "").replace("{", "").replace("}", ""),
            "parameters": parameters,
            "responses": {
                "200": {"description": "done", "content": {"application/json": {"schema": route.answer}}},
                "4XX": wrong,
                "503": wrong,
            },
        }
        if route.body:
            operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": route.body}}}
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    found = {
        "openapi": "3.1.0",
        "info": {
            "title": "TapTill desk",
            "version": version,
            "description": "Terminals on the bench and the host they talk to. Money is in minor units.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}}
        },
    }
    if token:
        found["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
    return found
