"""Every screen in both languages, as pictures: drawn by the firmware under MicroPython, sent to the display's model.

Fixtures: fixtures/screens/hashes.json (screen -> SHA-256 of its 1,024 bytes) and one contact sheet a language.
Record again: `python host_tests/test_screens.py --record`; on failure a picture of the difference is in build/screens/.
"""

import base64
import functools
import importlib.util
import json
import pathlib
import re
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from pictures import Fixtures, digest

AIR = {64: 2, 32: 1}  # pixels, by the rows of the glass

FIXTURES = Fixtures(HERE / "fixtures" / "screens", HERE.parent / "build" / "screens")


@functools.cache
def drawn(height: int = 64, few_keys: bool = False) -> dict:
    """ "en/boot" -> what the catalogue printed for it, on a display of so many rows, with sixteen keys or with twelve."""
    from rig.interpreter import micropython
    from words import tables

    driver = pathlib.Path(importlib.util.find_spec("ssd1306").origin).parent
    sections = json.dumps([[row.name, row.section] for row in tables.sentences()])
    done = subprocess.run(
        [micropython(), "-X", "heapsize=2M", str(HERE / "screen_catalogue.py"), str(driver), str(height), str(int(few_keys))],
        input=sections,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {f"{row['language']}/{row['name']}": row for row in rows}


def everything() -> dict:
    """Every screen, the stretched ones too."""
    return {name: row for name, row in drawn().items() if "bits" in row}


def screens() -> dict:
    return {name: row for name, row in everything().items() if not row["stretched"]}


def frames() -> dict:
    """ "en/boot" -> the 1,024 bytes of the display."""
    return {name: base64.b64decode(row["bits"]) for name, row in screens().items()}


def part(row: dict, name: str) -> int:
    """A part of a screen ("bits", "odd", "even", "bars") as one number, a bit a pixel."""
    bits = base64.b64decode(row[name])
    lit = 0
    for y in range(len(bits) // 16):
        for x in range(128):
            if bits[y // 8 * 128 + x] >> y % 8 & 1:
                lit |= 1 << _place(x, y)
    return lit


def _place(x: int, y: int) -> int:
    return (y + 4) * 136 + x + 4


def _box(left: int, top: int, right: int, bottom: int) -> int:
    return sum(((1 << right - left) - 1) << _place(left, y) for y in range(top, bottom))


def near(lit: int, pixels: int) -> int:
    """Everything that is lit, and all within `pixels` of it."""
    for step in (1, 136):
        for _ in range(pixels):
            lit |= lit << step | lit >> step
    return lit


def rows(lit: int, top: int = 0, bottom: int = 64) -> list:
    """Which rows between `top` and `bottom` have something lit."""
    return [y for y in range(top, bottom) if lit & _box(0, y, 128, y + 1)]


def crowded(row: dict, height: int = 64) -> str:
    """What words of a screen come too near to; "" when nothing is near."""
    air = AIR[height]
    glass, inside = _box(0, 0, 128, height), _box(air, air, 128 - air, height - air)
    odd, even, bars = part(row, "odd"), part(row, "even"), part(row, "bars")
    ink = odd | even
    if ink & ~inside:
        return "the edge of the glass"
    if near(ink & ~bars, air) & bars:
        return "a bar beside them"
    if near(ink & bars, air) & glass & ~bars:
        return "the edge of the bar around them"
    if near(odd, 1) & even:
        return "another line"
    drawing = part(row, "bits") & ~ink & ~bars  # rules, frames, dots, spots
    return "a rule or a dot" if near(ink & ~bars, 1) & drawing else ""


def record() -> None:
    FIXTURES.record(frames())
    print(f"recorded {len(frames())} screens")


def test_f_c5_f_c8_a_card_that_cannot_pay_here_is_named() -> None:
    """F-C5, F-C8: stripe mode and the scheme without a kernel in words, in both languages; what to do depends on which."""
    for name, words in (
        ("en/card-stripe-only", ("Magnetic stripe", "Pay another way")),
        ("zh/card-stripe-only", ("此卡仅支持磁条", "请改用其他方式")),
        ("en/card-national", ("No PagoBANCOMAT", "Use another card")),
        ("zh/card-national", ("不受理", "PagoBANCOMAT")),
    ):
        shown = "\n".join(drawn()[name]["lines"])
        assert all(word in shown for word in words), (name, shown)


def test_every_screen_is_as_recorded() -> None:
    wanted = FIXTURES.hashes()
    changed = [name for name, bits in frames().items() if wanted.get(name) != digest(bits)]
    pictures = [str(FIXTURES.difference(name, frames()[name])) for name in changed]
    assert not changed, "changed (look, then record again): " + ", ".join(pictures)
    assert sorted(wanted) == sorted(screens()), "screens are missing; record again"


def test_nothing_overflows_a_screen() -> None:
    assert [name for name, row in everything().items() if row["overflow"]] == []


def test_f_d9_air_around_every_word() -> None:
    """F-D9: two pixels to the glass's edge and to a bar's, one to the next line, a rule, a dot.

    Beyond the row's screens: the longest amounts of every kind of currency, names of 32 wide letters, every answer of a host.
    """
    assert {name: why for name, row in everything().items() if (why := crowded(row))} == {}


def test_f_d9_english_is_proportional_and_amounts_are_tall() -> None:
    """F-D9: an i is narrower than a W; "12.50" on the customer's screen is 28 rows tall, the longest amount still 18."""
    thin, wide = (part(everything()[f"en/idle-{letter * 32}"], "bits") for letter in "iW")
    assert not rows(thin, 33, 46) and rows(wide, 33, 46)
    for name, tall in (("present", 28), ("present-yen", 28), ("present-long", 18), ("present-dollar", 18)):
        assert len(rows(part(screens()[f"en/{name}"], "bits"), 0, 40)) == tall, name


def test_f_e10_the_same_screen_again_costs_nothing() -> None:
    """F-E10: nothing changed, nothing read, drawn or sent; beyond the row: true of every screen there is, not of two that wait.

    A screen that is drawn anew finds all its glyphs and words in the heap, and sends nothing that the glass shows already.
    """
    assert {name for name, row in everything().items() if row["again"] != [0, 0]} == set()
    assert {name for name, row in everything().items() if row["redrawn"] != [0, 0]} == set()


LOW = pytest.mark.parametrize("few_keys", [False, True], ids=["sixteen-keys", "twelve-keys"])


def test_twelve_keys_change_screens_and_cut_nothing() -> None:
    """The idle screen says how the menu is reached, the list how one goes on, and no legend names a key that is not there."""
    few = {name: row for name, row in drawn(64, True).items() if "bits" in row}
    assert [name for name, row in few.items() if row["overflow"] or crowded(row)] == []
    assert few["en/idle"]["lines"][-1] == "Amount, or *=Menu" and "*菜单" in few["zh/idle"]["lines"][-1]
    legends = [line for row in few.values() for line in row["lines"] if line.startswith("#")]
    assert legends and not [line for line in legends if "D" in line.split("=")[0] or " D" in line]


@LOW
def test_a_glass_of_32_rows_cuts_nothing(few_keys: bool) -> None:
    """Every page of every screen in both languages: no word beyond its place, a pixel of air around it, glass as the buffer."""
    low = {name: row for name, row in drawn(32, few_keys).items() if "bits" in row}
    assert len(low) > len(everything())
    assert {name: why for name, row in low.items() if (why := crowded(row, 32))} == {}
    assert [name for name, row in low.items() if row["overflow"] or not row["same"] or row["bytes"] > 522] == []
    assert {name for name, row in low.items() if row["again"] != [0, 0] or row["redrawn"] != [0, 0]} == set()


def _family(name: str) -> str:
    """A screen without the number of its page: pages are numbered from 2, codes of a host have two digits."""
    return re.sub(r"(?<=tally)-\d+$|-([2-9]|1\d)$", "", name)


def _words(rows: dict) -> dict:
    """Family -> all words on its pages; Chinese, which has no blanks, in one piece."""
    found: dict = {}
    for name, row in rows.items():
        if not row["stretched"]:
            found.setdefault(_family(name), []).extend(row["lines"])
    return {name: (" ".join(lines), "".join(lines).replace(" ", "")) for name, lines in found.items()}


# What a glass of 32 rows leaves out (family: words): the currency's letters where the title is, the time left for a PIN, …
_LEFT_OUT = {
    r"amount.*": r"[A-Z]{3}",
    r"pin.*": r"\d+(s|秒)|#=OK|D=Cancel|#确认|D取消",
    r"password.*": r"#=OK|\*=Back|#确认|\*返回|Password|主管密码",
    r"void-trace.*": r"Void|a|sale|消费撤销|#=OK|\*=Back|#确认|\*退格",
    r"refund-trace.*": r"Refund|Trace|退货|凭证号",  # what is typed has the room
    r"completion-(code|date)": r"Take|held|money|预授权完成",
    r"boot-no-tls": r"TapTill",
    r"selftest-keypad.*": r".*",  # the keys as they lie
    r"selftest-asked.*": r"Display|Buzzer|显示屏|蜂鸣器",
    r"slip-printing": r"Merchant|copy|商户存根",
    r"slip-of": r"Receipt|#=OK|\*=Back|交易凭条|#确认|\*退格",
    r"evidence-kept": r"A|:|as|QR|codes|按A显示二维码|A:",
}


def test_what_a_tall_glass_says_a_low_one_says_on_its_pages() -> None:
    """The three questions are answered on both: was money taken, why did it stop, what now."""
    tall, low = _words(screens()), _words({name: row for name, row in drawn(32).items() if "bits" in row})
    missing = {}
    for name, (spaced, _) in tall.items():
        if "/menu" in name or "/evidence-code" in name:  # a list of which a low glass shows one row; no room for a code
            continue
        left_out = [words for family, words in _LEFT_OUT.items() if re.fullmatch(family, name[3:])]
        lacking = [word for word in spaced.split() if word not in low[name][0] and word not in low[name][1]]
        if "zh/idle" in name:  # a long name breaks elsewhere, and the clock stands between its parts
            lacking = [word for word in lacking if not {*word} <= {*low[name][1]}]
        if lacking := [word for word in lacking if not (left_out and re.fullmatch(left_out[0], word))]:
            missing[name] = lacking
    assert missing == {}, missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_fits_its_place(language: str) -> None:
    assert drawn()[f"{language}/texts"]["overflow"] == []


def test_the_refresh_leaves_the_glass_equal_to_the_buffer() -> None:
    assert [name for name, row in everything().items() if not row["same"]] == []


def test_no_screen_costs_more_than_a_full_frame() -> None:
    assert max(row["bytes"] for row in everything().values()) <= 1034


def test_never_false_failure_on_screens() -> None:
    """While the fate of the money is open no English screen says "failed"; the first line says what is open."""
    for name, row in screens().items():
        if "pending" in name or "reversing" in name:
            assert "fail" not in " ".join(row["lines"]).lower(), name
    assert screens()["en/reversing"]["lines"][:2] == ["UNKNOWN", "REVERSING"]
    assert screens()["zh/reversing"]["lines"][:2] == ["结果未知", "正在冲正"]


def test_no_digit_of_a_pin_on_screen() -> None:
    for language in ("en", "zh"):
        lines = screens()[f"{language}/pin-twelve"]["lines"]
        assert "*" * 12 in lines


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent / "tools"))
    if sys.argv[1:] != ["--record"]:
        raise SystemExit("usage: python host_tests/test_screens.py --record")
    record()
