"""What the host works out itself because it is asked for at every sale, against the libraries that know it in general: fields of
messages (pyiso8583), field 55 and cryptograms (pyemv), the retail MAC (psec).
"""

import random

import iso8583
import psec
import pyemv
import pytest
from acquirer_vectors import MESSAGES, PUBLISHED

from acquirer import cryptograms, desops, emv
from acquirer.profiles.cn_pos import wire
from acquirer.profiles.cn_pos.straight import Straight

SEEDS = {"one": 1, "two": 2, "any": None}  # any: another one each time, which is printed
STRAIGHT = Straight(wire.SPEC)
_BYTES = (52, 55, 62, 64)
_CARD_VERSIONS = {
    cryptograms.VISA10: pyemv.cvn.VisaCVN10,
    cryptograms.VISA18: pyemv.cvn.VisaCVN18,
    cryptograms.VISA22: pyemv.cvn.VisaCVN22,
    cryptograms.MASTERCARD16: pyemv.cvn.MasterCardCVN16,
    cryptograms.MASTERCARD17: pyemv.cvn.MasterCardCVN17,
    cryptograms.MASTERCARD20: pyemv.cvn.MasterCardCVN20,
    cryptograms.MASTERCARD21: pyemv.cvn.MasterCardCVN21,
}


@pytest.fixture(params=SEEDS)
def rng(request):
    seed = SEEDS[request.param]
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    return random.Random(seed)


def _by_library(raw: bytes) -> "dict[int, str | bytes] | None":
    """None for what it does not take, or what is not as the table has it."""
    try:
        decoded, _ = iso8583.decode(raw, wire.SPEC)
    except (iso8583.DecodeError, KeyError):
        return None
    fields = {int(n): bytes.fromhex(v) if int(n) in _BYTES else v for n, v in decoded.items() if n.isdigit()}
    for number, value in fields.items():
        if wire.SPEC[str(number)]["desc"][0] == "n" and not set(value) <= set("0123456789D" if number == 35 else "0123456789"):
            return None
    return fields


def _value(number: int, rng: random.Random) -> "str | bytes":
    of = wire.SPEC[str(number)]
    length = rng.randint(1, of["max_len"]) if of["len_type"] else of["max_len"]
    if number in _BYTES:
        return rng.randbytes(length)
    return "".join(rng.choices("0123456789D" if number == 35 else "0123456789", k=length))


def _drawn(rng: random.Random) -> "dict[int, str | bytes]":
    numbers = rng.sample([int(n) for n in wire.SPEC if n.isdigit()], rng.randint(1, 20))
    return {number: _value(number, rng) for number in numbers}


def _coded(fields: "dict[int, str | bytes]") -> bytes:
    document = {"t": "0200", **{str(n): v.hex().upper() if isinstance(v, bytes) else v for n, v in fields.items()}}
    return bytes(iso8583.encode(document, wire.SPEC)[0])


def test_messages_in_good_order_are_coded_as_the_library_codes_them(rng):
    for _ in range(500):
        fields = _drawn(rng)
        raw = _coded(fields)
        assert b"\x02\x00" + STRAIGHT.encode(fields) == raw
        assert STRAIGHT.decode(raw) == fields == _by_library(raw)


def test_damaged_messages_are_read_as_the_library_reads_them_or_left_to_it(rng):
    """The same fields, or None: then the library is asked.  What it takes is left to it only where a field is empty."""
    left = 0
    for _ in range(3000):
        raw = bytearray(_coded(_drawn(rng)))
        for _ in range(rng.randint(1, 3)):
            raw[rng.randrange(2, len(raw))] = rng.randrange(256)
        if rng.random() < 0.3:
            del raw[rng.randrange(10, len(raw) + 1) :]
        mine, library = STRAIGHT.decode(bytes(raw)), _by_library(bytes(raw))
        if mine is not None:
            assert mine == library
        elif library is not None:
            left += 1
            assert "" in library.values() or b"" in library.values()
    print(f"{left} left to the library")


