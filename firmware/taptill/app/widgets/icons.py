"""The pictures of glyphs.bin, in the order of tools/glyphs/icons.txt."""

WIFI = 0  # 0 off, 1…3 strength
HOST_UP = 4
HOST_DOWN = 5
WAVES = 6
LOCK = 7
WARNING = 8
CHECK = 9
CROSS = 10
QUESTION = 11
CARD = 12
BACK = 13
MORE = 14
DOT = 15
COUNT = 16
