"""The NVS model: the port's errors, and that only a commit is durable."""

import os
import sys

from expect import raises

from chips import cut as cuts
from chips.nvs import NvsNamespace

FOLDER = "."
# Of each test and interpreter its own: they may run at the same time.
VALUES, COMMITS = ["%s-%s" % (test, sys.implementation.name[:9]) for test in ("v", "c")]


class Cut(Exception):
    pass


def cut_now():
    raise Cut


def tidy(namespace):
    path = FOLDER + "/nvs-" + namespace + ".json"
    for name in (path, path + ".new"):
        try:
            os.remove(name)
        except OSError as error:
            assert error.errno == 2


def test_values_and_errors():
    tidy(VALUES)
    nvs = NvsNamespace(FOLDER, VALUES)
    buffer = bytearray(4)
    assert raises(OSError, nvs.get_blob, "key", buffer).args[0] == -0x1102
    assert raises(OSError, nvs.get_i32, "key").args[0] == -0x1102
    assert raises(OSError, nvs.erase_key, "key").args[0] == -0x1102
    nvs.set_blob("key", b"\x01\x02\x03")
    nvs.set_i32("number", -5)
    assert nvs.get_blob("key", buffer) == 3 and bytes(buffer) == b"\x01\x02\x03\x00"
    assert nvs.get_i32("number") == -5
    assert raises(OSError, nvs.get_i32, "key").args[0] == -0x1102
    assert raises(OSError, nvs.get_blob, "key", bytearray(2)).args[0] == -0x110C
    assert raises(OSError, nvs.set_i32, "a-name-of-16-char", 1).args[0] == -0x1109
    raises(OverflowError, nvs.set_i32, "number", 1 << 31)
    assert raises(OSError, NvsNamespace, FOLDER, "").args[0] == -0x1106
    tidy(VALUES)


def test_only_a_commit_is_durable_and_it_is_whole():
    tidy(COMMITS)
    cut = cuts.Cut()
    nvs = NvsNamespace(FOLDER, COMMITS, cut, cut_now)
    nvs.set_i32("a", 1)
    nvs.commit()
    for how, seen in ((cuts.BEFORE, 1), (cuts.TORN, 1), (cuts.AFTER, 2)):
        nvs = NvsNamespace(FOLDER, COMMITS, cut, cut_now)
        nvs.set_i32("a", 2)
        assert NvsNamespace(FOLDER, COMMITS).get_i32("a") == 1
        cut.arm(cuts.WRITE, 1, how)
        raises(Cut, nvs.commit)
        assert NvsNamespace(FOLDER, COMMITS).get_i32("a") == seen
    tidy(COMMITS)
