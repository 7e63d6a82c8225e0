"""Draws every screen in both languages under MicroPython and prints one JSON line each (run by test_screens.py).

    micropython screen_catalogue.py FOLDER_OF_SSD1306 HEIGHT FEW_KEYS < SECTIONS

HEIGHT: rows of the display, 64 or 32 (then every page of every screen).  FEW_KEYS: 1 for a keypad without A, B, C and D.
SECTIONS: JSON [[name of a sentence, its section in tools/words/sentences.txt], …].  Printed is a line a screen:
{"name", "language", "bits" (base64 of what the display's model shows), "lines", "overflow", "bytes", "glyphs" (how many different
ones), "odd", "even" (the pixels of its words, line by line in turn), "bars", "again", "redrawn" (file calls and bus bytes of the
same screen drawn again, and drawn anew), "stretched" (no picture for people: the longest amounts, names and words)}; the display
is the project's model of the chip, so that the refresh is tested by the very same pictures.
"""

import binascii
import json
import sys

import framebuf

here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.insert(0, here + "/../firmware")
sys.path.insert(1, here + "/../tools")
sys.path.append(sys.argv[1])

from chips.ssd1306 import Ssd1306
from taptill.app import guidance, menu_tree, words
from taptill.app.pages import (
    again,
    agree,
    amount,
    boot,
    earlier,
    idle,
    menu,
    more,
    network,
    pin,
    qr,
    result,
    reversal_open,
    selftest,
    slip,
    supervisor,
    tally,
    tap,
    wait,
)
from taptill.app.widgets import canvas, glyphs, icons, pager, texts
from taptill.core import checks, transactions
from taptill.core.emv import outcome
from taptill.drivers.oled import Oled
from taptill.flows import diagnosis
from taptill.flows import result as ends
from taptill.flows.health import Health

HEIGHT = int(sys.argv[2])
FEW_KEYS = sys.argv[3] == "1"


class Bus:
    """I2C with one display model; counts address, control and data bytes."""

    def __init__(self, chip):
        self.chip = chip
        self.bytes = 0

    def writeto(self, addr, data, stop=True):
        assert addr == 0x3C
        self.bytes += 1 + len(data)
        self.chip.i2c_write(data)
        return len(data)

    def writeto_mem(self, addr, register, data, addrsize=8):
        self.writeto(addr, bytes([register]) + bytes(data))

    def writevto(self, addr, parts, stop=True):
        return self.writeto(addr, b"".join(bytes(part) for part in parts))


NAMES = ("W" * 32, "@" * 32, "国" * 32, "龘" * 16, "国W" * 16, "Ay" * 16, "gjpqy " * 5, "i" * 32, "Ice, Tea & Co (Old), Xi'an")


class Counted:
    """A file whose calls are counted."""

    calls = 0

    def __init__(self, file):
        self._file = file

    def _counted(self, name, *values):
        Counted.calls += 1
        return getattr(self._file, name)(*values)

    def seek(self, place):
        return self._counted("seek", place)

    def read(self, size):
        return self._counted("read", size)

    def readinto(self, buffer):
        return self._counted("readinto", buffer)


class Ink:
    """What a canvas drew, taken apart: the words by lines in turn, and the bars behind them."""

    def __init__(self, c):
        self.canvas = c
        self.parts = {name: bytearray(16 * HEIGHT) for name in ("odd", "even", "bars")}
        self.frames = {}
        for name, bits in self.parts.items():
            self.frames[name] = framebuf.FrameBuffer(bits, 128, HEIGHT, framebuf.MONO_VLSB)
        self.glyphs = set()
        self.rows = []
        self._draw, self._fill, self._clear = c._draw, c.oled.fill_rect, c.clear
        c._draw, c.clear, c.oled.fill_rect = self.draw, self.clear, self.fill_rect

    def clear(self):
        self._clear()
        for frame in self.frames.values():
            frame.fill(0)
        self.glyphs = set()
        self.rows = []

    def draw(self, code, x, y, inverse=False, face=0):
        size = self._draw(code, x, y, inverse, face)
        row = self.canvas._row
        if row not in self.rows:
            self.rows.append(row)
        self.frames["odd" if self.rows.index(row) % 2 else "even"].blit(self.canvas._glyph, x, y, 0)
        self.glyphs.add((code, face))
        return size

    def fill_rect(self, x, y, width, height, colour):
        self._fill(x, y, width, height, colour)
        if height >= 11:  # dots and spots are none
            self.frames["bars"].fill_rect(x, y, width, height, colour)

    def told(self):
        parts = {name: binascii.b2a_base64(bits).decode().strip() for name, bits in self.parts.items()}
        parts["glyphs"] = len(self.glyphs)
        return parts


