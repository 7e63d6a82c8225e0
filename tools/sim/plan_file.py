"""A plan as a file: JSON, {"taptill": 1, "kind": "history", …} with the fields of a Plan, of its acts and of their faults."""

import dataclasses
import datetime
import json
import pathlib
from typing import Any

import cards
from rig.failures import reason

from . import bank, faults, person, settings
from .faults import Fault
from .person import Act
from .plan import Plan

_HEAD = {"taptill": 1, "kind": "history"}
_MOST_BYTES = 4 << 20
_LEAST_BLOCKS, _MOST_BLOCKS = 16, 512
_SETTINGS = settings.kinds()
HOWS = {
    **faults.NET,
    "power": ("cut",),
    "flash": faults.FLASH,
    "host": (*bank.KINDS, *bank.LIES),
    "heap": ("MemoryError",),
    "memory": ("MemoryError",),
    "key": faults.KEYS,
    "clock": ("leap",),
    **dict.fromkeys(("time", "link", "display", "reader"), ("off",)),
}


class PlanError(Exception):
    """No plan; one line that says where and why."""


def text_of(one: Plan) -> str:
    """The whole file."""
    fields = dataclasses.asdict(one)
    fields["begins"] = one.begins.isoformat()
    return json.dumps({**_HEAD, **fields}, indent=1, ensure_ascii=False) + "\n"


def is_plan(path: pathlib.Path) -> bool:
    """Does this file call itself one?"""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("kind") == _HEAD["kind"]


def read(path: pathlib.Path) -> Plan:
    """Raises PlanError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PlanError(f"{path}: no plan is that long")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(f"{path}: {reason(error)}") from None
    except UnicodeDecodeError:
        raise PlanError(f"{path}: not a text") from None
    try:
        return plan_of(text)
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from None


def plan_of(text: str) -> Plan:
    """The plan in a file's text.  Raises PlanError."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise PlanError(f"not JSON: {error}") from None
    except RecursionError:
        raise PlanError("not a plan of till simulate: nested too deep") from None
    if not isinstance(found, dict) or {name: found.get(name) for name in _HEAD} != _HEAD:
        raise PlanError("not a plan of till simulate")
    fields = _fields(Plan, {name: value for name, value in found.items() if name not in _HEAD}, "plan")
    try:
        fields["begins"] = datetime.datetime.fromisoformat(fields["begins"])
    except ValueError:
        raise PlanError(f"begins: {fields['begins']!r} is no date and time") from None
    if fields["begins"].utcoffset() is None:
        raise PlanError("begins: its offset from UTC is missing")
    _one_of("ntp", fields.get("ntp", "right"), ("unreachable", "right", "silent"))
    if not _LEAST_BLOCKS <= fields.get("blocks", _LEAST_BLOCKS) <= _MOST_BLOCKS:
        raise PlanError(f"blocks: from {_LEAST_BLOCKS} to {_MOST_BLOCKS}")
    for name, least, most in (("records", 1, 256), ("files", 2, 64)):
        if not least <= fields.get(name, most) <= most:
            raise PlanError(f"{name}: from {least} to {most}")
    _settings(fields["settings"])
    fields["acts"] = tuple(_act(act, f"act {number}") for number, act in enumerate(fields["acts"], 1))
    return Plan(**fields)


def _settings(given: dict, where: str = "") -> None:
    for name, value in given.items():
        _one_of(f"{where}setting", name, tuple(_SETTINGS))
        if type(value) is not _SETTINGS[name]:
            raise PlanError(f"{where}setting {name}: {value!r} is no {_SETTINGS[name].__name__}")


def _act(found: Any, where: str) -> Act:
    fields = _fields(Act, found, where)
    _one_of(f"{where}: what", fields["what"], (*person.WHATS, "other", "owner"))
    if fields["what"] in ("sell", "void", "other") and fields.get("card"):
        _one_of(f"{where}: card", fields["card"], cards.names())
    if fields["what"] == "sell" and not (fields.get("amount", 0) >= 10 and fields.get("card")):
        raise PlanError(f"{where}: a sale has a card and an amount of two figures at least")
    if fields["what"] == "owner":
        _one_of(f"{where}: row", fields.get("row", ""), tuple(person.OWNERS))
    _settings(fields.get("settings", {}), f"{where}: ")
    if fields["what"] == "other":
        _one_of(f"{where}: row", fields.get("row", ""), tuple(person.OTHERS))
    if fields["what"] == "menu":
        _one_of(f"{where}: row", fields.get("row", ""), person.MENU)
    fields["habits"] = tuple(_one_of(f"{where}: habit", habit, tuple(person.HABITS)) for habit in fields.get("habits", ()))
    fields["faults"] = tuple(
        _fault(fault, f"{where}: fault {number}") for number, fault in enumerate(fields.get("faults", ()), 1)
    )
    return Act(**fields)


def _fault(found: Any, where: str) -> Fault:
    fields = _fields(Fault, found, where)
    _one_of(f"{where}: where", fields["where"], tuple(HOWS))
    _one_of(f"{where}: how", fields["how"], HOWS[fields["where"]])
    return Fault(**fields)


_TYPES = {"settings": dict, "begins": str, "acts": list, "habits": list, "faults": list}  # as JSON has them
_LEAST = {"value": -(1 << 62), "ntp_off_s": -(1 << 40), "trace": person.LAST_SEEN}
_PLAIN = {str: str, int: int, bool: bool, "str": str, "int": int, "bool": bool}


def _fields(kind: Any, found: Any, where: str) -> "dict[str, Any]":
    """The fields of a dataclass, each of its type.  Raises PlanError."""
    if not isinstance(found, dict):
        raise PlanError(f"{where}: an object is wanted")
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name, value in found.items():
        _one_of(where, name, tuple(known))
        wanted = _TYPES.get(name) or _PLAIN[known[name].type]
        if type(value) is not wanted:
            raise PlanError(f"{where}: {name}: {value!r} is no {wanted.__name__}")
        if wanted is int and value < _LEAST.get(name, 0):
            raise PlanError(f"{where}: {name}: {value} is less than {_LEAST.get(name, 0)}")
    for name, field in known.items():
        if name not in found and field.default is field.default_factory is dataclasses.MISSING:
            raise PlanError(f"{where}: {name} is missing")
    return dict(found)


def _one_of(what: str, value: Any, known: "tuple[str, ...]") -> Any:
    if value not in known:
        raise PlanError(f"{what}: {value!r} is none of {', '.join(known)}")
    return value
