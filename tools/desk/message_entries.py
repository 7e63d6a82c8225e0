"""One message between terminal and host as the wire of the desk shows it."""

import binascii
import re

from facts import schemes
from facts.book import name_of
from facts.line import Context
from rig.firmware import taptill_on_path
from words.message_text import note, parts_of, scheme_of, strip_prefix

from .objects import cover, leaves, nodes, objects, told
from .veil import Veil, numbers_like_pans, pan_of_tag, shown_text, starred_digits

taptill_on_path()

from taptill.core.des import Des
from taptill.core.errors import CodecError, KeyError_
from taptill.core.masking import mask_pan, mask_track2
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos import mac as macs

# Fields whose own form may have 13 digits or more in a row; whatever else stands in them may be a card number.
_FORMS = {
    42: re.compile(r".*", re.DOTALL),  # the merchant
    48: re.compile(r"(?:0[0-9]{11}[0-9]{3}){2,4}[0-9]{0,2}"),  # of a settlement: sums n12 and counts n3
    53: re.compile(r"[0-9]{3}0{13}"),  # PIN format, cipher, track cipher, reserved
    54: re.compile(r"(?:[0-9]{7}[CD][0-9]{12})+"),
    60: re.compile(r"[0-35-9][0-9]{12}"),  # 60.1 … 60.5; a card number of 13 digits begins with 4
    61: re.compile(r"0[0-9]{11}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"),  # batch, STAN, date MMDD
    63: re.compile(r"[A-Z][0-9]{12}[0-9A-Z ]{12}"),  # of a status answer: state, amount, reference
}
_OF_MTI = {48: ("0500", "0510"), 63: ("0830",)}
_PACKED_FIELDS = (48, 53, 60, 61)  # digits two a byte, from the left


def message_entry(
    direction: str, frame_hex: str, mak: bytes | None = None, pans=(), mac: str = macs.ECB, scheme: str = ""
) -> dict:
    """Detail of one message, `direction` "out" or "in" as the terminal sees it; with or without its 2-byte length.

    {"dir", "mti", "name", "fields": [{"n": "2", "name", "value": masked, "note"?, "meaning"?, "parts"?: [part]}],
    "de55": [node as in objects.nodes], "mac_ok": True, False or None (no key, or no F64), "hex": masked, "tpdu",
    "header", "route": [part] of TPDU, header, bitmap, "bytes": length of the frame, "error"?: one line}.  A part: {"label",
    "value", "meaning"?}.  `pans` are card numbers of the tap before it, `scheme` is that of its card; `mac` is the agreed
    MAC (core.profiles.cn_pos.mac).
    """
    detail = {"dir": direction, "mti": "", "name": "unreadable message", "fields": [], "de55": [], "mac_ok": None}
    try:
        data = binascii.unhexlify(frame_hex)
    except ValueError:
        detail.update(hex="", bytes=0, error="not hexadecimal")
        return detail
    try:
        frame, _ = strip_prefix(data)
    except CodecError as error:
        frame = data
        detail["error"] = str(error)
    detail["bytes"] = len(frame)

    fields: dict = {}
    starts: dict = {}
    try:
        if "error" not in detail:
            if len(frame) >= profile.HEAD:
                # Field by field into our own dict, so that what was read before a fault can be shown.
                profile.CODEC.unpack(frame, profile.HEAD, fields, starts)
            profile.parse(frame)
    except CodecError as error:
        detail["error"] = str(error)
    mti = frame[11:13].hex() if len(frame) >= profile.HEAD else ""
    if mti.isdigit() and frame[:1] == b"\x60":
        detail.update(mti=mti, name=name_of("mti", mti) or "unknown message type")
        detail.update(tpdu=frame[:5].hex().upper(), header=frame[5:11].hex().upper())
        route = [("tpdu", detail["tpdu"]), ("header", detail["header"])]
        if len(frame) >= profile.HEAD + 8:
            route.append(("bitmap", frame[profile.HEAD : profile.HEAD + 8].hex().upper()))
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
        elif _may_hold_numbers(mti, number, value):
            each = (" ", "*") if number in _PACKED_FIELDS else ("  ", "**")
            veil.lay(starts[number], "".join(each[sign == "*"] for sign in shown_text(value)))
    broken = "error" in detail and not detail["error"].startswith("F55 ")
    if broken:
        # With one bit wrong in the bitmap or a length, any field may hold any digits.
        veil.hide_digits(min(profile.HEAD + 8 if mti else 0, len(frame)), len(frame))
    for number in fields:
        veil.lay(starts[number], _mask(mti, number, fields[number]))
    if 55 in fields:
        cover(tree, veil, starts[55])
        veil.hide_digits(starts[55] + understood, starts[55] + len(fields[55]))
        detail["de55"] = nodes(tree, veil, known, "", starts[55], context)
    detail["fields"] = [_field(mti, n, fields[n], veil, starts, known, context) for n in sorted(fields)]
    if broken:
        for field in detail["fields"]:
            for name in ("note", "parts", "meaning"):
                field.pop(name, None)
            field["value"] = starred_digits(field["value"])
    detail["hex"] = veil.text()
    detail["mac_ok"] = _mac_ok(frame, mak, mac)
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


