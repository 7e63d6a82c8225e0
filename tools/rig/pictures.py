"""OLED frames as pictures for people: scaled dots, bluish white on black, in a thin bezel."""

from PIL import Image

WIDTH = 128
_SCALE = 4
_BEZEL = 10
_LIT = (206, 232, 255)
_GLOW = (118, 146, 178)  # between lit dots
_DARK = (6, 8, 12)
_GAP = (3, 4, 7)
_FRAME = (38, 40, 46)


def rows(frame: bytes) -> int:
    """Rows of dots: 64 of the usual glass (1024 bytes MONO_VLSB), 32 of the low one (512)."""
    return len(frame) * 8 // WIDTH


def dot(frame: bytes, x: int, y: int) -> bool:
    """Is the dot lit?"""
    return bool(frame[(y >> 3) * WIDTH + x] >> (y & 7) & 1)


def bitmap(frame: bytes) -> Image.Image:
    """The bare picture, mode "1"."""
    image = Image.new("1", (WIDTH, rows(frame)))
    image.putdata([255 if dot(frame, x, y) else 0 for y in range(rows(frame)) for x in range(WIDTH)])
    return image


def picture(frame: bytes, scale: int = _SCALE) -> Image.Image:
    """The frame as a person sees it, `scale` pixels a dot, mode "RGB"."""
    height = rows(frame)
    size = (WIDTH * scale + 2 * _BEZEL, height * scale + 2 * _BEZEL)
    image = Image.new("RGB", size, _FRAME)
    glass = Image.new("RGB", (WIDTH * scale, height * scale), _GAP)
    lit = Image.new("RGB", (scale, scale), _GLOW)
    lit.paste(_LIT, (0, 0, scale - 1, scale - 1))
    dark = Image.new("RGB", (scale - 1, scale - 1), _DARK)
    for y in range(height):
        for x in range(WIDTH):
            glass.paste(lit if dot(frame, x, y) else dark, (x * scale, y * scale))
    image.paste(glass, (_BEZEL, _BEZEL))
    return image


def save(frame: bytes, path) -> None:
    """Write the picture as PNG; raises OSError."""
    picture(frame).save(path, format="PNG")


def difference(old: bytes, new: bytes, scale: int = _SCALE) -> Image.Image:
    """Both frames in one picture: white in both, red only in the old one, green only in the new one."""
    height = rows(new)
    image = Image.new("RGB", (WIDTH, height))
    colours = {(0, 0): _DARK, (1, 1): _LIT, (1, 0): (230, 60, 60), (0, 1): (60, 220, 90)}
    image.putdata([colours[dot(old, x, y), dot(new, x, y)] for y in range(height) for x in range(WIDTH)])
    return image.resize((WIDTH * scale, height * scale), Image.Resampling.NEAREST)
