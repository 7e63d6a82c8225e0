"""The cards beside one terminal: the test cards, each terminal's with numbers of its own, and cards made by hand.

A card exists twice: as a virtual card on the bench, and as an account at the host.  The account is opened when the card
is first used, so that a class of thirty does not begin with four hundred accounts.
"""

import json
import pathlib

import cards
from acquirer import testcards
from acquirer.ledger import Ledger, masked
from cards import issuers
from rig.bench_commands import MOST_SCRIPT

from .errors import DeskError

# Published test ranges: no other number is accepted, so that nobody types that of a real card.
TEST_RANGES = ("476173", "541333", "620000", "620550", "411111", "424242", "401288", "520082")
_SCHEMES = {
    "visa": ("visa-credit", "476173", 16),
    "mastercard": ("mastercard-credit", "541333", 16),
    "unionpay": ("unionpay-debit", "620000", 19),
}
_WITHOUT_NUMBER = ("not-emv", "mifare", "ultralight")
_MOST_MADE = 50
_OPEN, _BLOCKED = "00", "62"


def luhn(digits: str) -> str:
    """The check digit that belongs behind `digits` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if at % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


class Wallet:
    """The cards of terminal `number`; `folder` keeps the made ones."""

    def __init__(self, folder, number: int, ledger: Ledger):
        self._file = pathlib.Path(folder) / "wallet.json"
        self._number, self._ledger = number, ledger
        self._made: list = []
        self._known: set = set()  # numbers that have their account

    def load(self) -> None:
        """Read the made cards.  Raises DeskError."""
        try:
            made = json.loads(self._file.read_text(encoding="utf-8"))
            self._made = [{name: row[name] for name in ("name", "label", "scheme", "pan", "order")} for row in made]
        except FileNotFoundError:
            self._made = []
        except (ValueError, KeyError, TypeError) as error:
            raise DeskError(f"{self._file}: not a wallet ({error})") from None

    def shown(self) -> list:
        """What the page shows: [{"name", "label", "scheme", "phone", "pan" masked, "made", "pin"}].

        "pin" of the test cards only: it is public, and whoever stands at the terminal has to know it.
        """
        rows = []
        for name in cards.names():
            row = {"name": name, "label": name, "scheme": "", "phone": name == "phone", "pan": "", "made": False}
            if name not in _WITHOUT_NUMBER:
                card = issuers.card(name)
                row.update(
                    label=card["label"],
                    scheme=issuers.issuer_of(card["pan"])["scheme"],
                    pan=masked(self.pan(name)),
                    pin=card["pin"],
                )
            rows.append(row)
        for made in self._made:
            rows.append(
                {
                    "name": made["name"],
                    "label": made["label"],
                    "scheme": made["scheme"],
                    "phone": False,
                    "pan": masked(made["pan"]),
                    "made": True,
                }
            )
        return rows

    def label(self, name: str) -> str:
        """What stands on a card."""
        return next((row["label"] for row in self.shown() if row["name"] == name), name)

    def pans(self) -> list:
        """The numbers of all its cards, in clear."""
        return [self.pan(name) for name in cards.names() if name not in _WITHOUT_NUMBER] + [made["pan"] for made in self._made]

    def pan(self, name: str) -> str:
        """The number of a test card in this wallet: the published one at the first terminal."""
        pan = issuers.card(name)["pan"]
        if self._number == 1:
            return pan
        own = pan[:7] + f"{self._number:03d}" + pan[10:-1]
        return own + luhn(own)

    def order(self, name: str, options: dict) -> dict:
        """The bench's command that puts this card on the reader; its account is opened.  Raises DeskError."""
        for made in self._made:
            if made["name"] == name:
                return {"do": "card", "as": name, **made["order"], "pan": made["pan"], **options}
        if name not in cards.names():
            raise DeskError(f"card: none is named {name[:40]}", 404)
        if name in _WITHOUT_NUMBER:
            return {"do": "card", "card": name, **options}
        pan = self.pan(name)
        if self._number > 1 and pan not in self._known:
            row = issuers.card(name)
            self._open(
                pan,
                row["expiry"],
                row["balance"],
                f"{name}-{self._number}",
                row["psn"],
                row["pin"],
                _BLOCKED if name == "blocked" else _OPEN,
            )
            self._known.add(pan)
        return {"do": "card", "card": name, "pan": pan, **options}

    def account(self, name: str) -> str:
        """The number of a card's account, which is opened if need be.  Raises DeskError."""
        order = self.order(name, {})
        if "pan" not in order:
            raise DeskError(f"card: {name} has no account")
        return order["pan"]

    def _open(self, pan: str, expiry: str, balance: int, name: str, psn: str, pin, status: str) -> None:
        issuer = issuers.issuer_of(pan)
        self._ledger.add_card(
            pan,
            expiry,
            balance,
            name,
            psn,
            pin,
            bytes.fromhex(issuer["imk"]),
            issuer["version"],
            testcards.TRANSACTION_LIMIT,
            status,
        )

    def make(self, wanted: dict) -> str:
        """Make a card as the web contract's `made` describes it, checked for its form already; its name.

        Raises DeskError.
        """
        if len(self._made) >= _MOST_MADE:
            raise DeskError(f"made: {_MOST_MADE} cards are enough", zh=f"最多制作 {_MOST_MADE} 张卡")
        base, prefix, length = _SCHEMES[wanted["scheme"]]
        label = wanted.get("label") or issuers.card(base)["label"]
        try:
            if len(label.encode("iso8859-1")) > 16:
                raise DeskError("made: label: 16 characters at most", zh="卡面名称最多 16 个字符")
        except UnicodeEncodeError:
            raise DeskError(
                "made: label: letters of ISO 8859-1 only, as on a chip", zh="卡面名称只能用 ISO 8859-1 的拉丁字母，与芯片上一样"
            ) from None
        pan = self._number_for(wanted, prefix, length)
        expiry = "2012" if wanted.get("expired") else "3112"
        order = {"card": base, "label": label, "expiry": expiry}
        for name, option in (("blocked", "blocked"), ("declining", "declines"), ("delay_ms", "delay_ms"), ("after", "after")):
            if wanted.get(name) not in (None, False):
                order[option] = wanted[name]
        if wanted.get("pin") and wanted["scheme"] != "mastercard":
            order["always_pin"] = True
        name = f"made-{self._number}-{len(self._made) + 1}"
        self._open(
            pan,
            expiry,
            wanted.get("balance", 100000),
            name,
            issuers.card(base)["psn"],
            wanted.get("pin") or None,
            _BLOCKED if wanted.get("blocked") else _OPEN,
        )
        self._made.append({"name": name, "label": label, "scheme": wanted["scheme"], "pan": pan, "order": order})
        self._file.write_text(json.dumps(self._made, ensure_ascii=False), encoding="utf-8")
        return name

    def _number_for(self, wanted: dict, prefix: str, length: int) -> str:
        """The PAN of a new card: the wanted one when it is a test number, or the next free one."""
        pan = wanted.get("pan")
        if not pan:
            body = f"{prefix}8{self._number:03d}{len(self._made) + 1:05d}".ljust(length - 1, "7")
            return body + luhn(body)
        if not pan.isascii() or not pan.isdigit() or not 13 <= len(pan) <= 19 or luhn(pan[:-1]) != pan[-1]:
            raise DeskError("made: pan: 13 to 19 digits with a right check digit")
        if not pan.startswith(TEST_RANGES):
            raise DeskError(f"made: pan: only test numbers, beginning with {', '.join(TEST_RANGES)}")
        if issuers.issuer_of(pan)["scheme"] != wanted["scheme"]:
            raise DeskError(f"made: pan: not a number of {wanted['scheme']}")
        return pan


def script(given: dict) -> dict:
    """The exchanges of a recorded session and nothing else.  Raises DeskError."""
    exchanges = given.get("exchanges")
    if not isinstance(exchanges, list) or not exchanges:
        raise DeskError('script: a session has a list "exchanges"', zh="卡片会话中缺少 exchanges 列表")
    size, kept = 0, []
    for number, pair in enumerate(exchanges, 1):
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, str) for side in pair)):
            raise DeskError(
                f"script: exchange {number}: not a pair of hex texts", zh=f"卡片会话第 {number} 组不是一对十六进制文本"
            )
        try:
            pair = [bytes.fromhex(side).hex() for side in pair]
        except ValueError:
            raise DeskError(f"script: exchange {number}: not hexadecimal", zh=f"卡片会话第 {number} 组不是十六进制") from None
        if len(pair[1]) < 4:
            raise DeskError(
                f"script: exchange {number}: the answer has no status word", zh=f"卡片会话第 {number} 组的应答缺少状态字"
            )
        size += len(pair[0]) + len(pair[1])
        kept.append(pair)
    if size > MOST_SCRIPT:
        raise DeskError(f"script: longer than {MOST_SCRIPT} hex digits", zh="卡片会话太长")
    return {"exchanges": kept}
