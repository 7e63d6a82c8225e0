"""What went wrong on the way to the host, in words, with the numbers of the ESP32 port (the bench's `errno` has them)."""

import sys
from errno import ECONNABORTED, EHOSTUNREACH, ETIMEDOUT

sys.path.append("../../firmware")

from taptill.adapters.linkwords import kind, words
from taptill.core.errors import LinkDown


def test_f_e6_the_ports_own_numbers_have_words():
    assert (ETIMEDOUT, EHOSTUNREACH, ECONNABORTED) == (116, 118, 113)
    for number, wanted in (
        (116, "no answer"), (118, "no route"), (113, "connection broken off"), (104, "connection reset"),
        (111, "connection refused"), (128, "not connected"), (12, "no memory"), (114, "no route"),
        (-202, "name cannot be resolved"), (-2, "name cannot be resolved"), (-203, "no memory for the name"),
        (-29312, "connection closed"), (-0x2700, "certificate refused"), (-0x7200, "not a TLS host"),
        (-0x7780, "TLS refused by the host"), (-0x7F00, "no memory for TLS"), (-0x28EA, "no memory for TLS"),
        (-104, "connection reset"), (-113, "connection broken off"),
    ):  # fmt: skip
        assert words(OSError(number)) == wanted, number
    assert words(OSError(-0x7280, "SSL - The connection indicated an EOF")) == "connection closed"


def test_f_e6_a_number_that_nobody_knows_says_which_layer_it_is_of():
    assert words(OSError(77)) == words(OSError(-77)) == "network error 77"
    assert words(OSError(-210)) == "name look-up error -210"
    assert words(OSError(-0x7080)) == "TLS error -0x7080"


def test_what_has_no_number():
    assert words(EOFError()) == "connection closed" and words(MemoryError("allocating 16k")) == "no memory"
    assert words(OSError("answer of 9000 bytes, at most 2048 are taken")).startswith("answer of 9000")
    assert words(ValueError("The certificate validity has expired\n")) == "certificate has expired"
    assert words(ValueError("invalid cert")) == "invalid cert" and words(OSError()) == "closed"


def test_f_e11_a_refused_certificate_is_no_missing_network():
    early, late = "The certificate validity starts in the future\n", "The certificate validity has expired\n"
    other = "The certificate is not correctly signed by the trusted CA\n"
    assert kind(ValueError(early)) == LinkDown.EARLY
    for text in (late, other, other + early, "invalid cert"):
        assert kind(ValueError(text)) == LinkDown.CERTIFICATE
    assert kind(OSError(-0x2700)) == LinkDown.CERTIFICATE
    for error in (OSError(104), OSError(-0x7280), OSError(-0x2880), OSError(-2), MemoryError(), OSError("text")):
        assert kind(error) == LinkDown.LINK
