"""The part of JSON Schema (2020-12) that commands and documents use: one description for the check and for the reader.

OBJECT with "properties", "required" (nothing else may come unless "additionalProperties"), STRING with "enum",
"pattern" (whole), "minLength", "maxLength", INTEGER and NUMBER (finite) with "minimum", "maximum", "enum", BOOLEAN, ARRAY
with "items", "minItems", "maxItems", and "oneOf" chosen by a property with a single allowed value ("const").
"""

import math
import re

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


class FormError(ValueError):
    """A value is not of the form that it must have; one line."""


def check(value, schema: dict, where: str = "") -> None:
    """Raises FormError naming what is wrong with `value`."""
    kind = schema.get("type")
    if kind and not _is(value, kind):
        raise FormError(f"{where or 'body'}: {kind if isinstance(kind, str) else ' or '.join(kind)} wanted")
    if "const" in schema and value != schema["const"]:
        raise FormError(f"{where}: must be {schema['const']}")
    if "enum" in schema and value not in schema["enum"]:
        raise FormError(f"{where}: one of {', '.join(str(each) for each in schema['enum'])}")
    if isinstance(value, str):
        _check_text(value, schema, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise FormError(f"{where}: no finite number")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            raise FormError(f"{where}: from {schema.get('minimum', '')} to {schema.get('maximum', '')}")
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            raise FormError(f"{where}: at most {schema['maxItems']} items")
        if len(value) < schema.get("minItems", 0):
            raise FormError(f"{where}: at least {schema['minItems']} items")
        for number, each in enumerate(value):
            check(each, schema.get("items", {}), f"{where}[{number}]")
    elif isinstance(value, dict):
        _check_object(value, schema, where)


def _is(value, kind) -> bool:
    kinds = [kind] if isinstance(kind, str) else kind
    return any(isinstance(value, _TYPES[each]) and (each == "boolean" or not isinstance(value, bool)) for each in kinds)


def _check_text(value: str, schema: dict, where: str) -> None:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        raise FormError(f"{where}: {schema.get('minLength', 0)} to {schema.get('maxLength')} characters")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        raise FormError(f"{where}: not of the form {schema['pattern']}")


def _check_object(value: dict, schema: dict, where: str) -> None:
    dot = where + "." if where else ""
    properties = schema.get("properties")
    if properties is None:
        return
    for name in schema.get("required", ()):
        if name not in value:
            raise FormError(f"{dot}{name}: is missing")
    for name, each in value.items():
        if name in properties:
            check(each, properties[name], dot + name)
        elif schema.get("additionalProperties", True) is False:
            raise FormError(f"{dot}{ascii(name)[1:-1][:40]}: unknown")
