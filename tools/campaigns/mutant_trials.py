"""Tries mutants: which tests reach which line, and, in a forked child each, what those tests say of a changed module.

The tests are plain functions `test_…` in plain modules, so no test runner is needed: a child imports the sources and test
modules afresh (the changed module from memory, not from its file), calls the functions that reach the changed
line, the quick ones first, and ends at the first that fails.
"""

import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import resource
import signal
import sys
import time
from typing import NamedTuple

import coverage

from .mutations import Mutant

KILLED, TIMED_OUT, SURVIVED = "killed", "timed out", "survived"

_CPU_S = 1.0  # a test may need so much, and this many times what it needs without a mutation:
_TIMES = 10
_WALL_S = 60  # for a test that waits instead of working
_MEMORY = 4 << 30  # bytes; a mutant that gathers without end fails instead of taking this computer down
_HEAD = "import"


class Place(NamedTuple):
    """`root`: the folder of the sources, which is the package `package` ("" when its files are top-level modules).

    `tests`: the folder of the test modules, whose names are as `files`; `more`: other folders that they import from.
    """

    root: pathlib.Path
    package: str
    tests: pathlib.Path
    more: tuple = ()
    files: str = "test_*.py"

    def name_of(self, module: str) -> str:
        """core/tlv.py → taptill.core.tlv"""
        return ".".join([self.package] * bool(self.package) + list(pathlib.Path(module).with_suffix("").parts))

    def path(self) -> list:
        folder = self.root.parent if self.package else self.root
        return [str(self.tests), str(folder), *(str(each) for each in self.more)]


class TestsFail(Exception):
    """A test fails although nothing is changed; the text names it."""


class Reach:
    """Which tests reach what.

    `seconds` {test: s}, a test being "file::function", in the order in which they are tried.
    `lines` {module: {line: [tests, and "file::import" where loading that test module reaches the line]}}.
    `loads` {test file: [modules that it loads]}.
    """

    def __init__(self, seconds: dict, lines: dict, loads: dict):
        self.seconds = dict(sorted(seconds.items(), key=lambda each: each[1]))
        self.lines = {module: {int(line): tests for line, tests in each.items()} for module, each in lines.items()}
        self.loads = loads

    def of(self, mutant: Mutant) -> list:
        """The tests that can notice the mutant: those that reach its statement, then those that load what it changes
        (when its statement runs while its module is loaded)."""
        reached = set()
        everywhere = set()
        lines = self.lines.get(mutant.module, {})
        for line, tests in lines.items():
            everywhere.update(tests)
            if mutant.lines[0] <= line <= mutant.lines[1]:
                reached.update(tests)
        found = [test for test in self.seconds if test in reached]
        if mutant.at_import or any(test.endswith("::" + _HEAD) for test in reached):
            loading = [test for test in self.seconds if mutant.module in self.loads.get(test.split("::")[0], ())]
            found = [test for test in loading if test in everywhere] + [test for test in loading if test not in everywhere]
        return found


def reach(place: Place, slow: tuple, kept: pathlib.Path | None = None) -> Reach:
    """Run every test but the `slow` ones (beginnings of names) once and note what it reaches.  Raises TestsFail.

    `kept` is a file that keeps the result for the next time; it is used while sources and tests are the same.
    """
    print_of = _fingerprint(place)
    if kept and kept.is_file():
        known = json.loads(kept.read_text())
        if known.pop("of", "") == print_of:
            return Reach(**known)
    answer = json.loads(_forked(lambda: json.dumps(_measure(place, slow)))[0] or '{"failed": "the tests"}')
    if "failed" in answer:
        raise TestsFail(answer["failed"])
    answer["loads"] = {
        path.name: json.loads(_forked(lambda: json.dumps(_loaded(place, path.name)))[0])
        for path in sorted(place.tests.glob(place.files))
    }
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        new = kept.with_suffix(".new")
        new.write_text(json.dumps({"of": print_of, **answer}))
        new.replace(kept)
    return Reach(**answer)


