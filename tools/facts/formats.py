"""Values with a form of their own: amounts, dates, codes of countries, lists of tags, of files, of verification rules."""

import functools
import re

from rig.firmware import taptill_on_path
from words import tables

from . import book
from .line import RESERVED, WRONG, Context, Line, bits, place

taptill_on_path()

from taptill.core import tlv
from taptill.core.dol import parse as parse_dol
from taptill.core.errors import TlvError


def _digits(value) -> str:
    """The digits of a BCD or text value, "" when something else is in it."""
    text = value.hex() if isinstance(value, bytes) else value
    return text if text.isdigit() and text.isascii() else ""


def _no_digits(value) -> list[Line]:
    shown = value.hex().upper() if isinstance(value, bytes) else value
    return [Line("", "not digits", "不是数字", shown, WRONG)]


def money(amount: int, decimals: int) -> str:
    """12.50 of 1250 and 2."""
    text = str(amount).rjust(decimals + 1, "0")
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text


def amount(value, context: Context) -> list[Line]:
    """n12: minor units."""
    digits = _digits(value)
    if not digits:
        return _no_digits(value)
    text = money(int(digits), context.decimals) + (f" {context.letters}" if context.letters else "")
    return [Line("", text, text)]


def plain_digits(value, context: Context) -> list[Line]:
    """n or cn, filled with F: they read as they stand, so only what is none is told."""
    text = value.hex().upper().rstrip("F") if isinstance(value, bytes) else value
    return [] if text.isdigit() else _no_digits(value)


def number(value, context: Context) -> list[Line]:
    """Binary."""
    return [Line("", str(int.from_bytes(value, "big")), str(int.from_bytes(value, "big")))]


def date(value, context: Context) -> list[Line]:
    """YYMMDD, or YYMM, or MMDD with four digits of a field."""
    digits = _digits(value)
    if len(digits) != 6:
        return _no_digits(value)
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return [Line("", "no day of the calendar", "不是有效日期", digits, WRONG)]
    text = f"{2000 + year if year < 50 else 1900 + year}-{month:02d}-{day:02d}"
    return [Line("", text, text)]


def month_first(value, context: Context) -> list[Line]:
    """MMDD."""
    digits = _digits(value)
    if len(digits) != 4 or not 1 <= int(digits[:2]) <= 12 or not 1 <= int(digits[2:]) <= 31:
        return [Line("", "no day of the calendar", "不是有效日期", str(value), WRONG)]
    return [Line("", f"{digits[:2]}-{digits[2:]}", f"{int(digits[:2])} 月 {int(digits[2:])} 日")]


def year_month(value, context: Context) -> list[Line]:
    """YYMM."""
    digits = _digits(value)
    if len(digits) != 4 or not 1 <= int(digits[2:]) <= 12:
        return [Line("", "no month", "不是有效月份", str(value), WRONG)]
    return [Line("", f"{digits[2:]}/20{digits[:2]}", f"20{digits[:2]} 年 {int(digits[2:])} 月")]


def clock(value, context: Context) -> list[Line]:
    """hhmmss."""
    digits = _digits(value)
    if len(digits) != 6 or int(digits[:2]) > 23 or int(digits[2:4]) > 59 or int(digits[4:]) > 59:
        return [Line("", "no time of day", "不是有效时刻", digits, WRONG)]
    text = f"{digits[:2]}:{digits[2:4]}:{digits[4:]}"
    return [Line("", text, text)]


@functools.cache
def countries() -> dict[str, tuple[str, str, str]]:
    """{"156": ("CN", English, Chinese)} of ISO 3166-1."""
    rows = {}
    for line in (book.HERE / "countries.txt").read_text("utf-8").splitlines():
        found = re.fullmatch(r"(\d{3}) ([A-Z]{2}) \| ([^|]+) \| ([^|]+)", line)
        if found:
            rows[found[1]] = (found[2], found[3], found[4])
        elif line and line[0] != "#":
            raise book.FactsError(f"countries.txt: {line}: not `156 CN | English | Chinese`")
    return rows


@functools.cache
def currencies() -> dict[str, tables.Currency]:
    """{"156": row} of ISO 4217."""
    return {row.code: row for row in tables.currencies()}


def country(value, context: Context) -> list[Line]:
    """Two bytes: 0 and the numeric code."""
    code = _digits(value)[-3:]
    if code in countries():
        letters, english, chinese = countries()[code]
        return [Line("", f"{english} ({letters})", f"{chinese}（{letters}）")]
    return [Line("", "no country of ISO 3166", "不是 ISO 3166 国家代码", code or value.hex().upper(), RESERVED)]