@pytest.mark.parametrize("name", sorted({**MESSAGES, **PUBLISHED}))
def test_no_message_of_the_vectors_needs_the_library(name):
    body = bytes.fromhex({**{key: frame for key, (frame, _) in MESSAGES.items()}, **PUBLISHED}[name])[2:]
    assert STRAIGHT.decode(body[wire.TPDU_LENGTH + wire.HEADER_LENGTH :]) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {11: "12345"},
        {11: "1234567"},
        {11: "12345A"},
        {41: b"12345678"},
        {52: "12345678"},
        {2: ""},
        {55: b""},
        {5: "1"},
        {41: "中" * 8},
    ],
)
def test_what_does_not_fit_is_left_to_the_library(fields):
    assert STRAIGHT.encode(fields) is None


def test_field_55_is_read_as_the_library_reads_it(rng):
    for _ in range(3000):
        tags = {
            rng.choice(("9F26", "9F10", "95", "9A", "82", "9F36", "DF8101")): rng.randbytes(rng.randint(0, 40)) for _ in range(6)
        }
        data = bytearray(pyemv.tlv.encode(tags))
        if data and rng.random() < 0.7:
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            expected = pyemv.tlv.decode(bytes(data), flatten=True)
        except pyemv.tlv.DecodeError:
            with pytest.raises(emv.EmvRefused):
                emv.parse(bytes(data))
            continue
        assert dict(emv.parse(bytes(data))) == expected


@pytest.mark.parametrize("version", sorted(_CARD_VERSIONS))
def test_cryptograms_are_the_library_s(version, rng):
    lengths = {"9F02": 6, "9F03": 6, "9F1A": 2, "95": 5, "5F2A": 2, "9A": 3, "9C": 1, "9F37": 4, "82": 2, "9F36": 2, "9F26": 8}
    for _ in range(20):
        imk, pan = rng.randbytes(16), "".join(rng.choices("0123456789", k=rng.choice((16, 19))))
        tags = {tag: rng.randbytes(length) for tag, length in lengths.items()} | {"9F10": rng.randbytes(18)}
        card = _CARD_VERSIONS[version](iss_mk_ac=imk, iss_mk_smi=imk, iss_mk_smc=imk, pan=pan, psn="01")
        parts = {f"tag_{tag.lower()}": tags[tag] for tag in lengths if tag != "9F26"}
        told = tags["9F10"]
        if version in (cryptograms.VISA18, cryptograms.VISA22):
            parts["tag_9f10"] = told
        else:
            parts["cvr"] = told[3:7] if version == cryptograms.VISA10 else told[2:8]
        if version in (cryptograms.MASTERCARD17, cryptograms.MASTERCARD21):
            parts["counters"] = told[10:18]
        assert cryptograms.of_request(tags, pan, "01", imk, version) == card.generate_ac(**parts)
        for code in ("00", "51"):
            rest: dict = {"arpc_rc": code.encode()}
            if "csu" in card.generate_arpc.__annotations__:
                rest = {"csu": bytes.fromhex("00820000") if code == "00" else bytes(4)}
            if "tag_9f36" in card.generate_arpc.__annotations__:
                rest["tag_9f36"] = tags["9F36"]
            told_back = rest.get("arpc_rc") or rest["csu"]
            expected = card.generate_arpc(tag_9f26=tags["9F26"], **rest) + told_back
            assert cryptograms.of_answer(tags, pan, "01", imk, version, code) == expected


def test_the_retail_mac_is_the_library_s(rng):
    for length in range(1, 40):
        key, data = rng.randbytes(16), rng.randbytes(length)
        for padding in (1, 2):
            assert desops.retail_mac(key, data, padding) == psec.mac.generate_retail_mac(key[:8], key[8:], data, padding)
    with pytest.raises(ValueError, match="16 bytes"):
        desops.retail_mac(bytes(8), b"1", 1)
