"""Slips of every kind in both languages: their words are fixtures, and so is what a printer makes of them.

Record again: `python host_tests/test_slips.py --record`; then look at fixtures/slips/en.png and zh.png.
"""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tools"), str(HERE.parent / "firmware")]

from paper import painter, slips
from PIL import Image
from slip_cases import CASES, PAN, Shop

from taptill.app.slips import payment
from taptill.core import transactions
from taptill.core.slips import lines

FIXTURES = HERE / "fixtures" / "slips"
ACROSS = 8


def issuer(language, currency=("CNY", 2), marks=()):
    return slips.issuer(Shop, language, currency, marks)


def written(language):
    return "\n".join(f"=== {name}\n{slips.text(make(issuer(language)))}" for name, make in CASES.items())


def record():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for language in ("en", "zh"):
        (FIXTURES / f"{language}.txt").write_text(written(language), encoding="utf-8")
        made = [painter.picture(next(painter.pieces(slips.printed(make(issuer(language)))))) for make in CASES.values()]
        made = [picture.reduce(painter.SCALE) for picture in made]
        high, wide = max(picture.height for picture in made) + 12, made[0].width + 12
        sheet = Image.new("L", (ACROSS * wide + 12, (len(made) + ACROSS - 1) // ACROSS * high + 12), 128)
        for at, picture in enumerate(made):
            sheet.paste(picture, (12 + at % ACROSS * wide, 12 + at // ACROSS * high))
        sheet.quantize(8).save(FIXTURES / f"{language}.png", optimize=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_slip_says_what_is_recorded(language):
    wanted = (FIXTURES / f"{language}.txt").read_text(encoding="utf-8")
    assert written(language) == wanted, "changed: look, then record again"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paper_has_the_very_words_and_nothing_beyond_its_edge(language):
    for name, make in CASES.items():
        slip = make(issuer(language))
        rows = [row for row in lines.rows(slip) if row.what in (lines.WORDS, lines.MIDDLE)]
        said = "".join((row.left + row.right).replace(" ", "") for row in rows)
        items = slips.printed(slip)
        out = "".join(line.replace(" ", "").strip("-_") for line in painter.words(items))
        assert out == said.replace("-" * 32, ""), name
        spans = [span for item in items if item["kind"] == "line" for span in item["spans"]]
        ends = [span[0] + span[1] * len(bytes.fromhex(span[5]).decode("gb18030")) for span in spans]
        assert max(ends) <= 384 and not [item for item in items if item["kind"] == "dots"], name
        for row in rows:
            broad = 2 if row.style & lines.BROAD else 1
            assert lines.size(row.left, row.style) + row.blanks() * broad + lines.size(row.right, row.right_style) <= 32, name


def test_no_slip_holds_a_card_number():
    for language in ("en", "zh"):
        for name, make in CASES.items():
            text = slips.text(make(issuer(language)))
            assert PAN not in text and PAN[6:12] not in text, name


def test_what_is_open_never_says_that_it_failed_nor_that_it_was_paid():
    text = slips.text(CASES["open"](issuer("en")))
    assert "May be charged" in text and "Charged:" not in text and "fail" not in text.lower() and "Do not repeat" in text


def test_every_transaction_has_a_name_and_a_sentence_for_its_money():
    for row in transactions.ROWS:
        kind = slips.guidance().kind(row.kind)
        assert kind.title and kind.money, row.name


def test_a_kind_of_another_version_is_a_payment_without_a_sign():
    from slip_cases import record as made

    from taptill.core.journal import record as records

    text = slips.text(payment.ended(issuer("en"), made(records.APPROVED, 99)))
    assert "PAYMENT" in text and "CNY 12.50" in text


def test_marks_stand_on_every_slip_and_other_currencies_have_their_decimals():
    for make in CASES.values():
        assert "TRAINING" in slips.text(make(issuer("en", marks=("TRAINING",))))
    assert "JPY 1250" in slips.text(CASES["sale"](issuer("en", ("JPY", 0))))
    assert "KWD -1.250" in slips.text(CASES["void"](issuer("en", ("KWD", 3))))


if __name__ == "__main__":
    if sys.argv[1:] != ["--record"]:
        raise SystemExit("usage: python host_tests/test_slips.py --record")
    record()
