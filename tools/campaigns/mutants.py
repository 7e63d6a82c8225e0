"""`make mutants`: small changes of the core and the flows, one at a time; a change that no test notices is a missing test."""

import fnmatch
import gc
import json
import pathlib
import random
import time
import warnings

import click

from rig.failures import Failed

from . import mutant_trials as trials
from .mutant_harmless import Harmless
from .mutations import mutants

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_PLACE = trials.Place(
    _ROOT / "firmware" / "taptill", "taptill", _ROOT / "host_tests" / "portable", (_ROOT / "firmware", _ROOT / "tools")
)
_REACH = _ROOT / "build" / "mutants_reach.json"
_KEPT = _ROOT / "build" / "mutants.json"  # verdicts
_HARMLESS = _ROOT / "host_tests" / "data" / "mutants_harmless.txt"

_WHERE = ("core", "flows", "adapters/store.py", "adapters/counter.py", "adapters/journal.py", "adapters/intent.py")
_PASSED_OVER = (
    "core/profiles/*/response_codes.py",  # made by `make words`
    "core/build.py",  # made for each delivery
    "core/kinds.py",  # read by type checkers alone
)
_SLOW = ("test_power_cut", "test_f_m1_only_00")  # seconds each; asked last, and only about what they are made for
_TICK_S = 10
_SLOW_FOR = ("flows/", "adapters/", "core/journal/")


@click.command("mutants")
@click.option("--module", "modules", multiple=True, help="Only this file or folder, e.g. core/tlv.py; may be repeated.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N of the mutants, chosen by chance.")
@click.option("--seed", type=int, help="Of that chance; printed, and a new one by default.")
@click.option("--survivors", "again", is_flag=True, help="Try again what survived the last time; take the others as they were.")
@click.option(
    "--tests", "files", metavar="PATTERN", help="Only these files of the portable tests, e.g. test_emv_*.py; more survive."
)
@click.option("--quick", is_flag=True, help="Without the slow tests: more survive, in a fraction of the time.")
def command(modules, sample, seed, again, files, quick) -> None:
    """Change the core, the flows and the store a little, one change at a time, and see whether a portable test fails.

    The last line is "mutants: N, killed: K, timed out: T, survived: S, harmless: H, score: P %".
    """
    warnings.simplefilter("ignore")  # what a mutant's syntax is warned of is meant
    names = [name for name in _names() if not modules or name.startswith(tuple(modules))]
    if not names:
        raise click.UsageError("--module: there is no such file")
    if files and not list(_PLACE.tests.glob(files)):
        raise click.UsageError("--tests: there is no such file")
    chosen = numbered([mutant for name in names for mutant in mutants(_PLACE.root, name)])
    if sample and sample < len(chosen):
        seed = random.randrange(1 << 32) if seed is None else seed
        chosen = dict(random.Random(seed).sample(list(chosen.items()), sample))
        click.echo("sample of %d, seed %d" % (sample, seed))
    passing = sample or files  # nothing of it is kept
    known = _known()
    verdicts = {key: known[key] for key in chosen if again and known.get(key, trials.SURVIVED) != trials.SURVIVED}
    try:
        Campaign(files, quick).play(chosen, verdicts, lambda: None if passing else _keep(known, verdicts))
    except trials.TestsFail as error:
        raise Failed("without a mutation: %s" % error) from None
    if not passing:
        _keep(known, verdicts)
    report(chosen, verdicts, Harmless(_HARMLESS.read_text()), [] if passing else names)


def numbered(found: list) -> dict:
    """{key: mutant}; the key is Mutant.key() and a number, for a line that is twice in a function."""
    times: dict = {}
    keyed = {}
    for mutant in found:
        times[mutant.key()] = times.get(mutant.key(), 0) + 1
        keyed[mutant.key() + (times[mutant.key()],)] = mutant
    return keyed


