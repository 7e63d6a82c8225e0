"""The desk in a real browser: Chromium without a window, driven by clicks and keys as people use it.

`python host_tests/test_browser.py --record` writes the README's pictures of the page into tools/pictures/.
"""

import asyncio
import json
import pathlib
import re
import sys

import pytest
from browser import eyes

from campaigns.browser import DeskThread, NoBrowser, browser
from desk.serve import sell

try:
    from browser.seat import SOON_MS, Seats
    from playwright.sync_api import expect
except ImportError:  # only without the test extra: told by the fixture
    expect = None

PICTURES = pathlib.Path(__file__).resolve().parent.parent / "tools" / "pictures"
CLASS = 12  # thirty at a time: test_desk_room.py
SESSION = pathlib.Path(__file__).parent / "data" / "emv" / "visa_cn_credit.json"
INJECTED = '<img src=x onerror=alert(1)><script>alert(2)</script><svg onload="alert(3)">'


def wire_rows(seat):
    return seat.find(".wire-rows button")


def test_a_sale_by_clicks(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    dark = seat.dots()
    seat.amount()
    assert seat.dots() != dark
    seat.card()
    seat.shows("APPROVED", "12.50")
    assert seat.find('.cards [data-name="visa-credit"]').get_attribute("aria-pressed") == "true"
    wire = seat.tab("wire")
    for said in ("SELECT PPSE", "GENERATE AC|GET PROCESSING", "0200", "0210"):
        expect(wire.get_by_role("button", name=re.compile(said)).first).to_be_visible()
    wire.get_by_role("button", name=re.compile("0200")).first.click()
    detail = wire.locator(".wire-detail")
    expect(detail).to_contain_text("12.50")
    expect(detail).to_contain_text(re.compile("MAC"))
    seat.off()
    seat.press("#")
    seat.shows("Type an amount")
    seat.books_agree()
    expect(seat.find("#panel-ledger .s-approved")).to_have_count(2)  # the bank's word and the terminal's


def test_a_sale_by_keyboard_alone(seats, number):
    seat = seats.open(number)
    keyboard = seat.page.keyboard
    seat.shows("Type an amount")
    keyboard.type("1259")
    seat.shows("12.59")
    keyboard.press("Backspace")
    seat.shows("1.25")
    keyboard.type("0")
    seat.shows("12.50")
    keyboard.press("Enter")
    seat.shows("Present card")
    focused = seat.find(":focus")
    for _ in range(60):
        keyboard.press("Tab")
        if focused.get_attribute("data-name"):
            break
    for _ in range(40):
        if focused.get_attribute("data-name") == "mastercard-debit":
            break
        keyboard.press("ArrowDown")
    expect(focused).to_have_attribute("data-name", "mastercard-debit")
    keyboard.press("Space")
    seat.shows("APPROVED", "12.50")
    keyboard.press("Enter")  # the card has the focus still: off with it
    expect(seat.find("#card-on-reader")).to_have_count(0)
    keyboard.press("#")
    seat.shows("Type an amount")
    for _ in range(60):
        keyboard.press("Tab")
        if focused.get_attribute("role") == "tab":
            break
    for _ in range(4):
        if focused.get_attribute("id") == "tab-ledger":
            break
        keyboard.press("ArrowRight")
    expect(seat.find("#difference")).to_have_text("0.00", timeout=SOON_MS)
    assert "12.50" in seat.find("#panel-ledger").inner_text()


def test_a_fault_flipped_in_mid_sale(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount("880", "8.80")
    seat.tab("faults")
    switch = seat.find("#fault-drop-answer")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(seat.find("#fault-count")).to_have_text("1")
    seat.card("mastercard-credit")
    expect(switch).to_have_attribute("aria-pressed", "false", timeout=SOON_MS)  # it has happened
    seat.shows("Waiting for")
    seat.hurried("REVERSED")
    for mti in ("0200", "0400", "0410"):
        expect(seat.tab("wire").get_by_role("button", name=re.compile(mti)).first).to_be_visible()
    seat.home()
    seat.books_agree()
    expect(seat.find("#panel-ledger .s-reversed")).to_have_count(2)


def test_power_cut_at_a_flash_write(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount("5000", "50.00")
    seat.tab("faults")
    seat.find("#cut-n").fill("3")
    seat.find("#cut-write").click()
    expect(seat.find("#cut-write")).to_have_attribute("aria-pressed", "true")
    seat.tap("unionpay-credit")
    expect(seat.find("#terminal")).to_have_class(re.compile(r"\boff\b"), timeout=SOON_MS)
    expect(seat.find("#card-on-reader")).to_have_count(0)
    seat.find("#power-again").click()
    seat.shows("REVERSED|NOT CHARGED", "50.00")
    seat.home()
    seat.books_agree()


def student(seat, act) -> None:
    """Do what a `robot` line of a lesson says, on the page."""
    if act.name == "press":
        seat.press(*act.words)
    elif act.name == "tap":
        seat.card(act.words[0])
    elif act.name == "remove":
        seat.off()
    elif act.name == "open":
        seat.tab("wire").get_by_role("button", name=re.compile(re.escape(act.words[0]))).first.click()
    else:
        raise AssertionError(f"this student cannot {act.name}")


def test_a_lesson_from_start_to_end(seats, number, desk):
    lesson = desk.room.lessons.find("sale")
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.tab("lessons")
    seat.find('[data-lesson="sale"]').click()
    card, wrong_tried = seat.find("#lesson"), False
    for place, step in enumerate(lesson.steps, 1):
        expect(card.locator(".lesson-place")).to_have_text(f"Step {place} of {len(lesson.steps)}", timeout=SOON_MS)
        expect(card.locator(".lesson-text")).to_contain_text(step.text["en"][:20])
        if place == 2:
            seat.page.reload()
            expect(card.locator(".lesson-place")).to_have_text(f"Step 2 of {len(lesson.steps)}", timeout=SOON_MS)
        for act in step.robot:
            student(seat, act)
        if step.question:
            right = next(at for at, choice in enumerate(step.question.choices) if choice.right)
            if not step.question.name:
                wrong_tried = True
                card.locator(f'[data-choice="{(right + 1) % len(step.question.choices)}"]').click()
                expect(card.locator(".lesson-because.wrong")).to_be_visible()
            card.locator(f'[data-choice="{right}"]').click()
        if step.question and not step.question.name or any(until.kind == "pressed" for until in step.until):
            card.locator("[data-part=continue]").click()
    expect(card.locator(".lesson-place")).to_have_text("Lesson finished", timeout=SOON_MS)
    assert wrong_tried
    expect(seat.find("#difference")).to_have_text("0.00", timeout=SOON_MS)
    card.locator("[data-part=stop]").click()
    expect(card).to_be_hidden()
    seat.tab("lessons")
    expect(seat.find(".lesson-row", has=seat.find('[data-lesson="sale"]')).locator(".lesson-good")).to_be_visible()


def test_a_label_stays_text_everywhere(seats, number, tmp_path):
    seat = seats.open(number)
    seat.shows("Type an amount")
    labels = ("<script>a()</scr", "<img onerror=a()")
    for label in labels:
        seat.amount("100", "1.00")
        face = seat.make_card(label)
        expect(face).to_have_count(1)
        expect(seat.find("#card-on-reader")).to_contain_text(label)
        seat.shows("APPROVED")
        expect(
            seat.find("#panel-wire .wire-rows button", has_text=label)
            .or_(seat.find("#panel-wire").get_by_role("button", name=label))
            .first
        ).to_be_visible()
        seat.home()
    seat.books_agree()
    for label in labels:
        expect(seat.find("#panel-ledger td", has_text=label)).to_have_count(1)
    # A recorded session's name, and a payment of somebody else.
    session = json.loads(SESSION.read_text())
    session["label"] = INJECTED
    path = tmp_path / "session.json"
    path.write_text(json.dumps(session))
    seat.find("#session-file").set_input_files(path)
    expect(seat.find('.cards [data-name="session-1"]')).to_contain_text(INJECTED[:40])
    injected = {"en": INJECTED, "zh": INJECTED}
    tree = [{"tag": "50", "name": INJECTED, "hex": "00", "text": INJECTED}]
    kinds = {
        "apdu": {"command": "00", "response": "9000", "ms": 1, "name": INJECTED, "code": INJECTED, "sw": "9000",
                 "request_parts": [{"label": INJECTED, "hex": INJECTED}], "tree": tree},
        "message": {"dir": "in", "mti": INJECTED, "name": INJECTED, "mac_ok": False, "hex": INJECTED, "de55": tree,
                    "fields": [{"n": INJECTED, "name": INJECTED, "value": INJECTED, "note": INJECTED}]},
        "screen": {"text": [INJECTED]}, "card": {"label": INJECTED}, "fault": {"line": INJECTED},
    }  # fmt: skip
    entries = [
        {"id": at, "t": at, "lane": "card", "to": "terminal", "kind": kind, "title": injected, "summary": INJECTED,
         "detail": detail}
        for at, (kind, detail) in enumerate(kinds.items(), 1)
    ]  # fmt: skip
    payment = {"id": 1, "number": 1, "started_at": INJECTED, "kind": INJECTED, "result": INJECTED, "amount": 1}
    path = tmp_path / "payment.json"
    path.write_text(json.dumps({"taptill": 1, "kind": "payment", "payment": payment, "entries": entries}))
    wire = seat.tab("wire")
    wire.locator('input[type="file"]').set_input_files(path)
    expect(wire_rows(seat)).to_have_count(len(entries))
    for row in wire_rows(seat).all():
        row.click()
        expect(wire.locator(".wire-detail")).to_contain_text("<img")
    foreign = 'script:not([src^="/static/"]), img, [onerror], [onload], svg[onload]'
    assert seat.find(foreign).count() == 0


def test_reload_in_the_middle_of_a_sale(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount("4321", "43.21")
    expect(wire_rows(seat).last).to_be_visible()
    dots, before = seat.dots(), seat.entries()
    seat.page.reload()
    seat.shows("Present card", "43.21")
    expect(wire_rows(seat).nth(len(before) - 1)).to_be_visible()
    assert seat.entries()[: len(before)] == before and seat.dots() == dots
    seat.tab("faults")
    seat.find("#fault-drop-answer").click()
    expect(seat.find("#fault-count")).to_have_text("1")
    seat.card()
    seat.shows("Waiting for")
    seat.page.reload()
    seat.shows("Waiting for")
    expect(seat.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)
    expect(seat.find("#tab-faults")).to_have_attribute("aria-selected", "true")
    seat.hurried("REVERSED")
    seat.home()
    seat.amount("4321", "43.21")
    seat.card()
    seat.page.reload()
    seat.shows("APPROVED")
    seat.home()
    seat.books_agree()


def test_two_pages_at_one_terminal(seats, number):
    left, right = seats.open(number), seats.open(number, locale="zh-CN")
    left.shows("Type an amount")
    right.shows("Type an amount")
    left.press("12")
    right.shows("0.12")
    right.press("50")
    left.shows("12.50")
    right.press("#")
    left.shows("Present card")
    right.shows("Present card")
    assert left.dots() == right.dots()
    right.card()
    expect(left.find("#card-on-reader")).to_be_visible()
    for seat in (left, right):
        seat.shows("APPROVED")
    answer = '.wire-rows button:has-text("0210")'
    entry = left.find(answer).get_attribute("data-entry")
    expect(right.find(f'{answer}[data-entry="{entry}"]')).to_be_visible()
    left.off()
    expect(right.find("#card-on-reader")).to_have_count(0)
    right.tab("faults")
    right.find("#fault-wifi").click()
    expect(left.find("#fault-count")).to_have_text("1")
    left.tab("faults")
    left.find("#fault-wifi").click()
    expect(right.find("#fault-count")).to_be_hidden()
    left.press("#")
    for seat in (left, right):
        seat.shows("Type an amount")
        seat.books_agree()
    left.find("#power").click()
    expect(right.find("#terminal")).to_have_class(re.compile(r"\boff\b"))
    right.find("#power").click()
    left.shows("Type an amount")


def test_a_class_sells_at_the_same_time(chrome):
    with DeskThread(CLASS) as desk:
        seats = Seats(chrome, desk.url)
        overview = seats.page()
        overview.goto(desk.url)
        expect(overview.locator("#terminals a")).to_have_count(CLASS)
        looked_at = (1, 4, CLASS)
        pages = [seats.open(number) for number in looked_at]

        async def the_others():
            await asyncio.gather(*[
                sell(terminal, 100 + terminal.number) for terminal in desk.room.terminals
                if terminal.number not in looked_at
            ])  # fmt: skip

        others = desk.begin(the_others())
        for seat in pages:
            seat.shows("Type an amount")
            seat.press(f"{100 + seat.number}")
            seat.shows(f"1.{seat.number:02d}")
            seat.press("#")
        for seat in pages:
            seat.shows("Present card")
            seat.card()
        for seat in pages:
            seat.shows("APPROVED", f"1.{seat.number:02d}")
        others.result(240)
        total = CLASS * 100 + CLASS * (CLASS + 1) // 2
        summary = f"{CLASS} × approved 成功: {total // 100}.{total % 100:02d}"
        expect(overview.locator("#summary")).to_contain_text(summary, timeout=SOON_MS)
        for seat in pages:
            seat.home()
            seat.books_agree()
            expect(seat.find("#panel-ledger")).to_contain_text(f"1.{seat.number:02d}")
        for number in range(1, CLASS + 1):
            books = overview.request.get(f"{desk.url}api/ledger?terminal={number}").json()
            assert books["difference"] == 0 and books["problems"] == []
            assert [row["amount"] for row in books["journal"]] == [100 + number]
        overview.locator("#terminals a").nth(6).click()
        expect(overview).to_have_title(re.compile("7"))
        assert seats.close() == []


def test_a_payment_is_saved_opened_and_drawn(seats, number, desk, tmp_path):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount()
    seat.card()
    seat.shows("APPROVED")
    seat.home()
    saved = {}
    wire = seat.tab("wire")
    for name, button in (("json", "[data-tool=save]"), ("svg", "text=SVG"), ("png", "text=PNG")):
        with seat.page.expect_download() as waiting:
            wire.locator(".wire-tools").locator(button).click()
        saved[name] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(saved[name])
        assert saved[name].suffix == f".{name}"
    text = saved["json"].read_text(encoding="utf-8")
    file = json.loads(text)
    assert (file["taptill"], file["kind"], file["payment"]["amount"]) == (1, "payment", 1250)
    pan = desk.terminal(number).wallet.pan("visa-credit")
    for shown in (text, saved["svg"].read_text(encoding="utf-8")):
        assert pan not in shown and pan[:7] not in shown and pan[-5:] not in shown
    assert saved["png"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert saved["svg"].read_text(encoding="utf-8").count("<script") == 0

    other = seats.open(number, locale="zh-CN")
    picker = other.find('#panel-wire input[type="file"]')
    picker.set_input_files(saved["json"])
    expect(wire_rows(other)).to_have_count(len(file["entries"]))
    expect(other.find("#toasts")).to_contain_text(saved["json"].name)
    broken = tmp_path / "broken.json"
    broken.write_text(text[:-40], encoding="utf-8")
    picker.set_input_files(broken)
    expect(other.find("#toasts .error")).to_be_visible()
    expect(wire_rows(other)).to_have_count(len(file["entries"]))  # what was open is open still

    seat.page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    wire.locator("[data-tool=print]").click()
    assert seat.page.evaluate("() => window.printed")
    seat.page.emulate_media(media="print")
    paper = seat.find(".wire-print")
    expect(paper).to_be_visible()
    expect(paper.locator("section")).to_have_count(len(file["entries"]))
    expect(seat.find("#terminal")).to_be_hidden()


def test_the_language_changes_everything(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount("100", "1.00")
    english = {}
    for tab in ("wire", "faults", "ledger", "lessons"):
        panel = seat.tab(tab)
        expect(panel).not_to_be_empty()
        english[tab] = seat.find(f"#tab-{tab}").inner_text()
    seat.find("#lang-zh").click()
    expect(seat.find("html")).to_have_attribute("lang", "zh-CN")
    for tab, text in english.items():
        panel = seat.tab(tab)
        assert seat.find(f"#tab-{tab}").inner_text() != text
        expect(panel).to_contain_text(re.compile(r"[\u4e00-\u9fff]{4}"))
    assert re.search(r"[\u4e00-\u9fff]", seat.find('[data-key="#"]').get_attribute("aria-label"))
    seat.page.reload()
    seat.shows("Present card")
    expect(seat.find("html")).to_have_attribute("lang", "zh-CN")  # chosen once, remembered
    expect(seat.find("#lang-zh")).to_have_attribute("aria-pressed", "true")
    seat.press("D")
    seat.press("#")
    seat.shows("请输入金额")  # the sale is over: the terminal follows the page
    expect(seat.find('.speaks [data-lang="zh"]')).to_have_attribute("aria-pressed", "true")
    seat.press("100")
    seat.shows("1.00")
    seat.press("#")
    seat.shows("请挥卡")
    seat.card("unionpay-debit")
    seat.shows("交易成功")


def test_f_d3_the_terminal_follows_the_page_unless_a_person_chose_at_it(seats, number):
    """F-D3: a Chinese page has a Chinese terminal at its first start; both switches can be seen; a choice stays."""
    seat = seats.open(number, locale="zh-CN")
    expect(seat.find("html")).to_have_attribute("lang", "zh-CN")
    seat.shows("请输入金额")
    switch = seat.find('.speaks [data-lang="en"]')
    expect(switch).to_be_visible()
    expect(switch).to_have_text("EN")
    switch.click()
    seat.shows("Type an amount")
    seat.page.reload()
    seat.shows("Type an amount")  # the page's switch for the terminal was the later choice
    seat.find("#lang-zh").click()
    seat.shows("请输入金额")
    # A, held on the idle screen: the terminal's own way, which a page that opens does not undo.
    key = seat.find('[data-key="A"]').bounding_box()
    seat.page.mouse.move(key["x"] + 10, key["y"] + 10)
    seat.page.mouse.down()
    seat.shows("Type an amount")
    seat.page.mouse.up()
    seat.page.reload()
    expect(seat.find("html")).to_have_attribute("lang", "zh-CN")
    expect(seat.find('.speaks [data-lang="en"]')).to_have_attribute("aria-pressed", "true")
    seat.shows("Type an amount")
    # And it survives the power.
    seat.find("#power").click()
    seat.find("#power").click()
    seat.shows("Type an amount")
    seat.find("#lang-en").click()


def test_everything_has_a_name_and_is_reached_by_tab(seats, number):
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount()
    seat.card()
    seat.shows("APPROVED", "12.50")
    seat.home()
    expect(wire_rows(seat).last).to_be_visible()
    for tab in ("wire", "faults", "ledger", "lessons"):
        panel = seat.tab(tab)
        expect(panel).not_to_be_empty()
        seen, without = eyes.nameless(seat.page)
        assert seen > 40 and without == [], tab
    seat.find("#make-card").click()
    assert eyes.nameless(seat.page)[1] == []
    seat.page.keyboard.press("Escape")
    expect(seat.find("#make-card")).to_be_focused()
    seat.tab("faults")
    seat.find("#lang-en").focus()
    stops = []
    for _ in range(70):
        seat.page.keyboard.press("Tab")
        stops.append(
            seat.find(":focus").evaluate(
                "(node) => [node.closest('section, #work')?.id, node.id || node.dataset.key || node.dataset.name || '']"
            )
        )
        if stops[-1][1] == "fault-host":
            break
    order = list(dict.fromkeys(place for place, _ in stops if place))
    assert order == ["terminal", "wallet", "work", "guide"], order
    reached = {name for _, name in stops}
    assert set("0123456789ABCD*#") <= reached
    assert {"power", "mute", "make-card", "tab-faults"} <= reached
    assert {"fault-drop-answer", "decline-code", "cut-now", "fault-host"} <= reached
    assert seat.find(".cards .card").first.get_attribute("data-name") in reached


def test_the_screen_is_read_out(seats, number):
    seat = seats.open(number)
    expect(seat.find("#live")).to_contain_text("Type an amount")
    seat.amount()
    expect(seat.find("#live")).to_contain_text("Present card")
    seat.card()
    seat.shows("APPROVED")
    expect(seat.find("#live")).to_contain_text("APPROVED")
    said = seat.said()
    assert any("Type an amount" in text for text in said) and any("12.50" in text for text in said)
    assert len(said) < 30  # what is said at every key and dot is not listened to


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read(seats, number, scheme):
    seat = seats.open(number, color_scheme=scheme)
    pairs = [(text, behind) for text in ("ink", "soft") for behind in ("page", "surface", "sunk")]
    hues = ("accent", "good", "bad", "person", "lane-terminal", "lane-card", "lane-host")
    pairs += [(text, "surface") for text in hues]
    pairs += [("accent-ink", "accent"), ("accent", "accent-wash"), ("good", "good-wash"), ("bad", "bad-wash"),
              ("warn", "warn-wash")]  # fmt: skip
    colour = eyes.variables(seat.page, {name for pair in pairs for name in pair})
    assert (eyes.luminance(colour["page"]) > 0.5) == (scheme == "light")
    for text, behind in pairs:
        assert eyes.contrast(colour[text], colour[behind]) >= 4.5, (text, behind)
    seat.shows("Type an amount")
    seat.amount()
    seat.card()
    seat.shows("APPROVED")
    expect(wire_rows(seat).last).to_be_visible()
    wire_rows(seat).nth(15).click()
    for tab in ("wire", "faults", "ledger", "lessons"):
        seat.tab(tab)
        if tab == "ledger":
            expect(seat.find("#difference")).to_have_text("0.00", timeout=SOON_MS)
        looked_at, bad = eyes.hard_to_read(seat.page)
        assert looked_at > 25 and bad == [], tab


# The README's pictures ------------------------------------------------------------------------------------------------


def smaller(path) -> None:
    """Write a picture with 256 colours of its own: a quarter of the size, and no difference to be seen."""
    from PIL import Image

    with Image.open(path) as image:
        image.convert("RGB").quantize(256, kmeans=3).save(path, optimize=True)


def record(folder: pathlib.Path) -> None:
    """Write the pictures: a sale on the desk, its message explained, the same in Chinese, and the lessons.

    Raises NoBrowser, BenchError, LedgerError, OSError; AssertionError when a page does not do its part.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chrome, DeskThread(2) as desk:
        seats = Seats(chrome, desk.url)
        english = seats.open(1)
        chinese = seats.open(2, locale="zh-CN")  # its terminal follows the page's language
        chinese.shows("请输入金额")

        def picture(seat, name: str) -> None:
            seat.page.mouse.move(0, 0)
            expect(seat.find(".toast")).to_have_count(0, timeout=SOON_MS)
            path = folder / f"{name}.png"
            seat.page.screenshot(path=path, animations="disabled", caret="hide")
            smaller(path)

        for seat, card, approved, name in (
            (english, "visa-credit", "APPROVED", "desk-en"),
            (chinese, "unionpay-credit", "交易成功", "desk-zh"),
        ):
            seat.shows("Type an amount|请输入金额")
            seat.find("#guide-close").click()
            seat.press("1250")
            seat.shows("12.50")
            seat.press("#")
            seat.shows("Present card|请挥卡")
            seat.card(card)
            seat.shows(approved, "12.50")
            wire = seat.tab("wire")
            wire.get_by_role("button", name=re.compile("0210")).first.click()
            seat.shows(approved, "12.50")
            picture(seat, name)
        english.tab("wire").get_by_role("button", name=re.compile("GENERATE AC|GET PROCESSING")).first.click()
        picture(english, "desk-wire-en")
        chinese.off()
        chinese.press("#")
        chinese.tab("lessons")
        chinese.find('[data-lesson="lost-answer"]').click()
        expect(chinese.find("#lesson .lesson-place")).to_contain_text("1", timeout=SOON_MS)
        chinese.shows("请输入金额")
        chinese.press("880")
        chinese.shows("8.80")
        picture(chinese, "desk-lessons-zh")
        assert seats.close() == []


def main(arguments) -> int:
    if arguments != ["--record"]:
        print("usage: test_browser.py --record", file=sys.stderr)
        return 2
    try:
        record(PICTURES)
    except NoBrowser as missing:
        print(f"pictures of the page: left as they are, {missing}", file=sys.stderr)
        return 0
    print("tools/pictures/desk-*.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