def build(language):
    """A canvas on a display model."""
    chip = Ssd1306(height=HEIGHT)
    bus = Bus(chip)
    oled = Oled(128, HEIGHT, bus)
    oled.start()
    shapes = glyphs.Glyphs(here + "/../firmware/taptill/fonts/glyphs.bin")
    shapes.open()
    words = texts.Texts(here + "/../firmware/taptill/texts")
    words.use(language)
    shapes._file, words._file = Counted(shapes._file), Counted(words._file)
    c = canvas.Canvas(oled, shapes, words)
    c.few_keys = FEW_KEYS
    return c, chip, bus


def pages(c, name, draw, shown=1):
    """`shown` pages of a screen of several, and on a low glass all that there are; `draw(page) -> pages`."""
    for page in range(draw(0) if c.low else shown):
        yield name + ("-%d" % (page + 1) if page else ""), lambda: draw(page)


def cost(draw, bus):
    """(file calls, bus bytes) of drawing a screen."""
    calls, sent = Counted.calls, bus.bytes
    draw()
    return Counted.calls - calls, bus.bytes - sent


def everyday(c, zh):
    shop = "城市咖啡馆" if zh else "City Coffee"
    yield "boot", lambda: boot.draw(c, "0.1.0")
    yield "boot-no-tls", lambda: boot.draw(c, "0.1.0", words.WIFI_JOINING, words.NO_TLS)
    yield "boot-clock", lambda: boot.draw(c, "0.1.0", words.CLOCK_SETTING)
    hint = words.HINT_STAR if c.few_keys else words.HINT_IDLE
    long_shop = "城市咖啡馆人民路第八分店" if zh else "City Coffee and Bakery"
    longest = "深圳友谊百货中心店人民路第八分店" if zh else "Delicatessen Grossmann, Old Market"[:32]
    for name, merchant, clock, bars, host, note in (
        ("idle", shop, "14:05", 3, True, hint),
        ("idle-no-network", long_shop, "--:--", icons.WIFI, False, words.NO_NETWORK),
        ("idle-clock-not-set", shop, "--:--", 3, False, words.CLOCK_UNSET),
        ("idle-longest-name", longest, "23:59", 1, True, hint),
    ):
        yield from pages(c, name, lambda turn: idle.draw(c, merchant, clock, bars, host, note, turn))
    yield "amount-zero", lambda: amount.draw(c, 0)
    yield "amount", lambda: amount.draw(c, 1250)
    yield "amount-long", lambda: amount.draw(c, 12345678)
    for code, letters, value in (("392", "yen", 1250), ("414", "dinar", 12500), ("840", "dollar", 99999999)):

        def in_currency(draw, code=code, value=value):
            assert c.sell_in(code)
            draw(c, value)
            assert c.sell_in("156")

        yield "amount-" + letters, lambda: in_currency(amount.draw)
        yield "present-" + letters, lambda: in_currency(tap.present)
    yield "present", lambda: tap.present(c, 1250)
    yield "present-long", lambda: tap.present(c, 99999999)
    yield "reading", lambda: tap.reading(c, 1)
    yield "remove-card", lambda: tap.remove_card(c, 1250)
    yield "pin", lambda: pin.draw(c, 120000, 3, 58)
    yield "pin-twelve", lambda: pin.draw(c, 120000, 12, 5)
    yield "connecting", lambda: wait.draw(c, words.CONNECTING)
    yield "waiting", lambda: wait.draw(c, words.WAITING_HOST, 42, 1)
    yield "status", lambda: wait.draw(c, words.ASKING, 9, 2)
    if c.low:
        yield "connecting-2", lambda: wait.draw(c, words.CONNECTING, 0, 4)
        yield "status-2", lambda: wait.draw(c, words.ASKING, 9, 4)
    yield "signing-on", lambda: wait.draw(c, words.SIGNING_ON, 0, 1)


