"""Shorter names for a small heap: private names are a tenth of what the firmware would take.

MicroPython keeps every name of loaded code once in its heap.  Private names (one leading underscore) matter to no other
module, so before compiling they are replaced, module by module, from one small stock (`_a`, `_b` …), which all modules
then share; and a private whole number at module level becomes a `const`, which needs no name at all.  Lines stay where they
are, so a traceback still tells file and line.
"""

import ast
import builtins
import io
import pathlib
import tokenize


def foreign(sources: list[str]) -> set[str]:
    """Private names that must stay as they are.

    Those that a module uses of something else than `self` or without defining them, those that stand in a text, and all of a class that inherits
    from a class of another module, and of that other module: both name the attributes of one object.
    """
    kept = set()
    trees = [ast.parse(source) for source in sources]
    inherited = set()
    for tree in trees:
        classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        bases = {getattr(base, "id", getattr(base, "attr", "")) for node in classes.values() for base in node.bases}
        elsewhere = bases - set(classes) - set(dir(builtins))
        if elsewhere:
            inherited |= elsewhere
            kept.update(_defined(tree))
    for tree in trees:
        own = _defined(tree)
        if any(isinstance(node, ast.ClassDef) and node.name in inherited for node in ast.walk(tree)):
            kept.update(own)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and _private(node.attr) and (node.attr not in own or not _of_self(node)):
                kept.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                kept.update(alias.name for alias in node.names if _private(alias.name))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _private(node.value):
                kept.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                kept.update(part.id for part in ast.walk(node) if isinstance(part, ast.Name))
                kept.update(part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute))
            elif isinstance(node, ast.Call):
                kept.update(word.arg for word in node.keywords if word.arg)
    return kept


def shrink(source: str, kept: set[str]) -> str:
    """`source` with its private names shortened, but for those in `kept`."""
    tree = ast.parse(source)
    names = [name for name in _defined(tree) if name not in kept]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    stock = (short for short in _stock() if short not in used)
    short = {name: next(stock) for name in names}
    constants = _constants(tree)
    out = []
    at = (1, 0)
    lines = source.splitlines(keepends=True)
    close = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if close is not None and token.start[0] == close and token.type in (tokenize.NEWLINE, tokenize.COMMENT):
            out.append(_between(lines, at, token.start).rstrip() + ")")
            at, close = token.start, None
        if token.type == tokenize.NAME and token.string in short:
            out.append(_between(lines, at, token.start))
            out.append(short[token.string])
            at = token.end
        elif token.type == tokenize.OP and token.string == "=" and token.start[1] and token.start[0] in constants:
            out.append(_between(lines, at, token.end))
            out.append(" const(")
            at, close = token.end, token.start[0]
    out.append(_between(lines, at, (len(lines) + 1, 0)))
    return "".join(out)


def firmware_sources(root: pathlib.Path) -> list[str]:
    """All sources of a firmware folder, for `foreign`."""
    return [path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py"))]


def _of_self(node) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def _private(name: str) -> bool:
    return len(name) > 1 and name[0] == "_" and name[1] != "_" and name.isidentifier()


def _defined(tree) -> list[str]:
    """Private names that the module defines, in order of appearance."""
    found = {}
    for node in ast.walk(tree):
        name = ""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        if _private(name):
            found.setdefault(name, (node.lineno, node.col_offset))
    return sorted(found, key=found.get)


def _constants(tree) -> set[int]:
    """Lines `_NAME = whole number` at module level, of names that are bound nowhere else."""
    bound = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = bound.get(node.id, 0) + 1
    lines = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = node.value
            name = node.targets[0].id
            whole = isinstance(value, ast.Constant) and type(value.value) is int
            if whole and _private(name) and bound[name] == 1 and node.lineno == node.end_lineno:
                lines.add(node.lineno)
    return lines


def _stock():
    letters = "abcdefghijklmnopqrstuvwxyz"
    for one in letters:
        yield "_" + one
    for one in letters:
        for two in letters:
            yield "_" + one + two


def _between(lines: list[str], start, end) -> str:
    """Text from `start` to `end`, both (line from 1, column)."""
    if start >= end or start[0] > len(lines):
        return ""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1] : end[1]]
    first = lines[start[0] - 1][start[1] :]
    last = lines[end[0] - 1][: end[1]] if end[0] <= len(lines) else ""
    return first + "".join(lines[start[0] : end[0] - 1]) + last