def attempt(place: Place, mutant: Mutant | None, tests: list, seconds: dict) -> tuple:
    """(KILLED, TIMED_OUT or SURVIVED, the test that noticed or ""), for `tests` in this order."""
    said, status = _forked(lambda: _first_failure(place, mutant, tests, seconds))
    if os.WIFSIGNALED(status):
        return (TIMED_OUT if os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM) else KILLED), ""
    if said == "ok":
        return SURVIVED, ""
    return KILLED, said


def tests_of(place: Place, beginnings: tuple) -> list:
    """The tests whose names begin so, found without loading them."""
    found = []
    for path in sorted(place.tests.glob(place.files)):
        names = [line[4 : line.index("(")] for line in path.read_text().splitlines() if line.startswith("def test_")]
        found += [path.name + "::" + name for name in names if name.startswith(beginnings)]
    return found


def _fingerprint(place: Place) -> str:
    digest = hashlib.sha256()
    for folder in (place.root, place.tests):
        for path in sorted(folder.rglob("*.py")):
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def _forked(work) -> tuple:
    """(what `work` returns in a child, "" when it raises; wait status of the child)."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            null = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            said = work().encode()
            while said:
                said = said[os.write(writing, said) :]
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as told:
        said = told.read()
    return said, os.waitpid(child, 0)[1]


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module from changed source."""

    def __init__(self, name: str, code):
        self._name, self._code = name, code

    def find_spec(self, fullname: str, path, target=None):
        return importlib.util.spec_from_loader(fullname, self) if fullname == self._name else None

    def exec_module(self, module) -> None:
        exec(self._code, module.__dict__)


def _fresh(place: Place) -> None:
    """As a new interpreter that has loaded neither sources nor tests; other finders (pytest's, editable installs') go."""
    mine = place.path()
    for name, module in list(sys.modules.items()):
        if any((getattr(module, "__file__", None) or "").startswith(folder + os.sep) for folder in mine):
            if not name.startswith(("campaigns", "__main__")):
                del sys.modules[name]
    sys.path[:0] = mine
    sys.meta_path[:] = [finder for finder in sys.meta_path if isinstance(finder, type) and "frozen" in finder.__module__]
    importlib.invalidate_caches()


def _functions(module) -> list:
    return [(name, value) for name, value in vars(module).items() if name.startswith("test_") and callable(value)]


def _measure(place: Place, slow: tuple) -> dict:
    _fresh(place)
    tracer = coverage.Coverage(data_file=None, config_file=False, include=[str(place.root) + "/*"])
    tracer.start()
    seconds = {}
    for path in sorted(place.tests.glob(place.files)):
        tracer.switch_context(path.name + "::" + _HEAD)
        module = importlib.import_module(path.stem)
        for name, function in _functions(module):
            if name.startswith(slow):
                continue
            test = path.name + "::" + name
            tracer.switch_context(test)
            began = time.process_time()
            try:
                function()
            except Exception as error:
                return {"failed": "%s: %s: %s" % (test, type(error).__name__, error)}
            seconds[test] = time.process_time() - began
    tracer.stop()
    data = tracer.get_data()
    lines = {}
    for file in data.measured_files():
        name = pathlib.Path(file).relative_to(place.root).as_posix()
        lines[name] = {line: sorted(tests) for line, tests in data.contexts_by_lineno(file).items()}
    return {"seconds": seconds, "lines": lines}


def _loaded(place: Place, test_file: str) -> list:
    _fresh(place)
    importlib.import_module(test_file[:-3])
    root = str(place.root) + os.sep
    files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
    return sorted(path[len(root) :] for path in files if path.startswith(root))


def _first_failure(place: Place, mutant: Mutant | None, tests: list, seconds: dict) -> str:
    """The first of `tests` that fails, or "ok"."""
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    _fresh(place)
    if mutant:
        path = str(place.root / mutant.module)
        code = compile(mutant.source(pathlib.Path(path).read_text()), path, "exec")
        sys.meta_path.insert(0, _Changed(place.name_of(mutant.module), code))
    for test in tests:
        signal.setitimer(signal.ITIMER_PROF, _CPU_S + _TIMES * seconds.get(test, _WALL_S / _TIMES))
        signal.alarm(_WALL_S * 2)
        file, name = test.split("::")
        try:
            getattr(importlib.import_module(file[:-3]), name)()
        except BaseException:
            return test
    return "ok"
