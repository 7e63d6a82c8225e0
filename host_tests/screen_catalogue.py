"""Draws every screen in both languages under MicroPython and prints one JSON line each (run by test_screens.py).

    micropython screen_catalogue.py FOLDER_OF_SSD1306 < SECTIONS

SECTIONS: JSON [[name of a sentence, its section in tools/words/sentences.txt], …].  Printed is a line a screen:
{"name", "language", "bits" (base64 of the display model's memory), "lines", "overflow", "bytes"}; the display
is the project's model of the chip, so that the refresh is tested by the very same pictures.
"""

import binascii
import json
import sys

here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.insert(0, here + "/../firmware")
sys.path.insert(1, here + "/../tools")
sys.path.append(sys.argv[1])

from chips.ssd1306 import Ssd1306
from taptill.app import guidance, words
from taptill.app.pages import agree, amount, boot, idle, menu, network, pin, result, reversal_open, supervisor, tap, void, wait
from taptill.app.widgets import canvas, glyphs, icons, pager, texts
from taptill.core import transactions
from taptill.core.emv import outcome
from taptill.drivers.oled import Oled
from taptill.flows import result as ends


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


def build(language):
    """A canvas on a display model."""
    chip = Ssd1306()
    bus = Bus(chip)
    oled = Oled(128, 64, bus)
    oled.start()
    shapes = glyphs.Glyphs(here + "/../firmware/taptill/fonts/glyphs.bin")
    shapes.open()
    words = texts.Texts(here + "/../firmware/taptill/texts")
    words.use(language)
    return canvas.Canvas(oled, shapes, words), chip, bus


def everyday(c, zh):
    shop = "城市咖啡馆" if zh else "City Coffee"
    yield "boot", lambda: boot.draw(c, "0.1.0")
    yield "boot-clock", lambda: boot.draw(c, "0.1.0", words.CLOCK_SETTING)
    yield "idle", lambda: idle.draw(c, shop, "14:05", 3, True)
    long_shop = "城市咖啡馆人民路第八分店" if zh else "City Coffee and Bakery"
    yield "idle-no-network", lambda: idle.draw(c, long_shop, "--:--", icons.WIFI, False, words.NO_NETWORK)
    yield "idle-clock-not-set", lambda: idle.draw(c, shop, "--:--", 3, False, words.CLOCK_UNSET)
    longest = "深圳友谊百货中心店人民路第八分店" if zh else "Delicatessen Grossmann, Old Market"[:32]
    yield "idle-longest-name", lambda: idle.draw(c, longest, "23:59", 1, True)
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
    yield "signing-on", lambda: wait.draw(c, words.SIGNING_ON, 0, 1)


def endings(c, zh):
    found = ends.Result(ends.APPROVED, ends.TAKEN)
    found.amount = found.asked = 1250
    found.pan, found.stan, found.auth = "622848******1234", 123, "834412"
    yield "approved", lambda: result.approved(c, words.APPROVED, found)
    yield "approved-2", lambda: result.approved(c, words.APPROVED, found, 1)
    yield "approved-sign", lambda: result.approved(c, words.APPROVED, sign(found))
    yield "approved-part", lambda: result.approved(c, words.PARTIAL, part(found))
    yield "reversing", lambda: wait.reversing(c, 1250, 2, 3)
    yield "reversing-long", lambda: wait.reversing(c, 1234567, 9, 9)
    yield "reversing-no-network", lambda: wait.reversing(c, 1250, 0, 3)
    told = guidance.Guidance(here + "/../firmware/taptill/texts/guidance.bin")
    for name, found in results():
        draw = result.page_of(c, told, found)
        pages = draw(0)
        for page in range(pages):
            yield name + ("-2" if page else ""), lambda: draw(page)
    yield "void-trace", lambda: void.draw(c, 0)
    yield "void-trace-typed", lambda: void.draw(c, 123)
    yield "void-agree", lambda: agree.draw(c, words.VOID, 1250, "622848******1234", 123)
    yield "void-agree-long", lambda: agree.draw(c, words.VOID, 99999999, "622848******1234", 999999)
    undone = ends.Result(ends.APPROVED, ends.TAKEN, ends.OK, transactions.VOID.kind)
    undone.amount, undone.pan, undone.stan = 1250, "622848******1234", 124
    draw_undone = result.page_of(c, told, undone)
    yield "void-done", lambda: draw_undone(0)
    yield "void-pending", lambda: reversal_open.draw(c, told.money(ends.UNKNOWN, transactions.VOID.kind), 1250, 124)
    yield "signed-on", lambda: pager.sentences(c, words.DONE, [words.SIGNED_ON], icons.CHECK)


