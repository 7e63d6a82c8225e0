"""A message of the profile in words, field by field, read with the terminal's own codec; card data are hidden."""

import binascii

from facts import decode, schemes
from facts.book import find, name_of
from facts.line import Context
from rig.firmware import taptill_on_path

from . import spoken
from .spoken import Spoken

taptill_on_path()

from taptill.core import tlv
from taptill.core.des import Des
from taptill.core.errors import CodecError, KeyError_
from taptill.core.masking import mask_pan, mask_track2
from taptill.core.money import show

_TRACK2_TAGS = (0x57, 0x9F6B)
_SECRET_TAGS = (0x56, 0x9F1F, 0x9F20, 0x5F20)  # track 1, what stands behind the PAN on a track, a person's name


def describe(frame: bytes, clear: bool = False, mak: bytes | None = None, mac: str = "") -> dict:
    """What `till decode --json` prints, of a message with or without its length prefix.

    {"tpdu": hex, "header": hex, "mti": digits, "fields": {"22": "072", …}, "de55": {"9F26": hex, …},
    "mac_ok": True, False or None (no key, or no F64)}.  Binary values are upper-case hex.  Unless `clear`,
    PANs and tracks are masked wherever they are, and what its profile hides (PIN block, working keys) is starred.
    Raises CodecError naming the field or tag and the byte, counted in `frame`; KeyError_ for a MAK that is not
    8 or 16 bytes, or none for that MAC (`mac`, a value of the profile's setting; by default its first).
    """
    profile, message, objects = _read(bytes(frame))
    return _described(profile, bytes(frame), message, objects, clear, mak, mac)


def lines(frame: bytes, clear: bool = False, mak: bytes | None = None, mac: str = "") -> list[str]:
    """The same for people: a line a field and a tag of DE55, and below it what its value means.  Raises as `describe`."""
    profile, message, objects = _read(bytes(frame))
    view = _described(profile, bytes(frame), message, objects, clear, mak, mac)
    context = schemes.context(scheme_of(message.fields, objects), str(message.fields.get(49, "")))
    name = name_of("mti", view["mti"]) or "unknown message type"
    routed = [label for label in ("tpdu", "header") if view[label]]
    text = [f"{view['mti']} {name}" + "".join(f"   {_ROUTE[label]} {view[label]}" for label in routed)]
    for label in routed:
        text += [f"       {label:<7}{line}" for line in told_lines("part", label, view[label].upper(), context, 0)]
    for key, value in view["fields"].items():
        number = int(key)
        name = name_of("field", profile.fact(number))
        if number == 55:
            text.append(f"F55  {name:<24} {len(message.fields[55])} bytes")
            for tag, shown in view["de55"].items():
                label = name_of("tag", tag, context.scheme)
                text.append(f"       {tag:<6} {label:<40} {shown}".rstrip())
                text += told_lines("tag", tag, shown, context, 14)
            continue
        text.append(f"F{number:<3} {name:<24} {value}".rstrip())
        parts = profile.parts(view["mti"], number, value)
        for label, part in parts:
            fact = find("part", label)
            text.append(f"       {label:<6} {fact.english if fact else '':<40} {part}".rstrip())
            text += told_lines("part", label, part, context, 14)
        if not parts:
            text += told_lines("field", profile.fact(number), value, context, 7, isinstance(message.fields[number], bytes))
    if view["mac_ok"] is not None:
        text.append("MAC correct" if view["mac_ok"] else "MAC WRONG")
    return text


_ROUTE = {"tpdu": "TPDU", "header": "header"}


def told_lines(kind: str, name: str, shown: str, context: Context, pad: int, binary: bool = False) -> list[str]:
    """What a value says, a line each; of what is masked in `shown` (hex of a tag or if `binary`, else text) nothing."""
    if not shown or "*" in shown or " " in shown and kind == "tag":
        return []
    value = bytes.fromhex(shown) if binary or kind == "tag" else shown
    lines = decode.meaning(kind, name, value, context)
    return [f"{'':<{pad}}{line.at:<8} {line.words()}".rstrip() for line in lines]


def scheme_of(fields, objects) -> str:
    """Whose card a message is about: by the AID of its chip data (84), else by the card number; "" when neither tells."""
    aid = next((value.hex() for tag, value in objects if tag == 0x84), "")
    return schemes.of_aid(aid) or schemes.of_number(str(fields.get(2, "")))


