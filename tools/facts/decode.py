"""A value taken apart by its table: bit by bit, part by part, in both languages.

    meaning("tag", "95", bytes.fromhex("0000008000"))           -> [Line]
    meaning("field", "22", "072")
    meaning("tag", "9F10", value, Context("Visa"))              what the bytes mean with that scheme

Nothing raises for what a card or a host sent: what does not fit its table is said to be so.
"""

from . import book
from .book import Fact, Layout, Row
from .formats import FORMS
from .line import RESERVED, WRONG, Context, Line, bits, place

_NOTHING_SET = Line("", "no bit is set", "没有任何位被置位")


def meaning(kind: str, name: str, value, context: Context | None = None) -> list[Line]:
    """Lines for `value` (bytes of a tag, text of a field) of the fact `name`; [] when nothing is known to say."""
    context = context or Context()
    fact = book.find(kind, name, context.scheme)
    if fact is None:
        return []
    general = book.find(kind, name)
    if context.scheme and general and not any(one.fits(value) and _sized(one, value) for one in fact.layouts):
        # A card may follow the common format instead of its scheme's own.
        common = next((one for one in general.layouts if one.when and one.fits(value) and _sized(one, value)), None)
        if common:
            fact = general._replace(layouts=(common,))
    return explain(fact, value, context)


def explain(fact: Fact, value, context: Context | None = None) -> list[Line]:
    """Lines for `value` by `fact`."""
    if not fact.layouts:
        return []
    raw = isinstance(value, bytes)
    code = value if raw else value.encode("utf-8", "replace")
    fitting = [layout for layout in fact.layouts if layout.fits(code)]
    chosen = next((layout for layout in fitting if _sized(layout, value)), None)
    if chosen is None:
        return [_unfit(fitting or [one for one in fact.layouts if one.may_fit(code)], len(value), raw)]
    lines = [Line("", chosen.english, chosen.chinese)] if chosen.english else []
    if chosen.form:
        lines += _formed(chosen.form, value, context or Context())
    lines += _rows(chosen, value, context or Context())
    # The only byte of a value needs no number.
    return [line._replace(at="") if line.at == "1" and len(value) == 1 else line for line in lines]


def _formed(form: str, value, context: Context) -> list[Line]:
    if form == "tvr":  # the issuer action codes have the bits of the TVR
        return meaning("tag", "95", value, context)
    return FORMS[form](value, context)


def _sized(layout: Layout, value) -> bool:
    return not layout.high or layout.low <= len(value) <= layout.high


def _unfit(fitting: list[Layout], size: int, raw: bool) -> Line:
    if not fitting or (size >= min(one.low for one in fitting) and not any(size > one.high for one in fitting)):
        return Line(
            "", f"begins like no known layout ({size} bytes): left undecoded", f"开头不符合任何已知格式（{size} 字节），不作解析",
            kind=WRONG,
        )  # fmt: skip
    low, high = min(one.low for one in fitting), max(one.high for one in fitting)
    wanted = str(low) if low == high else f"{low}–{high}"
    units, unit_zh = ("bytes", "字节") if raw else ("characters", "字符")
    return Line(
        "", f"has {size} {units}, {wanted} belong here: left undecoded", f"长度为 {size} {unit_zh}，应为 {wanted}，不作解析",
        kind=WRONG,
    )  # fmt: skip


def _rows(layout: Layout, value, context: Context) -> list[Line]:
    lines: list[Line] = []
    done = set()
    flags = False
    for row in layout.rows:
        part = _part(row, value)
        if part is None:
            continue
        key = (row.first, row.last, row.mask)
        if key in done:
            continue
        if row.named and not row.reserved:
            done.add(key)
            lines += _choice([one for one in layout.rows if (one.first, one.last, one.mask) == key], row, part, context)
        elif row.reserved:
            lines += _reserved(row, part)
        elif row.mask and row.value != "#":
            flags = True
            if part[0] & row.mask:
                lines.append(Line(bits(row.first, row.mask), row.english, row.chinese))
        else:
            lines += _plain(row, part, context)
    return [_NOTHING_SET] if flags and not lines else lines


def _part(row: Row, value):
    """The bytes or characters that a row is about, None when the value ends before."""
    if not row.first:
        return value
    last = len(value) if row.last < 0 else row.last
    return value[row.first - 1 : last] if row.first <= len(value) >= last else None


def _at(row: Row, part) -> str:
    if not row.first:
        return ""
    return bits(row.first, row.mask) if row.mask else place(row.first, row.first + len(part) - 1)


def _text(row: Row, part) -> str:
    """What stands in `value` columns of the tables: hex of bytes, masked if it is of bits; characters of a field."""
    if row.mask:
        return f"{part[0] & row.mask:02X}"
    return part.hex().upper() if isinstance(part, bytes) else part


def _choice(rows: list[Row], row: Row, part, context: Context) -> list[Line]:
    """The one row whose value is there, else the row for all others; a value that no row names is said to be so."""
    shown = _text(row, part)
    choices = [one for one in rows if one.named]
    for one in rows:
        if one.listed:
            choices += book.book()["list"][one.listed].layouts[0].rows
    for one in choices:
        if one.value == shown:
            if one.reserved:
                return [Line(_at(row, part), "reserved value", "保留值", shown, RESERVED)]
            if one.silent:
                return []
            label, label_zh = _label(rows)
            return [Line(_at(row, part), label + one.english, label_zh + one.chinese)]
    other = next((one for one in rows if not one.named and not one.listed), None)
    if other:
        return _plain(other, part, context)
    label, label_zh = _label(rows)
    return [Line(_at(row, part), label + "no meaning known for", label_zh + "含义未知", shown, RESERVED)]


def _label(rows: list[Row]) -> tuple[str, str]:
    """How a row that takes its values from a list is headed."""
    listed = next((one for one in rows if one.listed), None)
    return (f"{listed.english}: ", f"{listed.chinese}：") if listed else ("", "")


def _reserved(row: Row, part) -> list[Line]:
    """Bits that should be 0 and are not."""
    if row.value and row.value != "#":
        return []
    if row.mask:
        rest = part[0] & row.mask
        where = bits(row.first, rest)
    else:
        rest = any(part) if isinstance(part, bytes) else part.strip("0")
        where = _at(row, part)
    return [Line(where, "set, but reserved for future use (RFU)", "被置位，但属保留位（RFU）", kind=RESERVED)] if rest else []


def _plain(row: Row, part, context: Context) -> list[Line]:
    """A row that names a part and shows what is in it."""
    where = _at(row, part)
    if row.value == "#":
        number = _number(row, part)
        if number is None:
            return [Line(where, row.english.replace("%s", "?"), row.chinese.replace("%s", "?"), _text(row, part), WRONG)]
        return [Line(where, row.english.replace("%s", str(number)), row.chinese.replace("%s", str(number)))]
    if not row.form:
        return [Line(where, row.english, row.chinese, _text(row, part))]
    lines = _formed(row.form, part, context)
    if len(lines) == 1:
        only = lines[0]
        join, join_zh = (": ", "：") if only.english else ("", "")
        return [Line(where, row.english + join + only.english, row.chinese + join_zh + only.chinese, only.value, only.kind)]
    return [Line(where, row.english, row.chinese), *lines]


def _number(row: Row, part) -> int | None:
    if row.mask:
        return (part[0] & row.mask) // (row.mask & -row.mask)
    if isinstance(part, bytes):
        return int.from_bytes(part, "big")
    return int(part) if part.isdigit() else None
