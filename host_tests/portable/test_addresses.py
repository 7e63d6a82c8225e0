"""Addresses, masks and what they say of each other."""

from taptill.core import addresses


def test_what_is_an_address():
    for text in ("0.0.0.0", "192.168.4.20", "255.255.255.255"):
        assert addresses.is_address(text)
    for text in ("", "bank.example", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.x", "1..2.3", "-1.2.3.4"):
        assert not addresses.is_address(text), text
    assert addresses.number("1.2.3.4") == 0x01020304


def test_masks():
    for length in range(33):
        bits = (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
        assert addresses.prefix("%d.%d.%d.%d" % (bits >> 24, bits >> 16 & 255, bits >> 8 & 255, bits & 255)) == length
    for mask in ("255.0.255.0", "255.255.255.1", "0.0.0.255", "x", ""):
        assert addresses.prefix(mask) == -1, mask


def test_what_does_not_fit():
    fits = (
        ("192.168.4.20", "255.255.255.0", "192.168.4.1"),
        ("10.1.2.3", "255.0.0.0", "10.200.0.1"),
        ("10.0.0.1", "255.255.255.254", "10.0.0.0"),
    )
    for own, mask, router in fits:
        assert addresses.misfit(own, mask, router) == ""
    wrong = (
        ("192.168.4.20", "255.0.255.0", "192.168.4.1", "hole"),
        ("192.168.4.20", "255.255.255.255", "192.168.4.1", "outside"),
        ("192.168.4.20", "255.255.255.240", "192.168.4.1", "outside"),
        ("192.168.4.0", "255.255.255.0", "192.168.4.1", "no station"),
        ("192.168.4.255", "255.255.255.0", "192.168.4.1", "no station"),
    )
    for own, mask, router, word in wrong:
        assert word in addresses.misfit(own, mask, router), (own, mask)


def test_a_mask_that_is_too_wide_makes_neighbours_of_strangers():
    for mask, other, near in (
        ("255.255.255.0", "192.168.4.9", False),  # a neighbour indeed
        ("255.255.255.0", "203.0.113.1", False),  # the router's affair
        ("255.0.0.0", "192.9.9.9", True),
        ("0.0.0.0", "203.0.113.1", True),
        ("255.255.0.0", "192.168.4.9", False),
    ):
        assert addresses.taken_for_near("192.168.4.20", mask, other) == near, (mask, other)
