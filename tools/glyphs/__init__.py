"""Makes the glyph file and the text files of the firmware out of their sources."""
