"""A board's wires as a picture (SVG), drawn from its table alone.

Every pin of a part lies opposite to the pin of the board that it goes to, so that no two wires cross.  The picture brings its own
light ground: it reads the same on a white and on a dark page.
"""

from typing import NamedTuple
from xml.sax.saxutils import escape

from .facts import Part
from .rules import address, fitted
from .table import Board, Wire

_LEFT, _RIGHT = ("pn532", "oled"), ("keypad", "pcf8574", "buzzer")
_TITLES = {
    "pn532": "PN532",
    "oled": "SSD1306 OLED",
    "keypad": "Keypad",
    "pcf8574": "PCF8574",
    "buzzer": "Buzzer",
}

# Geometry, in pixels.
_WIDTH = 1120
_EDGE = 36
_TOP = 104
_PART = 236  # width of a part
_BOARD_X, _BOARD = 442, 236  # left edge and width of the board
_PITCH = 26  # from one wire to the next
_HEAD = 52  # from a part's upper edge to its first pin
_TAIL = 24  # from its last pin to its lower edge
_GAP = 28  # between two parts
_LEAST = {"pn532": 8}  # rows, so that what is drawn on the part has room

_INK, _SOFT, _GROUND, _LINE = "#1d2733", "#5c6b7a", "#fbfaf6", "#d9d5c9"
_SUPPLY = {"5V": "#d6336c", "3V3": "#e8590c", "GND": "#343a40"}
_COLOURS = ("#1971c2", "#2f9e44", "#e67700", "#9c36b5", "#0c8599", "#c2255c", "#5f3dc4", "#66a80f")
_FACES = {"pn532": "#b02a37", "oled": "#1f4e8c", "keypad": "#39424e", "pcf8574": "#20624b", "buzzer": "#39424e"}
_STYLE = (
    "text{font-family:'DejaVu Sans','Segoe UI','Helvetica Neue',Arial,sans-serif;fill:#1d2733}"
    ".t{font-size:25px;font-weight:700}.s{font-size:14px;fill:#5c6b7a}.h{font-size:17px;font-weight:700;fill:#fff}"
    ".p{font-size:14px;font-weight:600;fill:#fff}.n{font-size:12px;fill:#fff;opacity:.85}.g{font-size:14px;font-weight:700;fill:#fff}"
    ".o{font-size:22px;font-weight:700;fill:#cfe8ff}"
    ".k{font-size:13px;font-weight:700;text-anchor:middle}.e{text-anchor:end}.m{text-anchor:middle}"
)


class _End(NamedTuple):
    """One pin of a part and where its wire goes: a GPIO's number, a pin of the PCF8574, or a supply."""

    pin: str
    place: str
    way: str


class _Box(NamedTuple):
    """A part in its place: upper edge, and its pins top to bottom."""

    name: str
    part: Part
    top: int
    ends: tuple

    @property
    def bottom(self) -> int:
        rows = max(len(self.ends), _LEAST.get(self.name, 0))
        return self.top + _HEAD + _PITCH * (rows - 1) + _TAIL

    def y(self, at: int) -> int:
        """Where the wire of pin number `at` lies."""
        return self.top + _HEAD + _PITCH * at


def draw(board: Board) -> str:
    """The picture of a board, as the text of an SVG file.  Parts that are not wired as a whole are not on it."""
    there = fitted(board)
    left, right = _column(board, there, _LEFT), _column(board, there, _RIGHT)
    bottom = max([box.bottom for box in left + right] or [_TOP + 200])
    height = bottom + 84
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img">',
        f"<title>{escape(str(board.values.get('NAME', board.folder)))}: wiring</title>",
        f"<style>{_STYLE}</style>",
        _box(1, 1, _WIDTH - 2, height - 2, _GROUND, 18, f' stroke="{_LINE}" stroke-width="2"'),
        _text(_EDGE, 50, str(board.values.get("NAME", board.folder)), "t"),
        _text(_EDGE, 74, f"boards/{board.folder} – module {board.values.get('MODULE', '')}, {len(board.wires)} wires", "s"),
    ]
    out += _the_board(board, left + right, bottom)
    for boxes, side in ((left, -1), (right, 1)):
        for box in boxes:
            out += _wires(box, side) + _the_part(board, box, side)
    out += _legend(height - 34)
    return "\n".join([*out, "</svg>"]) + "\n"


