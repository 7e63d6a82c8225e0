"""Amounts in minor units."""

from expect import raises

from taptill.core.money import MAX_AMOUNT, AmountError, parse, show


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


def test_the_borders_of_twelve_digits_and_of_the_text():
    most = MAX_AMOUNT
    assert show(-most) == "-9999999999.99"
    raises(AmountError, show, -most - 1)
    assert parse("00009999999999.99") == most  # 17 signs
    assert "12 digits" in str(raises(AmountError, parse, "000009999999999.99"))
    assert "12 digits" in str(raises(AmountError, parse, "x" * 18))
    assert "one point" in str(raises(AmountError, parse, "x" * 17))


def test_two_decimals_unless_told():
    assert show(1250) == "12.50" and parse("12.5") == 1250


def test_a_point_stands_between_digits_and_once():
    for text in (".5", "5.", ".", "1.2.3", "1..2", ""):
        raises(AmountError, parse, text)
    assert "0 to 4" in str(raises(AmountError, parse, "x", 5))
    assert "0 to 4" in str(raises(AmountError, parse, "1", -1))
