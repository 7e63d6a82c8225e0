"""A foreign message library with a table of its own packs every request of the profile; `till decode` and the acquirer take them.

F-H4 and the pad nibble are cases of the same kind: what others put on the wire.  The table below is written from the field
list of the protocol alone; py8583 knows nothing of our codec nor of the acquirer's pyiso8583.  It fills odd digits with F.
Besides: the same with 0 as pad, keep-alives, single bytes, all requests in one segment, and answers read by the library.
"""

import asyncio
import json

import frames
import pytest
from acquirer_bench import MERCHANT, TERMINAL, VISA, HandTerminal, new_acquirer
from click.testing import CliRunner
from py8583.py8583 import DT, LT, Iso8583
from py8583.py8583spec import IsoSpec

from acquirer import books, mac
from acquirer.profiles.cn_pos import wire
from taptill.core.profiles import cn_pos as profile
from till.decode import decode

MAK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
PIK = bytes.fromhex("FEDCBA98765432100123456789ABCDEF")
HEAD = bytes.fromhex("6000030000603100310730")
SENT = frames.sent()
# number: (what, length).  n and z are BCD, z with its pad behind the last digit; a is ASCII, b bytes.
FIXED = {
    3: ("n", 6), 4: ("n", 12), 11: ("n", 6), 12: ("n", 6), 13: ("n", 4), 14: ("n", 4), 15: ("n", 4), 22: ("z", 3), 23: ("n", 3),
    25: ("n", 2), 26: ("n", 2), 37: ("a", 12), 38: ("a", 6), 39: ("a", 2), 41: ("a", 8), 42: ("a", 15), 49: ("a", 3),
    52: ("b", 8), 53: ("n", 16), 64: ("b", 8),
}  # fmt: skip
COUNTED = {
    2: ("z", 19, LT.LLVAR), 32: ("z", 11, LT.LLVAR), 35: ("z", 37, LT.LLVAR), 44: ("a", 25, LT.LLVAR), 48: ("z", 322, LT.LLLVAR),
    54: ("a", 120, LT.LLLVAR), 55: ("b", 255, LT.LLLVAR), 60: ("z", 99, LT.LLLVAR), 61: ("z", 99, LT.LLLVAR),
    62: ("b", 512, LT.LLLVAR), 63: ("a", 163, LT.LLLVAR),
}  # fmt: skip
DATA = {"n": DT.BCD, "z": DT.BCD, "a": DT.ASCII, "b": DT.BIN}


class Table(IsoSpec):
    """The profile, for py8583; `wide` for packing, where it holds the written length (hex, with pad) against the table's."""

    def __init__(self, wide: bool = False):
        self.Descriptions, self.ContentTypes, self.DataTypes = {}, {}, {}
        self.DataType("MTI", DT.BCD)
        self.DataType(1, DT.BIN)
        rows = {**{number: (*row, LT.FIXED) for number, row in FIXED.items()}, **COUNTED}
        for number, (what, length, kind) in rows.items():
            most = length * (2 if wide and what == "b" else 1) + (wide and what == "z")
            self.ContentTypes[number] = {"ContentType": what if what != "a" else "ans", "MaxLen": most, "LenType": kind}
            self.DataType(number, DATA[what])
            if kind != LT.FIXED:
                self.LengthDataType(number, DT.BCD)


def packed(mti: str, fields: dict, pad: str) -> bytes:
    """MTI … last field before F64, as the library packs it, and its F64."""
    message = Iso8583(IsoSpec=Table(wide=True))
    message.MTI(mti)
    for number, value in fields.items():
        if number == 64:
            value = "00" * 8
        elif isinstance(value, (bytes, bytearray)):
            value = value.hex().upper()
        elif (FIXED.get(number) or COUNTED[number])[0] == "n":
            value = int(value)
        elif number == 22 or (pad == "0" and len(value) % 2 and (FIXED.get(number) or COUNTED[number])[0] == "z"):
            # The library fills with F what is odd: now it is not, and its count is set right below.  F22 is 07 20 for all.
            value += "0"
        message.FieldData(number, value)
        message.Bitmap()[number] = 1
    raw = bytearray(message.BuildIso())
    if pad == "0":
        raw = _counts(raw, fields)
    return bytes(raw[:-8]) + mac.profile_mac(MAK, bytes(raw[:-8])) if 64 in fields else bytes(raw)


