"""What a page may ask of a terminal: the form of every command, for the check and for the OpenAPI document."""

from play.acts import KEYS

from .errors import DeskError
from .schema import check

SPEEDS = (1, 10, 60)
MOST_BALANCE = 10_000_000_00

_KEY = {"type": "string", "enum": list(KEYS)}
_MILLISECONDS = {"type": "integer", "minimum": 0, "maximum": 5000}
_APDUS = {"type": "integer", "minimum": 0, "maximum": 50}

CARD_OPTIONS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"after": _APDUS, "delay_ms": _MILLISECONDS, "locked": {"type": "boolean"}},
}
MADE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["scheme"],
    "properties": {
        "scheme": {"type": "string", "enum": ["visa", "mastercard", "unionpay"]},
        "label": {"type": "string", "maxLength": 16},
        "pan": {"type": ["string", "null"], "maxLength": 19},
        "balance": {"type": "integer", "minimum": 0, "maximum": MOST_BALANCE},
        "pin": {"type": ["string", "null"], "pattern": r"([0-9]{4,12})?"},
        "expired": {"type": "boolean"},
        "blocked": {"type": "boolean"},
        "declining": {"type": "boolean"},
        "delay_ms": {**_MILLISECONDS, "type": ["integer", "null"]},
        "after": {**_APDUS, "type": ["integer", "null"]},
    },
}
SCRIPT = {"type": "object", "required": ["exchanges"], "properties": {"exchanges": {"type": "array", "maxItems": 500}}}


def _command(name: str, about: str, required=(), **properties) -> dict:
    return {
        "type": "object",
        "description": about,
        "additionalProperties": False,
        "required": ["do", *required],
        "properties": {"do": {"const": name}, "id": {"type": ["string", "integer"], "maxLength": 64}, **properties},
    }


COMMANDS = {
    "key": _command("key", "press and release a key", ("key",), key=_KEY, ms={"type": "integer", "minimum": 20, "maximum": 5000}),
    "key-down": _command("key-down", "a finger on a key", ("key",), key=_KEY),
    "key-up": _command("key-up", "and off it", ("key",), key=_KEY),
    "card": _command(
        "card",
        "put a card on the reader: one of the wallet, a new one, or a recorded session",
        card={"type": "string", "maxLength": 40},
        options=CARD_OPTIONS,
        made=MADE,
        script=SCRIPT,
    ),
    "card-off": _command("card-off", "take the card away"),
    "power": _command("power", "the power switch", ("on",), on={"type": "boolean"}),
    "wifi": _command("wifi", "take the access point off the air, or put it back", ("up",), up={"type": "boolean"}),
    "cut": _command(
        "cut",
        "cut the power now, or at the n-th flash write or network step from now",
        now={"type": "boolean"},
        after={"type": "string", "enum": ["write", "net"]},
        n={"type": "integer", "minimum": 1, "maximum": 100000},
        torn={"type": "boolean"},
    ),
    "cut-off": _command("cut-off", "the power is not to be cut after all"),
    "hand": _command(
        "hand",
        "let somebody at the line between terminal and host, who turns the next decline into an approval, or take him off",
        ("on",),
        on={"type": "boolean"},
    ),
    "line": _command(
        "line",
        "set the terminal up anew, which takes a restart: TLS or plain TCP, the dialect's MAC or the retail MAC; or as at first",
        tls={"type": "boolean"},
        mac={"type": "string", "enum": ["ecb", "retail"]},
        usual={"type": "boolean"},
    ),
    "speed": _command(
        "speed",
        "let waiting pass so many times as fast, at this terminal and for it at the host",
        ("factor",),
        factor={"type": "integer", "enum": list(SPEEDS)},
    ),
    "host": _command(
        "host",
        "a line for the host; a fault hits the messages of this terminal only",
        ("line",),
        line={"type": "string", "minLength": 1, "maxLength": 200},
    ),
    "host-stop": _command(
        "host-stop", "stop the host for everybody, or let it run again", ("stopped",), stopped={"type": "boolean"}
    ),
    "language": _command(
        "language",
        "the page's language, which the terminal takes over when it is idle next; `chosen` when a "
        "person pressed the page's switch or the terminal's, not when a page opens",
        ("lang",),
        lang={"type": "string", "enum": ["en", "zh"]},
        chosen={"type": "string", "enum": ["page", "terminal"]},
    ),
    "lesson-start": _command(
        "lesson-start", "begin a lesson, named by `lesson` or, without it, by `id`", lesson={"type": "string", "maxLength": 60}
    ),
    "lesson-stop": _command("lesson-stop", "end the lesson"),
    "lesson-hint": _command("lesson-hint", "the next hint of the running step"),
    "opened": _command(
        "opened",
        "the person looks at an entry of the time line (its id), or at a tag or a tab by name",
        what={"type": "string", "minLength": 1, "maxLength": 60},
        entry={"type": "integer", "minimum": 0, "maximum": 1000000000},
    ),
    "pressed": _command(
        "pressed", "the button below the text of a lesson", ("what",), what={"type": "string", "enum": ["continue"]}
    ),
    "answer": _command(
        "answer",
        "a choice of a lesson's question, counted from 0",
        ("choice",),
        choice={"type": "integer", "minimum": 0, "maximum": 20},
    ),
}
ANY_COMMAND = {"oneOf": list(COMMANDS.values()), "discriminator": {"propertyName": "do"}}


def checked(command) -> dict:
    """`command` when it has the form that it must have.  Raises DeskError."""
    if not isinstance(command, dict):
        raise DeskError("a command is a JSON object")
    name = command.get("do")
    if not isinstance(name, str) or name not in COMMANDS:
        raise DeskError(f"do: {ascii(name)[:40]} is no command; there are: {', '.join(COMMANDS)}")
    check(command, COMMANDS[name], "")
    if name == "card" and sum(word in command for word in ("card", "made", "script")) != 1:
        raise DeskError("card: one of card, made, script")
    if name == "cut" and ("now" in command) == ("after" in command):
        raise DeskError('cut: {"now": true} or {"after": "write", "n": 1}')
    return command
