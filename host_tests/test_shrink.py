"""Shortened names change nothing but the names."""

import ast
import pathlib

import pytest
from till import shrink

FIRMWARE = pathlib.Path(__file__).resolve().parent.parent / "firmware"

SOURCE = '''"""Text with _name stays."""

_LIMIT = 0x10  # sixteen
_TABLE = ("_kept",)
_SPREAD = 1
_SPREAD = 2


class One:
    def __init__(self):
        self._name = _LIMIT + 1  # _name

    def _grow(self, by):
        self._name += by + _SPREAD
        return self._name, self.public, self._kept_by_other
'''


def test_names_are_shortened_and_lines_stay():
    short = shrink.shrink(SOURCE, shrink.foreign([SOURCE]))
    assert short.count("\n") == SOURCE.count("\n")
    assert "_grow" not in short and "self._name" not in short
    assert "self._kept_by_other" in short and "public" in short and '"_kept"' in short
    assert "const( 0x10)" in short and "# sixteen" in short
    assert "const( 1)" not in short  # bound twice
    scope = {"const": lambda value: value}
    exec(compile(short, "short", "exec"), scope)
    one = scope["One"]()
    one.public = one._kept_by_other = 0
    method = next(value for name, value in vars(scope["One"]).items() if name != "__init__" and callable(value))
    assert method(one, 5)[0] == 0x11 + 5 + 2


def test_names_that_another_module_uses_stay():
    other = "def look(thing):\n    return thing._name\n"
    kept = shrink.foreign([SOURCE, other])
    assert "_name" in kept and "self._name" in shrink.shrink(SOURCE, kept)


@pytest.mark.parametrize("path", sorted(FIRMWARE.rglob("*.py")), ids=lambda path: path.stem)
def test_firmware_keeps_its_shape(path):
    source = path.read_text(encoding="utf-8")
    short = shrink.shrink(source, shrink.foreign(shrink.firmware_sources(FIRMWARE)))
    assert short.count("\n") == source.count("\n")
    assert _shape(source) == _shape(short)


class _Plain(ast.NodeTransformer):
    """Takes `const(…)` away, so that the two trees have one shape."""

    def visit_Call(self, node):
        self.generic_visit(node)
        return node.args[0] if isinstance(node.func, ast.Name) and node.func.id == "const" else node


def _shape(source: str) -> list:
    return [type(node) for node in ast.walk(_Plain().visit(ast.parse(source)))]


def test_names_of_an_inherited_class_stay():
    base = "class Base:\n    def _turn(self):\n        self._angle = 1\n"
    heir = "from base import Base\n\n\nclass Heir(Base):\n    def _other(self):\n        self._mine = 2\n"
    assert {"_turn", "_angle", "_other", "_mine"} <= shrink.foreign([base, heir])
