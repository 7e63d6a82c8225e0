"""Every adapter keeps the promise of its port, method by method; and the house's rules about who imports whom."""

import ast
import pathlib
from collections.abc import Iterator

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "firmware" / "taptill"
MADE_BY = {
    "Host": ("adapters/hostlink.py", "HostLink"),
    "Card": ("adapters/reader.py", "IsoDepCard"),
    "Reader": ("adapters/reader.py", "CardReader"),
    "Store": ("adapters/store.py", "FlashStore"),
    "Keys": ("adapters/keystore.py", "KeyStore"),
    "Clock": ("adapters/clock.py", "RtcClock"),
    "Screen": ("app/ui.py", "Ui"),
    "Parts": ("adapters/parts.py", "BoardParts"),
    "Net": ("adapters/netprobe.py", "NetProbe"),
    "Entropy": ("adapters/entropy.py", "HardwareEntropy"),
}
BANNED_IN_PURE = {"machine", "network", "esp32", "os", "socket", "ssl", "time", "asyncio", "select", "vfs", "io"}
# Who may import whom: a floor and the floors below it (drivers and adapters know core, never flows or app).  ports.py, which
# only annotations name, knows nothing but core.
BELOW = {
    "core": {"core", "ports"},
    "flows": {"core", "flows", "ports"},
    "drivers": {"core", "drivers"},
    "adapters": {"core", "drivers", "adapters"},
    "app": {"core", "flows", "drivers", "app", "ports"},
}


def _methods(path: pathlib.Path, name: str) -> dict:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {
                item.name: ([argument.arg for argument in item.args.args], isinstance(item, ast.AsyncFunctionDef))
                for item in node.body
                if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
    raise AssertionError(f"{path.name}: no class {name}")


@pytest.mark.parametrize("port", MADE_BY)
def test_adapter_keeps_its_promise(port: str) -> None:
    file, name = MADE_BY[port]
    promised = _methods(PACKAGE / "ports.py", port)
    kept = _methods(PACKAGE / file, name)
    for method, (arguments, is_async) in promised.items():
        assert method in kept, f"{name} lacks {port}.{method}"
        assert kept[method] == (arguments, is_async), f"{name}.{method} differs from {port}.{method}"


def _sources():
    return [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE]


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_arrows_point_down(path: pathlib.Path) -> None:
    floor = path.relative_to(PACKAGE).parts[0]
    depth = len(path.relative_to(PACKAGE).parts) - 1
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            up = depth - (node.level - 1)  # 0: the taptill package itself
            if up > 0:
                continue  # stays on its own floor
            names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
            for name in names:
                assert name in BELOW[floor], f"line {node.lineno}: {floor} imports {name}"
        elif floor in ("core", "flows") and isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module]
            for name in names:
                assert name.split(".")[0] not in BANNED_IN_PURE, f"line {node.lineno}: pure code imports {name}"


@pytest.mark.parametrize("path", list((ROOT / "firmware").rglob("*.py")), ids=lambda path: path.name)
def test_one_concept_a_module(path: pathlib.Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") < 400
    assert "simulator" not in path.read_text(encoding="utf-8").lower()


def _imported(name: str, path: pathlib.Path, known: dict) -> Iterator[str]:
    """The modules that one names, for annotations too, wherever in it."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = package[: len(package) + 1 - node.level] if node.level else []
            source = [*source, *(node.module or "").split(".")] if node.module else source
            for alias in node.names:
                inner = ".".join([*source, alias.name])
                yield inner if inner in known else ".".join(source)


@pytest.mark.parametrize("folder", ["firmware", "tools"])
def test_no_two_modules_import_each_other(folder: str) -> None:
    root = ROOT / folder
    found = [path for path in root.rglob("*.py") if "node_modules" not in path.parts]
    known = {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in found}
    named = {name: set(_imported(name, path, known)) & set(known) - {name} for name, path in known.items()}
    assert sum(map(len, named.values())) > len(known)
    assert [(one, other) for one in named for other in named[one] if one < other and one in named[other]] == []