def _read(data: bytes):
    """(its profile, Message, flat list of (tag, value) of DE55); errors count bytes in `data`."""
    profile, frame, shift = spoken.read(data)
    starts: dict = {}
    try:
        message = profile.terminal.parse(frame, starts)
    except CodecError as error:
        raise type(error)(error.where, error.what, error.offset + shift) from None
    objects: list = []
    if 55 in message.fields:
        try:
            objects = _leaves(tlv.parse(message.fields[55]))
        except CodecError as error:
            at = max(error.offset, 0) * profile.told.WIDE + starts[55] + shift
            raise type(error)("F55 " + error.where, error.what, at) from None
    return profile, message, objects


def _leaves(objects) -> list:
    """Primitive objects of a TLV tree, in order."""
    flat = []
    for tag, value in objects:
        if isinstance(value, list):
            flat += _leaves(value)
        else:
            flat.append((tag, value))
    return flat


def _described(profile: Spoken, data: bytes, message, objects, clear: bool, mak, mac: str) -> dict:
    fields = message.fields
    hide = Hider(fields, objects) if not clear else None
    de55: dict = {}
    chip = _hex(fields[55]) if 55 in fields else ""
    for tag, value in objects:
        shown = hide.tag(tag, value) if hide else _hex(value)
        if shown != _hex(value):
            chip = chip.replace(_hex(value), shown)
        name = tlv.tag_text(tag)
        # a tag that comes twice is malformed EMV, but nothing of it is to be lost
        de55[name] = de55[name] + " " + shown if name in de55 else shown
    view = {}
    for number in sorted(fields):
        value = fields[number]
        if number == 55:
            view["55"] = hide.elsewhere(chip) if hide else chip
        else:
            text = value if isinstance(value, str) else _hex(value)
            view[str(number)] = hide.field(profile, message.mti, number, text) if hide else text
    frame = spoken.read(data)[1]
    mac_ok = None
    if mak is not None:
        des, mac = Des(mak), mac or profile.default_mac()
        if not profile.terminal.mac_fits(mac, des):
            raise KeyError_("MAK: the retail MAC takes 16 bytes of two different halves")
        if 64 in fields or 128 in fields:
            mac_ok = profile.terminal.mac_ok(frame, lambda covered: profile.terminal.mac_code(mac, des, covered))
    return {
        "tpdu": _hex(message.tpdu),
        "header": _hex(message.header),
        "mti": message.mti,
        "fields": view,
        "de55": de55,
        "mac_ok": mac_ok,
    }


class Hider:
    """Masks the card data of one message, in the fields made for it and wherever else its PAN turns up.

    `fields` (number -> value) of a message, `objects` (tag, value) of a card, `pans` known from elsewhere.
    """

    def __init__(self, fields, objects, pans=()):
        pans = set(pans)
        if 2 in fields:
            pans.add(fields[2])
        if 35 in fields:
            pans.add(fields[35].split("D")[0])
        for tag, value in objects:
            if tag == 0x5A:
                pans.add(_hex(value).rstrip("F"))
            elif tag in _TRACK2_TAGS:
                pans.add(_hex(value).split("D")[0])
        self._swaps = []
        for pan in pans:
            if len(pan) >= 13 and pan.isdigit():
                self._swaps.append((pan, mask_pan(pan)))
                self._swaps.append((_hex(pan.encode()), "*" * (2 * len(pan))))

    def field(self, profile: Spoken, mti: str, number: int, text: str) -> str:
        """`text` of a field, hex where it is binary, of a message of that profile."""
        if number == 2:
            return mask_pan(text)
        if number == 35:
            return mask_track2(text)
        if profile.told.hidden(mti, number):
            return "*" * len(text)
        if number == 48 and mti in profile.told.LISTING:
            return text[:2] + "*" * (len(text) - 2)
        return self.elsewhere(text)

    def tag(self, tag: int, value: bytes) -> str:
        text = _hex(value)
        if tag == 0x5A:
            pan = text.rstrip("F")
            return mask_pan(pan) + text[len(pan) :]
        if tag in _TRACK2_TAGS:
            return mask_track2(text)
        if tag in _SECRET_TAGS:
            return "*" * len(text)
        return self.elsewhere(text)

    def elsewhere(self, text: str) -> str:
        for secret, shown in self._swaps:
            text = text.replace(secret, shown)
        return text


def note(number: int, value: str, profile: "Spoken | None" = None) -> str:
    """What a person would otherwise work out by hand, in one line; of a field of the default profile unless one is given."""
    if number == 4:
        return show(int(value), 2)
    if number == 64:
        code = binascii.unhexlify(value)
        return f'"{code.decode()}"' if code.isalnum() and code.isascii() else ""
    return (profile or spoken.of(spoken.profiles.DEFAULT)).told.note(number, value)


def _hex(data: bytes) -> str:
    return data.hex().upper()