def sign(found):
    found.end, found.cvm = ends.APPROVED, outcome.CVM_SIGNATURE
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
        ("declined", outcome.CARD_DECLINED, outcome.DECLINED),
        ("phone", outcome.LOOK_AT_PHONE, outcome.TRY_AGAIN),
        ("conditions", outcome.CONDITIONS, outcome.OTHER_INTERFACE),
    ):
        found = ends.Result(ends.NOT_SENT, ends.NOT_TAKEN, ends.CARD)
        found.card = outcome.CardRead()
        found.card.end(how, reason)
        yield "card-" + name, found
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
    rows = [(words.NET_WIFI, words.OK), (words.NET_ADDRESS, "192.168.43.117"), (words.NET_HOST, words.NOT_OK)]
    rows += [(words.NET_TLS, words.UNTESTED), (words.NET_LAST, "ETIMEDOUT")]
    yield "network", lambda: network.draw(c, rows)
    yield "network-2", lambda: network.draw(c, rows, 1)
    sale = [(words.AMOUNT, "12.50"), (words.TRACE, "000123"), (words.STATE, words.APPROVED), (words.AUTH, "834412")]
    sale.append((words.TIME, "07-14 14:05"))
    yield "last-sale", lambda: pager.pairs(c, words.LAST_SALE, sale)
    yield "last-sale-2", lambda: pager.pairs(c, words.LAST_SALE, sale, 1)
    for name, why, step in (
        ("config-missing", words.B_CONFIG_MISSING, words.S_PROVISION),
        ("config-broken", (words.B_CONFIG_BROKEN, "terminal_id"), words.S_PROVISION),
        ("keys-missing", words.B_KEYS_MISSING, words.S_PROVISION),
        ("device-key", words.B_DEVICE_KEY, words.S_PROVISION),
        ("pending-damaged", words.B_DAMAGED, words.S_SERVICE),
    ):
        yield "blocked-" + name, lambda: pager.sentences(c, words.BLOCKED, [why, step], icons.WARNING)
    yield "fault", lambda: pager.sentences(c, words.FAULT, [words.FAULT_RESTARTS, words.FAULT_OPEN], icons.WARNING)


def overflows(c, sections):
    """Every sentence on the kind of screen it is for: the names of those that do not fit."""
    bad = []
    for name, section in sections:
        text = c.words(getattr(words, name)).replace("%s", "88")
        c.clear()
        if section in ("screen", "money", "why", "step", "told"):
            lines = c.wrap(text)
            if len(lines) > c.body_lines or any(c.width(line) > 128 for line in lines):
                bad.append(name)
            if "".join(lines).replace(" ", "") != text.replace(" ", ""):
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
        zh = language == "zh"
        for part in (everyday, endings, admin):
            for name, draw in part(c, zh):
                before = bus.bytes
                draw()
                print(
                    json.dumps(
                        {
                            "name": name,
                            "language": language,
                            "bits": binascii.b2a_base64(chip.ram).decode().strip(),
                            "lines": c.lines,
                            "overflow": c.overflow,
                            "bytes": bus.bytes - before,
                            "same": bytes(chip.ram) == bytes(c.oled.buffer),
                        }
                    )
                )
        print(json.dumps({"name": "texts", "language": language, "overflow": overflows(c, sections)}))


main()