def endings(c, zh):
    found = ends.Result(ends.APPROVED, ends.TAKEN)
    found.amount = found.asked = 1250
    found.pan, found.stan, found.auth = "622848******1234", 123, "834412"
    yield "approved", lambda: result.approved(c, words.APPROVED, found)
    yield "approved-2", lambda: result.approved(c, words.APPROVED, found, 1)
    if c.low:
        for page in (2, 3, 4):
            yield "approved-%d" % (page + 1), lambda: result.approved(c, words.APPROVED, found, page)
        for name, change in (("sign", sign), ("part", part), ("earlier", before)):
            yield "approved-%s-2" % name, lambda: result.approved(c, words.APPROVED, change(found), 1)
        found.end, found.amount, found.auth, found.earlier = ends.APPROVED, 1250, "834412", False
    yield "approved-sign", lambda: result.approved(c, words.APPROVED, sign(found))
    yield "approved-part", lambda: result.approved(c, words.PARTIAL, part(found))
    yield "approved-earlier", lambda: result.approved(c, words.APPROVED, before(found))
    for name, value, number, tries in (
        ("reversing", 1250, 2, 3),
        ("reversing-long", 1234567, 9, 9),
        ("reversing-no-network", 1250, 0, 3),
    ):
        for turn in range(4 if c.low else 1):
            suffix = "-%d" % (turn + 1) if turn else ""
            yield name + suffix, lambda: wait.reversing(c, value, number, tries, 4 * turn)
    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    for name, found in results():
        draw = result.page_of(c, told, found)
        for page in range(draw(0)):
            yield name + ("-%d" % (page + 1) if page else ""), lambda: draw(page)
    yield "void-trace", lambda: earlier.draw(c, words.VOID, words.TRACE, 0, words.OR_BY_CARD)
    yield "void-trace-typed", lambda: earlier.draw(c, words.VOID, words.TRACE, 123)
    yield "refund-trace", lambda: earlier.draw(c, words.REFUND, words.TRACE, 0)
    yield "refund-trace-of-batch", lambda: earlier.draw(c, words.REFUND, words.TRACE, 999999000123)
    yield "completion-code", lambda: earlier.draw(c, words.COMPLETION, words.AUTH, 834412)
    yield "completion-date", lambda: earlier.draw(c, words.COMPLETION, words.DATE, 0)
    yield "present-no-amount", lambda: tap.present(c, 0)
    yield "pin-no-amount", lambda: pin.draw(c, 0, 3, 58)
    rows = [row.text for row in more.ROWS]
    for at in (0, len(rows) - 1):
        yield "menu-payments-%d" % (at + 1), lambda: menu.draw(c, words.MORE_PAYMENTS, rows, at)
    for row, title in (
        (transactions.REFUND, words.REFUND),
        (transactions.PREAUTH_VOID, words.PREAUTH_VOID),
        (transactions.COMPLETION, words.COMPLETION),
        (transactions.COMPLETION_VOID, words.COMPLETION_VOID),
    ):
        yield from pages(c, row.name + "-agree", lambda page: agree.draw(c, title, 1250, "622848******1234", 123, page))
    for row in (transactions.REFUND, transactions.BALANCE, transactions.PREAUTH, transactions.COMPLETION):
        made = ends.Result(ends.APPROVED, ends.TAKEN, ends.OK, row.kind)
        made.amount, made.pan, made.stan = 1250, "622848******1234", 124
        draw_made = result.page_of(c, told, made)
        yield from pages(c, row.name + "-done", draw_made)
        why = ends.TOO_MUCH if row.of else ends.TIMEOUT if row is transactions.BALANCE else ends.NO_LINK
        draw_missed = result.page_of(c, told, ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, why, row.kind))
        yield from pages(c, row.name + "-not", draw_missed, draw_missed(0))
    giving = told.open_one(transactions.REFUND.kind)
    draw_giving = lambda page: reversal_open.draw(c, giving, 0, "12.50 #000124", page)
    yield from pages(c, "refund-open", draw_giving, draw_giving(0))
    unknown = ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, ends.NOT_KNOWN, transactions.REFUND.kind)
    unknown.asked, unknown.stan = 1250, 124
    draw_unknown = result.page_of(c, told, unknown)
    yield from pages(c, "refund-not-known", draw_unknown, draw_unknown(0))
    yield from pages(c, "void-agree", lambda page: agree.draw(c, words.VOID, 1250, "622848******1234", 123, page))
    undo = lambda page: agree.draw(c, words.VOID, 99999999, "622848******1234", 999999, page)
    yield from pages(c, "void-agree-long", undo)
    undone = ends.Result(ends.APPROVED, ends.TAKEN, ends.OK, transactions.VOID.kind)
    undone.amount, undone.pan, undone.stan = 1250, "622848******1234", 124
    draw_undone = result.page_of(c, told, undone)
    for name, code, kind in (("sale", "77", transactions.SALE.kind), ("void", "A0", transactions.VOID.kind)):
        step = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE, kind)
        step.f39, step.asked = code, 1250
        yield from pages(c, "again-" + name, lambda page: again.draw(c, told.explain(step), step, page))
    yield from pages(c, "void-done", draw_undone)
    undoing = told.open_one(transactions.VOID.kind)
    yield from pages(c, "void-pending", lambda page: reversal_open.draw(c, undoing, 0, "12.50 #000124", page))
    selling = told.open_one(transactions.SALE.kind)
    for name, why, note in (
        ("pending-doubted", ends.OK, words.U_DOUBTED),
        ("pending-lost", ends.OK, words.U_LOST),
        ("pending-not-kept", ends.NOT_KEPT, words.U_NOT_KEPT),
    ):
        one = told.open_one(transactions.SALE.kind, why)
        yield from pages(c, name, lambda page: reversal_open.draw(c, one, note, "12.50 #000123", page))
    anyway = lambda page: agree.draw(c, words.REVERSE_ANYWAY, 1250, "622848******1234", 123, page)
    yield from pages(c, "reverse-anyway", anyway)
    elsewhere = (("192.168.1.10", "8584"), ["port", "ca.der"], "12.50 #000123")
    yield from pages(c, "pending-elsewhere", lambda page: reversal_open.draw_elsewhere(c, selling, *elsewhere, page), 2)
    yield "signed-on", lambda: pager.sentences(c, words.DONE, [words.SIGNED_ON], icons.CHECK)


