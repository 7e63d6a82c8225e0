"""Whose slips these are: the shop, and in which language and currency it writes them."""

from ...core import money
from ...core.slips import lines
from .. import words
from ..widgets.texts import Texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ...core.config import Config
    from ...core.slips.lines import Line
    from ..guidance import Guidance
    from ..widgets.texts import Text

    class Shop(Protocol):
        """What of the settings (core.config.Config) stands on a slip."""

        merchant_name: str
        merchant_name_zh: str
        merchant_id: str
        terminal_id: str


class Issuer:
    """`shop` (core.config.Config, or what has its names and numbers), `texts` (a language chosen), `guidance`, `currency`
    (letters) with its `decimals`; `marks`: texts that stand out on every slip, as training does.
    """

    def __init__(
        self,
        shop: "Shop",
        texts: "Texts",
        guidance: "Guidance",
        currency: str,
        decimals: int,
        marks: "tuple[Text, ...]" = (),
    ):
        self.shop = shop
        self.guidance = guidance
        self._texts = texts
        self._currency = currency
        self._decimals = decimals
        self._marks = marks

    def say(self, text: "Text") -> str:
        """A text in the language of the slip."""
        return self._texts.say(text)

    def money(self, amount: int) -> str:
        """An amount with its currency and, below zero, its sign."""
        return self._currency + " " + self.figures(amount)

    def figures(self, amount: int) -> str:
        """The same without its currency."""
        return money.show(amount, self._decimals)

    def line(self, kind: int, left: "Text" = "", right: "Text" = "") -> "Line":
        """A line of core.slips.lines, in words."""
        return kind, self.say(left), self.say(right)

    def head(self, copy: "Text", again: bool) -> "list[Line]":
        """What every slip begins with: the shop's name, whose copy it is, what stands out on it, and which terminal wrote it."""
        shop = self.shop
        name = shop.merchant_name_zh if self._texts.language == "zh" and shop.merchant_name_zh else shop.merchant_name
        out = [self.line(lines.NAME, name), self.line(lines.GAP)] if name else []
        if copy:
            out.append(self.line(lines.CENTRE, copy))
        for mark in ((words.REPRINT,) if again else ()) + self._marks:
            out += [self.line(lines.GAP), self.line(lines.MARK, mark)]
        out.append(self.line(lines.RULE))
        out.append(self.line(lines.PAIR, words.MERCHANT_ID, shop.merchant_id))
        out.append(self.line(lines.PAIR, words.TERMINAL_ID, shop.terminal_id))
        return out


def of(config: "Config", spoken: "Texts", guidance: "Guidance") -> Issuer:
    """The issuer that the settings make; `spoken` are the texts of the screen."""
    texts = spoken
    if config.slip_language not in ("screen", spoken.language):
        texts = Texts(spoken.folder)
        texts.use(config.slip_language)
    currency, decimals = spoken.currency(config.currency[1:]) or ("", 2)
    return Issuer(config, texts, guidance, currency, decimals)
