"""Draws every screen in both languages under MicroPython and prints one JSON line each (run by test_screens.py).

    micropython screen_catalogue.py FOLDER_OF_SSD1306

A line: {"name", "language", "bits" (base64 of the display model's memory), "lines", "overflow", "bytes"}; the display
is the project's model of the chip, so that the refresh is tested by the very same pictures.
"""

import binascii
import json
import sys

here = __file__[: __file__.rfind("/")] if "/" in __file__ else "."
sys.path.insert(0, here + "/../firmware")
sys.path.insert(1, here + "/../tools")
sys.path.append(sys.argv[1])

from chips.ssd1306 import Ssd1306  # noqa: E402
from taptill.app import canvas, explain, glyphs, screens, screens_admin, screens_result, texts  # noqa: E402
from taptill.core.emv import outcome  # noqa: E402
from taptill.drivers.oled import Oled  # noqa: E402
from taptill.flows import result as ends  # noqa: E402


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
    yield "boot", lambda: screens.boot(c, "0.1.0")
    yield "boot-clock", lambda: screens.boot(c, "0.1.0", 28)
    yield "idle", lambda: screens.idle(c, shop, "14:05", 3, True)
    long_shop = "城市咖啡馆人民路第八分店" if zh else "City Coffee and Bakery"
    yield "idle-no-network", lambda: screens.idle(c, long_shop, "--:--", canvas.WIFI, False, 19)
    yield "idle-clock-not-set", lambda: screens.idle(c, shop, "--:--", 3, False, 29)
    longest = "深圳友谊百货中心店人民路第八分店" if zh else "Delicatessen Grossmann, Old Market"[:32]
    yield "idle-longest-name", lambda: screens.idle(c, longest, "23:59", 1, True)
    yield "amount-zero", lambda: screens.amount(c, 0)
    yield "amount", lambda: screens.amount(c, 1250)
    yield "amount-long", lambda: screens.amount(c, 12345678)
    for code, letters, value in (("392", "yen", 1250), ("414", "dinar", 12500), ("840", "dollar", 99999999)):
        def in_currency(draw, code=code, value=value):
            assert c.sell_in(code)
            draw(c, value)
            assert c.sell_in("156")

        yield "amount-" + letters, lambda: in_currency(screens.amount)
        yield "present-" + letters, lambda: in_currency(screens.present)
    yield "present", lambda: screens.present(c, 1250)
    yield "present-long", lambda: screens.present(c, 99999999)
    yield "reading", lambda: screens.reading(c, 1250, 1)
    yield "remove-card", lambda: screens.remove_card(c, 1250)
    yield "pin", lambda: screens.pin(c, 120000, 3, 58)
    yield "pin-twelve", lambda: screens.pin(c, 120000, 12, 5)
    yield "connecting", lambda: screens.working(c, c.t(12), 0, 0, True)
    yield "waiting", lambda: screens.working(c, c.t(14), 42, 1)
    yield "status", lambda: screens.working(c, c.t(18), 9, 2)
    yield "signing-on", lambda: screens.working(c, c.t(16), 0, 1)


def endings(c, zh):
    s = screens_result
    pan = "622848******1234"
    yield "approved", lambda: s.approved(c, 1250, 1250, pan, 123, "834412")
    yield "approved-2", lambda: s.approved(c, 1250, 1250, pan, 123, "834412", False, 1)
    yield "approved-sign", lambda: s.approved(c, 1250, 1250, pan, 123, "834412", True)
    yield "approved-part", lambda: s.approved(c, 800, 1250, pan, 123)
    yield "reversing", lambda: s.reversing(c, 1250, 2, 3)
    yield "reversing-long", lambda: s.reversing(c, 1234567, 9, 9)
    yield "reversing-no-network", lambda: s.reversing(c, 1250, 0, 3)
    for name, found in results():
        told = explain.explain(found)
        title = c.t(told.title) + (" " + found.f39 if found.end == ends.DECLINED else "")
        words = [c.t(number) if number else "" for number in (told.money, told.why, told.step)]
        pages = s.message(c, title, words, told.icon)
        for page in range(pages):
            yield name + ("-2" if page else ""), lambda: s.message(c, title, words, told.icon, page)


    yield "signed-on", lambda: s.message(c, c.t(49), [c.t(93)], canvas.CHECK)


