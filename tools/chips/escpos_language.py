"""The ESC/POS language: what the bytes that a receipt printer takes out of its buffer mean.

Written from Epson's ESC/POS command reference, as printers of 203 dpi and 58 mm follow it (384 dots, font A 12×24, font B 9×17),
and, for Chinese, from its FS commands with the code of GB 18030: one byte below 0x81, else two, or four.  Taken and without
effect: cut, drawer, barcodes (their place on the paper is told), panel buttons, user-defined characters, page mode's leaving.

`program(settings)` is a generator.  It yields None to be sent the next byte, or what is to be done:

    {"kind": "line", "high": dots, "spans": [[x, dots wide, dots high, flags, code, hex of its bytes], …]}  then its feed
    {"kind": "feed", "dots": n}
    {"kind": "dots", "x": x, "across": bytes a row, "wide": 1 or 2, "high": 1 or 2, "data": hex}
    {"kind": "bars", "what": GS k's m or "qr", "data": hex}
    {"kind": "cut"}
    ("tell", function)                                             to be called for a byte that is transmitted

Flags of a span: 1 bold, 2 underlined, 4 white on black, 8 upside down.  Its code is "gb18030", or the number of ESC t.
"""

DOTS = 384
BOLD, UNDERLINED, REVERSED, UPSIDE_DOWN = 1, 2, 4, 8
CHINESE = "gb18030"
_SPACING = 30  # ESC 2: 1/6 inch is 33.9 dots; printers of 58 mm have 3.75 mm
_STRIPE = 24  # rows of a raster that are told at a time
_FONTS = ((12, 24), (9, 17))
_HAN = 24
_MOST = 255


class Settings:
    """What ESC @ puts back; `chinese`: the printer has these characters in its ROM."""

    def __init__(self, chinese: bool):
        self.chinese = chinese
        self.unknown = []  # hex of commands that mean nothing here
        self.reset()

    def reset(self) -> None:
        self.align = self.font = self.flags = self.page = 0
        self.double = self.emphasised = self.han_lines = 0
        self.wide = self.high = 1
        self.han_wide = self.han_high = 0  # 0: as the letters are
        self.spacing = _SPACING
        self.apart = self.han_left = self.han_right = 0
        self.left, self.area = 0, DOTS
        self.han = self.chinese  # models for China begin with it
        self.tabs = list(range(8, 33, 8))
        self.bars = {"high": 162, "wide": 3, "words": 0}
        self.qr = b""


