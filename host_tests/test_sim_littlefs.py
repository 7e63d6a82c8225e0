"""LittleFS on the simulator's flash: the firmware's Folder and Blocks on it, every cut, dead lives, MicroPython's LittleFS."""

import itertools
import json
import pathlib
import random
import subprocess
import sys
import types
from typing import Any

import files_workload
import pytest

from rig.interpreter import micropython
from sim import littlefs_device, tears
from sim.littlefs import FileSystem, booted
from sim.littlefs_device import Endless
from sim.nor import BLOCK, Lost, Nor, PowerCut
from taptill.core.errors import StoreError

HERE = pathlib.Path(__file__).resolve().parent
_BLOCKS = 24


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Any:
    """files(system): the firmware's Folder /data on a mounted FileSystem; nothing of it is changed but `os` and `open`."""
    from taptill.adapters import files as module

    def on(system: FileSystem) -> Any:
        monkeypatch.setattr(module, "os", system)
        monkeypatch.setattr(module, "open", system.open, raising=False)
        return module.Folder("/data")

    return on


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The firmware's Blocks."""
    monkeypatch.setitem(sys.modules, "vfs", types.ModuleType("vfs"))
    from taptill.adapters.blocks import Blocks

    return Blocks


# -- the face of MicroPython's os and open


def test_what_os_and_open_answer() -> None:
    seconds = 1_000_000_000
    system = booted(Nor(_BLOCKS), now=lambda: seconds * 10**9 + 5)
    system.mkdir("/data")
    with system.open("/data/a", "wb") as file:
        assert file.write(b"0123") == 4 and file.write("45") == 2
        assert system.stat("/data/a")[6] == 0, "nothing stands there before the file is closed or flushed"
        file.flush()
        assert system.stat("/data/a")[6] == 6
    with system.open("/data/a", "rb") as file:
        assert file.seek(0, 2) == 6 and file.seek(1) == 1 and file.read(2) == b"12" and file.tell() == 3
        assert file.read() == b"345" and file.read(5) == b""
        buffer = bytearray(4)
        assert file.seek(4) == 4 and file.readinto(buffer) == 2 and buffer == b"45\0\0"
    with system.open("/data/a", "ab") as file:
        file.write(bytearray(b"6"))
    with system.open("/data/a") as text:
        assert text.read() == "0123456"
    with system.open("/data/a", "r+b") as file:
        assert file.read(1) == b"0" and file.write(b"X") == 1
    assert list(system.ilistdir("/data")) == [("a", 0x8000, 0, 7)]
    assert list(system.ilistdir("/")) == [("data", 0x4000, 0, 0)]
    assert system.stat("/data/a") == (0x8000, 0, 0, 0, 0, 0, 7, seconds, seconds, seconds)
    assert system.stat("/data") == (0x4000, *[0] * 9)
    free = _BLOCKS - 6  # the two blocks of a folder count twice: it has them, and so has the entry that names it
    assert system.statvfs("/") == (BLOCK, BLOCK, _BLOCKS, free, free, 0, 0, 0, 0, 255) and len(set(system.used())) == 4
    system.rename("/data/a", "/b")
    system.remove("/b")
    assert list(system.ilistdir("/data")) == [] and system.opened == 0


def test_what_cannot_be_done_is_an_oserror_with_its_number() -> None:
    system = booted(Nor(_BLOCKS))
    system.mkdir("/data")
    with system.open("/data/a", "wb") as file:
        file.write(b"a")
    for number, done in (
        (2, lambda: system.open("/none")),
        (2, lambda: system.remove("/none")),
        (2, lambda: system.stat("/none/a")),
        (17, lambda: system.mkdir("/data")),
        (17, lambda: system.open("/data/a", "xb")),
        (36, lambda: system.open("/" + 256 * "n", "wb")),
        (39, lambda: system.rmdir("/data")),
        (21, lambda: system.open("/data", "rb")),
        (20, lambda: system.ilistdir("/data/a")),
        (9, lambda: system.open("/data/a", "wb").read()),
        (9, lambda: system.open("/data/a", "rb").write(b"a")),
    ):
        with pytest.raises(OSError) as told:
            done()
        assert told.value.errno == number
    with pytest.raises(ValueError, match="no such mode: rw"):
        system.open("/data/a", "rw")
    with pytest.raises(ValueError, match="closed"):
        file.write(b"more")
    file.close()


