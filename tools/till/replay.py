"""`till replay`: a recorded card session, played to the terminal's own reader through the model of its PN532."""

import datetime
import json
import os
import pathlib
import subprocess

import click

from facts import schemes
from facts.book import name_of
from facts.line import Context
from rig.compiled import CompileError, tree
from rig.failures import told
from rig.firmware import taptill_on_path
from rig.interpreter import micropython
from words.message_text import Hider, told_lines

taptill_on_path()

from taptill.core import tlv
from taptill.core.errors import CodecError, TlvError
from taptill.core.masking import mask_pan, mask_track2
from taptill.core.money import MAX_AMOUNT, parse, show

MAX_FILE = 4 << 20
_BOARD = "esp32_devkitc"
_LIMIT_S = 120
_LONGEST = 80  # hex digits of a value that are shown in full while card data are masked
# Keys of the JSON output that every session has, in their order.
_KEYS = (
    "aid",
    "label",
    "pan",
    "expiry",
    "track2",
    "cryptogram",
    "cryptogram_type",
    "de55",
    "outcome",
    "reason",
    "scheme",
    "psn",
    "aip",
    "afl",
)
_CVM = ("none", "PIN", "signature", "done on the device")

_COMMANDS = {
    0xB2: "READ RECORD",
    0xC0: "GET RESPONSE",
    0xCA: "GET DATA",
    0x2A: "COMPUTE CRYPTOGRAPHIC CHECKSUM",
    0x84: "GET CHALLENGE",
    0x88: "INTERNAL AUTHENTICATE",
}


class BadSession(click.ClickException):
    """A session file that cannot be played: one line naming the file and what is wrong; exit code 2."""

    exit_code = 2


def load(path) -> list:
    """The exchanges of a session file as [[C-APDU hex, R-APDU hex], …].  Raises BadSession."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError as error:
        raise BadSession(f"{path}: {error.strerror}") from None
    if len(data) > MAX_FILE:
        raise BadSession(f"{path}: longer than any session ({MAX_FILE >> 20} MB)")
    try:
        session = json.loads(data)
    except UnicodeDecodeError:
        raise BadSession(f"{path}: not JSON: not a text in UTF-8") from None
    except RecursionError:
        raise BadSession(f"{path}: not JSON: nested too deeply") from None
    except ValueError as error:
        raise BadSession(f"{path}: not JSON: {error}") from None
    exchanges = session.get("exchanges") if isinstance(session, dict) else None
    if not isinstance(exchanges, list):
        raise BadSession(f'{path}: no list "exchanges"')
    if not exchanges:
        raise BadSession(f"{path}: exchanges: the list is empty")
    return [_exchange(path, number, pair) for number, pair in enumerate(exchanges, 1)]


def _exchange(path, number: int, pair) -> list:
    where = f"{path}: exchange {number}"
    if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(side, str) for side in pair):
        raise BadSession(f"{where}: not a pair of C-APDU and R-APDU in hex")
    texts = []
    for name, side in zip(("C-APDU", "R-APDU"), pair):
        text = "".join(side.split()).upper()
        wrong = [sign for sign in text if sign not in "0123456789ABCDEF"]
        if wrong:
            raise BadSession(f"{where}: {name}: {ascii(wrong[0])} is no hex digit")
        if len(text) % 2:
            raise BadSession(f"{where}: {name}: odd number of hex digits")
        texts.append(text)
    if len(texts[0]) and len(texts[0]) < 8:
        raise BadSession(f"{where}: C-APDU: shorter than its header of 4 bytes")
    if len(texts[1]) < 4:
        raise BadSession(f"{where}: R-APDU: no status word")
    return texts


def play(exchanges: list, amount: int, path="session") -> tuple:
    """(what the reader found, [{"c", "r"}, …]) of a session played for `amount` minor units; card data in clear.

    Raises BadSession when the session cannot be played, OSError and CompileError when the bench cannot.
    """
    folders = tree(_BOARD)
    order = {"exchanges": exchanges, "amount": amount, "date": datetime.date.today().strftime("%y%m%d")}
    words = [micropython(), "-X", "heapsize=16m", str(folders["bench"] / "replay.py")]
    for name in ("lib", "firmware"):
        words += ["--" + name, str(folders[name])]
    try:
        done = subprocess.run(
            words,
            input=json.dumps(order),
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            env={**os.environ, "MICROPYPATH": ".frozen"},
        )
    except subprocess.TimeoutExpired:
        raise BadSession(f"{path}: not over within {_LIMIT_S} s") from None
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "the process ended").splitlines()[-1]
        raise BadSession(f"{path}: cannot be played: {last}")
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not events or events[-1].get("ev") != "read":
        raise BadSession(f"{path}: cannot be played: {words[0]} said nothing; is it MicroPython?")
    apdus = [{"c": event["c"].upper(), "r": event["r"].upper()} for event in events if event["ev"] == "apdu"]
    return events[-1], apdus


def report(found: dict, apdus: list, clear: bool = False) -> dict:
    """What `till replay --json` prints.  Unless `clear`, card numbers, tracks and the answers' bytes are hidden."""
    hide = None if clear else hider(found, apdus)
    view = {name: found.get(name) for name in _KEYS}
    if "lost" in found:
        view["outcome"], view["reason"] = "try again", "card lost: " + found["lost"]
    view["outcome"] = view["outcome"].replace(" ", "-")
    view["cvm"] = _CVM[found["cvm"]] if view["outcome"] == "online" else None
    view["misses"] = list(found["misses"])
    view["apdus"] = [{"c": each["c"], "sw": each["r"][-4:]} | ({"r": each["r"]} if clear else {}) for each in apdus]
    if hide:
        for name in ("label", "aid", "de55", "reason", "cryptogram", "afl"):
            view[name] = view[name] and hide.elsewhere(view[name])
        view["pan"] = view["pan"] and mask_pan(view["pan"])
        view["track2"] = view["track2"] and mask_track2(view["track2"])
        view["misses"] = [hide.elsewhere(capdu) for capdu in view["misses"]]
        for each in view["apdus"]:
            each["c"] = hide.elsewhere(each["c"])
    return view


