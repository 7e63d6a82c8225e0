"""Every adapter keeps the promise of its port, method by method; and the house's rules about who imports whom."""

import ast
import pathlib

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
