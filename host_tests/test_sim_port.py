"""The simulator's stand-ins for what is too slow to be run as it is do what the firmware's own does."""

import random

import pytest

from sim import cipher
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