class Campaign:
    """Tries mutants; remembers which test noticed the last one of a function, because it will notice the next."""

    def __init__(self, files: str | None, quick: bool):
        self._place = _PLACE._replace(files=files) if files else _PLACE
        self._reach = trials.reach(self._place, _SLOW, None if files else _REACH)
        self._slow = [] if quick else trials.tests_of(self._place, _SLOW)
        self._noticed: dict = {}

    def play(self, chosen: dict, verdicts: dict, keep) -> None:
        """Give every one of `chosen` that has none its verdict; `keep` is called now and then."""
        gc.collect()
        gc.freeze()  # children share this memory
        began = shown = time.monotonic()
        for count, (key, mutant) in enumerate(chosen.items()):
            if key not in verdicts:
                verdicts[key] = self._try(mutant)
            if time.monotonic() - shown > _TICK_S:
                shown = time.monotonic()
                click.echo("%d of %d, %.0f s" % (count, len(chosen), shown - began), err=True)
                keep()

    def _try(self, mutant) -> str:
        tests = self._reach.of(mutant)
        function = (mutant.module, mutant.function)
        first = [test for test in self._noticed.get(function, ()) if test in tests]
        tests = first + [test for test in tests if test not in first]
        if mutant.module.startswith(_SLOW_FOR):
            tests = tests + self._slow
        if not tests:
            return trials.SURVIVED
        verdict, by = trials.attempt(self._place, mutant, tests, self._reach.seconds)
        if by and by not in self._slow:
            self._noticed[function] = [by] + [test for test in first if test != by][:2]
        return verdict


def _names() -> list:
    found = []
    for where in _WHERE:
        path = _PLACE.root / where
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        found += [file.relative_to(_PLACE.root).as_posix() for file in files]
    return [name for name in found if not any(fnmatch.fnmatch(name, pattern) for pattern in _PASSED_OVER)]


def _known() -> dict:
    return {tuple(key): verdict for *key, verdict in json.loads(_KEPT.read_text())} if _KEPT.is_file() else {}


def _keep(known: dict, verdicts: dict) -> None:
    known.update(verdicts)
    _KEPT.parent.mkdir(parents=True, exist_ok=True)
    _KEPT.write_text(json.dumps([[*key, verdict] for key, verdict in known.items()], indent=0))


def report(chosen: dict, verdicts: dict, harmless: Harmless, whole: list) -> None:
    """Survivors, a line a module, and the total.  `whole`: the modules of which every mutant was tried."""
    counts: dict = {}
    for key, mutant in chosen.items():
        verdict = verdicts[key]
        if verdict == trials.SURVIVED and harmless.knows(mutant):
            verdict = "harmless"
        elif verdict == trials.SURVIVED:
            place = "%s:%d %s" % (mutant.module, mutant.line, mutant.function)
            click.echo("%s\n- %s\n+ %s" % (place.rstrip(), mutant.before, mutant.after))
        for name in (mutant.module, ""):
            row = counts.setdefault(name, {})
            row[verdict] = row.get(verdict, 0) + 1
    for text in harmless.stale(whole):
        click.echo("harmless, but no survivor is like it any more: " + text)
    total = counts.pop("", {})
    click.echo("%-28s%8s%8s%10s%10s%10s%8s" % ("module", "mutants", "killed", "timed out", "survived", "harmless", "score"))
    for name, row in sorted(counts.items()):
        click.echo("%-28s%8d%8d%10d%10d%10d%6.1f %%" % (name, sum(row.values()), *_figures(row)))
    click.echo(
        "mutants: %d, killed: %d, timed out: %d, survived: %d, harmless: %d, score: %.1f %%"
        % (sum(total.values()), *_figures(total))
    )


def _figures(row: dict) -> tuple:
    killed, late, survived, harmless = (row.get(name, 0) for name in ("killed", "timed out", "survived", "harmless"))
    return killed, late, survived, harmless, 100.0 * (killed + late) / max(1, killed + late + survived)


if __name__ == "__main__":
    command()