def _column(board: Board, there: dict[str, Part], names: tuple) -> list[_Box]:
    """The parts of one side, one below the other."""
    boxes, top = [], _TOP
    for name in names:
        if name not in there:
            continue
        wires = list(board.of(name).values())
        ends = [_End(wire.pin, _place(wire), wire.way) for wire in wires]
        ends += [_End(pin, supply, "power") for pin, supply in there[name].supplies]
        boxes.append(_Box(name, there[name], top, tuple(ends)))
        top = boxes[-1].bottom + _GAP
    return boxes


def _place(wire: Wire) -> str:
    return wire.port or str(wire.gpio)


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{escape(text)}</text>'


def _box(x: float, y: float, width: float, height: float, fill: str, round_: float = 6, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}"{more}/>'


# -- the board


def _the_board(board: Board, boxes: list[_Box], bottom: int) -> list[str]:
    """The circuit board with its module and USB socket; its pins are drawn with the wires."""
    middle = _BOARD_X + _BOARD / 2
    out = [
        _box(middle - 26, bottom - 8, 52, 26, "#adb5bd", 5),
        _box(_BOARD_X, _TOP, _BOARD, bottom - _TOP, "#22303f", 14),
        _box(middle - 58, _TOP + 16, 116, 14, "#3b4a5a", 3),
        _box(middle - 58, _TOP + 36, 116, 116, "#ced4da", 6),
        _box(middle - 50, _TOP + 44, 100, 100, "#dee2e6", 4),
        f'<text x="{middle}" y="{_TOP + 90}" class="k" style="font-size:15px">{escape(board.chip)}</text>',
    ]
    module = str(board.values.get("MODULE", "")).removeprefix(board.chip).lstrip("- ")
    out.append(f'<text x="{middle}" y="{_TOP + 112}" class="k" style="font-size:12px;font-weight:400">{escape(module)}</text>')
    out.append(f'<text x="{middle}" y="{bottom - 20}" class="n m">USB</text>')
    return out


# -- wires


def _colour(box: _Box, at: int) -> str:
    end = box.ends[at]
    return _SUPPLY.get(end.place, _COLOURS[at % len(_COLOURS)])


def _wires(box: _Box, side: int) -> list[str]:
    """Wires of a part on the left (-1) or right (1), with the pins of the board at which they end."""
    inner = _BOARD_X if side < 0 else _BOARD_X + _BOARD
    outer = _EDGE + _PART if side < 0 else _WIDTH - _EDGE - _PART
    out = []
    for at, end in enumerate(box.ends):
        y, colour = box.y(at), _colour(box, at)
        begin = inner + 25 * side if end.place.startswith("P") else inner
        out.append(f'<path d="M{begin} {y}H{outer}" stroke="{colour}" stroke-width="4" stroke-linecap="round"/>')
        out += _arrow(end.way, (inner + outer) / 2, y, side, colour)
        wide = 46 if end.place in _SUPPLY else 38
        pill = inner + (6 if side < 0 else -6 - wide)
        if end.place.startswith("P"):  # it ends at the PCF8574, outside of the board
            pill = inner + (-6 - wide if side < 0 else 6)
        more = ' stroke="#fff" stroke-opacity=".5" stroke-width="1.5"' if end.place in _SUPPLY else ""
        out.append(_box(pill, y - 10, wide, 20, colour, 10, more))
        out.append(f'<text x="{pill + wide / 2}" y="{y + 5}" class="g m">{end.place}</text>')
    return out


def _arrow(way: str, x: float, y: float, side: int, colour: str) -> list[str]:
    """Which way the wire speaks: out of the ESP32, into it, or both."""
    heads = {"out": (side,), "in": (-side,), "both": (side, -side)}.get(way, ())
    out = []
    for head in heads:
        tip = x + head * (13 if len(heads) == 1 else 17)
        out.append(f'<path d="M{tip} {y}l{-head * 13} -7v14z" fill="{colour}"/>')
    return out


# -- parts


