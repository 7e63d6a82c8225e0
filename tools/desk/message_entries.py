"""One message between terminal and host as the wire of the desk shows it."""

import binascii

from rig.firmware import taptill_on_path
from words.message_text import note, strip_prefix
from words.names import FIELD_NAMES, MTI_NAMES

from .objects import cover, leaves, nodes, objects
from .veil import Veil, numbers_like_pans, pan_of_tag, shown_text, starred_digits

taptill_on_path()

from taptill.core.des import Des
from taptill.core.errors import CodecError, KeyError_
from taptill.core.masking import mask_pan, mask_track2
from taptill.core.profiles import cn_pos as profile
from taptill.core.profiles.cn_pos.mac import profile_mac


def message_entry(direction: str, frame_hex: str, mak: bytes | None = None, pans=()) -> dict:
    """Detail of one message, `direction` "out" or "in" as the terminal sees it; with or without its 2-byte length.

    {"dir", "mti", "name", "fields": [{"n": "2", "name", "value": masked, "note"?, "parts"?: [{"label", "value"}]}],
    "de55": [node as in objects.nodes], "mac_ok": True, False or None (no key, or no F64), "hex": masked, "tpdu",
    "header", "bytes": length of the frame, "error"?: one line}.  `pans` are card numbers of the tap before it.
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
        detail.update(mti=mti, name=MTI_NAMES.get(mti, "unknown message type"))
        detail.update(tpdu=frame[:5].hex().upper(), header=frame[5:11].hex().upper())

    tree, understood = [], 0
    if 55 in fields:
        tree, chip_error, understood = objects(fields[55])
        if chip_error and "error" not in detail:
            detail["error"] = "F55 " + chip_error
    known = _numbers(fields, tree, pans) | numbers_like_pans(frame)
    veil = Veil(frame, known)
    broken = "error" in detail and not detail["error"].startswith("F55 ")
    if broken:
        # With one bit wrong in the bitmap or a length, any field may hold any digits.
        veil.hide_digits(min(profile.HEAD + 8 if mti else 0, len(frame)), len(frame))
    for number in fields:
        veil.lay(starts[number], _mask(mti, number, fields[number]))
    if 55 in fields:
        cover(tree, veil, starts[55])
        veil.hide_digits(starts[55] + understood, starts[55] + len(fields[55]))
        detail["de55"] = nodes(tree, veil, known, "", starts[55])
    detail["fields"] = [_field(mti, n, fields[n], veil, starts, known) for n in sorted(fields)]
    if broken:
        for field in detail["fields"]:
            field.pop("note", None)
            field.pop("parts", None)
            field["value"] = starred_digits(field["value"])
    detail["hex"] = veil.text()
    detail["mac_ok"] = _mac_ok(frame, fields, mak)
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


def _bytes(value) -> bytes:
    return value.encode() if isinstance(value, str) else value


def _field(mti: str, number: int, value, veil: Veil, starts: dict, known) -> dict:
    entry: dict = {"n": str(number), "name": FIELD_NAMES.get(number, "")}
    if number == 2:
        shown = mask_pan(value)
    elif number == 35:
        shown = mask_track2(value)
    elif number == 48 and mti in ("0320", "0330"):
        shown = value[:2] + "*" * (len(value) - 2)
    elif number == 59 and isinstance(value, str):
        shown = "".join("*" if sign.isdigit() and at >= 5 else sign for at, sign in enumerate(value))
    elif isinstance(value, str) and number in (44, 63):
        shown = shown_text(value, known)
    elif isinstance(value, str):
        shown = value
        for pan in known:
            if len(pan) >= 13:
                shown = shown.replace(pan, mask_pan(pan))
    else:
        shown = veil.text(starts[number], starts[number] + len(value))
    entry["value"] = shown
    if number == 62 and len(value) == 40 and mti == "0810":
        entry["parts"] = [{"label": label, "value": shown[2 * first : 2 * last]}
                          for label, first, last in _KEY_PARTS]  # fmt: skip
    elif number == 60 and len(value) >= 8:
        entry["parts"] = [{"label": "60.1", "value": value[:2]}, {"label": "60.2", "value": value[2:8]}]
        if len(value) >= 11:
            entry["parts"].append({"label": "60.3", "value": value[8:11]})
    elif number == 61 and len(value) >= 12:
        entry["parts"] = [{"label": "61.1", "value": value[:6]}, {"label": "61.2", "value": value[6:12]}]
    remark = note(number, shown) if number in (4, 60, 61, 64) and "*" not in shown else ""
    if remark:
        entry["note"] = remark
    return entry


_KEY_PARTS = (("PIK", 0, 16), ("PIK check", 16, 20), ("MAK", 20, 36), ("MAK check", 36, 40))


def _mac_ok(frame: bytes, fields: dict, mak):
    if mak is None or len(frame) < profile.HEAD + 8 or not frame[profile.HEAD + 7] & 1:
        return None
    try:
        des = Des(mak)
    except KeyError_:
        return None
    return profile.mac_ok(frame, lambda covered: profile_mac(des, covered))
