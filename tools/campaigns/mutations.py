"""The small changes of a source file that a test should notice.

mutmut's operators make them (its runner passes over tables at module level, so only the operators are used), and two of
our own: a call whose value nobody wants, and a `raise`, are left out.  Nothing is changed in

- annotations, docstrings, decorators, imports, the declarations of named tuples, and what only type checkers read
  (TYPE_CHECKING, `__all__`; core/kinds.py holds nothing else),
- words of errors: in a `raise`, and where a class named …Error is called, every argument that is a text, a sum of texts,
  a formatted text or a choice of texts,
- the arguments of len() and isinstance(), without which a line can only fail, and the byte order of to_bytes() and
  from_bytes(), which CPython takes as "big" when it is not there,
- a number that a module-level name stands for, as far as it would become None (it does become another number).

Of mutmut's changes of a text only the first is taken (XX…XX); upper and lower case of the same text tell little more.
"""

import ast
import itertools
import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider, WhitespaceInclusivePositionProvider
from mutmut.mutation import mutators

_CRASHING = ("len", "isinstance")
_FOR_CHECKERS = ("TYPE_CHECKING", "__all__")
_LEFT_OUT = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.Global, cst.Nonlocal)


class Mutant(NamedTuple):
    """One change.  `lines` are those of its statement (first, last); `at_import` when that runs as the module is loaded.

    `before` and `after` are the changed lines without their indentation; `span` and `text` say what replaces what.
    """

    module: str
    function: str
    line: int
    before: str
    after: str
    lines: tuple
    at_import: bool
    span: tuple
    text: str

    def key(self) -> tuple:
        """What names it when line numbers have moved."""
        return self.module, self.function, self.before, self.after

    def source(self, original: str) -> str:
        """The whole changed module."""
        return original[: self.span[0]] + self.text + original[self.span[1] :]


def mutants(root: pathlib.Path, module: str) -> list:
    """Every Mutant of the file `module` below `root`, in the order of its lines; none changes nothing, none twice."""
    original = (root / module).read_text()
    wrapper = MetadataWrapper(cst.parse_module(original), unsafe_skip_copy=True)
    visitor = _Visitor(module, original, wrapper)
    wrapper.module.visit(visitor)
    seen = {ast.dump(ast.parse(original))}
    found = []
    for mutant in visitor.found:
        try:
            tree = ast.dump(ast.parse(mutant.source(original)))
        except SyntaxError:
            continue
        if tree not in seen:
            seen.add(tree)
            found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def _left_out(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Our own operators: the statement is not there."""
    if isinstance(node, cst.Raise) or isinstance(node, cst.Expr) and isinstance(node.value, (cst.Call, cst.Await)):
        yield cst.Pass()


def _changes(node: Any, raised: bool, top: bool) -> Iterator[cst.CSTNode]:
    for operator in [operator for kind, operator in mutators.mutation_operators if isinstance(node, kind)]:
        if operator is mutators.operator_string:
            yield from itertools.islice(operator(node), 1)
        elif operator is mutators.operator_arg_removal:
            yield from _arguments(node, raised)
        elif operator is mutators.operator_assignment and top and isinstance(node.value, cst.BaseNumber):
            continue
        else:
            yield from operator(node)
    yield from _left_out(node)


def _arguments(call: cst.Call, raised: bool) -> Iterator[cst.CSTNode]:
    if isinstance(call.func, cst.Name) and call.func.value in _CRASHING:
        return
    for changed in mutators.operator_arg_removal(call):
        if raised:
            pairs = [(old, new) for old, new in zip(call.args, changed.args) if old is not new]
            if len(changed.args) < len(call.args) or _is_words(pairs[0][0].value):
                continue
        if len(changed.args) < len(call.args) and _is_byte_order(call.args[-1]) and not _is_byte_order(changed.args[-1]):
            continue
        yield changed


def _is_words(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.BinaryOperation):
        return _is_words(node.left) or _is_words(node.right)
    if isinstance(node, cst.IfExp):
        return _is_words(node.body) or _is_words(node.orelse)
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        return _is_words(node.func.value)
    return isinstance(node, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString))


def _is_error(node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call):
        return isinstance(node.func, cst.Name) and node.func.value.endswith("Error")
    return isinstance(node, cst.Raise)


def _is_byte_order(argument: cst.Arg) -> bool:
    return isinstance(argument.value, cst.SimpleString) and argument.value.value == '"big"'


def _is_for_checkers(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Assign):
        return False
    target = node.targets[0].target
    return isinstance(target, cst.Name) and target.value in _FOR_CHECKERS


class _Visitor(cst.CSTVisitor):
    """Collects the mutants of one module in `found`."""

    def __init__(self, module: str, original: str, wrapper: MetadataWrapper):
        super().__init__()
        self.found: list = []
        self._module, self._original, self._tree = module, original, wrapper.module
        self._whole = wrapper.resolve(WhitespaceInclusivePositionProvider)
        self._places = wrapper.resolve(PositionProvider)
        self._starts = list(itertools.accumulate((len(line) for line in original.splitlines(True)), initial=0))
        self._scope: list = []  # names of classes and functions around
        self._functions: set = set()  # their bodies
        self._inside = 0  # function bodies around
        self._statements: list = []  # (first, last line) of the statements around
        self._raised = 0

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, _LEFT_OUT) or _is_docstring(node) or _is_named_tuple(node) or _is_for_checkers(node):
            return False
        if self._raised and isinstance(node, cst.Arg) and _is_words(node.value):
            return False
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._scope.append(node.name.value)
        if isinstance(node, cst.FunctionDef):
            self._functions.add(node.body)
        if isinstance(node, (cst.BaseCompoundStatement, cst.SimpleStatementLine)):
            self._statements.append(self._lines_of(node))
        self._inside += node in self._functions
        self._raised += _is_error(node)
        for changed in _changes(node, self._raised > 0, not self._scope):
            self._add(node, changed)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, (cst.FunctionDef, cst.ClassDef)):
            self._scope.pop()
        if isinstance(original_node, (cst.BaseCompoundStatement, cst.SimpleStatementLine)):
            if not _is_docstring(original_node):
                self._statements.pop()
        self._inside -= original_node in self._functions
        self._raised -= _is_error(original_node)

    def _lines_of(self, node: cst.CSTNode) -> tuple:
        """Of a compound statement only the head."""
        place = self._places[node]
        if isinstance(node, cst.BaseCompoundStatement):
            inside = self._places[node.body].start.line
            return place.start.line, max(place.start.line, inside - 1)
        return place.start.line, place.end.line

    def _add(self, node: cst.CSTNode, changed: cst.CSTNode) -> None:
        place = self._whole[node]
        start = self._starts[place.start.line - 1] + place.start.column
        stop = self._starts[place.end.line - 1] + place.end.column
        text = self._tree.code_for_node(changed)
        whole = self._original[:start] + text + self._original[stop:]
        line, before, after = _difference(self._original.splitlines(), whole.splitlines())
        self.found.append(
            Mutant(
                self._module,
                ".".join(self._scope),
                line,
                before,
                after,
                self._statements[-1],
                not self._inside,
                (start, stop),
                text,
            )
        )


def _is_docstring(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.SimpleStatementLine):
        return False
    first = node.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString))


def _is_named_tuple(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "namedtuple"


def _difference(old: list, new: list) -> tuple:
    """(line number, the lines that differ before, and after), each joined to one line."""
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    return first + 1, _joined(old[first : len(old) - last]), _joined(new[first : len(new) - last])


def _joined(lines: list) -> str:
    return " ".join(line.strip() for line in lines)
