"""APDUs and messages as the wire of the desk shows them: taken apart, named and masked.

    apdu_entry(c, r, ms)            one exchange with a card, on its own
    ApduReader().entry(c, r, ms)    the exchanges of one tap: DOL data by its tags, answers joined after 61xx
    message_entry("out", hex, mak)  one message with the host

They never raise for what a card or a host sent: malformed bytes give an entry with "error", in which everything
that looks like a number is starred.
"""

import binascii

from facts import schemes
from rig.firmware import taptill_on_path

from .objects import LISTS, cover, nodes, objects, tag_name, told
from .veil import Veil, numbers_like_pans, pan_of_tag

taptill_on_path()

from taptill.core import tlv
from taptill.core.dol import parse as parse_dol
from taptill.core.errors import TlvError

from .message_entries import message_entry

__all__ = ("ApduReader", "apdu_entry", "message_entry")

_DIRECTORIES = {b"2PAY.SYS.DDF01": "SELECT PPSE", b"1PAY.SYS.DDF01": "SELECT PSE"}
_AC_TYPES = ("AAC", "TC", "ARQC", "RFU")


def apdu_entry(c_hex: str, r_hex: str, ms: int) -> dict:
    """One command and its answer, without knowledge of those before it; see ApduReader.entry."""
    return ApduReader().entry(c_hex, r_hex, ms)