def _counts(raw: bytearray, fields: dict) -> bytearray:
    """Digits counted without their pad, where it is a 0."""
    at = 10
    for number in sorted(fields):
        value = fields[number]
        if number in FIXED:
            what, length = FIXED[number]
            at += length if what in "ab" else (length + 1) // 2
            continue
        what, _, kind = COUNTED[number]
        size = 1 if kind == LT.LLVAR else 2
        if what == "z":
            raw[at : at + size] = bytes.fromhex(f"{len(value):0{2 * size}d}")
        at += size + (len(value) if what in "ab" else (len(value) + 1) // 2)
    return raw


def of(name: str, pad: str) -> bytes:
    """A request of the protocol page, packed anew."""
    message = profile.parse(SENT[name])
    return HEAD + packed(message.mti, message.fields, pad)


@pytest.mark.parametrize("pad", ["0", "F"])
@pytest.mark.parametrize("name", SENT)
def test_what_a_foreign_library_packs_reads_the_same_on_both_sides(name, pad):
    body = of(name, pad)
    ours, theirs = profile.parse(SENT[name]), wire.decode(body)
    assert {n: v for n, v in theirs.fields.items() if n != 64} == {n: v for n, v in ours.fields.items() if n != 64}
    told = CliRunner().invoke(decode, [body.hex(), "--json", "--clear", "--mak", MAK.hex()])
    assert told.exit_code == 0, told.output
    shown = json.loads(told.output)
    assert shown["mti"] == ours.mti and shown["mac_ok"] is (True if 64 in ours.fields else None)
    for number, value in ours.fields.items():
        if number != 64:
            assert shown["fields"][str(number)] == (value if isinstance(value, str) else value.hex().upper()), number
    if pad == "0" and 64 not in ours.fields:
        assert body == SENT[name]  # byte for byte what the terminal sends
    if pad == "0" and 64 in ours.fields:
        assert body[:-8] == SENT[name][:-8]


async def answers(reader, count: int) -> list:
    found = []
    while len(found) < count:
        length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 10), "big")
        if length:
            found.append(await asyncio.wait_for(reader.readexactly(length), 10))
    return found


def cut(data: bytes, size: int) -> list:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize("pad", ["0", "F"])
@pytest.mark.parametrize("size", [1, 7, 1 << 20], ids=["bytes", "pieces", "glued"])
def test_the_acquirer_takes_every_request_however_it_comes(pad, size):
    """Keep-alives (length 0) before each; not one is a format error, a wrong MAC or unsupported."""

    async def work():
        async with new_acquirer() as acquirer:
            acquirer.ledger.set_working_keys(TERMINAL, PIK, MAK)
            reader, writer = await asyncio.open_connection("127.0.0.1", acquirer.ports["tcp"])
            names = [name for name in SENT if "sign-on" not in name]  # a sign-on changes the keys: last
            names += ["sign-on"]
            stream = b"".join(b"\0\0" + wire.frame(of(name, pad)) for name in names)
            for piece in cut(stream, size):
                writer.write(piece)
                await writer.drain()
            for name, answer in zip(names, await answers(reader, len(names)), strict=True):
                said = wire.decode(answer)
                asked = profile.parse(SENT[name])
                assert said.mti == f"{int(asked.mti) + 10:04d}" and said.fields[39] not in ("30", "A0", "40"), name
                if 64 in said.fields:
                    assert mac.matches(mac.ECB, MAK, said.mac_data, said.fields[64])
                # And the library reads what the acquirer says.
                back = Iso8583(answer[11:], Table())
                assert back.MTI() == said.mti and back.FieldData(39) == said.fields[39]
                assert back.FieldData(41) == TERMINAL and back.FieldData(60).startswith(said.fields[60])
            writer.close()
            assert books.problems(acquirer.ledger) == []

    asyncio.run(asyncio.wait_for(work(), 60))


@pytest.mark.parametrize("pad", ["0", "F"])
def test_a_whole_sale_of_a_foreign_terminal_is_booked_voided_and_reversed(pad):
    async def work():
        async with new_acquirer() as acquirer:
            acquirer.ledger.set_working_keys(TERMINAL, PIK, MAK)
            terminal = HandTerminal(acquirer, mak=MAK)
            async with terminal:

                async def ask(mti: str, fields: dict) -> dict:
                    terminal.send(HEAD + packed(mti, {**fields, 64: b""}, pad))
                    return (await terminal.receive()).fields

                sale = terminal.visa_sale(2, f23="000")
                sold = await ask("0200", sale)
                assert sold[39] == "00"
                same = {n: sale[n] for n in (2, 4, 14, 22, 23, 25, 35, 41, 42, 49)}
                original = {37: sold[37], 38: sold[38], 61: "000001000002"}
                assert (await ask("0200", {**same, **original, 3: "200000", 11: "000003", 60: "2300000100060"}))[39] == "00"
                other = terminal.visa_sale(4, atc=2, f23="000")
                assert (await ask("0200", other))[39] == "00"
                back = {n: other[n] for n in (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 60)}
                assert (await ask("0400", {**back, 39: "98", 61: "000001000004"}))[39] == "00"
                inquiry = {11: "000005", 41: TERMINAL, 42: MERCHANT, 60: "00000001901", 61: "000001000004"}
                assert (await ask("0820", inquiry))[63].startswith("R")
            assert acquirer.ledger.balance(VISA) == 100000 and books.problems(acquirer.ledger) == []

    asyncio.run(asyncio.wait_for(work(), 30))
