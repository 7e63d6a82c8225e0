"""Data objects of a card as trees the page can show: read leniently, named, masked, explained."""

from facts import book, decode
from facts.line import Context
from rig.firmware import taptill_on_path

from .veil import is_packed_number, shown_text

taptill_on_path()

from taptill.core import tlv
from taptill.core.errors import TlvError

LISTS = (0x9F38, 0x8C, 0x8D, 0x9F49)
_TEXT_TAGS = (0x50, 0x9F12)


def tag_name(tag: int, scheme: str = "") -> str:
    """English name of a tag, "" when unknown."""
    return book.name_of("tag", tlv.tag_text(tag), scheme)


def told(kind: str, name: str, value, context: Context) -> dict:
    """{"row"?: key of the explanation, where it is not `name`; "meaning"?: what the value says}; {} for the unknown."""
    fact = book.find(kind, name, context.scheme)
    view: dict = {"row": fact.key} if fact and fact.key != name else {}
    lines = decode.meaning(kind, name, value, context)
    if lines:
        view["meaning"] = [line.shown() for line in lines]
    return view


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


def nodes(tree, veil, pans=(), asked: str = "", shift: int = 0, context: Context | None = None) -> list:
    """[{"tag", "name", "hex", "row"?, "meaning"?, "text"?, "children"?}] of a covered tree.

    "row" is the key of the explanation where the scheme has one of its own, "meaning" what the value says (Line.shown).
    """
    return [_node(item, veil, pans, asked, shift, context or Context()) for item in tree]


def leaf(tag: int, value: bytes, shown: str, context: Context) -> dict:
    """A primitive object, explained; of what is masked in `shown` nothing is told."""
    name = tlv.tag_text(tag)
    node = {"tag": name, "name": tag_name(tag, context.scheme), "hex": shown}
    extra = told("tag", name, value, context)
    if "*" in shown:
        extra.pop("meaning", None)
    return {**node, **extra}


def _node(item, veil, pans, asked: str, shift: int, context: Context) -> dict:
    tag, value, inner, start, stop = item
    start, stop = start + shift, stop + shift
    shown = veil.text(start, stop)
    if inner is not None:
        children = nodes(inner, veil, pans, asked, shift, context)
        return {"tag": tlv.tag_text(tag), "name": tag_name(tag, context.scheme), "hex": shown, "children": children}
    node = leaf(tag, value, shown, context)
    if tag == 0x80:
        node["children"] = [
            leaf(each, value[first:last], veil.text(start + first, start + last), context)
            for each, first, last in _untagged(asked, len(value))
        ]
    elif tag in _TEXT_TAGS and value and all(0x20 <= byte < 0x7F for byte in value) and not is_packed_number(value):
        node["text"] = shown_text(value.decode(), pans)
    return node


def _untagged(asked: str, size: int) -> list:
    """(tag, first, last) of what a template 80 holds (EMV Book 3, 6.5.8.4 and 6.5.5.4)."""
    if asked == "gpo" and size >= 2:
        return [(0x82, 0, 2)] + ([(0x94, 2, size)] if size > 2 else [])
    if asked == "generate-ac" and size >= 11:
        return [(0x9F27, 0, 1), (0x9F36, 1, 3), (0x9F26, 3, 11)] + ([(0x9F10, 11, size)] if size > 11 else [])
    return []