class ApduReader:
    """Reads the exchanges of one tap in their order; make a new one for the next.

    `pans` is the set of card numbers seen so far: pass it to message_entry, and masking covers them there too.
    `scheme` is that of the application selected last, "" when it is of none whose tables are known.
    """

    def __init__(self):
        self.pans = set()
        self.scheme = ""
        self._currency = ""
        self._lists = {}
        self._held = b""
        self._asked = ""

    def entry(self, c_hex: str, r_hex: str, ms: int) -> dict:
        """Detail of one exchange:

        {"command", "response": masked hex, "ms", "code": key of the command, "name": for people, "sw": 4 hex digits
        or "", "request_parts": [{"key", "label", "hex", "tag"?, "row"?, "meaning"?}], "tree": [node]}, and where they
        apply "aid", "scheme", "sfi", "record", "status": what the status word says, "error": one line, "part": True when
        the rest of the answer is still to be fetched.  A node is one of objects.nodes.
        """
        try:
            command, response = binascii.unhexlify(c_hex), binascii.unhexlify(r_hex)
        except ValueError:
            return {
                "command": "", "response": "", "ms": ms, "code": "unknown", "name": "APDU", "sw": "",
                "request_parts": [], "tree": [], "error": "not hexadecimal",
            }  # fmt: skip
        detail = {"command": "", "response": "", "ms": ms}
        detail.update(_command_name(command))
        continues = detail["code"] == "get-response"
        if not continues:
            self._held = b""
            self._asked = detail["code"]
            if "aid" in detail:
                self.scheme = schemes.of_aid(detail["aid"])
        status = response[-2:]
        body = self._held + response[:-2]
        skip = len(self._held)
        more = len(response) >= 2 and response[-2] == 0x61
        detail["sw"] = status.hex().upper() if len(status) == 2 else ""
        if detail["sw"]:
            known = told("status", detail["sw"], status, schemes.context()) or told(
                "status", detail["sw"][:2], status, schemes.context()
            )
            if "meaning" in known:
                detail["status"] = known["meaning"]

        tree, stopped = [], 0
        if len(response) < 2:
            detail["error"] = "answer shorter than a status word"
        elif more and response[:-2]:
            detail["part"] = True
        else:
            tree, error, stopped = objects(body)
            if error:
                detail["error"] = error
        self._learn(tree)
        self.pans |= numbers_like_pans(body)
        # The veil is laid when the card's number is known, so that it covers this very answer and its command.
        veil = Veil(body if len(response) >= 2 else response, self.pans)
        if stopped < len(body) or len(response) < 2:
            veil.hide_digits(stopped, len(body) if len(response) >= 2 else len(response))
        if continues and (not skip or stopped < len(body)):
            veil.hide_digits(0, len(body))  # a piece without its beginning: anything may be anything
        cover(tree, veil)
        detail["response"] = veil.text(skip) + (detail["sw"] if len(response) >= 2 else "")
        self._command(command, detail)
        detail["tree"] = nodes(tree, veil, self.pans, self._asked, 0, schemes.context(self.scheme, self._currency))
        self._held = body if more else b""
        return detail

    def _learn(self, tree) -> None:
        for tag, value, inner, _start, _stop in tree:
            if inner is not None:
                self._learn(inner)
                continue
            if tag == 0x84 and schemes.of_aid(value.hex()):
                self.scheme = schemes.of_aid(value.hex())
            pan = pan_of_tag(tag, value)
            if pan:
                self.pans.add(pan)
            if tag in LISTS:
                try:
                    self._lists[tag] = parse_dol(value)
                except TlvError:
                    self._lists.pop(tag, None)

    def _command(self, command: bytes, detail: dict) -> None:
        """Masked hex and parts of the command; the data object lists split what the card asked for."""
        veil = Veil(command, self.pans)
        parts = detail["request_parts"] = []
        end = _data_end(command)
        if len(command) < 4:
            veil.hide_digits(0, len(command))
            detail["error"] = "command shorter than its header"
        elif end < 0:
            veil.hide_digits(5, len(command))
            detail["error"] = "Lc says %d bytes, %d follow" % (command[4], len(command) - 5)
        elif detail["code"] in ("verify", "unknown"):
            if detail["code"] == "verify":
                veil.hide(5, end)
            else:
                veil.hide_digits(5, end)
        pieces = []
        if len(command) > 5 and end > 0:
            pieces = self._data_parts(command, detail, end, veil)
            for key, _label, start, stop, _tag in pieces or [("data", "", 5, end, None)]:
                if key == "data":
                    veil.hide_numbers(start, stop)
                elif key == "aid":
                    veil.hide_tag(0x4F, start, stop)
            if "aid" in detail:
                detail["aid"] = veil.text(5, end)
        head = told("command", detail["code"], command[:4], schemes.context()).get("meaning", [])
        for index, (key, label) in enumerate((("cla", "CLA"), ("ins", "INS"), ("p1", "P1"), ("p2", "P2"))):
            if index < len(command):
                part = {"key": key, "label": label, "hex": veil.text(index, index + 1)}
                said = [_of_byte(line) for line in head if line["at"][:1] == str(index + 1)]
                parts.append({**part, "meaning": said} if said else part)
        if len(command) == 5:
            parts.append({"key": "le", "label": "Le", "hex": veil.text(4), **_length("le", command[4:5])})
        elif len(command) > 5:
            parts.append({"key": "lc", "label": "Lc", "hex": veil.text(4, 5), **_length("lc", command[4:5])})
            if not pieces:
                pieces = [("data", "data", 5, end if end > 0 else len(command), None)]
            for key, label, start, stop, tag in pieces:
                part = {"key": key, "label": label, "hex": veil.text(start, stop)}
                if tag:
                    part["tag"] = tag
                    extra = told("tag", tag, command[start:stop], schemes.context(self.scheme, self._currency))
                    part.update(extra if "*" not in part["hex"] else {"row": extra["row"]} if "row" in extra else {})
                parts.append(part)
            if len(command) - end == 1 and end > 0:
                parts.append({"key": "le", "label": "Le", "hex": veil.text(end), **_length("le", command[end:])})
            elif 0 < end < len(command):
                parts.append({"key": "more", "label": "more", "hex": veil.text(end)})
        detail["command"] = veil.text()

    def _data_parts(self, command: bytes, detail: dict, end: int, veil) -> list:
        """[(key, label, start, stop, tag text or None)] of the data, [] when nothing more is known of them."""
        code = detail["code"]
        if code in ("select-ppse", "select-pse", "select-aid"):
            return [("aid", "name" if code != "select-aid" else "AID", 5, end, None)]
        entries, at, pieces = None, 5, []
        if code == "gpo" and end - 5 >= 2 and command[5] == 0x83:
            at = 7 if command[6] < 0x80 else 8
            pieces.append(("template", "83 command template", 5, at, None))
            entries = self._lists.get(0x9F38)
        elif code == "generate-ac":
            entries = self._lists.get(0x8C)
            second = self._lists.get(0x8D)
            if second and (not entries or _total(entries) != end - 5) and _total(second) == end - 5:
                entries = second
        elif code == "internal-authenticate":
            entries = self._lists.get(0x9F49)
        if not entries or _total(entries) != end - at:
            if pieces and at < end:
                pieces.append(("data", "data", at, end, None))
            if pieces and entries:
                detail["error"] = "the PDOL asks for %d bytes, %d were given" % (_total(entries), end - at)
            return pieces
        for tag, length in entries:
            name = tlv.tag_text(tag)
            veil.hide_tag(tag, at, at + length)
            pieces.append(("dol", (name + " " + tag_name(tag, self.scheme)).strip(), at, at + length, name))
            if tag == 0x5F2A:
                self._currency = command[at : at + length].hex()
            at += length
        return pieces


