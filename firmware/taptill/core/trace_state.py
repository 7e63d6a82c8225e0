"""What a host knows of a trace: the letters that the profiles' status inquiries use."""

from .errors import MessageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


NONE = "N"
APPROVED = "A"
DECLINED = "D"
REVERSED = "R"
BARRED = "B"  # never seen; only its reversal is known, and that bars it


def read(text: "Any", field: str) -> "tuple[str, int, str]":
    """(letter, amount in minor units, F37 or "") of letter, amount n12, reference an12.  Raises MessageError naming `field`."""
    if (
        not isinstance(text, str)
        or len(text) != 25
        or text[0] not in NONE + APPROVED + DECLINED + REVERSED + BARRED
        or not text[1:13].isdigit()
    ):
        raise MessageError(field, "not a status: letter, amount n12, reference an12")
    return text[0], int(text[1:13]), text[13:].strip()
