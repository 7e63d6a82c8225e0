"""How MicroPython's ESP32 port has LittleFS (extmod/vfs_lfs.c and vfs_lfsx.c, ports/esp32/modules/flashbdev.py).

The cache decides which files may lie within their folder's block, so whoever makes or changes a board's file system has the same.
"""

from chips.flash import BLOCK

READ = PROGRAM = LOOKAHEAD = 32  # what VfsLfs2 is made with unless told otherwise, and the port does not
CACHE = 4 * max(READ, PROGRAM)
CYCLES = 100  # a block of a folder is moved after so many erases
NAME_MAX = 255
LIKE_THE_PORT = {
    "block_size": BLOCK,
    "read_size": READ,
    "prog_size": PROGRAM,
    "cache_size": CACHE,
    "lookahead_size": LOOKAHEAD,
}