def hider(found: dict, apdus: list) -> Hider:
    """Masks the card data of a whole session: the PANs of everything that a card has answered."""
    objects = []
    for each in apdus:
        objects += [(tag, value) for _, tag, value in _objects(each["r"]) or [] if value is not None]
    return Hider({}, objects, [found["pan"]] if found.get("pan") else [])


def _objects(rapdu: str):
    """[(depth, tag, value or None for a template)] of an answer; None when it is not BER-TLV.

    A template that holds the issuer's own bytes is passed over, as the reader does: it has its bytes as value.
    """
    data = bytes.fromhex(rapdu[:-4])
    try:
        return _flat(data, 0, len(data), 0)
    except CodecError:
        return None


def _flat(data: bytes, at: int, end: int, depth: int) -> list:
    if depth > tlv.MAX_DEPTH:
        raise TlvError("template", "nested too deeply", at)
    objects: list = []
    found = tlv.next_object(data, at, end)
    while found:
        tag, start, stop = found
        inside = None
        if tlv.is_constructed(tag):
            try:
                inside = _flat(data, start, stop, depth + 1)
            except CodecError:
                pass  # shown as bytes
        objects.append((depth, tag, data[start:stop] if inside is None else None))
        objects += inside or []
        found = tlv.next_object(data, stop, end)
    return objects


def lines(view: dict, found: dict, apdus: list, amount: int, clear: bool = False) -> list:
    """The same for people: the session APDU by APDU, then what was found and how it ended."""
    hide = None if clear else hider(found, apdus)
    missed = list(view["misses"])
    context = schemes.context(schemes.of_aid(found.get("aid") or ""))
    text = []
    for each, shown in zip(apdus, view["apdus"]):
        status = shown["sw"]
        text.append(f"> {_command(each['c'], hide)}")
        if status == "6D00" and shown["c"] in missed:
            missed.remove(shown["c"])
            text.append("< 6D00   not in the recording")
            continue
        if not status:
            text.append("< no answer")
            continue
        size = len(each["r"]) // 2 - 2
        said = ", ".join(part for part in (_status(status), f"{size} bytes" if size else "") if part)
        text.append(f"< {status}   {said}".rstrip())
        text += _answer(each["r"], hide, context)
    text += ["", *_found(view), *_ending(view, amount)]
    return text


def _status(status: str) -> str:
    """A status word by its name, or by that of its first byte."""
    return name_of("status", status) or name_of("status", status[:2])


