"""Where a line ends: English breaks at blanks, Chinese between any two glyphs except before a stop."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable


WIDE = 0x2E00  # code points from here on are Chinese: twice as wide as a letter where all letters are of one width
_NO_START = "，。！？、：；）,.!?:;)"  # never at the start of a line


def wrap(text: str, room: int, width: "Callable[[int], int]") -> list:
    """Lines of `text` of at most `room`; `width(code point)` is what a character takes of it."""
    out = []
    start = end = size = 0  # the open line; `cut` is where it may end
    cut = -1
    while end < len(text):
        size += width(ord(text[end]))
        if size > room and text[end] != " ":
            if cut <= start:
                cut = max(end, start + 1)
            out.append(text[start:cut].rstrip())
            start = cut
            while start < len(text) and text[start] == " ":
                start += 1
            end, size, cut = start, 0, -1
            continue
        end += 1
        if end < len(text) and _may_cut(text, end):
            cut = end
    if start < len(text):
        out.append(text[start:].rstrip())
    return out


def _may_cut(text: str, at: int) -> bool:
    """May a line end before character `at`?"""
    here, before = text[at], text[at - 1]
    if here in _NO_START or before == "（":
        return False
    if before == " ":
        return True
    return ord(here) > WIDE or ord(before) > WIDE
