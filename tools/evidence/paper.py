"""The file that a terminal writes about an incident (core/evidence.py): read, put together of QR codes, its signature."""

import base64
import hashlib
import re
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from rig.firmware import taptill_on_path

taptill_on_path()

from taptill.core import evidence, logbook, tally
from taptill.core.journal.record import Record

MOST = 1 << 16  # bytes of a file; a terminal's has a few thousand
_PIECE = re.compile(r"TT([0-9a-f]{2})(\d{2})(\d{2})(.*)")
_LINE = re.compile(r"[a-z][a-z ]*: .*")


class Damaged(ValueError):
    """No evidence file, or one of which something is missing; one line."""


class Forged(ValueError):
    """The signature does not fit what it stands under; one line."""


@dataclass
class Open:
    """The open intent: `state` and `trust` of core.journal.pending, `cause` of flows.result."""

    batch: int
    stan: int
    kind: int
    state: int
    trust: int
    amount: int
    cause: int


@dataclass
class Paper:
    """`values`: the lines that stand once; `records`: (record, when it ended); `log`: (moment, level letter, text); `public` b""
    where there is no signature.
    """

    values: dict[str, str]
    open: Open | None = None
    records: list[tuple[Record, str]] = field(default_factory=list)
    counted: list[int] = field(default_factory=list)
    log: list[tuple[int, str, str]] = field(default_factory=list)
    public: bytes = b""


def together(text: str) -> str:
    """`text` itself, or the file whose QR codes it holds, one a line and in any order.  Raises Damaged."""
    lines = [line.strip("\r") for line in text.split("\n") if line.strip()]
    found = [match for line in lines if (match := _PIECE.fullmatch(line))]
    if not found:
        return text
    if len(found) != len(lines):
        raise Damaged(f"line {next(n for n, line in enumerate(lines, 1) if not _PIECE.fullmatch(line))} is no code of this file")
    marks = {(match[1], match[3]) for match in found}
    if len(marks) > 1:
        raise Damaged("codes of different files are mixed")
    count = int(found[0][3])
    by_number: dict[int, str] = {}
    for match in found:
        if by_number.setdefault(int(match[2]), match[4]) != match[4]:
            raise Damaged(f"code {int(match[2])} is there twice, and not the same")
    missing = [str(number) for number in range(1, count + 1) if number not in by_number]
    if missing:
        raise Damaged(f"of {count} codes these are missing: {', '.join(missing)}")
    if set(by_number) != set(range(1, count + 1)):
        raise Damaged(f"there is a code beyond the {count} of this file")
    # A telephone may cut the blanks at the end of a code.
    whole = "".join(by_number[number].ljust(evidence.PIECE if number < count else 0) for number in range(1, count + 1))
    whole = whole.replace(evidence.LINE_END, "\n")
    if hashlib.sha256(whole.encode()).hexdigest()[:2] != found[0][1]:
        raise Damaged("the codes do not make the file that they were made of")
    return whole


def read(text: str) -> Paper:
    """The file.  Raises Damaged for what no terminal has written, Forged when its signature does not fit."""
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if not lines[0].startswith("evidence: "):
        raise Damaged("no evidence file: its first line is not `evidence: 1`")
    if lines[0] != f"evidence: {evidence.LAYOUT}":
        raise Damaged(f"a layout that is not known here: {lines[0][:40]}")
    for number, line in enumerate(lines, 1):
        if not line.isascii() or not _LINE.fullmatch(line):
            raise Damaged(f"line {number} is not `name: value`")
    if not lines[-1].startswith("signature: "):
        raise Damaged("its end is missing: the last line is no signature")
    paper = Paper({})
    for number, line in enumerate(lines, 1):
        name, _, value = line.partition(": ")
        try:
            _take(paper, name, value)
        except (ValueError, IndexError, TypeError):  # the last: too few or too many values
            raise Damaged(f"line {number}: {name} cannot be read") from None
    paper.public = _checked(lines)
    return paper


def _take(paper: Paper, name: str, value: str) -> None:
    if name == "open":
        paper.open = Open(*(int(part) for part in value.split()))
    elif name == "record":
        paper.records.append(_record(value))
    elif name == "counted":
        paper.counted = ([int(part) for part in value.split()] + [0] * tally.COUNT)[: tally.COUNT]
    elif name == "log":
        moment, level, said = value.split(" ", 2)
        _log(paper, int(moment), level, said)
    else:
        paper.values[name] = value


def _log(paper: Paper, moment: int, level: str, said: str) -> None:
    """A line of the log; one that goes on with the text before it is put to that."""
    if said.startswith(logbook.GOES_ON) and paper.log and paper.log[-1][:2] == (moment, level):
        said = paper.log.pop()[2] + said[len(logbook.GOES_ON) :]
    paper.log.append((moment, level, said))


def _record(value: str) -> tuple[Record, str]:
    batch, stan, kind, state, asked, approved, f39, reversal, tries, cause, reason, ended, pan, auth, rrn = value.split()
    record = Record(int(kind), ord(state), int(batch), int(stan), int(asked))
    record.approved, record.tries, record.cause, record.reason = int(approved), int(tries), int(cause), int(reason)
    record.f39, record.reversal, record.pan, record.auth, record.rrn = (
        "" if word == "-" else word for word in (f39, reversal, pan, auth, rrn)
    )
    return record, ended.replace("T", " ")


def _checked(lines: list[str]) -> bytes:
    """The public key that the signature fits, b"" where there is none.  Raises Damaged, Forged."""
    if lines[-1] == "signature: none":
        return b""
    if len(lines) < 3 or not lines[-2].startswith("key: "):
        raise Damaged("the line of the device's key is missing")
    try:
        public = base64.b64decode(lines[-2][len("key: ") :], validate=True)
        signature = base64.b64decode(lines[-1][len("signature: ") :], validate=True)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError:
        raise Damaged("key or signature cannot be read") from None
    if len(signature) != 64:
        raise Damaged("the signature has not its length")
    text = "".join(line + "\n" for line in lines[:-2]).encode()
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        point.verify(der, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Forged(
            "the signature does not fit: the file was changed after the terminal signed it, or not signed by that key"
        ) from None
    return public
