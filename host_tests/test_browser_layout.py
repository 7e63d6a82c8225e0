"""How the desk's page is laid out and used: at five sizes, in both languages, by mouse, finger and keyboard (F-D8, F-D12)."""

import contextlib
import re

import pytest
from desk_room import ask, home, shown

try:
    from browser import axe, layout
    from browser.seat import SOON_MS
    from playwright.sync_api import expect
except ImportError:  # only without the test extra: told by the fixture
    expect = None

SIZES = {390: 844, 768: 1024, 1024: 768, 1280: 720, 1920: 1080}
JUDGED = (1280, 390)  # where axe-core looks
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
IDLE = {"en": "Type an amount", "zh": "请输入金额"}
TABS = ("wire", "faults", "ledger", "lessons", "board")
TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@contextlib.contextmanager
def at(seat, width: int):
    """The page in a window of this width, seen from its top."""
    seat.page.set_viewport_size({"width": width, "height": SIZES[width]})
    seat.page.evaluate("() => new Promise((drawn) => { scrollTo(0, 0); requestAnimationFrame(() => setTimeout(drawn, 60)); })")
    yield
    seat.page.set_viewport_size({"width": 1280, "height": 720})


def judge(seat, what: str, sizes=tuple(SIZES), part: str = "body") -> list:
    """What is wrong with the page as it stands, a line each."""
    wrong = []
    for width in sizes:
        with at(seat, width):
            found = seat.page.evaluate(layout.CUT, part)
            if part == "body":  # a dialog may scroll within itself, the page never has a second scroller
                found += [f"scrolls: {each}" for each in seat.page.evaluate(layout.SCROLLERS)]
                below = seat.page.evaluate(layout.NOTHING_BELOW)
                found += [f"{below} px of nothing below"] if below > 40 else []
            if width in JUDGED:
                found += axe.violations(seat.page)
            wrong += [f"{what} {width}: {line}" for line in found]
    return wrong


@pytest.mark.parametrize("language", list(LOCALES))
def test_f_d8_f_d12_every_view_works_at_every_size(seats, number, language):
    """F-D8, F-D12: one scroller, nothing cut or beside the window, no empty end; axe-core finds nothing in any tab or dialog.

    The plain pages (overview, API), which the rows do not name, are looked at too.
    """
    seat = seats.open(number, locale=LOCALES[language], viewport={"width": 1280, "height": 720})
    seat.shows(IDLE[language])
    axe.load(seat.page)
    wrong = judge(seat, "guide")
    seat.press("1250")
    seat.shows("12.50")
    seat.press("#")
    seat.shows("Present card|请挥卡")
    seat.card()
    seat.shows("APPROVED|交易成功")
    wire = seat.tab("wire")
    wire.locator(".wire-rows").get_by_role("button", name=re.compile("0210")).first.click()
    wrong += judge(seat, "wire")
    seat.off()
    seat.press("#")
    for tab in TABS[1:]:
        seat.tab(tab)
        expect(seat.find(f"#panel-{tab} :is(h2, h3)").first).to_be_visible()
        if tab == "ledger":
            expect(seat.find("#difference")).to_have_text("0.00")
        if tab == "faults":
            seat.find("#fault-drop-answer").click()
            expect(seat.find("#fault-count")).to_have_text("1")
        wrong += judge(seat, tab)
        if tab == "faults":
            seat.find("#fault-drop-answer").click()
    seat.find("#make-card").click()
    wrong += judge(seat, "make", JUDGED, "dialog")
    seat.page.keyboard.press("Escape")
    # The lesson leaves the tabs in sight, and its bar leads back to it.
    seat.tab("lessons")
    seat.find('[data-lesson="sale"]').click()
    expect(seat.find("#lesson .lesson-text")).to_be_in_viewport(ratio=1)
    for tab in TABS:
        expect(seat.find(f"#tab-{tab}")).to_be_in_viewport(ratio=1)
    wrong += judge(seat, "lesson")
    for width in JUDGED:
        with at(seat, width):
            bar = seat.find("#lesson-away")
            seat.page.evaluate("() => scrollTo(0, document.documentElement.scrollHeight)")
            expect(bar).to_be_visible()
            bar.click()
            expect(seat.find("#lesson .lesson-text")).to_be_in_viewport(ratio=1)
            expect(bar).to_be_hidden()
    seat.find("#lesson [data-part=stop]").click()
    for address in ("", "api"):
        seat.page.goto(seat.url + address)
        expect(seat.find("main li, main details").first).to_be_visible(timeout=SOON_MS)
        axe.load(seat.page)
        wrong += [f"/{address}: {line}" for line in axe.violations(seat.page)]
    assert not wrong, "\n".join(wrong)