def _mask(mti: str, number: int, value) -> str:
    """What lies over the hex of a field in the frame: stars, and any other sign where it may be seen."""
    if number == 2:
        return mask_pan(value)
    if number == 35:
        return mask_track2(value)
    if number in (52, 62):
        return "*" * (2 * len(value))
    if number == 48 and mti in ("0320", "0330"):
        return "  " + "*" * (len(value) - 2)
    if number == 59:
        return "".join("**" if byte in b"0123456789" else "  " for byte in _bytes(value))
    return ""


def _may_hold_numbers(mti: str, number: int, value) -> bool:
    """May a field of text or digits hold a card number that nobody announces?"""
    if not isinstance(value, str) or number in (2, 35):
        return False
    form = _FORMS.get(number)
    return not (form and mti in _OF_MTI.get(number, (mti,)) and form.fullmatch(value))


def _bytes(value) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _part(label: str, value: str, context: Context) -> dict:
    """One part of a field, explained; of what is masked nothing is told."""
    extra = told("part", label, value, context) if "*" not in value else {}
    return {"label": label, "value": value, **extra}


def _field(mti: str, number: int, value, veil: Veil, starts: dict, known, context: Context) -> dict:
    entry: dict = {"n": str(number), "name": name_of("field", str(number))}
    if number == 2:
        shown = mask_pan(value)
    elif number == 35:
        shown = mask_track2(value)
    elif number == 48 and mti in ("0320", "0330"):
        shown = value[:2] + "*" * (len(value) - 2)
    elif number == 59 and isinstance(value, str):
        shown = "".join("*" if sign.isdigit() and at >= 5 else sign for at, sign in enumerate(value))
    elif _may_hold_numbers(mti, number, value):
        shown = shown_text(value, known)
    elif isinstance(value, str):
        shown = value
        for pan in known:
            if len(pan) >= 13:
                shown = shown.replace(pan, mask_pan(pan))
    else:
        shown = veil.text(starts[number], starts[number] + len(value))
    entry["value"] = shown
    parts = parts_of(mti, number, shown)
    if parts:
        entry["parts"] = [_part(label, part, context) for label, part in parts]
    elif "*" not in shown and number != 55:
        entry.update(told("field", str(number), value, context))
    remark = note(number, shown) if number in (60, 61) and "*" not in shown else ""
    if remark:
        entry["note"] = remark
    return entry


def _mac_ok(frame: bytes, mak, mac: str):
    if mak is None or len(frame) < profile.HEAD + 8 or not frame[profile.HEAD + 7] & 1:
        return None
    try:
        des = Des(mak)
    except KeyError_:
        return None
    return profile.mac_ok(frame, lambda covered: macs.code(mac, des, covered))
