"""Virtual cards: a wallet of named test cards for the bench and the tests.

    card = make("visa-credit")            any of names(); options below
    chip.place(card.target())             put it on the reader's model (chips.pn532); card.target() is always the same
    chip.remove()                         take it away

Options of make(), all by name:
    after=n            answers n APDUs, then is pulled away instead of answering the next one
    delay_ms=n         computing time of every command, instead of the card's own
    label="…"          application label (16 characters of the code page ISO 8859-1 at most)
    pan, psn, expiry   digits, "01", "YYMM"; the issuer (keys, cryptogram version) is found by the PAN's BIN
    atc=n              transaction counter before this tap (0 for a new card)
    on_atc=fn          fn(pan, atc) is called whenever the counter moves: keep it and give it as `atc` next time, an
                       issuer refuses a counter that it has seen
    random=fn          fn(n) -> n random bytes, for the UID of a phone
    locked=True        a phone that wants to be looked at first (6986)
    blocked=True, declines=True, always_pin=True, phone=True    as the cards of the wallet that are so
Balance, PIN and name on the host's side are in issuers.CARDS.
"""

from . import issuers

# name: (shape, row of issuers.CARDS, what differs)
_WALLET = {
    "visa-credit": ("qvsdc", "visa-credit", {}),
    "visa-debit": ("qvsdc", "visa-debit", {}),
    "visa-pin": ("qvsdc", "visa-pin", {"always_pin": True}),
    "mastercard-credit": ("mchip", "mastercard-credit", {}),
    "mastercard-debit": ("mchip", "mastercard-debit", {}),
    "unionpay-debit": ("quick", "unionpay-debit", {}),
    "unionpay-credit": ("quick", "unionpay-credit", {}),
    "unionpay-quasi": ("quick", "unionpay-quasi", {}),
    "declining": ("qvsdc", "declining", {"declines": True}),
    "expired": ("qvsdc", "expired", {}),
    "blocked": ("qvsdc", "blocked", {"blocked": True}),
    "phone": ("qvsdc", "phone", {"phone": True}),
    "slow": ("qvsdc", "slow", {"delay_ms": 900}),
    "pulled-away": ("qvsdc", "pulled-away", {"after": 2}),
    "not-emv": ("not-emv", "", {}),
    "mifare": ("mifare", "", {}),
    "ultralight": ("ultralight", "", {}),
}

_OPTIONS = (
    "after",
    "delay_ms",
    "label",
    "pan",
    "psn",
    "expiry",
    "atc",
    "on_atc",
    "random",
    "locked",
    "blocked",
    "declines",
    "always_pin",
    "phone",
)


def names():
    """The names that make() knows, in the order of the wallet."""
    return (
        "visa-credit visa-debit visa-pin mastercard-credit mastercard-debit unionpay-debit unionpay-credit "
        "unionpay-quasi declining expired blocked phone slow pulled-away not-emv mifare ultralight"
    ).split()


def make(name: str, **options):
    """A card by name.  Raises ValueError for an unknown name or option."""
    if name not in _WALLET:
        raise ValueError("no card is named " + name + "; there are: " + ", ".join(names()))
    shape, row_name, fixed = _WALLET[name]
    for option in options:
        if option not in _OPTIONS:
            raise ValueError("no option of a card is named " + option + "; there are: " + ", ".join(_OPTIONS))
    settings = dict(fixed)
    settings.update(options)
    if shape in ("not-emv", "mifare", "ultralight"):
        from . import plain

        return plain.make(shape, settings.get("after"), settings.get("delay_ms"))
    row = dict(issuers.card(row_name))
    for key in ("pan", "psn", "expiry", "label"):
        if key in settings:
            row[key] = str(settings.pop(key))
    issuer = issuers.issuer_of(row["pan"])
    if shape == "mchip":
        from .mchip import MchipCard as Shape
    elif shape == "quick":
        from .qvsdc import QuickCard as Shape
    else:
        from .qvsdc import QvsdcCard as Shape
    return Shape(name, row, issuer, **settings)
