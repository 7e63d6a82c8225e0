"""Amounts in minor units."""

from expect import raises

from taptill.core.amounts import AmountError, parse, show


def test_show() -> None:
    for amount, decimals, text in (
        (1250, 2, "12.50"),
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-1250, 2, "-12.50"),
        (7, 0, "7"),
        (0, 0, "0"),
        (1, 3, "0.001"),
        (12345, 3, "12.345"),
        (1, 4, "0.0001"),
        (999999999999, 2, "9999999999.99"),
    ):
        assert show(amount, decimals) == text, text


def test_show_refuses_what_is_no_amount() -> None:
    for wrong in (12.5, "12", None, True, 1000000000000, -1000000000000):
        raises(AmountError, show, wrong, 2)
    for decimals in (-1, 5):
        raises(AmountError, show, 1, decimals)


def test_parse() -> None:
    for text, decimals, amount in (
        ("12.50", 2, 1250),
        ("12.5", 2, 1250),
        ("12", 2, 1200),
        ("0.05", 2, 5),
        ("0", 2, 0),
        ("007.10", 2, 710),
        ("7", 0, 7),
        ("1.234", 3, 1234),
        ("9999999999.99", 2, 999999999999),
    ):
        assert parse(text, decimals) == amount, text


def test_parse_refuses() -> None:
    for text in (
        "",
        ".",
        "12.",
        ".5",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1,5",
        "1.2.3",
        "12.505",
        "1e3",
        "0x10",
        "1_000",
        "abc",
        "\u0661",
        "\u00b2",
        "10000000000.00",
        "1000000000000",
        "9" * 400,
        None,
        12,
        12.5,
        b"12",
    ):
        raises(AmountError, parse, text, 2)
    raises(AmountError, parse, "7.0", 0)


def test_show_and_parse_agree() -> None:
    for amount in (0, 1, 9, 10, 99, 100, 101, 12345678901, 999999999999):
        for decimals in range(5):
            assert parse(show(amount, decimals), decimals) == amount
