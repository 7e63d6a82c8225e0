"""Fonts and texts, wherever they are: files in their folders, or frozen into an image with the code.

An image of one's own has them in `FILES` (till freeze fills it): they are read where they lie in flash and take no heap, and
cannot be of another day than the code, as files that were left on a board could.
"""

import io

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILES: "dict[str, bytes]" = {}


def opened(path: str) -> "Any":
    """The data file at `path` ("…/texts/en.bin"), open for reading in binary.  Raises OSError when it is nowhere."""
    frozen = FILES.get("/".join(path.split("/")[-2:]))
    return open(path, "rb") if frozen is None else io.BytesIO(frozen)