def _the_part(board: Board, box: _Box, side: int) -> list[str]:
    """A part with its pins, and what tells it from others: address, switches, keys."""
    x = _EDGE if side < 0 else _WIDTH - _EDGE - _PART
    edge = x + _PART - 12 if side < 0 else x + 12
    out = [
        _box(x, box.top, _PART, box.bottom - box.top, _FACES[box.name], 12),
        _text(x + 16 if side < 0 else x + _PART - 16, box.top + 27, _TITLES[box.name], "h" if side < 0 else "h e"),
    ]
    for at, end in enumerate(box.ends):
        y = box.y(at)
        out.append(f'<circle cx="{edge - 2 if side < 0 else edge + 2}" cy="{y}" r="6" fill="{_GROUND}"/>')
        out.append(_text(edge - 16 if side < 0 else edge + 16, y + 5, end.pin, "p e" if side < 0 else "p"))
    ornament = {"pn532": _reader, "oled": _display, "keypad": _keys, "buzzer": _buzzer, "pcf8574": _expander}[box.name]
    return out + ornament(board, box, x)


def _reader(board: Board, box: _Box, x: int) -> list[str]:
    """The antenna, the bus, and the two switches as they stand for it."""
    out = [_text(x + _PART - 16, box.top + 27, box.part.bus, "h e")]
    middle, y = x + 78, box.y(0) + 62
    for size in (58, 46, 34):
        more = ' stroke="#fff" stroke-opacity=".55" stroke-width="2.5"'
        out.append(_box(middle - size, y - size * 0.9, 2 * size, 2 * size * 0.9, "none", 12, more))
    out.append(f'<text x="{middle}" y="{y + 5}" class="n m">antenna</text>')
    out.append(_text(x + 20, y + 84, "switches", "n"))
    for at, state in enumerate(box.part.switches):
        place = x + 84 + 34 * at
        out.append(_box(place, y + 64, 26, 34, "#f1f3f5", 3))
        out.append(_box(place + 7, y + (67 if state == "on" else 82), 12, 13, _INK, 2))
        out.append(f'<text x="{place + 13}" y="{y + 112}" class="n m">{at + 1} {state}</text>')
    return out


def _display(board: Board, box: _Box, x: int) -> list[str]:
    """The glass, its size and its address."""
    values = board.values
    wide, high = 116, 116 * values.get("OLED_HEIGHT", 64) / values.get("OLED_WIDTH", 128)
    y = box.y(0) + 4
    where = address(board, "oled")
    return [
        _box(x + 16, y, wide, high, "#05090c", 4, ' stroke="#9fb6d3" stroke-width="1.5"'),
        f'<text x="{x + 16 + wide / 2}" y="{y + high / 2 + 8}" class="m o">12.50</text>',
        _text(x + 16, y + high + 20, f"{values.get('OLED_WIDTH')} × {values.get('OLED_HEIGHT')}, at 0x{where or 0:02X}", "n"),
    ]


def _keys(board: Board, box: _Box, x: int) -> list[str]:
    """The keys as they are laid out."""
    layout, out = board.values.get("KEYPAD_LAYOUT", ""), []
    columns = max(1, sum(end.pin[0] == "C" for end in box.ends))
    for at, key in enumerate(layout):
        left, top = x + _PART - 16 - 38 * (columns - at % columns), box.y(0) - 2 + 42 * (at // columns)
        fill = "#e8590c" if not key.isdigit() else "#f1f3f5"
        out.append(_box(left + 4, top, 32, 34, fill, 6))
        ink = "#fff" if not key.isdigit() else _INK
        out.append(f'<text x="{left + 20}" y="{top + 22}" class="k" style="fill:{ink}">{escape(key)}</text>')
    return out


def _buzzer(board: Board, box: _Box, x: int) -> list[str]:
    middle, y = x + 122, (box.top + box.bottom) / 2
    return [
        f'<circle cx="{middle}" cy="{y}" r="30" fill="#15191e" stroke="#868e96" stroke-width="2"/>',
        f'<circle cx="{middle}" cy="{y}" r="6" fill="#868e96"/>',
    ]


def _expander(board: Board, box: _Box, x: int) -> list[str]:
    where = address(board, "pcf8574")
    return [_text(x + _PART - 16, box.top + 50, f"at 0x{where or 0:02X}", "n e")]


def _legend(y: int) -> list[str]:
    """What the signs mean."""
    out = [f'<path d="M{_EDGE} {y}h44" stroke="{_SOFT}" stroke-width="4" stroke-linecap="round"/>']
    out += _arrow("out", _EDGE + 22, y, 1, _SOFT)
    out.append(_text(_EDGE + 56, y + 5, "from who speaks to who listens; numbers are GPIOs", "s"))
    out.append(_text(_WIDTH - _EDGE, y + 5, "drawn from board.py by `make wiring`", "s e"))
    return out
