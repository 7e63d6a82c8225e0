"""One message between terminal and host as the wire of the desk shows it."""

import binascii

from facts import schemes
from facts.book import name_of
from facts.line import Context
from rig.firmware import taptill_on_path
from words import spoken
from words.message_text import note, scheme_of
from words.spoken import Spoken

from .objects import cover, leaves, nodes, objects, told
from .veil import Veil, numbers_like_pans, pan_of_tag, shown_text, starred_digits

taptill_on_path()

from taptill.core.des import Des
from taptill.core.errors import CodecError, KeyError_
from taptill.core.masking import mask_pan, mask_track2


def message_entry(direction: str, frame_hex: str, mak: bytes | None = None, pans=(), mac: str = "", scheme: str = "") -> dict:
    """Detail of one message, `direction` "out" or "in" as the terminal sees it; with or without its 2-byte length.

    {"dir", "mti", "name", "fields": [{"n": "2", "name", "value": masked, "note"?, "meaning"?, "parts"?: [part]}],
    "de55": [node as in objects.nodes], "mac_ok": True, False or None (no key, or no F64), "hex": masked, "tpdu",
    "header", "route": [part] of TPDU, header, bitmap, "bytes": length of the frame, "error"?: one line}.  A part: {"label",
    "value", "meaning"?}.  `pans` are card numbers of the tap before it, `scheme` is that of its card; `mac` is the agreed
    MAC, by default the first of the profile.
    """
    detail = {"dir": direction, "mti": "", "name": "unreadable message", "fields": [], "de55": [], "mac_ok": None}
    try:
        data = binascii.unhexlify(frame_hex)
    except ValueError:
        detail.update(hex="", bytes=0, error="not hexadecimal")
        return detail
    profile = spoken.guess(data)
    told_of = profile.told
    try:
        profile, frame, _ = spoken.read(data)
        told_of = profile.told
    except CodecError as error:
        frame = data
        detail["error"] = str(error)
    detail["bytes"] = len(frame)

    fields: dict = {}
    starts: dict = {}
    try:
        if "error" not in detail:
            # Field by field into our own dict, so that what was read before a fault can be shown.
            profile.terminal.parse(frame, starts, fields)
    except CodecError as error:
        detail["error"] = str(error)
    mti = told_of.mti(frame)
    if mti:
        detail.update(mti=mti, name=name_of("mti", mti) or "unknown message type")
        route = told_of.route(frame)
        detail.update({label: value for label, value in route if label != "bitmap"})
        detail["route"] = [_part(label, value, Context()) for label, value in route]

    tree, understood = [], 0
    if 55 in fields:
        tree, chip_error, understood = objects(fields[55])
        if chip_error and "error" not in detail:
            detail["error"] = "F55 " + chip_error
    context = schemes.context(scheme_of(fields, leaves(tree)) or scheme, str(fields.get(49, "")))
    known = _numbers(fields, tree, pans) | numbers_like_pans(frame)
    veil = Veil(frame, known)
    for number, value in fields.items():
        if not isinstance(value, str) and number in (59, 63):
            veil.hide_numbers(starts[number], starts[number] + len(value))
        elif _may_hold_numbers(profile, mti, number, value):
            each = (" ", "*") if number in told_of.PACKED else ("  ", "**")
            veil.lay(starts[number], "".join(each[sign == "*"] for sign in shown_text(value)))
    broken = "error" in detail and not detail["error"].startswith("F55 ")
    if broken:
        # With one bit wrong in the bitmap or a length, any field may hold any digits.
        veil.hide_digits(min(told_of.HEAD + 8 * told_of.WIDE if mti else 0, len(frame)), len(frame))
        if mti[:2] == "08":  # and wrapped keys are no digits
            veil.hide(min(told_of.HEAD + 8 * told_of.WIDE, len(frame)), len(frame))
    for number in fields:
        veil.lay(starts[number], _wide(told_of.WIDE, _mask(profile, mti, number, fields[number])))
    chip = veil
    if 55 in fields:
        # What is hexadecimal on the line has a veil of its own, and the frame's hides what that hides.
        chip, shift = (veil, starts[55]) if told_of.WIDE == 1 else (Veil(bytes(fields[55]), known), 0)
        cover(tree, chip, shift)
        chip.hide_digits(shift + understood, shift + len(fields[55]))
        detail["de55"] = nodes(tree, chip, known, "", shift, context)
        if chip is not veil:
            veil.lay(starts[55], _wide(2, "".join("*" if sign == "*" else " " for sign in chip.text())))
    shown = {number: veil.text(starts[number], starts[number] + len(fields[number])) for number in fields if told_of.WIDE == 1}
    if told_of.WIDE > 1:
        shown = {number: _hex_shown(profile, mti, number, value, chip) for number, value in fields.items()}
    detail["fields"] = [_field(profile, mti, n, fields[n], shown[n], known, context) for n in sorted(fields)]
    if broken:
        for field in detail["fields"]:
            for name in ("note", "parts", "meaning"):
                field.pop(name, None)
            field["value"] = starred_digits(field["value"])
    detail["hex"] = veil.text()
    detail["mac_ok"] = _mac_ok(profile, frame, mak, mac)
    return detail