def sign(found):
    found.end, found.cvm = ends.APPROVED, outcome.CVM_SIGNATURE
    return found


def before(found):
    found.end, found.amount, found.cvm, found.earlier = ends.APPROVED, 1250, outcome.CVM_NONE, True
    return found


def part(found):
    found.end, found.amount, found.auth = ends.PARTIAL, 800, ""
    return found


def results():
    """One Result of every kind that is not an approval."""
    for code in ("05", "51", "55", "54", "41", "91", "93"):
        found = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
        found.f39 = code
        yield "declined-" + code, found
    for name, why in (
        ("card-lost", ends.CARD_LOST),
        ("not-a-payment-card", ends.NO_PAYMENT_CARD),
        ("no-link", ends.NO_LINK),
        ("cancelled", ends.CANCELLED),
        ("reader", ends.READER),
        ("over-limit", ends.OVER_LIMIT),
        ("no-keys", ends.NO_KEYS),
        ("clock", ends.CLOCK),
        ("certificate", ends.CERTIFICATE),
    ):
        yield "not-sent-" + name, ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, why)
    for name, reason, how in (
        ("not-supported", outcome.NOT_SUPPORTED, outcome.NOT_ACCEPTED),
        ("national", outcome.NOT_SUPPORTED, outcome.NOT_ACCEPTED),
        ("stripe-only", outcome.STRIPE_ONLY, outcome.OTHER_INTERFACE),
        ("declined", outcome.CARD_DECLINED, outcome.DECLINED),
        ("phone", outcome.LOOK_AT_PHONE, outcome.TRY_AGAIN),
        ("conditions", outcome.CONDITIONS, outcome.OTHER_INTERFACE),
    ):
        found = ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, ends.CARD)
        found.card = outcome.CardRead()
        found.card.end(how, reason)
        found.card.scheme = "PagoBANCOMAT" if name == "national" else None
        yield "card-" + name, found
    before = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
    before.f39, before.asked, before.stan, before.earlier = "51", 1250, 123, True
    yield "declined-earlier", before
    for name, why in (
        ("timeout", ends.TIMEOUT),
        ("bad-mac", ends.BAD_MAC),
        ("unknown-code", ends.UNKNOWN_CODE),
        ("in-doubt", ends.IN_DOUBT),
    ):
        yield "reversed-" + name, ends.Result(ends.REVERSED, ends.NOT_TAKEN, why)
    for name, why in (
        ("timeout", ends.TIMEOUT),
        ("refused", ends.REFUSED),
        ("other-day", ends.OTHER_DAY),
        ("damaged", ends.DAMAGED),
        ("stands", ends.STANDS),
        ("differs", ends.DIFFERS),
        ("duplicate", ends.DUPLICATE),
        ("other-host", ends.OTHER_HOST),
    ):
        yield "pending-" + name, ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, why)
    for name, end, why in (
        ("not-sent", ends.NOT_SENT, ends.NO_ORIGINAL),
        ("other-card", ends.NOT_SENT, ends.OTHER_CARD),
        ("declined", ends.DECLINED, ends.HOST_CODE),
        ("reversed", ends.REVERSED, ends.TIMEOUT),
        ("pending-again", ends.UNKNOWN, ends.TIMEOUT),
        ("manual", ends.MANUAL, ends.SUPERVISOR),
    ):
        found = ends.Result(end, ends.NOT_TAKEN, why, transactions.VOID.kind)
        found.f39 = "25" if end == ends.DECLINED else ""
        yield "void-" + name, found
    yield "manual", ends.Result(ends.MANUAL, ends.MONEY_UNKNOWN, ends.SUPERVISOR)
    yield "sign-on-failed", ends.Result(ends.FAILED, ends.NOT_TAKEN, ends.KEYS_REFUSED)


