"""The simulator's stand-ins for what is too slow to be run as it is do what the firmware's own does."""

import importlib
import random
import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sim import cipher, quick
from taptill.core import mac
from taptill.core.des import Des
from taptill.core.errors import KeyError_


@pytest.mark.parametrize("size", [8, 16])
def test_des_of_the_simulation_is_the_firmware_s(size: int) -> None:
    chance = random.Random(size)
    for _ in range(20):
        key, block = chance.randbytes(size), chance.randbytes(8)
        own, other = Des(key), cipher.Des(key)
        for name in ("encrypt", "encrypt_once", "decrypt"):
            assert getattr(own, name)(block) == getattr(other, name)(block), name
        assert own.double == other.double
    assert not cipher.Des(bytes(range(8)) * 2).double and not Des(bytes(range(8)) * 2).double


def test_what_it_refuses_is_refused_here_too() -> None:
    for kind in (Des, cipher.Des):
        with pytest.raises(KeyError_, match="not 24"):
            kind(bytes(24))
        with pytest.raises(ValueError, match="8 bytes"):
            kind(bytes(8)).encrypt(bytes(7))


def test_a_library_says_what_the_firmware_s_own_function_says() -> None:
    chance = random.Random(3)
    own: dict[tuple[str, str], Any] = {  # of this process, where nobody has put anything else into their place
        (module, name): getattr(importlib.import_module(f"taptill.{module}"), name)
        for (module, name), library in quick.INSTEAD.items()
        if library is not None
    }
    for _ in range(2000):
        moment = chance.randrange(1 << 32)
        key, data = chance.randbytes(chance.randint(1, 64)), chance.randbytes(chance.randrange(300))
        date = own["core.calendar", "civil"](moment)
        given = {"civil": (moment,), "seconds": date, "hmac_sha256": (key, data)}
        for (module, name), function in own.items():
            if name == "retail_mac":
                continue  # its key is another object in the two
            library = quick.INSTEAD[module, name]
            assert library is not None and library(*given[name]) == function(*given[name]), (name, given[name])
    assert len(own) == 4


@pytest.mark.parametrize("size", [*range(26), 300])
def test_a_library_s_retail_mac_is_the_firmware_s_own(size: int) -> None:
    chance = random.Random(size)
    key, data = chance.randbytes(16), chance.randbytes(size)
    library = quick.INSTEAD["core.mac", "retail_mac"]
    assert library is not None and library(cipher.Des(key), memoryview(data)) == mac.retail_mac(Des(key), data)


def test_what_a_library_has_not_is_left_to_the_firmware() -> None:
    civil = importlib.import_module("taptill.core.calendar").civil
    asked = quick.unless_traced(civil, quick.INSTEAD["core.calendar", "civil"])
    assert asked(-1) == civil(-1)


def test_while_lines_are_counted_the_firmware_s_own_function_runs() -> None:
    asked = quick.unless_traced(lambda: "own", lambda: "quick")
    assert asked() == "quick"
    sys.settrace(lambda frame, event, argument: None)
    try:
        counted = asked()
    finally:
        sys.settrace(None)
    assert counted == "own" and asked() == "quick"


@pytest.mark.parametrize("size", [16, 32])
def test_aes_of_the_simulation_is_the_library_s(size: int) -> None:
    chance = random.Random(size)
    for _ in range(20):
        key, iv, data = chance.randbytes(size), chance.randbytes(16), chance.randbytes(16 * chance.randint(1, 8))
        for mode, made in ((1, modes.ECB()), (2, modes.CBC(iv))):
            library = Cipher(algorithms.AES(key), made)
            own = cipher.Aes(key, mode, iv if mode == 2 else None)
            assert own.encrypt(data) == library.encryptor().update(data)
            assert own.decrypt(data) == library.decryptor().update(data)


def test_aes_refuses_half_a_block() -> None:
    """It would stay in a context that others use."""
    for work in (cipher.Aes(bytes(16), 1).encrypt, cipher.Aes(bytes(16), 2, bytes(16)).decrypt):
        with pytest.raises(ValueError, match="blocks of 16 bytes, not on 17"):
            work(bytes(17))