def _numbers(fields: dict, tree, pans) -> set:
    known = set(pans)
    if 2 in fields:
        known.add(fields[2])
    if 35 in fields:
        known.add(fields[35].split("D")[0])
    for tag, value in leaves(tree):
        pan = pan_of_tag(tag, value)
        if pan:
            known.add(pan)
    return known


def _wide(width: int, mask: str) -> str:
    """A mask over digits, each of which takes so many hexadecimal digits of the frame."""
    return mask if width == 1 else "".join(sign * width for sign in mask)


def _hex_shown(profile: Spoken, mti: str, number: int, value, chip: Veil) -> str:
    """A field that is hexadecimal on the line, as far as it may be seen."""
    if number == 55:
        return chip.text()
    return "*" * (2 * len(value)) if profile.told.hidden(mti, number) or isinstance(value, str) else value.hex().upper()


def _mask(profile: Spoken, mti: str, number: int, value) -> str:
    """What lies over the digits of a field: stars, and any other sign where it may be seen."""
    if number == 2:
        return mask_pan(value)
    if number == 35:
        return mask_track2(value)
    if profile.told.hidden(mti, number):
        return "*" * (len(value) if isinstance(value, str) else 2 * len(value))
    if number == 48 and mti in profile.told.LISTING:
        return "  " + "*" * (len(value) - 2)
    if number == profile.told.CODE:
        return "".join("**" if byte in b"0123456789" else "  " for byte in _bytes(value))
    return ""


def _may_hold_numbers(profile: Spoken, mti: str, number: int, value) -> bool:
    """May a field of text or digits hold a card number that nobody announces?"""
    if not isinstance(value, str) or number in (2, 35):
        return False
    form = profile.told.FORMS.get(number)
    return not (form and mti in profile.told.ONLY_OF.get(number, (mti,)) and form.fullmatch(value))


def _bytes(value) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _part(label: str, value: str, context: Context) -> dict:
    """One part of a field, explained; of what is masked nothing is told."""
    extra = told("part", label, value, context) if "*" not in value else {}
    return {"label": label, "value": value, **extra}


def _field(profile: Spoken, mti: str, number: int, value, hex_shown: str, known, context: Context) -> dict:
    fact = profile.fact(number)
    entry: dict = {"n": str(number), "name": name_of("field", fact)}
    if fact != str(number):
        entry["row"] = fact
    if number == 2:
        shown = mask_pan(value)
    elif number == 35:
        shown = mask_track2(value)
    elif number == 48 and mti in profile.told.LISTING:
        shown = value[:2] + "*" * (len(value) - 2)
    elif number == profile.told.CODE and isinstance(value, str):
        shown = "".join("*" if sign.isdigit() and at >= 5 else sign for at, sign in enumerate(value))
    elif isinstance(value, str) and profile.told.hidden(mti, number):
        shown = "*" * len(value)
    elif _may_hold_numbers(profile, mti, number, value):
        shown = shown_text(value, known)
    elif isinstance(value, str):
        shown = value
        for pan in known:
            if len(pan) >= 13:
                shown = shown.replace(pan, mask_pan(pan))
    else:
        shown = hex_shown
    entry["value"] = shown
    parts = profile.parts(mti, number, shown)
    if parts:
        entry["parts"] = [_part(label, part, context) for label, part in parts]
    elif "*" not in shown and number != 55:
        entry.update(told("field", fact, value, context))
    remark = note(number, shown, profile) if number in (60, 61, 90) and "*" not in shown else ""
    if remark:
        entry["note"] = remark
    return entry


def _mac_ok(profile: Spoken, frame: bytes, mak, mac: str):
    if mak is None or not profile.told.has_mac(frame):
        return None
    try:
        des = Des(mak)
    except KeyError_:
        return None
    kind = mac or profile.default_mac()
    return profile.terminal.mac_ok(frame, lambda covered: profile.terminal.mac_code(kind, des, covered))
