"""The card's keys and application cryptograms (EMV Book 2 A1, 8.1; Visa VIS; Mastercard M/Chip; JR/T 0025 PBOC).

The versions are named in issuers.py.  All functions take and return bytes.
"""

from taptill.core.des import Des

_ORDER = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36")


def icc_master_key(imk, pan: str, psn: str) -> bytes:
    """EMV Book 2 A1.4.1 option A: from PAN and PAN sequence number (two digits)."""
    text = (pan + (psn or "00"))[-16:]
    text = "0" * (16 - len(text)) + text
    block = bytes([int(text[at : at + 2], 16) for at in range(0, 16, 2)])
    des = Des(imk)
    return des.encrypt(block) + des.encrypt(_inverted(block))


def session_key(version: str, master, atc, unpredictable) -> bytes:
    """Session key of a cryptogram version; `atc` 2 bytes, `unpredictable` 4 bytes."""
    if version == "visa-10":
        return bytes(master)
    if version in ("visa-18", "mc-20", "mc-16"):
        # Common session key, A1.3.1: R with F0 and 0F in its third byte; CVN 16 has the unpredictable number in R.
        tail = bytes(unpredictable) if version == "mc-16" else bytes(4)
        des = Des(master)
        return des.encrypt(bytes(atc) + b"\xf0\x00" + tail) + des.encrypt(bytes(atc) + b"\x0f\x00" + tail)
    if version == "unionpay-01":
        des = Des(master)
        return des.encrypt(bytes(6) + bytes(atc)) + des.encrypt(bytes(6) + _inverted(atc))
    raise ValueError("no cryptogram version is named " + version)


def mac(key, data, pad_80: bool) -> bytes:
    """ISO/IEC 9797-1 MAC algorithm 3: DES chain with the left half, triple DES at the end."""
    data = bytes(data)
    if pad_80:
        data += b"\x80"
    data += bytes(-len(data) % 8)
    single = Des(key[:8])
    value = bytes(8)
    last = len(data) - 8
    for at in range(0, last, 8):
        value = single.encrypt(_xor(value, data[at : at + 8]))
    return Des(key).encrypt(_xor(value, data[last:]))


def cryptogram(version: str, master, values, application_data, verification) -> bytes:
    """9F26 over `values` (tag hex -> bytes), 9F10 `application_data` and its CVR `verification`."""
    data = b"".join([bytes(values[tag]) for tag in _ORDER])
    data += application_data if version == "visa-18" else verification
    key = session_key(version, master, values["9F36"], values["9F37"])
    return mac(key, data, version != "visa-10")


def _xor(a, b) -> bytes:
    return bytes([x ^ y for x, y in zip(a, b)])


def _inverted(data) -> bytes:
    return bytes([byte ^ 0xFF for byte in data])