def results():
    """One Result of every kind that is not an approval."""
    for code in ("05", "51", "55", "54", "41", "91", "93"):
        found = ends.Result(ends.DECLINED, ends.NOT_TAKEN, ends.HOST_CODE)
        found.f39 = code
        yield "declined-" + code, found
    for name, why in (
        ("card-lost", ends.CARD_LOST), ("not-a-payment-card", ends.NO_PAYMENT_CARD), ("no-link", ends.NO_LINK),
        ("cancelled", ends.CANCELLED), ("reader", ends.READER), ("over-limit", ends.OVER_LIMIT),
        ("no-keys", ends.NO_KEYS), ("clock", ends.CLOCK), ("certificate", ends.CERTIFICATE),
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
        ("timeout", ends.TIMEOUT), ("bad-mac", ends.BAD_MAC), ("unknown-code", ends.UNKNOWN_CODE), ("in-doubt", ends.IN_DOUBT),
    ):
        yield "reversed-" + name, ends.Result(ends.REVERSED, ends.NOT_TAKEN, why)
    for name, why in (
        ("timeout", ends.TIMEOUT), ("refused", ends.REFUSED), ("other-day", ends.OTHER_DAY), ("damaged", ends.DAMAGED),
        ("stands", ends.STANDS), ("differs", ends.DIFFERS), ("duplicate", ends.DUPLICATE),
    ):
        yield "pending-" + name, ends.Result(ends.UNKNOWN, ends.MONEY_UNKNOWN, why)
    yield "manual", ends.Result(ends.MANUAL, ends.MONEY_UNKNOWN, ends.SUPERVISOR)
    yield "sign-on-failed", ends.Result(ends.FAILED, ends.NOT_TAKEN, ends.KEYS_REFUSED)


def admin(c, zh):
    a = screens_admin
    items = [c.t(number) for number in (70, 71, 72, 73, 74)]
    yield "menu-pending", lambda: a.menu(c, c.t(47), items, 0)
    yield "menu-pending-5", lambda: a.menu(c, c.t(47), items, 4)
    reasons = [c.t(number) for number in (82, 83, 84, 85, 86)]
    yield "menu-reason", lambda: a.menu(c, c.t(58), reasons, 2)
    yield "password", lambda: a.password(c, 4)
    yield "password-wrong", lambda: a.password(c, 0, c.t(80))
    yield "password-locked", lambda: a.password(c, 0, c.t(81) % 120)
    rows = [(c.t(95), c.t(100)), (c.t(96), "192.168.43.117"), (c.t(97), c.t(101)), (c.t(98), c.t(102))]
    rows.append((c.t(99), "ETIMEDOUT"))
    yield "network", lambda: a.network(c, rows)
    yield "network-2", lambda: a.network(c, rows, 1)
    sale = [(c.t(240), "12.50"), (c.t(241), "000123"), (c.t(242), c.t(40)), (c.t(244), "834412")]
    sale.append((c.t(243), "07-14 14:05"))
    yield "last-sale", lambda: a.last_sale(c, sale)
    yield "last-sale-2", lambda: a.last_sale(c, sale, 1)
    for name, why, step in (
        ("config-missing", c.t(230), 183), ("config-broken", c.t(231) % "terminal_id", 183),
        ("keys-missing", c.t(232), 183),
        ("device-key", c.t(233), 183), ("pending-damaged", c.t(234), 179), ("storage-full", c.t(235), 184),
    ):
        yield "blocked-" + name, lambda: a.blocked(c, why, c.t(step))


def overflows(c):
    """Every sentence on the kind of screen it is for: the numbers of those that do not fit."""
    bad = []
    for number in range(1, 256):
        text = c.t(number)
        if text[0] == "#" and text[1:] == str(number):
            continue
        text = text.replace("%s", "88")
        c.clear()
        if number < 30 or 60 <= number < 70 or 87 <= number < 95 or number >= 110:
            lines = c.wrap(text)
            if len(lines) > c.body_lines or any(c.width(line) > 128 for line in lines):
                bad.append(number)
            if "".join(lines).replace(" ", "") != text.replace(" ", ""):
                bad.append(number)
        elif number < 40:
            c.legend(number)
        elif number < 60:
            c.bar(text, canvas.CHECK, "", True)
        else:
            c.text(text, 4, 12)
            if number in (71, 73, 75, 76, 78, 79):  # these are titles too
                c.bar(text, -1, "", True)
        if c.overflow:
            bad.append(number)
    return bad


def main():
    for language in texts.LANGUAGES:
        c, chip, bus = build(language)
        zh = language == "zh"
        for part in (everyday, endings, admin):
            for name, draw in part(c, zh):
                before = bus.bytes
                draw()
                print(json.dumps({
                    "name": name, "language": language, "bits": binascii.b2a_base64(chip.ram).decode().strip(),
                    "lines": c.lines, "overflow": c.overflow, "bytes": bus.bytes - before,
                    "same": bytes(chip.ram) == bytes(c.oled.buffer),
                }))
        print(json.dumps({"name": "texts", "language": language, "overflow": overflows(c)}))


main()
