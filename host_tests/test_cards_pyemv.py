"""Cryptograms of the virtual cards against pyemv, which knows nothing of this project."""

import pyemv
import pytest
from test_cards import gpo, objects, select

import cards
from cards import issuers
from cards.application import dol_parts

KINDS = {
    "visa-10": pyemv.cvn.VisaCVN10,
    "visa-18": pyemv.cvn.VisaCVN18,
    "mc-16": pyemv.cvn.MasterCardCVN16,
    "mc-20": pyemv.cvn.MasterCardCVN20,
}
TERMINAL = {
    "9F02": "000000001250",
    "9F03": "000000000000",
    "9F1A": "0156",
    "95": "0000000000",
    "5F2A": "0156",
    "9A": "261122",
    "9C": "00",
    "9F37": "11223344",
}
PAYMENT = [row["name"] for row in issuers.CARDS if row["name"] != "blocked"]


def tap(card) -> dict:
    """All objects of one transaction over TERMINAL's values."""
    select(card)
    if not card.pdol:
        found = objects(card.transmit(bytes.fromhex("80A8000002830000")))
        for record in (1, 2):
            found.update(objects(card.transmit(bytes((0, 0xB2, record, 0x14, 0)))))
        data = b""
        for tag, size in dol_parts(found["8C"]):
            data += bytes.fromhex(TERMINAL[tag]) if tag in TERMINAL else bytes(size)
        found.update(objects(card.transmit(b"\x80\xae\x80\x00" + bytes((len(data),)) + data + b"\x00")))
        return found
    return objects(card.transmit(gpo()))


@pytest.mark.parametrize("name", PAYMENT)
def test_the_issuer_computes_the_same_cryptogram(name: str) -> None:
    row = issuers.card(name)
    issuer = issuers.issuer_of(row["pan"])
    imk = bytes.fromhex(issuer["imk"])
    card = cards.make(name, atc=0x1233, after=None)
    for _ in range(2):
        found = tap(card)
        values = {"tag_" + tag.lower(): bytes.fromhex(value) for tag, value in TERMINAL.items()}
        values["tag_82"], values["tag_9f36"] = found["82"], found["9F36"]
        issued = found["9F10"]
        assert found["9F27"] == (b"\x00" if name == "declining" else b"\x80")
        if issuer["version"] == "unionpay-01":
            master = pyemv.kd.derive_icc_mk_a(imk, row["pan"], row["psn"])
            atc = found["9F36"]
            halves = bytes(6) + atc + bytes(6) + bytes(byte ^ 0xFF for byte in atc)
            session = pyemv.tools.encrypt_tdes_ecb(master, halves)
            order = ("9f02", "9f03", "9f1a", "95", "5f2a", "9a", "9c", "9f37", "82", "9f36")
            data = b"".join(values["tag_" + tag] for tag in order) + issued[3:7]
            expected = pyemv.ac.generate_ac(session, data, pyemv.ac.PaddingType.EMV, 8)
        else:
            version = KINDS[issuer["version"]](imk, imk, imk, row["pan"], row["psn"])
            if issuer["version"] == "visa-18":
                expected = version.generate_ac(**values, tag_9f10=issued)
            elif issuer["scheme"] == "visa":
                expected = version.generate_ac(**values, cvr=issued[3:7])
            else:
                expected = version.generate_ac(**values, cvr=issued[2:8])
        assert found["9F26"] == expected


def test_the_acquirer_accepts_every_card() -> None:
    emv = pytest.importorskip("till.acquirer.emv")
    for name in PAYMENT:
        if name == "declining":
            continue
        row = issuers.card(name)
        issuer = issuers.issuer_of(row["pan"])
        found = tap(cards.make(name, after=None))
        tags = dict(TERMINAL, **{tag: found[tag].hex() for tag in ("9F26", "9F27", "9F10", "9F36", "82")})
        field55 = b"".join(bytes.fromhex(tag) + bytes([len(value) // 2]) + bytes.fromhex(value) for tag, value in tags.items())
        proof = emv.check(field55, 1250, row["pan"], row["psn"], bytes.fromhex(issuer["imk"]), issuer["version"])
        assert proof.atc == "0001"
        with pytest.raises(emv.EmvRefused):
            emv.check(field55, 1250, row["pan"], row["psn"], bytes(range(16)), issuer["version"])
