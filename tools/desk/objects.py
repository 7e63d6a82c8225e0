"""Data objects of a card as trees the page can show: read leniently, named, masked."""

from rig.firmware import taptill_on_path
from words.names import TAG_NAMES

from .veil import shown_text

taptill_on_path()

from taptill.core import tlv
from taptill.core.dol import parse as parse_dol
from taptill.core.errors import TlvError

LISTS = (0x9F38, 0x8C, 0x8D, 0x9F49)
_TEXT_TAGS = (0x50, 0x9F12, 0x5F2D, 0x5F50, 0x5F55)

# Names of what the wire meets and the message inspector does not.
_MORE_NAMES = {
    0x61: "directory entry",
    0x6F: "file control information",
    0x70: "record",
    0x77: "answer template",
    0x80: "answer without tags",
    0x83: "command template",
    0xA5: "FCI proprietary template",
    0xBF0C: "issuer's part of the FCI",
    0x5F30: "service code",
    0x5F36: "currency exponent",
    0x88: "short file identifier",
    0x97: "TDOL",
    0x9F01: "acquirer",
    0x9F05: "application discretionary data",
    0x9F0B: "cardholder name, extended",
    0x9F16: "merchant",
    0x9F1B: "terminal floor limit",
    0x9F1C: "terminal",
    0x9F1D: "terminal risk management data",
    0x9F39: "point-of-service entry mode",
    0x9F40: "additional terminal capabilities",
    0x9F4C: "ICC dynamic number",
    0x9F4E: "merchant name",
    0x9F50: "balance or counter of the card",
    0x9F52: "terminal type of the scheme",
    0x9F53: "category or interchange profile",
    0x9F5D: "offline amount available",
    0x9F60: "check code, track 1",
    0x9F61: "check code, track 2",
    0x9F62: "place of the check code, track 1",
    0x9F64: "digits of the counter, track 1",
    0x9F65: "place of the check code, track 2",
    0x9F67: "digits of the counter, track 2",
    0x9F68: "CVM list of mag-stripe mode",
    0x9F6A: "unpredictable number of mag-stripe mode",
    0x9F6D: "contactless reader capabilities",
    0x9F76: "terminal data of the test card",
    0x9F7C: "customer exclusive data",
}


def tag_name(tag: int) -> str:
    """English name of a tag, "" when unknown."""
    return TAG_NAMES.get(tag) or _MORE_NAMES.get(tag, "")


def objects(data, at: int = 0, end: int = -1, depth: int = 0):
    """([(tag, value, inner or None, start, stop)], error or None, byte up to which it was understood).

    What stands before a fault is kept, so that it can be shown; `start` and `stop` count in `data`.
    """
    if end < 0:
        end = len(data)
    found_all = []
    while True:
        try:
            if depth > tlv.MAX_DEPTH:
                raise TlvError("template", "nested deeper than %d" % tlv.MAX_DEPTH, at)
            found = tlv.next_object(data, at, end)
        except TlvError as error:
            return found_all, str(error), at
        if found is None:
            return found_all, None, end
        tag, start, stop = found
        inner, error, reached = None, None, stop
        if tlv.is_constructed(tag):
            inner, error, reached = objects(data, start, stop, depth + 1)
        found_all.append((tag, bytes(data[start:stop]), inner, start, stop))
        if error:
            return found_all, error, reached
        at = stop


def leaves(tree) -> list:
    """(tag, value) of the primitive objects, in order."""
    flat = []
    for tag, value, inner, _start, _stop in tree:
        flat += [(tag, value)] if inner is None else leaves(inner)
    return flat


def cover(tree, veil, shift: int = 0) -> None:
    """Mask every primitive object of `tree` in `veil`, whose bytes begin `shift` before those of the tree."""
    for tag, _value, inner, start, stop in tree:
        if inner is None:
            veil.hide_tag(tag, start + shift, stop + shift)
        else:
            cover(inner, veil, shift)


def nodes(tree, veil, pans=(), asked: str = "", shift: int = 0) -> list:
    """[{"tag", "name", "hex", "text"?, "children"?, "list"?, "error"?}] of a covered tree."""
    return [_node(item, veil, pans, asked, shift) for item in tree]


def _node(item, veil, pans, asked: str, shift: int) -> dict:
    tag, value, inner, start, stop = item
    start, stop = start + shift, stop + shift
    node = {"tag": tlv.tag_text(tag), "name": tag_name(tag), "hex": veil.text(start, stop)}
    if inner is not None:
        node["children"] = nodes(inner, veil, pans, asked, shift)
    elif tag == 0x80:
        node["children"] = [
            {"tag": tlv.tag_text(each), "name": tag_name(each), "hex": veil.text(start + first, start + last)}
            for each, first, last in _untagged(asked, len(value))
        ]
    elif tag in LISTS:
        try:
            node["list"] = [
                {"tag": tlv.tag_text(each), "name": tag_name(each), "length": length} for each, length in parse_dol(value)
            ]
        except TlvError as error:
            node["error"] = str(error)
    elif tag in _TEXT_TAGS and value and all(0x20 <= byte < 0x7F for byte in value):
        node["text"] = shown_text(value.decode(), pans)
    return node


def _untagged(asked: str, size: int) -> list:
    """(tag, first, last) of what a template 80 holds (EMV Book 3, 6.5.8.4 and 6.5.5.4)."""
    if asked == "gpo" and size >= 2:
        return [(0x82, 0, 2)] + ([(0x94, 2, size)] if size > 2 else [])
    if asked == "generate-ac" and size >= 11:
        return [(0x9F27, 0, 1), (0x9F36, 1, 3), (0x9F26, 3, 11)] + ([(0x9F10, 11, size)] if size > 11 else [])
    return []