def test_f_d8_a_newcomer_sees_the_guide_first_until_a_payment_is_made(seats, number):
    seat = seats.open(number, viewport={"width": 390, "height": 844})
    seat.shows(IDLE["en"])
    now = seat.find("#guide li[aria-current]")
    expect(now).to_be_in_viewport(ratio=1)
    expect(now).to_contain_text("1")
    for key in "120#":
        expect(seat.find(f'[data-key="{key}"]')).to_be_in_viewport(ratio=1)  # with the guide, on a phone
    seat.press("125")
    seat.shows("1.25")
    expect(now).to_contain_text("#")
    seat.press("#")
    seat.shows("Present card")
    expect(now).to_contain_text("Visa credit")
    seat.card()
    expect(seat.find("#card-on-reader")).to_be_in_viewport(ratio=0.9)  # the wallet is far below it
    seat.shows("APPROVED")
    expect(seat.find("#guide-lesson")).to_be_visible()
    seat.page.reload()
    seat.shows("APPROVED|Type an amount")
    expect(seat.find("#guide")).to_be_hidden()


def test_f_d8_a_drag_is_never_lost_and_leaves_no_ghost(seats, number):
    """F-D8: a quick mouse; and what the row does not name: a wallet drawn anew in mid-drag, Escape, a button let go elsewhere."""
    seat = seats.open(number, viewport={"width": 1280, "height": 720})
    seat.shows(IDLE["en"])
    mouse, ghost, on = seat.page.mouse, seat.find(".ghost"), seat.find("#card-on-reader")

    def middle(selector: str) -> tuple:
        box = seat.find(selector).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + 12

    def press_card() -> None:
        mouse.move(*middle('.cards [data-name="visa-debit"]'))
        mouse.down()

    press_card()
    mouse.move(*middle("#reader"))  # one single move, far from the card
    mouse.up()
    expect(on).to_be_visible(timeout=SOON_MS)
    expect(ghost).to_have_count(0)
    on.hover()  # which waits until it has landed
    mouse.down()
    mouse.move(900, 500)
    mouse.up()
    expect(on).to_have_count(0)
    press_card()
    mouse.move(700, 400)
    expect(ghost).to_have_count(1)
    seat.page.evaluate("() => document.querySelector('#lang-zh').click()")  # every card is drawn anew
    mouse.move(*middle("#reader"))
    mouse.up()
    expect(on).to_be_visible(timeout=SOON_MS)
    expect(ghost).to_have_count(0)
    seat.page.evaluate("() => document.querySelector('#lang-en').click()")
    seat.find("#card-on-reader").click()
    expect(on).to_have_count(0)
    press_card()
    mouse.move(700, 400)
    seat.page.keyboard.press("Escape")
    expect(ghost).to_have_count(0)
    mouse.move(*middle("#reader"))
    mouse.up()
    expect(on).to_have_count(0)
    press_card()
    mouse.move(700, 400)
    # Let go where the page hears nothing of it: the next move says that no button is down.
    seat.page.evaluate("() => document.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, buttons: 0 }))")
    expect(ghost).to_have_count(0)
    mouse.up()
    # A drag does not swallow the next key press on a card.
    seat.find('.cards [data-name="visa-debit"]').focus()
    seat.page.keyboard.press("Enter")
    expect(on).to_be_visible(timeout=SOON_MS)
    seat.page.keyboard.press("Enter")
    expect(on).to_have_count(0)


