"""From the virtual card through the terminal's EMV reading to the issuer's check of field 55."""

import pytest
from expect import run

import cards
from acquirer import emv
from cards import issuers
from taptill import ports
from taptill.core.emv import outcome
from taptill.core.emv.config import EmvConfig, EmvTxn
from taptill.core.emv.field55 import de55
from taptill.core.emv.tap import read_card


class Direct(ports.Card):
    """A card that is spoken to without a reader in between."""

    def __init__(self, card):
        card.activated()
        self._card = card

    async def transceive(self, capdu, timeout_ms: int = 5000):
        answer = self._card.transmit(bytes(capdu))
        if answer is None:
            raise ports.CardLost("the card left")
        return memoryview(answer)


def read(name: str, amount: int = 1250, **options):
    txn = EmvTxn(amount, "261122", b"\x11\x22\x33\x44", 7)
    return run(read_card(Direct(cards.make(name, **options)), EmvConfig(), txn))


ONLINE = [row["name"] for row in issuers.CARDS if row["name"] not in ("declining", "blocked", "pulled-away")]


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize("amount", [1250, 150000])
def test_the_issuer_accepts_what_the_terminal_read(name: str, amount: int) -> None:
    row = issuers.card(name)
    issuer = issuers.issuer_of(row["pan"])
    result = read(name, amount)
    assert result.outcome == outcome.ONLINE and result.pan == row["pan"] and result.expiry == row["expiry"]
    assert int(result.psn) == int(row["psn"])
    imk = bytes.fromhex(issuer["imk"])
    proof = emv.check(bytes(de55(result)), amount, row["pan"], row["psn"], imk, issuer["version"])
    assert proof.atc == "0001"


@pytest.mark.parametrize(
    "name, amount, cvm",
    [
        ("visa-credit", 1250, outcome.CVM_NONE),
        ("visa-credit", 150000, outcome.CVM_PIN),
        ("visa-pin", 1250, outcome.CVM_PIN),
        ("phone", 150000, outcome.CVM_DEVICE),
        ("mastercard-credit", 1250, outcome.CVM_NONE),
        ("mastercard-credit", 150000, outcome.CVM_PIN),
        ("unionpay-credit", 150000, outcome.CVM_PIN),
    ],
)
def test_cardholder_verification(name: str, amount: int, cvm: int) -> None:
    assert read(name, amount).cvm == cvm


def test_cards_that_end_the_tap() -> None:
    assert read("declining").outcome == outcome.DECLINED
    assert read("blocked").outcome not in (outcome.ONLINE, outcome.DECLINED)
    assert read("not-emv").outcome == outcome.NOT_ACCEPTED
    assert read("phone", locked=True).outcome == outcome.TRY_AGAIN
    with pytest.raises(ports.CardLost):
        read("pulled-away")
