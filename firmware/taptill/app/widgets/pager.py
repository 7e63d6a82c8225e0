"""Texts and tables that may be longer than the screen: one page of them, and how many there are."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .canvas import Canvas, Text


def sentences(c: "Canvas", title: "Text", texts: list, icon: int = -1, page: int = 0) -> int:
    """A bar and texts (each begins a line).  Draws `page` (counted round) and returns how many there are."""
    lines = []
    for text in texts:
        if text:
            lines += [(text, line) for line in c.wrap(text)]
    room = c.body_lines
    pages = max(1, (len(lines) + room - 1) // room)
    page %= pages
    c.clear()
    c.bar(title, icon, "", pages > 1)
    # A page that is not full sits in the middle, the first line of a long text always at the top.
    shown = lines[page * room : (page + 1) * room]
    y = c.line_y(1)
    if pages == 1:
        y += (room - len(shown)) * c.pitch // 2
    x = 2
    for _, line in shown:
        if c.width(line) > c.columns - 4:
            x = 0  # a full line needs every column, and all begin alike
    for text, line in shown:
        c.mark(text)
        c.text(line, x, y)
        y += c.pitch
    c.show()
    return pages


def pairs(c: "Canvas", title: "Text", rows: list, page: int = 0) -> int:
    """Labels and values [(label, value)]; a value too long for its line takes the next ones."""
    lines = []
    for label, value in rows:
        if 2 + c.width(label) + 4 + c.width(value) <= c.columns - 2:
            lines.append((label, value))
        else:
            lines.append((label, ""))
            for part in c.wrap(value, c.columns - 4):
                lines.append(("", part))
    room = c.body_lines
    pages = max(1, (len(lines) + room - 1) // room)
    page %= pages
    c.clear()
    c.bar(title, -1, "", pages > 1)
    y = c.line_y(1)
    for label, value in lines[page * room : (page + 1) * room]:
        pair(c, label, value, y)
        y += c.pitch
    c.show()
    return pages


def pair(c: "Canvas", label: "Text", value: "Text", y: int) -> None:
    """A label on the left, its value on the right."""
    c.text(label, 2, y)
    if 2 + c.width(label) + 4 + c.width(value) > c.columns - 2:
        c.overflow += 1
    c.right(value, c.columns - 2, y)
