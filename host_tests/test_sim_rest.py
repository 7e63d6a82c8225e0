"""What must lie nowhere in the clear (sim.rest): a block is searched for each secret once, whenever either became known."""

import types
from typing import Any

from sim.rest import Rest

_PAN, _OTHER = "4761739001010010", "5413330089020011"
_BLANK = b"\xff" * 4096


def _block(data: bytes) -> bytes:
    return data.ljust(4096, b"\xff")


def _sent(pan: str, pin_block: "bytes | None" = None) -> Any:
    return types.SimpleNamespace(text=lambda number: pan if number == 2 else "", fields={52: pin_block} if pin_block else {})


def test_a_secret_is_found_once_in_the_block_that_holds_it() -> None:
    rest = Rest([("TMK", bytes(range(16)))])
    rest.sent(_sent(_PAN))
    blocks = [_block(b"nothing here"), _block(b"..." + bytes.fromhex(_PAN)), _BLANK]
    assert rest.on_flash(blocks) == ["PAN (BCD, shifted 0)"]
    assert rest.on_flash(blocks) == [], "it has been told"
    assert rest.on_flash([*blocks, _block(bytes(range(8, 16)))]) == ["TMK 0809…"]


def test_what_becomes_known_later_is_looked_for_in_what_was_there_before() -> None:
    rest = Rest([])
    block = _block(b"card " + _OTHER.encode() + b" and " + bytes(range(7, 15)))
    assert rest.on_flash([block]) == []
    rest.sent(_sent(_PAN))
    assert rest.on_flash([block]) == []
    rest.sent(_sent(_OTHER, bytes(range(7, 15))))
    assert sorted(rest.on_flash([block])) == ["PAN", "PIN block 0708…"]
    rest.keys((bytes(range(20, 28)), None))
    assert rest.on_flash([block, _block(bytes(range(20, 28)))]) == ["PIK 1415…"]


def test_a_card_that_is_not_the_newest_counts() -> None:
    rest = Rest([])
    for pan in _PAN, _OTHER:
        rest.sent(_sent(pan))
    assert rest.in_words(f"to {_PAN}") == ["PAN"] and rest.on_flash([_block(bytes.fromhex(_PAN))]) == ["PAN (BCD, shifted 0)"]


def test_digits_of_a_key_in_either_case_are_its_digits() -> None:
    rest = Rest([("TMK", bytes(range(0xA0, 0xA8)))])
    assert rest.in_words("key A0A1A2A3A4A5A6A7.") == rest.in_words("key a0a1a2a3a4a5a6a7.") == ["TMK a0a1… in hex"]
    assert rest.in_words("A0A1A2A3") == []
