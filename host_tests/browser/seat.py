"""A seat at a terminal: one page of the desk, used as a person uses it, with everything noted that must not happen."""

import re

from playwright.sync_api import expect

SOON_MS = 30_000  # a bound for a busy computer, not a wait
WINDOW = {"width": 1366, "height": 768}
_CARD_CORNER = {"x": 20, "y": 12}  # cards overlap; this corner of each is free

# A refused script or style is told to the page; so is what a screen reader is given to say.
_NOTES = """
window.noted = { refused: [], said: [] };
document.addEventListener("securitypolicyviolation", (event) => {
  window.noted.refused.push(`${event.violatedDirective} ${event.blockedURI}`);
});
document.addEventListener("DOMContentLoaded", () => {
  for (const node of document.querySelectorAll("[aria-live]")) {
    new MutationObserver(() => window.noted.said.push(node.textContent))
      .observe(node, { childList: true, characterData: true, subtree: true });
  }
});
"""


class Seats:
    """Opens seats in one browser, each with its own storage; at the end none may have anything to complain of."""

    def __init__(self, browser, url: str):
        self._browser, self.url = browser, url
        self._contexts: list = []
        self.problems: list = []

    def open(self, number: int, **options):
        """A page at terminal `number`, idle or not; `options` are the browser's, such as locale and color_scheme."""
        seat = Seat(self.page(**options), self.url, number)
        seat.go()
        return seat

    def page(self, **options):
        """An empty page that is listened to."""
        context = self._browser.new_context(**{"viewport": WINDOW, "color_scheme": "light", "locale": "en-GB", **options})
        context.set_default_timeout(SOON_MS)
        context.add_init_script(_NOTES)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("dialog", self._dialog)
        return page

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text}")

    def _dialog(self, dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def close(self) -> list:
        """Close every page; what went wrong in them."""
        for context in self._contexts:
            for page in context.pages:
                self.problems += [f"refused: {line}" for line in page.evaluate("() => window.noted.refused")]
            context.close()
        self._contexts.clear()
        return self.problems


class Seat:
    """One page at one terminal."""

    def __init__(self, page, url: str, number: int):
        self.page, self.url, self.number = page, url, number

    def go(self, rest: str = "") -> None:
        """Open the page, with nothing or `?tab=…` behind its address."""
        self.page.goto(f"{self.url}{self.number}{rest}")
        expect(self.find("#link")).to_have_attribute("data-state", "up", timeout=SOON_MS)

    def find(self, selector: str, **options):
        return self.page.locator(selector, **options)

    # the terminal -------------------------------------------------------------------------------

    def shows(self, *words: str) -> None:
        """Wait until the OLED shows all of these words, in any order; "one|other" is either."""
        inside = "".join(f"(?=.*({'|'.join(map(re.escape, word.split('|')))}))" for word in words)
        expect(self.find("#screen-text")).to_have_attribute("aria-label", re.compile(inside, re.S), timeout=SOON_MS)

    def text(self) -> str:
        return self.find("#screen-text").get_attribute("aria-label")

    def press(self, keys: str) -> None:
        """Click keys."""
        for key in keys:
            self.find(f'[data-key="{key}"]').click()

    def amount(self, keys: str = "1250", shown: str = "12.50") -> None:
        self.press(keys)
        self.shows(shown)
        self.press("#")
        self.shows("Present card", shown)

    def home(self) -> None:
        """Away with the card and the result, which goes by itself after a while."""
        if self.find("#card-on-reader").count():
            self.off()
        if "Type an amount" not in self.text():
            self.press("#")
        self.shows("Type an amount")

    def hurried(self, word: str) -> None:
        """Let time fly until the wire tells of a screen with this word: the screen itself may be gone in a blink."""
        self.find('#terminal [data-factor="60"]').click()
        row = self.tab("wire").locator(".wire-rows button", has_text=word)
        expect(row.first).to_be_visible(timeout=SOON_MS)
        self.find('#terminal [data-factor="1"]').click()
        expect(self.find('#terminal [data-factor="1"]')).to_have_attribute("aria-pressed", "true")

    def dots(self) -> str:
        """The OLED's canvas as a data address."""
        return self.find("canvas.oled").evaluate("(canvas) => canvas.toDataURL()")

    # wallet -------------------------------------------------------------------------------------

    def tap(self, name: str) -> None:
        """Put a card on the reader, where it may not stay: it goes with the power, which an armed cut takes at once."""
        self.find(f'.cards [data-name="{name}"]').click(position=_CARD_CORNER)

    def card(self, name: str = "visa-credit") -> None:
        self.tap(name)
        expect(self.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)

    def off(self) -> None:
        self.find("#card-on-reader").click()
        expect(self.find("#card-on-reader")).to_have_count(0)

    def make_card(self, label: str, scheme: str = "visa", **ticks):
        """Make a card, which is on the reader then; its face in the wallet."""
        self.find("#make-card").click()
        self.find("#make-scheme").select_option(scheme)
        self.find("#make-label").fill(label)
        for name, wanted in ticks.items():
            self.find(f"#make-{name}").set_checked(wanted)
        self.find('dialog button[type="submit"]').click()
        expect(self.find("dialog")).to_have_count(0)
        expect(self.find("#card-on-reader")).to_be_visible(timeout=SOON_MS)
        return self.find(".cards .card", has_text=label)

    # panels -------------------------------------------------------------------------------------

    def tab(self, name: str):
        """Show a panel."""
        self.find(f"#tab-{name}").click()
        panel = self.find(f"#panel-{name}")
        expect(panel).to_be_visible()
        return panel

    def entries(self) -> list:
        """What the wire shows, an entry a text."""
        return self.find(".wire-rows button .unseen").all_text_contents()

    def books_agree(self) -> None:
        self.tab("ledger")
        expect(self.find("#difference")).to_have_text("0.00", timeout=SOON_MS)
        expect(self.find(".difference.fine")).to_be_visible(timeout=SOON_MS)

    def said(self) -> list:
        """What a screen reader was given to say."""
        return self.page.evaluate("() => window.noted.said")
