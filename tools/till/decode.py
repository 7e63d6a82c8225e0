"""`till decode`: a message of the profile, field by field."""

import binascii
import json
import os
import sys

import click

from rig.firmware import taptill_on_path
from words.message_text import describe, lines

taptill_on_path()

from taptill.core.errors import CodecError, KeyError_

MAX_INPUT = 1 << 20  # a message has at most 65537 bytes; this leaves room for hex with blanks


class Malformed(click.ClickException):
    """One line on what is wrong with the input; exit code 2."""

    exit_code = 2


def read_input(source: str) -> bytes:
    """Bytes of SOURCE: hex as given, else a file ("-" is standard input) of hex or of raw bytes.

    Blanks in hex are ignored.  Raises Malformed.
    """
    if source != "-" and not os.path.exists(source):
        return _unhex(source.encode("utf-8", "surrogateescape"), "neither hex nor a file")
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MAX_INPUT + 1)
        else:
            with open(source, "rb") as file:
                data = file.read(MAX_INPUT + 1)
    except OSError as error:
        raise Malformed(f"{source}: {error.strerror}") from None
    if len(data) > MAX_INPUT:
        raise Malformed(f"{source}: longer than any message")
    text = b"".join(data.split())
    if text and all(byte < 0x80 and chr(byte).isprintable() for byte in text):
        return _unhex(data, "neither hex nor a message")
    return data


def _unhex(text: bytes, otherwise: str) -> bytes:
    digits = b"".join(text.split())
    if not digits:
        raise Malformed("nothing to decode")
    for at, sign in enumerate(digits):
        if sign not in b"0123456789ABCDEFabcdef":
            raise Malformed(f"{otherwise}: character {at + 1} (byte {at // 2}) is no hex digit")
    if len(digits) & 1:
        raise Malformed(f"hex: odd number of digits, byte {len(digits) // 2} has only one")
    return binascii.unhexlify(digits)


def _mak(text: str) -> bytes:
    digits = "".join(text.split())
    if len(digits) not in (16, 32) or not all(sign in "0123456789ABCDEFabcdef" for sign in digits):
        raise Malformed("--mak: 16 or 32 hex digits (8 or 16 bytes) needed")
    return binascii.unhexlify(digits)


@click.command()
@click.argument("source", metavar="HEX|FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--mak", metavar="HEX", help="MAC key in clear (8 or 16 bytes): check F64.")
@click.option(
    "--mac",
    type=click.Choice(["ecb", "retail"]),
    help="The MAC agreed with the host, by default the profile's own: ecb of the dialect, or ISO 9797-1 algorithm 3 (X9.19).",
)
@click.option("--clear", is_flag=True, help="Show PAN, tracks, PIN block and wrapped keys unmasked.")
def decode(source: str, as_json: bool, mak: str | None, mac: str, clear: bool) -> None:
    """Show a terminal–host message field by field, DE55 by tag; its first bytes say of which profile it is.

    HEX may hold blanks; FILE and - (standard input) may be hex or raw bytes.  The 2-byte length in front may
    be there or not.  Malformed input: one line saying what is wrong and at which byte, exit code 2.
    """
    key = _mak(mak) if mak is not None else None
    data = read_input(source)
    try:
        if as_json:
            click.echo(json.dumps(describe(data, clear, key, mac or ""), indent=2))
        else:
            click.echo("\n".join(lines(data, clear, key, mac or "")))
    except (CodecError, KeyError_) as error:
        raise Malformed(str(error)) from None
