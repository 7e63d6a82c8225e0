"""The commands of the bench: the form of every value, checked before anything is done.

The process behind the link has a small heap and believes what it is told: a number without end or a text of the wrong kind
would stop the loop that answers.
"""

from chips.pn532 import Faults

from .bench_options import BenchError
from .forms import FormError, check

MOST_SCRIPT = 24000  # hex digits of a recorded session: what the bench's heap can take
_SHOWN = 40  # characters of a word that is none

_SWITCH = {"type": "boolean"}
_KEY = {"type": "string", "pattern": "[!-~]"}
# A key's two waits together are shorter than the time in which the bench has to answer.
_HOLD = {"type": "integer", "minimum": 0, "maximum": 20000}
_GAP = {"type": "integer", "minimum": 0, "maximum": 5000}
_OFTEN = {"type": "integer", "minimum": 0, "maximum": 65536}
_NAME = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "[ -~]+"}
_EXCHANGE = {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "string", "pattern": "[0-9A-Fa-f]*"}}
_SCRIPT = {"type": "object", "required": ["exchanges"], "properties": {"exchanges": {"type": "array", "items": _EXCHANGE}}}
ID = {"type": ["string", "integer"], "maxLength": 64, "minimum": -(1 << 53), "maximum": 1 << 53}


def _command(required=(), **properties) -> dict:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["do", *required],
        "properties": {"do": {"type": "string"}, **properties},
    }


_CARD = {
    "card": _NAME,
    "script": _SCRIPT,
    "as": _NAME,
    "after": {"type": "integer", "minimum": 0, "maximum": 100000},
    "delay_ms": {"type": "integer", "minimum": 0, "maximum": 60000},
    "label": {"type": "string", "minLength": 1, "maxLength": 16, "pattern": "[ -~\xa0-\xff]+"},
    "pan": {"type": "string", "pattern": "[0-9]{8,19}"},
    "psn": {"type": "string", "pattern": "[0-9]{2}"},
    "expiry": {"type": "string", "pattern": "[0-9]{4}"},
    "atc": {"type": "integer", "minimum": 0, "maximum": 65535},
    **dict.fromkeys(("locked", "blocked", "declines", "always_pin", "phone"), _SWITCH),
}
_COMMANDS = {
    "key": _command(("key",), key=_KEY, ms=_HOLD, gap=_GAP),
    "key-down": _command(("key",), key=_KEY, gap=_GAP),
    "key-up": _command(("key",), key=_KEY, gap=_GAP),
    "card": _command(**_CARD),
    "card-off": _command(),
    "wifi": _command(
        ("up",),
        **dict.fromkeys(("up", "leases", "taken", "router", "echoes", "names"), _SWITCH),
        level={"type": "integer", "minimum": -120, "maximum": 0},
        lease={"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "string", "pattern": r"[0-9.]{7,15}"}},
    ),
    "power": _command(on=_SWITCH, why={"type": "string", "maxLength": 200, "pattern": "[ -~]*"}),
    "cut": _command(
        ("after",),
        after=_NAME,
        n={"type": "integer", "minimum": 1, "maximum": 1 << 29},
        how={"type": "string", "enum": ["before", "torn", "after"]},
        torn={"type": "number", "minimum": 0, "maximum": 1},
    ),
    "cut-off": _command(),
    "route": _command(("to",), to={"type": "integer", "minimum": 0, "maximum": 65535}),
    "fault": _command(
        ("name",),
        name={"type": "string", "enum": list(vars(Faults()))},
        value={"type": ["boolean", "integer"], "minimum": 0, "maximum": 65535},
    ),
    "flash": _command(
        reads=_OFTEN, programs=_OFTEN, erases=_OFTEN, seed={"type": "integer", "minimum": 0, "maximum": 0x3FFFFFFF}
    ),
    "display": _command(there=_SWITCH, identity={"type": "integer", "minimum": 0, "maximum": 63}),
    "printer": _command(
        paper={"type": "integer", "minimum": 0, "maximum": 1 << 20}, **dict.fromkeys(("on", "lid", "hot", "broken"), _SWITCH)
    ),
    "paper": _command(tear=_SWITCH),
    "speed": _command(("factor",), factor={"type": "number", "minimum": 1, "maximum": 100}),
    "screen": _command(),
    "screenshot": _command(),
    "state": _command(),
    "journal": _command(),
}


def checked(command: dict) -> dict:
    """`command` when it has the form that it must have; of a recorded session its exchanges only.  Raises BenchError."""
    what = command.get("do")
    if not isinstance(what, str) or what not in _COMMANDS:
        raise BenchError(f"do: the bench does not know the command {ascii(what)[:_SHOWN]}; there are: {', '.join(_COMMANDS)}")
    try:
        check(command, _COMMANDS[what])
    except FormError as error:
        raise BenchError(f"{what}: {error}") from None
    if what != "card":
        return command
    if ("card" in command) == ("script" in command):
        raise BenchError("card: one of card, script")
    if "script" not in command:
        return command
    exchanges = command["script"]["exchanges"]
    if sum(len(side) for pair in exchanges for side in pair) > MOST_SCRIPT:
        raise BenchError(f"card: script: longer than {MOST_SCRIPT} hex digits")
    return {**command, "script": {"exchanges": exchanges}}