def test_a_full_flash_says_28_or_36_and_keeps_the_old_content(files: Any) -> None:
    folder = files(booted(Nor(12)))
    folder.begin()
    folder.write("kept", b"old" * 100)
    with pytest.raises(StoreError, match="flash is full"):
        for number in itertools.count():
            folder.write("file" + str(number), bytes(3000))
    with pytest.raises(StoreError):
        folder.write("kept", b"new" * 3000)
    assert folder.read("kept") == b"old" * 100
    numbers = set()
    for name in ("/data/kept", "/data/another"):
        with pytest.raises(OSError) as told:
            with folder_system(folder).open(name, "wb") as file:
                file.write(bytes(9000))
        numbers.add(told.value.errno)
    assert numbers <= {28, 36}


def folder_system(folder: Any) -> FileSystem:
    return sys.modules[type(folder).__module__].os


def test_a_flash_that_is_no_file_system_is_made_one_only_when_it_is_empty() -> None:
    nor = Nor(_BLOCKS, seed=1)
    assert list(booted(nor).ilistdir("/")) == []
    nor.blocks[0] = nor.blocks[1] = bytes(BLOCK)
    with pytest.raises(OSError):
        booted(nor)
    assert nor.blocks[0] == bytes(BLOCK)


# -- cuts


def _prepared(files: Any) -> Nor:
    nor = Nor(_BLOCKS)
    folder = files(booted(nor))
    folder.begin()
    folder.write("state", b"old")
    folder.write("long", b"o" * 700)
    nor.power_off()
    return nor


def _content(files: Any, nor: Nor) -> tuple:
    folder = files(FileSystem(nor))
    return tuple(folder.read(name) for name in ("state", "long"))


def _change(folder: Any) -> None:
    folder.write("state", b"new")
    folder.write("long", b"n" * 900)
    folder.rename("long", "other")
    folder.rename("other", "long")


_STATES = ((b"old", b"o" * 700), (b"new", b"o" * 700), (b"new", b"n" * 900), (b"new", None))


@pytest.mark.parametrize("volatile", [False, True], ids=["at once", "cached"])
def test_every_cut_at_every_operation_leaves_old_or_new(files: Any, volatile: bool) -> None:
    nor = _prepared(files)
    nor.volatile = volatile
    start = nor.snapshot()
    found: dict[int, set] = {}
    for n in itertools.count(1):
        asked: list[tears.Op] = []
        nor.restore(start)
        folder = files(FileSystem(nor))
        nor.arm(n, lambda op: asked.append(op))
        _change(folder)
        if not asked:
            break
        nor.restore(start)
        FileSystem(nor)
        reached = _until(files, nor, n)
        for tear in tears.ways(asked[0], reached.blocks[asked[0].block], volatile=volatile):
            nor.restore(start)
            folder = files(FileSystem(nor))
            nor.arm(n, tear)
            with pytest.raises(PowerCut):
                _change(folder)
            with pytest.raises(PowerCut):
                folder.read("state")
            content = _content(files, nor)
            assert content in _STATES, (n, tear)
            found.setdefault(_STATES.index(content), set()).add(n)
            assert files(FileSystem(nor)).write("state", b"on") is None and _content(files, nor)[0] == b"on", (n, tear)
    assert n > 10 and set(found) == {0, 1, 2, 3}
    assert max(found[0]) <= min(found[2]), "what was done later is not there before"


def _until(files: Any, nor: Nor, n: int) -> Any:
    """What the flash holds just before the `n`-th operation of the change."""
    folder = files(FileSystem(nor))
    nor.arm(n, tears.Tear(tears.BEFORE))
    with pytest.raises(PowerCut):
        _change(folder)
    return nor.snapshot()