def country_letters(value, context: Context) -> list[Line]:
    """Two letters."""
    text = value.decode("ascii", "replace")
    for letters, english, chinese in countries().values():
        if letters == text:
            return [Line("", english, chinese)]
    return [Line("", "no country of ISO 3166", "不是 ISO 3166 国家代码", value.hex().upper(), RESERVED)]


def currency(value, context: Context) -> list[Line]:
    """Numeric code of three digits, with or without a 0 in front."""
    code = _digits(value)[-3:]
    row = currencies().get(code)
    if row:
        return [Line("", f"{row.english} ({row.letters})", f"{row.chinese}（{row.letters}）")]
    shown = code or (value.hex().upper() if isinstance(value, bytes) else value)
    return [Line("", "no currency of ISO 4217", "不是 ISO 4217 货币代码", shown, RESERVED)]


def text(value, context: Context) -> list[Line]:
    """Letters."""
    shown = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    if shown.isascii() and shown.isprintable():
        return [Line("", f"“{shown}”", f"“{shown}”")]
    return [Line("", "not printable ASCII", "不是可显示的 ASCII 字符", kind=WRONG)]


def languages(value, context: Context) -> list[Line]:
    """Pairs of letters, the best first (ISO 639)."""
    code = value.decode("ascii", "replace").lower()
    if not code.isalpha() or len(code) % 2:
        return [Line("", "no list of languages", "不是语言列表", value.hex().upper(), WRONG)]
    names = {row.value: row for row in book.book()["list"]["language"].layouts[0].rows}
    lines = []
    for at in range(0, len(code), 2):
        row = names.get(code[at : at + 2])
        shown = place(at + 1, at + 2)
        lines.append(Line(shown, row.english, row.chinese) if row else Line(shown, "language", "语言", code[at : at + 2]))
    return lines


def tag_list(value, context: Context) -> list[Line]:
    """Tags and lengths: a data object list."""
    try:
        entries = parse_dol(value)
    except TlvError as error:
        at = max(error.offset, 0)
        return [Line("", f"the list breaks off at byte {at}", f"列表在第 {at} 字节处中断", kind=WRONG)]
    lines = []
    for tag, length in entries:
        name = tlv.tag_text(tag)
        fact = book.find("tag", name, context.scheme)
        english, chinese = (fact.english, fact.chinese) if fact else ("unknown object", "未知数据")
        lines.append(Line("", f"{name} {english}, {length} B", f"{name} {chinese}，{length} 字节"))
    return lines


def tags_only(value, context: Context) -> list[Line]:
    """Tags without lengths."""
    lines, at = [], 0
    while at < len(value):
        end = at + 1
        if value[at] & 0x1F == 0x1F:
            while end < len(value) and value[end] & 0x80:
                end += 1
            end += 1
        name = value[at:end].hex().upper()
        fact = book.find("tag", name, context.scheme)
        lines.append(
            Line("", f"{name} {fact.english if fact else 'unknown object'}", f"{name} {fact.chinese if fact else '未知数据'}")
        )
        at = end
    return lines


def file_locator(value, context: Context) -> list[Line]:
    """AFL: groups of four bytes (EMV Book 3, 10.2)."""
    if len(value) % 4 or not value:
        return [Line("", f"{len(value)} bytes, not groups of four", f"{len(value)} 字节，不是四的倍数", kind=WRONG)]
    lines = []
    for at in range(0, len(value), 4):
        sfi, first, last, signed = value[at] >> 3, value[at + 1], value[at + 2], value[at + 3]
        where = place(at + 1, at + 4)
        if value[at] & 7:
            lines.append(Line(bits(at + 1, value[at] & 7), "set, but must be 0", "被置位，但必须为 0", kind=WRONG))
        if not 1 <= sfi <= 30 or not 1 <= first <= last or signed > last - first + 1:
            lines.append(Line(where, "names no records", "没有指明有效记录", value[at : at + 4].hex().upper(), WRONG))
            continue
        records = f"record {first}" if first == last else f"records {first} to {last}"
        records_zh = f"第 {first} 条记录" if first == last else f"第 {first} 至 {last} 条记录"
        if not signed:
            oda, oda_zh = "none of them signed for offline authentication", "均不参与脱机数据认证"
        elif signed == last - first + 1:
            oda, oda_zh = "all signed for offline authentication", "全部参与脱机数据认证"
        else:
            oda, oda_zh = f"the first {signed} signed for offline authentication", f"前 {signed} 条参与脱机数据认证"
        lines.append(Line(where, f"file {sfi}, {records}; {oda}", f"文件 {sfi}，{records_zh}；{oda_zh}"))
    return lines


