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


def test_f_m13_each_layer_has_its_kind_by_the_ports_own_numbers():
    """F-M13: names, routes, ports, silence, TLS, memory; F-E11: a refused certificate is no missing network."""
    for number, wanted in (
        (-202, LinkDown.NAME), (-200, LinkDown.NAME), (-204, LinkDown.NAME), (-2, LinkDown.NAME), (-210, LinkDown.NAME),
        (-203, LinkDown.MEMORY), (12, LinkDown.MEMORY), (105, LinkDown.MEMORY), (23, LinkDown.MEMORY), (16, LinkDown.MEMORY),
        (-0x2880, LinkDown.MEMORY), (-0x7F00, LinkDown.MEMORY), (118, LinkDown.ROUTE), (114, LinkDown.ROUTE),
        (115, LinkDown.ROUTE), (117, LinkDown.ROUTE), (-118, LinkDown.ROUTE), (111, LinkDown.REFUSED), (116, LinkDown.SILENT),
        (11, LinkDown.SILENT), (-0x6800, LinkDown.SILENT), (-0x7200, LinkDown.TLS), (-0x7280, LinkDown.TLS),
        (-0x7780, LinkDown.TLS), (-0x6E00, LinkDown.TLS), (-0x7080, LinkDown.TLS), (-0x2700, LinkDown.CERTIFICATE),
        (-0x2180, LinkDown.CERTIFICATE), (-0x7A00, LinkDown.CERTIFICATE), (104, LinkDown.LINK), (113, LinkDown.LINK),
        (77, LinkDown.LINK),
    ):  # fmt: skip
        assert kind(OSError(number)) == wanted, number
    assert kind(MemoryError()) == LinkDown.MEMORY and kind(OSError("text")) == LinkDown.LINK


def test_f_m13_what_mbedtls_says_of_a_certificate_has_its_kind():
    """F-M13: expired, not valid yet, another name, another CA; it may say several, and the gravest counts."""
    early, late = "The certificate validity starts in the future\n", "The certificate validity has expired\n"
    other = "The certificate is not correctly signed by the trusted CA\n"
    name = "The certificate Common Name (CN) does not match with the expected CN\n"
    for text, wanted in (
        (early, LinkDown.EARLY), (late, LinkDown.EXPIRED), (name, LinkDown.OTHER_NAME), (other, LinkDown.OTHER_CA),
        (other + early, LinkDown.OTHER_CA), (late + name, LinkDown.OTHER_NAME), (late + other, LinkDown.OTHER_CA),
        ("invalid cert", LinkDown.CERTIFICATE),
    ):  # fmt: skip
        assert kind(ValueError(text)) == wanted, text