def admin(c, zh):
    items = [row.text for row in reversal_open.ROWS]
    yield "menu-pending", lambda: menu.draw(c, words.REVERSAL_FAILED, items, 0)
    yield "menu-pending-5", lambda: menu.draw(c, words.REVERSAL_FAILED, items, 4)
    reasons = [words.REASON_HOST_DEBIT, words.REASON_HOST_NONE, words.REASON_NO_HOST, words.REASON_CASH, words.REASON_OTHER]
    yield "menu-reason", lambda: menu.draw(c, words.REASON, reasons, 2)
    yield "password", lambda: supervisor.draw(c, 4)
    yield "password-wrong", lambda: supervisor.draw(c, 0, words.WRONG)
    yield "password-locked", lambda: supervisor.draw(c, 0, (words.LOCKED, 120))
    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    yield "network-testing", lambda: wait.testing(c, words.NET_TESTING, words.NET_ROUTER, 4, 8)
    for name, found in diagnoses():
        yield from pages(c, name, lambda page: network.draw(c, told, found, True, page), network.draw(c, told, found, True))
    yield "selftest-testing", lambda: wait.testing(c, words.TESTING, words.P_READER, 4, 9)
    for name, health in healths():
        keys = [("TMK", "3F8E6A02"), ("PIK", "21DFB269"), ("MAK", "F0BE4D7F")]
        shown = selftest.draw(c, told, health, keys)
        yield from pages(c, name, lambda page: selftest.draw(c, told, health, keys, page), shown)
    yield "menu-selftest", lambda: menu.draw(c, words.SELF_TEST, selftest.ROWS, 0)
    yield "selftest-keypad", lambda: selftest.draw_keypad(c, "123A456B789C*0#D", 4, "147A8*")
    yield "selftest-keypad-3", lambda: selftest.draw_keypad(c, "123456789*0#", 3, "123456789*0#")
    yield "selftest-chequered", lambda: selftest.draw_chequered(c)
    yield "selftest-asked-picture", lambda: selftest.draw_question(c, words.P_DISPLAY, words.PICTURE_WHOLE)
    yield "selftest-asked-buzzer", lambda: selftest.draw_question(c, words.P_BUZZER, words.BUZZER_HEARD)
    shop = "城市咖啡馆" if zh else "City Coffee"
    for name, note in (("reader", words.N_READER), ("key", words.N_KEY_STUCK), ("broken", words.N_READER_BROKEN)):
        yield from pages(c, "idle-" + name, lambda page: idle.draw(c, shop, "14:05", 3, True, note, page))
    sale = [(words.AMOUNT, "12.50"), (words.TRACE, "000123"), (words.STATE, words.APPROVED), (words.AUTH, "834412")]
    sale.append((words.TIME, "07-14 14:05"))
    yield from pages(c, "last-sale", lambda page: pager.pairs(c, words.LAST_SALE, sale, page), 2)
    for name, why, step in (
        ("config-missing", words.B_CONFIG_MISSING, words.S_PROVISION),
        ("config-broken", (words.B_CONFIG_BROKEN, "terminal_id"), words.S_PROVISION),
        ("keys-missing", words.B_KEYS_MISSING, words.S_PROVISION),
        ("device-key", words.B_DEVICE_KEY, words.S_SERVICE),
        ("pending-damaged", words.B_DAMAGED, words.S_SERVICE),
    ):
        texts = [why, step] if name == "pending-damaged" else [why, step, words.S_SELF_TEST]
        yield from warning(c, "blocked-" + name, words.BLOCKED, texts)
    unset = [words.B_CONFIG_MISSING, words.S_PROVISION]
    yield from warning(
        c, "blocked-may-be-open", words.BLOCKED, unset + [words.S_SELF_TEST, words.B_MAY_BE_OPEN, words.MANUAL_TEXT]
    )
    left = [words.REVERSAL_FAILED, words.PENDING_TEXT, "12.50 #000123", words.S_MENU, words.S_SELF_TEST]
    yield from warning(c, "blocked-left-open", words.BLOCKED, unset + left)
    numbers = [7, 0, 912, 31, 4, 12, 1, 803, 22, 41, 6, 1, 0, 2, 1, 14, 3117, 12, 3, 1, 0, 0, 0, 1, 31744, 0, 837849900]
    counted = tally.rows(numbers, 480, "0.1", "1.28.0")
    yield from pages(c, "tally", lambda page: tally.draw(c, counted, page), tally.draw(c, counted))
    yield "signing", lambda: wait.draw(c, words.SIGNING)
    kept = [words.EXPORTED] if c.low or c.few_keys else [words.EXPORTED, words.QR_HINT]
    yield from pages(c, "evidence-kept", lambda page: pager.sentences(c, words.DONE, kept, page=page))
    file = "evidence: 1\nfirmware: 0.1\nterminal: 10000001\nmerchant: 123456789012345\n"
    for page in range(0 if c.low else qr.draw(c, file, 0)):
        yield "evidence-code-%d" % (page + 1), lambda: qr.draw(c, file, page)
    was = [words.FAULT_WAS, "fault: ValueError at drivers/wifi.py:123 _watch"]
    yield from warning(c, "fault-was", words.FAULT, was)
    fault = [words.FAULT_RESTARTS, words.FAULT_OPEN]
    yield from pages(c, "fault", lambda page: pager.sentences(c, words.FAULT, fault, icons.WARNING, page))