def test_f_d8_a_finger_drags_a_card_that_it_holds_and_scrolls_otherwise(seats, number):
    seat = seats.open(number, **TOUCH)
    seat.shows("Type an amount")
    seat.find('.cards [data-name="mastercard-debit"]').scroll_into_view_if_needed()
    box = seat.find('.cards [data-name="mastercard-debit"]').bounding_box()
    x, y = box["x"] + 30, box["y"] + 20
    fingers = seat.page.context.new_cdp_session(seat.page)

    def touch(kind: str, *points) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", (x, y))
    expect(seat.find(".ghost")).to_have_count(1)  # held, it comes along
    touch("touchMove", (x, y - 40))
    reader = seat.find("#reader").bounding_box()  # it has come into the window
    assert 0 <= reader["y"] <= 844
    touch("touchMove", (reader["x"] + 60, reader["y"] + 40))
    touch("touchEnd")
    expect(seat.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)
    expect(seat.find(".ghost")).to_have_count(0)
    seat.find("#card-on-reader").tap()
    expect(seat.find("#card-on-reader")).to_have_count(0)
    seat.find('.cards [data-name="mastercard-debit"]').tap()
    expect(seat.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)


def test_f_d8_a_refused_card_keeps_its_form(seats, number):
    """F-D8: Chinese letters, said beside the field; and what the row does not name: a refusal by the server alone."""
    seat = seats.open(number, locale="zh-CN")
    seat.shows(IDLE["zh"])
    seat.find("#make-card").click()
    label, said = seat.find("#make-label"), seat.find("#make-label-problem")
    label.fill("我的卡")
    seat.find("#make-balance").fill("12.34")
    seat.find('dialog button[type="submit"]').click()
    expect(said).to_contain_text("汉字")
    expect(label).to_have_value("我的卡")
    expect(label).to_be_focused()
    expect(label).to_have_attribute("aria-invalid", "true")
    seat.page.evaluate("() => document.querySelector('#make-label').removeAttribute('pattern')")
    label.fill("我的卡片")
    expect(said).to_be_empty()
    seat.find('dialog button[type="submit"]').click()
    expect(said).to_contain_text("ISO 8859-1")
    expect(seat.find("#make-balance")).to_have_value("12.34")
    label.fill("MY CARD")
    seat.find('dialog button[type="submit"]').click()
    expect(seat.find("dialog")).to_have_count(0)
    expect(seat.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)


# Words of a page that are not its language: Chinese signs, or English words that are no terms of the field.
_FOREIGN = {"en": re.compile(r"[\u4e00-\u9fff]+"), "zh": re.compile(r"(?<![\w-])[a-z]{3,}(?:[- ][a-z]{2,})*(?!\w)")}
_TERMS = {"hhmmss", "yymmdd"}
_READ = """() => {
  const words = [];
  for (const row of document.querySelectorAll("#panel-wire .wire-rows li > button")) {
    if (!row.querySelector(".wf-oled")) words.push(row.querySelector(".unseen").textContent);
    row.click();
    const pane = document.querySelector("#panel-wire .wire-detail").cloneNode(true);
    for (const raw of pane.querySelectorAll("code, cite, .wire-lines")) raw.remove();
    words.push(pane.textContent);
  }
  return words;
}"""


