"""`python -m glyphs`: see glyphs.cli."""

from glyphs.cli import glyphs

glyphs()