def slip_screens(c, zh):
    """The slip from its first row on, and what is asked about its printing."""
    from slip_cases import CASES, Shop

    from taptill.app.slips.issuer import Issuer

    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    by = Issuer(Shop, c.texts, told, "CNY", 2)
    for name in ("sale", "manual list", "refund", "pre-authorisation", "balance"):
        rows, most = slip.set_rows(c, CASES[name](by)), c.oled.height // canvas.LINE
        for page in range((len(rows) + most - 1) // most):
            shown = "slip-" + name.replace(" ", "-") + ("-%d" % (page + 1) if page else "")
            yield shown, lambda: slip.draw(c, rows, most * page)
    yield "slip-printing", lambda: slip.draw_printing(c, words.FOR_MERCHANT, 0)
    line = "12.50 #000123"
    ask = lambda page: slip.draw_question(c, words.PRINT_IT, words.FOR_CUSTOMER, line, words.KEYS_PRINT, page)
    yield from pages(c, "slip-customer", ask)
    unsure = lambda page: slip.draw_question(c, words.WAS_PRINTED, words.FOR_MERCHANT, line, words.KEYS_AGREE, page)
    yield from pages(c, "slip-unsure", unsure)
    for fault in (checks.PAPER_OUT, checks.PRINTER_OPEN, checks.PRINTER_HOT, checks.PRINTER_SILENT, checks.PRINTER_BROKEN):
        guide = told.part(fault)
        yield from pages(c, "slip-fault-%d" % fault, lambda page: slip.draw_fault(c, guide, page), 2)
    yield "slip-of", lambda: earlier.draw(c, words.SLIP, words.TRACE, 0, words.OR_LAST)


def warning(c, name, title, texts):
    """All pages of a warning."""
    draw = lambda page: pager.sentences(c, title, texts, icons.WARNING, page)
    yield from pages(c, name, draw, draw(0))


def diagnoses():
    """One diagnosis of every kind that no result tells, and one of all that is well."""
    fine = [(diagnosis.RADIO, "-55 dBm"), (diagnosis.JOIN, "CoffeeNet"), (diagnosis.ADDRESS, "192.168.43.117/24")]
    fine += [(diagnosis.ROUTER, "12 ms"), (diagnosis.NAME, "203.0.113.19"), (diagnosis.PORT, "48 ms")]
    fine += [(diagnosis.SECURE, ""), (diagnosis.ECHO, "135 ms")]
    for name, failed, why in (
        ("fine", 0, ends.OK),
        ("lease", diagnosis.ADDRESS, ends.LEASE_LOST),
        ("mask", diagnosis.ADDRESS, ends.WRONG_MASK),
        ("router", diagnosis.ROUTER, ends.ROUTER_SILENT),
        ("twice", diagnosis.ROUTER, ends.ADDRESS_TWICE),
        ("dns", diagnosis.NAME, ends.DNS_SILENT),
        ("port", diagnosis.PORT, ends.PORT_CLOSED),
        ("expired", diagnosis.SECURE, ends.CERT_EXPIRED),
    ):
        found = diagnosis.Diagnosis()
        found.failed, found.why, found.weak = failed, why, name == "port"
        found.fine = [entry for entry in fine if not failed or entry[0] < failed]
        yield "network-" + name, found


def healths():
    """A self-test with nothing to say, and one with each fault."""
    values = ("", "", "", "v1.6", "12%", "14:05", "103 kB", "-55 dBm", "")
    well = Health()
    for part, value in zip(checks.PARTS, values):
        well.found[part] = checks.Finding(part, checks.WELL, value)
    yield "selftest-fine", well
    unset = Health()
    unset.found.update(well.found)
    unset.found[checks.FLASH] = checks.Finding(checks.FLASH)
    for part in (checks.CLOCK, checks.WIFI, checks.KEYS):
        unset.found[part] = checks.Finding(part, checks.UNTESTED)
    yield "selftest-no-settings", unset
    for name, part, fault, value in (
        ("key-stuck", checks.KEYPAD, checks.KEY_STUCK, "5"),
        ("key-dead", checks.KEYPAD, checks.KEY_DEAD, "123A456B789C*0#D"),
        ("display", checks.DISPLAY, checks.DISPLAY_OTHER, ""),
        ("picture", checks.DISPLAY, checks.DISPLAY_PICTURE, ""),
        ("buzzer", checks.BUZZER, checks.BUZZER_UNHEARD, ""),
        ("reader", checks.READER, checks.READER_SILENT, ""),
        ("reader-broken", checks.READER, checks.READER_BROKEN, ""),
        ("antenna", checks.READER, checks.NO_ANTENNA, ""),
        ("field", checks.READER, checks.NO_FIELD, ""),
        ("flash", checks.FLASH, checks.FLASH_REFUSES, ""),
        ("filling", checks.FLASH, checks.FLASH_FILLING, ""),
        ("clock", checks.CLOCK, checks.CLOCK_UNKNOWN, ""),
        ("memory", checks.MEMORY, checks.MEMORY_LOW, ""),
        ("no-network", checks.WIFI, checks.NO_NETWORK, ""),
        ("signal", checks.WIFI, checks.SIGNAL_LOW, ""),
        ("no-keys", checks.KEYS, checks.NO_MASTER_KEY, ""),
        ("not-signed-on", checks.KEYS, checks.NO_WORKING_KEYS, ""),
    ):
        health = Health()
        health.found[part] = checks.Finding(part, fault, value)
        yield "selftest-" + name, health


def stretched(c, zh):
    """The longest of all that is put into a screen: amounts of every kind of currency, names, answers."""
    for code in ("156", "392", "414", "990"):  # two decimals, none, three, four
        assert c.sell_in(code)
        for value in (0, 99999999):
            name = "-%s-%d" % (c.currency, value)
            yield "amount" + name, lambda: amount.draw(c, value)
            yield "present" + name, lambda: tap.present(c, value)
            yield "remove" + name, lambda: tap.remove_card(c, value)
            yield "pin" + name, lambda: pin.draw(c, value, 12, 300)
            yield from pages(c, "agree" + name, lambda page: agree.draw(c, words.VOID, value, "622848******1234", 999999, page))
            yield "reversing" + name, lambda: wait.reversing(c, value, 9, 9)
            yield "reversing-no-network" + name, lambda: wait.reversing(c, value, 0, 9)
            done = ends.Result(ends.PARTIAL, ends.TAKEN)
            done.amount = done.asked = value
            done.pan, done.stan, done.auth = "622848******1234", 999999, "WWWWWW"
            for page in range(5 if c.low else 2):
                yield "approved%s-%d" % (name, page), lambda: result.approved(c, words.PARTIAL, done, page)
            stands = guidance.Guide(words.REVERSAL_FAILED, words.MANUAL_TEXT)
            yield "open" + name, lambda: reversal_open.draw(c, stands, value, 999999)
            yield "open-2" + name, lambda: reversal_open.draw(c, stands, value, 999999, 1)
            if c.low:
                for turn in (1, 2, 3):
                    yield "reversing-%d%s" % (turn, name), lambda: wait.reversing(c, value, 9, 9, 4 * turn)
    assert c.sell_in("156")
    for name in NAMES:
        yield from pages(c, "idle-" + name, lambda turn: idle.draw(c, name, "23:59", 3, True, words.CLOCK_UNSET, turn))
    for seconds in (1, 999):
        for what in (words.CONNECTING, words.WAITING_HOST, words.SIGNING_ON, words.ASKING):
            yield "wait-%d-%d" % (what, seconds), lambda: wait.draw(c, what, seconds, 0)
    yield "locked", lambda: supervisor.draw(c, 12, (words.LOCKED, 9999))
    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    for first in "0123456789ANXZ":
        for second in "0123456789":
            found = ends.Result(ends.UNKNOWN if second == "7" else ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
            found.f39, found.asked, found.stan = first + second, 99999999, 999999
            draw = result.page_of(c, told, found)
            for page in range(draw(0)):
                yield "answer-%s%s-%d" % (first, second, page), lambda: draw(page)
    items = [row.text for row in menu_tree.MAIN]
    for at in range(len(items)):
        yield "menu-%d" % at, lambda: menu.draw(c, words.MENU, items, at)
    found = diagnosis.Diagnosis()
    found.fine = [(diagnosis.JOIN, "W" * 32), (diagnosis.ADDRESS, "255.255.255.255/32"), (diagnosis.ECHO, "99999 ms")]
    for page in range(network.draw(c, told, found, False) if c.low else 4):
        yield "network-%d" % page, lambda: network.draw(c, told, found, False, page)


def overflows(c, sections):
    """Every sentence on the kind of screen it is for: the names of those that do not fit."""
    bad = []
    for name, section in sections:
        text = c.words(getattr(words, name)).replace("%s", "88")
        c.clear()
        if section in ("screen", "money", "why", "step", "told"):
            lines = c.wrap(text)
            if len(lines) > 3 or any(c.width(line) > c.columns - 2 * canvas.MARGIN + 1 for line in lines):
                bad.append(name)
            if "".join(lines).replace(" ", "") != text.replace(" ", ""):
                bad.append(name)
        elif section == "slip":  # beside a value, or over several rows
            if any(c.width(line) > c.columns - 2 * canvas.MARGIN for line in c.wrap(text, c.columns - 2 * canvas.MARGIN - 2)):
                bad.append(name)
        elif section == "keys":
            c.legend(text)
        elif section == "title":
            c.bar(text, icons.CHECK, "", True)
        else:
            c.text(text, 4, 12)
        if c.overflow:
            bad.append(name)
    return bad


def main():
    sections = json.loads(sys.stdin.read())
    for language in texts.LANGUAGES:
        c, chip, bus = build(language)
        ink = Ink(c)
        zh = language == "zh"
        for part in (everyday, endings, admin, slip_screens, stretched):
            for name, draw in part(c, zh):
                _, sent = cost(draw, bus)
                row = {
                    "name": name,
                    "language": language,
                    "stretched": part is stretched,
                    "bits": binascii.b2a_base64(chip.frame()).decode().strip(),
                    "lines": c.lines,
                    "overflow": c.overflow,
                    "bytes": sent,
                    "same": bytes(chip.frame()) == bytes(c.oled.buffer),
                }
                row.update(ink.told())
                row["again"] = cost(draw, bus)
                c.clear()
                row["redrawn"] = cost(draw, bus)
                print(json.dumps(row))
        print(json.dumps({"name": "texts", "language": language, "overflow": overflows(c, sections)}))


main()