def test_a_dead_life_writes_nothing_however_its_files_end(files: Any) -> None:
    nor = _prepared(files)
    system = FileSystem(nor)
    left = [system.open("/data/state", "wb"), system.open("/data/new", "wb")]
    for file in left:
        file.write(b"never")
    entries = system.ilistdir("/data")
    next(entries)
    alive = FileSystem(nor)
    before, operations = nor.image(), nor.operations
    for done in (
        left[0].close,
        left[1].flush,
        lambda: left[1].write(b"x"),
        lambda: system.remove("/data/long"),
        lambda: list(entries),
    ):
        with pytest.raises(PowerCut):
            done()
    left.clear()
    del file
    assert nor.image() == before and nor.operations == operations
    assert next(alive.ilistdir("/data"))[0] == "long"
    assert _content(files, nor) == _STATES[0]


def test_what_a_hook_raises_comes_out_of_the_call(files: Any) -> None:
    nor = _prepared(files)
    folder = files(FileSystem(nor))

    def before(*what: object) -> None:
        raise LookupError("heard")

    nor.before = before
    with pytest.raises(LookupError, match="heard"):
        folder.write("state", b"new")


# -- bad flash, with what the firmware has against it


def test_f_m10_the_firmware_s_blocks_try_three_times_then_close(files: Any, blocks: Any) -> None:
    """F-M10 on this flash too: a read that failed twice is no error; a write that fails for good closes the flash."""
    nor = _prepared(files)
    system = FileSystem(nor, blocks)
    folder = files(system)
    for block in system.used():
        nor.unreadable(block, 2)
    assert folder.read("long") == b"o" * 700 and not system.blocks.closed
    nor.heal()
    nor.worn = dict.fromkeys(range(_BLOCKS), "fails")
    operations = nor.operations
    with pytest.raises(StoreError, match="flash refused it, error 5"):
        folder.write("state", b"new")
    assert nor.operations == operations + 3 and system.blocks.closed
    nor.heal()
    with pytest.raises(StoreError):
        folder.write("state", b"new")
    assert nor.operations == operations + 3, "nothing is written before the next start"
    assert _content(files, nor) == _STATES[0]


@pytest.mark.parametrize("guarded", [True, False])
def test_a_read_that_fails_reaches_littlefs_as_a_number(files: Any, blocks: Any, guarded: bool) -> None:
    nor = _prepared(files)
    system = FileSystem(nor, blocks if guarded else None)
    folder = files(system)
    for block in system.used():
        nor.unreadable(block)
    with pytest.raises(StoreError, match="cannot be read, error 5"):
        folder.read("long")
    with pytest.raises(OSError) as told:
        FileSystem(nor, blocks if guarded else None)
    assert told.value.errno == 5


def test_a_worn_block_is_left_and_a_deaf_one_too(files: Any) -> None:
    """LittleFS reads back what it writes: the block that did not take it is not used."""
    for how in ("fails", "deaf"):
        nor = _prepared(files)
        free = sorted(set(range(_BLOCKS)) - set(FileSystem(nor).used()))
        nor.worn = dict.fromkeys(free[::2], how)
        folder = files(FileSystem(nor))
        if how == "fails":  # an error of the device is passed on
            with pytest.raises(StoreError):
                for turn in range(20):
                    folder.write("long", b"%01000d" % turn)
            continue
        for turn in range(20):
            folder.write("long", b"%01000d" % turn)
        assert folder.read("long") == b"%01000d" % 19
        assert not set(FileSystem(nor).used()) & set(nor.worn)


def test_a_lost_program_is_noticed(files: Any) -> None:
    nor = _prepared(files)
    folder = files(FileSystem(nor))
    nor.arm(1, Lost())
    folder.write("state", b"new")
    assert _content(files, nor)[0] == b"new"


