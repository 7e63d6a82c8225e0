"""The model of two application slots, against the table of states in the ESP-IDF programming guide, "App Rollback"."""

import json
import os
import sys

from chips import slots
from chips.slots import Slots


def _folder(test: str) -> str:
    """One of its own for each test on each interpreter: they may run at the same time."""
    return "slots-%s-%s" % (test, sys.implementation.name)


def _otadata(folder: str, boot: str, one: str, other: str) -> str:
    """The folder, with this otadata in it."""
    try:
        os.mkdir(folder)
    except OSError:
        pass  # of the case before
    with open(folder + "/slots.json", "w") as file:
        json.dump({"boot": boot, "states": {"ota_0": one, "ota_1": other}}, file)
    return folder


def _away(folder: str) -> None:
    os.remove(folder + "/slots.json")
    os.rmdir(folder)


def test_which_image_is_started():
    for boot, one, other, running, then in (
        ("ota_0", "undefined", "undefined", "ota_0", ("undefined", "undefined")),
        ("ota_1", "valid", "new", "ota_1", ("valid", "pending-verify")),
        ("ota_1", "valid", "pending-verify", "ota_0", ("valid", "aborted")),
        ("ota_1", "valid", "aborted", "ota_0", ("valid", "aborted")),
        ("ota_1", "valid", "invalid", "ota_0", ("valid", "invalid")),
        ("ota_1", "valid", "valid", "ota_1", ("valid", "valid")),
        ("ota_0", "new", "undefined", "ota_0", ("pending-verify", "undefined")),
        ("ota_0", "pending-verify", "undefined", "ota_1", ("aborted", "undefined")),
    ):
        found = Slots(_otadata(_folder("start"), boot, one, other))
        assert (found.running, (found.states["ota_0"], found.states["ota_1"])) == (running, then), (boot, one, other)
    _away(_folder("start"))


def test_what_is_chosen_is_started_once_and_stays_when_it_says_that_it_works():
    folder = _otadata(_folder("chosen"), "ota_0", "valid", "undefined")
    first = Slots(folder)
    first.choose(first.next_of(first.running))
    assert first.running == "ota_0"  # until the next start
    second = Slots(folder)
    assert (second.running, second.states["ota_1"]) == ("ota_1", slots.PENDING)
    assert second.works() and Slots(folder).running == "ota_1"
    third = Slots(folder)
    third.choose("ota_0")
    assert Slots(folder).running == "ota_0"
    assert Slots(folder).running == "ota_1"  # the one chosen last never said so
    _away(folder)


def test_otadata_that_was_never_written_keeps_nothing():
    folder = _folder("blank")
    os.mkdir(folder)
    found = Slots(folder)
    assert found.running == "ota_0" and not found.works() and os.listdir(folder) == []
    os.rmdir(folder)