async def everything(terminal) -> None:
    """A story that puts every kind of entry on the wire."""
    orders = ["drop-answer next sale", "delay 1 next sale", "duplicate next sale", "wrong-mac next sale", "garbage next sale",
              "half next sale", "mismatch amount next sale", "close before next sale", "decline 51 next sale",
              "corrupt next sale", "slow 5 next sale", "partial 1.00 next sale"]  # fmt: skip
    for order in orders[:3]:
        await terminal.command({"do": "host", "line": order})
    await terminal.command({"do": "speed", "factor": 10})
    await ask(terminal, "300")
    await terminal.bench.wait_text(lambda seen: "PRESENT_CARD" not in seen.names, 20)
    await terminal.bench.wait_text(lambda seen: {"REVERSED", "APPROVED", "DECLINED", "NOT_CHARGED"} & set(seen.names[:1]), 60)
    for order in orders[3:]:
        await terminal.command({"do": "host", "line": order})
    await terminal.command({"do": "cut", "after": "write", "n": 40})
    await terminal.command({"do": "host", "line": "clear"})
    await home(terminal)
    await terminal.command({"do": "wifi", "up": False})
    await terminal.command({"do": "wifi", "up": True})
    await terminal.command({"do": "host", "line": "garbage next sale"})
    await ask(terminal, "400", card="unionpay-debit")
    await terminal.bench.wait_text(lambda seen: {"REVERSED", "NOT_CHARGED", "UNKNOWN"} & set(seen.names[:1]), 60)
    await terminal.command({"do": "cut", "now": True})
    await terminal.command({"do": "power", "on": True})
    await terminal.bench.wait_text(lambda seen: bool(seen.names) and seen.names[0] in ("REVERSED", "HINT_IDLE"), 60)
    await terminal.command({"do": "speed", "factor": 1})


def test_f_d12_no_entry_of_the_wire_is_in_the_other_language(seats, number, desk):
    """F-D12: every entry of a whole story, its line and its explanation, on an English and on a Chinese page.

    The faults' and the ledger's panel, which the row does not name, too.  A page that is opened later shows the wire (F-D8).
    """
    terminal = desk.terminal(number)

    async def story() -> None:
        await shown(terminal, "Type an amount")
        await everything(terminal)

    desk.run(story(), 180)
    wrong = []
    for language in LOCALES:
        seat = seats.open(number, locale=LOCALES[language])
        rows = seat.find(".wire-rows button")
        expect(rows.first).to_be_visible(timeout=SOON_MS)
        options = seat.find("#panel-wire select option")
        expect(options.nth(3)).to_be_attached()
        payments = options.evaluate_all("(all) => all.map((each) => each.value)")
        words = []
        for payment in payments:
            seat.find("#panel-wire select").select_option(payment)
            expect(rows.first).to_be_visible(timeout=SOON_MS)
            words += seat.page.evaluate(_READ)
        for tab in ("faults", "ledger"):
            panel = seat.tab(tab)
            words.append(panel.locator(".expect, .about, .switch-name, h2, h3, .latest .what, th, .pill").all_inner_texts())
        assert len(words) > 100
        for text in words:
            for line in [text] if isinstance(text, str) else text:
                own = re.sub("“[^”]*”", "", line)  # what a card says of itself is quoted
                foreign = [found for found in _FOREIGN[language].findall(own) if found not in _TERMS]
                wrong += [f"{language}: {found!r} in {line[:90]!r}" for found in foreign]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_f_d8_a_reload_shows_the_last_sale_again(seats, number, desk):
    """F-D8: what came after the sale (here a start) is no reason to show nothing."""
    seat = seats.open(number)
    seat.shows("Type an amount")
    seat.amount()
    seat.card()
    seat.shows("APPROVED")
    seat.home()
    entries = seat.entries()
    for on in ("false", "true"):
        seat.find("#power").click()
        expect(seat.find("#power")).to_have_attribute("aria-pressed", on)
    seat.shows("Type an amount")
    seat.page.reload()
    seat.shows("Type an amount")
    expect(seat.find(".wire-rows button", has_text="0210")).to_be_visible(timeout=SOON_MS)
    assert seat.entries()[: len(entries)] == entries
