"""Files onto a board that runs programs: piece by piece, and what stands there by its hash."""

import base64
from collections.abc import Iterator

PIECE = 3072  # bytes of a file in one program: as text it is 4 kB, which every board has in one piece

_PUT = """\
from binascii import a2b_base64
with open({path!r}, {mode!r}) as file:
    file.write(a2b_base64({text!r}))
"""
# Part of a program: `hashed(path)`, the SHA-256 of a file in hexadecimal.
HASHED = """\
import hashlib, os
def hashed(path):
    with open(path, 'rb') as file:
        made = hashlib.sha256()
        while True:
            read = file.read(1024)
            if not read:
                break
            made.update(read)
    return ''.join(['%02x' % byte for byte in made.digest()])
"""


def pieces(path: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Programs that write `content` to the file `path`, one after the other: (bytes, program)."""
    for at in range(0, len(content) or 1, PIECE):
        piece = content[at : at + PIECE]
        text = base64.b64encode(piece).decode()
        yield len(piece), _PUT.format(path=path, mode="ab" if at else "wb", text=text)
