"""What is known of an incident, in lines that `till evidence` and a bank can read, signed by the device.  No full PAN is in it.

The file, ASCII, a line each `name: value`:

| name | |
|---|---|
| evidence | the version of this layout, 1 |
| firmware, python | versions |
| zone | minutes east of UTC of all times but those of the log, where the settings are known |
| terminal, merchant, host … written | the open intent (`lines`), or whose terminal it is when nothing is open (`place`) |
| open | an open intent: batch, trace, kind, state, trust, amount in minor units, cause |
| damaged | an open intent that cannot be read, and why |
| unopened | of a device without a key: `one`, something is open; `unknown`, nothing is seen to be and that is no proof |
| record | of the journal: batch, trace, kind, state letter, asked, approved, F39, F39 of the reversal, tries, cause, reason, |
| | ended, card, authorisation, reference |
| currency | the terminal's: letters, and nothing as it is written in it |
| counted | the numbers of core.tally, by their places |
| log | moment (core.logbook), level letter, text; one that begins with + goes on with the line before |
| key | the device's public key, base64 of 33 bytes (core.p256) |
| signature | over all lines before `key`, each with its end of line: base64 of 64 bytes, `none` on a device without a key |

What the signature proves: whoever holds the private key, which is derived from the device key and never leaves the board, wrote
these lines, and none has been changed since.  That it is this board is known from its public key, which the computer
learns over the cable when it provisions the board.  It does not prove that the board was honest: whoever can run code on it can
sign with it.
"""

import binascii
import hashlib

from . import logbook
from .journal import timestamp as stamp
from .masking import mask_pan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable

    from .journal.pending import Pending
    from .journal.record import Record
    from .kinds import Buffer


LAYOUT = 1
LINE_END = "~"  # of the file's lines in QR codes: no telephone loses or changes it
PIECE = 45  # signs of the file in a code, behind its head of eight: TT, the file (two hex digits), this code's number, how many
_WIFI = ("off", "connecting", "up", "waiting", "wrong password", "no access point", "no address")


def lines(
    pending: "Pending",
    amount: str,
    host: str,
    now: "tuple[int, int, int, int, int, int] | None" = None,
    wifi_state: int = -1,
    rssi: int = 0,
) -> list:
    """Lines `name: value` for a core.journal.pending.Pending; `amount` as it is written, with its currency; `host` where
    it was sent to, "" where that is not known; `now` as in ports.Clock.now, `wifi_state` of drivers.wifi, -1: not asked.

    No line tells what is not known.
    """
    who = place(pending.terminal or "-", pending.merchant or "-", host or "-")
    told = [
        "batch: %06d" % pending.batch,
        "trace: %06d" % pending.stan,
    ]
    told += outlines(pending, amount)
    told += [
        "reason: F39 " + pending.reversal_code(),
        "tries: %d" % pending.tries,
        "last cause: %d" % pending.cause,
    ]
    if wifi_state >= 0:
        told.append("wifi: %s %d dBm" % (_WIFI[wifi_state], rssi))
    return who + told + _written(now)


def outlines(pending: "Pending", amount: str) -> list:
    """What was paid, of an open intent of which no more is readable than its marks (adapters.marks); values as in `lines`."""
    sold = stamp.text(pending.requested_at) if pending.requested_at else ""
    return [name + ": " + value for name, value in (("amount", amount), ("card", mask_pan(pending.pan)), ("sold", sold)) if value]


def unopened(unknown: bool) -> str:
    """The line of a device without a key, on which nothing tells what is open."""
    return "unopened: " + ("unknown" if unknown else "one")


def _written(now: "tuple[int, int, int, int, int, int] | None") -> list:
    moment = stamp.pack(now)
    return ["written: " + stamp.text(moment)] if moment else []


def place(terminal: str, merchant: str, host: str, now: "tuple[int, int, int, int, int, int] | None" = None) -> list:
    """Whose terminal it is, while nothing is open; values as in `lines`."""
    return ["terminal: " + terminal, "merchant: " + merchant, "host: " + host] + _written(now)


def heading(firmware: str, python: str, zone: "int | None") -> list:
    """The first lines of the file; `zone` minutes east of UTC, None where that is not known."""
    known = [] if zone is None else ["zone: %d" % zone]
    return ["evidence: %d" % LAYOUT, "firmware: " + firmware, "python: " + python] + known


def opened(pending: "Pending") -> str:
    """The line of an open intent that is for programs."""
    values = (
        pending.batch, pending.stan, pending.kind, pending.state, pending.trust, pending.amount, pending.cause
    )  # fmt: skip
    return "open: %06d %06d %d %d %d %d %d" % values


def recorded(record: "Record") -> str:
    """The line of a journal record."""
    codes = "%s %s %d %d %d" % (record.f39 or "-", record.reversal or "-", record.tries, record.cause, record.reason)
    ended = stamp.text(record.ended_at).replace(" ", "T")
    known = "%s %s %s" % (_word(record.pan), _word(record.auth), _word(record.rrn))
    amounts = "%d %d" % (record.amount, record.approved)
    return "record: %06d %06d %d %s %s %s %s %s" % (
        record.batch, record.stan, record.kind, chr(record.state), amounts, codes, ended, known
    )  # fmt: skip


def _word(value: str) -> str:
    return value.replace(" ", "_") or "-"


def counted(values: "list[int]") -> str:
    """The line of a tally's numbers."""
    return "counted: " + " ".join([str(value) for value in values])


def logged(lines_of_log: "Iterable[tuple[int, int, str]]", most: int) -> list:
    """The newest lines of the log, at most so many (0: all)."""
    out: "list[str]" = []
    for moment, level, text in lines_of_log:
        if most and len(out) == most:
            del out[0]
        out.append("log: %d %s %s" % (moment, logbook.LETTERS[level], text))
    return out


def text_of(all_lines: list) -> str:
    """What is signed."""
    return "".join([line.replace(LINE_END, "-") + "\n" for line in all_lines])


def signed(text: str, public: "Buffer", signature: "Buffer") -> str:
    """The whole file; without a signature where `signature` is empty."""
    if not signature:
        return text + "signature: none\n"
    return text + "key: %s\nsignature: %s\n" % (_base64(public), _base64(signature))


def _base64(data: "Buffer") -> str:
    return binascii.b2a_base64(data).decode().strip()


def pieces(text: str) -> int:
    """How many QR codes the file takes."""
    return (len(text) + PIECE - 1) // PIECE


def piece(text: str, at: int) -> bytes:
    """What stands in the QR code `at`, from 0."""
    mark = binascii.hexlify(hashlib.sha256(text.encode()).digest()[:1]).decode()
    head = "TT%s%02d%02d" % (mark, at + 1, pieces(text))
    return (head + text[at * PIECE : (at + 1) * PIECE].replace("\n", LINE_END)).encode()