def _listed(name: str, code: int) -> tuple[str, str]:
    for row in book.book()["list"][name].layouts[0].rows:
        if row.value == f"{code:02X}":
            return row.english, row.chinese
    return f"unknown ({code:02X})", f"未知（{code:02X}）"


def verification_rules(value, context: Context) -> list[Line]:
    """CVM list: amounts X and Y, then rules of two bytes (EMV Book 3, 10.5 and C3)."""
    if len(value) < 8 or len(value) % 2:
        return [Line("", f"{len(value)} bytes: no CVM list", f"{len(value)} 字节：不是持卡人验证方法列表", kind=WRONG)]
    x, y = (money(int.from_bytes(value[at : at + 4], "big"), context.decimals) for at in (0, 4))
    lines = [Line("1–4", "amount X, in the card's currency", "金额 X（卡片货币）", x), Line("5–8", "amount Y", "金额 Y", y)]
    for at in range(8, len(value), 2):
        code, condition = value[at], value[at + 1]
        (method, method_zh), (when, when_zh) = _listed("cvm", code & 0x3F), _listed("cvm-condition", condition)
        then = "if it does not succeed, the next rule" if code & 0x40 else "if it does not succeed, verification has failed"
        then_zh = "不成功则用下一条" if code & 0x40 else "不成功则验证失败"
        if code & 0x80:
            then, then_zh = then + "; bit 8 is reserved, but set", then_zh + "；第 8 位属保留位却被置位"
        kind = RESERVED if code & 0x80 else ""
        lines.append(Line(place(at + 1, at + 2), f"{when}: {method}; {then}", f"{when_zh}：{method_zh}；{then_zh}", kind=kind))
    return lines


def application(value, context: Context) -> list[Line]:
    """AID: registered provider and what it makes of the rest."""
    code = value.hex().upper()
    if not 5 <= len(value) <= 16:
        return [Line("", f"{len(value)} bytes: no AID has that", f"{len(value)} 字节：不是 AID", kind=WRONG)]
    known = {row.value: row for row in book.book()["list"]["aid"].layouts[0].rows}
    found = max((prefix for prefix in known if code.startswith(prefix)), key=len, default=None)
    lines = [Line("1–5", "registered provider (RID)", "注册应用提供者（RID）", code[:10])]
    if len(value) > 5:
        lines.append(Line(place(6, len(value)), "its own extension (PIX)", "扩展标识（PIX）", code[10:]))
    if found:
        lines.append(Line("", known[found].english, known[found].chinese))
    else:
        lines.append(Line("", "of a provider that is not in the table", "不在表中的提供者", kind=RESERVED))
    return lines


def characters(value, context: Context) -> list[Line]:
    """Bytes that may be the codes of letters."""
    shown = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    if not shown.isascii() or not shown.isprintable():
        return [Line("", "bytes, not characters", "字节，不是字符")]
    return [Line("", f"the characters {shown}", f"字符 {shown}")]


def bitmap(value, context: Context) -> list[Line]:
    """Hex of eight bytes: which fields follow (ISO 8583:1987, 4.2)."""
    try:
        bits_set = int(value, 16)
    except ValueError:
        return [Line("", "not hexadecimal", "不是十六进制", kind=WRONG)]
    numbers = [number for number in range(1, 65) if bits_set >> (64 - number) & 1]
    if numbers[:1] == [1]:
        return [
            Line("1", "a second bitmap follows, which this dialect does not have", "后面还有第二个位图，本报文不使用", kind=WRONG)
        ]
    shown = " ".join(str(number) for number in numbers)
    return [Line("", f"{len(numbers)} fields", f"{len(numbers)} 个域", shown)]


FORMS = {
    "bitmap": bitmap,
    "amount": amount,
    "digits": plain_digits,
    "number": number,
    "date": date,
    "month-day": month_first,
    "year-month": year_month,
    "time": clock,
    "country": country,
    "country-letters": country_letters,
    "currency": currency,
    "text": text,
    "languages": languages,
    "dol": tag_list,
    "tags": tags_only,
    "afl": file_locator,
    "cvm-list": verification_rules,
    "aid": application,
    "characters": characters,
}