class _Line:
    """The print buffer: what stands on the line so far."""

    def __init__(self, settings):
        self.settings = settings
        self.clear()

    def clear(self) -> None:
        self.x = 0
        self.spans = []

    def put(self, raw, code, wide, high, flags) -> bool:
        """A character of so many dots; False when the line has no room for it."""
        settings = self.settings
        if self.x + wide > settings.area:
            return False
        last = self.spans[-1] if self.spans else None
        if last and last[0] + last[1] * last[6] == self.x and last[1:5] == [wide, high, flags, code]:
            last[5] += raw
            last[6] += 1
        else:
            self.spans.append([self.x, wide, high, flags, code, bytes(raw), 1])
        self.x += wide
        return True

    def printed(self):
        """What is printed of it, and the buffer is empty; None of an empty one."""
        spans, end, settings = self.spans, self.x, self.settings
        self.clear()
        if not spans:
            return None
        free = max(settings.area - end, 0)
        start = settings.left + (0, free // 2, free)[settings.align]
        told = [[start + x, wide, high, flags, code, raw.hex()] for x, wide, high, flags, code, raw, _ in spans]
        return {"kind": "line", "high": max([span[2] for span in spans]), "spans": told}


def _end(line, feed: int):
    """The items of a line that ends, with what is fed behind it."""
    item = line.printed()
    if item:
        yield item
        feed -= item["high"]
    if feed > 0:
        yield {"kind": "feed", "dots": feed}


def program(s):
    """The generator described above; `s` are the Settings."""
    line = _Line(s)
    while True:
        byte = yield None
        if byte == 0x1B:
            yield from _escape(s, line)
        elif byte == 0x1D:
            yield from _group(s, line)
        elif byte == 0x1C:
            yield from _han_command(s)
        elif byte == 0x10:
            yield from _real_time()
        elif byte == 0x0A:
            yield from _end(line, s.spacing)
        elif byte == 0x09:
            _tab(s, line)
        elif byte == 0x0C:
            line.clear()
        elif byte >= 0x20:
            yield from _character(s, line, byte)
        # CR and other control codes do nothing on a serial line


def _tab(s, line) -> None:
    width = _FONTS[s.font][0] + s.apart
    for stop in s.tabs:
        if stop * width > line.x:
            line.x = min(stop * width, s.area)
            return


def _character(s, line, byte: int):
    raw = bytes((byte,))
    if s.han and 0x81 <= byte <= 0xFE:
        raw += bytes(((yield None),))
        if 0x30 <= raw[1] <= 0x39:
            raw += bytes(((yield None), (yield None)))
        wide, high = s.han_wide or s.wide, s.han_high or s.high
        flags = s.flags | (UNDERLINED if s.han_lines else 0)
        shape = (raw, CHINESE, (_HAN + s.han_left + s.han_right) * wide, _HAN * high, flags)
    else:
        across, down = _FONTS[s.font]
        shape = (raw, s.page, (across + s.apart) * s.wide, down * s.high, s.flags)
    if not line.put(*shape):
        yield from _end(line, s.spacing)
        line.put(*shape)


def _flag(s, flag: int, on: int) -> None:
    s.flags = s.flags | flag if on else s.flags & ~flag


def _modes(s, n: int) -> None:
    s.font = n & 1
    _flag(s, BOLD, n & 8)
    s.high, s.wide = (2 if n & 0x10 else 1), (2 if n & 0x20 else 1)
    _flag(s, UNDERLINED, n & 0x80)


def _number(n: int, low: int) -> int:
    """ESC/POS takes a choice as a number or as its figure."""
    return (n - 48 if n >= 48 else n) if low <= (n - 48 if n >= 48 else n) else low


def _escape(s, line):
    command = chr((yield None))
    if command == "@":
        line.clear()
        s.reset()
    elif command in "2":
        s.spacing = _SPACING
    elif command in "im<LS":
        if command in "im":
            yield {"kind": "cut"}
    elif command == "D":
        tabs = []
        while True:
            stop = yield None
            if not stop:
                break
            tabs.append(stop)
        s.tabs = tabs
    elif command in "$\\":
        low, high = (yield None), (yield None)
        place = low | high << 8
        if command == "\\":
            place = line.x + (place - 65536 if place & 0x8000 else place)
        if 0 <= place <= s.area:
            line.x = place
    elif command == "*":
        yield from _column_image(s, line)
    elif command == "p":
        for _ in range(3):
            yield None
    elif command == "c":
        yield None
        yield None
    elif command in "!-3aEGJMRSTUVdtv{ =e%?r":
        if command == "v":
            yield ("tell", "paper")
            return
        n = yield None
        yield from _escape_one(s, line, command, n)
    else:
        s.unknown.append("1b%02x" % ord(command))


def _escape_one(s, line, command: str, n: int):
    """Commands of ESC with one argument."""
    if command == "!":
        _modes(s, n)
    elif command == "-":
        _flag(s, UNDERLINED, n & 3)
    elif command == "3":
        s.spacing = n
    elif command == "a":
        if not line.spans:  # only at the beginning of a line
            s.align = min(_number(n, 0), 2)
    elif command in "EG":
        _flag(s, BOLD, n & 1)
    elif command == "J":
        yield from _end(line, n)
    elif command == "d":
        yield from _end(line, n * s.spacing)
    elif command == "M":
        s.font = _number(n, 0) & 1
    elif command == "t":
        s.page = n
    elif command == " ":
        s.apart = n
    elif command == "{":
        _flag(s, UPSIDE_DOWN, n & 1)


def _column_image(s, line):
    """ESC *: columns of 8 or 24 dots, in the line like a character."""
    mode, low, high = (yield None), (yield None), (yield None)
    deep = 3 if mode in (32, 33) else 1
    columns = low | high << 8
    data = bytearray()
    for _ in range(columns * deep):
        data.append((yield None))
    across = (columns + 7) // 8
    rows = bytearray(across * 8 * deep)
    for column in range(columns):
        for row in range(8 * deep):
            if data[column * deep + row // 8] >> (7 - row % 8) & 1:
                rows[row * across + column // 8] |= 0x80 >> column % 8
    scale = (1 if mode in (1, 33) else 2), (1 if deep == 3 else 3)
    free = max(s.area - columns * scale[0], 0)
    place = s.left + (line.x, free // 2, free)[s.align]
    line.clear()
    yield {"kind": "dots", "x": place, "across": across, "wide": scale[0], "high": scale[1], "data": bytes(rows).hex()}


def _group(s, line):
    command = chr((yield None))
    if command == "!":
        n = yield None
        s.wide, s.high = (n >> 4 & 7) + 1, (n & 7) + 1
    elif command == "B":
        _flag(s, REVERSED, (yield None) & 1)
    elif command == "v":
        yield from _raster(s)
    elif command == "V":
        if (yield None) in (65, 66):
            yield {"kind": "feed", "dots": (yield None)}
        yield {"kind": "cut"}
    elif command in "LW":
        low, high = (yield None), (yield None)
        value = low | high << 8
        if command == "L":
            s.left = min(value, DOTS)
        s.area = min(value if command == "W" else s.area, DOTS - s.left)
    elif command == "r":
        n = yield None
        yield ("tell", "paper" if _number(n, 1) == 1 else "drawer")
    elif command == "I":
        yield None
        yield ("tell", "model")
    elif command == "k":
        yield from _barcode()
    elif command == "(":
        yield from _long(s)
    elif command in "hwHfab:/P":
        s.bars[command] = yield None
        if command == "P":
            yield None
    else:
        s.unknown.append("1d%02x" % ord(command))


def _raster(s):
    """GS v 0 m xL xH yL yH d…: printed as it comes, some rows at a time."""
    yield None
    mode = _number((yield None), 0)
    low, high = (yield None), (yield None)
    across = low | high << 8
    low, high = (yield None), (yield None)
    left = low | high << 8
    wide, tall = (2 if mode & 1 else 1), (2 if mode & 2 else 1)
    free = max(s.area - across * 8 * wide, 0)
    place = s.left + (0, free // 2, free)[s.align]
    while left:
        rows = min(left, _STRIPE)
        data = bytearray(across * rows)
        for at in range(len(data)):
            data[at] = yield None
        left -= rows
        yield {"kind": "dots", "x": place, "across": across, "wide": wide, "high": tall, "data": data.hex()}


def _barcode():
    kind = yield None
    data = bytearray()
    if kind <= 6:
        while True:
            byte = yield None
            if not byte:
                break
            data.append(byte)
    else:
        for _ in range((yield None)):
            data.append((yield None))
    yield {"kind": "bars", "what": kind, "data": bytes(data).hex()}


def _long(s):
    """GS ( … : functions that say how long they are; of them the QR code is followed."""
    name = yield None
    low, high = (yield None), (yield None)
    data = bytearray()
    for _ in range(low | high << 8):
        data.append((yield None))
    if name != 0x6B or len(data) < 2 or data[0] != 49:
        return
    if data[1] == 80:
        s.qr = bytes(data[3:])
    elif data[1] == 81:
        yield {"kind": "bars", "what": "qr", "data": s.qr.hex()}


def _han_command(s):
    command = chr((yield None))
    if command == "&":
        s.han = s.chinese
    elif command == ".":
        s.han = False
    elif command == "!":
        n = yield None
        s.han_wide, s.han_high = (2 if n & 4 else 1), (2 if n & 8 else 1)
        s.han_lines = n & 0x80
    elif command == "-":
        s.han_lines = (yield None) & 3
    elif command == "S":
        s.han_left, s.han_right = (yield None), (yield None)
    elif command == "W":
        s.han_wide = s.han_high = 2 if (yield None) & 1 else 1
    elif command == "C":
        yield None
    else:
        s.unknown.append("1c%02x" % ord(command))


def _real_time():
    """DLE EOT n and DLE ENQ n were answered when they came; here they are taken out of the way."""
    what = yield None
    if what in (0x04, 0x05):
        yield None
    elif what == 0x14:
        for _ in range(3):
            yield None
