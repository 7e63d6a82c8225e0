"""Recorded pictures of screens: hashes and contact sheets as fixtures, and a picture of what differs.

A set of fixtures is a folder with hashes.json (language/name -> SHA-256 of the 1,024 bytes) and one sheet a language
(en.png, zh.png) that holds every screen in the order of hashes.json.
"""

import hashlib
import json
import pathlib

from PIL import Image, ImageDraw

COLUMNS, SCALE, WIDTH, HEIGHT, GAP, CAPTION = 5, 2, 128, 64, 12, 14


def digest(bits: bytes) -> str:
    """SHA-256 of a frame."""
    return hashlib.sha256(bits).hexdigest()


def picture(bits: bytes) -> Image.Image:
    """The 1,024 bytes of a frame (MONO_VLSB) as a picture."""
    image = Image.new("1", (WIDTH, HEIGHT))
    for y in range(HEIGHT):
        for x in range(WIDTH):
            image.putpixel((x, y), bits[(y // 8) * WIDTH + x] >> (y % 8) & 1)
    return image


def place(at: int) -> tuple:
    """Upper left corner of screen number `at` on a sheet."""
    row, column = divmod(at, COLUMNS)
    return (GAP + column * (WIDTH * SCALE + GAP), GAP + CAPTION + row * (HEIGHT * SCALE + GAP + CAPTION))


def sheet(frames: dict) -> Image.Image:
    """All screens (name -> frame) of a language on one picture."""
    last = place(len(frames) - 1)
    image = Image.new("L", (GAP + COLUMNS * (WIDTH * SCALE + GAP), last[1] + HEIGHT * SCALE + GAP), 90)
    for at, (name, bits) in enumerate(frames.items()):
        x, y = place(at)
        image.paste(picture(bits).resize((WIDTH * SCALE, HEIGHT * SCALE)).convert("L"), (x, y))
        ImageDraw.Draw(image).text((x, y - CAPTION), name, fill=255)
    return image


class Fixtures:
    """`folder` holds the fixtures, `build` gets the pictures of differences."""

    def __init__(self, folder: pathlib.Path, build: pathlib.Path):
        self.folder, self.build = folder, build

    def hashes(self) -> dict:
        """ "en/idle" -> SHA-256, in the order of the sheets."""
        return json.loads((self.folder / "hashes.json").read_text())

    def record(self, frames: dict) -> None:
        """Write the fixtures of `frames` ("en/idle" -> frame)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        hashes = {name: digest(bits) for name, bits in frames.items()}
        (self.folder / "hashes.json").write_text(json.dumps(hashes, indent=1) + "\n")
        for language in sorted({name.split("/")[0] for name in frames}):
            own = {name.split("/")[1]: bits for name, bits in frames.items() if name.startswith(language + "/")}
            sheet(own).save(self.folder / f"{language}.png", optimize=True)

    def difference(self, name: str, bits: bytes) -> pathlib.Path:
        """Expected, found and (in red) what differs, side by side, as a PNG; its path."""
        found = picture(bits).convert("L")
        result = Image.new("RGB", (3 * WIDTH + 2 * GAP, HEIGHT), (90, 90, 90))
        result.paste(found.convert("RGB"), (WIDTH + GAP, 0))
        language = name.split("/")[0]
        same = [other for other in self.hashes() if other.split("/")[0] == language]
        if name in same:
            x, y = place(same.index(name))
            with Image.open(self.folder / f"{language}.png") as whole:
                wanted = whole.crop((x, y, x + WIDTH * SCALE, y + HEIGHT * SCALE))
            wanted = wanted.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
            result.paste(wanted.convert("RGB"), (0, 0))
            for at in range(WIDTH * HEIGHT):
                spot = (at % WIDTH, at // WIDTH)
                if wanted.getpixel(spot) != found.getpixel(spot):
                    result.putpixel((2 * (WIDTH + GAP) + spot[0], spot[1]), (255, 0, 0))
        self.build.mkdir(parents=True, exist_ok=True)
        path = self.build / (name.replace("/", "-") + ".png")
        result.resize((result.width * 3, result.height * 3), Image.Resampling.NEAREST).save(path)
        return path