def test_a_call_that_reads_for_ever_ends(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever LittleFS follows on a spoilt flash: no history waits for it."""
    for fine in (False, True):
        nor = _prepared(files)
        folder = files(FileSystem(nor, fine=fine))
        monkeypatch.setattr(littlefs_device, "_MOST_READS", 2)
        with pytest.raises(Endless, match="one call has read 2 times"):
            folder.read("long")
        monkeypatch.undo()


def _at_random(folder: Any, chance: random.Random) -> None:
    """A hundred acts on five files of up to three blocks."""
    folder.begin()
    inner = folder.inner("in")
    inner.ensure()
    for _ in range(100):
        where, name, other = chance.choice((folder, inner)), "f%d" % chance.randrange(5), "f%d" % chance.randrange(5)
        data = chance.randbytes(chance.choice((5, 100, 127, 128, 129, 600, 9000)))
        act = chance.randrange(6)
        there = where.size(name) >= 0
        if act == 0 and there:
            where.remove(name)
        elif act == 1 and there:
            where.rename(name, other)
        elif act == 2 and where.size(name) < 12000:
            where.append(name, data)
        elif act == 3 and there:
            assert len(where.read(name, 100_000)) == where.size(name)
        else:
            where.write(name, data)


def _not_fitting(coarse: list, fine: list) -> list[tuple]:
    """What the port's small caches program more: the beginning of commits that turn out not to fit into their block.

    After it the next block is begun.  Everything else has to be the same.
    """
    rest, more = iter(coarse), []
    wanted = next(rest, None)
    for done in fine:
        if done == wanted:
            wanted = next(rest, None)
        else:
            assert done[0] == "program" and wanted and wanted[0] == "erase" and wanted[1] != done[1], (done, wanted)
            more.append(done)
    assert wanted is None
    return more


@pytest.mark.parametrize("known", [None, 1662553004])  # in the second a commit does not fit
def test_reading_whole_blocks_changes_nothing_that_is_done_to_the_flash(files: Any, known: "int | None") -> None:
    seed = known or random.randrange(1 << 32)
    print("seed", seed)
    unfit = 0
    for turn in range(1 if known else 4):
        told: list[tuple[list, bytearray]] = []
        for fine in (False, True):
            nor, operations = Nor(64), []
            nor.before = lambda *what, operations=operations: operations.append(what)
            FileSystem(nor, new=True, fine=fine)
            _at_random(files(FileSystem(nor, fine=fine)), random.Random(seed + turn))
            told.append((operations, bytearray(nor.image())))
        (coarse, image), (operations, other) = told
        assert len(coarse) > 200
        more = _not_fitting(coarse, operations)
        unfit += len(more)
        for _, block, offset, size in more:  # what lies behind the last commit of a block is read by nobody
            place = slice(block * BLOCK + offset, block * BLOCK + offset + size)
            other[place] = image[place]
        assert image == other, turn
    assert unfit or not known


# -- and MicroPython's own


def _on_micropython(image: pathlib.Path, *more: str) -> dict:
    done = subprocess.run(
        [micropython(), "-X", "heapsize=3M", "files_workload.py", str(image), str(_BLOCKS), *more],
        cwd=HERE / "portable",
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_micropython_does_the_same_operations_and_each_reads_what_the_other_wrote(files: Any, tmp_path: pathlib.Path) -> None:
    theirs = _on_micropython(tmp_path / "theirs.img")
    nor = Nor(_BLOCKS)
    operations: list[list] = []

    def before(*what: Any) -> None:
        operations.append(list(what))

    nor.before = before
    FileSystem(nor, new=True)
    folder = files(FileSystem(nor))
    files_workload.work(folder, 60)
    assert len(operations) > 500 and operations == theirs["operations"]
    assert files_workload.told(folder) == theirs["files"] and len(theirs["files"]) > 5
    assert list(folder.space()) == theirs["space"] and theirs["faults"] == nor.overwrites == 0

    (tmp_path / "ours.img").write_bytes(nor.image())
    assert _on_micropython(tmp_path / "ours.img", "READ")["files"] == theirs["files"]
    folder = files(FileSystem(Nor(image=(tmp_path / "theirs.img").read_bytes())))
    assert files_workload.told(folder) == theirs["files"] and list(folder.space()) == theirs["space"]