def _of_byte(line: dict) -> dict:
    """A line about one byte of the header, which stands beside that byte: only the bits are named."""
    return {**line, "at": line["at"][2:]}


def _length(key: str, value: bytes) -> dict:
    return told("apdu", key, value, schemes.context())


def _total(entries) -> int:
    return sum(length for _, length in entries)


def _data_end(command: bytes) -> int:
    """Where the data of a short C-APDU ends, -1 when Lc lies."""
    if len(command) <= 5:
        return len(command)
    end = 5 + command[4]
    return end if end <= len(command) and command[4] else -1


def _command_name(command: bytes) -> dict:
    if len(command) < 4:
        return {"code": "unknown", "name": "malformed command"}
    cla, ins, p1, p2 = command[:4]
    end = _data_end(command)
    data = command[5:end] if end > 5 else b""
    if ins == 0xA4:
        if data in _DIRECTORIES:
            name = _DIRECTORIES[data]
            return {"code": name.lower().replace(" ", "-"), "name": name}
        aid = data.hex().upper()
        scheme = schemes.called(aid)
        if p1 != 4 or not 5 <= len(data) <= 16 or data[0] >> 4 not in (0xA, 0xB, 0xD, 0xF):
            return {"code": "select", "name": "SELECT"}
        found = {"code": "select-aid", "name": "SELECT " + (scheme or "application"), "aid": aid}
        if scheme:
            found["scheme"] = scheme
        return found
    if ins == 0xB2:
        return {"code": "read-record", "name": "READ RECORD, file %d record %d" % (p2 >> 3, p1),
                "sfi": p2 >> 3, "record": p1}  # fmt: skip
    if ins == 0xAE and cla & 0x80:
        return {"code": "generate-ac", "name": "GENERATE AC, asks for " + _AC_TYPES[p1 >> 6]}
    if ins == 0xCA and cla & 0x80:
        return {"code": "get-data", "name": "GET DATA %02X%02X" % (p1, p2) if p1 else "GET DATA %02X" % p2}
    known = {
        (0x80, 0xA8): ("gpo", "GET PROCESSING OPTIONS"),
        (0x80, 0x2A): ("checksum", "COMPUTE CRYPTOGRAPHIC CHECKSUM"),
        (0x00, 0xC0): ("get-response", "GET RESPONSE"),
        (0x00, 0x20): ("verify", "VERIFY"),
        (0x00, 0x82): ("external-authenticate", "EXTERNAL AUTHENTICATE"),
        (0x00, 0x84): ("get-challenge", "GET CHALLENGE"),
        (0x00, 0x88): ("internal-authenticate", "INTERNAL AUTHENTICATE"),
    }.get((cla & 0xFC, ins))
    if known:
        return {"code": known[0], "name": known[1]}
    return {"code": "unknown", "name": "command %02X %02X" % (cla, ins)}
