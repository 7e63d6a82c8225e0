"""IPv4 addresses, masks and what they say of each other (RFC 1122, 3.2.1.3 and 3.3.1.1).

All are dotted texts; what is not one counts as none.
"""

_NEAR = 0xFFFFFF00  # stations of one shop share this much of their address


def number(dotted: str) -> int:
    """An address as a number, -1 for a text that is none."""
    parts = dotted.split(".")
    if len(parts) != 4:
        return -1
    value = 0
    for part in parts:
        if not part.isdigit() or int(part) > 255:
            return -1
        value = value << 8 | int(part)
    return value


def is_address(text: str) -> bool:
    return number(text) >= 0


def prefix(mask: str) -> int:
    """How many bits a mask has, -1 for one with a hole in it."""
    bits = number(mask)
    if bits < 0:
        return -1
    rest = bits ^ 0xFFFFFFFF
    if rest & (rest + 1):
        return -1
    length = 32
    while rest:
        rest >>= 1
        length -= 1
    return length


def misfit(own: str, mask: str, router: str) -> str:
    """What is wrong between these three, in words for a log; "" when they fit."""
    length = prefix(mask)
    if length < 0:
        return "mask " + mask + " has a hole"
    bits, ours = number(mask), number(own)
    if length < 31 and ours & ~bits & 0xFFFFFFFF in (0, ~bits & 0xFFFFFFFF):
        return own + " is no station's address under mask " + mask
    if (ours ^ number(router)) & bits:
        return "router " + router + " is outside of " + own + "/" + str(length)
    return ""


def taken_for_near(own: str, mask: str, other: str) -> bool:
    """Does the mask make a neighbour of an address that does not look like one?  What is sent there never gets to the router."""
    apart = number(own) ^ number(other)
    return not apart & number(mask) and bool(apart & _NEAR)