def _answer(rapdu: str, hide, context: Context) -> list:
    """An answer object by object, each with what its value means."""
    size = len(rapdu) // 2 - 2
    if not size:
        return []
    objects = _objects(rapdu)
    if objects is None:
        # What cannot be taken apart cannot be masked either.
        return ["    not BER-TLV" + ("" if hide else ": " + rapdu[:-4])]
    text = []
    for depth, tag, value in objects:
        name = tlv.tag_text(tag)
        pad = "    " + "  " * depth
        if value is None:
            text.append(pad + name)
            continue
        shown = hide.tag(tag, value) if hide else value.hex().upper()
        if tlv.is_constructed(tag) and hide:
            shown = f"not objects ({len(value)} bytes)"  # what cannot be taken apart cannot be masked either
        elif len(shown) > _LONGEST and hide:
            # Certificates hold the card number too, for whoever has the scheme's public keys.
            shown = f"{shown[:16]}… ({len(value)} bytes)"
        known = name_of("tag", name, context.scheme)
        label = f"{pad}{name:<{max(14 - 2 * depth, 5)}} {known:<40} {shown}"
        if tag in (0x50, 0x84, 0x9F12) and value.isascii() and value.decode().isprintable():
            plain = value.decode()
            label += f'  "{hide.elsewhere(plain) if hide else plain}"'
        text.append(label.rstrip())
        if "…" not in shown:
            text += told_lines("tag", name, shown, context, len(pad) + max(14 - 2 * depth, 5) + 1)
    return text


def _command(capdu: str, hide) -> str:
    """A command by its name, with the bytes as they went over the air."""
    data = bytes.fromhex(capdu)
    shown = hide.elsewhere(capdu) if hide else capdu
    if len(data) < 4:
        return shown
    name = _COMMANDS.get(data[1], f"INS {data[1]:02X}")
    if data[1] == 0xA4:
        body = data[5 : 5 + data[4]] if len(data) > 5 else b""
        plain = body.isascii() and body.decode().isprintable()
        name = "SELECT " + (body.decode() if plain else body.hex().upper())
    elif data[1] == 0xA8:
        name = "GET PROCESSING OPTIONS"
    elif data[1] == 0xAE:
        name = "GENERATE AC " + ("AAC", "TC", "ARQC", "RFU")[data[2] >> 6]
    elif data[1] == 0xB2:
        name = f"READ RECORD {data[3] >> 3}.{data[2]}"
    return f"{hide.elsewhere(name) if hide else name}   {shown}"


def _found(view: dict) -> list:
    """The table of what was read."""
    rows = (
        (
            "application",
            " ".join(word for word in (view["aid"], view["label"] and f'"{_printable(view["label"])}"', view["scheme"]) if word),
        ),
        ("card number", " ".join(word for word in (view["pan"], view["psn"] and f"(sequence {view['psn']})") if word)),
        ("expiry", view["expiry"] and f"{view['expiry'][2:]}/{view['expiry'][:2]}"),
        ("track 2", view["track2"]),
        ("cryptogram", view["cryptogram"] and f"{view['cryptogram']} {view['cryptogram_type'] or ''}".rstrip()),
        ("holder check", view["cvm"]),
        ("field 55", view["de55"]),
    )
    return [f"{name:<13} {value or '-'}" for name, value in rows]


def _printable(text: str) -> str:
    """A card's text for a console: what is no letter, figure or sign becomes a question mark."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _ending(view: dict, amount: int) -> list:
    text = [f"{'outcome':<13} {view['outcome']} for {show(amount)}"]
    if view["reason"]:
        text.append(f"{'reason':<13} {view['reason']}")
    if view["misses"]:
        text.append(f"{'not recorded':<13} {len(view['misses'])} of {len(view['apdus'])} commands, answered 6D00:")
        text += [f"{'':<13} {capdu}" for capdu in view["misses"]]
    return text


@click.command()
@click.argument("session", metavar="SESSION.json", type=click.Path(path_type=pathlib.Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--amount", default="12.50", show_default=True, metavar="12.50", help="What the sale is about.")
@click.option("--clear", is_flag=True, help="Show PAN, track 2 and the card's answers unmasked.")
def replay(session: pathlib.Path, as_json: bool, amount: str, clear: bool) -> None:
    """Play a recorded card session to the terminal's own reader.

    SESSION.json holds "exchanges", a list of [C-APDU, R-APDU] in hex; an empty C-APDU stands for whatever is sent.
    What the terminal sends and the recording does not have is answered 6D00.  A card that ends early is no error (exit
    code 0, the reason is printed); a file that cannot be played is one line and exit code 2.
    """
    try:
        units = parse(amount)
    except CodecError as error:
        raise BadSession(f"--amount {amount}: {error.what}") from None
    if units > MAX_AMOUNT:
        raise BadSession(f"--amount {amount}: more than 12 digits")
    exchanges = load(session)
    try:
        found, apdus = play(exchanges, units, session)
    except CompileError as error:
        raise BadSession(str(error)) from None
    except OSError as error:
        raise BadSession(told(error)) from None
    view = report(found, apdus, clear)
    if as_json:
        click.echo(json.dumps(view, indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(lines(view, found, apdus, units, clear)))
